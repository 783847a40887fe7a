"""The tables that all metrics together make."""

from __future__ import annotations

import numpy as np
import pandas as pd
from flights_by_hand import OF_WORLDS, Track, flight, side_by_side

from envs.airspace.evaluation.flight import Flight
from envs.airspace.evaluation.table import METRICS, measure

HEAD_ON = flight(Track(0.0, -18.0, 0.0), Track(0.0, 18.0, 180.0), num_steps=30)
ALONE = flight(Track(0.0, 0.0, 0.0), num_steps=4)


def test_an_episode_is_a_row_and_a_conflict_is_one() -> None:
    measured = measure(side_by_side(ALONE, HEAD_ON, ALONE), first_episode=100)
    assert measured.episodes["episode"].tolist() == [100, 101, 102]
    assert measured.episodes["conflicts"].tolist() == [0, 1, 0]
    assert measured.conflicts["episode"].tolist() == [101]


def test_no_two_metrics_make_the_same_column() -> None:
    columns = [name for metric in METRICS.values() for name in metric(HEAD_ON)]
    assert len(columns) == len(set(columns))
    assert {"episode", *columns} < set(measure(HEAD_ON).episodes.columns)


def test_every_metric_gives_one_number_per_world() -> None:
    block = side_by_side(ALONE, HEAD_ON)
    for metric in METRICS.values():
        assert {column.shape for column in metric(block).values()} == {(2,)}


def test_blocks_side_by_side_say_what_each_says_alone() -> None:
    block = measure(side_by_side(HEAD_ON, ALONE))
    alone = [measure(HEAD_ON, 0), measure(ALONE, 1)]
    pd.testing.assert_frame_equal(block.episodes, pd.concat([one.episodes for one in alone], ignore_index=True))
    pd.testing.assert_frame_equal(block.conflicts, alone[0].conflicts)


def test_no_worlds_make_empty_tables_with_all_columns() -> None:
    fields = {name: getattr(HEAD_ON, name) for name in Flight.__dataclass_fields__}
    none = {
        name: value if name == "types" else np.take(value, [], axis=0 if name in OF_WORLDS else 1)
        for name, value in fields.items()
    }
    measured, some = measure(Flight(**none)), measure(HEAD_ON)
    assert (len(measured.episodes), len(measured.conflicts)) == (0, 0)
    assert list(measured.episodes.columns) == list(some.episodes.columns)
    assert list(measured.conflicts.columns) == list(some.conflicts.columns)
