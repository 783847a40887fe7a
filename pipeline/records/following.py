"""What comes next: the row in which an agent acts again, in its episode."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.records.columns import Rows


def following(rows: Rows, folder: Path) -> np.ndarray:
    """The row (N,) that follows each of N, of the same agent in the same episode; itself where its time has ended.

    Args:
        folder: the record's, of which all these rows are.

    Raises:
        ValueError: a row that stands there twice, or that neither ends an agent's time nor is followed by another.
    """
    agent = pa.array(rows.agent, pa.string()).dictionary_encode().indices.to_numpy()
    order = np.lexsort((rows.step, agent, rows.episode))
    episode, agent, step = (column[order] for column in (rows.episode, agent, rows.step))
    same = (episode[1:] == episode[:-1]) & (agent[1:] == agent[:-1])
    twice = same & (step[1:] == step[:-1])
    if twice.any():
        said = _told(rows, order[np.flatnonzero(twice)[0]])
        raise ValueError(f"{folder}: column step: {said}: got it twice, wanted each step of an agent once")
    ended = rows.terminated | rows.truncated
    found, goes_on = np.arange(len(order)), same & ~ended[order[:-1]]
    found[order[:-1][goes_on]] = order[1:][goes_on]
    lost = np.flatnonzero((found == np.arange(len(order))) & ~ended)
    if len(lost):
        wish = "wanted terminated or truncated there, or the row that comes next: what came of it is learned from"
        raise ValueError(f"{folder}: column terminated: {_told(rows, lost[0])}, its agent's last: got false, {wish}")
    return found


def _told(rows: Rows, row: int) -> str:
    return f"episode {rows.episode[row]}, agent {rows.agent[row]}, step {rows.step[row]}"
