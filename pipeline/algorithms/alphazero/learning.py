"""The network, asked by the search and changed by steps of gradient."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from envs.ground.turn_game import TurnGame
from pipeline.algorithms.alphazero.ring import Positions
from pipeline.algorithms.sb3 import on_device
from pipeline.policies.network import ValuedNetwork
from pipeline.search.rules import Ask


class Learning:
    """A network of policy and value, and how it learns from positions.

    Attributes:
        network: as it is now.
    """

    def __init__(
        self,
        network: ValuedNetwork,
        game: TurnGame,
        rate: Callable[[float], float],
        value_weight: float,
        weight_decay: float,
        device: str,
    ) -> None:
        """Of a network that has learned nothing.

        Args:
            rate: of learning, by the share of training that remains.
            value_weight: of the value's loss beside the policy's.
        """
        self.device = torch.device(device)
        self.network, self._game, self._rate = network.to(self.device), game, rate
        self._value_weight = value_weight
        self._optimizer = torch.optim.AdamW(self.network.parameters(), lr=rate(1.0), weight_decay=weight_decay)
        seen, liked = zip(*game.symmetries, strict=True)
        self._seen, self._liked = np.stack(seen), np.stack(liked)

    def snapshot(self) -> Ask:
        """The network as it is now, to be asked while this one learns."""
        network = copy.deepcopy(self.network)

        def ask(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            with torch.inference_mode():
                _, logits, _, values = network(torch.from_numpy(rows).to(self.device))
            return logits.cpu().numpy(), values.cpu().numpy()

        return ask

    def step(self, positions: Positions, rng: np.random.Generator, remaining: float) -> dict[str, float]:
        """One step of gradient on positions (N,), each turned or mirrored at random; its figures.

        Args:
            remaining: the share of training that remains.
        """
        rate = self._rate(remaining)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        rows, allowed, wanted = self._varied(positions, rng)
        policy, value, entropy = self._losses(rows, allowed, wanted, torch.from_numpy(positions.values))
        self._optimizer.zero_grad()
        (policy + self._value_weight * value).backward()
        self._optimizer.step()
        return {
            "train/policy_loss": float(policy.detach()),
            "train/value_loss": float(value.detach()),
            "train/entropy": float(entropy.detach()),
            "train/target_entropy": float(-(wanted * wanted.clamp(1e-9).log()).sum(1).mean()),
            "train/learning_rate": rate,
        }

    def _varied(self, positions: Positions, rng: np.random.Generator) -> tuple[torch.Tensor, ...]:
        """Rows (N, D), what can be chosen (N, n), and what the search made of it (N, n): each by a symmetry."""
        rows, allowed = self._game.see(positions.states)
        which = rng.integers(len(self._seen), size=len(positions))
        orders = self._seen[which], self._liked[which], self._liked[which]
        varied = zip((rows, allowed, positions.policies), orders, strict=True)
        return tuple(torch.from_numpy(np.take_along_axis(own, order, 1)) for own, order in varied)

    def _losses(
        self, rows: torch.Tensor, allowed: torch.Tensor, wanted: torch.Tensor, values: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Cross-entropy to what the search made, squared error of the value, and the policy's entropy."""
        rows, allowed, wanted, values = (own.to(self.device) for own in (rows, allowed, wanted, values))
        _, logits, _, judged = self.network(rows)
        known = torch.log_softmax(logits.masked_fill(~allowed, -torch.inf), 1).masked_fill(~allowed, 0.0)
        policy = -(wanted * known).sum(1).mean()
        entropy = -(known.exp() * known).sum(1).mean()
        return policy, torch.nn.functional.mse_loss(judged, values), entropy

    def optimizer_state(self) -> dict[str, Any]:
        """What `restore_optimizer` needs, on the CPU."""
        return on_device(self._optimizer.state_dict(), "cpu")

    def restore_optimizer(self, state: Mapping[str, Any]) -> None:
        """Take over the state of an optimiser of the same weights."""
        self._optimizer.load_state_dict(dict(state))
