"""Facts about the flow's parameters, and what becomes of them."""

import io
import re
import runpy
import sys
from typing import Any, get_args

import pytest
from conftest import ROOT
from pydantic import ValidationError
from rich.console import Console
from ruamel.yaml import YAML

from envs.ground.outcomes import Outcome
from flows import stage_runs
from flows.experiment import Experiment, Stage, all_overrides, chosen_stages, title
from flows.sweep import Sweep
from pipeline.ground.checks import check
from pipeline.ground.progress import TrainingProgress
from pipeline.settings.params import Params, read_params

OUTCOMES = (
    Outcome("lost", "episodes that are lost", "failure"),
    Outcome("there", "who arrive", "share", short="arrived"),
)
ROOMS: dict[str, dict] = {room: {} for room in ("simulation", "baselines", "scenarios", "evaluation", "train")}
NAMES = [
    "check",
    *(f"scenarios@{world}" for world in ("sea", "sky")),
    *(f"train@{world}-{policy}-{seed}" for world in ("sea", "sky") for policy in ("one", "two") for seed in (0, 1)),
    *(f"export@{world}-{policy}" for world in ("sea", "sky") for policy in ("one", "two")),
    "report",
]


@pytest.fixture
def params() -> Params:
    """Two worlds, and one that does not run; two policies, two seeds."""
    values = read_params(ROOT / "params.yaml").model_dump(mode="json")
    worlds = {"worlds": ["sea", "sky"], "sections": dict.fromkeys(("sea", "sky", "space"), ROOMS)}
    return check(Params, values | worlds | {"policies": {"one": {}, "two": {}}, "seeds": [0, 1]}, "test")


@pytest.mark.parametrize(
    "wrong",
    [
        {"seeds": [-1]},
        {"seeds": [2**32]},
        {"stages": ["trian"]},
        {"policies": ["../x"]},
        {"worlds": ["../x"]},
        {"name": "With Blanks"},
        {"overrides": ["train.total_timesteps"]},
        {"overrides": ["--force"]},
        {"place": "elsewhere"},
        {"unknown": 1},
        {"place": "workspace", "overrides": ["seeds=[1]"]},
        {"judge": True, "stages": ["evaluate"]},
    ],
)
def test_a_value_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Experiment.model_validate(wrong)


def test_the_forms_say_what_a_name_may_be_made_of() -> None:
    for form in (Experiment, Sweep):
        said = form.model_fields["name"].description
        assert said is not None
        assert "small letters, digits and dashes" in said


@pytest.mark.parametrize("override", ["train.num_worlds=8", "++a.b=1e-4", "+policies.other={}", "~policies.generic"])
def test_dvcs_words_for_a_change_are_taken(override: str) -> None:
    assert Experiment(overrides=(override,)).overrides == (override,)


def test_the_stages_to_choose_from_are_those_of_the_graph() -> None:
    graph = YAML(typ="safe", pure=True).load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
    assert set(get_args(Stage)) <= set(graph["stages"])
    assert set(graph["stages"]) <= set(get_args(Stage))


def test_a_title_says_where_what_and_how() -> None:
    overrides = ("train.num_worlds=8", "train.total_timesteps=9", "seeds=[3]")
    chosen = Experiment(name="wide", stages=("train",), worlds=("sea",), policies=("one",), seeds=(0, 2))
    said = title(chosen.model_copy(update={"overrides": overrides}))
    assert (
        said == "wide, train, worlds sea, policies one, seeds 0,2, train.num_worlds=8, train.total_timesteps=9, 1 more"
    )
    assert title(Experiment(place="workspace")) == "workspace, all stages"


def test_everything_is_chosen_where_nothing_is_said(params: Params) -> None:
    assert chosen_stages(NAMES, Experiment(place="workspace"), params) == NAMES


def test_worlds_policies_and_seeds_choose_items_of_the_matrix(params: Params) -> None:
    one = Experiment(place="workspace", worlds=("sky",), policies=("one",), seeds=(1,))
    wanted = ["check", "scenarios@sky", "train@sky-one-1", "export@sky-one", "report"]
    assert chosen_stages(NAMES, one, params) == wanted
    trained = Experiment(place="workspace", stages=("train",), policies=("two",), seeds=(0,))
    assert chosen_stages(NAMES, trained, params) == ["train@sea-two-0", "train@sky-two-0"]


def test_a_world_that_the_workspace_does_not_run_is_refused(params: Params) -> None:
    with pytest.raises(ValueError, match=re.escape("worlds: of the workspace: unknown 'space', known: sea, sky")):
        chosen_stages(NAMES, Experiment(place="workspace", worlds=("space",)), params)


def test_a_seed_that_the_workspace_does_not_have_is_refused(params: Params) -> None:
    with pytest.raises(ValueError, match=re.escape("seeds: got [5], wanted some of [0, 1]")):
        chosen_stages(NAMES, Experiment(place="workspace", seeds=(0, 5)), params)


def test_an_experiment_takes_worlds_and_seeds_and_leaves_policies_out(params: Params) -> None:
    wanted = Experiment(worlds=("space",), policies=("two",), seeds=(3, 4), overrides=("train.num_worlds=8",))
    assert all_overrides(wanted, params) == ["worlds=[space]", "seeds=[3,4]", "~policies.one", "train.num_worlds=8"]
    assert all_overrides(Experiment(), params) == []


def test_progress_is_read_from_what_training_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[float, str]] = []
    monkeypatch.setattr(stage_runs, "create_progress_artifact", lambda percent, **kept: _keep(shown, percent, kept))
    printed = io.StringIO()
    with TrainingProgress("train sea/one/0", 4_000_000, Console(file=printed, width=200)) as progress:
        progress.evaluated(1_000_000, {"lost_rate": 0.25, "there": 0.9}, OUTCOMES)
    stage_runs.TrainingProgress().read(printed.getvalue().splitlines()[0])
    [(percent, description)] = shown
    assert percent == 25.0
    assert "lost 25.0%, arrived 90.0%" in description


def _keep(shown: list[tuple[float, str]], percent: float, kept: dict[str, str]) -> stage_runs.UUID:
    assert kept["key"] == "training-sea-one-0"
    shown.append((percent, kept["description"]))
    return stage_runs.UUID(int=0)


def test_help_needs_no_server(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["flows.experiment", "--help"])
    monkeypatch.delitem(sys.modules, "flows.experiment")
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("flows.experiment", run_name="__main__")
    said = capsys.readouterr()
    assert ended.value.code == 0
    assert "--set-param" in said.out
    assert "server" not in said.err
