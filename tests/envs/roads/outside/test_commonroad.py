"""Facts about CommonRoad's files: what is taken of lanelets, cars, goals, lights and signs, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from envs.ground.doors import outside
from envs.ground.outside import Taken
from envs.ground.play import Episodes, Space, play
from envs.roads.baselines.rules import CarFollowing
from envs.roads.baselines.settings import Idm
from envs.roads.outside.commonroad.reading import scenario_of_commonroad
from envs.roads.simulation.geometry.scenario import Scenario
from envs.roads.simulation.room import SIMULATION
from envs.roads.simulation.settings import RoadsSettings
from pipeline.scenarios.files import read_scenario, take_scenario, write_scenario
from tests.envs.roads.outside.commonroad_by_hand import (
    EAST,
    EAST_ON,
    NORTH,
    NORTH_OF_EAST,
    file_of,
    lanelet,
    light,
    obstacle,
    sign,
    straight,
    task,
)

ROAD = lanelet(1, EAST, '<successor ref="2"/>') + lanelet(2, EAST_ON)
DRIVES = obstacle(7, straight((20, 0), (1.0, 0), 40))


def taken(*parts: str, **choices: str) -> Taken:
    return scenario_of_commonroad(file_of(*parts), "here.xml", choices)


def scenario(*parts: str) -> Scenario:
    return taken(*parts).scenario


def begin(found: Scenario, car: int) -> np.ndarray:
    """Where a car begins, in the file's own frame."""
    middle = np.array(found.notes.partition("(")[2].partition(")")[0].split(","), float)
    return middle + found.roads.point_m[found.route[car], round(float(found.s_m[car]))]


def test_a_recorded_car_begins_where_it_was_and_drives_on_to_the_lanelets_end() -> None:
    found = scenario(ROAD, DRIVES)
    assert found.ids == ("CAR7",)
    assert (found.speed_mps[0], found.length_m[0], found.width_m[0]) == (10.0, 4.5, 1.8)
    np.testing.assert_allclose(begin(found, 0), [20.0, 0.0], atol=0.6)
    # from 3.25 m behind its start to where it was last, 39 m on, and 60 m from there
    assert found.roads.length_m[0] == pytest.approx(39.0 + 3.25 + 60.0, abs=3.0)


def test_a_planned_car_drives_to_the_lanelet_of_its_goal() -> None:
    found = scenario(ROAD, task(3, (10, 0), goal=2))
    assert found.ids == ("EGO3",)
    np.testing.assert_allclose(begin(found, 0), [10.0, 0.0], atol=0.6)
    end = found.roads.point_m[0, int(found.roads.length_m[0])] - found.roads.point_m[0, 0]
    assert end[0] > 100.0


def test_a_goal_in_the_lane_beside_is_reached_by_a_change_of_lane() -> None:
    beside = '<adjacentLeft ref="9" drivingDir="same"/>'
    right, left = lanelet(1, EAST, beside), lanelet(9, NORTH_OF_EAST, '<adjacentRight ref="1" drivingDir="same"/>')
    found = scenario(right, left, task(3, (10, 0), goal=9))
    line = found.roads.point_m[0, : int(found.roads.length_m[0])]
    assert line[-1, 1] - line[0, 1] == pytest.approx(3.5, abs=0.1)
    assert np.abs(found.roads.curvature_per_m[0]).max() < 0.1


def test_edges_lie_where_the_lanelets_end_and_not_between_two() -> None:
    left = lanelet(9, NORTH_OF_EAST, '<adjacentRight ref="1" drivingDir="same"/>')
    found = scenario(lanelet(1, EAST, '<adjacentLeft ref="9" drivingDir="same"/>'), left, DRIVES)
    assert found.roads.right_m[0, 30] == pytest.approx(1.75, abs=0.1)
    assert found.roads.left_m[0, 30] == pytest.approx(5.25, abs=0.1)


def test_limits_are_those_of_signs_and_of_lanelets_and_change_along_the_way() -> None:
    slow = lanelet(1, EAST, '<trafficSignRef ref="5"/><successor ref="2"/>')
    found = scenario(slow, lanelet(2, EAST_ON, "<speedLimit>20</speedLimit>"), sign(5, "274", "8"), DRIVES)
    assert (found.roads.limit_mps[0, 20], found.roads.limit_mps[0, 100]) == (8.0, 20.0)


def test_where_no_limit_is_named_one_is_assumed_and_told() -> None:
    found = taken(ROAD, DRIVES, limit_mps="12")
    assert found.scenario.roads.limit_mps[0, 20] == 12.0
    assert "2 lanelets name no speed limit: 12 m/s there" in found.left_out


def test_a_light_is_taken_with_its_stop_line_cycle_and_offset() -> None:
    lit = lanelet(1, EAST, '<trafficLightRef ref="6"/><successor ref="2"/>')
    colours = [("red", 100), ("redYellow", 20), ("green", 150), ("yellow", 30)]
    found = scenario(lit, lanelet(2, EAST_ON), light(6, colours, offset=50), DRIVES).roads
    assert found.signal.tolist() == [0]
    assert found.stop_m[0] == pytest.approx(100.0 - 20.0 + 3.25, abs=1.5)
    # red and amber last 12 s from 5 s on
    assert (found.cycle_s[0], found.green_from_s[0], found.green_until_s[0]) == (30.0, 17.0, 32.0)
    assert found.amber_s[0] == 3.0


@pytest.mark.parametrize(
    ("inside", "wanted"), [("", -1), ('<trafficSignRef ref="5"/>', 1)], ids=["by the right", "by a sign"]
)
def test_who_goes_first_is_told_by_signs_or_else_by_the_right(inside: str, wanted: int) -> None:
    crossing = lanelet(4, NORTH), obstacle(8, straight((60, -40), (0, 1.0), 40), heading=1.5708)
    found = scenario(lanelet(1, EAST, inside), *crossing, DRIVES, sign(5, "306")).roads
    # the one to the north comes from the right of the one to the east
    ways = {name: n for n, name in enumerate(("CAR8", "CAR7"))}
    assert found.priority[ways["CAR7"], ways["CAR8"]] == wanted
    assert np.isfinite(found.meets_from_m[0, 1])


def test_what_is_not_taken_is_listed_by_name() -> None:
    walks = obstacle(11, straight((20, 30), (0.1, 0), 20), kind="pedestrian")
    told = taken(ROAD, DRIVES, walks, task(3, (5, 0), goal=2), sign(5, "720")).left_out
    assert "pedestrian, where no car drives: 11" in told
    assert "signs: 720" in told
    assert any(line.startswith("of goals: time;") for line in told)
    assert any(line.startswith("when recorded cars were where") for line in told)


REFUSED = {
    "a pedestrian crosses": (
        (ROAD, DRIVES, obstacle(11, straight((40, -9), (0, 0.5), 40), kind="pedestrian")),
        "here.xml: obstacle 11: got a pedestrian, wanted cars alone where cars drive, or --with leave_out=11",
    ),
    "a parked car": (
        (ROAD, DRIVES, obstacle(12, [(70, -1)], role="static", kind="parkedVehicle")),
        "here.xml: obstacle 12: got a still parkedVehicle, wanted cars alone",
    ),
    "no lanelet": (
        (ROAD, task(3, (10, 30), goal=2)),
        "here.xml: planningProblem 3: initialState: got a place on no lanelet, wanted one on the road",
    ),
    "no way": (
        (lanelet(1, EAST), lanelet(2, EAST_ON), task(3, (10, 0), goal=2)),
        "here.xml: planningProblem 3: goalState: got a goal that no lanelets lead to from lanelet 1",
    ),
    "nobody": ((ROAD,), "here.xml: obstacle: got no car that drives on a lanelet, and no planning problem"),
    "a light without a cycle": (
        (lanelet(1, EAST, '<trafficLightRef ref="6"/><successor ref="2"/>'), lanelet(2, EAST_ON), light(6, []), DRIVES),
        "here.xml: trafficLight 6: cycle: got 0 greens, wanted one",
    ),
    "upon one another": (
        (ROAD, DRIVES, obstacle(8, straight((22, 0), (1.0, 0), 40))),
        "here.xml: cars: got 'CAR7' and 'CAR8' upon one another at 0 s, wanted them apart",
    ),
    "no number": (
        (lanelet(1, ([("x", 1), (9, 1)], EAST[1])), DRIVES),  # type: ignore[list-item]
        "here.xml: lanelet 1: x: got 'x', wanted a number",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_change_the_encounter_is_refused_by_name(name: str) -> None:
    parts, why = REFUSED[name]
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - compared below, as a whole
        taken(*parts)
    assert str(refused.value).startswith(why)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<commonRoad", "got no XML"),
        ("<other/>", "got <other>, wanted <commonRoad>"),
        (file_of(ROAD, version="2099z"), "commonRoadVersion: got '2099z', wanted one of 2017a, 2018b, 2020a"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><commonRoad/>', "got a document type, wanted none"),
    ],
)
def test_what_is_no_commonroad_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=f"^here.xml: commonRoad: {why.partition('(')[0]}".replace("[", r"\[")):
        scenario_of_commonroad(text, "here.xml", {})


def test_who_is_in_the_way_can_be_left_out_by_id() -> None:
    walks = obstacle(11, straight((40, -9), (0, 0.5), 40), kind="pedestrian")
    found = taken(ROAD, DRIVES, walks, leave_out="11")
    assert "obstacles, as was asked for: 11" in found.left_out


def test_the_nearest_cars_are_kept_where_fewer_are_wanted() -> None:
    cars = [obstacle(n, straight((10.0 * n, 0), (1.0, 0), 20)) for n in range(1, 7)]
    found = taken(ROAD, task(20, (2, 0), goal=2), *cars, cars="3")
    assert found.scenario.ids == ("EGO20", "CAR1", "CAR2")
    assert "cars farther away: CAR3, CAR4, CAR5, CAR6" in found.left_out


def test_a_file_of_2018_is_read_as_one_of_2020() -> None:
    old = DRIVES.replace("<dynamicObstacle", "<obstacle").replace("</dynamicObstacle", "</obstacle")
    old = old.replace("<type>", "<role>dynamic</role><type>")
    found = scenario_of_commonroad(file_of(ROAD, old, version="2018b"), "here.xml", {}).scenario
    assert found.digest() == scenario(ROAD, DRIVES).digest()


def test_a_file_becomes_ours_and_is_read_again_alike(tmp_path: Path) -> None:
    formats = outside("roads").formats
    (tmp_path / "theirs.xml").write_text(file_of(ROAD, DRIVES, task(3, (5, 0), goal=2)), encoding="utf-8")
    found = take_scenario(SIMULATION, tmp_path / "theirs.xml", formats, {}).scenario
    write_scenario(SIMULATION, found, tmp_path / "ours.json", formats)
    assert read_scenario(SIMULATION, tmp_path / "ours.json").digest() == found.digest()
    with pytest.raises(ValueError, match="are read, not written"):
        write_scenario(SIMULATION, found, tmp_path / "back.xml", formats)


def test_cars_of_a_file_are_driven_to_the_ends_of_their_ways() -> None:
    behind = obstacle(8, straight((8, 0), (1.0, 0), 40))
    found = scenario(ROAD, DRIVES, behind)
    idm = Idm(
        spacing_m=2.0,
        headway_s=1.2,
        acceleration_mps2=2.0,
        braking_mps2=4.0,
        exponent=4.0,
        reach_m=80.0,
        lateral_mps2=1.5,
        approach_mps2=1.5,
    )
    space = Space(SIMULATION, RoadsSettings(), (found,))
    episode = play(space, Episodes.of_scenarios([0], 1, 0), CarFollowing(idm)).episodes.iloc[0]
    assert (episode["arrived"], episode["failed"]) == (1.0, False)
