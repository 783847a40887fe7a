"""All stages of the boards, small: what one room promises another keeps, from scenarios to the page."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest
from conftest import STAGES, Checkout, new_checkout

SMALL: dict[str, Any] = {
    "worlds": ["boards"],
    "boards.simulation": {
        "game": "tic_tac_toe",
        "openings": {"least": 0, "most": 6},
        "opponent": {"kind": "self", "depth": 2},
    },
    "boards.scenarios.suite": ["ttt_take_the_middle", "ttt_block"],
    "boards.scenarios.validation.num_episodes": 6,
    "boards.scenarios.test.num_episodes": 12,
    "boards.evaluation.stones": {"numbers": [2, 4], "num_episodes": 4},
    "boards.evaluation.contests": {"depths": [0, 2], "openings": {"least": 0, "most": 2}, "num_episodes": 6},
    "boards.train.simulation": {},
    "boards.train.normalize_observation": False,
    "boards.train.normalize_reward": False,
    "boards.train.num_worlds": 16,
    "boards.train.total_timesteps": 3000,
    "boards.train.checkpoint_every_timesteps": 1000,
    "boards.train.validation.every_timesteps": 1000,
    "evaluate.searched_simulations": 8,
}
ALGORITHMS: dict[str, dict[str, Any]] = {
    "maskable_ppo": {"boards.train.algorithm": "maskable_ppo"},
    "alphazero": {
        "boards.train.algorithm": "alphazero",
        "boards.train.hyperparameters": {
            "num_simulations": 4,
            "batch_size": 64,
            "buffer_size": 1000,
            "policy_kwargs": {"features_extractor_kwargs": {"features": 16, "filters": 8, "blocks": 1, "window": 2}},
        },
    },
    "muzero": {
        "boards.train.algorithm": "muzero",
        "boards.train.hyperparameters": {
            **{"num_simulations": 4, "batch_size": 64, "buffer_size": 1000, "gradient_steps": 8},
            **{"priority_exponent": 0.6, "reanalysed": 16},
            "policy_kwargs": {
                "features_extractor_kwargs": {"features": 16, "filters": 8, "blocks": 1, "window": 2},
                "net_arch": {"representation": [16], "dynamics": [32], "prediction": [16]},
            },
        },
    },
}
SEARCHED = {"alphazero": {"searched"}, "muzero": {"searched"}, "maskable_ppo": set[str]()}
ARGUMENTS = {
    "scenarios": ("boards",),
    "train": ("boards", "generic", "0"),
    "evaluate": ("boards", "generic", "0"),
    "export": ("boards", "generic"),
}


@pytest.fixture(scope="module", params=ALGORITHMS)
def algorithm(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, algorithm: str) -> Checkout:
    checkout = new_checkout(tmp_path_factory.mktemp("boards") / "checkout")
    checkout.change(SMALL | ALGORITHMS[algorithm])
    for stage in STAGES:
        outcome = checkout.run(stage, *ARGUMENTS.get(stage, ()))
        assert outcome.status == 0, f"{stage}: {outcome.said}"
    return checkout


@pytest.mark.long
def test_every_set_is_played_by_the_policy_and_by_every_rule(finished: Checkout, algorithm: str) -> None:
    folder = finished.folder / "data/evaluation/boards/generic/0"
    figures = json.loads((folder / "figures.json").read_text())
    by = {"deterministic", "stochastic", "nothing", "random", "win_or_block", "alpha_beta", "perfect"} | SEARCHED[
        algorithm
    ]
    assert set(figures["suite"]) == set(figures["test"]) == by
    assert figures["test"]["perfect"]["mistake_rate"] == 0.0
    assert figures["depth_2"]["perfect"]["points"] >= 0.5
    assert figures["test"]["nothing"]["mistake_rate"] > 0.0
    curves = pd.read_csv(folder / "curves.csv")
    assert set(curves["axis"]) == {"stones", "depth"}
    moves = pd.read_parquet(folder / "events.parquet")
    assert {"ply", "free", "player", "choice", "value", "lost"} <= set(moves.columns)


@pytest.mark.long
def test_drawn_positions_are_proven_and_the_page_shows_them(finished: Checkout) -> None:
    table = pd.read_parquet(finished.folder / "data/scenarios/boards/test.parquet")
    assert table["solved"].all()
    assert set(table["method"]) == {"exact"}
    assert (table["num_keeping"] < table["num_moves"]).all()
    assert "ttt_block" in (finished.folder / "data/report/index.html").read_text()
    described = json.loads((finished.folder / "data/export/boards/generic/policy.json").read_text())
    assert described["tested"]["rule"] == "alpha_beta"
    assert described["parity"]["largest_difference"] <= 1e-5
