"""Progress and delay, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from drives_by_hand import Track, drive

from envs.roads.evaluation.compiled.alone import free_drive, permitted_mps
from envs.roads.evaluation.progress import progress


def of(track: Track, num_steps: int = 20) -> dict[str, float]:
    return {name: column[0, 0] for name, column in progress(drive(track, num_steps=num_steps)).items()}


def test_progress_is_beside_what_it_would_have_made_alone() -> None:
    """4 s at 2.5 m/s where 10 m/s were to be had."""
    found = of(Track(speed_mps=2.5, status=1))
    assert found["progress"] == pytest.approx(0.25)
    assert (found["km"], found["driven_s"], found["making_progress"]) == (pytest.approx(0.01), pytest.approx(4.0), True)
    assert not of(Track(speed_mps=1.9, status=1))["making_progress"]


def test_alone_it_would_have_got_no_further_than_to_the_end() -> None:
    assert of(Track(speed_mps=5.0, status=1, route_m=25.0))["progress"] == pytest.approx(20.0 / 25.0)


def test_delay_is_of_who_arrived_with_what_it_waited_to_enter() -> None:
    """3 s for 15 m that alone take 1.5 s; it wanted to enter one second before it did."""
    found = of(Track(speed_mps=5.0, enters=5, steps=15, wanted=0))
    assert found["delay_s"] == pytest.approx(1.5 + 1.0)
    assert (found["arrived_s"], found["progress"]) == (pytest.approx(3.0), 1.0)
    assert np.isnan(of(Track(speed_mps=5.0, status=1))["delay_s"])


def test_alone_a_car_accelerates_to_the_limit_and_brakes_before_a_bend() -> None:
    """From 0 at 2 m/s2 to 10 m/s in 5 s and 25 m; a bend of 10 m radius at 60 m is taken at sqrt(20) m/s."""
    limit, curvature = np.full((1, 1, 101), 10.0), np.zeros((1, 1, 101))
    curvature[0, 0, 60:] = 0.1
    permitted, places = permitted_mps(np.full((1, 1), 100.0), limit, curvature), np.zeros(101)
    alone_s = free_drive(permitted[0, 0], 100.0, 0.0, 0.0, 0.2, places)
    assert alone_s == pytest.approx(np.interp(100.0, places, 0.2 * np.arange(101)), abs=0.02)
    assert alone_s == free_drive(permitted[0, 0], 100.0, 0.0, 0.0, 0.2, np.zeros(3))
    assert places[25] == pytest.approx(25.0)
    assert permitted[0, 0, [40, 50, 60]] == pytest.approx([10.0, np.sqrt(20.0 + 40.0), np.sqrt(20.0)])
    speeds = np.diff(places) / 0.2
    assert speeds.max() == pytest.approx(10.0)
    assert speeds[places[:-1] > 62.0] == pytest.approx(np.sqrt(20.0), abs=0.05)
