"""Features of a flat observation whose neighbour slots are all treated alike: pooled, or by attention."""

from __future__ import annotations

import torch
from gymnasium import spaces
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor

_FAR = -1e9


class NeighbourPooling(BaseFeaturesExtractor):
    """obs (N, D) -> features (N, own numbers + width): of the agent itself, and the largest over all neighbours.

    One small network looks at each neighbour together with own state (Zaheer et al., "Deep Sets", NeurIPS 2017).
    """

    def __init__(self, observation_space: spaces.Box, first: int, num_slots: int, slot_width: int, width: int) -> None:
        """Of observations with `num_slots` slots of `slot_width` numbers from `first` on."""
        num_own = observation_space.shape[0] - num_slots * slot_width
        super().__init__(observation_space, num_own + width)
        self.numbers = {"first": first, "num_slots": num_slots, "slot_width": slot_width, "width": width}
        self.first, self.last = first, first + num_slots * slot_width
        self.num_slots, self.slot_width = num_slots, slot_width
        self.own = torch.nn.Linear(num_own, width)
        self.other = torch.nn.Linear(slot_width, width, bias=False)
        self.both = torch.nn.Linear(width, width)

    def forward(self, observations: torch.Tensor) -> torch.Tensor:
        """See the class."""
        slots = observations[:, self.first : self.last].reshape(-1, self.num_slots, self.slot_width)
        own = torch.cat([observations[:, : self.first], observations[:, self.last :]], 1)
        seen = torch.tanh(self.own(own)[:, None, :] + self.other(slots))
        return torch.cat([own, torch.tanh(self.both(seen)).amax(1)], 1)


class NeighbourAttention(BaseFeaturesExtractor):
    """obs (N, D) -> features (N, 2 * width): of the agent itself, and of the neighbours that are there.

    Own state asks, each neighbour answers with a key and a value (Vaswani et al., 2017, section 3.2, one query); slots
    without presence have no weight, and nobody there gives zeros. Any number of slots has the same weights.
    """

    def __init__(
        self,
        observation_space: spaces.Box,
        first: int,
        num_slots: int,
        slot_width: int,
        presence: int | None,
        width: int,
        heads: int,
    ) -> None:
        """Of observations with `num_slots` slots of `slot_width` numbers from `first` on.

        Args:
            presence: the column within a slot that says whether somebody is there; None: always.

        Raises:
            ValueError: `width` is no multiple of `heads`.
        """
        if width < 1 or heads < 1 or width % heads:
            raise ValueError(f"features_extractor_kwargs: got width {width}, heads {heads}, wanted a multiple of heads")
        super().__init__(observation_space, 2 * width)
        self.numbers = {"first": first, "num_slots": num_slots, "slot_width": slot_width, "presence": presence}
        self.numbers |= {"width": width, "heads": heads}
        self.first, self.last = first, first + num_slots * slot_width
        self.num_slots, self.slot_width, self.presence, self.heads = num_slots, slot_width, presence, heads
        own, other = observation_space.shape[0] - num_slots * slot_width, slot_width - (presence is not None)
        self.own = torch.nn.Sequential(torch.nn.Linear(own, width), torch.nn.Tanh())
        self.other = torch.nn.Sequential(torch.nn.Linear(other, width), torch.nn.Tanh())
        self.query, self.key, self.value = (torch.nn.Linear(width, width) for _ in range(3))

    def forward(self, observations: torch.Tensor) -> torch.Tensor:
        """See the class."""
        slots = observations[:, self.first : self.last].reshape(-1, self.num_slots, self.slot_width)
        there, told = self._part(slots)
        own = self.own(torch.cat([observations[:, : self.first], observations[:, self.last :]], 1))
        other = self.other(told)
        shape = (-1, self.num_slots, self.heads, own.shape[1] // self.heads)
        asked = self.query(own).reshape(-1, 1, *shape[2:])
        scores = (asked * self.key(other).reshape(shape)).sum(3) / shape[3] ** 0.5
        weights = torch.softmax(scores + _FAR * (1.0 - there), dim=1) * there
        heard = (weights[:, :, :, None] * self.value(other).reshape(shape)).sum(1)
        return torch.cat([own, heard.flatten(1)], 1)

    def _part(self, slots: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Who is there (N, slots, 1), 0 or 1, and what else slots (N, slots, W) tell."""
        if self.presence is None:
            return torch.ones_like(slots[:, :, :1]), slots
        there = (slots[:, :, self.presence : self.presence + 1] > 0.5).float()
        behind = slots[:, :, self.presence + 1 :]
        return there, torch.cat([slots[:, :, : self.presence], behind], 2) if self.presence else behind
