"""The policy as it acts and is exported: one network, with normalisation and action limits inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
import torch

from pipeline.policies.dead_band import BEYOND, DEAD_BAND
from pipeline.policies.deployed import MEMORY, NEW_MEMORY, VALUE
from pipeline.policies.parts import Body, Normalization, Recall

LOG_STD_MIN, LOG_STD_MAX = -20.0, 2.0
"""Where the logarithm of a squashed policy's deviation ends, as in Stable-Baselines3."""


class DeployedNetwork(torch.nn.Module):
    """obs (N, D) -> `action` (N, K) in [-1, 1] and what else OUTPUTS names; normalisation is inside.

    A network that remembers takes memory (N, M) beside obs, zeros at first, and returns `new_memory` (N, M) as well.

    Attributes:
        KIND: what its file calls it.
        SQUASHING: how the network's answer becomes `action`.
        memory_size: M, how many numbers it remembers of each row; 0: it has no memory.
    """

    KIND: ClassVar[str]
    OUTPUTS: ClassVar[tuple[str, ...]]
    SQUASHING: ClassVar[str]
    shift: torch.Tensor
    scale: torch.Tensor

    def __init__(self, body: Body, normalization: Normalization | None) -> None:
        """Put the normalisation before an actor's body."""
        super().__init__()
        self.body, self.limit = body, normalization.limit if normalization else None
        self.features = Recall(body.features, body.lstm) if body.lstm else body.features
        self.memory_size = self.features.memory_size if isinstance(self.features, Recall) else 0
        self.layers = body.layers
        if normalization:
            scale = 1.0 / np.sqrt(normalization.variance + normalization.epsilon)
            self.register_buffer("shift", torch.as_tensor(normalization.mean, dtype=torch.float32))
            self.register_buffer("scale", torch.as_tensor(scale, dtype=torch.float32))

    @classmethod
    def blank(cls, body: Body, normalization: Normalization | None, weights: Mapping[str, torch.Tensor]) -> Self:
        """One in which these weights have place."""
        raise NotImplementedError

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of what `forward` takes."""
        return ("obs", MEMORY) if self.memory_size else ("obs",)

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of what `forward` returns: OUTPUTS, and the new memory where there is any."""
        return (*self.OUTPUTS, NEW_MEMORY) if self.memory_size else self.OUTPUTS

    @property
    def squashing(self) -> str:
        """How the network's answer becomes `action`."""
        return self.SQUASHING

    def as_values(self) -> dict[str, Any]:
        """As plain values and plain tensors."""
        return {
            "kind": self.KIND,
            "body": self.body.as_values(),
            "limit": self.limit,
            "weights": {name: tensor.detach().cpu().clone() for name, tensor in self.state_dict().items()},
        }

    def forward(self, obs: torch.Tensor, memory: torch.Tensor | None = None) -> tuple[torch.Tensor, ...]:
        """What `outputs` names, in that order; a network that remembers wants memory (N, M)."""
        if self.limit is not None:
            obs = torch.clamp((obs - self.shift) * self.scale, -self.limit, self.limit)
        if not self.memory_size:
            return self.decide(self.layers(self.features(obs)))
        features, new_memory = self.features(obs, memory)
        return (*self.decide(self.layers(features)), new_memory)

    def decide(self, answer: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """What OUTPUTS names, of the layers' answer (N, ...)."""
        raise NotImplementedError


class GaussianNetwork(DeployedNetwork):
    """`action` clipped to the action space, `mean` (N, K) and `log_std` (N, K) of a Gaussian policy.

    Where it has a dead band, `action` is what lies beyond it, and `dead_band` (N, K) comes last, for who draws.
    """

    KIND = "gaussian"
    OUTPUTS = ("action", "mean", "log_std")
    SQUASHING = "clipped to [-1, 1]"
    low: torch.Tensor
    high: torch.Tensor
    log_std: torch.Tensor
    dead_band: torch.Tensor | None

    def __init__(
        self,
        body: Body,
        normalization: Normalization | None,
        log_std: torch.Tensor,
        limits: tuple[torch.Tensor, torch.Tensor],
        dead_band: torch.Tensor | None = None,
    ) -> None:
        """Of an actor whose body answers with the mean; log_std (K,), and the least and largest actions (K,).

        Args:
            dead_band: (K,) see pipeline/policies/dead_band.py; None: there is none.
        """
        super().__init__(body, normalization)
        self.register_buffer("log_std", log_std)
        self.register_buffer("low", limits[0])
        self.register_buffer("high", limits[1])
        self.register_buffer("dead_band", dead_band)

    @classmethod
    def blank(cls, body: Body, normalization: Normalization | None, weights: Mapping[str, torch.Tensor]) -> Self:
        """See DeployedNetwork.blank."""
        limits, band = (weights["low"], weights["high"]), weights.get(DEAD_BAND)
        if band is not None and not ((band >= 0.0) & (band < 1.0)).all():
            raise ValueError(f"weights.{DEAD_BAND}: got {str(band.tolist())[:40]}, wanted 0 or more, below 1")
        return cls(body, normalization, weights["log_std"], limits, band)

    @property
    def outputs(self) -> tuple[str, ...]:
        """See DeployedNetwork."""
        return super().outputs if self.dead_band is None else (*self.OUTPUTS, DEAD_BAND, *super().outputs[3:])

    @property
    def squashing(self) -> str:
        """See DeployedNetwork."""
        return self.SQUASHING if self.dead_band is None else f"{self.SQUASHING}, then {BEYOND}"

    def decide(self, answer: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """See DeployedNetwork.decide; the answer is the mean."""
        action, zeros = torch.minimum(torch.maximum(answer, self.low), self.high), torch.zeros_like(answer)
        if self.dead_band is None:
            return action, answer, self.log_std + zeros
        left = torch.relu(action.abs() - self.dead_band) / (1.0 - self.dead_band)
        return torch.sign(action) * left, answer, self.log_std + zeros, self.dead_band + zeros


class SquashedNetwork(DeployedNetwork):
    """`action`, the hyperbolic tangent of `mean_before_tanh` (N, K); `log_std` (N, K) is of that Gaussian, too."""

    KIND = "squashed"
    OUTPUTS = ("action", "mean_before_tanh", "log_std")
    SQUASHING = "hyperbolic tangent; where actions are drawn, of the draw from mean_before_tanh and log_std"

    def __init__(
        self, body: Body, normalization: Normalization | None, mean: torch.nn.Linear, log_std: torch.nn.Linear
    ) -> None:
        """Of an actor whose body answers with what both heads are computed of."""
        super().__init__(body, normalization)
        self.mean_head, self.log_std_head = mean, log_std

    @classmethod
    def blank(cls, body: Body, normalization: Normalization | None, weights: Mapping[str, torch.Tensor]) -> Self:
        """See DeployedNetwork.blank."""
        outputs, inputs = weights["mean_head.weight"].shape
        return cls(body, normalization, torch.nn.Linear(inputs, outputs), torch.nn.Linear(inputs, outputs))

    def decide(self, answer: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """See DeployedNetwork.decide; the answer is what mean and deviation are computed of."""
        mean = self.mean_head(answer)
        return torch.tanh(mean), mean, torch.clamp(self.log_std_head(answer), LOG_STD_MIN, LOG_STD_MAX)


class DeterministicNetwork(DeployedNetwork):
    """`action` clipped to [-1, 1], of a policy that draws nothing."""

    KIND = "deterministic"
    OUTPUTS = ("action",)
    SQUASHING = "clipped to [-1, 1]; nothing is drawn"

    @classmethod
    def blank(cls, body: Body, normalization: Normalization | None, weights: Mapping[str, torch.Tensor]) -> Self:
        """See DeployedNetwork.blank."""
        return cls(body, normalization)

    def decide(self, answer: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """See DeployedNetwork.decide; the answer is the action."""
        return (torch.clamp(answer, -1.0, 1.0),)


class ChoosingNetwork(DeployedNetwork):
    """Of a policy with n choices: the best one's `action`, `logits` (N, n), and what all mean, `commands` (N, n, K).

    `action` is the best of all commands. Who knows which of them an agent has masks the logits and looks its best up in
    `commands`, as TorchPolicy and OnnxPolicy do.
    """

    KIND = "choosing"
    OUTPUTS: ClassVar[tuple[str, ...]] = ("action", "logits", "commands")
    SQUASHING = "the likeliest of `commands`; mask `logits` where an agent has not all of them"
    commands: torch.Tensor

    def __init__(self, body: Body, normalization: Normalization | None, commands: torch.Tensor) -> None:
        """Of an actor whose body answers with the logits; `commands` (n, K) is what the choices mean."""
        super().__init__(body, normalization)
        self.register_buffer("commands", commands)

    @classmethod
    def blank(cls, body: Body, normalization: Normalization | None, weights: Mapping[str, torch.Tensor]) -> Self:
        """See DeployedNetwork.blank."""
        return cls(body, normalization, weights["commands"])

    def decide(self, answer: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """See DeployedNetwork.decide; the answer is the logits."""
        commands = self.commands + torch.zeros_like(answer[:, :, None])  # a constant would be no output of ONNX
        return self.commands[answer.argmax(1)], answer, commands


class ValuedNetwork(ChoosingNetwork):
    """A `ChoosingNetwork` that also says what comes of a row for who acts, `value` (N,) in [-1, 1].

    Its body answers with the logits and one number more, whose hyperbolic tangent is the value.
    """

    KIND = "valued"
    OUTPUTS = (*ChoosingNetwork.OUTPUTS, VALUE)

    def decide(self, answer: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """See DeployedNetwork.decide."""
        return *super().decide(answer[:, :-1]), torch.tanh(answer[:, -1])


class GreedyNetwork(ChoosingNetwork):
    """As a ChoosingNetwork, of a policy that draws nothing: `values` (N, n) say what choices are worth."""

    KIND = "greedy"
    OUTPUTS = ("action", "values", "commands")
    SQUASHING = "the best of `commands` by `values`, of which nothing is drawn; mask them where an agent has not all"


class NetworkByRole(DeployedNetwork):
    """A network for each role: a row is answered by that of the role which its observation tells."""

    KIND = "by_role"

    def __init__(self, parts: Sequence[DeployedNetwork], first: int) -> None:
        """Of networks of one kind, role by role; a row has 1 in the column `first` + its role's number."""
        torch.nn.Module.__init__(self)  # what else a network has, each part has for itself
        self.parts: Any = torch.nn.ModuleList(parts)
        self.first, self.memory_size = first, parts[0].memory_size
        self._outputs, self._squashing = parts[0].outputs, parts[0].squashing

    @property
    def outputs(self) -> tuple[str, ...]:
        """See DeployedNetwork."""
        return self._outputs

    @property
    def squashing(self) -> str:
        """See DeployedNetwork."""
        return self._squashing

    def as_values(self) -> dict[str, Any]:
        """See DeployedNetwork.as_values."""
        return {"kind": self.KIND, "first": self.first, "parts": [part.as_values() for part in self.parts]}

    def forward(self, obs: torch.Tensor, memory: torch.Tensor | None = None) -> tuple[torch.Tensor, ...]:
        """See DeployedNetwork.forward; every part answers every row, which one file of ONNX can hold."""
        given = (obs,) if memory is None else (obs, memory)
        chosen, *others = (part(*given) for part in self.parts)
        for role, answers in enumerate(others, 1):
            own = obs[:, self.first + role] > 0.5
            pairs = zip(answers, chosen, strict=True)
            chosen = tuple(torch.where(own.reshape(-1, *[1] * (new.dim() - 1)), new, old) for new, old in pairs)
        return chosen
