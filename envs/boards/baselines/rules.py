"""Rules as steering; what they choose stands in envs/boards/simulation/compiled/choosing.py."""

from __future__ import annotations

import numpy as np
from numba import njit

from envs.boards.simulation.batch import BoardsBatch
from envs.boards.simulation.compiled.choosing import choose
from envs.boards.simulation.games import solver_of
from envs.ground.compiled.random_draws import mix

_RULES = np.uint64(0xBA5E)
"""Keeps these draws apart from others that begin with an episode's seed."""


class ByRule:
    """Plays by a rule, for whose turn it is; among moves that it likes alike it draws by the episode's seed."""

    def __init__(self, kind: int, depth: int = 0) -> None:
        """One of `KINDS`, with the depth that it looks ahead."""
        self._kind, self._depth = kind, depth

    def begin(self, batch: BoardsBatch, first: int) -> None:
        """See Steering.begin; it remembers nothing."""

    def steer(self, batch: BoardsBatch, noise: np.ndarray | None) -> np.ndarray:
        """See Steering.steer."""
        choices = np.zeros((batch.num_worlds, 2, 1))
        rule = (self._kind, self._depth, batch.game.solved_from)
        likes = np.zeros(batch.num_choices, np.int64)
        _choose_all(batch.records, rule, batch.game.numbers, solver_of(batch.game), likes, choices)
        return choices


@njit(cache=True)
def _choose_all(worlds, rule, game, solver, likes, choices):
    """Write what a rule chooses in all worlds into choices (W, 2, 1)."""
    for w in range(len(worlds)):
        world = worlds[w]
        if world.done:
            continue
        mover, mask = world.ply % 2, world.stones[0] | world.stones[1]
        draw = mix((world.episode_seed ^ _RULES) + np.uint64(world.ply))
        kind, depth, solved_from = rule
        own = world.stones[mover]
        choices[w, mover, 0] = choose(kind, depth, solved_from, game, own, mask, draw, solver, likes)
