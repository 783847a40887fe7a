"""Rollouts played beside learning: while weights learn from one, the next is played by them as they were before.

The lag is one iteration, never more and never less: the rollout that iteration k learns from was played by the weights
that iteration k - 1 began with, the first one by the first. Who plays has a network, and draws, of its own: weights do
not depend on which of the two is done first. At the boundary between two iterations nothing is played; the rollout that
is to be learned from next is part of the state.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, ClassVar, Self

import numba
import numpy as np
import torch
from gymnasium.spaces import Box
from stable_baselines3.common.buffers import RolloutBuffer
from stable_baselines3.common.callbacks import BaseCallback, CallbackList

from pipeline.algorithms.by_role import PoliciesByRole
from pipeline.algorithms.lagged.vtrace import Path, PlayedBuffer, Trace
from pipeline.algorithms.on_policy import playing_rows
from pipeline.algorithms.shared_ppo import SharedPPO, log_probs_of
from pipeline.gradient.network import CompiledNetwork

_DRAWS = 1
"""Tells the seed of who plays from that of who learns."""


class LaggedPPO(SharedPPO):
    """What IMPALA and APPO have in common: PPO's policy, and rollouts played beside learning that V-trace judges.

    Timesteps are those learned from. Half the threads of compiled code play and half learn, which changes no weight.

    Attributes:
        clip_rho, clip_c: see Trace, whose decay is gae_lambda.
    """

    GIVEN: ClassVar[dict[str, Any]] = {"rollout_buffer_class": PlayedBuffer}
    WITHHELD = SharedPPO.WITHHELD | {"clip_range_vf"}
    ADDED = SharedPPO.ADDED | {"clip_rho", "clip_c"}
    clip_rho: float = 1.0
    clip_c: float = 1.0
    rollout_buffer: PlayedBuffer
    _next: PlayedBuffer | None = None
    _player: Self | None = None
    _draws: torch.Generator

    def _setup_model(self) -> None:
        super()._setup_model()
        assert self.seed is not None
        own = np.random.SeedSequence([self.seed, _DRAWS]).generate_state(1, np.uint64)
        self._draws = torch.Generator().manual_seed(int(own[0]))

    def collect_rollouts(
        self, env: Any, callback: BaseCallback, rollout_buffer: RolloutBuffer, n_rollout_steps: int
    ) -> bool:
        """Take the rollout that was played beside the last learning; where there was none, play it now."""
        callback.on_rollout_start()
        if self._next is None:
            player = self._ready_player()
            self._take_over(player, player.play())
        assert self._next is not None
        self.rollout_buffer, self._next = self._next, None
        self.num_timesteps += int(self.rollout_buffer.active.sum())
        callback.on_rollout_end()
        return True

    def train(self) -> None:
        """Learn from the rollout while the next is played; none is where this was the last to learn from."""
        if self.num_timesteps >= self._total_timesteps:
            super().train()
            return
        player = self._ready_player()
        if _threads_can_meet():
            with _threads_shared_out() as num_threads, ThreadPoolExecutor(1, "rollout") as beside:
                played = beside.submit(player.play, num_threads)
                super().train()
            self._take_over(player, played.result())
        else:
            rollout = player.play()
            super().train()
            self._take_over(player, rollout)

    def play(self, num_threads: int | None = None) -> PlayedBuffer:
        """A rollout from where the last one ended, by the weights as they are; compiled worlds take so many threads."""
        if num_threads is not None:
            numba.set_num_threads(num_threads)
        assert self.env is not None
        buffer = self.rollout_buffer
        super().collect_rollouts(self.env, CallbackList([]), buffer, self.n_steps)
        buffer.last_obs = np.array(self._last_obs, buffer.observations.dtype)
        buffer.playing = playing_rows(self.env)
        return buffer

    def _ready_player(self) -> Self:
        """Who plays, with the weights as they are now, where the last rollout ended, and a rollout of its own."""
        self._player = self._player or self._new_player()
        self._player.policy.load_state_dict(self.policy.state_dict())
        self._player.__dict__.update({name: getattr(self, name) for name in self._LAST})
        self._player.rollout_buffer = copy.copy(self.rollout_buffer)
        return self._player

    def _new_player(self) -> Self:
        """The same learner with another network, in the same worlds."""
        player = copy.copy(self)
        with torch.random.fork_rng(devices=[]):
            made = [self.new_policy() for _ in self.policies]
        player.policy = made[0] if self.roles is None else PoliciesByRole(made)  # type: ignore[assignment]
        player._compiled = {policy: CompiledNetwork(policy) for policy in made} if self._compiled else {}
        return player

    def _take_over(self, player: Self, played: PlayedBuffer) -> None:
        """Go on from where `player` ended."""
        self.__dict__.update({name: getattr(player, name) for name in self._LAST})
        self._next = played

    def _choose(
        self, obs: np.ndarray, rows: np.ndarray, limits: dict[str, np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """See SharedOnPolicy._choose; by draws of one's own, and values are judged later."""
        actions, log_probs = self._draw(obs, rows)
        return actions.cpu().numpy(), np.zeros(len(rows), np.float32), log_probs.cpu().numpy()

    def _draw(self, obs: np.ndarray, rows: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        """Actions (n, ...) and their log-probabilities (n,) of these rows (n,) of obs (N, D)."""
        policy: Any = self.policy
        with torch.no_grad():
            if self.network:
                mean = torch.from_numpy(self.network.look_and_judge(obs, rows)[0])
                actions = mean + policy.log_std.exp() * self._noise(mean)
                return actions, log_probs_of(actions, mean, policy.log_std)
            told = policy.get_distribution(torch.as_tensor(obs[rows], device=self.device))
            known = told.distribution
            if isinstance(self.action_space, Box):
                actions = known.mean + known.stddev * self._noise(known.mean)
            else:
                actions = (known.probs / self._noise(known.probs, "exponential_")).argmax(1)
            return actions, told.log_prob(actions)

    def _noise(self, like: torch.Tensor, kind: str = "normal_") -> torch.Tensor:
        """Draws of this shape, the same on every device."""
        drawn = torch.empty(like.shape, dtype=like.dtype)
        return getattr(drawn, kind)(generator=self._draws).to(self.device)

    def _bootstrap(self, env: Any, rewards: np.ndarray, playing: np.ndarray, new_obs: Any) -> np.ndarray:
        """Rewards (rows,) as they are; what cut off rows saw last is remembered, and judged later."""
        cut = np.flatnonzero(env.truncated & playing)
        if len(cut):
            self.rollout_buffer.cut(cut, env.terminal_obs[cut])
        return rewards

    def judged(self, rows: np.ndarray, values: np.ndarray, ratios: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Targets and advantages (N,) of the N active steps of these rows (n,) of the rollout, step by step.

        Args:
            values, ratios: (N,) of the same steps, see Trace.targets.
        """
        buffer = self.rollout_buffer
        active = buffer.active[:, rows]
        whole = [np.zeros(active.shape, np.float32) for _ in range(2)]
        for one, told in zip(whole, (values, ratios), strict=True):
            one[active] = told
        rewards, last_values = self._to_come(rows)
        path = Path(active, rewards, buffer.episode_starts[:, rows], buffer.dones[rows])
        trace = Trace(self.gamma, self.gae_lambda, self.clip_rho, self.clip_c)
        targets, advantages = trace.targets(path, whole[0], last_values, whole[1])
        return targets[active], advantages[active]

    def evaluated(self, steps: np.ndarray) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
        """Values, log-probabilities (n,) and entropies of these steps (n,) of the rollout, by the policy in place.

        Compiled code says no entropies: those of a Gaussian are the same everywhere.
        """
        policy: Any = self.policy
        columns = self.columns()
        actions = torch.from_numpy(columns["actions"][steps]).to(self.device)
        if self.network:
            mean, values = self.network.look_and_judge(columns["observations"], steps)
            log_std = self.network.value_of(policy.log_std)
            return torch.from_numpy(values), log_probs_of(actions, torch.from_numpy(mean), log_std), None
        obs = torch.from_numpy(columns["observations"][steps]).to(self.device)
        taken = actions if isinstance(self.action_space, Box) else actions.long().flatten()
        values, log_probs, entropies = policy.evaluate_actions(obs.reshape(-1, *self.rollout_buffer.obs_shape), taken)
        return values.flatten(), log_probs, entropies

    def columns(self) -> dict[str, np.ndarray]:
        """Those of the rollout's buffer, (steps * rows, ..)."""
        buffer = self.rollout_buffer
        return {name: getattr(buffer, name).reshape(buffer.active.size, -1) for name in buffer.COLUMNS}

    def _to_come(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rewards (steps, n) of these rows (n,), with gamma * V where they were cut off, and V (n,) after the rollout.

        V is that of the policy in place.
        """
        buffer = self.rollout_buffer
        at = np.full(buffer.n_envs, -1)
        at[rows] = np.arange(len(rows))
        cut, on = np.flatnonzero(at[buffer.cut_rows] >= 0), np.flatnonzero(buffer.playing[rows])
        seen = np.concatenate([buffer.cut_obs[cut], buffer.last_obs[rows[on]]])
        told = self._judge(seen, np.arange(len(seen)))
        rewards, last_values = buffer.rewards[:, rows], np.zeros(len(rows), np.float32)
        rewards[buffer.cut_steps[cut], at[buffer.cut_rows[cut]]] += self.gamma * told[: len(cut)]
        last_values[on] = told[len(cut) :]
        return rewards, last_values

    def state(self) -> dict[str, Any]:
        """See Learner.state."""
        rollout = None if self._next is None else self._next.state()
        return super().state() | {"rollout": rollout, "draws": self._draws.get_state()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """See Learner.restore."""
        super().restore(state)
        self._draws.set_state(state["draws"])
        self._next = None if state["rollout"] is None else copy.copy(self.rollout_buffer).restore(state["rollout"])


def check_clips(hyperparameters: Mapping[str, Any], place: str) -> None:
    """Refuse a clip_c beyond clip_rho, for which V-trace is not shown to converge.

    Raises:
        ValueError: naming the place, the value and the wish.
    """
    c, rho = (hyperparameters.get(name, getattr(LaggedPPO, name)) for name in ("clip_c", "clip_rho"))
    if c > rho:
        raise ValueError(f"{place}.clip_c: got {c}, wanted at most clip_rho, {rho}")


def _threads_can_meet() -> bool:
    """Whether two threads may run compiled loops at once; numba's own way of sharing them out ends the process."""
    try:
        return numba.threading_layer() != "workqueue"
    except ValueError:
        return True  # none has run yet


@contextmanager
def _threads_shared_out() -> Iterator[int]:
    """Half the threads of compiled code are for who learns, which is here; gives how many are left for who plays."""
    own = numba.get_num_threads()
    numba.set_num_threads(max(1, own - own // 2))
    try:
        yield max(1, own // 2)
    finally:
        numba.set_num_threads(own)
