"""Held accelerations: how clear they are and when they touch, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from cars_by_hand import act, begun, roads

from envs.roads.simulation.batch import RoadsBatch
from envs.roads.simulation.compiled.courses import CORNERS_M, gone
from envs.roads.simulation.compiled.observation import layout
from envs.roads.simulation.compiled.table import place, place_roughly
from envs.roads.simulation.geometry.road_settings import RoadSettings
from envs.roads.simulation.pool import drawn_roads, tabulate
from envs.roads.simulation.rules import looks_s


def courses(batch: RoadsBatch, car: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Clearances (m) and seconds until contact (inf: none) of a car's courses."""
    seen = batch.observation[0, car, -14:].astype(float).reshape(7, 2)
    return 4.0 * seen[:, 0], np.where(seen[:, 1] >= 1.5, np.inf, 4.0 * seen[:, 1])


@pytest.mark.parametrize(
    ("acceleration", "metres"),
    [(0.0, 20.0), (-2.0, 16.0), (-10.0, 5.0), (3.0, 10.0 * 5.0 / 3.0 + 1.5 * 25.0 / 9.0 + 15.0 / 3.0)],
)
def test_how_far_a_course_leads_in_two_seconds(acceleration: float, metres: float) -> None:
    """From 10 m/s: it stops, or holds 15 m/s once it has them, after 5/3 s."""
    assert gone(10.0, acceleration, 15.0, 2.0) == pytest.approx(metres)


def test_looks_are_close_at_first_and_reach_as_far_as_is_looked() -> None:
    assert looks_s(4.0).tolist() == pytest.approx(
        [0.2, 0.4, 0.6, 0.8, 1.0, 1.375, 1.75, 2.125, 2.5, 2.875, 3.25, 3.625, 4.0]
    )
    assert looks_s(1.0).tolist() == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])


def test_what_is_foreseen_by_the_nearest_point_is_as_good_as_in_place() -> None:
    table = tabulate(drawn_roads(RoadSettings(), 8, 0))
    rng = np.random.default_rng(0)
    for line in table.lines[table.lines["count"] > 0]:
        for s, d in zip(rng.uniform(0.0, line["length"], 20), rng.uniform(-0.5, 0.5, 20), strict=True):
            exactly = place(table.points, line, s, d)
            assert place_roughly(table.points, line, s, d) == pytest.approx(exactly, abs=0.1)


def test_alone_all_is_clear() -> None:
    room, contact = courses(begun(roads(0.0), (0, 50.0, 10.0)))
    assert room == pytest.approx(4.0)
    assert np.isinf(contact).all()


def test_who_stands_ahead_is_met_by_those_who_do_not_brake() -> None:
    """16 m are free, less what corners stand out: met after 1.56 s, so at the look after 1.75 s."""
    batch = begun(roads(0.0), (0, 50.0, 10.0), (0, 70.0, 0.0))
    room, contact = courses(batch)
    assert contact[4] == pytest.approx(1.75)
    assert np.isinf(contact[:2]).all()  # -6 and -4 m/s2 stop within 8.3 and 12.5 m
    assert room[1] == pytest.approx(16.0 - 12.5 - CORNERS_M, abs=0.05)
    assert batch.ttc_s[0, 0] == pytest.approx(1.75)
    assert np.isinf(batch.ttc_s[0, 1])  # who is ahead is not at fault


def test_who_crosses_at_the_same_time_is_met() -> None:
    _, contact = courses(begun(roads(0.0, 90.0), (0, 80.0, 10.0), (1, 80.0, 10.0)))
    assert contact[4] == pytest.approx(1.8, abs=0.21)
    assert np.isinf(contact[0])


def test_who_has_passed_is_not_looked_at() -> None:
    room, _ = courses(begun(roads(0.0, 90.0), (0, 80.0, 10.0), (1, 120.0, 10.0)))
    assert room == pytest.approx(4.0)


def test_a_wreck_off_its_route_is_still_met() -> None:
    batch = begun(roads(0.0, 90.0), (0, 40.0, 10.0), (1, 94.0, 10.0), (1, 99.5, 0.0), episode={"after_crash": "stay"})
    act(batch, steps=2)
    act(batch, steps=8)
    _, contact = courses(batch)
    assert np.isfinite(contact[4])


def test_names_and_numbers_are_as_many() -> None:
    batch = begun(roads(0.0), (0, 50.0, 10.0))
    names = layout(batch.settings.observation)
    assert len(names) == len(set(names)) == batch.observation.shape[2]
    assert names[-1] == "course_3_contact"
