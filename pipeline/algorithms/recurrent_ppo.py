"""PPO of one shared policy with memory: an LSTM whose state goes with the row, over active rows only.

A row's state before its first action of an episode is zero, and only its own actions advance it: rows whose agent has
left, has not entered yet, or waits for its turn, are not evaluated. The state that belongs to a row's last observation,
by which a row cut off is bootstrapped, is the one behind its last action.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, ClassVar

import numpy as np
import torch
from sb3_contrib import RecurrentPPO
from sb3_contrib.common.recurrent.buffers import RecurrentRolloutBuffer
from sb3_contrib.common.recurrent.type_aliases import RecurrentRolloutBufferSamples, RNNStates
from stable_baselines3.common.vec_env import VecEnv

from pipeline.algorithms.on_policy import ActiveRolloutBuffer, SharedOnPolicy, num_batches

_STATES = ("hidden_states_pi", "cell_states_pi", "hidden_states_vf", "cell_states_vf")
_LSTM_KWARGS = ("bias", "dropout")


class ActiveRecurrentRolloutBuffer(ActiveRolloutBuffer, RecurrentRolloutBuffer):
    """An ActiveRolloutBuffer that hands out sequences of active rows, with the LSTM states before each of them.

    Attributes:
        sequence_starts: (N,) bool, which of the N samples, laid out row by row, begin a sequence; once they are.
    """

    sequence_starts: np.ndarray

    def add_active(self, active: np.ndarray, obs: np.ndarray, starts: np.ndarray, step: dict[str, Any]) -> None:
        """See ActiveRolloutBuffer.add_active; `step` also holds lstm_states of all rows, as before the step."""
        states: RNNStates = step["lstm_states"]
        for name, state in zip(_STATES, (*states.pi, *states.vf), strict=True):
            self.__dict__[name][self.pos] = state.cpu().numpy()
        super().add_active(active, obs, starts, step)

    def get(self, batch_size: int | None = None) -> Generator[RecurrentRolloutBufferSamples, None, None]:  # type: ignore[override]
        """Minibatches of all active rows, see `deal`, as sequences in random order; a minibatch may part a sequence."""
        if not self.generator_ready:
            self._lay_out()
            self.generator_ready = True
        sequences = np.split(np.arange(len(self.sequence_starts)), np.flatnonzero(self.sequence_starts)[1:])
        shuffled = np.concatenate([sequences[n] for n in torch.randperm(len(sequences))])
        for batch in np.array_split(shuffled, num_batches(len(shuffled), batch_size)):
            yield self._get_samples(batch, self.sequence_starts)

    def _lay_out(self) -> None:
        """Turn columns (steps, rows, ...) into (N, ...): active steps only, row by row, each row's in order of time.

        A sequence ends with the row's episode; steps at which the row waits are left out of it. So none holds a reset
        inside, and as the states before each first step are known to be zero, no sample has to say that an episode
        starts.
        """
        follows, begun = np.zeros_like(self.active), np.zeros(self.n_envs, bool)
        for step, active in enumerate(self.active):
            begun &= self.episode_starts[step] == 0.0
            follows[step] = active & begun
            begun |= active
        active = self.active.T
        self.sequence_starts = ~follows.T[active]
        for name in self.COLUMNS:
            self.__dict__[name] = self.__dict__[name].swapaxes(0, 1)[active]
        for name in _STATES:
            self.__dict__[name] = self.__dict__[name].transpose(2, 0, 1, 3)[active]
        self.episode_starts = np.zeros(len(self.sequence_starts), np.float32)


class SharedRecurrentPPO(SharedOnPolicy, RecurrentPPO):
    """PPO with an LSTM (sb3-contrib's RecurrentPPO) over active rows."""

    GIVEN: ClassVar[dict[str, Any]] = {}
    WITHHELD = frozenset()
    POLICY = "MlpLstmPolicy"
    _LAST = (*SharedOnPolicy._LAST, "_last_lstm_states")
    rollout_buffer: ActiveRecurrentRolloutBuffer
    _last_lstm_states: RNNStates  # type: ignore[assignment]

    def _setup_model(self) -> None:
        """As RecurrentPPO, which takes no class of buffers, with a buffer of active rows.

        Raises:
            ValueError: lstm_kwargs that RecurrentPPO cannot do with, or observations that are no Box.
        """
        for name in self.policy_kwargs.get("lstm_kwargs") or {}:
            if name not in _LSTM_KWARGS:
                place = "hyperparameters.policy_kwargs.lstm_kwargs"
                raise ValueError(f"{place}: got {name}, wanted {' or '.join(_LSTM_KWARGS)}")
        super()._setup_model()
        self.rollout_buffer = ActiveRecurrentRolloutBuffer(
            self.n_steps,
            self.observation_space,
            self.action_space,
            (self.n_steps, *self._last_lstm_states.pi[0].shape),
            self.device,
            gamma=self.gamma,
            gae_lambda=self.gae_lambda,
            n_envs=self.n_envs,
        )

    def _act(self, env: VecEnv, active: np.ndarray) -> dict[str, Any]:
        """See SharedOnPolicy._act; also the LSTM states that the actions were chosen with."""
        before = self._last_lstm_states
        return super()._act(env, active) | {"lstm_states": before}

    def _choose(
        self, obs: np.ndarray, rows: np.ndarray, limits: dict[str, np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """See SharedOnPolicy._choose; advances the states of these rows."""
        before, at = self._last_lstm_states, torch.as_tensor(rows, device=self.device)
        seen, no_starts = torch.as_tensor(obs[rows], device=self.device), torch.zeros(len(rows), device=self.device)
        with torch.no_grad():
            *chosen, after = self.policy(seen, RNNStates(_take(before.pi, at), _take(before.vf, at)), no_starts)
        self._last_lstm_states = RNNStates(_put(before.pi, at, after.pi), _put(before.vf, at, after.vf))
        actions, values, log_probs = (tensor.cpu().numpy() for tensor in chosen)
        return actions, values.reshape(-1), log_probs

    def _judge(self, obs: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """See SharedOnPolicy._judge; the states of these rows are those behind their last actions, and stay there."""
        states = _take(self._last_lstm_states.vf, torch.as_tensor(rows, device=self.device))
        seen, no_starts = torch.as_tensor(obs[rows], device=self.device), torch.zeros(len(rows), device=self.device)
        with torch.no_grad():
            values = self.policy.predict_values(seen, states, no_starts)  # type: ignore[call-arg]
        return values.cpu().numpy().reshape(-1)

    def _forget(self, ended: np.ndarray) -> None:
        """See SharedOnPolicy._forget."""
        at, states = torch.as_tensor(np.flatnonzero(ended), device=self.device), self._last_lstm_states
        if len(at):
            zeros = tuple(torch.zeros_like(state) for state in _take(states.pi, at))
            self._last_lstm_states = RNNStates(_put(states.pi, at, zeros), _put(states.vf, at, zeros))


def _take(states: tuple[torch.Tensor, ...], rows: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """States (layers, n, H) of these rows (n,), copied of those of all (layers, rows, H)."""
    return tuple(state.index_select(1, rows) for state in states)


def _put(
    states: tuple[torch.Tensor, ...], rows: torch.Tensor, new: tuple[torch.Tensor, ...]
) -> tuple[torch.Tensor, ...]:
    """States (layers, rows, H) of all, copied, but for these rows (n,) the new ones (layers, n, H)."""
    return tuple(state.index_copy(1, rows, part) for state, part in zip(states, new, strict=True))
