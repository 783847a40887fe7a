"""What a network's file says of its parts, checked before any is made: sizes decide how much memory they take."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

import torch
from pydantic import Field, model_validator

from envs.ground.record import Name, Record

MOST_NUMBERS = 10**6
"""Of an observation, or of a layer's inputs or outputs."""
_MOST_LAYERS = 100

_Size = Annotated[int, Field(ge=1, le=MOST_NUMBERS)]
_Column = Annotated[int, Field(ge=0, le=MOST_NUMBERS)]
_TAKES = {
    "flat": (),
    "pooling": ("first", "num_slots", "slot_width", "width"),
    "attention": ("first", "num_slots", "slot_width", "presence", "width", "heads"),
    "cnn": ("first", "channels", "height", "width", "features"),
    "residual": ("first", "channels", "height", "width", "features", "filters", "blocks", "window"),
    "groups": ("kind", "groups", "width"),
}
"""By extractor, the numbers that it is made of."""


class _Linear(Record):
    inputs: _Size
    outputs: _Size


class _Activation(Record):
    activation: Literal["tanh", "relu", "elu", "silu"]


_Layers = Annotated[tuple[_Linear | _Activation, ...], Field(max_length=_MOST_LAYERS)]


class _Memory(Record):
    inputs: _Size
    width: _Size
    layers: Annotated[int, Field(ge=1, le=_MOST_LAYERS)]
    bias: bool


class _Group(Record):
    first: _Column
    num_slots: _Size
    slot_width: _Size
    presence: _Column | None = None


class _Numbers(Record):
    first: _Column = 0
    num_slots: _Size = 1
    slot_width: _Size = 1
    presence: _Column | None = None
    width: _Size = 1
    heads: _Size = 1
    channels: _Size = 1
    height: _Size = 1
    features: _Size = 1
    filters: _Size = 1
    window: _Size = 1
    blocks: Annotated[int, Field(ge=0, le=_MOST_LAYERS)] = 0
    kind: Literal["pooling", "attention"] = "pooling"
    groups: Annotated[tuple[_Group, ...], Field(min_length=1, max_length=_MOST_LAYERS)] | None = None


class _Features(Record):
    kind: Literal["flat", "pooling", "attention", "cnn", "residual", "groups"]
    seen: _Size
    numbers: _Numbers

    @model_validator(mode="after")
    def _of_what_is_seen(self) -> Self:
        missing = [name for name in _TAKES[self.kind] if name not in self.numbers.model_fields_set]
        if missing:
            raise ValueError(f"numbers.{missing[0]}: missing, wanted for {self.kind}")
        for part in self.numbers.groups or (self.numbers,):
            image = math.prod((self.numbers.channels, self.numbers.height, self.numbers.width))
            size = image if self.kind in ("cnn", "residual") else part.num_slots * part.slot_width
            if part.first + size > self.seen:
                raise ValueError(
                    f"numbers: got columns {part.first} to {part.first + size}, wanted {self.seen} at most"
                )
        return self


class OfPlugin(Record):
    """Features by a plug-in's extractor: what it is made of it knows itself."""

    kind: str
    seen: _Size
    numbers: Annotated[dict[Name, _Column], Field(max_length=_MOST_LAYERS)]


class _Body(Record):
    features: _Features
    lstm: _Memory | None
    layers: _Layers
    further: dict[Literal["prediction", "dynamics"], _Layers] = Field(default_factory=dict)


class Description(Record):
    """A network but for its weights; see DeployedNetwork.as_values."""

    kind: Literal["gaussian", "squashed", "deterministic", "choosing", "greedy", "valued", "modelled"]
    body: _Body
    limit: Annotated[float, Field(gt=0)] | None

    @model_validator(mode="after")
    def _of_its_kind(self) -> Self:
        wanted = {"prediction", "dynamics"} if self.kind == "modelled" else set()
        if self.body.further.keys() != wanted:
            told = [", ".join(sorted(names)) or "none" for names in (self.body.further, wanted)]
            raise ValueError(f"body.further: got {told[0]}, wanted {told[1]}, as {self.kind} networks have")
        return self


def check_weights(weights: Any) -> Mapping[str, torch.Tensor]:
    """The weights themselves, where they are tensors of finite 32-bit numbers by name.

    Raises:
        ValueError: something else, by name.
    """
    if not isinstance(weights, Mapping):
        raise ValueError(f"weights: got a {type(weights).__name__}, wanted tensors by name")
    for name, tensor in weights.items():
        if not isinstance(name, str) or not isinstance(tensor, torch.Tensor) or tensor.dtype != torch.float32:
            kind = tensor.dtype if isinstance(tensor, torch.Tensor) else type(tensor).__name__
            raise ValueError(f"weights.{name}: got {kind}, wanted a tensor of torch.float32")
        if not tensor.isfinite().all():
            raise ValueError(f"weights.{name}: got a number that is not finite")
    return weights
