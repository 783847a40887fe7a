"""A position as a named episode: taken cells and the shapes on offer; and as a document."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError

from envs.ground.names import NAME_WISH, is_name
from envs.ground.record import Record, unknown
from envs.triangles.simulation.compiled.worlds import OFFERED
from envs.triangles.simulation.lattice import CELLS, COLUMNS, LINES, ROWS, Bits, Cell, bits_of
from envs.triangles.simulation.shapes import Shape, read_drawing

_MOST_NOTES = 10_000
_BOARD_WISH = f"{ROWS} rows from the top, 9, 11, 13, 15, 15, 13, 11 and 9 characters: # taken, . free"
_OFFER_WISH = f"{OFFERED} shapes, say AV or ..A/VAV, '' where one was laid already"


@dataclass(frozen=True)
class Scenario:
    """A position from which an episode begins; what comes after the shapes on offer is drawn from the episode's seed.

    Attributes:
        board: rows from the top, # where a cell is taken.
        offer: the shapes, as envs/triangles/simulation/shapes.py writes them; '' where one was laid already.
        notes: in words.

    Raises:
        ValueError: a board of another kind or with a full line, a shape that is none, or no shape that fits.
    """

    name: str
    board: tuple[str, ...]
    offer: tuple[str, ...]
    notes: str = ""

    def __post_init__(self) -> None:
        for field, mistake in (("board", self._mistaken_board), ("offer", self._mistaken_offer)):
            said = mistake()
            if said:
                raise ValueError(f"scenario {self.name!r}: {field}: {said}")

    @cached_property
    def taken(self) -> frozenset[Cell]:
        """The cells that are taken."""
        drawn = "".join(self.board)
        return frozenset(cell for cell, letter in zip(CELLS, drawn, strict=True) if letter == "#")

    @property
    def bits(self) -> Bits:
        """The same as bits."""
        return bits_of(self.taken)

    @cached_property
    def offered(self) -> tuple[Shape | None, ...]:
        """The shapes on offer; None where one was laid already."""
        return tuple(read_drawing(text) if text else None for text in self.offer)

    def digest(self) -> str:
        """The SHA-256 (hex) of all that it holds."""
        content = [self.name, list(self.board), list(self.offer), self.notes]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    def _mistaken_board(self) -> str:
        widths = [sum(row == own for row, _ in CELLS) for own in range(ROWS)]
        if [len(row) for row in self.board] != widths or not set("".join(self.board)) <= set("#."):
            return f"got {' '.join(self.board)[:120]!r}, wanted {_BOARD_WISH}"
        return (
            "a line is full, wanted each with a free cell" if any(self.taken.issuperset(line) for line in LINES) else ""
        )

    def _mistaken_offer(self) -> str:
        if len(self.offer) != OFFERED or not any(self.offer):
            return f"got {list(self.offer)}, wanted {_OFFER_WISH}"
        try:
            shapes = self.offered
        except ValueError as error:
            return str(error)
        free = set(CELLS) - self.taken
        fits = any(_fits(shape, free) for shape in shapes if shape is not None)
        return "" if fits else "no shape fits, wanted a game that goes on"


def mirrored(scenario: Scenario) -> Scenario:
    """The same with left and right exchanged."""
    board = tuple(row[::-1] for row in scenario.board)
    offer = tuple(_mirrored_drawing(text) for text in scenario.offer)
    return replace(scenario, board=board, offer=offer, notes="mirrored")


def _mirrored_drawing(text: str) -> str:
    rows = text.split("/")
    width = max(map(len, rows))
    return "/".join(row.ljust(width, ".")[::-1].rstrip(".") for row in rows)


def _fits(shape: Shape, free: set[Cell]) -> bool:
    """Whether a shape finds room on free cells; it is moved by whole steps of the lattice."""
    moves = ((row, column) for row in range(ROWS) for column in range(-1, COLUMNS) if (row + column) % 2 == 0)
    return any(free.issuperset((row + down, column + right) for row, column in shape) for down, right in moves)


def _named(text: str) -> str:
    if not is_name(text):
        raise ValueError(text)
    return text


class _File(Record):
    scenario_name: Annotated[str, AfterValidator(_named), Field(description=NAME_WISH)]
    board: Annotated[
        tuple[Annotated[str, Field(max_length=COLUMNS)], ...], Field(max_length=ROWS, description=_BOARD_WISH)
    ]
    offer: Annotated[
        tuple[Annotated[str, Field(max_length=64)], ...], Field(max_length=OFFERED, description=_OFFER_WISH)
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
        return Scenario(read.scenario_name, read.board, read.offer, read.notes)
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
        "board": list(scenario.board),
        "offer": list(scenario.offer),
        "notes": scenario.notes,
    }
