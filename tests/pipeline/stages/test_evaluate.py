"""Facts about evaluate: what it draws for itself along axes, what a bare world leaves, what is said at the end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

from envs.airspace.simulation.room import SIMULATION
from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground.defaults import Idle
from envs.ground.doors import simulation
from envs.ground.evaluating import Axis
from envs.ground.outcomes import Outcome
from envs.ground.play import Space
from envs.ground.world import SPLITS
from pipeline.evaluation.judged import Judged
from pipeline.evaluation.measuring import Contestant
from pipeline.evaluation.shift_figures import SHIFT
from pipeline.scenarios.sets import ScenarioSets, TestSet
from pipeline.settings.params import read_params
from pipeline.settings.worlds import baselines_settings, evaluation_settings, simulation_settings
from pipeline.stages.evaluate import (
    Course,
    closing_words,
    draw_along,
    play_all,
    play_shifts,
    sum_up,
    tabulate,
    write,
)

AIRSPACE = Judged.of("airspace", AirspaceSettings())
PARAMS = read_params(ROOT / "params.yaml")
EVALUATE = PARAMS.evaluate


def by_number(*counts: int) -> Axis:
    sets = {}
    for count in counts:
        changed = {"procedural": {"min_aircraft": count, "max_aircraft": count}}
        sets[float(count)] = (AirspaceSettings.from_values(changed), 20)
    return Axis("aircraft", "", "", "los_rate", "", sets)


def drawn(*axes: Axis, seed: int = 0) -> dict[str, TestSet]:
    space = Space(SIMULATION, AirspaceSettings(), (), 0.97)
    return draw_along(axes, Course(space, [], AIRSPACE, EVALUATE.model_copy(update={"seed": seed}), None))


def test_sets_along_an_axis_have_room_for_its_largest() -> None:
    found = drawn(by_number(2, 3))
    assert {name: (len(own.seeds), own.room) for name, own in found.items()} == {
        "aircraft_2": (20, 3),
        "aircraft_3": (20, 3),
    }
    assert [own.settings.procedural.max_aircraft for own in found.values()] == [2, 3]
    assert all(np.isnan(own.difficulty) for own in found.values())


def test_sets_are_of_the_test_split_and_share_no_episode() -> None:
    found = drawn(by_number(2, 3))
    seeds = np.concatenate([own.seeds for own in found.values()])
    assert set((seeds >> np.uint64(62)).tolist()) == {SPLITS["test"]}
    assert len(set(seeds.tolist())) == len(seeds)


def test_a_set_is_the_same_whatever_else_is_on_its_axis() -> None:
    one, again, other = (drawn(by_number(2, 3)), drawn(by_number(2)), drawn(by_number(2), seed=1))
    assert one["aircraft_2"].seeds.tolist() == again["aircraft_2"].seeds.tolist()
    assert one["aircraft_2"].seeds.tolist() != other["aircraft_2"].seeds.tolist()


def test_a_world_without_axes_draws_nothing() -> None:
    assert drawn() == {}


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome("los", "", "failure", short="LoS"), "on unseen episodes LoS 0.2% (mvp 17.6%)"),
        (Outcome("height", "", "number", unit="m"), "on unseen episodes height 0.002 m (mvp 0.176 m)"),
    ],
)
def test_the_last_line_says_what_was_found_and_the_rules_beside(outcome: Outcome, words: str) -> None:
    modes = {"deterministic": 0.002, "stochastic": 0.3, "mvp": 0.176}
    figures: dict[str, Any] = {"test": {mode: {"leading": value} for mode, value in modes.items()}}
    world = Judged((outcome,), AIRSPACE.evaluation, AIRSPACE.baselines)
    assert closing_words(figures, world) == words
    figures["suite"] = {"deterministic": {"solved": 13, "scenarios": 14}}
    assert closing_words(figures, world) == f"suite 13 of 14 solved; {words}"


HEADERS = {
    "events.parquet": ["episode", "set", "mode"],
    "shifts.parquet": ["set", "mode", *SHIFT],
    "shifts.csv": ["mode", *SHIFT, "episodes", "leading", "left_out"],
    "memorisation.csv": ["scenario", "variants", "leading", "solved_share", "worst_variant", "worst_change"],
    "teams.csv": ["others", "share", "episodes", "leading"],
    "curves.csv": ["axis", "place", "mode", "figure", "value"],
}


def test_a_world_that_has_nothing_more_leaves_tables_with_columns_and_no_rows(tmp_path: Path) -> None:
    """Four episodes of PettingZoo's simple spread, by who idles and who acts at random; none is recorded."""
    world = "pettingzoo"
    settings = simulation_settings(PARAMS, world)
    judged, space = Judged.of(world, settings), Space(simulation(world), settings, (), 0.99)
    rules = judged.baselines.make(baselines_settings(PARAMS, world))
    by = [Contestant("deterministic", Idle()), *(Contestant(name, rule) for name, rule in rules.items())]
    evaluate = EVALUATE.model_copy(update={"worst_recorded": 0})
    course = Course(space, by, judged, evaluate, evaluation_settings(PARAMS, world))
    sets = ScenarioSets({}, {}, {"test": np.arange(4, dtype=np.uint64)}, {})
    played, shifted = play_all(course, Idle(), sets, {}, draw_along((), course)), play_shifts(course, sets)
    figures = sum_up(course, played, shifted)
    write(tmp_path, played, shifted, tabulate(course, sets, played, shifted, ()), figures, judged)
    for name, columns in HEADERS.items():
        path = tmp_path / name
        table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
        assert (len(table), list(table.columns)) == (0, columns), name
    recordings = pd.read_parquet(tmp_path / "recordings.parquet")
    assert (len(recordings), set(recordings) >= {"step", "agent", "set", "mode", "scenario", "episode"}) == (0, True)
    assert len(pd.read_parquet(tmp_path / "episodes.parquet")) == 4 * 3
    found = json.loads((tmp_path / "metrics.json").read_text())
    assert found["score"] == found["test_leading_deterministic"] == found["test_return_mean_nothing"]
    assert found["test_length_random"] == 25.0
