"""Each further family through the stages: trained, killed and gone on with to the same weights, evaluated, exported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Checkout, check_that_training_survives_sigkill

from pipeline.export.policy_file import read_policy
from tests.pipeline.algorithms.models import CENTRAL

REPLAYS: dict[str, Any] = {
    "buffer_size": 2000,
    "learning_starts": 300,
    "batch_size": 16,
    "policy_kwargs": {"net_arch": [8]},
}
LAGGED: dict[str, Any] = {"n_steps": 16, "batch_size": 64, "policy_kwargs": {"net_arch": [8]}}
CHOOSES = {**REPLAYS, "target_update_interval": 200}
FAMILIES: dict[str, dict[str, Any]] = {
    "mappo": {"n_steps": 16, "batch_size": 64, "policy_kwargs": {"net_arch": [8]}, **CENTRAL},
    "crossq": REPLAYS,
    "td3": {**REPLAYS, "action_noise": 0.1},
    "ddpg": {**REPLAYS, "action_noise": 0.1},
    "dqn": CHOOSES,
    "qrdqn": CHOOSES,
    "ars": {"n_delta": 4, "n_top": 2},
    "impala": LAGGED,
    "appo": LAGGED,
}

pytestmark = pytest.mark.long


@pytest.fixture(scope="module", params=FAMILIES)
def trained(request: Any, finished: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout whose policy was trained by one of them."""
    checkout = finished.copy(tmp_path_factory.mktemp(request.param) / "checkout")
    kind = "discrete" if request.param in ("dqn", "qrdqn") else "continuous"
    changes = {"train.algorithm": request.param, "train.hyperparameters": FAMILIES[request.param]}
    changes |= {"train.preset": "general"} if request.param == "impala" else {}
    checkout.change({**changes, "airspace.simulation.actions.kind": kind})
    for stage in ("scenarios", "train") if kind == "discrete" else ("train",):
        checkout.run_well(stage)
    return checkout


def test_after_sigkill_it_goes_on_and_ends_with_the_same_weights(trained: Checkout, tmp_path: Path) -> None:
    check_that_training_survives_sigkill(trained, tmp_path / "checkout")


def test_evaluate_and_export_take_it(trained: Checkout) -> None:
    for stage in ("evaluate", "export"):
        trained.run_well(stage)
    policy, described = read_policy(trained.folder / "data/export/airspace/generic")
    assert described.parity["largest_difference"] <= 1e-4
    assert np.abs(policy.act(np.ones((3, policy.num_features), np.float32), np.ones((3, 2)))).max() <= 1.0
