"""ARS behind the contract of a learner: weights are varied at random, and each variation plays whole episodes.

Nothing is learned from single steps, so nothing is remembered and nothing bootstrapped: an episode cut off by the step
limit is worth what its agents earned until then.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch
from gymnasium import spaces
from sb3_contrib import ARS
from stable_baselines3.common.callbacks import BaseCallback

from pipeline.algorithms.sb3 import SharedPolicy

_DIRECTIONS = int(inspect.signature(ARS).parameters["n_delta"].default)


class SharedARS(SharedPolicy, ARS):
    """ARS (Mania et al., 2018) over active rows: each world is flown by one of the candidates.

    An iteration tries 2 * `n_delta` candidates. They are dealt to the worlds in turn, in several waves where there are
    fewer worlds. In a wave all worlds begin anew and play `n_eval_episodes` episodes to their ends; one that is done
    sooner is flown on until the last one is, which counts as timesteps and for nothing else. A candidate is worth the
    mean, over its agents' episodes, of what they earned, discounted by `gamma`; 1 counts it as it is, as authors do.
    """

    ADDED: ClassVar[frozenset[str]] = frozenset({"gamma"})
    SCHEDULED: ClassVar[frozenset[str]] = frozenset({"learning_rate", "delta_std"})
    gamma: float = 1.0
    weights: Any

    def _do_one_update(self, callback: BaseCallback, async_eval: Any) -> None:
        """See ARS; a boundary comes before candidates are drawn, around the weights that the policy has there."""
        callback.on_rollout_start()
        self.weights = torch.nn.utils.parameters_to_vector(self.policy.parameters()).detach()
        self._update_current_progress_remaining(self.num_timesteps, self._total_timesteps)
        super()._do_one_update(callback, async_eval)

    def evaluate_candidates(
        self, candidate_weights: torch.Tensor, callback: BaseCallback, async_eval: Any
    ) -> torch.Tensor:
        """What candidates (n, P) are worth, (n,)."""
        assert self.env is not None
        num_worlds, worth = self.env.num_envs // self._per_world, Worth(len(candidate_weights))
        candidates = [copy.deepcopy(self.policy) for _ in candidate_weights]
        for candidate, weights in zip(candidates, candidate_weights, strict=True):
            candidate.load_from_vector(weights.cpu().numpy())
            candidate.set_training_mode(False)
        for first in range(0, len(candidates), num_worlds):
            flown = min(num_worlds, len(candidates) - first)
            self._fly_wave(candidates, first + np.arange(num_worlds) % flown, worth)
        callback.on_rollout_end()
        return torch.as_tensor(worth.means(), dtype=torch.float32, device=self.device)

    @property
    def _per_world(self) -> int:
        """How many rows a world has."""
        return int(self.env.num_agents)  # type: ignore[union-attr]

    def _fly_wave(self, candidates: list[Any], by_world: np.ndarray, worth: Worth) -> None:
        """Let each world play its episodes by the candidate of this number, (worlds,)."""
        env: Any = self.env
        self._last_obs = env.reset()
        by_row, left = by_world.repeat(self._per_world), np.full(len(by_world), self.n_eval_episodes)
        worth.begin(len(by_row))
        while (left > 0).any():
            active, counted = np.asarray(env.active), (left > 0).repeat(self._per_world)
            playing = np.asarray(active | env.acted)
            obs, rewards, dones, _ = env.step(self._answers(candidates, by_row, active))
            self.num_timesteps += int(active.sum())
            paid = rewards if self._vec_normalize_env is None else self._vec_normalize_env.get_original_reward()
            earned = np.where(playing, paid + self.alive_bonus_offset, 0.0)
            worth.add(earned, self.gamma, playing & counted, dones, by_row)
            left -= dones.reshape(-1, self._per_world).all(1)  # all of a world's rows are done where its episode ends
            self._last_obs = obs

    @torch.no_grad()
    def _answers(self, candidates: list[Any], by_row: np.ndarray, active: np.ndarray) -> np.ndarray:
        """What worlds are told (rows, ...): of active rows what each one's candidate does, zero of others."""
        env: Any = self.env
        assert isinstance(self._last_obs, np.ndarray)
        told = np.zeros((len(active), *(self.action_space.shape or ())), self.action_space.dtype)
        chooses = isinstance(self.action_space, spaces.Discrete)
        allowed = np.asarray(env.action_masks()) if chooses else None
        for number in np.unique(by_row[active]):
            rows = np.flatnonzero(active & (by_row == number))
            candidate, seen = candidates[number], torch.as_tensor(self._last_obs[rows], device=self.device)
            answers = candidate.action_net(candidate.extract_features(seen, candidate.features_extractor)).cpu()
            if allowed is None:
                told[rows] = candidate.unscale_action(answers.clamp(-1.0, 1.0).numpy())
            else:
                told[rows] = answers.masked_fill(~torch.as_tensor(allowed[rows]), -torch.inf).argmax(1)
        return told


def check_directions(hyperparameters: Mapping[str, Any], place: str) -> None:
    """Refuse more best directions than there are.

    Raises:
        ValueError: naming the place, the value and the wish.
    """
    best, all_of_them = hyperparameters.get("n_top"), hyperparameters.get("n_delta", _DIRECTIONS)
    if best is not None and best > all_of_them:
        raise ValueError(f"{place}.n_top: got {best}, wanted {all_of_them} at most, n_delta")


class Worth:
    """What agents earned in their episodes, by who flew them."""

    def __init__(self, num_candidates: int) -> None:
        """Nothing yet."""
        self._earned, self._episodes = np.zeros(num_candidates), np.zeros(num_candidates)

    def begin(self, num_rows: int) -> None:
        """So many rows begin new episodes."""
        self._present, self._factor = np.zeros(num_rows), np.ones(num_rows)
        self._played = np.zeros(num_rows, bool)

    def add(self, earned: np.ndarray, gamma: float, counted: np.ndarray, dones: np.ndarray, by: np.ndarray) -> None:
        """One step.

        Args:
            earned: (rows,) what was paid.
            gamma: by which what is paid in the next step counts less.
            counted: (rows,) bool, whose pay counts.
            dones: (rows,) bool, whose time has ended.
            by: (rows,) the candidate that flies it.
        """
        self._present += np.where(counted, self._factor * earned, 0.0)
        self._factor *= gamma
        self._played |= counted
        ended = dones & self._played
        np.add.at(self._earned, by[ended], self._present[ended])
        np.add.at(self._episodes, by[ended], 1.0)
        self._present[dones], self._factor[dones], self._played[dones] = 0.0, 1.0, False

    def means(self) -> np.ndarray:
        """The mean of an agent's episode, (candidates,)."""
        return self._earned / self._episodes
