"""Who flies by observations: a learned policy, run by torch or as an exported file, or the baseline that holds."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
import onnxruntime
import torch
from onnxruntime.capi.onnxruntime_pybind11_state import Fail as OnnxFailure
from onnxruntime.capi.onnxruntime_pybind11_state import InvalidArgument, InvalidGraph, InvalidProtobuf, NoSuchFile
from scipy.special import ndtr, softmax

from pipeline.network import DeployedNetwork


class Policy(Protocol):
    """Whatever steers: the learned policy in torch or ONNX, or a baseline."""

    def act(self, obs: np.ndarray, noise: np.ndarray | None, allowed: np.ndarray | None = None) -> np.ndarray:
        """Actions (N, 2) in [-1, 1] for observations (N, D) float32.

        Args:
            noise: (N, 2) standard normal numbers, for a draw from the policy's distribution; None for its likeliest.
            allowed: (N, n) bool, which of n discrete choices each has; None: all, or actions are continuous.
        """
        ...


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
    if noise is None:
        return outputs["action"]
    squashed = "mean_before_tanh" in outputs
    drawn = outputs["mean_before_tanh" if squashed else "mean"] + np.exp(outputs["log_std"]) * noise
    return (np.tanh(drawn) if squashed else np.clip(drawn, -1.0, 1.0)).astype(np.float32)


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
