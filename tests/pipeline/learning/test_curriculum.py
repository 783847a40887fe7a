"""Lessons come before what is to be learned, each until its success; a killed training goes on in its lesson."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Checkout, check_that_training_survives_sigkill

from envs.airspace.simulation.room import SIMULATION
from envs.airspace.simulation.traffic.traffic_settings import FAMILIES
from pipeline.ground.paths import training_sets
from pipeline.learning.assignment import assign
from pipeline.scenarios.sets import read_training_sets
from pipeline.settings.params import read_params, train_settings
from pipeline.settings.worlds import simulation_settings

NEAR = {
    "families": {family: float(family == "random") for family in FAMILIES},
    "min_aircraft": 1,
    "random": {
        "waypoint_distance_nm": {"low": 8.0, "high": 10.0},
        "off_course_deg": {"low": -5.0, "high": 5.0},
    },
}
ALONE = {"simulation": {"procedural": {**NEAR, "max_aircraft": 1}}}
MANY = {"simulation": {"procedural": {**NEAR, "max_aircraft": 10}}}


def lessons(*wanted: dict) -> dict:
    return {"train.curriculum": {"lessons": list(wanted), "every_timesteps": 500, "num_episodes": 50}}


@pytest.mark.long
def test_lessons_end_with_success_and_survive_sigkill(checkout: Checkout, tmp_path: Path) -> None:
    """Who flies straight on solves the first; killed at a checkpoint after the second, training goes on beyond it."""
    checkout.change(lessons({**ALONE, "solved_share": 0.02}, {**MANY, "solved_share": 0.02}))
    said = checkout.run_well("train")
    assert [f"lesson {number} of 2 ended" in said for number in (1, 2)] == [True, True]
    first, second = checkout.training()["lessons_ended"]
    assert 0 <= first < second < 1000
    check_that_training_survives_sigkill(checkout, tmp_path / "again")


@pytest.mark.long
def test_killed_in_its_second_lesson_training_goes_on_there(checkout: Checkout, tmp_path: Path) -> None:
    checkout.change(lessons({**ALONE, "solved_share": 0.02}, {**MANY, "solved_share": 1.0}))
    checkout.run_well("train")
    assert checkout.training()["lessons_ended"] == [0]
    check_that_training_survives_sigkill(checkout, tmp_path / "again")


def test_all_lessons_have_rows_for_the_largest(checkout: Checkout) -> None:
    checkout.change(lessons({**ALONE, "solved_share": 0.5}, {**MANY, "solved_share": 0.5}))
    params = read_params(checkout.folder / "params.yaml")
    settings = train_settings(params, "airspace", "generic"), SIMULATION, simulation_settings(params, "airspace")
    assignment = assign(*settings, 0, read_training_sets(SIMULATION, checkout.folder / training_sets("airspace")))
    aircraft = []
    for lesson in range(3):
        worlds = assignment.worlds(lesson)
        worlds.reset()
        flown = worlds.active.reshape(worlds.num_worlds, worlds.num_agents).sum(1)
        aircraft.append((worlds.num_agents, bool(flown.max() > 1)))
    assert aircraft == [(10, False), (10, True), (10, True)]


@pytest.mark.long
def test_a_lesson_that_is_not_mastered_goes_on_to_the_end(checkout: Checkout) -> None:
    checkout.change(lessons({**MANY, "solved_share": 1.0}))
    said = checkout.run_well("train")
    assert checkout.training()["lessons_ended"] == []
    assert "all 4,000 agent-steps done, in lesson 1 of 1; best after" in said
