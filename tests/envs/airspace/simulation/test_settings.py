"""The airspace's settings: what is refused, and that the message names the field."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic.traffic_settings import FAMILIES


def test_no_settings_are_the_published_defaults() -> None:
    settings = AirspaceSettings.from_values({})
    assert settings == AirspaceSettings()
    assert (settings.actions.max_heading_change_deg, settings.actions.max_speed_change_kt) == (18.0, 10.0)
    assert (settings.actions.min_heading_change_deg, settings.actions.min_speed_change_kt) == (3.0, 3.0)
    assert (settings.observation.layout, settings.observation.num_neighbours) == ("courses", 5)
    assert (len(settings.observation.courses_deg), settings.observation.look_ahead_s) == (9, 300.0)
    assert (settings.reward.progress_per_km, settings.reward.drift_per_deg) == (0.12, 0.01)
    assert (settings.reward.violation_entry, settings.reward.violation_step) == (-50.0, -1.0)
    assert (settings.reward.margin_step, settings.reward.margin_nm) == (-2.0, 1.5)
    assert (settings.reward.arrival_conflict, settings.reward.arrival_look_ahead_s) == (-50.0, 300.0)
    assert (settings.reward.action, settings.reward.time_per_s, settings.reward.arrival) == (-0.01, -0.0005, 10.0)
    assert (settings.reward.team.weight, settings.reward.team.share) == (0.6, "equal")
    assert (settings.episode.max_steps, settings.reward.timeout) == (100, -10.0)
    assert (settings.episode.after_arrival, settings.episode.time_limit) == ("continue", "bootstrap")
    assert settings.wind.speed_kt == 0.0


@pytest.mark.parametrize(
    ("section", "values", "field"),
    [
        ("wheather", {}, "wheather"),
        ("episode", {"max_step": 5}, "episode.max_step"),
        ("procedural", {"families": {"circling": 1.0}}, "procedural.families.circling"),
        ("episode", {"max_steps": "5"}, "episode.max_steps"),
        ("episode", {"max_steps": 5.5}, "episode.max_steps"),
        ("episode", {"max_steps": True}, "episode.max_steps"),
        ("episode", {"max_steps": 0}, "episode.max_steps"),
        ("episode", {"after_arrival": "land"}, "episode.after_arrival"),
        ("episode", {"time_limit": None}, "episode.time_limit"),
        ("episode", 5, "episode"),
        ("actions", {"max_heading_change_deg": 0.0}, "actions.max_heading_change_deg"),
        ("actions", {"max_heading_change_deg": 181.0}, "actions.max_heading_change_deg"),
        ("actions", {"min_speed_change_kt": -1.0}, "actions.min_speed_change_kt"),
        ("observation", {"layout": "absolute"}, "observation.layout"),
        ("observation", {"num_neighbours": 0}, "observation.num_neighbours"),
        ("observation", {"num_neighbours": 17}, "observation.num_neighbours"),
        ("observation", {"courses_deg": []}, "observation.courses_deg"),
        ("observation", {"courses_deg": [190.0]}, "observation"),
        ("observation", {"courses_deg": [0.0, 0.0]}, "observation"),
        ("observation", {"look_ahead_s": 0.0}, "observation.look_ahead_s"),
        ("reward", {"violation_entry": 25.0}, "reward.violation_entry"),
        ("reward", {"arrival": -10.0}, "reward.arrival"),
        ("reward", {"team": {"share": "fair"}}, "reward.team.share"),
        ("reward", {"progress_per_km": float("nan")}, "reward.progress_per_km"),
        ("reward", {"progress_per_km": float("inf")}, "reward.progress_per_km"),
        ("wind", {"from_deg": 360.0}, "wind.from_deg"),
        ("wind", {"speed_kt": -1.0}, "wind.speed_kt"),
        ("procedural", {"start_separation_nm": 4.9}, "procedural.start_separation_nm"),
        ("procedural", {"equal_speed_share": 1.1}, "procedural.equal_speed_share"),
        ("procedural", {"aircraft_types": []}, "procedural.aircraft_types"),
        ("procedural", {"min_aircraft": 0}, "procedural.min_aircraft"),
        ("procedural", {"cas_kt": {"low": 220.0}}, "procedural.cas_kt.high"),
        ("procedural", {"random": {"radius_nm": {"low": 30.0, "high": 1e200}}}, "procedural.random.radius_nm.high"),
        ("disturbance", {"forward_nm": 1e200}, "disturbance.forward_nm"),
    ],
)
def test_an_impossible_setting_is_refused_by_its_name(section: str, values: Any, field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        AirspaceSettings.from_values({section: values})
    assert [".".join(map(str, error["loc"])) for error in refused.value.errors()] == [field]


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"cas_kt": {"low": 260.0, "high": 250.0}}, "procedural.cas_kt", "low 260 lies above high 250"),
        (
            {"merging": {"start_distance_nm": {"low": 12.0, "high": 11.0}}},
            "procedural.merging.start_distance_nm",
            "low 12 lies above high 11",
        ),
        (
            {"area": {"radius_nm": {"low": 0.0, "high": 11.0}}},
            "procedural.area.radius_nm",
            "low 0 is not above 0",
        ),
        ({"min_aircraft": 5, "max_aircraft": 4}, "procedural", "min_aircraft 5 lies above max_aircraft 4"),
        ({"aircraft_types": ["A380"]}, "procedural", "unknown aircraft type 'A380', known: A320, B738"),
        (
            {"cas_kt": {"low": 220.0, "high": 317.0}},
            "procedural",
            "cas_kt 220 to 317 leaves A320's range 130.238 to 316.847 kt",
        ),
        (
            {"families": {name: float(name == "area") for name in FAMILIES}},
            "procedural",
            "families: all weights are 0 or held out",
        ),
        ({"held_out": {"families": ["circling"]}}, "procedural.held_out", "unknown 'circling', known: crossing, mer"),
        ({"held_out": {"num_aircraft": [2, 3, 4]}}, "procedural", "held_out.num_aircraft leaves none of 2 to 4"),
        (
            {"held_out": {"cas_kt": {"low": 250.0, "high": 290.0}}},
            "procedural",
            "held_out.cas_kt leaves nothing of overtaken_stream.fast_cas_kt 255 to 285",
        ),
        (
            {"overtaken_stream": {"slow_cas_kt": {"low": 100.0, "high": 225.0}}},
            "procedural",
            "overtaken_stream.slow_cas_kt 100 to 225 leaves A320's range 130.238 to 316.847 kt",
        ),
    ],
)
def test_settings_that_contradict_each_other_are_refused_where_they_stand(
    values: dict[str, Any], field: str, message: str
) -> None:
    with pytest.raises(ValidationError, match=message) as refused:
        AirspaceSettings.from_values({"procedural": values})
    assert [".".join(map(str, error["loc"])) for error in refused.value.errors()] == [field]


SECTOR = {"traffic": "sector", "episode": {"max_steps": 480, "after_arrival": "leave"}}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"episode": {"max_steps": 480}}, "traffic: sector wants episode.after_arrival leave, got continue"),
        ({"sector": {"warm_up_s": 4800.0}}, "sector.warm_up_s 4800 leaves nothing of an episode of 4800 s"),
        ({"sector": {"density_per_10000_nm2": 150.0}}, "sector: 307 aircraft would enter in an episode, wanted 256 or"),
    ],
)
def test_a_sector_that_cannot_be_counted_is_refused(values: dict[str, Any], message: str) -> None:
    AirspaceSettings.from_values(SECTOR)
    with pytest.raises(ValidationError, match=message):
        AirspaceSettings.from_values({**SECTOR, **values})


def test_all_mistakes_are_named_at_once() -> None:
    with pytest.raises(ValidationError) as refused:
        AirspaceSettings.from_values({"episode": {"max_steps": 0}, "wind": {"speed": 3.0}})
    assert {error["loc"] for error in refused.value.errors()} == {("episode", "max_steps"), ("wind", "speed")}


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        AirspaceSettings().episode.max_steps = 5  # type: ignore[misc]


def test_plain_whole_numbers_and_lists_are_taken() -> None:
    settings = AirspaceSettings.from_values({"wind": {"speed_kt": 20}, "procedural": {"aircraft_types": ["A332"]}})
    assert settings.wind.speed_kt == 20.0
    assert settings.procedural.aircraft_types == ("A332",)
