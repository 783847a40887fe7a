"""IMPALA and APPO of one shared policy over active rows, from rollouts one iteration old."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from gymnasium.spaces import Box
from stable_baselines3.common.utils import explained_variance

from pipeline.algorithms.lagged.rollouts import LaggedPPO
from pipeline.algorithms.on_policy import deal
from pipeline.algorithms.shared_ppo import gaussian_entropy
from pipeline.gradient.network import CompiledNetwork

_EVERYTHING = 1.0
"""A clip range that ratios of weights to themselves never leave: what PPO's gradient is then, is the policy's."""


class SharedAPPO(LaggedPPO):
    """PPO's clipped surrogate with V-trace's targets and advantages (Luo et al., 2020, IMPACT; RLlib's APPO).

    The policy that PPO's ratio departs from, IMPACT's target network, is the one that the iteration begins with. How
    far that is from who played is what V-trace weighs.
    """

    def _learn(self) -> None:
        """See SharedOnPolicy._learn."""
        buffer = self.rollout_buffer
        if self.network:
            self.network.take_weights()
        with torch.no_grad():
            values, log_probs = (told.cpu().numpy() for told in self.evaluated(np.flatnonzero(buffer.active))[:2])
        ratios = np.exp(log_probs - buffer.log_probs[buffer.active])
        targets, advantages = self.judged(np.arange(buffer.n_envs), values, ratios)
        told = {"values": values, "log_probs": log_probs, "returns": targets, "advantages": advantages}
        for name, column in told.items():
            getattr(buffer, name)[buffer.active] = column
        super()._learn()
        for name, value in {"ratio": ratios.mean(), "ratio_clipped": (ratios > self.clip_rho).mean()}.items():
            self.logger.record(f"train/{name}", float(value))


class Update(NamedTuple):
    """What one minibatch came to: means over its steps.

    Attributes:
        policy_loss, value_loss, entropy_loss: not yet weighed.
        ratio: of probabilities, by who learns and by who played.
        ratio_clipped: share of steps where that is beyond clip_rho.
    """

    policy_loss: float
    value_loss: float
    entropy_loss: float
    ratio: float
    ratio_clipped: float


class SharedImpala(LaggedPPO):
    """IMPALA (Espeholt et al., 2018) over active rows: policy gradients weighed by V-trace.

    A minibatch is the whole rollout of some rows, judged anew by the weights as they are when its turn comes. Losses
    are means, not sums; the optimiser is Adam, as RLlib has it.
    """

    WITHHELD = LaggedPPO.WITHHELD | {"clip_range", "target_kl"}

    def _learn(self) -> None:
        """See SharedOnPolicy._learn."""
        self.policy.set_training_mode(True)
        self._update_learning_rate(self.policy.optimizer)
        if self.network:
            self.network.take_weights()
        updates = [self._update(rows) for _ in range(self.n_epochs) for rows in self._dealt()]
        if self.network:
            self.network.give_weights()
        self._n_updates += self.n_epochs
        self.limit_noise()
        self._record(Update(*np.mean(updates, axis=0)))

    def _dealt(self) -> Iterator[np.ndarray]:
        """All rows that acted, in random order, in minibatches of some `batch_size` steps, of one row at least."""
        active = self.rollout_buffer.active
        rows = np.flatnonzero(active.any(0))
        for batch in deal(len(rows), max(1, round(self.batch_size * len(rows) / max(1, int(active.sum()))))):
            yield rows[batch.numpy()]

    def _update(self, rows: np.ndarray) -> Update:
        """One step of the optimiser by the rollout of these rows (n,)."""
        active, columns = self.rollout_buffer.active, self.columns()
        steps = np.arange(active.size).reshape(active.shape)[:, rows][active[:, rows]]
        values, log_probs, entropies = self.evaluated(steps)
        now = {name: told.detach().cpu().numpy() for name, told in (("values", values), ("log_probs", log_probs))}
        ratios = np.exp(now["log_probs"] - columns["log_probs"][steps, 0])
        targets, advantages = self.judged(rows, now["values"], ratios)
        for name, told in (("values", now["values"]), ("returns", targets)):
            columns[name][steps, 0] = told
        if self.normalize_advantage and len(steps) > 1:
            advantages = (advantages - advantages.mean()) / (advantages.std(ddof=1) + 1e-8)
        if self.network:
            known = np.stack([now["log_probs"], advantages, targets], axis=1)
            losses = self._step_compiled(self.network, steps, columns, known)
        else:
            learned = (torch.as_tensor(told, device=self.device) for told in (advantages, targets))
            losses = self._step_torch(values, log_probs, entropies, *learned)
        return Update(*losses, float(ratios.mean()), float((ratios > self.clip_rho).mean()))

    def _step_torch(
        self,
        values: torch.Tensor,
        log_probs: torch.Tensor,
        entropies: torch.Tensor | None,
        advantages: torch.Tensor,
        targets: torch.Tensor,
    ) -> tuple[float, float, float]:
        """One step by torch; the losses of the policy, of values and of entropy."""
        policy_loss, value_loss = -(advantages * log_probs).mean(), ((targets - values) ** 2).mean()
        entropy_loss = log_probs.mean() if entropies is None else -entropies.mean()
        self.policy.optimizer.zero_grad()
        (policy_loss + self.vf_coef * value_loss + self.ent_coef * entropy_loss).backward()
        torch.nn.utils.clip_grad_norm_(self.policy.parameters(), self.max_grad_norm)
        self.policy.optimizer.step()
        return policy_loss.item(), value_loss.item(), entropy_loss.item()

    def _step_compiled(
        self, network: CompiledNetwork, steps: np.ndarray, columns: Mapping[str, np.ndarray], known: np.ndarray
    ) -> tuple[float, float, float]:
        """The same by compiled code, of log-probabilities, advantages and targets `known` (n, 3)."""
        optimizer: Any = self.policy.optimizer
        found = network.differentiate(steps, dict(columns), known, _EVERYTHING, self.vf_coef)
        entropy_loss = -gaussian_entropy(network.value_of(self.policy.log_std))
        network.slope_of(self.policy.log_std).sub_(self.ent_coef)  # a Gaussian's entropy is the sum of log_std
        optimizer.step_within(self.max_grad_norm)
        return -float((known[:, 1] * known[:, 0]).mean()), found.value, entropy_loss

    def _record(self, told: Update) -> None:
        """Record what an iteration's minibatches came to."""
        buffer = self.rollout_buffer
        explained = explained_variance(buffer.values[buffer.active], buffer.returns[buffer.active])
        for name, value in {**told._asdict(), "explained_variance": explained}.items():
            self.logger.record(f"train/{name}", value)
        if isinstance(self.action_space, Box):
            self.logger.record("train/std", float(self.policy.log_std.detach().exp().mean()))
        self.logger.record("train/n_updates", self._n_updates, exclude="tensorboard")
