"""A policy's network as plain values and plain tensors, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from pipeline.policies.description import MOST_NUMBERS, Description, OfPlugin, check_weights
from pipeline.policies.modelled import ModelledNetwork
from pipeline.policies.network import (
    ChoosingNetwork,
    DeployedNetwork,
    DeterministicNetwork,
    GaussianNetwork,
    GreedyNetwork,
    NetworkByRole,
    SquashedNetwork,
    ValuedNetwork,
)
from pipeline.policies.parts import EXTRACTORS, Body, Normalization, extractor

KINDS: dict[str, type[DeployedNetwork]] = {
    kind.KIND: kind
    for kind in (
        *(GaussianNetwork, SquashedNetwork, DeterministicNetwork),
        *(ChoosingNetwork, ValuedNetwork, ModelledNetwork, GreedyNetwork, NetworkByRole),
    )
}


def as_values(network: DeployedNetwork) -> dict[str, Any]:
    """A network as plain values and plain tensors, which torch reads without running anybody's code."""
    return network.as_values()


def network_from(values: Any) -> DeployedNetwork:
    """From `as_values`; draws nothing from torch's generator, and takes no more memory than the weights do.

    Raises:
        KeyError, TypeError, RuntimeError, ValueError: values that do not describe a network, or weights of another.
    """
    if not isinstance(values, Mapping):
        raise TypeError(f"got a {type(values).__name__}, wanted keys with values")
    if values["kind"] == NetworkByRole.KIND:
        return _by_role([network_from(part) for part in values["parts"]], values["first"])
    weights = check_weights(values["weights"])
    description = Description.from_values(_of_ours({key: own for key, own in values.items() if key != "weights"}))
    with torch.device("meta"):  # layers without memory: the weights are put in their places
        body = Body.from_values(values["body"])
        size, limit = description.body.features.seen, description.limit
        normalization = None if limit is None else Normalization(np.zeros(size), np.ones(size), 0.0, limit)
        network = KINDS[description.kind].blank(body, normalization, weights)
    network.load_state_dict(dict(weights), assign=True)
    return network.eval()


def _of_ours(values: dict[str, Any]) -> dict[str, Any]:
    """The same values; features of a plug-in are checked, and flat ones stand in their place."""
    body = values.get("body")
    if not isinstance(body, Mapping) or not isinstance(body.get("features"), Mapping):
        return values
    features = body["features"]
    if features.get("kind") in EXTRACTORS:
        return values
    extractor(str(features.get("kind")))
    flat = {"kind": "flat", "seen": OfPlugin.from_values(features).seen, "numbers": {}}
    return {**values, "body": {**body, "features": flat}}


def _by_role(parts: Sequence[DeployedNetwork], first: Any) -> NetworkByRole:
    if not parts or len({(type(part), part.outputs, part.memory_size) for part in parts}) > 1:
        raise ValueError(f"parts: got {len(parts)}, wanted one or more of one kind")
    if not isinstance(first, int) or not 0 <= first <= MOST_NUMBERS:
        raise ValueError(f"first: got {str(first)[:40]}, wanted the column of the first role")
    return NetworkByRole(parts, first).eval()
