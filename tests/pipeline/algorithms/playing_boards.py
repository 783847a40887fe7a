"""AlphaZero and MuZero on a small board, as `make_algorithm` makes them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from envs.boards.simulation.room import SIMULATION
from envs.ground.rows.normalize import ActiveVecNormalize
from pipeline.algorithms.learner import Facts
from pipeline.algorithms.table import make_algorithm

FLAT: Mapping[str, Any] = {"features_extractor": "flat", "net_arch": [16], "activation_fn": "relu"}
ARCH: Mapping[str, Any] = {"representation": [16, 8], "dynamics": [16], "prediction": [8]}
SEES: Mapping[str, Any] = {
    "features_extractor": "residual",
    "features_extractor_kwargs": {"features": 8, "filters": 4, "blocks": 1, "window": 2},
    "activation_fn": "relu",
}
RESIDUAL: Mapping[str, Any] = {**SEES, "net_arch": []}
RATE: Mapping[str, float] = {"start": 0.01, "end": 0.001}
PACE: Mapping[str, int] = {"n_steps": 3, "gradient_steps": 2, "batch_size": 16, "buffer_size": 100}
BOTH: Mapping[str, Any] = {
    **{"learning_rate": RATE, "weight_decay": 0.0001, "vf_coef": 1.0, "gamma": 0.9},
    **{"num_simulations": 4, "num_considered": 4},
    **PACE,
}
SMALL: Mapping[str, Any] = {**BOTH, "searched_share": 0.25, "policy_kwargs": FLAT}
SMALL_MUZERO: Mapping[str, Any] = {
    **BOTH,
    **{"reward_coef": 0.5, "unroll_steps": 3, "bootstrap_steps": 2, "reanalysed": 4},
    **{"priority_exponent": 0.6, "importance_exponent": {"start": 0.4, "end": 1.0}},
    "support": {"most": 1.0, "count": 11, "spacing": "even"},
    "policy_kwargs": {**FLAT, "net_arch": ARCH},
}
LEARNERS: dict[str, Mapping[str, Any]] = {"alphazero": SMALL, "muzero": SMALL_MUZERO}
NUM_WORLDS = 8


def learner(name: str, seed: int = 0, world: Mapping[str, Any] | None = None, **changes: Any) -> Any:
    """A learner of tic-tac-toe; `world` are changes of the boards' settings, `changes` of hyperparameters."""
    settings = SIMULATION.settings.from_values({"game": "tic_tac_toe", **(world or {})})
    normalized = {name: changes.pop(name, False) for name in ("norm_obs", "norm_reward")}
    venv = ActiveVecNormalize(SIMULATION.vectorized(settings, NUM_WORLDS, seed=seed), **normalized, gamma=0.9)
    gradient, facts = changes.pop("gradient", "auto"), Facts.of(SIMULATION, settings)
    return make_algorithm(name, {**LEARNERS[name], **changes}, venv, seed, facts, gradient=gradient)


alphazero, muzero = partial(learner, "alphazero"), partial(learner, "muzero")
