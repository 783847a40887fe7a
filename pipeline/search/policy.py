"""A policy that searches before it acts, by what a network says of positions, and by the rules of a game or a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from envs.ground.turn_game import TurnGame
from pipeline.search.rules import Ask, Discounted, Rules
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


class Model(Rules, Protocol):
    """A learned model of a game, which says itself what `Ask` is to say of its states."""

    def begin(self, rows: np.ndarray, allowed: np.ndarray | None) -> np.ndarray:
        """States (N, S) of rows seen (N, D), of which choices (N, n) can be made; None: all."""
        ...

    def ask(self, states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See Ask."""
        ...


class SearchingPolicy:
    """See Policy; it sees rows as any other does, and leaves nothing to chance.

    Attributes:
        memory_size: it remembers nothing from move to move.
    """

    memory_size = 0

    def __init__(
        self,
        rules: Rules,
        begin: Callable[[np.ndarray, np.ndarray | None], np.ndarray],
        ask: Ask,
        commands: np.ndarray,
        num_simulations: int,
    ) -> None:
        """Of rules, of the states where rows and what is allowed there let a search begin, of a network that is asked,
        and of what its n choices mean, commands (n, K)."""
        self._rules, self._begin, self._ask = rules, begin, ask
        self._commands, self._num_simulations = commands, num_simulations

    def act(self, obs: np.ndarray, noise: np.ndarray | None, allowed: np.ndarray | None = None) -> np.ndarray:
        """See Policy.act; nothing is drawn."""
        nothing = np.zeros((len(obs), len(self._commands)))
        considered = min(len(self._commands), self._num_simulations)
        states = self._begin(obs, allowed)
        found = search_gumbel(self._rules, states, self._ask, self._num_simulations, considered, nothing)
        return self._commands[found.choices]


def searching(
    network: Answers,
    game: TurnGame | None,
    num_simulations: int,
    discount: float = 1.0,
    model: Model | None = None,
) -> SearchingPolicy | None:
    """A policy with a search before each move; None: there is no game, no value to go by, or nothing to look at.

    Args:
        model: of the game, to search by; None: by the true rules.
    """
    commands = network.commands()
    if game is None or commands is None or not {"logits", "value"} <= set(network.outputs) or not num_simulations:
        return None
    if model is not None:
        return SearchingPolicy(model, model.begin, model.ask, commands, num_simulations)

    def ask(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = network.run(rows, None)
        return found["logits"], found["value"]

    def begin(rows: np.ndarray, allowed: np.ndarray | None) -> np.ndarray:
        return game.read(rows)  # the game itself says what is allowed

    return SearchingPolicy(Discounted(game, discount), begin, ask, commands, num_simulations)
