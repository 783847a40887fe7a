"""An algorithm of Stable-Baselines3 as the table holds it: its hyperparameters in its own words, and how it is made."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Literal

import torch
from gymnasium.spaces import Discrete
from stable_baselines3.common.utils import FloatSchedule
from stable_baselines3.common.vec_env import VecEnv, VecNormalize

from pipeline.algorithms.by_role import DividedPolicy
from pipeline.algorithms.hyperparameters import check_values, schedule
from pipeline.algorithms.learner import Facts, Need
from pipeline.algorithms.sb3 import SB3Learner, SharedPolicy
from pipeline.policies.parts import ACTIVATIONS, EXTRACTORS, extractor

_OURS = {"self", "env", "policy", "seed", "verbose", "_init_setup_model", "device", "tensorboard_log"}
_OURS |= {"stats_window_size", "use_sde", "use_sde_at_warmup", "sde_sample_freq"}  # no reset of noise by state here


@dataclass(frozen=True)
class SB3Kind:
    """See Kind.

    Attributes:
        records_with: hyperparameters with which it learns from records, too.
        together: refuses values that do not go together, each fine by itself; as Kind.check.
    """

    model: type[SharedPolicy]
    takes: Literal["continuous", "discrete", "any"] = "any"
    needs: frozenset[Need] = frozenset()
    records_with: frozenset[str] = frozenset()
    together: Callable[[Mapping[str, Any], str], None] | None = None

    @property
    def by_role(self) -> bool:
        """See Kind."""
        return issubclass(self.model, DividedPolicy)

    def known(self) -> tuple[str, ...]:
        """See Kind.known: the constructor's arguments, but for what the pipeline gives, and those added here."""
        ours = _OURS | self.model.GIVEN.keys() | self.model.WITHHELD
        names = [*inspect.signature(self.model).parameters, *self.model.ADDED]
        return tuple(name for name in dict.fromkeys(names) if name not in ours)

    def check(self, hyperparameters: Mapping[str, Any], place: str) -> None:
        """See Kind.check."""
        check_values(hyperparameters, self.model.SCHEDULED, self.model.LEARNED, place)

    def check_together(self, hyperparameters: Mapping[str, Any], place: str) -> None:
        """See Kind.check_together."""
        if self.together is not None:
            self.together(hyperparameters, place)

    def make(
        self, hyperparameters: Mapping[str, Any], venv: VecEnv, seed: int, facts: Facts, device: str, gradient: str
    ) -> SB3Learner:
        """See Kind.make."""
        changing = self.model.SCHEDULED
        arguments = {name: schedule(value) if name in changing else value for name, value in hyperparameters.items()}
        for name, lacking in _OF_CONTINUOUS.items():
            if name in arguments and isinstance(venv.action_space, Discrete):
                raise ValueError(f"hyperparameters.{name}: got discrete actions, {lacking}, wanted continuous ones")
        later = {name: arguments.pop(name) for name in self.model.ADDED & arguments.keys()}
        later |= {name: FloatSchedule(value) for name, value in later.items() if name in changing}
        for name in self.model.SET_EACH_TIME & arguments.keys():
            if callable(arguments[name]):
                later[name] = FloatSchedule(arguments[name])
                arguments[name] = later[name](1.0)
        if "policy_kwargs" in arguments:
            arguments["policy_kwargs"] = policy_kwargs_of(hyperparameters["policy_kwargs"], venv, facts)
        with _one_thread(), warnings.catch_warnings():  # our buffer leaves no minibatch short
            warnings.filterwarnings("ignore", message="You have specified a mini-batch size")
            try:
                made = self.model(self.model.POLICY, venv, seed=seed, device=device, **self.model.GIVEN, **arguments)
                if facts.roles and isinstance(made, DividedPolicy):
                    made.divide(facts.roles)
            except (TypeError, AssertionError, AttributeError) as error:
                raise ValueError(
                    f"hyperparameters: {self.model.__name__} refuses {hyperparameters}: {error}"
                ) from error
        made.follow(later)
        made.choose_gradient(gradient)
        return SB3Learner(made, facts.commands)


_OF_CONTINUOUS = {"max_std": "which have no deviation", "dead_band": "which have no size"}
"""Hyperparameters that discrete actions cannot have, and why."""


@contextmanager
def _one_thread() -> Iterator[None]:
    """The first weights are orthogonal by a decomposition whose rounding depends on the number of torch's threads."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def policy_kwargs_of(wanted: Mapping[str, Any], venv: VecEnv, facts: Facts) -> dict[str, Any]:
    """policy_kwargs of params.yaml in the words of Stable-Baselines3."""
    kwargs = dict(wanted)
    if "activation_fn" in kwargs:
        kwargs["activation_fn"] = ACTIVATIONS[kwargs["activation_fn"]]
    name = kwargs.pop("features_extractor", "flat")
    place = f"hyperparameters.policy_kwargs.features_extractor: {name}"
    if name in _EXAMPLES:
        if "features_extractor_kwargs" not in wanted:
            raise ValueError(f"{place}: wanted features_extractor_kwargs beside it, say {_EXAMPLES[name]}")
        name, numbers = _of_planes(name, facts, place) if name in _OF_IMAGES else _of_slots(name, facts, place)
        kwargs["features_extractor_kwargs"] = {**wanted["features_extractor_kwargs"], **numbers}
        kwargs["features_extractor_class"] = EXTRACTORS[name]
    elif name not in EXTRACTORS:  # of a plug-in, which says itself what it wants
        kwargs["features_extractor_class"] = extractor(name)
    if wanted.get("features_extractor") == "attention" and isinstance(venv, VecNormalize) and venv.norm_obs:
        raise ValueError(f"{place}: wanted train.normalize_observation: false, which treats all neighbours alike")
    return kwargs


_EXAMPLES = {
    "pooling": "{width: 64}",
    "attention": "{width: 64, heads: 4}",
    "cnn": "{features: 128}",
    "residual": "{features: 128, filters: 32, blocks: 2, window: 3}",
}
"""Extractors that look at a part of an observation, and arguments that they may have."""
_OF_IMAGES = ("cnn", "residual")


def _of_slots(name: str, facts: Facts, place: str) -> tuple[str, dict[str, Any]]:
    """An extractor of neighbours, and what it takes: where they stand in an observation, in one group or several.

    Raises:
        ValueError: there are none.
    """
    if not facts.slots:
        raise ValueError(f"{place}: got an observation in which no others have slots of their own, wanted flat")
    groups: list[dict[str, Any]] = [
        {"first": own.first, "num_slots": own.num, "slot_width": own.width} for own in facts.slots
    ]
    if name == "attention":
        groups = [{**told, "presence": own.presence} for told, own in zip(groups, facts.slots, strict=True)]
    return (name, groups[0]) if len(groups) == 1 else ("groups", {"kind": name, "groups": groups})


def _of_planes(name: str, facts: Facts, place: str) -> tuple[str, dict[str, Any]]:
    """An extractor of images, and where one stands in an observation.

    Raises:
        ValueError: there is none.
    """
    if facts.planes is None:
        raise ValueError(f"{place}: got an observation without an image, wanted flat")
    return name, asdict(facts.planes)
