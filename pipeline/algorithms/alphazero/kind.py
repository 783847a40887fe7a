"""AlphaZero as the table of algorithms holds it: its hyperparameters, and how it is made of them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Literal

import torch
from stable_baselines3.common.torch_layers import FlattenExtractor
from stable_baselines3.common.utils import FloatSchedule

from envs.ground.record import unknown
from pipeline.algorithms.alphazero.learner import AlphaZeroLearner, Pace
from pipeline.algorithms.alphazero.learning import Learning
from pipeline.algorithms.alphazero.self_play import Searching
from pipeline.algorithms.hyperparameters import check_values, schedule
from pipeline.algorithms.learner import Facts, Need
from pipeline.algorithms.sb3_kind import policy_kwargs_of
from pipeline.policies.network import ValuedNetwork
from pipeline.policies.parts import Body

_PACE = ("n_steps", "gradient_steps", "batch_size", "buffer_size")
_SEARCHING = ("num_simulations", "num_considered", "gamma", "searched_share")
_LEARNING = ("learning_rate", "weight_decay", "vf_coef")
_NUMBERS = "features_extractor_kwargs"
_LAYERS = ("net_arch", "activation_fn")
_OF_THE_NETWORK = ("features_extractor", _NUMBERS, *_LAYERS)


class AlphaZeroKind:
    """See Kind."""

    takes: Literal["discrete"] = "discrete"
    needs: frozenset[Need] = frozenset({"turns"})
    by_role = False

    def known(self) -> tuple[str, ...]:
        """See Kind.known; all of them are wanted."""
        return (*_LEARNING, *_SEARCHING, *_PACE, "policy_kwargs")

    def check(self, hyperparameters: Mapping[str, Any], place: str) -> None:
        """See Kind.check."""
        check_values(hyperparameters, {"learning_rate"}, (), place)
        for name in hyperparameters.get("policy_kwargs", {}):
            if name not in _OF_THE_NETWORK:
                raise ValueError(f"{place}.policy_kwargs: {unknown(name, _OF_THE_NETWORK)}")

    def make(
        self, hyperparameters: Mapping[str, Any], venv: Any, seed: int, facts: Facts, device: str, gradient: str
    ) -> AlphaZeroLearner:
        """See Kind.make."""
        self._refuse(hyperparameters, venv, gradient)
        assert facts.game is not None
        given = hyperparameters
        searching = Searching(*(given[name] for name in _SEARCHING))
        network = _network(given["policy_kwargs"], venv, seed, facts)
        rate = FloatSchedule(schedule(given["learning_rate"]))
        learning = Learning(network, facts.game, rate, given["vf_coef"], given["weight_decay"], device)
        pace = Pace(**{name: given[name] for name in _PACE})
        return AlphaZeroLearner(venv, facts.game, learning, searching, pace, seed)

    def _refuse(self, given: Mapping[str, Any], venv: Any, gradient: str) -> None:
        missing = [name for name in self.known() if name not in given]
        if missing:
            raise ValueError(f"hyperparameters: {missing[0]} is missing, wanted all of {', '.join(self.known())}")
        lacking = [name for name in _LAYERS if name not in given["policy_kwargs"]]
        if lacking:
            wish = "wanted it, say {net_arch: [128], activation_fn: relu}"
            raise ValueError(f"hyperparameters.policy_kwargs: {lacking[0]} is missing, {wish}")
        if given["buffer_size"] < given["batch_size"]:
            wish = f"wanted {given['batch_size']} or more, the batch_size"
            raise ValueError(f"hyperparameters.buffer_size: got {given['buffer_size']}, {wish}")
        for name, normalized in (("observation", venv.norm_obs), ("reward", venv.norm_reward)):
            if normalized:
                raise ValueError(f"train.normalize_{name}: got true, wanted false: a search sees the game as it is")
        if gradient == "compiled":
            raise ValueError("train.gradient: got compiled, wanted auto or torch: only ppo's gradients can be compiled")


def _network(wanted: Mapping[str, Any], venv: Any, seed: int, facts: Facts) -> ValuedNetwork:
    """Of the first weights that the seed draws, whatever torch's own generator has drawn."""
    kwargs = policy_kwargs_of(wanted, venv, facts)
    extractor, numbers = kwargs.get("features_extractor_class", FlattenExtractor), kwargs.get(_NUMBERS, {})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        try:
            features = extractor(venv.observation_space, **numbers)
            widths = [features.features_dim, *kwargs["net_arch"]]
            hidden = [
                part
                for one, other in pairwise(widths)
                for part in (torch.nn.Linear(one, other), kwargs["activation_fn"]())
            ]
            layers = torch.nn.Sequential(*hidden, torch.nn.Linear(widths[-1], int(venv.action_space.n) + 1))
        except (KeyError, TypeError, RuntimeError, ValueError) as error:
            raise ValueError(f"hyperparameters.policy_kwargs: got {dict(wanted)}: {error}") from error
    return ValuedNetwork(Body(features, layers), None, torch.as_tensor(facts.commands))
