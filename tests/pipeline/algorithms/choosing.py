"""A tiny environment of choices for tests."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces

from tests.envs.ground.leaving import Leaving


class Choosing(Leaving):
    """Leaving with a choice of 0 and 1, whose own masks it says."""

    def action_space(self, agent: str) -> spaces.Space:
        """Two choices."""
        return spaces.Discrete(2)

    def step(self, actions: dict[str, Any]) -> tuple[dict, dict, dict, dict, dict]:
        """Step with a choice's own number."""
        return super().step({agent: np.array([action]) for agent, action in actions.items()})
