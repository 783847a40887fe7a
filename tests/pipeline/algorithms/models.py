"""Algorithms of Stable-Baselines3 as the table makes them, without the learner around them."""

from __future__ import annotations

from typing import Any

from pipeline.algorithms.sb3 import SB3Learner
from pipeline.algorithms.sb3_kind import SB3Kind
from pipeline.algorithms.table import ALGORITHMS, make_algorithm

OF_SB3 = tuple(name for name, kind in ALGORITHMS.items() if isinstance(kind, SB3Kind) and not kind.needs)
"""Those that learn in any world; others have tests of their own."""
CENTRAL: dict[str, Any] = {"critic_sees": "world", "critic_pooling": "attention", "critic_width": 8}
"""What a critic sees that sees others, too."""
MINIBATCHED = ("ppo", "trpo", "impala", "appo", "maskable_ppo", "recurrent_ppo")
REPLAYS = {"learning_starts": 20, "batch_size": 16}
SHORT: dict[str, dict[str, Any]] = {
    "a2c": {"n_steps": 8},
    **{name: {"n_steps": 8, "batch_size": 16} for name in MINIBATCHED},
    **dict.fromkeys(("sac", "tqc", "crossq", "td3", "ddpg"), REPLAYS),
    **{name: {**REPLAYS, "target_update_interval": 20} for name in ("dqn", "qrdqn")},
    "mappo": {"n_steps": 8, "batch_size": 16, **CENTRAL},
    "ars": {"n_delta": 2},
}
"""Hyperparameters by which each algorithm learns within some sixty steps."""


def make_model(*arguments: Any, **settings: Any) -> Any:
    """What `make_algorithm` puts into its learner."""
    learner = make_algorithm(*arguments, **settings)
    assert isinstance(learner, SB3Learner)
    return learner.model


def actions_for(algorithm: str) -> str:
    """A kind of actions that it takes."""
    takes = ALGORITHMS[algorithm].takes
    return "continuous" if takes == "any" else takes


def small_network(algorithm: str, **kwargs: Any) -> dict[str, Any]:
    """policy_kwargs; where an algorithm remembers, of a memory that is quickly trained."""
    return {"net_arch": [8], **({"lstm_hidden_size": 8} if algorithm == "recurrent_ppo" else {}), **kwargs}
