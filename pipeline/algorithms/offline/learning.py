"""What all who learn from records have in common: minibatches of rows, episodes held out, one iteration and another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.running_mean_std import RunningMeanStd
from stable_baselines3.common.type_aliases import GymEnv, MaybeCallback, Schedule

from envs.ground.rows.normalize import ActiveVecNormalize
from pipeline.algorithms.learner import Facts
from pipeline.algorithms.recorded import Dealer, Recorded, Transitions, held_out
from pipeline.algorithms.sb3 import SB3Learner, SharedPolicy
from pipeline.algorithms.sb3_kind import SB3Kind

IMPOSSIBLE = -1e8
"""The logit, or the value, of a choice that was not allowed."""
_MOST_AT_ONCE = 65536
"""Rows that are looked at together where nothing is learned."""


class SharedOffline(SharedPolicy, BaseAlgorithm):
    """Mixed into what learns from `Recorded` rows; a timestep is a row that was learned from.

    The rows of a minibatch follow from the seed and from how many were learned from before, so that it goes on exactly.
    The worlds are there to be validated in.

    Args:
        gradient_steps: minibatches in an iteration.
        held_out: the share of episodes that are not learned from; figures of them are logged.
        gamma: by which what comes a step later counts less.
    """

    recorded: Recorded

    def __init__(
        self,
        policy: Any,
        env: GymEnv,
        learning_rate: float | Schedule,
        batch_size: int,
        gradient_steps: int,
        held_out: float,
        gamma: float,
        max_grad_norm: float,
        policy_kwargs: dict[str, Any] | None = None,
        seed: int | None = None,
        device: torch.device | str = "auto",
    ) -> None:
        """See the class."""
        super().__init__(policy, env, learning_rate, policy_kwargs, seed=seed, device=device, support_multi_env=True)
        self.batch_size, self.gradient_steps, self.held_out = batch_size, gradient_steps, held_out
        self.gamma, self.max_grad_norm = gamma, max_grad_norm
        self._setup_model()

    def _setup_model(self) -> None:
        """See BaseAlgorithm: the policy, as the algorithm of its kind makes it."""
        self._setup_lr_schedule()
        self.set_random_seed(self.seed)
        space, policy_class = self.observation_space, self.policy_class
        made = policy_class(space, self.action_space, self.lr_schedule, **self.policy_kwargs)
        self.policy = made.to(self.device)

    def study(self, recorded: Recorded) -> None:
        """Learn from these rows, before the first step; the normaliser knows them, and learns nothing of the worlds.

        Raises:
            ValueError: too few episodes to hold some out, or nothing to learn from.
        """
        seed = self.seed or 0
        apart, useful = held_out(recorded.episode, self.held_out, seed), self.useful(recorded)
        self.recorded, self._apart = recorded, np.flatnonzero(apart & useful)
        self._dealer = Dealer(np.flatnonzero(~apart & useful), seed)
        if not (useful & ~apart).any():
            raise ValueError("train.records: got no row of which it is known what came of it: all were cut off")
        self.normalizer.training = False
        if self.normalizer.norm_obs:
            assert isinstance(self.normalizer.obs_rms, RunningMeanStd)
            self.normalizer.obs_rms.update(recorded.observation[~apart])

    def useful(self, recorded: Recorded) -> np.ndarray:
        """The rows (N,) bool that something can be learned from; all of them here."""
        return np.ones(len(recorded), bool)

    def learn(
        self,
        total_timesteps: int,
        callback: MaybeCallback = None,
        log_interval: int = 1,
        tb_log_name: str = "offline",
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
        self._update_learning_rate(self.optimizers())
        figures = defaultdict[str, list[float]](list)
        for _ in range(self.gradient_steps):
            rows = self._dealer.deal(self.num_timesteps, self.batch_size)
            self.num_timesteps += len(rows)
            for name, value in self.learn_from(rows).items():
                figures[name].append(value)
        self._n_updates += self.gradient_steps
        for name, values in figures.items():
            self.logger.record(f"train/{name}", np.mean(values))
        for name, value in self._examine().items():
            self.logger.record(f"train/held_out_{name}", value)
        self.logger.dump(self.num_timesteps)

    def optimizers(self) -> list[torch.optim.Optimizer]:
        """Those that follow the learning rate."""
        return [self.policy.optimizer]

    def learn_from(self, rows: np.ndarray) -> dict[str, float]:
        """Take a gradient step by these rows (B,); figures of it."""
        raise NotImplementedError

    def look_at(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Figures (B,) of these rows (B,), from which nothing is learned."""
        raise NotImplementedError

    def _examine(self) -> dict[str, float]:
        """Means over the rows held out."""
        self.policy.set_training_mode(False)
        figures = defaultdict[str, list[np.ndarray]](list)
        with torch.no_grad():
            for first in range(0, len(self._apart), _MOST_AT_ONCE):
                for name, values in self.look_at(self._apart[first : first + _MOST_AT_ONCE]).items():
                    figures[name].append(values)
        return {name: float(np.concatenate(values).mean()) for name, values in figures.items()}

    def step(self, optimizer: torch.optim.Optimizer, loss: torch.Tensor, module: torch.nn.Module) -> None:
        """Follow the gradient of a loss in the weights of this module, which are the optimiser's."""
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(module.parameters(), self.max_grad_norm)
        optimizer.step()

    def tensor(self, values: np.ndarray) -> torch.Tensor:
        """The same values where learning is done."""
        return torch.as_tensor(values, device=self.device)

    def seen(self, rows: np.ndarray) -> torch.Tensor:
        """What was seen in these rows (B,), normalised, (B, D)."""
        return self.tensor(self.normalizer.normalize_obs(self.recorded.observation[rows])).float()

    def done(self, rows: np.ndarray) -> torch.Tensor:
        """What was done in these rows (B,): (B, K), or choices (B,)."""
        return self.tensor(self.recorded.action[rows])

    def allowed(self, rows: np.ndarray) -> torch.Tensor | None:
        """Which choices there were (B, n); None: all."""
        return None if self.recorded.allowed is None else self.tensor(self.recorded.allowed[rows])

    @property
    def chooses(self) -> bool:
        """Whether actions are choices."""
        return isinstance(self.action_space, spaces.Discrete)

    @property
    def normalizer(self) -> ActiveVecNormalize:
        """The worlds, with what is known of observations and returns."""
        assert isinstance(self.env, ActiveVecNormalize)
        return self.env


class SharedValuing(SharedOffline):
    """Mixed into what learns from records what actions are worth, so wants to know what came of them.

    A row that was cut off by the step limit is left out: what its agent saw then is not recorded.
    """

    def study(self, recorded: Recorded) -> None:
        """See SharedOffline.study; returns tell the normaliser of rewards how much they vary.

        Raises:
            ValueError: as there.
        """
        super().study(recorded)
        if self.normalizer.norm_reward:
            self.normalizer.ret_rms.update(self._came.returns(self.gamma))

    @cached_property
    def _reward(self) -> np.ndarray:
        """Rewards (N,) as they are learned from: by what is known of returns when learning begins, or goes on."""
        if not self.normalizer.norm_reward:
            return self._came.reward
        return self.normalizer.normalize_reward(self._came.reward).astype(np.float32)

    @property
    def _came(self) -> Transitions:
        assert self.recorded.transitions is not None
        return self.recorded.transitions

    def useful(self, recorded: Recorded) -> np.ndarray:
        """See SharedOffline.useful."""
        assert recorded.transitions is not None
        return recorded.transitions.terminated | recorded.transitions.leads

    def what_came(self, rows: np.ndarray) -> tuple[torch.Tensor, np.ndarray, torch.Tensor]:
        """Of these rows (B,): rewards (B,), the rows that follow (B,), and gamma (B,), 0 where nothing comes after."""
        came = self._came
        discount = np.where(came.terminated[rows], 0.0, self.gamma).astype(np.float32)
        return self.tensor(self._reward[rows]), came.following[rows], self.tensor(discount)


class OfflineLearner(SB3Learner):
    """An algorithm that learned from records; see Learner."""

    def inheritance(self) -> dict[str, Any]:
        """See Learner.inheritance: without the optimisers, whose moments are of other losses than who learns on has."""
        return super().inheritance() | {"optimizers": {}}


@dataclass(frozen=True)
class OfflineKind(SB3Kind):
    """See Kind."""

    def make(
        self, hyperparameters: Mapping[str, Any], venv: Any, seed: int, facts: Facts, device: str, gradient: str
    ) -> SB3Learner:
        """See Kind.make."""
        model = super().make(hyperparameters, venv, seed, facts, device, gradient).model
        assert isinstance(model, SharedOffline)
        assert facts.recorded is not None
        model.study(facts.recorded)
        return OfflineLearner(model, facts.commands)
