"""Off-policy learning of what choices are worth: DQN and its kin, in which nobody chooses what it may not.

Who explores chooses among what its agent may, and so does who acts by values; a transition remembers what the agent may
choose next, and the target is the best of that alone.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import torch
from gymnasium import spaces
from sb3_contrib import QRDQN
from stable_baselines3 import DQN
from stable_baselines3.common.type_aliases import ReplayBufferSamples, Schedule
from stable_baselines3.common.utils import polyak_update
from stable_baselines3.common.vec_env import VecEnv, VecNormalize

from pipeline.algorithms.off_policy import ActiveReplayBuffer, SharedOffPolicy


class ChoicesReplayBuffer(ActiveReplayBuffer):
    """An ActiveReplayBuffer that remembers what agents may choose next, (n,) bool of each transition.

    Attributes:
        next_drawn: (batch, n) bool, that of the transitions drawn last.
    """

    action_space: spaces.Discrete
    COLUMNS: ClassVar[tuple[str, ...]] = (*ActiveReplayBuffer.COLUMNS, "next_allowed")
    next_drawn: torch.Tensor

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        """See ActiveReplayBuffer."""
        super().__init__(*arguments, **settings)
        self.next_allowed = np.ones((self.buffer_size, 1, int(self.action_space.n)), bool)

    def _get_samples(self, batch_inds: np.ndarray, env: VecNormalize | None = None) -> ReplayBufferSamples:
        """See ReplayBuffer."""
        self.next_drawn = torch.as_tensor(self.next_allowed[batch_inds, 0], device=self.device)
        return super()._get_samples(batch_inds, env)


class SharedChoosing(SharedOffPolicy):
    """Mixed into an algorithm that learns the values of choices: active rows choose, are remembered, and count.

    A step explores with the probability of `exploration_schedule`, each row by itself. The target network is moved by
    `tau` whenever another `target_update_interval` timesteps are done. Nobody tells what an agent that was cut off by
    the step limit might have chosen next: where the worlds have once forbidden a choice, such transitions are left out.
    """

    GIVEN: ClassVar[dict[str, Any]] = {"replay_buffer_class": ChoicesReplayBuffer}
    replay_buffer: ChoicesReplayBuffer
    action_space: spaces.Discrete
    exploration_schedule: Schedule
    target_update_interval: int
    _LAST = (*SharedOffPolicy._LAST, "_forbidding")
    _forbidding: bool = False

    def _setup_model(self) -> None:
        super()._setup_model()
        self._networks()[1].register_forward_hook(self._of_what_is_allowed)

    def _networks(self) -> tuple[torch.nn.Module, torch.nn.Module]:
        """The network that learns, and its target."""
        raise NotImplementedError

    def _values(self, seen: torch.Tensor) -> torch.Tensor:
        """What each choice is worth (N, n) of what is seen (N, D)."""
        raise NotImplementedError

    def _of_what_is_allowed(self, network: Any, given: Any, values: torch.Tensor) -> torch.Tensor:
        """The target's answer (batch, .., n), of the transitions drawn last; never the best where it is forbidden."""
        allowed = self.replay_buffer.next_drawn
        return values.masked_fill(~(allowed if values.dim() == allowed.dim() else allowed[:, None]), -torch.inf)

    def _act(self, env: VecEnv, active: np.ndarray) -> np.ndarray:
        """Choices (rows, 1); 0 of inactive rows, to whom nobody listens."""
        assert isinstance(self._last_obs, np.ndarray)
        allowed = torch.as_tensor(np.asarray(env.action_masks())[active])  # type: ignore[attr-defined]
        self._forbidding = self._forbidding or not bool(allowed.all())
        chosen = _drawn(allowed)
        if self.num_timesteps >= self.learning_starts:
            with torch.no_grad():
                values = self._values(torch.as_tensor(self._last_obs[active], device=self.device)).cpu()
            best = values.masked_fill(~allowed, -torch.inf).argmax(1)
            share = self.exploration_schedule(self._current_progress_remaining)
            chosen = torch.where(torch.rand(len(best)) < share, chosen, best)
        actions = np.zeros((len(active), 1), np.int64)
        actions[active, 0] = chosen
        return actions

    def _commands(self, actions: np.ndarray) -> np.ndarray:
        """See SharedOffPolicy."""
        return actions[:, 0]

    def _keep(self, worlds: Any, rows: np.ndarray, transitions: dict[str, np.ndarray]) -> None:
        """See SharedOffPolicy."""
        ended = transitions["dones"] | worlds.truncated
        allowed = np.asarray(worlds.action_masks()) | ended[:, None]  # else those of the episode that has begun
        self._forbidding = self._forbidding or not bool(allowed[rows].all())
        kept = rows & ~worlds.truncated if self._forbidding else rows
        super()._keep(worlds, kept, transitions | {"next_allowed": allowed})

    def _after_rollout(self, before: int) -> None:
        """See SharedOffPolicy."""
        network, target = self._networks()
        if self.num_timesteps // self.target_update_interval > before // self.target_update_interval:
            polyak_update(network.parameters(), target.parameters(), self.tau)
        self.logger.record("rollout/exploration_rate", self.exploration_schedule(self._current_progress_remaining))


def _drawn(allowed: torch.Tensor) -> torch.Tensor:
    """One of each row's allowed choices (N,), of (N, n) bool, all equally likely."""
    return torch.rand(allowed.shape).masked_fill(~allowed, -1.0).argmax(1)


class SharedDQN(SharedChoosing, DQN):
    """DQN (Mnih et al., 2015) over active rows."""

    def _networks(self) -> tuple[torch.nn.Module, torch.nn.Module]:
        """See SharedChoosing."""
        return self.q_net, self.q_net_target

    def _values(self, seen: torch.Tensor) -> torch.Tensor:
        """See SharedChoosing."""
        return self.q_net(seen)


class SharedQRDQN(SharedChoosing, QRDQN):
    """QR-DQN (Dabney et al., 2018) over active rows: values are means of quantiles."""

    def _networks(self) -> tuple[torch.nn.Module, torch.nn.Module]:
        """See SharedChoosing."""
        return self.quantile_net, self.quantile_net_target

    def _values(self, seen: torch.Tensor) -> torch.Tensor:
        """See SharedChoosing."""
        return self.quantile_net(seen).mean(1)
