"""The part of an action that counts: nothing within a band around 0, and beyond it what lies beyond."""

from __future__ import annotations

from typing import Any

import numpy as np

DEAD_BAND = "dead_band"
"""What a network tells beside mean and deviation, for who draws actions."""

BEYOND = "nothing up to `dead_band` b, beyond it (abs(a) - b) / (1 - b) with the sign of a"
"""What becomes of an action a, in words."""


def beyond(actions: np.ndarray, band: Any) -> np.ndarray:
    """Actions (..., K) in [-1, 1] as they count, so that 1 stays 1.

    Args:
        band: from 0 to below 1; a number, or of the same shape.
    """
    return np.copysign(np.maximum(np.abs(actions) - band, 0.0) / (1.0 - band), actions)
