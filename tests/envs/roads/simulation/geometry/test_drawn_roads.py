"""Drawn roads: lines without a break, edges, stretches that two share, rights of way, lights."""

from __future__ import annotations

import numpy as np
import pytest

from envs.roads.simulation.geometry.drawing import draw_roads
from envs.roads.simulation.geometry.road_settings import FAMILIES, RoadSettings
from envs.roads.simulation.geometry.roads import Roads

_SETTINGS = RoadSettings()
_SEEDS = range(8)


@pytest.fixture(scope="module", params=FAMILIES)
def drawn(request: pytest.FixtureRequest) -> list[Roads]:
    return [draw_roads(seed, _SETTINGS, request.param) for seed in _SEEDS]


def test_routes_have_a_point_each_metre_and_bend_without_a_break(drawn: list[Roads]) -> None:
    for roads in drawn:
        step_m = np.hypot(*np.diff(roads.point_m, axis=1).transpose(2, 0, 1))
        np.testing.assert_allclose(step_m, 1.0, atol=0.01)
        turned = np.abs(np.diff(roads.heading_rad, axis=1))
        assert turned.max() < 0.2  # no radius below 5 m, no jump by a turn
        assert np.abs(np.diff(roads.curvature_per_m, axis=1)).max() < 0.1


def test_headings_point_along_the_lines(drawn: list[Roads]) -> None:
    for roads in drawn:
        for r in range(roads.num_routes):
            last = int(roads.length_m[r])
            step = np.diff(roads.point_m[r, : last + 1], axis=0)
            middle = 0.5 * (roads.heading_rad[r, :last] + roads.heading_rad[r, 1 : last + 1])
            along = step[:, 0] * np.cos(middle) + step[:, 1] * np.sin(middle)
            assert along.min() > 0.995


def test_there_is_road_on_both_sides(drawn: list[Roads]) -> None:
    for roads in drawn:
        assert min(roads.left_m.min(), roads.right_m.min()) > 1.5
        assert roads.length_m.max() == roads.point_m.shape[1] - 1


def test_who_meets_is_met_and_one_of_two_goes_first(drawn: list[Roads]) -> None:
    for roads in drawn:
        meets = np.isfinite(roads.meets_from_m)
        assert (meets == meets.T).all()
        assert (roads.meets_from_m <= roads.meets_until_m)[meets].all()
        assert (roads.priority == -roads.priority.T).all()
        assert (roads.priority[~meets] == 0).all()


def test_routes_of_one_entry_share_their_first_metres_and_nobody_yields_there(drawn: list[Roads]) -> None:
    for roads in drawn:
        same = roads.entry[:, None] == roads.entry[None]
        assert (roads.meets_from_m[same] == 0.0).all()
        for entry in np.unique(roads.entry):
            first = roads.point_m[roads.entry == entry, :20]
            np.testing.assert_allclose(first, np.broadcast_to(first[:1], first.shape), atol=1e-9)


def test_a_stop_line_lies_before_all_that_others_cross(drawn: list[Roads]) -> None:
    for roads in drawn:
        other = roads.entry[:, None] != roads.entry[None]
        first = np.where(other, roads.meets_from_m, np.inf).min(1)
        assert (first > roads.stop_m)[np.isfinite(roads.stop_m)].all()


def test_stretches_hold_all_places_that_are_near_enough(drawn: list[Roads]) -> None:
    roads = drawn[0]
    touch_m = roads.ground.touch_m
    for r in range(roads.num_routes):
        own = roads.point_m[r, : int(roads.length_m[r]) + 1]
        for q in range(roads.num_routes):
            other = roads.point_m[q, : int(roads.length_m[q]) + 1]
            near = np.hypot(*(own[:, None] - other[None]).transpose(2, 0, 1)).min(1) < touch_m
            if r != q and np.isfinite(roads.meets_from_m[r, q]):
                at = np.flatnonzero(near)
                assert roads.meets_from_m[r, q] <= at[0]
                assert roads.meets_until_m[r, q] >= at[-1]


def test_lights_never_show_green_to_routes_that_cross() -> None:
    for seed in range(20):
        roads = draw_roads(seed, _SETTINGS, "signals")
        for time_s in np.arange(0.0, roads.cycle_s.max(), 0.5):
            since = time_s % roads.cycle_s
            green = (roads.green_from_s <= since) & (since < roads.green_until_s + roads.amber_s)
            lit = green[roads.signal]
            crossing = np.isfinite(roads.meets_from_m) & (roads.entry[:, None] != roads.entry[None])
            assert not (lit[:, None] & lit[None] & crossing).any()


def test_each_light_is_green_once_in_its_cycle_and_amber_after_it() -> None:
    roads = draw_roads(3, _SETTINGS, "signals")
    assert (roads.green_from_s >= 0.0).all()
    assert (roads.green_from_s < roads.green_until_s).all()
    assert (roads.green_until_s + roads.amber_s <= roads.cycle_s).all()


def test_who_comes_from_the_right_goes_first() -> None:
    roads = draw_roads(1, _SETTINGS, "four_arms")
    ways = list(zip(roads.entry.tolist(), roads.exit.tolist(), strict=True))
    from_south, from_east = ways.index((3, 1)), ways.index((0, 2))  # going north, the east lies to the right
    assert roads.priority[from_south, from_east] == -1
    to_the_left, oncoming = ways.index((3, 2)), ways.index((1, 3))
    assert roads.priority[to_the_left, oncoming] == -1


def test_who_is_in_a_roundabout_goes_first() -> None:
    roads = draw_roads(1, _SETTINGS, "roundabout_one")
    ways = list(zip(roads.entry.tolist(), roads.exit.tolist(), strict=True))
    passes, comes = ways.index((0, 2)), ways.index((1, 2))
    assert roads.priority[passes, comes] == 1


def test_a_seed_draws_the_same_road_and_another_seed_another() -> None:
    one, same, other = (draw_roads(seed, _SETTINGS) for seed in (5, 5, 6))
    assert one.digest() == same.digest() != other.digest()


def test_arrays_cannot_be_written() -> None:
    roads = draw_roads(0, _SETTINGS, "tee")
    with pytest.raises(ValueError, match="read-only"):
        roads.point_m[0, 0, 0] = 1.0


def test_an_unknown_family_is_named() -> None:
    with pytest.raises(ValueError, match="family: got 'tea', wanted one of merge"):
        draw_roads(0, _SETTINGS, "tea")
