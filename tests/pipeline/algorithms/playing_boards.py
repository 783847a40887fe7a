"""AlphaZero on a small board, as `make_algorithm` makes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from envs.boards.simulation.room import SIMULATION
from envs.ground.rows.normalize import ActiveVecNormalize
from pipeline.algorithms.learner import Facts
from pipeline.algorithms.table import make_algorithm

FLAT: Mapping[str, Any] = {"features_extractor": "flat", "net_arch": [16], "activation_fn": "relu"}
RESIDUAL: Mapping[str, Any] = {
    "features_extractor": "residual",
    "features_extractor_kwargs": {"features": 8, "filters": 4, "blocks": 1, "window": 2},
    "net_arch": [],
    "activation_fn": "relu",
}
SMALL: Mapping[str, Any] = {
    "learning_rate": {"start": 0.01, "end": 0.001},
    "weight_decay": 0.0001,
    "vf_coef": 1.0,
    "gamma": 0.9,
    "searched_share": 0.25,
    "num_simulations": 4,
    "num_considered": 4,
    "n_steps": 3,
    "gradient_steps": 2,
    "batch_size": 16,
    "buffer_size": 100,
    "policy_kwargs": FLAT,
}
NUM_WORLDS = 8


def alphazero(seed: int = 0, world: Mapping[str, Any] | None = None, **changes: Any) -> Any:
    """A learner of tic-tac-toe; `world` are changes of the boards' settings, `changes` of hyperparameters."""
    settings = SIMULATION.settings.from_values({"game": "tic_tac_toe", **(world or {})})
    normalized = {name: changes.pop(name, False) for name in ("norm_obs", "norm_reward")}
    venv = ActiveVecNormalize(SIMULATION.vectorized(settings, NUM_WORLDS, seed=seed), **normalized, gamma=0.9)
    gradient = changes.pop("gradient", "auto")
    facts = Facts.of(SIMULATION, settings)
    return make_algorithm("alphazero", {**SMALL, **changes}, venv, seed, facts, gradient=gradient)
