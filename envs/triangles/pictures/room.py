"""The fifth room of the triangles as its door shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from envs.ground.rooms import Begun, InBrowser
from envs.ground.scene import Look, Scene
from envs.ground.tables import check_numbers, check_steps
from envs.triangles.simulation.compiled.worlds import OFFERED
from envs.triangles.simulation.lattice import CELLS, COLUMNS, ROWS, STRIDE, Cell, cells_of, points_up
from envs.triangles.simulation.shapes import WINDOW_COLUMNS, WINDOW_ROWS

_HEIGHT = float(np.sqrt(3.0))
"""Of a cell whose edge is 2 long, so that columns are 1 apart."""
_BESIDE, _ABOVE, _BELOW = COLUMNS + 3, 2, 4
"""The column of windows with shapes on offer, how far above the board the first is, and how far below it the next."""
_OFFERS = tuple(f"offer_{slot}" for slot in range(OFFERED))
_NUMBERS = ("upper", "lower", "cleared", *_OFFERS)
LOOK = Look(
    seconds=False,
    shape="piece",
    radius=0.45,
    curve_words="cells cleared",
    legend=(("", "filled: taken cells"), ("finished", "hollow: shapes on offer")),
)


class TrianglesPictures:
    """See envs/ground/rooms.py: Pictures."""

    columns = ("step", "time_s", "agent", *_NUMBERS)

    def scene(self, recording: pd.DataFrame, name: str) -> Scene:
        """See Pictures.scene: a lattice whose cells are pieces that are there, or not."""
        table = _read(recording, name)
        taken = cells_of(table[["upper", "lower"]].to_numpy(np.int64))
        on_board = [row * COLUMNS + column for row, column in CELLS]
        offered = np.concatenate([_window(table[offer].to_numpy(np.int64)) for offer in _OFFERS], 1)
        shown = np.concatenate([taken[:, on_board], offered], 1)
        where = np.array([*map(_middle, CELLS), *(place for slot in range(OFFERED) for place in _window_middles(slot))])
        finished = np.zeros_like(shown)
        finished[:, len(CELLS) :] = True
        cleared = table["cleared"].to_numpy(np.float64)
        return Scene(
            look=LOOK,
            ids=("",) * len(where),
            time=np.arange(len(table), dtype=np.float64),
            place=np.broadcast_to(where, (*shown.shape, 2)).copy(),
            course=np.full(shown.shape, np.nan),
            shown=shown,
            finished=finished,
            alarm=np.zeros_like(shown),
            goal=np.full((len(where), 2), np.nan),
            curve=cleared,
            summary=f"{cleared[-1]:.0f} cells cleared in {len(table) - 1} moves",
            lines=(*map(_outline, CELLS), *map(_frame, range(OFFERED))),
        )

    def in_browser(self, settings: Any, begun: Mapping[str, Begun]) -> InBrowser:
        """See Pictures.in_browser: this world has no scripts."""
        raise ValueError("it has no scripts that play it in a browser (in_browser of its room of pictures)")


def _read(recording: pd.DataFrame, name: str) -> pd.DataFrame:
    """A recording in the order of its steps.

    Raises:
        ValueError: it is none of this world; the message names it.
    """
    missing = [column for column in TrianglesPictures.columns if column not in recording.columns]
    if missing:
        raise ValueError(f"recording {name!r}: missing columns {', '.join(missing)}")
    if recording.empty:
        raise ValueError(f"recording {name!r}: no rows, wanted at least the initial state")
    check_steps(recording, f"recording {name!r}")
    check_numbers(recording, _NUMBERS, f"recording {name!r}")
    if recording["step"].duplicated().any():
        raise ValueError(f"recording {name!r}: column agent: got {recording['agent'].nunique()} agents, wanted one")
    return recording.sort_values("step")


def _middle(cell: Cell) -> tuple[float, float]:
    """Where the middle of a cell is, right and up."""
    row, column = cell
    return float(column), (ROWS - row - (2.0 if points_up(cell) else 1.0) / 3.0) * _HEIGHT


def _outline(cell: Cell) -> np.ndarray:
    """A cell's corners (4, 2), the first again at the end."""
    row, column = cell
    top, bottom = (ROWS - row) * _HEIGHT, (ROWS - row - 1) * _HEIGHT
    tip, base = (top, bottom) if points_up(cell) else (bottom, top)
    return np.array([(column, tip), (column + 1.0, base), (column - 1.0, base), (column, tip)])


def _window(offered: np.ndarray) -> np.ndarray:
    """Which cells (T, 28) of a window shapes on offer (T,) have."""
    row, column = np.divmod(np.arange(WINDOW_ROWS * WINDOW_COLUMNS), WINDOW_COLUMNS)
    return np.asarray((offered[:, None] >> (row * STRIDE + column)) & 1 == 1)


def _frame(slot: int) -> np.ndarray:
    """The rectangle (5, 2) around a slot's window, the first corner again at the end."""
    top = (ROWS - slot * _BELOW + _ABOVE) * _HEIGHT
    left, right, bottom = _BESIDE - 1.0, _BESIDE + 1.0 + WINDOW_COLUMNS, top - WINDOW_ROWS * _HEIGHT
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)])


def _window_middles(slot: int) -> Iterable[tuple[float, float]]:
    """Where the cells of a slot's window are: beside the board, moved by a whole step of the lattice."""
    down = slot * _BELOW - _ABOVE
    right = _BESIDE + (_BESIDE + down) % 2
    return (_middle((down + row, right + column)) for row in range(WINDOW_ROWS) for column in range(WINDOW_COLUMNS))


PICTURES = TrianglesPictures()
