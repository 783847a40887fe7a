"""A learned policy that acts by observations, run by torch or as an exported file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as onnx_errors

from pipeline.policies.dead_band import DEAD_BAND, beyond

if TYPE_CHECKING:
    from pipeline.policies.network import DeployedNetwork

OBS, ACTION, VALUE = "obs", "action", "value"
MEMORY, NEW_MEMORY = "memory", "new_memory"
"""What a policy that remembers takes beside the observation, and what it hands on to the next step."""
_REFUSED: tuple[type[Exception], ...] = (
    *(own for own in vars(onnx_errors).values() if isinstance(own, type) and issubclass(own, Exception)),
    *(RuntimeError, UnicodeDecodeError),
)
"""What ONNX Runtime says of a model that it cannot load or run."""


class LearnedPolicy:
    """A learned policy. One with memory acts by `act_and_remember`, any other by `act`.

    Attributes:
        memory_size: M, how many numbers it remembers of each agent; 0: none.
    """

    memory_size: int = 0

    def run(self, obs: np.ndarray, memory: np.ndarray | None) -> dict[str, np.ndarray]:
        """The network's outputs by name, for obs (N, D) and, where it remembers, memory (N, M)."""
        raise NotImplementedError

    def act(self, obs: np.ndarray, noise: np.ndarray | None, allowed: np.ndarray | None = None) -> np.ndarray:
        """See Policy.act.

        Raises:
            ValueError: the policy remembers, or a number is not finite.
        """
        if self.memory_size:
            raise ValueError(f"act: this policy remembers {self.memory_size} numbers, wanted act_and_remember")
        _check_finite(obs, "observation")
        return _decide(self.run(obs, None), noise, allowed)

    def act_and_remember(
        self, obs: np.ndarray, memory: np.ndarray, noise: np.ndarray | None, allowed: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """See RememberingPolicy.act_and_remember.

        Raises:
            ValueError: a number is not finite.
        """
        _check_finite(obs, "observation")
        _check_finite(memory, MEMORY)
        outputs = self.run(obs, memory)
        return _decide(outputs, noise, allowed), outputs[NEW_MEMORY]


class TorchPolicy(LearnedPolicy):
    """A policy run by torch."""

    def __init__(self, network: DeployedNetwork) -> None:
        """Run `network`, which is put into evaluation mode."""
        self.network = network.eval()
        self.memory_size = network.memory_size

    def run(self, obs: np.ndarray, memory: np.ndarray | None) -> dict[str, np.ndarray]:
        """See LearnedPolicy.run."""
        import torch

        given = (obs,) if memory is None else (obs, memory)
        with torch.no_grad():
            parts = (part.numpy() for part in self.network(*map(torch.from_numpy, given)))
        return dict(zip(self.network.outputs, parts, strict=True))


class OnnxPolicy(LearnedPolicy):
    """An exported policy run by ONNX Runtime."""

    def __init__(self, path: Path, num_threads: int = 1) -> None:
        """Load the file.

        Raises:
            ValueError: no file, or one that is truncated or no ONNX model.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = num_threads
        try:
            self.session = onnxruntime.InferenceSession(str(path), options, ["CPUExecutionProvider"], enable_fallback=0)
        except onnx_errors.NoSuchFile:
            raise ValueError(f"{path}: not found, wanted an exported policy (policy.onnx)") from None
        except _REFUSED as error:
            raise ValueError(f"{path}: not a whole ONNX model (truncated?): {' '.join(str(error).split())}") from None
        self.outputs = [output.name for output in self.session.get_outputs()]
        self.num_features, self.memory_size = self._takes(path)
        self.action_size = self._tried(path)

    def _takes(self, path: Path) -> tuple[int, int]:
        """How many numbers of observation and of memory, by the shapes of its inputs, (N, D) float32."""
        sizes = {given.name: given.shape for given in self.session.get_inputs()}
        kinds = {given.type for given in self.session.get_inputs()}
        plain = all(len(shape) == 2 and isinstance(shape[1], int) and shape[1] > 0 for shape in sizes.values())
        if not plain or kinds != {"tensor(float)"} or sizes.keys() not in ({OBS}, {OBS, MEMORY}):
            wish = f"wanted {OBS} (N, D), and where it remembers {MEMORY} (N, M), float32"
            raise ValueError(f"{path}: takes {str(sizes)[:200]}, {wish}")
        return sizes[OBS][1], sizes.get(MEMORY, (0, 0))[1]

    def _tried(self, path: Path) -> int:
        """How many numbers an action has, by running it once."""
        memory = np.zeros((1, self.memory_size), np.float32) if self.memory_size else None
        try:
            found = self._outputs(np.zeros((1, self.num_features), np.float32), memory)
        except _REFUSED as error:
            raise ValueError(f"{path}: cannot be run (damaged?): {' '.join(str(error).split())[:300]}") from None
        shapes = {name: value.shape for name, value in found.items()}
        remembers = shapes.get(NEW_MEMORY) == ((1, self.memory_size) if self.memory_size else None)
        if len(shapes.get(ACTION, ())) != 2 or shapes[ACTION][0] != 1 or not remembers or not _fit(shapes):
            raise ValueError(f"{path}: gives {str(shapes)[:200]}, wanted {ACTION} (N, K) and what it is drawn by")
        if not all(np.isfinite(value).all() for value in found.values()):
            raise ValueError(f"{path}: gives numbers that are not finite where all it sees is 0")
        return int(shapes[ACTION][1])

    def run(self, obs: np.ndarray, memory: np.ndarray | None) -> dict[str, np.ndarray]:
        """See LearnedPolicy.run; a row comes out alike, whatever rows stand beside it.

        A row alone is run twice: sums over attention's slots are rounded otherwise where the first axis has length 1.
        """
        if len(obs) != 1:
            return self._outputs(obs, memory)
        twice = self._outputs(obs.repeat(2, 0), None if memory is None else memory.repeat(2, 0))
        return {name: values[:1] for name, values in twice.items()}

    def _outputs(self, obs: np.ndarray, memory: np.ndarray | None) -> dict[str, np.ndarray]:
        given = {OBS: obs} if memory is None else {OBS: obs, MEMORY: memory}
        return dict(zip(self.outputs, self.session.run(self.outputs, given), strict=True))

    def commands(self) -> np.ndarray | None:
        """What the choices mean, (n, K) normalised; None where the policy does not choose."""
        memory = np.zeros((1, self.memory_size), np.float32) if self.memory_size else None
        commands = self.run(np.zeros((1, self.num_features), np.float32), memory).get("commands")
        return None if commands is None else commands[0]


def _check_finite(rows: np.ndarray, what: str) -> None:
    """Refuse (N, D) with NaN or infinity, of which a network makes actions without meaning."""
    finite = np.isfinite(rows)
    if not finite.all():
        row, column = np.argwhere(~finite)[0]
        raise ValueError(f"{what}: row {row}, column {column}: got {rows[row, column]}, wanted a finite number")


def _fit(shapes: dict[str, tuple[int, ...]]) -> bool:
    """Whether outputs of one row go together: choices with what they mean, or a mean with its deviation."""
    action = shapes[ACTION]
    for choices in (shapes[name] for name in ("logits", "values") if name in shapes):
        return len(choices) == 2 and shapes.get("commands") == (*choices, action[1]) and shapes.get(VALUE, (1,)) == (1,)
    return all(shapes[name] == action for name in ("mean", "mean_before_tanh", "log_std", DEAD_BAND) if name in shapes)


def _decide(outputs: dict[str, np.ndarray], noise: np.ndarray | None, allowed: np.ndarray | None) -> np.ndarray:
    """Actions (N, K) of a network's outputs by name."""
    if "commands" in outputs:
        draws, scores = "logits" in outputs, outputs["logits" if "logits" in outputs else "values"]
        chosen = _choose(scores.astype(np.float64), noise if draws else None, allowed)
        return outputs["commands"][np.arange(len(chosen)), chosen]
    if noise is None or "log_std" not in outputs:  # a policy that draws nothing
        return outputs["action"]
    squashed = "mean_before_tanh" in outputs
    drawn = outputs["mean_before_tanh" if squashed else "mean"] + np.exp(outputs["log_std"]) * noise
    drawn = np.tanh(drawn) if squashed else np.clip(drawn, -1.0, 1.0)
    return (beyond(drawn, outputs[DEAD_BAND]) if DEAD_BAND in outputs else drawn).astype(np.float32)


def _choose(logits: np.ndarray, noise: np.ndarray | None, allowed: np.ndarray | None) -> np.ndarray:
    """The likeliest allowed choice (N,) of logits (N, n), or where there is noise (N, K) one drawn by its first number.

    A standard normal number's own distribution function makes it uniform in (0, 1), and the choice is where the sum of
    probabilities passes it.
    """
    if allowed is not None:
        logits = np.where(allowed, logits, -np.inf)
    if noise is None:
        return logits.argmax(1)
    from scipy.special import ndtr, softmax

    sums = np.cumsum(softmax(logits, axis=1), axis=1)
    passed, whole = sums > ndtr(noise[:, :1]), sums == sums[:, -1:]
    return (passed | whole).argmax(1)
