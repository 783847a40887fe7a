"""Plays many games at once against itself, each move searched for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from envs.ground.rows.normalize import ActiveVecNormalize
from envs.ground.turn_game import TurnGame
from pipeline.algorithms.alphazero.games import Games
from pipeline.algorithms.alphazero.ring import Positions
from pipeline.search.rules import Ask, Discounted
from pipeline.search.searching import gumbel_draws, search_gumbel


@dataclass(frozen=True)
class Searching:
    """How moves are searched for.

    Attributes:
        num_simulations, num_considered: see search_gumbel.
        discount: of what comes a move later.
        searched_share: of values that are learned, what the search says instead of what came of the game.
    """

    num_simulations: int
    num_considered: int
    discount: float
    searched_share: float


class SelfPlay:
    """The learner's worlds, in which both seats move by what a search finds.

    Attributes:
        num_moves: so far, in all games.
    """

    def __init__(self, venv: ActiveVecNormalize, game: TurnGame, searching: Searching) -> None:
        """Before the first move."""
        self.venv, self._game, self._searching = venv, game, searching
        self._rules, self.num_moves = Discounted(game, searching.discount), 0
        self._num_agents = venv.venv.num_agents
        self._obs = venv.reset()
        states = game.read(self._obs[venv.venv.active])
        self.state_size, self.num_choices = states.shape[1], game.see(states)[1].shape[1]
        self._games = Games(venv.venv.num_worlds, game.most_moves, self.state_size, self.num_choices)

    def move(self, ask: Ask, rng: np.random.Generator, iteration: int) -> tuple[Positions, int]:
        """One move in every world; what is to be learned of games that ended with it, and how many these are."""
        rows = np.flatnonzero(self.venv.venv.active)
        worlds, seats = rows // self._num_agents, rows % self._num_agents
        states, how = self._game.read(self._obs[rows]), self._searching
        draws = gumbel_draws(rng, len(rows), self.num_choices)
        found = search_gumbel(self._rules, states, ask, how.num_simulations, how.num_considered, draws)
        actions = np.zeros(self.venv.num_envs, np.int64)
        actions[rows] = found.choices
        obs, rewards, dones, _ = self.venv.step(actions)
        self._obs = np.asarray(obs)
        self.num_moves += len(rows)
        moved = {"states": states, "policies": found.weights, "searched": found.values}
        moved |= {"rewards": rewards[rows], "seats": seats, "iterations": np.full(len(rows), iteration)}
        self._games.add(worlds, **moved)
        ended = worlds[dones[rows]]
        return self._games.ended(ended, self._game.factor, how.discount, how.searched_share), len(ended)

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
