"""Worlds as records: a game each, its stones and what was played."""

from __future__ import annotations

import numpy as np

from envs.boards.simulation.games import MOST_CELLS
from envs.ground.compiled_world.records import Fields

BOTH_SEATS = 2
"""The `seat` of agents where they have both."""
NOBODY = -1
"""The `winner` of a game that has none."""

FIELDS: Fields = (
    ("stones", np.int64, (2,)),  # of who moves first, and of the other
    ("ply", np.int64, ()),  # stones on the board
    ("start_ply", np.int64, ()),  # when the episode began
    ("seat", np.int64, ()),  # of the agent, or BOTH_SEATS
    ("done", np.bool_, ()),
    ("illegal", np.bool_, ()),  # the last choice could not be played
    ("winner", np.int64, ()),
    ("step", np.int64, ()),
    ("reward", np.float64, (2,)),
    ("moves", np.int64, (MOST_CELLS,)),  # choices, those of the opening, too
    ("scenario", np.int64, ()),
    ("episode_seed", np.uint64, ()),
    ("rng", np.uint64, ()),
)
