"""All stages of the triangles, small: what one room promises another keeps, from scenarios to the page."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest
from conftest import STAGES, Checkout, new_checkout

SMALL: dict[str, Any] = {
    "worlds": ["triangles"],
    "triangles.scenarios.suite": ["one_gap", "few_ways"],
    "triangles.scenarios.validation.num_episodes": 6,
    "triangles.scenarios.test.num_episodes": 12,
    "triangles.baselines.beam.width": 4,
    "triangles.evaluation.sizes": {"numbers": [2, 4], "num_episodes": 4},
    "triangles.train.num_worlds": 16,
    "triangles.train.total_timesteps": 1024,
    "triangles.train.checkpoint_every_timesteps": 512,
    "triangles.train.hyperparameters.batch_size": 128,
    "triangles.train.hyperparameters.policy_kwargs": {"net_arch": [16], "activation_fn": "relu"},
    "triangles.train.validation.every_timesteps": 512,
}
ARGUMENTS = {
    "scenarios": ("triangles",),
    "train": ("triangles", "generic", "0"),
    "evaluate": ("triangles", "generic", "0"),
    "export": ("triangles", "generic"),
}


@pytest.fixture(scope="module", params=[None, "trianglengin"])
def finished(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    checkout = new_checkout(tmp_path_factory.mktemp("triangles") / "checkout")
    checkout.change(SMALL | {"triangles.preset": request.param})
    for stage in STAGES:
        outcome = checkout.run(stage, *ARGUMENTS.get(stage, ()))
        assert outcome.status == 0, f"{stage}: {outcome.said}"
    return checkout


@pytest.mark.long
def test_every_set_is_played_by_the_policy_and_by_every_rule(finished: Checkout) -> None:
    folder = finished.folder / "data/evaluation/triangles/generic/0"
    figures = json.loads((folder / "figures.json").read_text())
    by = {"deterministic", "stochastic", "nothing", "random", "greedy", "room", "beam"}
    assert set(figures["suite"]) == set(figures["test"]) == by
    assert figures["test"]["beam"]["cleared_median"] > figures["test"]["greedy"]["cleared_median"]
    assert figures["test"]["beam"]["of_beam"] == 1.0
    assert set(pd.read_csv(folder / "curves.csv")["axis"]) == {"size"}
    episodes = pd.read_parquet(folder / "episodes.parquet")
    assert {"cleared", "lines", "multiple", "largest", "stuck"} <= set(episodes.columns)


@pytest.mark.long
def test_the_page_shows_positions_and_the_export_is_held_to_parity(finished: Checkout) -> None:
    assert "few_ways" in (finished.folder / "data/report/index.html").read_text()
    described = json.loads((finished.folder / "data/export/triangles/generic/policy.json").read_text())
    assert described["tested"]["rule"] == "beam"
    assert described["parity"]["largest_difference"] <= 1e-5
