"""What is asked for becomes a params.yaml that the stage check accepts, or is refused by name."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import mpe2.simple_spread_v3
import pytest
from mpe2.simple_spread_v3 import parallel_env
from typer.testing import CliRunner

from pipeline import cli
from pipeline.ground.paths import PARAMS
from pipeline.settings.params import read_params, read_value, train_settings
from pipeline.stages import check
from pipeline.standalone.commands import _wrapper
from pipeline.standalone.request import CHECKOUT, Request, import_path, plan, settings_of


def checked(request: Request, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the stage check look at it."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["check"])
    (folder / PARAMS).write_text(plan(request).params)
    check.main()


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (Request("nowhere.at_all", (0,)), "module: nowhere.at_all cannot be imported: no module named 'nowhere'"),
        (Request("mpe2.simple_v3", (0,), training={"algorithm": "pp0"}), "unknown 'pp0', did you mean 'ppo'?"),
        (Request("mpe2.simple_v3", (0,), training={"total_timesteps": 0}), "total_timesteps: got 0, wanted 1 or more"),
        (
            Request("mpe2.simple_v3", (0,), {"arguments": {"N": 3}}),
            "arguments: mpe2.simple_v3, called with {'N': 3}, raised TypeError",
        ),
        (Request("mpe2.simple_v3", (0,), {"wrappers": ["frame_stak"]}), "did you mean 'frame_stack'?"),
        (Request("mpe2.simple_v3", ()), "seeds: got [], wanted a list of at least 1"),
        (Request("mpe2.simple_v3", (0,), settings={"nokey": 1}), "unknown 'nokey'"),
        (Request("mpe2.simple_v3", (0,), training={"algorithm": "sac"}), "sac"),
    ],
)
def test_the_stage_check_refuses(request_: Request, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the text is what is looked at
        checked(request_, tmp_path, monkeypatch)
    assert told in str(refused.value)


LONG = pytest.mark.long


@pytest.mark.parametrize(
    "algorithm", ["ppo", *(pytest.param(name, marks=LONG) for name in ("maskable_ppo", "a2c", "trpo", "recurrent_ppo"))]
)
def test_algorithms_have_values_for_any_environment(
    algorithm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked(Request("mpe2.simple_v3", (0,), training={"algorithm": algorithm}), tmp_path, monkeypatch)


@pytest.mark.parametrize("algorithm", ["sac", "tqc"])
def test_algorithms_of_numbers_have_values_for_any_environment(
    algorithm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {"arguments": {"continuous_actions": True}}
    checked(Request("mpe2.simple_v3", (0,), environment, {"algorithm": algorithm}), tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (Request("airspac", (0,)), r"^world: unknown 'airspac', did you mean 'airspace'\? .* or an import path"),
        (Request("not_there.py", (0,)), r"^world: not_there\.py: no such file"),
        (
            Request("airspace", (0,), begin_with=Path("x")),
            r"^begin_with: x/weights\.safetensors: no such file",
        ),
        (Request("airspace", (0,), records=Path("x")), r"^records: x/record\.json: no such file, wanted a folder that"),
        (Request("airspace", (0,), {"arguments": {"N": 3}}), r"^arguments: wanted none for airspace"),
        (Request("airspace", (0,), settings={"seeds": [1]}), r"^seeds: got a setting, wanted the seed instead"),
        (Request("airspace", (0,), settings={"seeds.x": 1}), r"^seeds\.x: got a setting"),
        (Request("airspace", (0,), settings={"train": {"num_worlds": 1}}), r"^train: .* wanted one of its keys"),
        (Request("airspace", (0,), settings={"export.opset": object()}), r"cannot represent an object.* wanted plain"),
        (Request("airspace", (0,), settings={"export.opset.x": 1}), r"export\.opset\.x: opset is 17, wanted a key"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_at_once(
    request_: Request, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=told):
        plan(request_)


def test_what_is_asked_of_training_goes_before_all_that_a_world_says(tmp_path: Path) -> None:
    """The section of the world says num_worlds, too, and would have the last word over train.num_worlds."""
    asked = Request("pettingzoo", (3,), settings={"train.num_worlds": 7, "train.hyperparameters.gamma": 0.5})
    (tmp_path / PARAMS).write_text(plan(asked).params)
    train = train_settings(read_params(tmp_path / PARAMS), "pettingzoo", "generic")
    assert (train.num_worlds, train.hyperparameters["gamma"]) == (7, 0.5)


def test_what_is_not_asked_for_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / PARAMS).write_text(plan(Request("airspace", (0,))).params)
    there, here = read_params(CHECKOUT / PARAMS), read_params(tmp_path / PARAMS)
    assert here.model_copy(update={"report": there.report}) == there


def test_modules_and_their_functions_name_worlds() -> None:
    assert import_path(mpe2.simple_spread_v3) == "mpe2.simple_spread_v3"
    assert import_path(json.loads) == "json:loads"


@pytest.mark.parametrize("made", [parallel_env(), lambda: parallel_env(), 3])
def test_what_other_processes_cannot_make_is_refused(made: object) -> None:
    with pytest.raises(ValueError, match=r"^world: got a \w+, which other processes cannot make anew"):
        import_path(made)


def test_a_wrapper_in_words_is_as_params_have_it() -> None:
    assert _wrapper("black_death") == "black_death"
    assert _wrapper("resize:x_size=84,y_size=84") == {"resize": {"x_size": 84, "y_size": 84}}
    assert _wrapper("crop:box=[1, 2],on=true") == {"crop": {"box": [1, 2], "on": True}}


@pytest.mark.parametrize("words", [("--set", "train.num_worlds"), ("--arguments", "=3"), ("--wrapper", "resize:84")])
def test_words_without_a_value_are_refused(words: tuple[str, str]) -> None:
    refused = CliRunner().invoke(cli.app, ["train", "airspace", *words])
    assert isinstance(refused.exception, ValueError)
    assert "wanted KEY=VALUE" in str(refused.exception)


@pytest.mark.parametrize("words", [("--steps", "0"), ("--num-worlds", "0"), ("--processes", "0"), ("--seed", "-1")])
def test_numbers_out_of_range_are_refused_by_option(words: tuple[str, str]) -> None:
    refused = CliRunner().invoke(cli.app, ["train", "airspace", *words])
    assert refused.exit_code == 2
    assert words[0] in refused.output


@pytest.mark.parametrize("value", ["[" * 5000, "9" * 5000, "{a"])
def test_a_value_that_is_none_is_told_by_option_and_key(value: str) -> None:
    with pytest.raises(ValueError, match=r"^--set report\.title: got "):
        settings_of([f"report.title={value}"], "--set", read_value)
