"""The policy as it is flown and exported: one network, with normalisation and action limits inside."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy
from sb3_contrib.tqc.policies import TQCPolicy
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecNormalize
from stable_baselines3.sac.policies import LOG_STD_MAX, LOG_STD_MIN, SACPolicy

MEMORY, NEW_MEMORY = "memory", "new_memory"
"""What a network that remembers takes beside the observation, and what it hands on to the next step."""


@dataclass(frozen=True)
class Normalization:
    """Mean and variance (D,) that observations are normalised by, clipped to +-limit."""

    mean: np.ndarray
    variance: np.ndarray
    epsilon: float
    limit: float

    @classmethod
    def of(cls, venv: VecNormalize) -> Normalization | None:
        """What `venv` has learned about observations; None where it leaves them as they are."""
        if not venv.norm_obs:
            return None
        stats = venv.obs_rms
        assert not isinstance(stats, dict)
        return cls(stats.mean.copy(), stats.var.copy(), venv.epsilon, venv.clip_obs)

    def as_values(self) -> dict[str, Any]:
        """As plain values."""
        return {**asdict(self), "mean": self.mean.tolist(), "variance": self.variance.tolist()}

    @classmethod
    def from_values(cls, values: dict[str, Any]) -> Normalization:
        """From `as_values`."""
        return cls(**{**values, "mean": np.array(values["mean"]), "variance": np.array(values["variance"])})


class Recall(torch.nn.Module):
    """An actor's features and LSTM: what it makes of an observation and of its memory.

    A row of memory (N, M) holds the LSTM's hidden state, layer by layer, then its cell state: M = 2 * layers * width.
    """

    def __init__(self, features: torch.nn.Module, lstm: torch.nn.LSTM) -> None:
        """Wrap both."""
        super().__init__()
        self.features, self.lstm = features, lstm
        self.memory_size = 2 * lstm.num_layers * lstm.hidden_size

    def forward(self, obs: torch.Tensor, memory: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The LSTM's answer (N, H) to obs (N, D) and memory (N, M), and the new memory (N, M)."""
        parts = memory.reshape(-1, 2, self.lstm.num_layers, self.lstm.hidden_size).permute(1, 2, 0, 3).contiguous()
        answer, after = self.lstm(self.features(obs)[None], (parts[0], parts[1]))
        return answer[0], torch.stack(after).permute(2, 0, 1, 3).reshape(-1, self.memory_size)


class DeployedNetwork(torch.nn.Module):
    """obs (N, D) -> `action` (N, 2) in [-1, 1] and what else OUTPUTS names; normalisation is inside.

    A network that remembers takes memory (N, M) beside obs, zeros at first, and returns `new_memory` (N, M) as well.

    Attributes:
        memory_size: M, how many numbers it remembers of each row; 0: it has no memory.
    """

    OUTPUTS: ClassVar[tuple[str, ...]]
    SQUASHING: ClassVar[str]
    """How the network's answer becomes `action`."""

    shift: torch.Tensor
    scale: torch.Tensor

    def __init__(self, *layers: torch.nn.Module, normalization: Normalization | None) -> None:
        """Put the normalisation before the layers of an actor, of which the first may be a Recall."""
        super().__init__()
        self.recall: Recall | None = None
        if isinstance(layers[0], Recall):
            self.recall, layers = layers[0], layers[1:]
        self.memory_size = 0 if self.recall is None else self.recall.memory_size
        self.layers = torch.nn.Sequential(*layers)
        self.normalized = normalization is not None
        self.limit = normalization.limit if normalization else 0.0
        if normalization:
            scale = 1.0 / np.sqrt(normalization.variance + normalization.epsilon)
            self.register_buffer("shift", torch.as_tensor(normalization.mean, dtype=torch.float32))
            self.register_buffer("scale", torch.as_tensor(scale, dtype=torch.float32))

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of what `forward` takes."""
        return ("obs", MEMORY) if self.memory_size else ("obs",)

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of what `forward` returns: OUTPUTS, and the new memory where there is any."""
        return (*self.OUTPUTS, NEW_MEMORY) if self.memory_size else self.OUTPUTS

    def forward(self, obs: torch.Tensor, memory: torch.Tensor | None = None) -> tuple[torch.Tensor, ...]:
        """What `outputs` names, in that order; a network that remembers wants memory (N, M)."""
        if self.normalized:
            obs = torch.clamp((obs - self.shift) * self.scale, -self.limit, self.limit)
        if self.recall is None:
            return self.decide(self.layers(obs))
        features, new_memory = self.recall(obs, memory)
        return (*self.decide(self.layers(features)), new_memory)

    def decide(self, answer: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """What OUTPUTS names, of the layers' answer (N, ...)."""
        raise NotImplementedError


class GaussianNetwork(DeployedNetwork):
    """`action` clipped to the action space, `mean` (N, 2) and `log_std` (N, 2) of a Gaussian policy."""

    OUTPUTS = ("action", "mean", "log_std")
    SQUASHING = "clipped to [-1, 1]"
    low: torch.Tensor
    high: torch.Tensor

    def __init__(self, policy: Any, normalization: Normalization | None) -> None:
        """Wrap the actor's part of `policy`; its critic stays behind."""
        super().__init__(*_layers(policy), normalization=normalization)
        self.log_std = policy.log_std
        space = policy.action_space
        self.register_buffer("low", torch.as_tensor(space.low))
        self.register_buffer("high", torch.as_tensor(space.high))

    def decide(self, answer: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """See DeployedNetwork.decide; the answer is the mean."""
        action = torch.minimum(torch.maximum(answer, self.low), self.high)
        return action, answer, self.log_std + torch.zeros_like(answer)


class SquashedNetwork(DeployedNetwork):
    """`action`, the hyperbolic tangent of `mean_before_tanh` (N, 2); `log_std` (N, 2) is of that Gaussian, too."""

    OUTPUTS = ("action", "mean_before_tanh", "log_std")
    SQUASHING = "hyperbolic tangent; where actions are drawn, of the draw from mean_before_tanh and log_std"

    def __init__(self, policy: SACPolicy | TQCPolicy, normalization: Normalization | None) -> None:
        """Wrap the actor of `policy`, whose actions are in [-1, 1]; its critics stay behind."""
        actor: Any = policy.actor
        super().__init__(actor.features_extractor, actor.latent_pi, normalization=normalization)
        self.mean_head, self.log_std_head = actor.mu, actor.log_std

    def decide(self, answer: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """See DeployedNetwork.decide; the answer is what mean and deviation are computed of."""
        mean = self.mean_head(answer)
        return torch.tanh(mean), mean, torch.clamp(self.log_std_head(answer), LOG_STD_MIN, LOG_STD_MAX)


class ChoosingNetwork(DeployedNetwork):
    """Of a policy with n choices: the best one's `action`, `logits` (N, n), and what all mean, `commands` (N, n, 2).

    `action` is the best of all commands. Who knows which of them an aircraft has masks the logits and looks its best up
    in `commands`, as TorchPolicy and OnnxPolicy do.
    """

    OUTPUTS = ("action", "logits", "commands")
    SQUASHING = "the likeliest of `commands`; mask `logits` where an aircraft has not all of them"
    commands: torch.Tensor

    def __init__(self, policy: Any, normalization: Normalization | None, commands: np.ndarray) -> None:
        """Wrap the actor's part of `policy`; `commands` (n, 2) float32 is what the choices mean."""
        super().__init__(*_layers(policy), normalization=normalization)
        self.register_buffer("commands", torch.as_tensor(commands))

    def decide(self, answer: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """See DeployedNetwork.decide; the answer is the logits."""
        commands = self.commands + torch.zeros_like(answer[:, :, None])  # a constant would be no output of ONNX
        return self.commands[answer.argmax(1)], answer, commands


def _layers(policy: Any) -> tuple[torch.nn.Module, ...]:
    """The actor's part; of a policy with memory the LSTM of the actor alone."""
    features = policy.pi_features_extractor
    if isinstance(policy, RecurrentActorCriticPolicy):
        features = Recall(features, policy.lstm_actor)
    return features, policy.mlp_extractor.policy_net, policy.action_net


def deploy(policy: BasePolicy, normalization: Normalization | None, commands: np.ndarray | None) -> DeployedNetwork:
    """The network to fly with; `commands` (n, 2) of discrete choices, None where actions are continuous."""
    if isinstance(policy, SACPolicy | TQCPolicy):
        return SquashedNetwork(policy, normalization)
    if commands is None:
        return GaussianNetwork(policy, normalization)
    return ChoosingNetwork(policy, normalization, commands)
