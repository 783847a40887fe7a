"""PPO that also learns to do what was done in records: behaviour cloning beside the reward.

As in Unity's ML-Agents the likelihood of what was done is a loss of its own, followed after each of PPO's iterations by
an optimiser of its own, whose learning rate is a share of PPO's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from stable_baselines3.common.type_aliases import Schedule

from envs.ground.rows.normalize import ActiveVecNormalize
from pipeline.algorithms.learner import Facts
from pipeline.algorithms.offline.cloning import within
from pipeline.algorithms.on_policy import num_batches
from pipeline.algorithms.recorded import Dealer, Recorded
from pipeline.algorithms.sb3 import SB3Learner
from pipeline.algorithms.sb3_kind import SB3Kind
from pipeline.algorithms.shared_ppo import SharedPPO

STRENGTH = "cloning_strength"


class SharedPPOBesideCloning(SharedPPO):
    """PPO, and after each iteration as many minibatches of recorded rows as one epoch of it has.

    The mean of the policy's actions follows them; its noise is PPO's alone.

    Attributes:
        cloning_strength: a schedule of the learning rate of cloning, as a share of PPO's; where it is 0, it is PPO.
        num_cloned: recorded rows that were learned from.
    """

    ADDED = SharedPPO.ADDED | {STRENGTH}
    SCHEDULED = SharedPPO.SCHEDULED | {STRENGTH}
    _LAST = (*SharedPPO._LAST, "num_cloned")
    cloning_strength: Schedule
    num_cloned: int = 0

    def study(self, recorded: Recorded) -> None:
        """Learn from these rows, too; before the first step."""
        self._recorded, self._dealer = recorded, Dealer(np.arange(len(recorded)), self.seed or 0)
        learned = [own for name, own in self.policy.named_parameters() if name != "log_std"]
        self._cloner = torch.optim.Adam(learned)

    def _learn(self) -> None:
        """See SharedOnPolicy._learn; then learn from records."""
        super()._learn()
        strength = self.cloning_strength(self._current_progress_remaining)
        for group in self._cloner.param_groups:
            group["lr"] = strength * self.lr_schedule(self._current_progress_remaining)
        count = num_batches(int(self.rollout_buffer.active.sum()), self.batch_size)
        losses = [self._clone() for _ in range(count)]
        self.logger.record("train/cloning_loss", np.mean(losses))
        self.logger.record(f"train/{STRENGTH}", strength)

    def _clone(self) -> float:
        """Learn from one minibatch; how unlikely it was, -log p."""
        assert isinstance(self.env, ActiveVecNormalize)
        rows, own = self._dealer.deal(self.num_cloned, self.batch_size), self._recorded
        self.num_cloned += len(rows)
        seen = torch.as_tensor(self.env.normalize_obs(own.observation[rows]), device=self.device).float()
        allowed = None if own.allowed is None else torch.as_tensor(own.allowed[rows], device=self.device)
        distribution = within(self.policy.get_distribution(seen), allowed)
        unlikely = -distribution.log_prob(torch.as_tensor(own.action[rows], device=self.device)).mean()
        self.policy.zero_grad()
        unlikely.backward()
        torch.nn.utils.clip_grad_norm_(self.policy.parameters(), self.max_grad_norm)
        self._cloner.step()
        return unlikely.item()

    def state(self) -> dict[str, Any]:
        """See SharedPolicy.state."""
        return super().state() | {"cloner": self._cloner.state_dict()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """See SharedPolicy.restore."""
        super().restore(state)
        self._cloner.load_state_dict(state["cloner"])


@dataclass(frozen=True)
class PPOKind(SB3Kind):
    """See Kind: PPO, beside cloning where its strength is told."""

    def make(
        self, hyperparameters: Mapping[str, Any], venv: Any, seed: int, facts: Facts, device: str, gradient: str
    ) -> SB3Learner:
        """See Kind.make."""
        if STRENGTH not in hyperparameters:
            return replace(self, model=SharedPPO)._made(hyperparameters, venv, seed, facts, device, gradient)
        if facts.recorded is None:
            raise ValueError(f"hyperparameters.{STRENGTH}: got no records, wanted train.records to name some")
        if facts.roles:
            raise ValueError(f"hyperparameters.{STRENGTH}: got train.share: role, wanted all: records know no roles")
        learner = self._made(hyperparameters, venv, seed, facts, device, gradient)
        assert isinstance(learner.model, SharedPPOBesideCloning)
        learner.model.study(facts.recorded)
        return learner

    def _made(self, *given: Any) -> SB3Learner:
        return super().make(*given)
