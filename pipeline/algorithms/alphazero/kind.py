"""AlphaZero as the table of algorithms holds it: its hyperparameters, and how it is made of them.

Silver et al., "A general reinforcement learning algorithm that masters chess, shogi, and Go through self-play", Science
2018; moves and what policies learn are those of Danihelka et al., "Policy improvement by planning with Gumbel", ICLR
2022.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import torch
from stable_baselines3.common.utils import FloatSchedule

from pipeline.algorithms.alphazero.learning import AlphaZeroLearning, Searching
from pipeline.algorithms.alphazero.positions import Judging, PositionsRing
from pipeline.algorithms.hyperparameters import schedule
from pipeline.algorithms.learner import Facts, Need
from pipeline.algorithms.self_play.kinds import PACE, check_given, features_and_words, first_weights, layers_of, refuse
from pipeline.algorithms.self_play.learner import Pace, SelfPlayLearner
from pipeline.algorithms.self_play.playing import SelfPlay
from pipeline.policies.network import ValuedNetwork
from pipeline.policies.parts import Body

_SEARCHING = ("num_simulations", "num_considered", "gamma")
_LEARNING = ("learning_rate", "weight_decay", "vf_coef")
_EXAMPLE = "{net_arch: [128], activation_fn: relu}"


class AlphaZeroKind:
    """See Kind."""

    takes: Literal["discrete"] = "discrete"
    needs: frozenset[Need] = frozenset({"turns"})
    by_role = False

    def known(self) -> tuple[str, ...]:
        """See Kind.known; all of them are wanted."""
        return (*_LEARNING, *_SEARCHING, "searched_share", *PACE, "policy_kwargs")

    def check(self, hyperparameters: Mapping[str, Any], place: str) -> None:
        """See Kind.check."""
        check_given(hyperparameters, {"learning_rate"}, place)

    def check_together(self, hyperparameters: Mapping[str, Any], place: str) -> None:
        """See Kind.check_together: any do."""

    def make(
        self, hyperparameters: Mapping[str, Any], venv: Any, seed: int, facts: Facts, device: str, gradient: str
    ) -> SelfPlayLearner[PositionsRing]:
        """See Kind.make."""
        given, game = hyperparameters, facts.game
        refuse(given, self.known(), _EXAMPLE, venv, gradient)
        assert game is not None
        network = _network(given["policy_kwargs"], venv, seed, facts)
        searching, rate = Searching(*(given[name] for name in _SEARCHING)), schedule(given["learning_rate"])
        weights = given["vf_coef"], given["weight_decay"]
        learning = AlphaZeroLearning(network, game, searching, FloatSchedule(rate), *weights, device)
        play, judging = SelfPlay(venv, game), Judging(game.factor, given["gamma"], given["searched_share"])
        memory = PositionsRing(given["buffer_size"], play.state_size, play.num_choices, judging)
        return SelfPlayLearner(play, learning, memory, Pace(**{name: given[name] for name in PACE}), seed)


def _network(wanted: Mapping[str, Any], venv: Any, seed: int, facts: Facts) -> ValuedNetwork:
    extractor, numbers, activation = features_and_words(wanted, venv, facts)
    with first_weights(wanted, seed):
        features = extractor(venv.observation_space, **numbers)
        layers = layers_of([features.features_dim, *wanted["net_arch"], int(venv.action_space.n) + 1], activation)
    return ValuedNetwork(Body(features, layers), None, torch.as_tensor(facts.commands))
