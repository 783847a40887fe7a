"""MuZero as the table of algorithms holds it: its hyperparameters, and how it is made of them.

Schrittwieser et al., "Mastering Atari, Go, chess and shogi by planning with a learned model", Nature 2020; moves and
what policies learn are those of Danihelka et al., "Policy improvement by planning with Gumbel", ICLR 2022.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import torch
from stable_baselines3.common.utils import FloatSchedule

from envs.ground.record import unknown
from pipeline.algorithms.hyperparameters import schedule
from pipeline.algorithms.learner import Facts, Need
from pipeline.algorithms.muzero.learning import How, MuZeroLearning
from pipeline.algorithms.muzero.memory import GamesRing
from pipeline.algorithms.muzero.support import atoms
from pipeline.algorithms.muzero.targets import Counting
from pipeline.algorithms.self_play.kinds import PACE, check_given, features_and_words, first_weights, layers_of, refuse
from pipeline.algorithms.self_play.learner import Pace, SelfPlayLearner
from pipeline.algorithms.self_play.playing import SelfPlay
from pipeline.policies.modelled import DYNAMICS, PREDICTION, ModelledNetwork
from pipeline.policies.parts import Body

_HOW = ("num_simulations", "num_considered", "gamma", "vf_coef", "reward_coef", "reanalysed")
_LEARNING = ("learning_rate", "weight_decay")
_MEMORY = ("unroll_steps", "bootstrap_steps", "priority_exponent", "importance_exponent")
_SCHEDULED = {"learning_rate", "importance_exponent"}
_PARTS = ("representation", DYNAMICS, PREDICTION)
_ARCH = "{representation: [128, 64], dynamics: [128], prediction: [64]}"
_EXAMPLE = f"{{net_arch: {_ARCH}, activation_fn: relu}}"
_SPACINGS = ("even", "root")


class MuZeroKind:
    """See Kind."""

    takes: Literal["discrete"] = "discrete"
    needs: frozenset[Need] = frozenset({"turns"})
    by_role = False

    def known(self) -> tuple[str, ...]:
        """See Kind.known; all of them are wanted."""
        return (*_LEARNING, *_HOW, *_MEMORY, "support", *PACE, "policy_kwargs")

    def check(self, hyperparameters: Mapping[str, Any], place: str) -> None:
        """See Kind.check."""
        check_given(hyperparameters, _SCHEDULED, place)
        if "support" in hyperparameters:
            _check_support(hyperparameters["support"], f"{place}.support")
        if "net_arch" in hyperparameters.get("policy_kwargs", {}):
            _check_arch(hyperparameters["policy_kwargs"]["net_arch"], f"{place}.policy_kwargs.net_arch")

    def check_together(self, hyperparameters: Mapping[str, Any], place: str) -> None:
        """See Kind.check_together: any do."""

    def make(
        self, hyperparameters: Mapping[str, Any], venv: Any, seed: int, facts: Facts, device: str, gradient: str
    ) -> SelfPlayLearner[GamesRing]:
        """See Kind.make."""
        given, game = hyperparameters, facts.game
        refuse(given, self.known(), _EXAMPLE, venv, gradient)
        assert game is not None
        network = _network(given, venv, seed, facts)
        importance = FloatSchedule(schedule(given["importance_exponent"]))
        how = How(**{name: given[name] for name in _HOW}, importance=importance)
        rate = FloatSchedule(schedule(given["learning_rate"]))
        learning = MuZeroLearning(network, game, how, rate, given["weight_decay"], device)
        play, counting = SelfPlay(venv, game), Counting(game.factor, given["gamma"], given["bootstrap_steps"])
        if game.factor < 0 and play.moves_again():
            wish = "wanted agents in all seats: its model knows of their moves alone"
            raise ValueError(f"algorithm: muzero got a world in which who moved moves again, {wish}")
        sizes = given["buffer_size"], play.state_size, play.num_choices
        memory = GamesRing(*sizes, counting, given["unroll_steps"], given["priority_exponent"])
        return SelfPlayLearner(play, learning, memory, Pace(**{name: given[name] for name in PACE}), seed)


def _network(given: Mapping[str, Any], venv: Any, seed: int, facts: Facts) -> ModelledNetwork:
    wanted, support = given["policy_kwargs"], atoms(**given["support"])
    extractor, numbers, activation = features_and_words(wanted, venv, facts)
    arch, num_choices, num_atoms = wanted["net_arch"], int(venv.action_space.n), len(support)
    with first_weights(wanted, seed):
        features = extractor(venv.observation_space, **numbers)
        layers = layers_of([features.features_dim, *arch["representation"]], activation)
        latent = arch["representation"][-1]
        further = {
            PREDICTION: layers_of([latent, *arch[PREDICTION], num_choices + num_atoms], activation),
            DYNAMICS: layers_of([latent + num_choices, *arch[DYNAMICS], latent + num_atoms], activation),
        }
    commands = torch.as_tensor(facts.commands)
    return ModelledNetwork(Body(features, layers, None, further), None, commands, support)


def _check_support(support: Any, place: str) -> None:
    """Refuse what `atoms` cannot be made of."""
    wish = "wanted {most: 1.0, count: 21, spacing: even}"
    if not isinstance(support, Mapping):
        raise ValueError(f"{place}: got {support!r}, {wish}")
    for name in (*support, "most", "count", "spacing"):
        if name not in ("most", "count", "spacing"):
            raise ValueError(f"{place}: {unknown(name, ('most', 'count', 'spacing'))}")
        if name not in support:
            raise ValueError(f"{place}: {name} is missing, {wish}")
    most, count, spacing = support["most"], support["count"], support["spacing"]
    if isinstance(most, bool) or not isinstance(most, int | float) or not most > 0:
        raise ValueError(f"{place}.most: got {most!r}, wanted a number above 0")
    if isinstance(count, bool) or not isinstance(count, int) or count < 2:
        raise ValueError(f"{place}.count: got {count!r}, wanted a whole number of 2 or more")
    if spacing not in _SPACINGS:
        raise ValueError(f"{place}.spacing: {unknown(str(spacing), _SPACINGS)}")


def _check_arch(arch: Any, place: str) -> None:
    """Refuse what no network can be made of; the representation has at least the latent's width."""
    if not isinstance(arch, Mapping) or set(arch) != set(_PARTS):
        raise ValueError(f"{place}: got {arch!r}, wanted the widths of {', '.join(_PARTS)}, say {_ARCH}")
    for name, widths in arch.items():
        fine = isinstance(widths, list | tuple) and all(type(width) is int and width >= 1 for width in widths)
        if not fine or (name == "representation" and not widths):
            least = "one or more whole numbers" if name == "representation" else "whole numbers"
            raise ValueError(f"{place}.{name}: got {widths!r}, wanted {least} of 1 or more, say [64]")
