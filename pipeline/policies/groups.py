"""Features of a flat observation with several groups of slots: those alike within a group are treated alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor

from pipeline.policies.neighbours import NeighbourAttention, NeighbourPooling

KINDS: dict[str, type[NeighbourPooling] | type[NeighbourAttention]] = {
    "pooling": NeighbourPooling,
    "attention": NeighbourAttention,
}


class NeighbourGroups(BaseFeaturesExtractor):
    """obs (N, D) -> features: of the agent itself, and of each group what one extractor of neighbours makes of it."""

    def __init__(
        self, observation_space: spaces.Box, kind: str, groups: Sequence[dict[str, Any]], **numbers: int
    ) -> None:
        """Of observations with these groups, whose columns do not overlap.

        Args:
            kind: which extractor, one for each group.
            groups: what it takes of each: first, num_slots, slot_width, and where attention looks at it presence.
            numbers: what else it takes, the same for all.
        """
        places = [np.arange(own["first"], own["first"] + own["num_slots"] * own["slot_width"]) for own in groups]
        own = np.setdiff1d(np.arange(observation_space.shape[0]), np.concatenate(places))
        parts = []
        for group, place in zip(groups, places, strict=True):
            seen = spaces.Box(-np.inf, np.inf, (len(own) + len(place),), np.float32)
            parts.append(KINDS[kind](seen, **{**group, **numbers, "first": len(own)}))
        repeated = len(own) if kind == "pooling" else 0
        super().__init__(observation_space, repeated + sum(part.features_dim - repeated for part in parts))
        self.numbers = {"kind": kind, "groups": [dict(group) for group in groups], **numbers}
        self.parts, self._repeated = torch.nn.ModuleList(parts), repeated
        self._own, self._places = own.tolist(), [(int(place[0]), int(place[-1]) + 1) for place in places]

    def forward(self, observations: torch.Tensor) -> torch.Tensor:
        """See the class."""
        own = observations[:, self._own]
        features = [own[:, : self._repeated]]
        for part, (first, last) in zip(self.parts, self._places, strict=True):
            features.append(part(torch.cat([own, observations[:, first:last]], 1))[:, self._repeated :])
        return torch.cat(features, 1)
