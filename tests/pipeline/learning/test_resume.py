"""Facts about training that is stopped or killed: it goes on where it was, and ends with the same weights."""

import re
import signal
from pathlib import Path

import pytest
from conftest import Checkout, Running, check_that_training_survives_sigkill

from pipeline.learning.checkpoint import Checkpoint

ROOM = 4_000_000
"""More bytes than MLflow's database takes, fewer than a checkpoint of the wide network."""

WIDE = {"n_steps": 16, "n_epochs": 1, "policy_kwargs": {"net_arch": [1024, 1024]}}


def start_and_wait_for_a_checkpoint(checkout: Checkout) -> Running:
    running = checkout.start("train")
    running.wait_for(lambda: bool(checkout.checkpoints()))
    return running


def test_after_sigkill_training_goes_on_and_ends_with_the_same_weights(finished: Checkout, tmp_path: Path) -> None:
    check_that_training_survives_sigkill(finished, tmp_path / "checkout")
    assert finished.training()["best_agent_steps"] > 0, "the first weights are the best: choose what learns"


@pytest.mark.long
def test_after_sigterm_training_says_how_to_go_on_and_ends_with_the_same_weights(
    finished: Checkout, checkout: Checkout
) -> None:
    before = (checkout.folder / "data/models/airspace/generic/0/network.safetensors").read_bytes()
    running = start_and_wait_for_a_checkpoint(checkout)
    running.signal(signal.SIGTERM)
    stopped = running.outcome()
    assert stopped.status == 130
    assert "run the same again to go on from there" in stopped.said
    assert "Traceback" not in stopped.said
    assert len(checkout.checkpoints()) == 1
    assert (checkout.folder / "data/models/airspace/generic/0/network.safetensors").read_bytes() == before
    assert "goes on from" in checkout.run_well("train")
    assert checkout.training()["model_hash"] == finished.training()["model_hash"]
    assert checkout.learning_curve().equals(finished.learning_curve())
    assert checkout.checkpoints() == []


@pytest.mark.long
def test_a_second_run_at_once_says_busy_and_other_parameters_find_no_checkpoint(checkout: Checkout) -> None:
    running = start_and_wait_for_a_checkpoint(checkout)
    running.signal(signal.SIGSTOP)
    second = checkout.run("train")
    running.signal(signal.SIGKILL)
    assert second.status == 1
    assert "busy" in second.said
    assert "Traceback" not in second.said
    assert running.outcome().status == -signal.SIGKILL
    left = checkout.checkpoints()
    checkout.change({"train.total_timesteps": 500})
    said = checkout.run_well("train")
    assert "goes on from" not in said
    assert checkout.training()["resumed"] == 0
    assert checkout.checkpoints() == left


def test_a_checkpoint_of_something_else_is_named_and_never_taken_for_none(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path, "key")
    checkpoint.folder.mkdir()
    checkpoint.file.write_bytes(b"not a checkpoint")
    with pytest.raises(ValueError, match=f"{re.escape(str(checkpoint.file))}: cannot be read .* delete "):
        checkpoint.load()


@pytest.mark.long
def test_a_full_disk_while_training_is_told_and_the_old_model_stays(checkout: Checkout) -> None:
    folder = checkout.folder / "data/models/airspace/generic/0"
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    checkout.change({"train.hyperparameters": WIDE})
    outcome = checkout.run("train", largest_file=ROOM)
    assert outcome.status == 1
    assert "error: " in outcome.said
    assert "File too large" in outcome.said
    assert "Traceback" not in outcome.said
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert [path for path in checkout.folder.rglob(".*") if path.is_file()] == []


def test_a_full_disk_when_the_model_is_written_leaves_the_old_one(checkout: Checkout) -> None:
    folder = checkout.folder / "data/models/airspace/generic/0"
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    limits = {"train.total_timesteps": 300, "train.checkpoint_every_timesteps": 10_000}
    checkout.change({"train.hyperparameters": WIDE, **limits})
    outcome = checkout.run("train", largest_file=ROOM)
    assert outcome.status == 1
    assert "File too large" in outcome.said
    assert "Traceback" not in outcome.said
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.long
def test_a_full_tracking_database_is_told_in_a_line(checkout: Checkout) -> None:
    outcome = checkout.run("train", largest_file=(checkout.folder / "mlflow.db").stat().st_size)
    assert outcome.status == 1
    assert "mlflow.db" in outcome.said
    assert "Traceback" not in outcome.said
