"""A policy that searches before it acts, by the rules of a game and by what a network says of positions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from envs.ground.turn_game import TurnGame
from pipeline.search.rules import Ask, Discounted
from pipeline.search.searching import search_gumbel


class Answers(Protocol):
    """A network as OnnxPolicy runs it."""

    @property
    def outputs(self) -> Sequence[str]:
        """Their names."""
        ...

    def run(self, obs: np.ndarray, memory: np.ndarray | None) -> dict[str, np.ndarray]:
        """Its outputs by name, for rows (N, D)."""
        ...

    def commands(self) -> np.ndarray | None:
        """What n choices mean, (n, K); None where it does not choose."""
        ...


class SearchingPolicy:
    """See Policy; it sees rows as any other does, and leaves nothing to chance.

    Attributes:
        memory_size: it remembers nothing from move to move.
    """

    memory_size = 0

    def __init__(
        self, game: TurnGame, ask: Ask, commands: np.ndarray, num_simulations: int, discount: float = 1.0
    ) -> None:
        """Of a network that is asked, and of what its n choices mean, commands (n, K)."""
        self._rules, self._read, self._ask = Discounted(game, discount), game.read, ask
        self._commands, self._num_simulations = commands, num_simulations

    def act(self, obs: np.ndarray, noise: np.ndarray | None, allowed: np.ndarray | None = None) -> np.ndarray:
        """See Policy.act; nothing is drawn, and the game itself says what is allowed."""
        nothing = np.zeros((len(obs), len(self._commands)))
        considered = min(len(self._commands), self._num_simulations)
        found = search_gumbel(self._rules, self._read(obs), self._ask, self._num_simulations, considered, nothing)
        return self._commands[found.choices]


def searching(
    network: Answers, game: TurnGame | None, num_simulations: int, discount: float = 1.0
) -> SearchingPolicy | None:
    """A policy with a search before each move; None: there is no game, no value to go by, or nothing to look at."""
    commands = network.commands()
    if game is None or commands is None or not {"logits", "value"} <= set(network.outputs) or not num_simulations:
        return None

    def ask(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = network.run(rows, None)
        return found["logits"], found["value"]

    return SearchingPolicy(game, ask, commands, num_simulations, discount)
