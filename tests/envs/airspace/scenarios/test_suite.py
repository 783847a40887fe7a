"""Facts about scenarios and the named suite."""

import dataclasses
import itertools
import math
from typing import Any

import numpy as np
import pytest

from envs.airspace.scenarios.suite import SUITE
from envs.airspace.simulation.traffic.scenario import Centre, Scenario

PAIR: dict[str, Any] = {
    "name": "pair",
    "ids": ("AC1", "AC2"),
    "types": ("A320", "A320"),
    "position_nm": np.array([[0.0, 0.0], [3.0, 4.0]]),
    "heading_deg": np.array([0.0, 90.0]),
    "cas_kt": np.array([250.0, 250.0]),
    "waypoint_nm": np.array([[0.0, 10.0], [10.0, 0.0]]),
}


def test_the_suite_has_fourteen_scenarios_in_the_order_of_the_table() -> None:
    assert list(SUITE) == [
        "head_on",
        "t_formation",
        "parallel",
        "converging",
        "canonical_crossing",
        "chase_2x2",
        "chase_3p1",
        "chase_4all",
        "merge_2x2",
        "merge_3p1",
        "merge_4all",
        "cross_2x2",
        "cross_3p1",
        "cross_4all",
    ]
    assert [scenario.name for scenario in SUITE.values()] == list(SUITE)


@pytest.mark.parametrize("scenario", SUITE.values(), ids=SUITE)
def test_every_aircraft_is_an_a320_at_250_kt_headed_at_its_waypoint(scenario: Scenario) -> None:
    assert scenario.ids == tuple(f"AC{number}" for number in range(1, scenario.num_aircraft + 1))
    assert set(scenario.types) == {"A320"}
    assert set(scenario.cas_kt) == {250.0}
    assert scenario.centre == Centre(51.0, 13.7, 10_000.0)
    east, north = (scenario.waypoint_nm - scenario.position_nm).T
    off_deg = (np.degrees(np.arctan2(east, north)) - scenario.heading_deg + 180.0) % 360.0 - 180.0
    assert off_deg == pytest.approx(np.zeros(scenario.num_aircraft), abs=1e-9)


@pytest.mark.parametrize("name", ["chase_2x2", "chase_3p1", "chase_4all"])
def test_the_chases_start_6_nm_apart(name: str) -> None:
    starts = SUITE[name].position_nm
    assert min(math.dist(a, b) for a, b in itertools.combinations(starts, 2)) == 6.0


@pytest.mark.parametrize("name", ["merge_2x2", "merge_3p1", "merge_4all"])
def test_the_merges_start_50_nm_from_their_waypoints(name: str) -> None:
    distance_nm = np.hypot(*(SUITE[name].waypoint_nm - SUITE[name].position_nm).T)
    assert distance_nm == pytest.approx(np.full(4, 50.0))


def test_a_merging_aircraft_stands_behind_its_waypoint() -> None:
    assert SUITE["merge_3p1"].position_nm[1] == pytest.approx([0.0, -50.0])
    assert SUITE["merge_2x2"].position_nm[0] == pytest.approx([-15.0 + 6.526310, -49.572243], abs=1e-6)
    assert SUITE["merge_2x2"].position_nm[2] == pytest.approx([15.0 - 6.526310, 49.572243], abs=1e-6)


def test_one_aircraft_is_legal() -> None:
    alone = {key: value if key == "name" else value[:1] for key, value in PAIR.items()}
    assert Scenario(**alone).num_aircraft == 1


def test_starts_at_exactly_5_nm_are_legal() -> None:
    assert Scenario(**PAIR).num_aircraft == 2


def test_arrays_are_copied_and_read_only() -> None:
    position_nm = PAIR["position_nm"].copy()
    scenario = Scenario(**{**PAIR, "position_nm": position_nm})
    position_nm[0, 0] = 99.0
    assert scenario.position_nm[0, 0] == 0.0
    with pytest.raises(ValueError, match="read-only"):
        scenario.position_nm[0, 0] = 1.0


def test_equal_content_has_an_equal_digest() -> None:
    again = Scenario(**{**PAIR, "position_nm": PAIR["position_nm"].tolist(), "heading_deg": np.array([-0.0, 90.0])})
    assert again.digest() == Scenario(**PAIR).digest()


@pytest.mark.parametrize(
    "change",
    [
        {"name": "other"},
        {"types": ("A320", "B738")},
        {"heading_deg": np.array([0.0, 90.0 + 1e-12])},
        {"centre": Centre(alt_ft=11_000.0)},
        {"seed": 1},
        {"notes": "x"},
    ],
)
def test_any_change_changes_the_digest(change: dict[str, Any]) -> None:
    assert Scenario(**{**PAIR, **change}).digest() != Scenario(**PAIR).digest()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ids": (), "types": ()}, "got no aircraft, wanted at least one"),
        ({"ids": ("AC1", "AC1")}, "ids: got AC1 more than once"),
        ({"types": ("A320",)}, "types: got 1, wanted 2"),
        ({"heading_deg": np.zeros(3)}, r"heading_deg: got shape \(3,\), wanted \(2,\)"),
        ({"position_nm": np.zeros((2, 3))}, r"position_nm: got shape \(2, 3\), wanted \(2, 2\)"),
        ({"cas_kt": np.array([250.0, math.nan])}, "cas_kt: got a number for AC2 that is not finite"),
        ({"waypoint_nm": np.array([[0.0, math.inf], [0.0, 0.0]])}, "waypoint_nm: got a number for AC1"),
        (
            {"position_nm": np.array([[0.0, 0.0], [-1e154, 0.0]])},
            r"position_nm: got -1e\+154 for AC2, wanted -1e\+09 .. 1e\+09",
        ),
        ({"waypoint_nm": np.array([[0.0, 2e9], [0.0, 0.0]])}, r"waypoint_nm: got 2e\+09 for AC1, wanted -1e\+09"),
        ({"cas_kt": np.array([0.0, 250.0])}, "cas_kt: got 0.0 for AC1, wanted above 0"),
        ({"position_nm": np.array([[0.0, 0.0], [0.0, 4.999]])}, "AC1 and AC2 start 4.999 NM apart, wanted 5 NM"),
    ],
)
def test_an_impossible_scenario_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Scenario(**{**PAIR, **change})


@pytest.mark.parametrize("change", [{"lat_deg": 90.1}, {"lon_deg": -181.0}, {"alt_ft": -1.0}, {"alt_ft": math.nan}])
def test_an_impossible_centre_is_refused(change: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=rf"centre\.{next(iter(change))}: got .*, wanted"):
        dataclasses.replace(Centre(), **change)
