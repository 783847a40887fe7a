"""What is learned from a game that has ended: for each position what came of it, for who moved there."""

from __future__ import annotations

import numpy as np


def outcomes(rewards: np.ndarray, seats: np.ndarray, lengths: np.ndarray, factor: float, discount: float) -> np.ndarray:
    """Discounted sums (N, T) of what followed each move of N games, for who made it; 0 beyond a game's end.

    Args:
        rewards: (N, T) of who moved, at each move.
        seats: (N, T) int64, who moved.
        lengths: (N,) int64, moves of each game, of T at most.
        factor: what the value of the next position counts for who moved, where another moves next; where the same one
            does, it counts in full.
    """
    found = np.zeros(rewards.shape)
    for t in range(rewards.shape[1] - 1, -1, -1):
        found[:, t] = np.where(t < lengths, rewards[:, t], 0.0)
        if t + 1 < rewards.shape[1]:
            sign = np.where(seats[:, t] == seats[:, t + 1], 1.0, factor)
            found[:, t] += np.where(t + 1 < lengths, sign * discount * found[:, t + 1], 0.0)
    return found


def mixed(outcome: np.ndarray, searched: np.ndarray, share: float) -> np.ndarray:
    """Outcomes (..) with a share of what the search said of the same positions (..)."""
    return (1.0 - share) * outcome + share * searched
