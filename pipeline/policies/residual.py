"""Features of a flat observation of which a part is a small image, as a board is: convolutions with short cuts."""

from __future__ import annotations

import torch
from gymnasium import spaces
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor


class PlanesResidual(BaseFeaturesExtractor):
    """obs (N, D) -> features (N, features + other numbers): of its image by residual blocks, and what stands beside it.

    Blocks are those of Silver et al. ("Mastering the game of Go without human knowledge", Nature 2017) without batch
    normalisation, so that a row comes out alike whatever rows stand beside it, in learning and after: each begins as
    the identity (Zhang et al., "Fixup initialization", ICLR 2019).
    """

    def __init__(
        self,
        observation_space: spaces.Box,
        first: int,
        channels: int,
        height: int,
        width: int,
        features: int,
        filters: int,
        blocks: int,
        window: int,
    ) -> None:
        """Of observations whose image (channels, height, width), in 0 .. 1, begins at column `first`.

        Args:
            window: the first layer sees squares of so many cells, all that lie within the image; blocks look at what
                it makes of them. Fewer squares than cells take less time, and the lines of a game fit into one.

        Raises:
            ValueError: a window that is larger than the image.
        """
        if window > min(height, width):
            raise ValueError(f"window: got {window}, wanted {min(height, width)} at most")
        self.shape, size = (channels, height, width), channels * height * width
        super().__init__(observation_space, features + observation_space.shape[0] - size)
        self.numbers = {"first": first, "channels": channels, "height": height, "width": width}
        self.numbers |= {"features": features, "filters": filters, "blocks": blocks, "window": window}
        self.first, self.last = first, first + size
        self.sees = torch.nn.Sequential(
            torch.nn.Conv2d(channels, filters, window),
            torch.nn.ReLU(),
            *(_Block(filters) for _ in range(blocks)),
            torch.nn.Flatten(),
            torch.nn.Linear(filters * (height - window + 1) * (width - window + 1), features),
            torch.nn.ReLU(),
        )

    def forward(self, observations: torch.Tensor) -> torch.Tensor:
        """See the class."""
        image = observations[:, self.first : self.last].reshape(-1, *self.shape)
        beside = torch.cat([observations[:, : self.first], observations[:, self.last :]], 1)
        return torch.cat([self.sees(image), beside], 1)


class _Block(torch.nn.Module):
    def __init__(self, filters: int) -> None:
        super().__init__()
        self.one = torch.nn.Conv2d(filters, filters, 3, padding=1)
        self.two = torch.nn.Conv2d(filters, filters, 3, padding=1)
        torch.nn.init.zeros_(self.two.weight)

    def forward(self, planes: torch.Tensor) -> torch.Tensor:
        return torch.relu(planes + self.two(torch.relu(self.one(planes))))
