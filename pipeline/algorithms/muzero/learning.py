"""The network and its model of the game, asked by the search and changed by steps of gradient."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from envs.ground.turn_game import TurnGame
from pipeline.algorithms.muzero.memory import GamesRing, Unrolled
from pipeline.algorithms.muzero.support import two_hot
from pipeline.algorithms.self_play.learner import Now, Pace
from pipeline.algorithms.self_play.optimizing import Optimizer
from pipeline.algorithms.self_play.playing import Look
from pipeline.algorithms.self_play.symmetries import Symmetries
from pipeline.policies.modelled import LearnedModel, ModelledNetwork
from pipeline.search.searching import search_gumbel

_HALF = 0.5
"""Of a gradient, what goes back through a move of the model to the position before it."""


@dataclass(frozen=True)
class How:
    """How it searches and what it learns.

    Attributes:
        num_simulations, num_considered: see search_gumbel.
        gamma: of what comes a move later.
        vf_coef, reward_coef: of the losses of values and of rewards, beside the policies'.
        reanalysed: positions of the memory that are searched anew in each iteration.
        importance: to which power rare draws count more than frequent ones, by the share of training that remains.
    """

    num_simulations: int
    num_considered: int
    gamma: float
    vf_coef: float
    reward_coef: float
    reanalysed: int
    importance: Callable[[float], float]


class MuZeroLearning:
    """See Learning: a network with a model of the game, and how it learns from games."""

    def __init__(
        self,
        network: ModelledNetwork,
        game: TurnGame,
        how: How,
        rate: Callable[[float], float],
        decay: float,
        device: str,
    ) -> None:
        """Of a network that has learned nothing.

        Args:
            rate: of learning, by the share of training that remains.
            decay: of weights.
        """
        self.device = torch.device(device)
        self.network, self._game, self._how = network.to(self.device), game, how
        self.num_simulations, self._symmetries = how.num_simulations, Symmetries(game)
        self._optimizer = Optimizer(self.network, rate, decay)

    def looking(self) -> Look:
        """See Learning.looking: by the learned model; only what can be chosen at first is told."""
        game, how = self._game, self._how
        model = LearnedModel(self.network, game.factor * how.gamma)

        def look(states: np.ndarray, draws: np.ndarray) -> Any:
            roots = model.begin(*game.see(states))
            return search_gumbel(model, roots, model.ask, how.num_simulations, how.num_considered, draws)

        return look

    def learn(self, memory: GamesRing, rng: np.random.Generator, pace: Pace, now: Now) -> dict[str, float]:
        """See Learning.learn."""
        self._reanalyse(memory, rng)
        figures = dict[str, float]()
        for _ in range(pace.gradient_steps):
            drawn = memory.draw(rng, pace.batch_size)
            figures, errors = self.step(drawn, memory.size, rng, now.remaining)
            memory.judge(drawn.places, errors)
            figures["train/positions_age"] = float(now.iteration - drawn.iterations.mean())
        return figures

    def _reanalyse(self, memory: GamesRing, rng: np.random.Generator) -> None:
        """Search positions anew by the network as it is now (Schrittwieser et al., 2020, appendix H)."""
        if self._how.reanalysed:
            places, states = memory.some_states(rng, self._how.reanalysed)
            found = self.looking()(states, np.zeros((len(states), self.network.num_choices)))
            memory.renew(places, found.weights, found.values)

    def step(
        self, drawn: Unrolled, size: int, rng: np.random.Generator, remaining: float
    ) -> tuple[dict[str, float], np.ndarray]:
        """One step of gradient on positions (N,), each turned or mirrored at random.

        Args:
            size: of the memory; remaining: the share of training that remains.

        Returns:
            Its figures; and how wrong the network was of the first positions' values, (N,).
        """
        rows, choices, policies = self._varied(drawn, rng)
        weights = (size * drawn.shares) ** -self._how.importance(remaining)
        counts = torch.from_numpy((weights / weights.max()).astype(np.float32)).to(self.device)
        losses, values = self._losses(rows, choices, policies, drawn)
        policy, value, reward = ((counts * own).mean() for own in losses)
        rate = self._optimizer.step(policy + self._how.vf_coef * value + self._how.reward_coef * reward, remaining)
        first = policies[:, 0]
        return {
            "train/policy_loss": float(policy.detach()),
            "train/value_loss": float(value.detach()),
            "train/reward_loss": float(reward.detach()),
            "train/target_entropy": float(-(first * first.clamp(1e-9).log()).sum(1).mean()),
            "train/learning_rate": rate,
        }, values - drawn.values[:, 0]

    def _varied(self, drawn: Unrolled, rng: np.random.Generator) -> tuple[torch.Tensor, ...]:
        """Rows (N, D), choices (N, K) and policies (N, K + 1, n), by a symmetry for each position.

        Beyond a game's end choices are drawn: whatever is chosen there, nothing comes of it.
        """
        rows, _ = self._game.see(drawn.states)
        made = np.where(
            drawn.choices < 0, rng.integers(self.network.num_choices, size=drawn.choices.shape), drawn.choices
        )
        turned = self._symmetries.drawn(rng, len(drawn))
        varied = turned.rows(rows), turned.choices(made), turned.by_choice(drawn.policies)
        return tuple(torch.from_numpy(own).to(self.device) for own in varied)

    def _losses(
        self, rows: torch.Tensor, choices: torch.Tensor, policies: torch.Tensor, drawn: Unrolled
    ) -> tuple[tuple[torch.Tensor, torch.Tensor, torch.Tensor], np.ndarray]:
        """Cross-entropies (N,) of policies, values and rewards, and values (N,) of the first positions.

        The first position counts in full, each of the K after it a Kth. Beyond a game's end no policy is learned.
        """
        network = self.network
        values, rewards = (
            two_hot(torch.from_numpy(own).to(self.device), network.support) for own in (drawn.values, drawn.rewards)
        )
        latents, paid = [network.represent(rows)], list[torch.Tensor]()
        for chosen in choices.T:
            after, reward = network.follow(_halved(latents[-1]), chosen)
            latents.append(after)
            paid.append(reward)
        logits, judged = (
            own.reshape(*values.shape[:2], -1) for own in network.predict(torch.stack(latents, 1).flatten(0, 1))
        )
        counts = torch.full_like(values[:, :, 0], 1.0 / len(paid))
        counts[:, 0] = 1.0
        losses = (
            (counts * torch.from_numpy(drawn.known).to(self.device) * _cross_entropy(logits, policies)).sum(1),
            (counts * _cross_entropy(judged, values)).sum(1),
            _cross_entropy(torch.stack(paid, 1), rewards).mean(1),
        )
        return losses, network.mean(judged[:, 0].detach()).cpu().numpy()

    def optimizer_state(self) -> dict[str, Any]:
        """See Learning.optimizer_state."""
        return self._optimizer.state()

    def restore_optimizer(self, state: Mapping[str, Any]) -> None:
        """See Learning.restore_optimizer."""
        self._optimizer.restore(state)


def _cross_entropy(logits: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Of distributions (..., n) that are wanted, (...)."""
    return -(wanted * torch.log_softmax(logits, -1)).sum(-1)


def _halved(latents: torch.Tensor) -> torch.Tensor:
    """The same, of which half the gradient goes back."""
    return _HALF * latents + (1.0 - _HALF) * latents.detach()
