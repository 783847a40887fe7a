"""Plans simulated against others at constant velocity, and the best of them."""

from __future__ import annotations

import numpy as np
import pytest
from roads_by_hand import LAW, allowed, cars, crossing, net

from envs.roads.baselines.compiled.proposing import best_plan, forecast, propose_all, simulate
from envs.roads.baselines.traffic import Cars, Net

STRAIGHT = net(((0.0, 0.0), 0.0))
SHARES, OFFSETS = np.array([1.0, 0.8, 0.6, 0.4, 0.2]), np.array([0.0, -1.0, 1.0])
HORIZON_S, STEP_S = 4.0, 0.2


def plan(road: Net, given: Cars, share: float = 1.0, offset: float = 0.0) -> np.ndarray:
    ahead, who, told = np.zeros((21, given.drives.shape[1], 7)), np.zeros(given.drives.shape[1], int), np.zeros(6)
    count = forecast(given, road, 0, 0, STEP_S, ahead, who)
    simulate(given, road, allowed(road), LAW, ahead, who, count, STEP_S, 0, 0, share, offset, told)
    return told


def proposed(road: Net, given: Cars) -> tuple[np.ndarray, np.ndarray]:
    found, aside = np.zeros(given.drives.shape), np.zeros(given.drives.shape)
    propose_all(given, road, allowed(road), LAW, SHARES, OFFSETS, HORIZON_S, STEP_S, found, aside)
    return found[0], aside[0]


def test_others_go_on_straight_in_the_forecast() -> None:
    road, ahead, who = crossing(), np.zeros((21, 2, 7)), np.zeros(2, int)
    assert forecast(cars(road, (0, 20.0, 10.0), (1, 30.0, 5.0)), road, 0, 0, STEP_S, ahead, who) == 1
    assert who[0] == 1
    assert ahead[20, 0, :2] == pytest.approx([0.0, -20.0 + 5.0 * 4.0])
    assert ahead[20, 0, 2:4] == pytest.approx([50.0, 0.0])  # on our route: where they cross, in its middle
    assert ahead[20, 0, 4:] == pytest.approx([1.0, 2.0, 0.0])  # 2 m wide along it, 4 m across, no speed along


def test_alone_the_full_speed_makes_most_way_and_wins() -> None:
    alone = cars(STRAIGHT, (0, 10.0, 10.0))
    assert plan(STRAIGHT, alone) == pytest.approx([40.0 + 2.0, 1.0, 1.0, 1.0, 1.0, np.inf], abs=0.01)
    found, aside = proposed(STRAIGHT, alone)
    assert (found[0], aside[0]) == (pytest.approx(0.0), 0.0)


def test_a_plan_off_the_road_is_worth_nothing() -> None:
    """1.75 m to the right edge, the car is 2 m wide: at 1 m to the right it is 0.25 m off."""
    alone = cars(STRAIGHT, (0, 10.0, 10.0))
    assert (plan(STRAIGHT, alone, offset=-1.0)[2], plan(STRAIGHT, alone, offset=1.0)[2]) == (0.0, 1.0)


def test_a_plan_that_meets_another_says_when() -> None:
    """The other crosses at 2 s, ours would; only 5 m before it stands in its way, and 10 m/s cannot be lost there."""
    told = plan(crossing(), cars(crossing(), (0, 30.0, 10.0), (1, 30.0, 10.0)))
    assert told[1] == 0.0
    assert 1.0 < told[5] <= 2.2


def test_a_crossing_car_is_waited_for_or_passed_without_a_touch() -> None:
    found, _ = proposed(crossing(), cars(crossing(), (0, 30.0, 10.0), (1, 30.0, 10.0)))
    assert found.min() < 0.0


def test_what_stands_close_ahead_is_braked_for_with_all_there_is() -> None:
    found, _ = proposed(STRAIGHT, cars(STRAIGHT, (0, 10.0, 10.0), (0, 18.0, 0.0)))
    assert found[0] == -6.0


def test_the_score_is_the_mean_of_its_parts_where_nothing_is_hit() -> None:
    """Progress 5, TTC 5, comfort 2: half the way, no TTC, comfortable: (2.5 + 0 + 2) / 12 against (5 + 5 + 0) / 12."""
    slow, fast, crash = [10.0, 1, 1, 0, 1, np.inf], [20.0, 1, 1, 1, 0, np.inf], [40.0, 0, 1, 1, 1, 1.0]
    assert best_plan(np.array([slow, crash])) == (0, pytest.approx((5.0 + 0.0 + 2.0) / 12.0))
    assert best_plan(np.array([slow, fast, crash])) == (1, pytest.approx(10.0 / 12.0))
