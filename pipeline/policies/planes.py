"""Features of a flat observation of which a part is an image."""

from __future__ import annotations

import torch
from gymnasium import spaces
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor, NatureCNN

_SMALLEST_FOR_NATURE = 36


class PlanesCNN(BaseFeaturesExtractor):
    """obs (N, D) -> features (N, width + other numbers): of its image, by convolutions, and whatever stands beside it.

    Images of 36 pixels or more in height and width go through Stable-Baselines3's NatureCNN (Mnih et al., "Human-level
    control through deep reinforcement learning", Nature 2015), smaller ones through two layers of 3 x 3.
    """

    def __init__(
        self, observation_space: spaces.Box, first: int, channels: int, height: int, width: int, features: int
    ) -> None:
        """Of observations whose image (channels, height, width), in 0 .. 1, begins at column `first`."""
        self.shape, size = (channels, height, width), channels * height * width
        super().__init__(observation_space, features + observation_space.shape[0] - size)
        self.numbers = {"first": first, "channels": channels, "height": height, "width": width, "features": features}
        self.first, self.last = first, first + size
        image = spaces.Box(0.0, 1.0, self.shape)
        large = min(height, width) >= _SMALLEST_FOR_NATURE
        self.sees = (
            NatureCNN(image, features, normalized_image=True) if large else _small(channels, height * width, features)
        )

    def forward(self, observations: torch.Tensor) -> torch.Tensor:
        """See the class."""
        image = observations[:, self.first : self.last].reshape(-1, *self.shape)
        beside = torch.cat([observations[:, : self.first], observations[:, self.last :]], 1)
        return torch.cat([self.sees(image), beside], 1)


def _small(channels: int, pixels: int, features: int) -> torch.nn.Module:
    return torch.nn.Sequential(
        torch.nn.Conv2d(channels, 32, 3, padding=1),
        torch.nn.ReLU(),
        torch.nn.Conv2d(32, 32, 3, padding=1),
        torch.nn.ReLU(),
        torch.nn.Flatten(),
        torch.nn.Linear(32 * pixels, features),
        torch.nn.ReLU(),
    )
