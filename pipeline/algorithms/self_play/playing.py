"""Plays many games at once against itself, each move searched for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from envs.ground.rows.normalize import ActiveVecNormalize
from envs.ground.turn_game import TurnGame
from pipeline.algorithms.self_play.games import Ended, Games
from pipeline.search.searching import Searched, gumbel_draws

Look = Callable[[np.ndarray, np.ndarray], Searched]
"""States (W, S) of a game, and Gumbel draws (W, n) -> what came of searches from there."""


class SelfPlay:
    """The learner's worlds, in which both seats move by what a search finds.

    Attributes:
        num_moves: so far, in all games.
        state_size: S; num_choices: n.
    """

    def __init__(self, venv: ActiveVecNormalize, game: TurnGame) -> None:
        """Before the first move."""
        self.venv, self._game, self.num_moves = venv, game, 0
        self._num_agents = venv.venv.num_agents
        self._obs = venv.reset()
        states = game.read(self._obs[venv.venv.active])
        self.state_size, self.num_choices = states.shape[1], game.see(states)[1].shape[1]
        self._games = Games(venv.venv.num_worlds, game.most_moves, self.state_size, self.num_choices)

    def move(self, look: Look, rng: np.random.Generator, iteration: int) -> Ended:
        """One move in every world; the games that ended with it."""
        rows = np.flatnonzero(self.venv.venv.active)
        worlds, seats = rows // self._num_agents, rows % self._num_agents
        states = self._game.read(self._obs[rows])
        found = look(states, gumbel_draws(rng, len(rows), self.num_choices))
        actions = np.zeros(self.venv.num_envs, np.int64)
        actions[rows] = found.choices
        obs, rewards, dones, _ = self.venv.step(actions)
        self._obs = np.asarray(obs)
        self.num_moves += len(rows)
        moved = {"states": states, "policies": found.weights, "choices": found.choices, "searched": found.values}
        moved |= {"rewards": rewards[rows], "seats": seats, "iterations": np.full(len(rows), iteration)}
        self._games.add(worlds, moved)
        return self._games.ended(worlds[dones[rows]])

    def moves_again(self) -> bool:
        """Whether in some world who moves moves next, too; all stand as before.

        First choices are made until some game goes on after one, a game's length at most.
        """
        state, seen, again = self.venv.state(), self._obs, np.zeros(0, bool)
        for _ in range(self._game.most_moves):
            rows = np.flatnonzero(self.venv.venv.active)
            actions = np.zeros(self.venv.num_envs, np.int64)
            actions[rows] = self._game.see(self._game.read(seen[rows]))[1].argmax(1)
            obs, _, dones, _ = self.venv.step(actions)
            seen = np.asarray(obs)
            again = self.venv.venv.active[rows[~dones[rows]]]
            if len(again):
                break
        self.venv.restore(state)
        return bool(again.any())

    def begin_anew(self) -> None:
        """Begin new episodes in all worlds."""
        self._games.forget()
        self._obs = self.venv.reset()

    def state(self) -> dict[str, Any]:
        """What `restore` needs."""
        own = {"obs": self._obs, "num_moves": self.num_moves}
        return {"worlds": self.venv.state(), "games": self._games.state(), "own": own}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a `state`."""
        self.venv.restore(state["worlds"])
        self._games.restore(state["games"])
        self._obs, self.num_moves = np.array(state["own"]["obs"]), state["own"]["num_moves"]
