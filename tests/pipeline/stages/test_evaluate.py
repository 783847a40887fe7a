"""Facts about what evaluate draws for itself along axes, and what it says at its end."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from conftest import ROOT

from envs.airspace.simulation.room import SIMULATION
from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground.evaluating import Axis
from envs.ground.outcomes import Outcome
from envs.ground.play import Space
from envs.ground.world import SPLITS
from pipeline.evaluation.judged import Judged
from pipeline.scenarios.sets import TestSet
from pipeline.settings.params import read_params
from pipeline.stages.evaluate import Course, closing_words, draw_along

AIRSPACE = Judged.of("airspace", AirspaceSettings())
EVALUATE = read_params(ROOT / "params.yaml").evaluate


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
