"""A game between a person and a policy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from envs.ground.policy import Policy
from envs.ground.turn_game import TurnGame

GIVE_UP = ("quit", "q")


@dataclass(frozen=True)
class Duel:
    """Who plays what.

    Attributes:
        game: of two, whose gains are each other's losses.
        policy: the other player, which knows what it sees.
        judge: rows seen (N, D) -> what comes of them for who is to move, (N,) in [-1, 1]; None: nobody says.
        person_first: whether the person has the first move.
    """

    game: TurnGame
    policy: Policy
    judge: Callable[[np.ndarray], np.ndarray] | None
    person_first: bool

    def play(self, ask: Callable[[str], str], tell: Callable[[str], None]) -> float | None:
        """Play one game to its end.

        Args:
            ask: shows a line and returns the person's answer.
            tell: shows lines.

        Returns:
            What the person got, 1 for a game won, 0 drawn, -1 lost; None: it gave up.
        """
        state, first = self.game.begin(), True
        while True:
            tell(self.game.told(state, first))
            person = first == self.person_first
            choice = self._asked(state, ask, tell) if person else self._chosen(state, tell)
            if choice is None:
                return None
            after, reward, ended = self.game.follow(state[None], np.array([choice]))
            state, first = after[0], not first
            if ended[0]:
                tell(self.game.told(state, first))
                return float(reward[0]) if person else -float(reward[0])

    def _asked(self, state: np.ndarray, ask: Callable[[str], str], tell: Callable[[str], None]) -> int | None:
        """A choice that can be made, counted from 0, asked for until there is one; None: the person gives up."""
        possible = [int(choice) + 1 for choice in np.flatnonzero(self._seen(state)[1][0])]
        while True:
            answer = ask(f"your move, one of {', '.join(map(str, possible))}, or {GIVE_UP[0]}: ").strip().lower()
            if answer in GIVE_UP:
                return None
            if answer.isdecimal() and int(answer) in possible:
                return int(answer) - 1
            tell(f"got {answer[:20]!r}, wanted one of {', '.join(map(str, possible))}")

    def _chosen(self, state: np.ndarray, tell: Callable[[str], None]) -> int:
        rows, allowed = self._seen(state)
        choice = int(self.policy.act(rows, None, allowed)[0, 0])
        expects = "" if self.judge is None else f", and expects {float(self.judge(rows)[0]):+.2f} for itself"
        tell(f"the policy plays {choice + 1}{expects}")
        return choice

    def _seen(self, state: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The row (1, D) that who is to move sees, and what it can choose, (1, n)."""
        return self.game.see(state[None])
