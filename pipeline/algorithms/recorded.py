"""Recorded rows as learners take them: what agents saw and did, dealt in an order that a seed decides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Transitions:
    """What came of N rows.

    Attributes:
        reward: (N,) float32.
        following: (N,) int64, the row in which the same agent acts next; itself: its time ended with this one.
        terminated: (N,) bool, whether it ended by an end of its own; else it was cut off, and what it saw then is not
            known.
    """

    reward: np.ndarray
    following: np.ndarray
    terminated: np.ndarray

    @property
    def leads(self) -> np.ndarray:
        """(N,) bool, the rows that another follows."""
        return self.following != np.arange(len(self.following))

    def returns(self, gamma: float) -> np.ndarray:
        """(N,) float64, what an agent has earned by each row; what was paid a row earlier counts gamma times less."""
        earned, leads = self.reward.astype(np.float64), self.leads
        at = np.setdiff1d(np.arange(len(earned)), self.following[leads], assume_unique=True)
        while len(at):
            at = at[leads[at]]
            earned[self.following[at]] += gamma * earned[at]
            at = self.following[at]
        return earned


@dataclass(frozen=True)
class Recorded:
    """N rows, one for each step of an agent.

    Attributes:
        observation: (N, D) float32.
        action: (N, K) float32 in [-1, 1], or choices (N,) int64.
        allowed: (N, n) bool, which choices there were; None: all, or actions are numbers.
        episode: (N,) int64, whose rows belong together.
        transitions: what came of it; None: nobody has asked.
    """

    observation: np.ndarray
    action: np.ndarray
    allowed: np.ndarray | None
    episode: np.ndarray
    transitions: Transitions | None = None

    def __len__(self) -> int:
        return len(self.observation)


def held_out(episode: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Which rows (N,) are of episodes that are not learned from: this share of them, but one at least.

    Raises:
        ValueError: there are too few episodes to leave one to learn from.
    """
    episodes = np.unique(episode)
    count = max(1, round(share * len(episodes))) if share else 0
    if count >= len(episodes):
        wish = "wanted fewer, or more episodes in the records"
        raise ValueError(f"hyperparameters.held_out: got {share:g}, {count} of {len(episodes)} episodes, {wish}")
    chosen = np.random.default_rng([seed, 1]).choice(episodes, count, replace=False)
    return np.isin(episode, chosen)


class Dealer:
    """Deals rows again and again, each time all of them in a new order; where it stands follows from what was dealt."""

    def __init__(self, rows: np.ndarray, seed: int) -> None:
        """Deal these rows (M,)."""
        self._rows, self._seed, self._round = rows, seed, -1
        self._order = rows

    def deal(self, dealt: int, count: int) -> np.ndarray:
        """The `count` rows that follow when `dealt` have been dealt."""
        parts = []
        while count > 0:
            number, first = divmod(dealt, len(self._rows))
            part = self._shuffled(number)[first : first + count]
            parts.append(part)
            dealt, count = dealt + len(part), count - len(part)
        return np.concatenate(parts)

    def _shuffled(self, number: int) -> np.ndarray:
        if number != self._round:
            self._order = np.random.default_rng([self._seed, 2, number]).permutation(self._rows)
            self._round = number
        return self._order
