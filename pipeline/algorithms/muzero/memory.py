"""Games that MuZero learns from, position by position, drawn by how much is to be learned from each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.algorithms.muzero.sum_tree import SumTree
from pipeline.algorithms.muzero.targets import Counting, bootstrapped
from pipeline.algorithms.self_play.games import Ended
from pipeline.algorithms.self_play.ring import Ring

_KEPT = ("policies", "choices", "searched", "rewards", "seats", "iterations", "states")
_LEAST = 1e-3
"""Added to what a position is drawn by, so that none is forgotten."""


@dataclass(frozen=True)
class Unrolled:
    """N positions and K moves from each on; beyond a game's end nothing is paid, and nothing comes.

    Attributes:
        places: (N,) int64, where they stand in the memory.
        shares: (N,) float64, of all draws that go to such a position, in the mean.
        states: (N, S) int64, of the first position.
        choices: (N, K) int64, -1 beyond the end.
        rewards: (N, K) float32, of who chose.
        values: (N, K + 1) float32, what is to be learned of each position, for who moves there.
        policies: (N, K + 1, n) float32, what the search made of each.
        known: (N, K + 1) bool, which positions are of the game; others lie beyond its end.
        iterations: (N,) int64, in which the first were played.
    """

    places: np.ndarray
    shares: np.ndarray
    states: np.ndarray
    choices: np.ndarray
    rewards: np.ndarray
    values: np.ndarray
    policies: np.ndarray
    known: np.ndarray
    iterations: np.ndarray

    def __len__(self) -> int:
        return len(self.places)


class GamesRing:
    """See Memory: the last positions of games that have ended, in their order.

    A position is drawn as often as its error says, to the power of `exponent` (Schaul et al., "Prioritized experience
    replay", ICLR 2016); 0: all alike. At first the error is that of what the search said of it.
    """

    def __init__(
        self, capacity: int, state_size: int, num_choices: int, counting: Counting, unroll_steps: int, exponent: float
    ) -> None:
        """One that is empty.

        Args:
            unroll_steps: K.
        """
        self._counting, self._unroll_steps, self._exponent = counting, unroll_steps, exponent
        shapes: dict[str, tuple[tuple[int, ...], type]] = {
            "states": ((state_size,), np.int64),
            "policies": ((num_choices,), np.float32),
            **dict.fromkeys(("choices", "seats", "left", "iterations"), ((), np.int64)),
            **dict.fromkeys(("searched", "rewards"), ((), np.float64)),
        }
        self._ring, self._tree = Ring(capacity, shapes), SumTree(capacity)

    @property
    def size(self) -> int:
        """See Memory."""
        return self._ring.size

    def add(self, games: Ended) -> None:
        """See Memory.add."""
        columns = {name: games.moves[name] for name in _KEPT} | {"left": games.left}
        places = self._ring.add(games.flat(columns))
        self.judge(places, self._values(places) - self._ring.columns["searched"][places])

    def judge(self, places: np.ndarray, errors: np.ndarray) -> None:
        """Say how wrong was what was said of positions (N,); by that they are drawn.

        Errors that are no numbers count as none: training that diverged is told between iterations.
        """
        known = np.nan_to_num(np.abs(errors), nan=0.0, posinf=0.0)
        self._tree.set(places, (known + _LEAST) ** self._exponent)

    def draw(self, rng: np.random.Generator, count: int) -> Unrolled:
        """So many positions, any of them perhaps more than once."""
        places, columns = self._tree.draw(rng, count), self._ring.columns
        steps = np.arange(self._unroll_steps + 1)
        along = (places[:, None] + steps) % self._ring.capacity
        known = steps < columns["left"][places][:, None]
        values = self._values(along.reshape(-1)).reshape(along.shape)
        return Unrolled(
            places=places,
            shares=self._tree.leaves[places] / self._tree.total,
            states=columns["states"][places],
            choices=np.where(known, columns["choices"][along], -1)[:, :-1],
            rewards=np.where(known, columns["rewards"][along], 0.0)[:, :-1].astype(np.float32),
            values=np.where(known, values, 0.0).astype(np.float32),
            policies=np.where(known[:, :, None], columns["policies"][along], 0.0),
            known=known,
            iterations=columns["iterations"][places],
        )

    def some_states(self, rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
        """So many places (N,), all alike, and the states (N, S) there."""
        places = rng.integers(self.size, size=count)
        return places, self._ring.columns["states"][places]

    def renew(self, places: np.ndarray, policies: np.ndarray, searched: np.ndarray) -> None:
        """Let positions (N,) be as a later search found them: policies (N, n), and the roots' values (N,)."""
        self._ring.columns["policies"][places] = policies
        self._ring.columns["searched"][places] = searched

    def _values(self, places: np.ndarray) -> np.ndarray:
        """What is to be learned of the values of positions (N,)."""
        columns = self._ring.columns
        left, rewards, seats, searched = (columns[name] for name in ("left", "rewards", "seats", "searched"))
        return bootstrapped(places, left, rewards, seats, searched, self._counting)

    def state(self) -> dict[str, Any]:
        """See Memory.state."""
        return {"ring": self._ring.state(), "tree": self._tree.state()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """See Memory.restore."""
        self._ring.restore(state["ring"])
        self._tree.restore(state["tree"])
