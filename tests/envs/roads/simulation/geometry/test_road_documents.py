"""Hand-written files: read back as they were written, and refused by field, value and wish."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from envs.roads.simulation.geometry.documents import document_of, scenario_from
from envs.roads.simulation.geometry.drawing import draw_roads
from envs.roads.simulation.geometry.road_settings import FAMILIES, RoadSettings
from envs.roads.simulation.geometry.scenario import Scenario

_SETTINGS = RoadSettings()


def _scenario(family: str) -> Scenario:
    roads = draw_roads(3, _SETTINGS, family)
    route, entry_step, s_m, speed_mps = np.array([[0, 1], [0, 50], [2.5, 2.5], [8.0, 8.0]])
    return Scenario("by_hand", roads, ("A", "B"), route, entry_step, s_m, speed_mps, s_m + 2.0, s_m - 0.7)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_scenario_comes_back_as_it_was(family: str) -> None:
    scenario = _scenario(family)
    document = json.loads(json.dumps(document_of(scenario, "a.json")))
    again = scenario_from(document, "a.json")
    assert json.loads(json.dumps(document_of(again, "a.json"))) == document
    for name, array in scenario.roads.arrays().items():
        assert (array == getattr(again.roads, name)).all(), name


def _change(path: tuple[Any, ...], value: Any) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        at: Any = document
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = value

    return change


_SAME_WAY = [{"arms": [0, 1], "green_s": 5.0}, {"arms": [2, 3], "green_s": 5.0}]

_FAULTS = {
    "scenarioname": (_change(("scenarioname",), 1), "a.json: scenarioname: unknown key, did you mean 'scenario_name'?"),
    "kind": (_change(("road", "kind"), "x"), "wanted an object with a kind, one of arms, ring, lanes, side_roads"),
    "width": (_change(("road", "lane_m"), 9), "a.json: road.lane_m: got 9, wanted a number from 2.5 to 6"),
    "angles": (
        _change(("road", "arms_deg"), [0, 10, 180]),
        "a.json: road.arms_deg: got [0.0, 10.0, 180.0], wanted asc",
    ),
    "touch": (_change(("road", "touch_m"), 5.0), "a.json: road.touch_m: got 5, wanted below lane_m"),
    "green": (
        _change(("road", "lights", "phases", 0, "green_s"), "x"),
        "road.lights.phases[0].green_s: got 'x', wanted",
    ),
    "crossing": (_change(("road", "lights", "phases"), _SAME_WAY), "road.lights.phases: got green for"),
    "way": (_change(("cars", 0, "exit"), 0), "a.json: cars[0]: got no way from entry 0 to exit 0, known: 0 to"),
    "place": (_change(("cars", 0, "s_m"), 900.0), "a.json: cars[0].s_m: got 900, wanted below"),
    "moment": (_change(("cars", 0, "enters_s"), 0.1), "a.json: cars[0].enters_s: got 0.1, wanted a multiple of 0.2"),
    "speed": (_change(("cars", 0, "speed_mps"), float("nan")), "a.json: cars[0].speed_mps: got nan, wanted a number"),
    "nobody": (_change(("cars",), []), "a.json: cars: got [], wanted a list of 1 to 64 cars"),
}


@pytest.mark.parametrize("fault", _FAULTS)
def test_a_fault_is_named_by_field_value_and_wish(fault: str) -> None:
    change, words = _FAULTS[fault]
    document = copy.deepcopy(document_of(_scenario("signals"), "a.json"))
    change(document)
    with pytest.raises(ValueError, match=re.escape(words)):
        scenario_from(document, "a.json")


def test_two_cars_upon_one_another_are_refused() -> None:
    document = copy.deepcopy(document_of(_scenario("tee"), "a.json"))
    document["cars"][1] |= {"enters_s": 0.0, "s_m": 4.0}
    with pytest.raises(ValueError, match="got 'A' and 'B' upon one another at 0 s"):
        scenario_from(document, "a.json")


@pytest.mark.parametrize("document", [None, [], 3, "road"])
def test_what_is_no_object_is_refused(document: Any) -> None:
    with pytest.raises(ValueError, match=r"a\.json: got .*, wanted an object"):
        scenario_from(document, "a.json")
