"""Games by turns that can be played on from any state: what a world may offer to whoever searches."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np


class TurnGame(Protocol):
    """The rules of a world's episodes, for many states at once; a state is S whole numbers.

    One agent at a time moves, and sees all that decides how the game goes on. Episodes begin as the world says, and end
    as the game does: none is cut off.

    Attributes:
        factor: what the value of the next state counts for who chooses: -1 where the other is to move then, in a game
            of two whose gains are each other's losses.
        most_moves: a game has at most so many.
        symmetries: each as two orders of what is the same game: row[seen] of a row seen (D,), and choices[liked] of
            numbers by choice (n,). The first changes nothing.
    """

    factor: float
    most_moves: int
    symmetries: tuple[tuple[np.ndarray, np.ndarray], ...]

    def begin(self) -> np.ndarray:
        """The state (S,) before the first move."""
        ...

    def told(self, state: np.ndarray, first: bool) -> str:
        """A state (S,) as lines for people, choices by number from 1; `first`: who is to move moved first."""
        ...

    def read(self, rows: np.ndarray) -> np.ndarray:
        """The states (N, S) int64 of which who is to move sees these rows (N, D)."""
        ...

    def follow(self, states: np.ndarray, choices: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """States (N, S) after choices (N,), rewards (N,) of who chose, and which games have ended, (N,) bool."""
        ...

    def see(self, states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of states (N, S) the rows (N, D) float32 that who is to move sees, and what it can choose, (N, n) bool."""
        ...


@runtime_checkable
class OffersTurnGame(Protocol):
    """A `Simulation` whose episodes are such a game."""

    def turn_game(self, settings: Any) -> TurnGame:
        """Of worlds with these settings."""
        ...


def turn_game_of(simulation: Any, settings: Any) -> TurnGame | None:
    """What a world's first room offers; None: nothing."""
    return simulation.turn_game(settings) if isinstance(simulation, OffersTurnGame) else None
