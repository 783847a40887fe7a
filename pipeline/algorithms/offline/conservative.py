"""Conservative Q-learning (Kumar et al., 2020), CQL(H): what was not recorded is taken to be worth less.

Beside their error critics pay for the log of the sum over all actions of exp(Q), less Q of what was done. Of numbers it
is SAC without worlds, and the sum is estimated by importance sampling, as the authors do; of choices it is DQN with
double targets, and the sum is over what is allowed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from gymnasium.spaces import Discrete
from stable_baselines3 import DQN, SAC
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import GymEnv, Schedule
from stable_baselines3.common.utils import polyak_update
from stable_baselines3.dqn.policies import DQNPolicy
from stable_baselines3.sac.policies import SACPolicy

from pipeline.algorithms.learner import Facts
from pipeline.algorithms.offline.learning import IMPOSSIBLE, OfflineKind, SharedOffline, SharedValuing
from pipeline.algorithms.sb3 import SB3Learner, SharedPolicy


class SharedCQL(SharedValuing):
    """CQL of numbers.

    Args:
        tau: how far the critics' targets follow them in each step.
        conservative_weight: of the term that makes what was not recorded worth less; 0: it is SAC.
        ent_coef: the weight of the policy's entropy, or auto: learned, as in SAC. Critics know nothing of it, as the
            authors have it.
        num_actions: drawn for each row by each of three, to estimate the sum over all actions: uniformly, by the policy
            there, and by the policy a step later. The authors take 10.
    """

    SET_EACH_TIME = frozenset({"tau", "conservative_weight", "ent_coef", "max_grad_norm"})
    SCHEDULED = SharedPolicy.SCHEDULED | SET_EACH_TIME
    LEARNED = frozenset({"ent_coef"})
    policy_aliases: ClassVar[dict[str, type[BasePolicy]]] = SAC.policy_aliases
    policy: SACPolicy
    log_ent_coef: torch.Tensor | None = None

    def __init__(
        self,
        policy: str | type[SACPolicy],
        env: GymEnv,
        learning_rate: float | Schedule,
        batch_size: int,
        gradient_steps: int,
        held_out: float,
        gamma: float,
        tau: float,
        conservative_weight: float,
        max_grad_norm: float,
        ent_coef: float | str = "auto_0.01",
        num_actions: int = 4,
        policy_kwargs: dict[str, Any] | None = None,
        seed: int | None = None,
        device: torch.device | str = "auto",
    ) -> None:
        """See SharedOffline."""
        self.tau, self.conservative_weight = tau, conservative_weight
        self.ent_coef, self.num_actions = ent_coef, num_actions
        super().__init__(
            *(policy, env, learning_rate, batch_size, gradient_steps, held_out, gamma, max_grad_norm),
            *(policy_kwargs, seed, device),
        )

    def _setup_model(self) -> None:
        """See SharedOffline: the entropy's weight, too, if it is learned."""
        super()._setup_model()
        if isinstance(self.ent_coef, str):
            first = math.log(float(self.ent_coef.partition("_")[2] or 1.0))
            self.log_ent_coef = torch.full((1,), first, device=self.device, requires_grad=True)
            self.ent_coef_optimizer = torch.optim.Adam([self.log_ent_coef], lr=self.lr_schedule(1.0))

    def _get_torch_save_params(self) -> tuple[list[str], list[str]]:
        """See BaseAlgorithm."""
        learned = self.log_ent_coef is not None
        modules = ["policy", "policy.actor.optimizer", "policy.critic.optimizer"]
        return modules + ["ent_coef_optimizer"] * learned, ["log_ent_coef"] * learned

    def optimizers(self) -> list[torch.optim.Optimizer]:
        """See SharedOffline."""
        own = [self.policy.actor.optimizer, self.policy.critic.optimizer]
        return own if self.log_ent_coef is None else [*own, self.ent_coef_optimizer]

    def learn_from(self, rows: np.ndarray) -> dict[str, float]:
        """See SharedOffline.learn_from."""
        actor, critic = self.policy.actor, self.policy.critic
        seen, done, later = self.seen(rows), self.done(rows), self.seen(self.what_came(rows)[1])
        said = torch.cat(critic(seen, done), 1)
        missed, beyond = (said - self._wanted(rows)).square().mean(), self._beyond(seen, later, said)
        self.step(critic.optimizer, missed + self.conservative_weight * beyond, critic)
        actions, log_prob = actor.action_log_prob(seen)
        worth = torch.cat(critic(seen, actions), 1).amin(1)
        acted = (self._entropy_weight() * log_prob - worth).mean()
        self.step(actor.optimizer, acted, actor)
        self._learn_entropy_weight(log_prob.detach())
        polyak_update(critic.parameters(), self.policy.critic_target.parameters(), self.tau)
        losses = {"critic_loss": missed, "conservative_loss": beyond, "actor_loss": acted, "value": said.mean()}
        return {name: loss.item() for name, loss in losses.items()} | {"ent_coef": float(self._entropy_weight())}

    def look_at(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """See SharedOffline.look_at: the critics' squared error."""
        missed = torch.cat(self.policy.critic(self.seen(rows), self.done(rows)), 1) - self._wanted(rows)
        return {"critic_loss": missed.square().mean(1).cpu().numpy()}

    @torch.no_grad()
    def _wanted(self, rows: np.ndarray) -> torch.Tensor:
        """What critics should have said of these rows (B, 1)."""
        reward, following, discount = self.what_came(rows)
        seen = self.seen(following)
        actions, _ = self.policy.actor.action_log_prob(seen)
        worth = torch.cat(self.policy.critic_target(seen, actions), 1).amin(1)
        return (reward + discount * worth)[:, None]

    def _beyond(self, seen: torch.Tensor, later: torch.Tensor, said: torch.Tensor) -> torch.Tensor:
        """How much more all actions seem worth than those done, of which critics said (B, 2), where this was seen."""
        critic, (num, size) = self.policy.critic, (len(seen), self.action_space.shape[0])  # type: ignore[index]
        with torch.no_grad():
            drawn = [self._draw(each) for each in (seen, later)]
            shape = (num, self.num_actions, size)
            uniform = 2.0 * torch.rand(shape).to(self.device) - 1.0
            density = torch.full(shape[:2], -size * math.log(2.0), device=self.device)
            actions = torch.cat([uniform, *(own for own, _ in drawn)], 1)
            log_prob = torch.cat([density, *(own for _, own in drawn)], 1)
        features = critic.extract_features(seen, critic.features_extractor)
        inputs = torch.cat([features[:, None].expand(-1, actions.shape[1], -1), actions], 2)
        worth = torch.cat([own(inputs) for own in critic.q_networks], 2)
        return (torch.logsumexp(worth - log_prob[:, :, None], 1) - said).mean()

    def _draw(self, seen: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Actions (B, n, K) of the policy where this was seen (B, D), and their log-probabilities (B, n)."""
        actions, log_prob = self.policy.actor.action_log_prob(seen.repeat_interleave(self.num_actions, 0))
        return actions.view(len(seen), self.num_actions, -1), log_prob.view(len(seen), self.num_actions)

    def _entropy_weight(self) -> torch.Tensor | float:
        return self.ent_coef if self.log_ent_coef is None else self.log_ent_coef.detach().exp()  # type: ignore[return-value]

    def _learn_entropy_weight(self, log_prob: torch.Tensor) -> None:
        """Towards an entropy of -K, by log-probabilities (B,) of what the policy draws."""
        if self.log_ent_coef is None:
            return
        below = (log_prob - float(np.prod(self.action_space.shape))).mean()  # type: ignore[arg-type]
        self.ent_coef_optimizer.zero_grad()
        (-self.log_ent_coef * below).backward()
        self.ent_coef_optimizer.step()


class SharedChoosingCQL(SharedValuing):
    """CQL of choices; see SharedCQL."""

    SET_EACH_TIME = frozenset({"tau", "conservative_weight", "max_grad_norm"})
    SCHEDULED = SharedPolicy.SCHEDULED | SET_EACH_TIME
    policy_aliases: ClassVar[dict[str, type[BasePolicy]]] = DQN.policy_aliases
    policy: DQNPolicy

    def __init__(
        self,
        policy: str | type[DQNPolicy],
        env: GymEnv,
        learning_rate: float | Schedule,
        batch_size: int,
        gradient_steps: int,
        held_out: float,
        gamma: float,
        tau: float,
        conservative_weight: float,
        max_grad_norm: float,
        policy_kwargs: dict[str, Any] | None = None,
        seed: int | None = None,
        device: torch.device | str = "auto",
    ) -> None:
        """See SharedOffline."""
        self.tau, self.conservative_weight = tau, conservative_weight
        super().__init__(
            *(policy, env, learning_rate, batch_size, gradient_steps, held_out, gamma, max_grad_norm),
            *(policy_kwargs, seed, device),
        )

    def _get_torch_save_params(self) -> tuple[list[str], list[str]]:
        """See BaseAlgorithm."""
        return ["policy", "policy.optimizer"], []

    def learn_from(self, rows: np.ndarray) -> dict[str, float]:
        """See SharedOffline.learn_from."""
        network = self.policy.q_net
        values = self._values(network, rows)
        said = values.gather(1, self.done(rows)[:, None])[:, 0]
        missed, beyond = (said - self._wanted(rows)).square().mean(), (values.logsumexp(1) - said).mean()
        self.step(self.policy.optimizer, missed + self.conservative_weight * beyond, network)
        polyak_update(network.parameters(), self.policy.q_net_target.parameters(), self.tau)
        losses = {"critic_loss": missed, "conservative_loss": beyond, "value": said.mean()}
        return {name: loss.item() for name, loss in losses.items()}

    def look_at(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """See SharedOffline.look_at: the critic's squared error."""
        said = self._values(self.policy.q_net, rows).gather(1, self.done(rows)[:, None])[:, 0]
        return {"critic_loss": (said - self._wanted(rows)).square().cpu().numpy()}

    @torch.no_grad()
    def _wanted(self, rows: np.ndarray) -> torch.Tensor:
        """What the critic should have said of these rows (B,): of the best choice by itself its target's opinion."""
        reward, following, discount = self.what_came(rows)
        best = self._values(self.policy.q_net, following).argmax(1, keepdim=True)
        worth = self._values(self.policy.q_net_target, following).gather(1, best)[:, 0]
        return reward + discount * worth

    def _values(self, network: torch.nn.Module, rows: np.ndarray) -> torch.Tensor:
        """What choices are worth (B, n) in these rows (B,); never the best where they are forbidden."""
        values: torch.Tensor = network(self.seen(rows))
        allowed = self.allowed(rows)
        return values if allowed is None else values.masked_fill(~allowed, IMPOSSIBLE)


@dataclass(frozen=True)
class CQLKind(OfflineKind):
    """See Kind.

    Attributes:
        choosing: what learns where agents choose.
    """

    choosing: type[SharedOffline] = SharedChoosingCQL

    def make(
        self, hyperparameters: Mapping[str, Any], venv: Any, seed: int, facts: Facts, device: str, gradient: str
    ) -> SB3Learner:
        """See Kind.make."""
        if not isinstance(venv.action_space, Discrete):
            return super().make(hyperparameters, venv, seed, facts, device, gradient)
        own = OfflineKind(self.choosing)
        for name in hyperparameters:
            if name not in own.known():
                raise ValueError(f"hyperparameters.{name}: got discrete actions, wanted continuous ones")
        return own.make(hyperparameters, venv, seed, facts, device, gradient)
