"""Trainings that learn from records: through the stages, killed and gone on, and refused before anything is deleted."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Checkout, check_that_training_survives_sigkill

from pipeline import cli

BRIEF = {"learning_rate": 0.003, "batch_size": 64, "gradient_steps": 5}
CLONES: dict[str, Any] = {
    "train.algorithm": "bc",
    "train.hyperparameters": BRIEF,
    "train.records": "mvp",
    "train.normalize_observation": False,
}
TRAINED = "data/models/airspace/generic/0"


def record(checkout: Checkout, *words: str) -> None:
    """`murmuration record` in a checkout that is the working folder."""
    sys.argv = ["murmuration", "record", *words]
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code in (0, None), ended.value.code


@pytest.fixture
def clones(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """A checkout with records of mvp, in which bc is to learn from them."""
    monkeypatch.chdir(checkout.folder)
    monkeypatch.setattr(sys, "argv", sys.argv)
    record(checkout, "airspace", "--pilot", "mvp", "--episodes", "12", "--into", "data/records/mvp")
    checkout.change(CLONES)
    return checkout


@pytest.mark.long
def test_a_clone_goes_through_all_stages_and_its_export_names_the_data(clones: Checkout) -> None:
    for stage in ("check", "train", "evaluate", "export", "report"):
        clones.run_well(stage)
    told = json.loads((clones.folder / "data/records/mvp/record.json").read_text())
    figures = clones.training()
    records = figures["records"]
    assert records["folder"] == "data/records/mvp"
    assert records["pilots"] == ["mvp"]
    assert (records["episodes"], records["agent_steps"]) == (12, told["agent_steps"])
    assert len(records["digest"]) == 64
    assert figures["agent_steps"] >= 4000
    assert json.loads((clones.folder / "data/export/airspace/generic/origin.json").read_text())["records"] == records
    page = (clones.folder / "data/report/index.html").read_text()
    assert "records: data/records/mvp, 12 episodes, " in page
    assert f"by mvp; SHA-256 of its record.json {records['digest']}" in page


@pytest.mark.long
def test_a_clone_that_was_killed_goes_on_to_the_same_weights(clones: Checkout, tmp_path: Path) -> None:
    clones.run_well("train")
    check_that_training_survives_sigkill(clones, tmp_path / "again")


VALUE: dict[str, dict[str, Any]] = {
    "iql": {"tau": 0.05, "expectile": 0.8, "inverse_temperature": 3.0},
    "cql": {"tau": 0.05, "conservative_weight": 1.0},
    "cql of choices": {"tau": 0.05, "conservative_weight": 1.0, "policy_kwargs": {"net_arch": [8]}},
}


@pytest.mark.long
@pytest.mark.parametrize("name", VALUE)
def test_who_learns_what_records_were_worth_survives_sigkill_and_is_exported(
    name: str, clones: Checkout, tmp_path: Path
) -> None:
    clones.change({"train.algorithm": name.split()[0], "train.hyperparameters": BRIEF | VALUE[name]})
    if "choices" in name:
        clones.change({"airspace.simulation.actions.kind": "discrete", "train.records": "random"})
        record(clones, "airspace", "--pilot", "random", "--episodes", "12", "--into", "data/records/random")
    for stage in ("check", "scenarios", "train"):
        clones.run_well(stage)
    check_that_training_survives_sigkill(clones, tmp_path / "again")
    for stage in ("evaluate", "export"):
        clones.run_well(stage)
    assert clones.training()["records"]["episodes"] == 12


@pytest.mark.long
def test_ppo_beside_cloning_survives_sigkill_and_its_card_names_both(clones: Checkout, tmp_path: Path) -> None:
    beside = {"n_steps": 16, "batch_size": 256, "n_epochs": 1, "cloning_strength": {"start": 1.0, "end": 0.0}}
    clones.change({"train.algorithm": "ppo", "train.hyperparameters": beside})
    clones.run_well("train")
    check_that_training_survives_sigkill(clones, tmp_path / "again")
    for stage in ("evaluate", "export", "report"):
        clones.run_well(stage)
    page = (clones.folder / "data/report/index.html").read_text()
    assert "no named scenario was ever drawn; and records: data/records/mvp, 12 episodes, " in page


@pytest.mark.long
def test_ppo_begins_with_what_was_cloned(clones: Checkout) -> None:
    clones.run_well("train")
    shutil.copytree(clones.folder / TRAINED, clones.folder / "data/begin_with/clone")
    clones.change(
        {"train.algorithm": "ppo", "train.hyperparameters": {"n_steps": 16, "batch_size": 256, "n_epochs": 1}}
    )
    clones.change({"train.records": None, "train.begin_with": "clone", "train.total_timesteps": 1000})
    clones.run_well("check")
    assert "begins with weights, normalizer of data/begin_with/clone" in clones.run_well("train")


@pytest.mark.long
def test_other_records_are_an_input_of_the_training_that_names_them_alone(clones: Checkout) -> None:
    clones.change({"policies": {"generic": {}, "other": {"algorithm": "ppo", "records": None}}})
    places = [clones.folder / f"data/{name}.txt" for name in ("begun/airspace/generic", "begun/airspace/other")]
    clones.run_well("check")
    told = [path.read_text() for path in places]
    shutil.rmtree(clones.folder / "data/records/mvp")
    record(clones, "airspace", "--pilot", "mvp", "--episodes", "12", "--into", "data/records/mvp", "--seed", "1")
    clones.run_well("check")
    again = [path.read_text() for path in places]
    assert told[0].startswith("begins with nothing\nlearns from data/records/mvp: ")
    assert again[0] != told[0]
    assert again[1] == told[1] == "begins with nothing\n"


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "none named": (
        {"train.records": None},
        "params.yaml: train.records: got null, wanted a folder of data/records, as",
    ),
    "not there": (
        {"train.records": "mpv"},
        "params.yaml: train.records: data/records/mpv/record.json: not found, wanted a folder of data/records",
    ),
    "elsewhere": (
        {"train.records": "../models"},
        "params.yaml: train.records: got ../models, wanted a folder of data/rec",
    ),
    "of a policy": (
        {"train.records": "mvp", "policies.generic": {"records": "mpv"}},
        "params.yaml: policies.generic.records: data/records/mpv/record.json: not found",
    ),
    "not learned from": (
        {"train.algorithm": "ppo", "train.hyperparameters": {}},
        "train.records: got mvp, wanted null: ppo learns from no records without hyperparameters.cloning_strength",
    ),
    "none beside": (
        {"train.algorithm": "ppo", "train.hyperparameters": {"cloning_strength": 0.5}, "train.records": None},
        "params.yaml: train.records: got null, wanted a folder of data/records, as",
    ),
    "other spaces": (
        {"airspace.simulation.observation": {"num_neighbours": 2}},
        "params.yaml: train.records: data/records/mvp/record.json: observation: got ",
    ),
    "too few episodes": (
        {"train.hyperparameters": BRIEF | {"held_out": 0.99}},
        "hyperparameters.held_out: got 0.99, 12 of 12 episodes, wanted fewer, or more episodes in the records",
    ),
    "a bad value": (
        {"train.hyperparameters": BRIEF | {"held_out": 1.0}},
        "hyperparameters.held_out: got 1.0, wanted a number of 0 or more, below 1",
    ),
}


def test_records_that_cannot_be_learned_from_are_refused_first(clones: Checkout, refuse: Callable[..., str]) -> None:
    """By the stage check, while what was trained before still stands."""
    before = clones.training()
    for name, (changes, said) in REFUSED.items():
        shutil.copy(clones.folder / "params.yaml", clones.folder / "before.yaml")
        clones.change(changes)
        refusal = refuse("check")
        assert said in refusal, name
        assert "\n" not in refusal, name
        shutil.copy(clones.folder / "before.yaml", clones.folder / "params.yaml")
    (clones.folder / "data/records/mvp/part-00000.parquet").write_bytes(b"PAR1")
    assert "params.yaml: train.records: data/records/mvp/part-00000.parquet: not a table" in refuse("check")
    assert clones.training() == before
