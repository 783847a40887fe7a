"""What kinds of learning by self-play check and make alike."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import torch
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor, FlattenExtractor

from envs.ground.record import unknown
from pipeline.algorithms.hyperparameters import check_values
from pipeline.algorithms.learner import Facts
from pipeline.algorithms.sb3_kind import policy_kwargs_of

PACE = ("n_steps", "gradient_steps", "batch_size", "buffer_size")
_NUMBERS = "features_extractor_kwargs"
_LAYERS = ("net_arch", "activation_fn")
_OF_THE_NETWORK = ("features_extractor", _NUMBERS, *_LAYERS)


def check_given(hyperparameters: Mapping[str, Any], scheduled: Collection[str], place: str) -> None:
    """See Kind.check.

    Args:
        scheduled: names that may be schedules.
    """
    check_values(hyperparameters, scheduled, (), place)
    for name in hyperparameters.get("policy_kwargs", {}):
        if name not in _OF_THE_NETWORK:
            raise ValueError(f"{place}.policy_kwargs: {unknown(name, _OF_THE_NETWORK)}")


def refuse(given: Mapping[str, Any], known: Sequence[str], example: str, venv: Any, gradient: str) -> None:
    """Refuse what self-play cannot work with.

    Args:
        known: hyperparameters, of which all are wanted.
        example: of policy_kwargs.
        gradient: see Kind.make.

    Raises:
        ValueError: naming the key and the wish.
    """
    missing = [name for name in known if name not in given]
    if missing:
        raise ValueError(f"hyperparameters: {missing[0]} is missing, wanted all of {', '.join(known)}")
    lacking = [name for name in _LAYERS if name not in given["policy_kwargs"]]
    if lacking:
        raise ValueError(f"hyperparameters.policy_kwargs: {lacking[0]} is missing, wanted it, say {example}")
    if given["buffer_size"] < given["batch_size"]:
        wish = f"wanted {given['batch_size']} or more, the batch_size"
        raise ValueError(f"hyperparameters.buffer_size: got {given['buffer_size']}, {wish}")
    for name, normalized in (("observation", venv.norm_obs), ("reward", venv.norm_reward)):
        if normalized:
            raise ValueError(f"train.normalize_{name}: got true, wanted false: a search sees the game as it is")
    if gradient == "compiled":
        raise ValueError("train.gradient: got compiled, wanted auto or torch: only ppo's gradients can be compiled")


@contextmanager
def first_weights(wanted: Mapping[str, Any], seed: int) -> Iterator[None]:
    """Within, weights are those that the seed draws, whatever torch's own generator has drawn.

    Raises:
        ValueError: policy_kwargs of which no network can be made.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        try:
            yield
        except (KeyError, TypeError, RuntimeError, ValueError) as error:
            raise ValueError(f"hyperparameters.policy_kwargs: got {dict(wanted)}: {error}") from error


def features_and_words(
    wanted: Mapping[str, Any], venv: Any, facts: Facts
) -> tuple[type[BaseFeaturesExtractor], dict[str, Any], type[torch.nn.Module]]:
    """Of policy_kwargs the extractor of features, what it is made with, and the activation."""
    kwargs = policy_kwargs_of(wanted, venv, facts)
    extractor = kwargs.get("features_extractor_class", FlattenExtractor)
    return extractor, kwargs.get(_NUMBERS, {}), kwargs["activation_fn"]


def layers_of(widths: Sequence[int], activation: type[torch.nn.Module]) -> torch.nn.Sequential:
    """Linear layers from the first of these widths to the last, with activations between them."""
    *hidden, last = (torch.nn.Linear(one, other) for one, other in pairwise(widths))
    return torch.nn.Sequential(*(part for layer in hidden for part in (layer, activation())), last)
