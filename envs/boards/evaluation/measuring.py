"""Measures a block of games when they have ended: moves by how far the end is."""

from __future__ import annotations

import numpy as np
import pandas as pd

from envs.boards.simulation.batch import BoardsBatch

BANDS: dict[str, tuple[int, int]] = {"near": (1, 5), "middle": (6, 13), "far": (14, 64)}
"""By name, from how many to how many free cells a move has before it: so far is the end at most."""


class GameMeasuring:
    """See envs/ground/evaluating.py: Measuring."""

    def __init__(self, batch: BoardsBatch) -> None:
        """Measure the games that have just begun."""
        self._batch = batch

    def keep(self) -> None:
        """See Measuring.keep; a game remembers its moves itself."""

    def measured(self, first: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        """See Measuring.measured; events are judged moves.

        episodes: judged_BAND and mistakes_BAND, moves of the bands. events: ply, free (cells before the move), player
        (whose seat), choice, value (of the position, for who moved), lost (how much less the move left).
        """
        before, lost = self._batch.judged()
        num_cells = self._batch.game.num_cells
        free = num_cells - np.arange(lost.shape[1])
        table = {"episode": first + np.arange(len(lost))}
        for name, (least, most) in BANDS.items():
            own = lost[:, (free >= least) & (free <= most)]
            table |= {f"judged_{name}": (own >= 0).sum(1), f"mistakes_{name}": (own > 0).sum(1)}
        world, ply = np.nonzero(lost >= 0)
        events = {
            "episode": first + world,
            "ply": ply,
            "free": free[ply],
            "player": ply % 2,
            "choice": self._batch.records["moves"][world, ply],
            "value": before[world, ply].astype(np.int64),
            "lost": lost[world, ply].astype(np.int64),
        }
        return pd.DataFrame(table), pd.DataFrame(events)
