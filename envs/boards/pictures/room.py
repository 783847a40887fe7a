"""The fifth room of the boards as its door shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from envs.boards.simulation.games import GAMES, Game
from envs.ground.rooms import Begun, InBrowser
from envs.ground.scene import Look, Scene
from envs.ground.tables import check_numbers, check_steps

_NUMBERS = ("stones", "winner")
LOOK = Look(
    seconds=False,
    shape="piece",
    radius=0.4,
    curve_words="stones on the board",
    legend=(("", "filled: stones of who moves first in the game"), ("finished", "hollow: stones of the other")),
)


class BoardsPictures:
    """See envs/ground/rooms.py: Pictures."""

    columns = ("step", "time_s", "agent", "game", *_NUMBERS)

    def scene(self, recording: pd.DataFrame, name: str) -> Scene:
        """See Pictures.scene: a board whose cells are pieces that are there, or not yet."""
        game, stones, winner = _read(recording, name)
        where = np.array([(column, row) for column in range(game.columns) for row in range(game.rows)])
        bits = where[:, 0] * (game.rows + 1) + where[:, 1]
        lies = (stones[:, :, None] >> bits) & 1 == 1  # samples, seats, cells
        shape = lies.shape[::2]
        return Scene(
            look=LOOK,
            ids=("",) * len(where),
            time=np.arange(len(stones), dtype=np.float64),
            place=np.broadcast_to(where.astype(np.float64), (*shape, 2)).copy(),
            course=np.full(shape, np.nan),
            shown=lies.any(1),
            finished=lies[:, 1],
            alarm=np.zeros(shape, bool),
            goal=np.full((len(where), 2), np.nan),
            curve=lies.any(1).sum(1).astype(np.float64),
            summary=("first wins", "second wins", "drawn or not ended")[winner],
            lines=_grid(game),
        )

    def in_browser(self, settings: Any, begun: Mapping[str, Begun]) -> InBrowser:
        """See Pictures.in_browser: this world has no scripts."""
        raise ValueError("it has no scripts that play its games in a browser (in_browser of its room of pictures)")


def _read(recording: pd.DataFrame, name: str) -> tuple[Game, np.ndarray, int]:
    """The game of a recording, stones (T, 2) of both seats, and the last winner.

    Raises:
        ValueError: it is none of this world; the message names it.
    """
    missing = [column for column in BoardsPictures.columns if column not in recording.columns]
    if missing:
        raise ValueError(f"recording {name!r}: missing columns {', '.join(missing)}")
    if recording.empty:
        raise ValueError(f"recording {name!r}: no rows, wanted at least the initial state")
    check_steps(recording, f"recording {name!r}")
    check_numbers(recording, _NUMBERS, f"recording {name!r}")
    told = str(recording["game"].iloc[0])
    if told not in GAMES:
        raise ValueError(f"recording {name!r}: column game: got {told[:60]!r}, wanted one of {', '.join(GAMES)}")
    table = recording.sort_values(["step", "agent"]).pivot_table(index="step", columns="agent", values="stones")
    if list(table.columns) != ["first", "second"]:
        raise ValueError(f"recording {name!r}: column agent: got {list(table.columns)}, wanted first and second")
    last = int(recording["winner"].to_numpy()[recording["step"].to_numpy().argmax()])
    return GAMES[told], table.to_numpy(np.int64), last


def _grid(game: Game) -> tuple[np.ndarray, ...]:
    """The lines between cells, which are squares of side 1 around whole numbers."""
    right, top = game.columns - 0.5, game.rows - 0.5
    upright = [np.array([(x, -0.5), (x, top)]) for x in np.arange(-0.5, right + 1.0)]
    across = [np.array([(-0.5, y), (right, y)]) for y in np.arange(-0.5, top + 1.0)]
    return (*upright, *across)


PICTURES = BoardsPictures()
