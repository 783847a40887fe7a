"""What a batch of puzzles tells of its worlds: rows of the table of episodes, and columns of recordings."""

from __future__ import annotations

import numpy as np

from envs.triangles.simulation.compiled.worlds import NONE, OFFERED


def tabulate_outcomes(records: np.ndarray) -> dict[str, np.ndarray]:
    """Columns (W,) of worlds whose episodes have ended, see Batch.outcomes.

    cleared, placed: cells. lines: cleared. multiple: moves that cleared several lines. largest: cells cleared by one
    move. stuck: nothing on offer did fit any more; else the episode was cut off, or a choice could not be laid.
    """
    told = {name: records[name].copy() for name in ("cleared", "placed", "lines", "multiple", "largest")}
    return {"num_agents": np.ones(len(records), np.int64), **told, "stuck": ~records["illegal"] & ~records["cut_off"]}


def frame_of(records: np.ndarray, windows: np.ndarray, rows: np.ndarray, actions: np.ndarray) -> dict[str, np.ndarray]:
    """Columns (N, 1) of the worlds `rows` (N,) now, and of the actions (N, 1, 1) that led here, see Batch.frame.

    upper, lower: taken cells, see envs/triangles/simulation/lattice.py. offer_0, offer_1, offer_2: shapes on offer as
    bits row * 16 + column, at their first places; 0: none. cleared: cells, so far.
    """
    chosen = records[rows]
    offers = {
        f"offer_{slot}": np.where(chosen["offer"][:, slot] == NONE, 0, windows[chosen["offer"][:, slot]])[:, None]
        for slot in range(OFFERED)
    }
    return {
        "upper": chosen["taken"][:, :1],
        "lower": chosen["taken"][:, 1:],
        **offers,
        "cleared": chosen["cleared"][:, None],
        "choice": actions[:, :, 0],
        "reward": chosen["reward"],
    }
