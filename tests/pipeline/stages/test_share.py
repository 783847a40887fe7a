"""A policy for each role goes through training, evaluation and export; a training that was stopped goes on exactly."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import Checkout, new_checkout

from envs.ground.play import Episodes, Space, play
from pipeline.export.policy_file import read_policy
from pipeline.policies.deployed import TorchPolicy
from pipeline.policies.model_files import read_model
from pipeline.policies.network import NetworkByRole

pytestmark = pytest.mark.long

CHASE: dict[str, Any] = {
    "worlds": ["pettingzoo"],
    "pettingzoo.simulation.module": "mpe2.simple_tag_v3",
    "pettingzoo.simulation.max_steps": 12,
    "pettingzoo.scenarios.validation": {"num_episodes": 3, "only_conflicting": False, "only_solvable": False},
    "pettingzoo.scenarios.test": {"num_episodes": 4, "only_conflicting": False, "only_solvable": False},
    "pettingzoo.train.num_worlds": 4,
    "pettingzoo.train.total_timesteps": 2000,
    "pettingzoo.train.checkpoint_every_timesteps": 300,
    "pettingzoo.train.validation": {"every_timesteps": 700},
    "policies": {"generic": {"share": "role"}},
}
ARGUMENTS = {
    "scenarios": ("pettingzoo",),
    "train": ("pettingzoo", "generic", "0"),
    "evaluate": ("pettingzoo", "generic", "0"),
    "export": ("pettingzoo", "generic"),
}
MODEL = "data/models/pettingzoo/generic/0"


def run_well(checkout: Checkout, stage: str) -> str:
    outcome = checkout.run(stage, *ARGUMENTS.get(stage, ()))
    assert outcome.status == 0, f"{stage}: {outcome.said}"
    return outcome.said


@pytest.fixture(scope="module")
def chased(once: Callable[[str, Callable[[Path], None]], Path]) -> Checkout:
    """A checkout in which all has run; not to be changed."""

    def make(folder: Path) -> None:
        checkout = new_checkout(folder)
        checkout.change(CHASE)
        for stage in ("check", *ARGUMENTS):
            run_well(checkout, stage)

    return Checkout(once("chased", make))


def test_what_was_trained_is_a_network_for_each_role(chased: Checkout) -> None:
    network = read_model(chased.folder / MODEL).network
    assert isinstance(network, NetworkByRole)
    assert (len(network.parts), network.first) == (2, 16)


def test_returns_of_both_roles_are_evaluated(chased: Checkout) -> None:
    folder = chased.folder / "data/evaluation/pettingzoo/generic/0"
    figures = json.loads((folder / "figures.json").read_text())["test"]["deterministic"]
    episodes = pd.read_parquet(folder / "episodes.parquet")
    own = episodes[(episodes["set"] == "test") & (episodes["mode"] == "deterministic")]
    for role in ("adversary", "agent"):
        assert figures[f"return_{role}"] == pytest.approx(own[f"return_{role}"].mean())


def test_the_exported_file_plays_as_the_network_does(chased: Checkout) -> None:
    policy, told = read_policy(chased.folder / "data/export/pettingzoo/generic")
    space = Space(told.simulation, told.simulation_settings, discount=told.discount)
    exported, own = (
        play(space, Episodes.drawn(np.arange(5, dtype=np.uint64)), player).episodes
        for player in (policy, TorchPolicy(read_model(chased.folder / MODEL).network))
    )
    pd.testing.assert_frame_equal(exported, own)


def test_after_sigterm_it_goes_on_to_the_same_weights(chased: Checkout, tmp_path: Path) -> None:
    stopped = chased.copy(tmp_path / "stopped")
    running = stopped.start("train", *ARGUMENTS["train"])
    running.wait_for(lambda: bool(stopped.checkpoints()))
    running.signal(signal.SIGTERM)
    assert running.outcome().status == 130
    assert "goes on from" in run_well(stopped, "train")
    hashes = [json.loads((own.folder / MODEL / "training.json").read_text())["model_hash"] for own in (stopped, chased)]
    assert hashes[0] == hashes[1]
