"""Facts about what is read from dvc's output."""

import json
import re
import sys
from pathlib import Path

import pytest
from checkouts import FlowsCheckout, new_flows_checkout
from conftest import ROOT, change_params
from graph_in_seconds import CRASHES, REFUSES

from flows import dvc_command
from flows.dvc_command import DvcError, Headline, headline
from flows.next_steps import NOT_MADE, next_steps
from pipeline.settings.params import read_params


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> FlowsCheckout:
    return new_flows_checkout(tmp_path_factory.mktemp("dvc") / "checkout")


def stages_told(output: dvc_command.Output) -> list[Headline]:
    told = []
    with output:
        list(output.until_next_stage())
        while (current := output.stage()) is not None:
            told.append(current)
            list(output.until_next_stage())
    return told


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("Running stage 'train@airspace-generic-0':", Headline("train@airspace-generic-0", unchanged=False)),
        ("Stage 'scenarios' didn't change, skipping", Headline("scenarios", unchanged=True)),
        ("Stage 'report' is cached - skipping run, checking out outputs", Headline("report", unchanged=True)),
        ("Stage 'report' is frozen. Its dependencies are not going to be reproduced.", None),
        ("train: Running stage 'one':", None),
    ],
)
def test_a_stages_first_line_is_known(line: str, wanted: Headline | None) -> None:
    assert headline(line) == wanted


def test_stages_are_named_in_the_order_of_the_graph(checkout: FlowsCheckout) -> None:
    assert dvc_command.stage_names(checkout.folder) == [
        "scenarios@airspace",
        "train@airspace-generic-0",
        "evaluate@airspace-generic-0",
    ]


def test_repro_tells_what_ran_and_what_was_unchanged(checkout: FlowsCheckout) -> None:
    first = stages_told(dvc_command.repro("train@airspace-generic-0", checkout.folder))
    assert [stage.name for stage in first] == ["scenarios@airspace", "train@airspace-generic-0"]
    second = stages_told(dvc_command.repro("train@airspace-generic-0", checkout.folder))
    assert [stage.unchanged for stage in second] == [True, True]


@pytest.mark.long
def test_what_an_experiment_left_is_read_by_its_name(checkout: FlowsCheckout) -> None:
    stages_told(dvc_command.experiment("tried", ["train"], ["seeds=[3]"], checkout.folder))
    assert dvc_command.outputs(checkout.folder, "tried").exists("data/models/airspace/generic/3/training.json")
    assert not dvc_command.outputs(checkout.folder).exists("data/models/airspace/generic/3/training.json")


@pytest.mark.long
def test_an_experiment_that_another_has_put_on_dvcs_list_is_left_to_it(tmp_path: Path) -> None:
    checkout = new_flows_checkout(tmp_path / "checkout")
    put = "from dvc.repo import Repo; e = Repo().experiments; e.queue_one(e.tempdir_queue, name='another')"
    checkout.call(sys.executable, "-c", put)
    stages_told(dvc_command.experiment("own", ["train"], [], checkout.folder))
    assert checkout.call("dvc", "exp", "list", "--name-only").split() == ["own"]


@pytest.mark.long
def test_experiments_are_compared_by_metrics_with_one_seed_and_with_several(checkout: FlowsCheckout) -> None:
    def told() -> dict[str, tuple[int, float | None, list[str]]]:
        rows = json.loads(checkout.call("sh", "-c", f"{dvc_command.COMPARE} --json"))
        figures = {row["experiment"]: row["figures"].get("test_lost") for row in rows}
        return {row["experiment"]: (row["seeds"], figures[row["experiment"]], list(row["changed"])) for row in rows}

    stages_told(dvc_command.experiment("single", [], ["train.num_worlds=8"], checkout.folder))
    stages_told(dvc_command.experiment("several", [], ["seeds=[0,1]"], checkout.folder))
    found = told()
    assert found["single"] == (1, 0.25, ["train.num_worlds"])
    assert found["several"] == (2, 0.25, ["seeds"])


def test_the_docs_compare_in_the_same_way() -> None:
    assert f"\n    {dvc_command.COMPARE} " in (ROOT / "docs" / "experiments.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("steps", "crashed"), [(CRASHES, True), (REFUSES, False)])
def test_a_crash_is_told_from_a_mistake(checkout: FlowsCheckout, steps: int, crashed: bool) -> None:
    change_params(checkout.folder / "params.yaml", {"train.total_timesteps": steps})
    with pytest.raises(DvcError) as error:
        stages_told(dvc_command.repro("train@airspace-generic-0", checkout.folder))
    assert error.value.training_crashed is crashed
    first = str(error.value).splitlines()[0]
    assert (first == "params.yaml: train.total_timesteps: not today") is not crashed
    assert "dvc repro train@airspace-generic-0: ended with" in str(error.value)


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["train.total_timesteps=-5"], "params.yaml: train.total_timesteps: got -5, wanted 1 or more"),
        (["train.preset=fats"], "params.yaml: train.preset: unknown 'fats', did you mean 'fast'?"),
        (["+train.presets=fast"], "params.yaml: train.presets: unknown key, did you mean 'preset'?"),
        (["train.presets=fast"], "params.yaml: Could not override 'train.presets'. To append to your config use +"),
        (
            ["+airspace.simulation.reward.arival=1"],
            "params.yaml: airspace.simulation.reward.arival: unknown key, did you",
        ),
        (
            ["pettingzoo.simulation.max_steps=0"],
            "params.yaml: pettingzoo.simulation.max_steps: got 0, wanted 1 or more",
        ),
        (["worlds=[airspac]"], "params.yaml: worlds: unknown 'airspac', did you mean 'airspace'?"),
        (["seeds=[0,"], "params.yaml: no viable alternative at input '[0,'"),
    ],
)
def test_overrides_are_refused_in_one_line(overrides: list[str], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)) as error:
        dvc_command.check_overrides(overrides, ROOT)
    assert len(str(error.value).splitlines()) == 1


def test_overrides_that_the_stages_take_pass_and_change_nothing() -> None:
    before = (ROOT / "params.yaml").read_text()
    dvc_command.check_overrides(["seeds=[3,4]", "++train.hyperparameters.learning_rate=1e-4"], ROOT)
    assert (ROOT / "params.yaml").read_text() == before


def test_an_unknown_stage_is_dvcs_error(checkout: FlowsCheckout) -> None:
    with pytest.raises(DvcError, match="Stage 'trian' not found"):
        stages_told(dvc_command.repro("trian", checkout.folder))


@pytest.mark.long
def test_applying_what_was_not_run_to_the_end_says_what_the_pages_say_and_repro_makes_the_rest(tmp_path: Path) -> None:
    checkout = new_flows_checkout(tmp_path / "checkout")
    stages_told(dvc_command.experiment("half", ["train"], ["train.num_worlds=8"], checkout.folder))
    told = checkout.call("dvc", "exp", "apply", "half", status=255)
    assert f"{NOT_MADE}:\ndata/evaluation/airspace/generic/0/" in told
    assert NOT_MADE in "\n".join(next_steps("half"))
    assert read_params(checkout.folder / "params.yaml").train.num_worlds == 8
    rest = stages_told(dvc_command.repro("evaluate@airspace-generic-0", checkout.folder))
    assert [stage.name for stage in rest if not stage.unchanged] == ["evaluate@airspace-generic-0"]
