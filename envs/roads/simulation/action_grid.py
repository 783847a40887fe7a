"""Choices instead of numbers: a grid of accelerations and offsets as one choice."""

from __future__ import annotations

import numpy as np

from envs.roads.simulation.settings import Actions


def commands_of(actions: Actions) -> np.ndarray | None:
    """What each choice commands, (n, 2) float32 normalised: choice a * O + o is acceleration a with offset o.

    None where actions are continuous.
    """
    if actions.kind != "grid":
        return None
    most = {True: actions.max_acceleration_mps2, False: actions.max_braking_mps2}
    offset = actions.max_offset_m or 1.0
    return np.array(
        [(a / most[a > 0.0], o / offset) for a in actions.accelerations_mps2 for o in actions.offsets_m], np.float32
    )
