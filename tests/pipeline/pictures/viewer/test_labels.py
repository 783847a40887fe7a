"""Facts about the places of labels."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pipeline.pictures.viewer.labels import HEIGHT_PX, boxes, overlap

SIZE = (400, 300)
CORNER = (0.0, 0.0, 100.0, 60.0)


def test_a_label_alone_stands_right_above_its_symbol() -> None:
    assert boxes(np.array([[200.0, 150.0]]), [50.0], SIZE, []) == [(213.0, 118.0, 263.0, 118.0 + HEIGHT_PX)]


def test_at_the_right_edge_it_stands_on_the_left() -> None:
    (box,) = boxes(np.array([[395.0, 150.0]]), [50.0], SIZE, [])
    assert box is not None
    assert box[2] < 395.0


def test_without_room_there_is_no_label() -> None:
    assert boxes(np.array([[200.0, 150.0]]), [50.0], SIZE, [(0.0, 0.0, 400.0, 300.0)]) == [None]


@given(
    hnp.arrays(np.float64, st.tuples(st.integers(0, 12), st.just(2)), elements=st.floats(0.0, 300.0)),
    st.floats(10.0, 90.0),
)
def test_labels_cover_neither_one_another_nor_symbols_and_stay_inside(symbols: np.ndarray, wide: float) -> None:
    found = [box for box in boxes(symbols, [wide] * len(symbols), SIZE, [CORNER]) if box is not None]
    assert not any(overlap(one, other) for one, other in combinations([*found, CORNER], 2) if one != other)
    for left, top, right, bottom in found:
        assert left >= 0 and top >= 0 and right <= SIZE[0] and bottom <= SIZE[1]  # noqa: PT018
        assert not any(left < x < right and top < y < bottom for x, y in symbols)
