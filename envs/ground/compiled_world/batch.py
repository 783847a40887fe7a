"""What compiled batches do alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numba
import numpy as np

from envs.ground.world import SPLITS

_STATE = ("records", "observation", "terminal_observation")


class CompiledBatch(ABC):
    """Those parts of a `Batch` (envs/ground/world.py) that read `worlds` alone; it draws its own episodes, too.

    Attributes:
        worlds: a `Worlds` whose fields are at least rng, episode_seed, step, done, active, reward, row_terminated and
            row_truncated.
    """

    worlds: Any
    num_actions: int

    def __init__(self, num_worlds: int, num_slots: int) -> None:
        """Who inherits allocates `worlds` then, and calls `seed`.

        Raises:
            ValueError: no world.
        """
        if num_worlds < 1:
            raise ValueError(f"num_worlds: got {num_worlds}, wanted 1 or more")
        self.num_worlds, self.num_slots = num_worlds, num_slots

    def seed(self, seed: int, split: str = "train") -> None:
        """Give every world its own generator, all from one seed, which draws episodes of a split from now on.

        Raises:
            ValueError: an unknown split.
        """
        if split not in SPLITS:
            raise ValueError(f"split: unknown {split!r}, known: {', '.join(SPLITS)}")
        self._split = np.uint64(SPLITS[split]) << np.uint64(62)
        self.worlds.rng[:] = np.random.SeedSequence(seed).generate_state(self.num_worlds, np.uint64)

    @property
    @abstractmethod
    def sizes(self) -> np.ndarray:
        """(W,) slots that are in use in each world's episode."""

    @abstractmethod
    def reset(self, which: np.ndarray | None = None) -> None:
        """Begin new episodes in the worlds `which` (N,) (default: all), drawing seed and scenario."""

    @abstractmethod
    def step(self, actions: np.ndarray) -> None:
        """Step all worlds with actions (W, A, K); worlds that have ended stand still."""

    def ends(self) -> tuple[np.ndarray, np.ndarray]:
        """Whose agent terminated in the last step and whose was cut off, (W, A) bool; empty ones end with theirs."""
        worlds = self.worlds
        terminated, truncated = worlds.row_terminated.copy(), worlds.row_truncated.copy()
        empty = np.arange(self.num_slots) >= self.sizes[:, None]
        terminated[empty] = np.broadcast_to(worlds.done[:, None], empty.shape)[empty]
        truncated[empty] = False
        return terminated, truncated

    @property
    def observation(self) -> np.ndarray:
        """(W, A, D) float32."""
        return self.worlds.observation

    @property
    def terminal_observation(self) -> np.ndarray:
        """(W, A, D) float32, of the rows that were done in the last step."""
        return self.worlds.terminal_observation

    @property
    def active(self) -> np.ndarray:
        """(W, A) bool, whose next action counts."""
        return self.worlds.active

    @property
    def reward(self) -> np.ndarray:
        """(W, A) float64, of the last step."""
        return self.worlds.reward

    @property
    def done(self) -> np.ndarray:
        """(W,) bool."""
        return self.worlds.done

    @property
    def steps(self) -> np.ndarray:
        """(W,) int64."""
        return self.worlds.step

    @property
    def episode_seed(self) -> np.ndarray:
        """(W,) uint64."""
        return self.worlds.episode_seed

    @property
    def team(self) -> np.ndarray:
        """(W, A) int64: one policy for all."""
        return np.zeros((self.num_worlds, self.num_slots), np.int64)

    def get_state(self) -> dict[str, np.ndarray]:
        """A copy of every array, enough to go on bit for bit."""
        return {name: getattr(self.worlds, name).copy() for name in _STATE}

    def set_state(self, state: dict[str, Any]) -> None:
        """Take over arrays from `get_state`."""
        for name in _STATE:
            getattr(self.worlds, name)[...] = state[name]


def set_num_threads(num_threads: int) -> None:
    """Let all batches of this process compute in so many threads (more than the machine has: all it has)."""
    most: int = numba.config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]
    numba.set_num_threads(min(num_threads, most))


@contextmanager
def threads_for(num_blocks: int) -> Iterator[None]:
    """Wake no more threads than there are blocks of work: waking one that has nothing to do costs more than a step."""
    threads = numba.get_num_threads()
    numba.set_num_threads(min(num_blocks, threads))
    try:
        yield
    finally:
        numba.set_num_threads(threads)
