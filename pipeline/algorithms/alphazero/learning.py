"""The network, asked by the search and changed by steps of gradient."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from envs.ground.turn_game import TurnGame
from pipeline.algorithms.alphazero.positions import Positions, PositionsRing
from pipeline.algorithms.self_play.learner import Now, Pace
from pipeline.algorithms.self_play.optimizing import Optimizer
from pipeline.algorithms.self_play.playing import Look
from pipeline.algorithms.self_play.symmetries import Symmetries
from pipeline.policies.network import ValuedNetwork
from pipeline.search.rules import Ask, Discounted
from pipeline.search.searching import search_gumbel


@dataclass(frozen=True)
class Searching:
    """How moves are searched for.

    Attributes:
        num_simulations, num_considered: see search_gumbel.
        discount: of what comes a move later.
    """

    num_simulations: int
    num_considered: int
    discount: float


class AlphaZeroLearning:
    """See Learning: a network of policy and value, and how it learns from positions."""

    def __init__(
        self,
        network: ValuedNetwork,
        game: TurnGame,
        searching: Searching,
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
        self.network, self._game, self._searching = network.to(self.device), game, searching
        self.num_simulations = searching.num_simulations
        self._value_weight, self._symmetries = value_weight, Symmetries(game)
        self._optimizer = Optimizer(self.network, rate, weight_decay)

    def snapshot(self) -> Ask:
        """The network as it is now, to be asked while this one learns."""
        network = copy.deepcopy(self.network)

        def ask(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            with torch.inference_mode():
                _, logits, _, values = network(torch.from_numpy(rows).to(self.device))
            return logits.cpu().numpy(), values.cpu().numpy()

        return ask

    def looking(self) -> Look:
        """See Learning.looking: by the true rules."""
        how, ask = self._searching, self.snapshot()
        rules = Discounted(self._game, how.discount)
        return lambda states, draws: search_gumbel(rules, states, ask, how.num_simulations, how.num_considered, draws)

    def learn(self, memory: PositionsRing, rng: np.random.Generator, pace: Pace, now: Now) -> dict[str, float]:
        """See Learning.learn."""
        figures = dict[str, float]()
        for _ in range(pace.gradient_steps):
            drawn = memory.draw(rng, pace.batch_size)
            figures = self.step(drawn, rng, now.remaining)
            figures["train/positions_age"] = float(now.iteration - drawn.iterations.mean())
        return figures

    def step(self, positions: Positions, rng: np.random.Generator, remaining: float) -> dict[str, float]:
        """One step of gradient on positions (N,), each turned or mirrored at random; its figures.

        Args:
            remaining: the share of training that remains.
        """
        rows, allowed, wanted = self._varied(positions, rng)
        policy, value, entropy = self._losses(rows, allowed, wanted, torch.from_numpy(positions.values))
        rate = self._optimizer.step(policy + self._value_weight * value, remaining)
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
        turned = self._symmetries.drawn(rng, len(positions))
        varied = turned.rows(rows), turned.by_choice(allowed), turned.by_choice(positions.policies)
        return tuple(map(torch.from_numpy, varied))

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
        """See Learning.optimizer_state."""
        return self._optimizer.state()

    def restore_optimizer(self, state: Mapping[str, Any]) -> None:
        """See Learning.restore_optimizer."""
        self._optimizer.restore(state)
