"""Steps of gradient by AdamW (Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch

from pipeline.algorithms.sb3 import on_device


class Optimizer:
    """Of a network's weights, at a rate that changes over the training."""

    def __init__(self, network: torch.nn.Module, rate: Callable[[float], float], weight_decay: float) -> None:
        """Before the first step.

        Args:
            rate: of learning, by the share of training that remains.
        """
        self._rate = rate
        self._adam = torch.optim.AdamW(network.parameters(), lr=rate(1.0), weight_decay=weight_decay)

    def step(self, loss: torch.Tensor, remaining: float) -> float:
        """One step down the loss, at this share of training that remains; returns the rate."""
        rate = self._rate(remaining)
        for group in self._adam.param_groups:
            group["lr"] = rate
        self._adam.zero_grad()
        loss.backward()
        self._adam.step()
        return rate

    def state(self) -> dict[str, Any]:
        """What `restore` needs, on the CPU."""
        return on_device(self._adam.state_dict(), "cpu")

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over the state of an optimiser of the same weights."""
        self._adam.load_state_dict(dict(state))
