"""MAPPO as the table of algorithms holds it: PPO's hyperparameters, and what its critic sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from envs.ground.record import unknown
from pipeline.algorithms.central.company import SEES
from pipeline.algorithms.central.mappo import SharedMAPPO
from pipeline.algorithms.central.policy import POOLINGS
from pipeline.algorithms.learner import Facts
from pipeline.algorithms.sb3 import SB3Learner, SharedPolicy
from pipeline.algorithms.sb3_kind import SB3Kind
from pipeline.algorithms.shared_ppo import SharedPPO

_CRITIC = {"critic_sees": SEES, "critic_pooling": tuple(POOLINGS)}
"""What is called by name, and the names."""
_NETWORK = ("critic_pooling", "critic_width")


@dataclass(frozen=True)
class CentralKind(SB3Kind):
    """See Kind; whose critic sees its own row alone is PPO itself."""

    model: type[SharedPolicy] = SharedMAPPO

    def known(self) -> tuple[str, ...]:
        """See Kind.known."""
        return (*super().known(), *_NETWORK)

    def check(self, hyperparameters: Mapping[str, Any], place: str) -> None:
        """See Kind.check."""
        super().check(hyperparameters, place)
        for name, names in _CRITIC.items():
            if name in hyperparameters and hyperparameters[name] not in names:
                raise ValueError(f"{place}.{name}: {unknown(str(hyperparameters[name]), names)}")

    def make(
        self, hyperparameters: Mapping[str, Any], venv: Any, seed: int, facts: Facts, device: str, gradient: str
    ) -> SB3Learner:
        """See Kind.make."""
        wanted = (*_NETWORK, "critic_sees")
        missing = [name for name in wanted if name not in hyperparameters]
        if missing:
            raise ValueError(f"hyperparameters: {missing[0]} is missing, wanted all of {', '.join(wanted)}")
        others = {name: value for name, value in hyperparameters.items() if name not in wanted}
        if hyperparameters["critic_sees"] == "own":
            return SB3Kind(SharedPPO).make(others, venv, seed, facts, device, gradient)
        network = {name: hyperparameters[name] for name in _NETWORK}
        others["policy_kwargs"] = {**others.get("policy_kwargs", {}), **network}
        sees = {"critic_sees": hyperparameters["critic_sees"]}
        return super().make({**others, **sees}, venv, seed, facts, device, gradient)
