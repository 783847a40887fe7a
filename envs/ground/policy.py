"""Who acts by observations."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np


class Policy(Protocol):
    """Whatever steers: the learned policy in torch or ONNX, or a baseline.

    Attributes:
        memory_size: M, how many numbers it remembers of each agent; 0: none.
    """

    memory_size: int

    def act(self, obs: np.ndarray, noise: np.ndarray | None, allowed: np.ndarray | None = None) -> np.ndarray:
        """Actions (N, K) for observations (N, D) float32.

        Args:
            noise: (N, K) standard normal numbers, for a draw from the policy's distribution; None for its likeliest.
            allowed: (N, n) bool, which of n discrete choices each has; None: all, or actions are continuous.
        """
        ...


@runtime_checkable
class RememberingPolicy(Policy, Protocol):
    """A policy with memory, which acts by `act_and_remember`."""

    def act_and_remember(
        self, obs: np.ndarray, memory: np.ndarray, noise: np.ndarray | None, allowed: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """As Policy.act; also the new memory (N, M), for each row's next step.

        Args:
            memory: (N, M) float32, zeros where an agent has not acted yet in its episode.
        """
        ...
