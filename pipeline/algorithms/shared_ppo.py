"""PPO of one shared policy over active rows: by torch, or by a compiled gradient that is the same but for rounding."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.type_aliases import Schedule
from stable_baselines3.common.utils import explained_variance

from pipeline.algorithms.late_adam import LateAdam
from pipeline.algorithms.on_policy import SharedOnPolicy, deal
from pipeline.gradient.adam import FlatAdam
from pipeline.gradient.network import CompiledNetwork, Losses, why_not


class SharedPPO(SharedOnPolicy, PPO):
    """PPO (Schulman et al., 2017) over active rows.

    Attributes:
        max_std: a schedule of the largest standard deviation of continuous actions; None: no limit. A policy that ends
            with less noise than it would choose learns to switch sharply between two ways around another agent.
    """

    ADDED = SharedOnPolicy.ADDED | {"max_std"}
    SCHEDULED = SharedOnPolicy.SCHEDULED | {"max_std"}
    max_std: Schedule | None = None
    _compiled: Mapping[Any, CompiledNetwork] = MappingProxyType({})

    @property
    def network(self) -> CompiledNetwork | None:
        """The compiled network of the policy in place, once `compile` was called; None where torch does it all."""
        return self._compiled.get(self.policy)

    def _setup_model(self) -> None:
        """As PPO; an optimiser that says no more than Stable-Baselines3 does begins when it is asked."""
        if not {"optimizer_class", "optimizer_kwargs"} & self.policy_kwargs.keys():
            self.policy_kwargs = {**self.policy_kwargs, "optimizer_class": LateAdam, "optimizer_kwargs": {"eps": 1e-5}}
        super()._setup_model()

    def why_not_compiled(self) -> str:
        """See SharedPolicy.why_not_compiled."""
        if self.clip_range_vf is not None:
            return "clip_range_vf: wanted null"
        policy, *_ = self.policies  # the others are of the same kind
        if not issubclass(policy.optimizer_class, torch.optim.Adam):
            return f"optimizer_class: got {policy.optimizer_class.__name__}, wanted Adam"
        return why_not(policy)

    def compile(self) -> None:
        """See SharedPolicy.compile."""
        self._compiled = {policy: CompiledNetwork(policy) for policy in self.policies}
        for policy, network in self._compiled.items():
            settings: dict[str, Any] = {"lr": self.lr_schedule(1.0), **policy.optimizer_kwargs}
            policy.optimizer = FlatAdam(network.weights, list(policy.parameters()), **settings)

    def collect_rollouts(self, *arguments: Any, **settings: Any) -> bool:
        """See SharedOnPolicy.collect_rollouts."""
        for network in self._compiled.values():
            network.take_weights()
        return super().collect_rollouts(*arguments, **settings)

    def _learn(self) -> None:
        """See SharedOnPolicy._learn; then limit the noise of the next rollout."""
        if self.network:
            self._train_compiled(self.network)
        else:
            super()._learn()
        self.limit_noise()

    def limit_noise(self) -> None:
        """Let the noise be no larger than it may be now."""
        if self.max_std is not None:
            with torch.no_grad():
                self.policy.log_std.clamp_(max=math.log(self.max_std(self._current_progress_remaining)))

    def _choose(
        self, obs: np.ndarray, rows: np.ndarray, limits: dict[str, np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """See SharedOnPolicy._choose."""
        if not self.network:
            return super()._choose(obs, rows, limits)
        mean, values = self.network.look_and_judge(obs, rows)
        policy: Any = self.policy
        with torch.no_grad():
            distribution = policy.action_dist.proba_distribution(torch.from_numpy(mean), policy.log_std)
            actions = distribution.get_actions()
            return actions.numpy(), values, log_probs_of(actions, torch.from_numpy(mean), policy.log_std).numpy()

    def _judge(self, obs: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """See SharedOnPolicy._judge."""
        return self.network.look_and_judge(obs, rows)[1] if self.network else super()._judge(obs, rows)

    def _train_compiled(self, network: CompiledNetwork) -> None:
        """What PPO.train does, from the same random minibatches."""
        self._update_learning_rate(self.policy.optimizer)
        network.take_weights()
        buffer, losses = self.rollout_buffer, list[Losses]()
        flown = np.flatnonzero(buffer.active)
        columns = {name: getattr(buffer, name).reshape(buffer.active.size, -1) for name in buffer.COLUMNS}
        known = np.hstack([columns[name] for name in ("log_probs", "advantages", "returns")])
        for _ in range(self.n_epochs):
            goes_on = self._learn_once(network, flown, columns, known, losses)
            self._n_updates += 1
            if not goes_on:
                break
        network.give_weights()
        values, returns = (columns[name][flown, 0] for name in ("values", "returns"))
        self._log(losses, explained_variance(values, returns))

    def _learn_once(
        self,
        network: CompiledNetwork,
        flown: np.ndarray,
        columns: dict[str, np.ndarray],
        known: np.ndarray,
        losses: list[Losses],
    ) -> bool:
        """One epoch; returns whether there may be another, as target_kl has it."""
        optimizer: Any = self.policy.optimizer
        clip_range = self.clip_range(self._current_progress_remaining)  # type: ignore[operator]
        for batch in deal(len(flown), self.batch_size):
            rows = flown[batch.numpy()]
            sampled = known[rows]
            if self.normalize_advantage and len(rows) > 1:
                advantages = sampled[:, 1]
                sampled[:, 1] = (advantages - advantages.mean()) / (advantages.std(ddof=1) + 1e-8)
            losses.append(network.differentiate(rows, columns, sampled, clip_range, self.vf_coef))
            if self.target_kl is not None and losses[-1].approx_kl > 1.5 * self.target_kl:
                return False
            network.slope_of(self.policy.log_std).sub_(self.ent_coef)  # a Gaussian's entropy is the sum of log_std
            optimizer.step_within(self.max_grad_norm)
        return True

    def _log(self, losses: list[Losses], explained: float) -> None:
        """Record what PPO.train records."""
        means = Losses(*np.mean(losses, axis=0))
        log_std = self.policy.log_std.detach()
        entropy_loss = -gaussian_entropy(log_std)
        for name, value in {
            "entropy_loss": entropy_loss,
            "policy_gradient_loss": means.policy,
            "value_loss": means.value,
            "approx_kl": means.approx_kl,
            "clip_fraction": means.clip_fraction,
            "loss": losses[-1].policy + self.vf_coef * losses[-1].value + self.ent_coef * entropy_loss,
            "explained_variance": explained,
            "std": float(log_std.exp().mean()),
            "clip_range": self.clip_range(self._current_progress_remaining),  # type: ignore[operator]
        }.items():
            self.logger.record(f"train/{name}", value)
        self.logger.record("train/n_updates", self._n_updates, exclude="tensorboard")


def gaussian_entropy(log_std: torch.Tensor) -> float:
    """Of independent normal draws with these logarithms of deviations (A,)."""
    return float((log_std + 0.5 + 0.5 * math.log(2.0 * math.pi)).sum())


def log_probs_of(actions: torch.Tensor, mean: torch.Tensor, log_std: torch.Tensor) -> torch.Tensor:
    """What torch's Normal says (n,) of actions and means (n, A), in one thread: log_std (A,) is the same for all rows.

    Of a deviation for each row it would take the logarithm in several threads, which wait for each other.
    """
    std = log_std.exp()
    return (-((actions - mean) ** 2) / (2.0 * std**2) - std.log() - math.log(math.sqrt(2.0 * math.pi))).sum(1)
