"""Named episodes as documents, figures by hand, axes, shifts, and pictures of the swarm."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from planes_by_hand import scenario

from envs.ground.play import Episodes, Space, play
from envs.swarm.baselines.room import BASELINES
from envs.swarm.evaluation.rates import beside, figures, ratios
from envs.swarm.evaluation.room import EVALUATION
from envs.swarm.evaluation.settings import Jitter
from envs.swarm.evaluation.variants import vary
from envs.swarm.pictures.room import PICTURES
from envs.swarm.scenarios.suite import SUITE
from envs.swarm.simulation.room import SIMULATION
from envs.swarm.simulation.settings import SwarmSettings

NUMBERS = {"family": "gather", "num_agents": [6, 24], "num_episodes": 2}
CONTESTS = {"family": "war", "num_agents": 8, "rules": ["random", "raid"], "num_episodes": 2}
SHIFTS = {
    "scenarios": ["heavy_pairs"],
    "repetitions": 2,
    "families": {"delay": {"changes": "action_delay", "micro": [1.0], "macro": [4.0]}},
}
WANTED: dict[str, Any] = {"numbers": NUMBERS, "contests": CONTESTS, "jitter": {"place_m": 1.5}, "shifts": SHIFTS}


def test_the_suite_has_a_dozen_episodes_that_come_back_from_their_documents() -> None:
    assert len(SUITE) == 12
    for name, own in SUITE.items():
        again = SIMULATION.scenario_from(SIMULATION.document_of(own, name), name)
        assert again.digest() == own.digest()


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("agents", 0, "x_m"), -1.0, r"file: agents\[0\]\.x_m: got '-1\.0', wanted a number from 0 to 2000"),
        (("agents", 0, "x_m"), 57.0, r"file: agents\[0\]: got \(57, 28\), wanted a place within 56 m"),
        (("family",), "wart", r"file: family: unknown 'wart', did you mean 'war'\?"),
        (("hives", 0, "team"), 3, r"file: hives: got a team without agents"),
        (
            ("resources", 0, "carriers"),
            9,
            r"file: resources\[0\]\.carriers: got '9', wanted a whole number from 1 to 4",
        ),
        (("side",), 3, r"file: side: unknown 'side', did you mean 'side_m'\?"),
    ],
)
def test_a_mistake_in_a_document_is_named(place: tuple[Any, ...], value: Any, message: str) -> None:
    document = copy.deepcopy(SIMULATION.document_of(SUITE["war_of_two"], "file"))
    inner: Any = document
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    with pytest.raises(ValueError, match=message):
        SIMULATION.scenario_from(document, "file")


def test_rates_are_sums_over_sums_and_assign_counts_where_one_team_is_alone() -> None:
    zeros = dict.fromkeys(("shared_value", "deaths", "dealt", "taken", "captures", "moved_m"), np.zeros(3))
    columns = zeros | {
        "num_agents": np.array([4.0, 6.0, 8.0]),
        "value": np.array([20.0, 40.0, 90.0]),
        "minutes": np.array([1.0, 2.0, 1.0]),
        "contest": np.array([0.0, 0.0, 1.0]),
        "points": np.array([np.nan, np.nan, 0.5]),
        "value_of_assign": np.array([40.0, 40.0, 10.0]),
    }
    found = figures(ratios(columns) | beside(columns))
    assert found["value_per_agent_minute"] == pytest.approx(150.0 / (4.0 + 12.0 + 8.0))
    assert found["of_assign"] == pytest.approx(60.0 / 80.0)
    assert found["points"] == 0.5
    assert np.isnan(found["dealt_over_taken"])


def test_axes_grow_the_plane_with_the_team_and_give_the_other_side_to_rules() -> None:
    by_number, by_rule = EVALUATION.axes(SwarmSettings(), EVALUATION.settings.from_values(WANTED))
    small, large = (settings for settings, _ in by_number.sets.values())
    area = large.arena.side_m.low**2 / small.arena.side_m.low**2
    assert area == pytest.approx(4.0)
    assert large.families.gather.resources.high == 4 * small.families.gather.resources.high
    assert [settings.opponent.kind for settings, _ in by_rule.sets.values()] == ["random", "raid"]
    with pytest.raises(ValueError, match=r"unknown 'raidd'"):
        EVALUATION.settings.from_values(WANTED | {"contests": CONTESTS | {"rules": ["raidd"]}})


def test_shifts_begin_with_none_and_change_one_thing_at_a_time() -> None:
    space = Space(SIMULATION, SwarmSettings())
    shifted = EVALUATION.shifted(space, EVALUATION.settings.from_values(WANTED), SUITE, 0)
    assert shifted is not None
    assert shifted.columns["shift"].tolist() == ["none 0 all"] * 2 + ["delay 1 all"] * 2 + ["delay 4 all"] * 2
    assert shifted.episodes.shift is not None
    assert shifted.episodes.shift["action_delay"].tolist() == [0.0, 0.0, 1.0, 1.0, 4.0, 4.0]
    slow = play(shifted.space, shifted.episodes, BASELINES.make(BASELINES.settings())["assign"]).episodes
    assert slow["steps"].iloc[4] > slow["steps"].iloc[0]


def test_variants_move_teams_as_one() -> None:
    own, moved = SUITE["war_of_two"], vary(SUITE["war_of_two"], Jitter(place_m=1.5), np.random.default_rng(0))
    shift = {(after.x_m - before.x_m) for before, after in zip(own.agents, moved.agents, strict=True)}
    assert len({round(step, 9) for step in shift}) == 2
    assert moved.notes.startswith("moved by ")


def test_a_recording_is_drawn_with_resources_that_vanish_at_home() -> None:
    own = scenario([(29.0, 38.0), (20.0, 20.0)], hives=((30.0, 30.0),), resources=((30.0, 38.0, 20.0, 1),))
    space = Space(SIMULATION, SwarmSettings(), (own,))
    rule = BASELINES.make(BASELINES.settings())["forage"]
    played = play(space, Episodes.of_scenarios([0], 1, 0), rule, record=[0])
    scene = PICTURES.scene(played.recordings[0], "by_hand")
    assert scene.ids == ("A1", "A2", "")
    assert scene.shown[0].all()
    assert scene.shown[-1].tolist() == [True, True, False]
    assert scene.curve[-1] == 20.0
    assert scene.finished[0].tolist() == [False, False, True]
    with pytest.raises(ValueError, match=r"recording 'x': missing columns plane"):
        PICTURES.scene(played.recordings[0].drop(columns="plane"), "x")


def test_another_opponent_makes_other_episodes_and_other_pay_does_not() -> None:
    ours, against, paid = (
        SwarmSettings.from_values(values)
        for values in ({}, {"opponent": {"kind": "raid"}}, {"reward": {"death": -2.0}, "observation": {"sight_m": 9.0}})
    )
    assert SIMULATION.same_episodes(ours, against) == "opponent"
    assert SIMULATION.same_episodes(ours, paid) == ""


def test_an_axis_of_which_nothing_is_listed_is_left_out() -> None:
    for changes, left in (
        ({"contests": CONTESTS | {"rules": []}}, "agents"),
        ({"numbers": NUMBERS | {"num_agents": []}}, "rule"),
    ):
        axes = EVALUATION.axes(SwarmSettings(), EVALUATION.settings.from_values({**WANTED, **changes}))
        assert [axis.name for axis in axes] == [left]


@pytest.mark.parametrize("key", ["agents", "resources"])
def test_a_range_the_wrong_way_round_is_refused_with_the_wish(key: str) -> None:
    values = {"families": {"gather": {key: {"low": 9, "high": 4}}}}
    with pytest.raises(ValueError, match=r"low: got 9, wanted 4 at most, which is high"):
        SwarmSettings.from_values(values)


def test_contests_of_one_team_alone_are_refused() -> None:
    wanted = EVALUATION.settings.from_values({**WANTED, "contests": {**CONTESTS, "family": "gather"}})
    with pytest.raises(ValueError, match=r"^contests\.family: got gather, of 1 team\(s\), wanted one of 2 or more"):
        EVALUATION.axes(SwarmSettings(), wanted)
