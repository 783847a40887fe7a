"""Behaviour cloning: a policy learns to do what was done in records (Pomerleau, "ALVINN", 1989; Bain and Sammut, 1995).

It is the network of PPO, whose actor alone is learned: of numbers by the likelihood of what was done under the policy's
Gaussian, of choices by their cross-entropy among those that were allowed. The worlds are there to be validated in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3 import PPO
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.distributions import Distribution
from stable_baselines3.common.policies import ActorCriticPolicy, BasePolicy
from stable_baselines3.common.type_aliases import GymEnv, MaybeCallback, Schedule

from envs.ground.rows.normalize import ActiveVecNormalize
from pipeline.algorithms.learner import Facts
from pipeline.algorithms.recorded import Dealer, Recorded, held_out
from pipeline.algorithms.sb3 import SB3Learner, SharedPolicy
from pipeline.algorithms.sb3_kind import SB3Kind

_IMPOSSIBLE = -1e8
"""The logit of a choice that was not allowed."""
_MOST_AT_ONCE = 65536
"""Rows that are looked at together where nothing is learned."""


class SharedCloning(SharedPolicy, BaseAlgorithm):
    """Behaviour cloning of `Recorded` rows; a timestep is a row that was learned from.

    The rows of a minibatch follow from the seed and from how many were learned from before, so that it goes on exactly.

    Args:
        gradient_steps: minibatches in an iteration.
        held_out: the share of episodes that are not learned from; their loss is logged.
        ent_coef: the weight of the policy's entropy, which keeps its noise from vanishing.
        gamma: learned is nothing by it; the reward's potential in the worlds, and who learns on, want it.
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
        """See the class."""
        super().__init__(policy, env, learning_rate, policy_kwargs, seed=seed, device=device, support_multi_env=True)
        self.batch_size, self.gradient_steps, self.held_out = batch_size, gradient_steps, held_out
        self.gamma, self.ent_coef, self.max_grad_norm = gamma, ent_coef, max_grad_norm
        self._setup_model()

    def _setup_model(self) -> None:
        """See BaseAlgorithm: the policy, as PPO makes it."""
        self._setup_lr_schedule()
        self.set_random_seed(self.seed)
        space, policy_class = self.observation_space, self.policy_class
        made = policy_class(space, self.action_space, self.lr_schedule, **self.policy_kwargs)
        self.policy = made.to(self.device)  # type: ignore[assignment]

    def _get_torch_save_params(self) -> tuple[list[str], list[str]]:
        """See BaseAlgorithm."""
        return ["policy", "policy.optimizer"], []

    def study(self, recorded: Recorded) -> None:
        """Learn from these rows, before the first step; the normaliser knows them, and learns nothing of the worlds.

        Raises:
            ValueError: too few episodes to hold some out.
        """
        seed = self.seed or 0
        apart = held_out(recorded.episode, self.held_out, seed)
        self._recorded, self._apart = recorded, np.flatnonzero(apart)
        self._dealer = Dealer(np.flatnonzero(~apart), seed)
        venv = self.env
        assert isinstance(venv, ActiveVecNormalize)
        venv.training = False
        if venv.norm_obs:
            venv.obs_rms.update(recorded.observation[~apart])

    def learn(
        self,
        total_timesteps: int,
        callback: MaybeCallback = None,
        log_interval: int = 1,
        tb_log_name: str = "bc",
        reset_num_timesteps: bool = True,
        progress_bar: bool = False,
    ) -> Self:
        """See BaseAlgorithm; what is called back begins each iteration."""
        total, called = self._setup_learn(total_timesteps, callback, reset_num_timesteps, tb_log_name, progress_bar)
        called.on_training_start(locals(), globals())
        while self.num_timesteps < total:
            called.on_rollout_start()
            self._update_current_progress_remaining(self.num_timesteps, total)
            self.train()
        called.on_training_end()
        return self

    def train(self) -> None:
        """One iteration."""
        self.set_followed()
        self.policy.set_training_mode(True)
        self._update_learning_rate(self.policy.optimizer)
        losses, entropies = list[float](), list[float]()
        for _ in range(self.gradient_steps):
            rows = self._dealer.deal(self.num_timesteps, self.batch_size)
            self.num_timesteps += len(rows)
            unlikely, distribution = self._judge(rows)
            entropy = distribution.entropy()
            assert entropy is not None
            loss = unlikely.mean() - self.ent_coef * entropy.mean()
            self.policy.optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.policy.parameters(), self.max_grad_norm)
            self.policy.optimizer.step()
            losses.append(unlikely.detach().mean().item())
            entropies.append(entropy.detach().mean().item())
        self._n_updates += self.gradient_steps
        self.logger.record("train/loss", np.mean(losses))
        self.logger.record("train/entropy", np.mean(entropies))
        for name, value in self._examine().items():
            self.logger.record(f"train/{name}", value)
        self.logger.dump(self.num_timesteps)

    def _judge(self, rows: np.ndarray) -> tuple[torch.Tensor, Distribution]:
        """How unlikely (B,) what was done in these rows (B,) is, -log p, and the policy's distribution there."""
        assert isinstance(self.env, ActiveVecNormalize)
        recorded = self._recorded
        seen = torch.as_tensor(self.env.normalize_obs(recorded.observation[rows]), device=self.device)
        done = torch.as_tensor(recorded.action[rows], device=self.device)
        distribution = self.policy.get_distribution(seen.float())
        if recorded.allowed is None:
            return -distribution.log_prob(done), distribution
        allowed = torch.as_tensor(recorded.allowed[rows], device=self.device)
        logits: torch.Tensor = distribution.distribution.logits  # type: ignore[union-attr]
        distribution = distribution.proba_distribution(logits.masked_fill(~allowed, _IMPOSSIBLE))
        return -distribution.log_prob(done), distribution

    def _examine(self) -> dict[str, float]:
        """Of the rows held out: the loss, and the mean error, of numbers absolute, of choices the share of others."""
        if not len(self._apart):
            return {}
        self.policy.set_training_mode(False)
        losses, errors = list[np.ndarray](), list[np.ndarray]()
        with torch.no_grad():
            for first in range(0, len(self._apart), _MOST_AT_ONCE):
                rows = self._apart[first : first + _MOST_AT_ONCE]
                unlikely, distribution = self._judge(rows)
                losses.append(unlikely.cpu().numpy())
                errors.append(self._errors(distribution.mode().cpu().numpy(), self._recorded.action[rows]))
        return {
            "held_out_loss": float(np.concatenate(losses).mean()),
            "held_out_error": float(np.concatenate(errors).mean()),
        }

    def _errors(self, likeliest: np.ndarray, done: np.ndarray) -> np.ndarray:
        space = self.action_space
        return (
            np.abs(np.clip(likeliest, space.low, space.high) - done)
            if isinstance(space, spaces.Box)
            else (likeliest != done)
        )


class CloningLearner(SB3Learner):
    """See Learner."""

    def inheritance(self) -> dict[str, Any]:
        """See Learner.inheritance: without the optimiser, whose moments are of another loss than who learns on has."""
        return super().inheritance() | {"optimizers": {}}


@dataclass(frozen=True)
class CloningKind(SB3Kind):
    """See Kind."""

    def make(
        self, hyperparameters: Mapping[str, Any], venv: Any, seed: int, facts: Facts, device: str, gradient: str
    ) -> CloningLearner:
        """See Kind.make."""
        model = super().make(hyperparameters, venv, seed, facts, device, gradient).model
        assert isinstance(model, SharedCloning)
        assert facts.recorded is not None
        model.study(facts.recorded)
        return CloningLearner(model, facts.commands)
