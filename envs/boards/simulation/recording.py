"""What a batch of boards tells of its worlds: rows of the table of episodes, and columns of recordings."""

from __future__ import annotations

import numpy as np

from envs.boards.simulation.compiled.worlds import BOTH_SEATS, NOBODY
from envs.boards.simulation.games import Game


def tabulate_outcomes(
    records: np.ndarray, present: np.ndarray, before: np.ndarray, lost: np.ndarray
) -> dict[str, np.ndarray]:
    """Columns (W,) of worlds whose episodes have ended, see Batch.outcomes.

    mistaken: an agent's move lost value, or could not be played. kept: the share of judged moves that lost none; 1
    where none was judged. result: 1 won, 0 drawn, -1 lost, for the seat of the agent, or for who moved first in the
    episode.

    Args:
        before, lost: (W, 64), see envs/boards/simulation/compiled/judging.py.
    """
    judged, mistakes = (lost >= 0).sum(1), (lost > 0).sum(1)
    seat = np.where(records["seat"] == BOTH_SEATS, records["start_ply"] % 2, records["seat"])
    winner = records["winner"]
    result = np.where(winner == NOBODY, 0, np.where(winner == seat, 1, -1))
    result = np.where(records["illegal"], np.where(records["ply"] % 2 == seat, -1, 1), result)
    start = np.take_along_axis(before, np.minimum(records["start_ply"], before.shape[1] - 1)[:, None], 1)[:, 0]
    known = np.take_along_axis(lost, np.minimum(records["start_ply"], lost.shape[1] - 1)[:, None], 1)[:, 0] >= 0
    return {
        "num_agents": present.sum(1),
        "mistaken": (mistakes > 0) | records["illegal"],
        "kept": np.where(records["illegal"], 0.0, 1.0 - mistakes / np.maximum(1, judged)),
        "result": result,
        "seat": seat,
        "against": records["seat"] != BOTH_SEATS,
        "start_ply": records["start_ply"],
        "start_value": np.where(known, start, np.nan),
        "judged": judged,
        "mistakes": mistakes,
    }


def frame_of(records: np.ndarray, game: Game, rows: np.ndarray, actions: np.ndarray) -> dict[str, np.ndarray]:
    """Columns (N, 2) of the worlds `rows` (N,) now, and of the actions (N, 2, 1) that led here, see Batch.frame.

    stones: of each seat, cells as bits, see envs/boards/simulation/compiled/rules.py.
    """
    chosen = records[rows]
    shape = chosen["stones"].shape
    return {
        "stones": chosen["stones"],
        "ply": np.broadcast_to(chosen["ply"][:, None], shape),
        "to_move": (chosen["ply"][:, None] % 2 == np.arange(2)) & ~chosen["done"][:, None],
        "choice": actions[:, :, 0],
        "reward": chosen["reward"],
        "winner": np.broadcast_to(chosen["winner"][:, None], shape),
    }
