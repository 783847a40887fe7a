"""Behaviour cloning: a policy learns to do what was done in records (Pomerleau, "ALVINN", 1989; Bain and Sammut, 1995).

It is the network of PPO, whose actor alone is learned: of numbers by the likelihood of what was done under the policy's
Gaussian, of choices by their cross-entropy among those that were allowed.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3 import PPO
from stable_baselines3.common.distributions import Distribution
from stable_baselines3.common.policies import ActorCriticPolicy, BasePolicy
from stable_baselines3.common.type_aliases import GymEnv, Schedule

from pipeline.algorithms.offline.learning import IMPOSSIBLE, SharedOffline
from pipeline.algorithms.sb3 import SharedPolicy


class SharedCloning(SharedOffline):
    """Behaviour cloning.

    Args:
        gamma: learned is nothing by it; the reward's potential in the worlds, and who learns on, want it.
        ent_coef: the weight of the policy's entropy, which keeps its noise from vanishing.
    """

    SET_EACH_TIME = frozenset({"ent_coef", "max_grad_norm"})
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
        ent_coef: float,
        max_grad_norm: float,
        policy_kwargs: dict[str, Any] | None = None,
        seed: int | None = None,
        device: torch.device | str = "auto",
    ) -> None:
        """See SharedOffline."""
        self.ent_coef = ent_coef
        super().__init__(
            *(policy, env, learning_rate, batch_size, gradient_steps, held_out, gamma, max_grad_norm),
            *(policy_kwargs, seed, device),
        )

    def _get_torch_save_params(self) -> tuple[list[str], list[str]]:
        """See BaseAlgorithm."""
        return ["policy", "policy.optimizer"], []

    def learn_from(self, rows: np.ndarray) -> dict[str, float]:
        """See SharedOffline.learn_from."""
        unlikely, distribution = self._judge(rows)
        entropy = distribution.entropy()
        assert entropy is not None
        self.step(self.policy.optimizer, unlikely.mean() - self.ent_coef * entropy.mean(), self.policy)
        return {"loss": unlikely.detach().mean().item(), "entropy": entropy.detach().mean().item()}

    def look_at(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """See SharedOffline.look_at: the loss, and the error, of numbers absolute, of choices 1 where it is another."""
        unlikely, distribution = self._judge(rows)
        error = self._errors(distribution.mode().cpu().numpy(), self.recorded.action[rows])
        return {"loss": unlikely.cpu().numpy(), "error": error}

    def _judge(self, rows: np.ndarray) -> tuple[torch.Tensor, Distribution]:
        """How unlikely (B,) what was done in these rows (B,) is, -log p, and the policy's distribution there."""
        distribution = within(self.policy.get_distribution(self.seen(rows)), self.allowed(rows))
        return -distribution.log_prob(self.done(rows)), distribution

    def _errors(self, likeliest: np.ndarray, done: np.ndarray) -> np.ndarray:
        space = self.action_space
        return (
            np.abs(np.clip(likeliest, space.low, space.high) - done)
            if isinstance(space, spaces.Box)
            else (likeliest != done)
        )


def within(distribution: Distribution, allowed: torch.Tensor | None) -> Distribution:
    """A policy's distribution over the choices that are allowed (B, n); None: all are."""
    if allowed is None:
        return distribution
    logits: torch.Tensor = distribution.distribution.logits  # type: ignore[union-attr]
    return distribution.proba_distribution(logits.masked_fill(~allowed, IMPOSSIBLE))
