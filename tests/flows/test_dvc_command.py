"""Facts about what is read from dvc's output."""

import pytest
from checkouts import FlowsCheckout, new_flows_checkout
from conftest import change_params
from graph_in_seconds import CRASHES, REFUSES

from flows import dvc_command
from flows.dvc_command import DvcError, Headline, headline


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
        ("Running stage 'train@generic-0':", Headline("train@generic-0", unchanged=False)),
        ("Stage 'scenarios' didn't change, skipping", Headline("scenarios", unchanged=True)),
        ("Stage 'report' is cached - skipping run, checking out outputs", Headline("report", unchanged=True)),
        ("Stage 'report' is frozen. Its dependencies are not going to be reproduced.", None),
        ("train: Running stage 'one':", None),
    ],
)
def test_a_stages_first_line_is_known(line: str, wanted: Headline | None) -> None:
    assert headline(line) == wanted


def test_stages_are_named_in_the_order_of_the_graph(checkout: FlowsCheckout) -> None:
    assert dvc_command.stage_names(checkout.folder) == ["scenarios", "train@generic-0", "evaluate@generic-0"]


def test_repro_tells_what_ran_and_what_was_unchanged(checkout: FlowsCheckout) -> None:
    first = stages_told(dvc_command.repro("train@generic-0", checkout.folder))
    assert [stage.name for stage in first] == ["scenarios", "train@generic-0"]
    second = stages_told(dvc_command.repro("train@generic-0", checkout.folder))
    assert [stage.unchanged for stage in second] == [True, True]


def test_what_an_experiment_left_is_read_by_its_name(checkout: FlowsCheckout) -> None:
    stages_told(dvc_command.experiment("tried", ["train"], ["seeds=[3]"], checkout.folder))
    assert dvc_command.outputs(checkout.folder, "tried").exists("data/models/generic/3/training.json")
    assert not dvc_command.outputs(checkout.folder).exists("data/models/generic/3/training.json")


@pytest.mark.parametrize(("steps", "crashed"), [(CRASHES, True), (REFUSES, False)])
def test_a_crash_is_told_from_a_mistake(checkout: FlowsCheckout, steps: int, crashed: bool) -> None:
    change_params(checkout.folder / "params.yaml", {"train.total_timesteps": steps})
    with pytest.raises(DvcError) as error:
        stages_told(dvc_command.repro("train@generic-0", checkout.folder))
    assert error.value.training_crashed is crashed
    assert ("error: params.yaml: train.total_timesteps: not today" in str(error.value)) is not crashed


def test_an_unknown_stage_is_dvcs_error(checkout: FlowsCheckout) -> None:
    with pytest.raises(DvcError, match="Stage 'trian' not found"):
        stages_told(dvc_command.repro("trian", checkout.folder))
