"""Stage check refuses what any later stage would, each mistake by its own key; what it writes says nothing else."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Checkout, new_checkout

from envs.ground import doors
from pipeline.ground.paths import CHECKED, CHECKED_PARAMS
from pipeline.stages import check

Check = Callable[[dict[str, Any]], str]
OWN = "my_envs/spread.py"
ANOTHER_WORLD = {"worlds": ["pettingzoo"], "pettingzoo.simulation.module": OWN}


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """Parameters and hand-written scenarios; nothing has run."""
    made = new_checkout(tmp_path)
    monkeypatch.chdir(made.folder)
    monkeypatch.setattr(sys, "argv", ["check"])
    return made


@pytest.fixture
def refusal(checkout: Checkout) -> Check:
    """What check says to some changes."""

    def run(changes: dict[str, Any]) -> str:
        checkout.change(changes)
        with pytest.raises(ValueError) as refused:  # noqa: PT011 - the text is what is looked at
            check.main()
        assert not CHECKED.exists()
        return str(refused.value)

    return run


def test_a_worlds_file_says_the_same_whatever_the_parameters_are(checkout: Checkout) -> None:
    texts = []
    for num_worlds in (8, 9):
        checkout.change({"train.num_worlds": num_worlds})
        check.main()
        texts.append({path.name: path.read_text() for path in CHECKED.glob("*.txt")})
    assert texts[0] == texts[1]
    assert texts[0].keys() == {f"{world}.txt" for world in doors.worlds()}


def test_all_values_are_told_and_no_comment(checkout: Checkout) -> None:
    check.main()
    before = CHECKED_PARAMS.read_text()
    params = checkout.folder / "params.yaml"
    params.write_text(params.read_text() + "# nothing of use\n")
    check.main()
    assert CHECKED_PARAMS.read_text() == before
    checkout.change({"train.num_worlds": 9})
    check.main()
    assert CHECKED_PARAMS.read_text() != before


def test_what_is_said_of_a_world_that_is_gone_goes(checkout: Checkout) -> None:
    CHECKED.mkdir(parents=True)
    (CHECKED / "gone.txt").touch()
    check.main()
    assert not (CHECKED / "gone.txt").exists()


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "a learner of choices": ({"train.algorithm": "maskable_ppo"}, "policies.generic in airspace: algorithm: maskable_"),
    "an observation that is a dict": (
        {"airspace.simulation.observation.layout": "entities"},
        "airspace.simulation.observation.layout: got entities, wanted a flat layout",
    ),
    "a shift of nobody": (
        {"airspace.evaluation.shifts.scenarios": ["hed_on"]},
        "airspace.evaluation.shifts.scenarios: unknown 'hed_on', did you mean 'head_on'?",
    ),
    "an axis that nobody can draw": (
        {"airspace.evaluation.sector.densities_per_10000_nm2": [1e6]},
        "airspace.evaluation.sector.densities_per_10000_nm2 1e+06: sector: ",
    ),
    "traffic of nobody": ({"train.traffic": ["hed_on"]}, "train.traffic: unknown 'hed_on', did you mean 'head_on'?"),
    "a policy's traffic": (
        {"policies": {"generic": {"traffic": ["x"]}}},
        "policies.generic.traffic: unknown 'x', known",
    ),
    "a preset that nobody uses": (
        {"presets.reference.sac.tau": 2},
        "presets.reference.hyperparameters.tau: got 2, wan",
    ),
    "a policy's hyperparameter": (
        {"policies": {"generic": {"hyperparameters": {"gama": 1}}}},
        "policies.generic.hyperparameters (ppo): unknown 'gama', did you mean 'gamma'?",
    ),
    "a value to try out": (
        {"tune.space": [{"key": "train.hyperparameters.gamma", "values": [0.9, 2.0]}]},
        "tune.space.hyperparameters.gamma: got 2.0, wanted a number from 0 to 1",
    ),
    "trials of nobody's": ({"tune.policy": "genric"}, "tune.policy: unknown 'genric', did you mean 'generic'?"),
    "a policy for each of one role": (
        {"policies": {"generic": {"share": "role"}}},
        "policies.generic in airspace: train.share: got role, wanted all: the agents of this world have one role",
    ),
    "a policy for each role by an algorithm that cannot": (
        {
            "worlds": ["pettingzoo"],
            "pettingzoo.simulation.module": "mpe2.simple_tag_v3",
            "pettingzoo.simulation.arguments": {"continuous_actions": True},
            "policies": {"generic": {"share": "role", "algorithm": "sac", "preset": "fast"}},
        },
        "policies.generic in pettingzoo: train.share: got role, wanted all with sac: a policy for each role is for ppo",
    ),
    "a learner that plays games on, of another world": (
        {
            "worlds": ["pettingzoo"],
            "pettingzoo.simulation": {"module": "pettingzoo.classic.tictactoe_v3"},
            "policies": {"generic": {"algorithm": "alphazero"}},
        },
        "policies.generic in pettingzoo: algorithm: alphazero needs turns, got a world that has allowed, w",
    ),
    "a learner that plays games on, of a world without any": (
        {"worlds": ["swarm"], "policies": {"generic": {"algorithm": "alphazero"}}},
        "policies.generic in swarm: algorithm: alphazero needs turns, got a world that has",
    ),
    "the other one, which no preset there has either": (
        {"policies": {"generic": {"algorithm": "muzero"}}},
        "policies.generic in airspace: algorithm: muzero needs turns, got a world that has slots, wanted",
    ),
    "an algorithm that only another preset has, of a world that is one for it": (
        {"worlds": ["boards"], "boards.train.preset": "fast"},
        "boards.train.algorithm (presets.fast): unknown 'alphazero', known: ppo",
    ),
    "values of two layers that do not go together": (
        {
            "train.hyperparameters": {"clip_rho": 0.5},
            "train.algorithm": "appo",
            "policies": {"generic": {"hyperparameters": {"gamma": 0.9}}},
        },
        "policies.generic in airspace.hyperparameters.clip_c: got 1.0, wanted at most clip_rho, 0.5",
    ),
    "a way to share that nobody knows": (
        {"train.share": "team"},
        "train.share: got 'team', wanted 'all' or 'role'",
    ),
    "a module that is not there": (ANOTHER_WORLD, f"pettingzoo.simulation.module: {OWN} not found, wanted a file besi"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_that_a_stage_would_meet_is_refused_by_its_key(mistake: str, refusal: Check) -> None:
    changes, message = MISTAKES[mistake]
    assert refusal(changes).startswith(f"params.yaml: {message}")


def test_a_scenario_file_that_is_none_is_named(refusal: Check) -> None:
    Path("data/custom_scenarios/airspace/mine.json").write_text("{")
    assert refusal({}).startswith("data/custom_scenarios/airspace/mine.json: line 1 column 2: not JSON")


def test_an_environment_where_dvc_does_not_look_is_refused(refusal: Check) -> None:
    Path("spread.py").write_text("from mpe2.simple_spread_v3 import parallel_env\n")
    said = refusal({"worlds": ["pettingzoo"], "pettingzoo.simulation.module": "spread.py"})
    assert said.startswith("params.yaml: pettingzoo.simulation: got spread.py, wanted a file below my_envs, where ")
