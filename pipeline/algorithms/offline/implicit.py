"""Implicit Q-learning (Kostrikov et al., 2021): nothing is asked of actions that were not recorded.

A state's value is an expectile of what the recorded actions are worth there, so near to that of the best of them. The
policy, the network of PPO with its critic, is cloned from what was done, where that was better than the value by more.
"""

from __future__ import annotations

import copy
from typing import Any, ClassVar

import numpy as np
import torch
from gymnasium.spaces.utils import flatdim
from stable_baselines3 import PPO
from stable_baselines3.common.policies import ActorCriticPolicy, BasePolicy
from stable_baselines3.common.torch_layers import create_mlp, get_actor_critic_arch
from stable_baselines3.common.type_aliases import GymEnv, Schedule
from stable_baselines3.common.utils import polyak_update

from pipeline.algorithms.offline.cloning import within
from pipeline.algorithms.offline.learning import SharedValuing
from pipeline.algorithms.sb3 import SharedPolicy

_MOST_WEIGHT = 100.0
"""Of a row in the policy's loss, as authors have it."""


class TwoCritics(torch.nn.Module):
    """Two estimates of what actions are worth: numbers are an input beside what is seen, each choice is an output."""

    def __init__(self, policy: ActorCriticPolicy) -> None:
        """With layers as those of the policy's own critic."""
        super().__init__()
        self.chooses, size = policy.action_space.shape == (), int(flatdim(policy.action_space))
        sizes = (0, size) if self.chooses else (size, 1)
        self.extractor = policy.make_features_extractor()
        arch = get_actor_critic_arch(_as_sac_has_it(policy.net_arch))[1]
        self.networks = torch.nn.ModuleList(
            torch.nn.Sequential(*create_mlp(policy.features_dim + sizes[0], sizes[1], arch, policy.activation_fn))
            for _ in range(2)
        )

    def forward(self, seen: torch.Tensor, done: torch.Tensor) -> torch.Tensor:
        """What was done (B, K), or chosen (B,), is worth (2, B) where this was seen (B, D)."""
        features = self.extractor(seen)
        if self.chooses:
            return torch.stack([own(features).gather(1, done[:, None])[:, 0] for own in self.networks])
        inputs = torch.cat([features, done], 1)
        return torch.stack([own(inputs)[:, 0] for own in self.networks])


def _as_sac_has_it(arch: Any) -> Any:
    """A network's layers; of a critic PPO says vf, SAC says qf."""
    return {"pi": arch.get("pi", []), "qf": arch.get("vf", [])} if isinstance(arch, dict) else arch


class SharedIQL(SharedValuing):
    """Implicit Q-learning. Its critics of actions are no part of the weights: who learns on is PPO, or begins anew.

    Args:
        tau: how far the critics' targets follow them in each step.
        expectile: above 0.5: how near a value is to what the best recorded action is worth.
        inverse_temperature: how much more a row counts whose action is worth more; 0: it is behaviour cloning.
    """

    SET_EACH_TIME = frozenset({"tau", "expectile", "inverse_temperature", "max_grad_norm"})
    SCHEDULED = SharedPolicy.SCHEDULED | SET_EACH_TIME
    policy_aliases: ClassVar[dict[str, type[BasePolicy]]] = PPO.policy_aliases
    policy: ActorCriticPolicy

    def __init__(
        self,
        policy: str | type[ActorCriticPolicy],
        env: GymEnv,
        learning_rate: float | Schedule,
        batch_size: int,
        gradient_steps: int,
        held_out: float,
        gamma: float,
        tau: float,
        expectile: float,
        inverse_temperature: float,
        max_grad_norm: float,
        policy_kwargs: dict[str, Any] | None = None,
        seed: int | None = None,
        device: torch.device | str = "auto",
    ) -> None:
        """See SharedOffline."""
        self.tau, self.expectile, self.inverse_temperature = tau, expectile, inverse_temperature
        super().__init__(
            *(policy, env, learning_rate, batch_size, gradient_steps, held_out, gamma, max_grad_norm),
            *(policy_kwargs, seed, device),
        )

    def _setup_model(self) -> None:
        """See SharedOffline: critics of actions, too."""
        super()._setup_model()
        self.critics = TwoCritics(self.policy).to(self.device)
        self.targets = copy.deepcopy(self.critics).requires_grad_(False)
        own: Any = self.policy
        self.critics_optimizer = own.optimizer_class(
            self.critics.parameters(), lr=self.lr_schedule(1.0), **own.optimizer_kwargs
        )

    def _get_torch_save_params(self) -> tuple[list[str], list[str]]:
        """See BaseAlgorithm."""
        return ["policy", "policy.optimizer", "critics", "targets", "critics_optimizer"], []

    def optimizers(self) -> list[torch.optim.Optimizer]:
        """See SharedOffline."""
        return [self.policy.optimizer, self.critics_optimizer]

    def learn_from(self, rows: np.ndarray) -> dict[str, float]:
        """See SharedOffline.learn_from."""
        seen, done, wanted = self.seen(rows), self.done(rows), self._wanted(rows)
        with torch.no_grad():
            worth = self.targets(seen, done).amin(0)
        value = self.policy.predict_values(seen)[:, 0]
        above = worth - value
        weights = torch.exp(self.inverse_temperature * above.detach()).clamp(max=_MOST_WEIGHT)
        likely = within(self.policy.get_distribution(seen), self.allowed(rows)).log_prob(done)
        valued, acted = expectile_loss(above, self.expectile).mean(), -(weights * likely).mean()
        self.step(self.policy.optimizer, valued + acted, self.policy)
        missed = (self.critics(seen, done) - wanted).square().mean()
        self.step(self.critics_optimizer, missed, self.critics)
        polyak_update(self.critics.parameters(), self.targets.parameters(), self.tau)
        losses = {"value_loss": valued, "policy_loss": acted, "critic_loss": missed, "weight": weights.mean()}
        return {name: loss.item() for name, loss in losses.items()} | {"value": value.mean().item()}

    def look_at(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """See SharedOffline.look_at: the critics' squared error."""
        missed = self.critics(self.seen(rows), self.done(rows)) - self._wanted(rows)
        return {"critic_loss": missed.square().mean(0).cpu().numpy()}

    @torch.no_grad()
    def _wanted(self, rows: np.ndarray) -> torch.Tensor:
        """What critics should have said of these rows (B,)."""
        reward, following, discount = self.what_came(rows)
        return reward + discount * self.policy.predict_values(self.seen(following))[:, 0]


def expectile_loss(above: torch.Tensor, expectile: float) -> torch.Tensor:
    """|expectile - 1(u < 0)| * u^2 of u = what it is worth above the value (B,)."""
    return torch.where(above < 0.0, 1.0 - expectile, expectile) * above.square()
