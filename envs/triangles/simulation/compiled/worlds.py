"""Worlds as records: a board each, the shapes on offer, and what was done."""

from __future__ import annotations

import numpy as np

from envs.ground.compiled_world.records import Fields

OFFERED = 3
"""Shapes on offer; when all are laid, as many are drawn."""
NONE = -1
"""On offer where a shape was."""

FIELDS: Fields = (
    ("taken", np.int64, (2,)),  # cells, as envs/triangles/simulation/lattice.py has them
    ("offer", np.int64, (OFFERED,)),  # numbers of shapes, or NONE
    ("drawn", np.int64, ()),  # shapes of the stream so far
    ("step", np.int64, ()),
    ("placed", np.int64, ()),  # cells
    ("cleared", np.int64, ()),  # cells
    ("lines", np.int64, ()),
    ("multiple", np.int64, ()),  # moves that cleared several lines
    ("largest", np.int64, ()),  # cells cleared by one move
    ("done", np.bool_, ()),
    ("illegal", np.bool_, ()),  # the last choice could not be laid
    ("cut_off", np.bool_, ()),
    ("reward", np.float64, (1,)),
    ("scenario", np.int64, ()),
    ("episode_seed", np.uint64, ()),
    ("rng", np.uint64, ()),
)
