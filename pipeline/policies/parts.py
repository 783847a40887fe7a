"""What networks are made of, by name and as plain values: extractors of features, layers, and a memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor, FlattenExtractor

from envs.ground.packages import plugins
from envs.ground.record import unknown
from pipeline.policies.groups import NeighbourGroups
from pipeline.policies.neighbours import NeighbourAttention, NeighbourPooling
from pipeline.policies.planes import PlanesCNN
from pipeline.policies.residual import PlanesResidual

EXTRACTORS: dict[str, type[BaseFeaturesExtractor]] = {
    "flat": FlattenExtractor,
    "pooling": NeighbourPooling,
    "attention": NeighbourAttention,
    "cnn": PlanesCNN,
    "residual": PlanesResidual,
    "groups": NeighbourGroups,
}
"""Each is made of an observation space and of numbers, which it keeps as `numbers`; `flat` needs none."""
CHOSEN = ("flat", "pooling", "attention", "cnn", "residual")
"""Those that params.yaml names: `groups` stands for pooling or attention where a world has several groups."""


def chosen() -> tuple[str, ...]:
    """The names of extractors that params.yaml may have, those of plug-ins too."""
    return (*CHOSEN, *plugins.names(plugins.NETWORKS, EXTRACTORS))


def extractor(name: str) -> type[BaseFeaturesExtractor]:
    """The extractor of this name: of ours, or of a plug-in.

    Raises:
        ValueError: there is none, naming the nearest; or the plug-in that offers it cannot be used.
    """
    if name in EXTRACTORS:
        return EXTRACTORS[name]
    own = plugins.plugin(plugins.NETWORKS, name, EXTRACTORS)
    if own is None:
        raise ValueError(f"features_extractor: {unknown(name, chosen())}")
    kind = own.load(_no_extractor)
    _PLUGGED[kind] = name
    return kind


_PLUGGED: dict[type[BaseFeaturesExtractor], str] = {}
"""The names of plug-ins' extractors that were asked for: what made a network is known by name."""


def _no_extractor(found: Any) -> str:
    """Why something is no extractor; '' where it is one."""
    if not isinstance(found, type):
        return f"got a {type(found).__name__}"
    return "" if issubclass(found, BaseFeaturesExtractor) else f"got {found.__name__}, a class of something else"


ACTIVATIONS = {"tanh": torch.nn.Tanh, "relu": torch.nn.ReLU, "elu": torch.nn.ELU, "silu": torch.nn.SiLU}


@dataclass(frozen=True)
class Normalization:
    """Mean and variance (D,) that observations are normalised by, clipped to +-limit."""

    mean: np.ndarray
    variance: np.ndarray
    epsilon: float
    limit: float


@dataclass(frozen=True)
class Body:
    """What every actor has before its heads: features of an observation, perhaps a memory, and layers.

    Attributes:
        further: layers by name that some kinds of networks have besides.
    """

    features: BaseFeaturesExtractor
    layers: torch.nn.Sequential
    lstm: torch.nn.LSTM | None = None
    further: Mapping[str, torch.nn.Sequential] = field(default_factory=dict)

    def as_values(self) -> dict[str, Any]:
        """As plain values; weights are not among them."""
        lstm = self.lstm
        told = (
            {
                "inputs": lstm.input_size,
                "width": lstm.hidden_size,
                "layers": lstm.num_layers,
                "bias": lstm.bias,
            }
            if lstm
            else None
        )
        further = {name: _layers_as_values(own) for name, own in self.further.items()}
        values: dict[str, Any] = {
            "features": _extractor_as_values(self.features),
            "lstm": told,
            "layers": _layers_as_values(self.layers),
        }
        return {**values, "further": further} if further else values

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Body:
        """From `as_values`, with weights that say nothing yet.

        Raises:
            KeyError: a part that is not known.
        """
        told = values["lstm"]
        lstm = torch.nn.LSTM(told["inputs"], told["width"], told["layers"], bias=told["bias"]) if told else None
        further = {name: _layers_from(own) for name, own in values.get("further", {}).items()}
        return cls(_extractor_from(values["features"]), _layers_from(values["layers"]), lstm, further)


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


def _extractor_as_values(features: BaseFeaturesExtractor) -> dict[str, Any]:
    names = {kind: name for name, kind in EXTRACTORS.items()} | _PLUGGED
    (num_seen,) = features._observation_space.shape  # type: ignore[misc]
    return {"kind": names[type(features)], "seen": num_seen, "numbers": dict(getattr(features, "numbers", {}))}


def _extractor_from(values: Mapping[str, Any]) -> BaseFeaturesExtractor:
    seen = spaces.Box(-np.inf, np.inf, (values["seen"],), np.float32)
    return extractor(values["kind"])(seen, **values["numbers"])


def _layers_as_values(layers: Iterable[torch.nn.Module]) -> list[dict[str, Any]]:
    names = {kind: name for name, kind in ACTIVATIONS.items()}
    return [
        {"inputs": layer.in_features, "outputs": layer.out_features}
        if isinstance(layer, torch.nn.Linear)
        else {"activation": names[type(layer)]}
        for layer in layers
    ]


def _layers_from(values: Iterable[Mapping[str, Any]]) -> torch.nn.Sequential:
    return torch.nn.Sequential(
        *(
            ACTIVATIONS[layer["activation"]]()
            if "activation" in layer
            else torch.nn.Linear(layer["inputs"], layer["outputs"])
            for layer in values
        )
    )
