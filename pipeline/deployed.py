"""The policy as it is flown: one network with normalisation and action limits inside, whoever runs it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
import onnxruntime
import torch
from onnxruntime.capi.onnxruntime_pybind11_state import Fail as OnnxFailure
from onnxruntime.capi.onnxruntime_pybind11_state import InvalidArgument, InvalidGraph, InvalidProtobuf, NoSuchFile
from scipy.special import ndtr, softmax
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.vec_env import VecNormalize


class Policy(Protocol):
    """Whatever steers: the learned policy in torch or ONNX, or a baseline."""

    def act(self, obs: np.ndarray, noise: np.ndarray | None, allowed: np.ndarray | None = None) -> np.ndarray:
        """Actions (N, 2) in [-1, 1] for observations (N, D) float32.

        Args:
            noise: (N, 2) standard normal numbers, for a draw from the policy's distribution; None for its likeliest.
            allowed: (N, n) bool, which of n discrete choices each has; None: all, or actions are continuous.
        """
        ...


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


class DeployedNetwork(torch.nn.Module):
    """obs (N, D) -> `action` (N, 2) in [-1, 1] and what else OUTPUTS names; normalisation is inside."""

    OUTPUTS: ClassVar[tuple[str, ...]]
    shift: torch.Tensor
    scale: torch.Tensor

    def __init__(self, policy: ActorCriticPolicy, normalization: Normalization | None) -> None:
        """Wrap the actor's part of `policy`; its critic stays behind."""
        super().__init__()
        self.extractor, self.actor = policy.features_extractor, policy.mlp_extractor.policy_net
        self.action_net = policy.action_net
        self.normalized = normalization is not None
        self.limit = normalization.limit if normalization else 0.0
        if normalization:
            scale = 1.0 / np.sqrt(normalization.variance + normalization.epsilon)
            self.register_buffer("shift", torch.as_tensor(normalization.mean, dtype=torch.float32))
            self.register_buffer("scale", torch.as_tensor(scale, dtype=torch.float32))

    def forward(self, obs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """What OUTPUTS names, in that order."""
        if self.normalized:
            obs = torch.clamp((obs - self.shift) * self.scale, -self.limit, self.limit)
        return self.decide(self.action_net(self.actor(self.extractor(obs))))

    def decide(self, answer: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """What OUTPUTS names, of the last layer's answer (N, ...)."""
        raise NotImplementedError


class GaussianNetwork(DeployedNetwork):
    """`action` clipped to the action space, `mean` (N, 2) and `log_std` (N, 2) of a Gaussian policy."""

    OUTPUTS = ("action", "mean", "log_std")
    low: torch.Tensor
    high: torch.Tensor

    def __init__(self, policy: ActorCriticPolicy, normalization: Normalization | None) -> None:
        """See DeployedNetwork."""
        super().__init__(policy, normalization)
        self.log_std = policy.log_std
        space = policy.action_space
        self.register_buffer("low", torch.as_tensor(space.low))  # type: ignore[attr-defined]
        self.register_buffer("high", torch.as_tensor(space.high))  # type: ignore[attr-defined]

    def decide(self, answer: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """See DeployedNetwork.decide; the answer is the mean."""
        action = torch.minimum(torch.maximum(answer, self.low), self.high)
        return action, answer, self.log_std + torch.zeros_like(answer)


class ChoosingNetwork(DeployedNetwork):
    """Of a policy with n choices: the best one's `action`, `logits` (N, n), and what all mean, `commands` (N, n, 2).

    `action` is the best of all commands. Who knows which of them an aircraft has masks the logits and looks its best up
    in `commands`, as TorchPolicy and OnnxPolicy do.
    """

    OUTPUTS = ("action", "logits", "commands")
    commands: torch.Tensor

    def __init__(self, policy: ActorCriticPolicy, normalization: Normalization | None, commands: np.ndarray) -> None:
        """See DeployedNetwork; `commands` (n, 2) float32 is what the choices mean."""
        super().__init__(policy, normalization)
        self.register_buffer("commands", torch.as_tensor(commands))

    def decide(self, answer: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """See DeployedNetwork.decide; the answer is the logits."""
        commands = self.commands + torch.zeros_like(answer[:, :, None])  # a constant would be no output of ONNX
        return self.commands[answer.argmax(1)], answer, commands


def deploy(
    policy: ActorCriticPolicy, normalization: Normalization | None, commands: np.ndarray | None
) -> DeployedNetwork:
    """The network to fly with; `commands` (n, 2) of discrete choices, None where actions are continuous."""
    if commands is None:
        return GaussianNetwork(policy, normalization)
    return ChoosingNetwork(policy, normalization, commands)


class TorchPolicy:
    """A policy run by torch."""

    def __init__(self, network: DeployedNetwork) -> None:
        """Run `network`, which is put into evaluation mode."""
        self.network = network.eval()

    def act(self, obs: np.ndarray, noise: np.ndarray | None, allowed: np.ndarray | None = None) -> np.ndarray:
        """See Policy.act."""
        with torch.no_grad():
            parts = (part.numpy() for part in self.network(torch.from_numpy(obs)))
        return _decide(dict(zip(self.network.OUTPUTS, parts, strict=True)), noise, allowed)


class OnnxPolicy:
    """An exported policy run by ONNX Runtime."""

    def __init__(self, path: Path, num_threads: int = 1) -> None:
        """Load the file.

        Raises:
            ValueError: no file, or one that is truncated or no ONNX model.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = num_threads
        try:
            self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except NoSuchFile:
            raise ValueError(f"{path}: not found, wanted an exported policy (policy.onnx)") from None
        except (InvalidArgument, InvalidProtobuf, InvalidGraph, OnnxFailure) as error:
            raise ValueError(f"{path}: not a whole ONNX model (truncated?): {error}") from None
        self.num_features = int(self.session.get_inputs()[0].shape[1])
        self.outputs = [output.name for output in self.session.get_outputs()]

    def act(self, obs: np.ndarray, noise: np.ndarray | None, allowed: np.ndarray | None = None) -> np.ndarray:
        """See Policy.act."""
        return _decide(self._run(obs), noise, allowed)

    def commands(self) -> np.ndarray | None:
        """What the choices mean, (n, 2) normalised; None where the policy does not choose."""
        commands = self._run(np.zeros((1, self.num_features), np.float32)).get("commands")
        return None if commands is None else commands[0]

    def _run(self, obs: np.ndarray) -> dict[str, np.ndarray]:
        return dict(zip(self.outputs, self.session.run(self.outputs, {"obs": obs}), strict=True))


class Hold:
    """The baseline that never acts: every aircraft keeps heading and speed."""

    def act(self, obs: np.ndarray, noise: np.ndarray | None, allowed: np.ndarray | None = None) -> np.ndarray:
        """Zero for every aircraft."""
        return np.zeros((len(obs), 2), np.float32)


def _decide(outputs: dict[str, np.ndarray], noise: np.ndarray | None, allowed: np.ndarray | None) -> np.ndarray:
    """Actions (N, 2) of a network's outputs by name."""
    if "logits" in outputs:
        chosen = _choose(outputs["logits"].astype(np.float64), noise, allowed)
        return outputs["commands"][np.arange(len(chosen)), chosen]
    return outputs["action"] if noise is None else _draw(outputs["mean"], outputs["log_std"], noise)


def _draw(mean: np.ndarray, log_std: np.ndarray, noise: np.ndarray) -> np.ndarray:
    return np.clip(mean + np.exp(log_std) * noise, -1.0, 1.0).astype(np.float32)


def _choose(logits: np.ndarray, noise: np.ndarray | None, allowed: np.ndarray | None) -> np.ndarray:
    """The likeliest allowed choice (N,) of logits (N, n), or where there is noise (N, 2) one drawn by its first number.

    A standard normal number's own distribution function makes it uniform in (0, 1), and the choice is where the sum of
    probabilities passes it.
    """
    if allowed is not None:
        logits = np.where(allowed, logits, -np.inf)
    if noise is None:
        return logits.argmax(1)
    sums = np.cumsum(softmax(logits, axis=1), axis=1)
    passed, whole = sums > ndtr(noise[:, :1]), sums == sums[:, -1:]
    return (passed | whole).argmax(1)
