"""What comes next in records: the agent's next row of its episode, wherever it stands; refused if there is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.records.columns import Rows
from pipeline.records.following import following

FOLDER = Path("data/records/mine")


def rows(*told: tuple[int, str, int, str]) -> Rows:
    """Of (episode, agent, step, how the agent's time ends with it)."""
    episode, agent, step, ends = (np.array(column, object) for column in zip(*told, strict=True))
    empty: Any = np.zeros((len(told), 1), np.float32)
    known = (episode.astype(np.int64), agent, step.astype(np.int64), empty[:, 0])
    return Rows(empty, empty, None, *known, ends == "terminated", ends == "truncated")


def test_an_agents_rows_follow_each_other_by_steps_in_its_episode() -> None:
    found = following(
        rows(
            *[(1, "a", 3, "terminated"), (0, "a", 0, ""), (1, "a", 0, ""), (0, "b", 0, ""), (0, "a", 7, "")],
            *[(0, "b", 1, "truncated"), (0, "a", 8, "truncated")],
        ),
        FOLDER,
    )
    assert found.tolist() == [0, 4, 0, 5, 6, 5, 6]


def test_who_comes_back_after_an_end_begins_anew() -> None:
    assert following(rows((0, "a", 0, "terminated"), (0, "a", 1, "truncated")), FOLDER).tolist() == [0, 1]


def test_a_row_that_neither_ends_nor_goes_on_is_refused_by_its_place() -> None:
    said = r"mine: column terminated: episode 4, agent b, step 2, its agent's last: got false, wanted term"
    with pytest.raises(ValueError, match=said):
        following(rows((4, "a", 3, "terminated"), (4, "b", 1, ""), (4, "b", 2, "")), FOLDER)


def test_a_step_that_stands_twice_is_refused() -> None:
    with pytest.raises(ValueError, match=r"mine: column step: episode 4, agent b, step 2: got it twice, wanted each"):
        following(rows((4, "b", 2, "truncated"), (4, "b", 2, "truncated")), FOLDER)
