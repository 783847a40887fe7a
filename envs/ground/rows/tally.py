"""What agents earned in their episodes while a policy learned, and how long these were."""

from __future__ import annotations

import numpy as np


class Tally:
    """Sums by row until the agent's time ends, and means over those that ended.

    Attributes:
        num_steps: how often all worlds were stepped together.
    """

    def __init__(self, num_rows: int) -> None:
        """Begin with nothing, for so many rows."""
        self.num_steps = 0
        self._earned, self._lived = np.zeros(num_rows), np.zeros(num_rows)
        self._ended = np.zeros(3)

    def begin(self) -> None:
        """All rows begin new episodes; those that were under way do not count."""
        self._earned[:], self._lived[:] = 0.0, 0.0

    def add(self, rewards: np.ndarray, acting: np.ndarray, dones: np.ndarray) -> None:
        """One step: rewards, who acted in it and whose time ended with it, each (rows,)."""
        self.num_steps += 1
        self._earned += rewards
        self._lived += acting
        if dones.any():
            lived = dones & (self._lived > 0)
            self._ended += lived.sum(), self._earned[lived].sum(), self._lived[lived].sum()
            self._earned[dones], self._lived[dones] = 0.0, 0.0

    def take(self) -> dict[str, float]:
        """Mean `return` and `length` (actions) of an agent's episode, over those that ended since; {}: none did."""
        number, earned, lived = self._ended.tolist()
        self._ended[:] = 0.0
        return {"return": earned / number, "length": lived / number} if number else {}
