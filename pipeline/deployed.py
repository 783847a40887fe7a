"""The policy as it is flown: one network with normalisation and action limits inside, whoever runs it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import onnxruntime
import torch
from onnxruntime.capi.onnxruntime_pybind11_state import Fail as OnnxFailure
from onnxruntime.capi.onnxruntime_pybind11_state import InvalidArgument, InvalidGraph, InvalidProtobuf, NoSuchFile
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.vec_env import VecNormalize


class Policy(Protocol):
    """Whatever steers: the learned policy in torch or ONNX, or a baseline."""

    def act(self, obs: np.ndarray, noise: np.ndarray | None) -> np.ndarray:
        """Actions (N, 2) in [-1, 1] for observations (N, D) float32.

        Args:
            noise: (N, 2) standard normal numbers, for a draw from the policy's distribution; None for its mean.
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
    """obs (N, D) -> action (N, 2) clipped to the action space, mean (N, 2), log_std (N, 2) of a Gaussian policy."""

    shift: torch.Tensor
    scale: torch.Tensor
    low: torch.Tensor
    high: torch.Tensor

    def __init__(self, policy: ActorCriticPolicy, normalization: Normalization | None) -> None:
        """Wrap the actor's part of `policy`; its critic stays behind."""
        super().__init__()
        self.extractor, self.actor = policy.features_extractor, policy.mlp_extractor.policy_net
        self.action_net, self.log_std = policy.action_net, policy.log_std
        self.normalized = normalization is not None
        self.limit = normalization.limit if normalization else 0.0
        if normalization:
            scale = 1.0 / np.sqrt(normalization.variance + normalization.epsilon)
            self.register_buffer("shift", torch.as_tensor(normalization.mean, dtype=torch.float32))
            self.register_buffer("scale", torch.as_tensor(scale, dtype=torch.float32))
        space = policy.action_space
        self.register_buffer("low", torch.as_tensor(space.low))  # type: ignore[attr-defined]
        self.register_buffer("high", torch.as_tensor(space.high))  # type: ignore[attr-defined]

    def forward(self, obs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Action, mean and log standard deviation."""
        if self.normalized:
            obs = torch.clamp((obs - self.shift) * self.scale, -self.limit, self.limit)
        mean = self.action_net(self.actor(self.extractor(obs)))
        action = torch.minimum(torch.maximum(mean, self.low), self.high)
        return action, mean, self.log_std + torch.zeros_like(mean)


class TorchPolicy:
    """A policy run by torch."""

    def __init__(self, network: DeployedNetwork) -> None:
        """Run `network`, which is put into evaluation mode."""
        self.network = network.eval()

    def act(self, obs: np.ndarray, noise: np.ndarray | None) -> np.ndarray:
        """See Policy.act."""
        with torch.no_grad():
            action, mean, log_std = (part.numpy() for part in self.network(torch.from_numpy(obs)))
        return action if noise is None else _draw(mean, log_std, noise)


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

    def act(self, obs: np.ndarray, noise: np.ndarray | None) -> np.ndarray:
        """See Policy.act."""
        action, mean, log_std = self.session.run(["action", "mean", "log_std"], {"obs": obs})
        return action if noise is None else _draw(mean, log_std, noise)


class Hold:
    """The baseline that never acts: every aircraft keeps heading and speed."""

    def act(self, obs: np.ndarray, noise: np.ndarray | None) -> np.ndarray:
        """Zero for every aircraft."""
        return np.zeros((len(obs), 2), np.float32)


def _draw(mean: np.ndarray, log_std: np.ndarray, noise: np.ndarray) -> np.ndarray:
    return np.clip(mean + np.exp(log_std) * noise, -1.0, 1.0).astype(np.float32)
