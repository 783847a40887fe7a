"""What a person may change about the boards, with the defaults that make `envs.make("boards_v0")` work alone."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from envs.boards.simulation.games import GAMES, Game
from envs.ground.record import Record

MOST_DEPTH = 12


class Openings(Record):
    """How many stones lie on the board when an episode begins, put there at random; drawn uniformly."""

    least: Annotated[int, Field(ge=0)] = 0
    most: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.least > self.most:
            raise ValueError(f"least {self.least} lies above most {self.most}")
        return self


class Opponent(Record):
    """Who has the other seat; `self`: agents have both. `depth`: that alpha_beta looks ahead."""

    kind: Literal["self", "random", "win_or_block", "alpha_beta", "perfect"] = "self"
    depth: Annotated[int, Field(ge=1, le=MOST_DEPTH)] = 2


class BoardsSettings(Record):
    """Everything that decides how the boards behave, apart from named positions themselves."""

    game: Literal["tic_tac_toe", "connect_four"] = "connect_four"
    openings: Openings = Openings()
    opponent: Opponent = Opponent()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        cells = self.rules.num_cells
        if self.openings.most > cells - 2:
            raise ValueError(f"openings: most: got {self.openings.most}, wanted at most {cells - 2} on {cells} cells")
        return self

    @property
    def rules(self) -> Game:
        """The game itself."""
        return GAMES[self.game]
