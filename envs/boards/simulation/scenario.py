"""A position as a named episode: the choices that lead to it from the empty board; and as a document."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError

from envs.boards.simulation.compiled.rules import cell_of, has_row
from envs.boards.simulation.games import GAMES, MOST_CELLS, Game
from envs.ground.names import NAME_WISH, is_name
from envs.ground.record import Record, unknown

_MOST_NOTES = 10_000


@dataclass(frozen=True)
class Scenario:
    """A position from which an episode begins.

    Attributes:
        game: by its name.
        moves: choices from the empty board on, counted from 0; who moves first has the seat 0.
        notes: in words.

    Raises:
        ValueError: an unknown game, a choice that cannot be played, or a game that has ended.
    """

    name: str
    game: str
    moves: tuple[int, ...]
    notes: str = ""

    def __post_init__(self) -> None:
        if self.game not in GAMES:
            raise ValueError(f"scenario {self.name!r}: game: {unknown(self.game, GAMES)}")
        mistake = _mistake(GAMES[self.game], self.moves)
        if mistake:
            raise ValueError(f"scenario {self.name!r}: moves: {mistake}")

    def digest(self) -> str:
        """The SHA-256 (hex) of all that it holds."""
        content = [self.name, self.game, list(self.moves), self.notes]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _mistake(game: Game, moves: tuple[int, ...]) -> str:
    """What is wrong with a list of choices; '' where nothing is."""
    stones = [0, 0]
    for ply, choice in enumerate(moves):
        cell = int(cell_of(game.numbers, stones[0] | stones[1], choice))
        if not cell:
            return f"move {ply + 1}: got {choice}, wanted a choice from 0 to {game.num_choices - 1} that can be played"
        stones[ply % 2] |= cell
        if has_row(game.numbers, stones[ply % 2]):
            return f"move {ply + 1}, {choice}, wins; wanted a game that goes on"
    return "the board is full, wanted a game that goes on" if len(moves) >= game.num_cells else ""


def _named(text: str) -> str:
    if not is_name(text):
        raise ValueError(text)
    return text


class _File(Record):
    scenario_name: Annotated[str, AfterValidator(_named), Field(description=NAME_WISH)]
    game: Annotated[str, Field(max_length=64, description=f"one of {', '.join(GAMES)}")]
    moves: Annotated[
        tuple[Annotated[int, Field(ge=0, lt=MOST_CELLS)], ...],
        Field(max_length=MOST_CELLS, description="a list of choices from the empty board on, counted from 0"),
    ]
    notes: Annotated[str, Field(max_length=_MOST_NOTES, description=f"a text of at most {_MOST_NOTES:,} characters")]


def scenario_from(document: Any, source: str) -> Scenario:
    """The position that a document says, as JSON has it.

    Raises:
        ValueError: a line per mistake, each naming `source`, field, what came and what was wanted.
    """
    if not isinstance(document, dict):
        raise ValueError(f"{source}: got {str(document)[:40]}, wanted an object with {', '.join(_File.model_fields)}")
    try:
        read = _File.from_values({"notes": "", **document})
    except ValidationError as error:
        raise ValueError("\n".join(_line(source, fault) for fault in error.errors())) from error
    try:
        return Scenario(read.scenario_name, read.game, read.moves, read.notes)
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from error


def _line(source: str, fault: Any) -> str:
    field, place = str(fault["loc"][0]), ".".join(map(str, fault["loc"]))
    if fault["type"] == "missing":
        return f"{source}: {place}: missing, wanted {_File.model_fields[field].description}"
    if field not in _File.model_fields:
        return f"{source}: {unknown(field, _File.model_fields)}"
    return f"{source}: {place}: got {str(fault['input'])[:40]!r}, wanted {_File.model_fields[field].description}"


def document_of(scenario: Scenario, source: str) -> dict[str, Any]:
    """A position as plain values; whatever there is, `scenario_from` reads."""
    return {
        "scenario_name": scenario.name,
        "game": scenario.game,
        "moves": list(scenario.moves),
        "notes": scenario.notes,
    }
