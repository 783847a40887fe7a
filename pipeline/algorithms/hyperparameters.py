"""Hyperparameters as params.yaml writes them: what values they may have, and schedules over the whole training."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from stable_baselines3.common.utils import LinearSchedule

from envs.ground.record import unknown
from pipeline.policies.parts import ACTIVATIONS, chosen

NAMED: dict[str, Callable[[], tuple[str, ...]]] = {
    "activation_fn": lambda: tuple(ACTIVATIONS),
    "features_extractor": chosen,
}
"""What is called by name in policy_kwargs, and the names."""

_POSITIVE = ("a number above 0", lambda value: value > 0)
_NOT_NEGATIVE = ("a number of 0 or more", lambda value: value >= 0)
_SHARE = ("a number from 0 to 1", lambda value: 0 <= value <= 1)
_BETWEEN = ("a number between 0 and 1", lambda value: 0 < value < 1)
_COUNT = ("a whole number of 1 or more", lambda value: isinstance(value, int) and value >= 1)
_COUNT_OR_NONE = ("a whole number of 0 or more", lambda value: isinstance(value, int) and value >= 0)
_EXPONENTS = ("priority_exponent", "importance_exponent")
_VALUES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    **dict.fromkeys(
        ("learning_rate", "clip_range", "clip_range_vf", "max_std", "max_grad_norm", "target_kl"), _POSITIVE
    ),
    **dict.fromkeys(("clip_rho", "clip_c"), _POSITIVE),
    **dict.fromkeys(("ent_coef", "vf_coef", "reward_coef", "weight_decay"), _NOT_NEGATIVE),
    **dict.fromkeys(("action_noise", "target_policy_noise", "target_noise_clip"), _NOT_NEGATIVE),
    **dict.fromkeys(("dead_band", "held_out"), ("a number of 0 or more, below 1", lambda value: 0 <= value < 1)),
    **dict.fromkeys(("gamma", "gae_lambda", "tau", "searched_share", *_EXPONENTS), _SHARE),
    **dict.fromkeys(("exploration_fraction", "exploration_initial_eps", "exploration_final_eps"), _SHARE),
    **dict.fromkeys(("n_steps", "n_epochs", "buffer_size", "train_freq", "gradient_steps"), _COUNT),
    **dict.fromkeys(("policy_delay", "target_update_interval", "n_delta", "n_top", "n_eval_episodes"), _COUNT),
    **dict.fromkeys(("num_simulations", "num_considered", "num_actions", "critic_width"), _COUNT),
    **dict.fromkeys(("unroll_steps", "bootstrap_steps"), _COUNT),
    **dict.fromkeys(("cg_max_steps", "line_search_max_iter", "n_critic_updates", "sub_sampling_factor"), _COUNT),
    **dict.fromkeys(("learning_starts", "top_quantiles_to_drop_per_net", "reanalysed"), _COUNT_OR_NONE),
    **dict.fromkeys(("delta_std", "rms_prop_eps", "cg_damping"), _POSITIVE),
    **dict.fromkeys(("line_search_shrinking_factor", "expectile"), _BETWEEN),
    **dict.fromkeys(("conservative_weight", "inverse_temperature", "cloning_strength"), _NOT_NEGATIVE),
    "batch_size": ("a whole number of 2 or more", lambda value: isinstance(value, int) and value >= 2),
}
_MAY_BE_NONE = ("clip_range_vf", "target_kl")
_AUTO = re.compile(r"auto(_\d+(\.\d+)?)?")


def check_values(
    hyperparameters: Mapping[str, Any], scheduled: Collection[str], learned: Collection[str], place: str
) -> None:
    """Refuse values out of range, bad schedules, and unknown names in policy_kwargs.

    Args:
        scheduled: names that may be schedules.
        learned: names that may be `auto`.

    Raises:
        ValueError: naming the place, the value and the wish.
    """
    for name, value in hyperparameters.items():
        if name == "policy_kwargs" and not isinstance(value, Mapping):
            raise ValueError(f"{place}.{name}: got {value!r}, wanted keys and values, say {{net_arch: [64, 64]}}")
        if name in learned and _AUTO.fullmatch(str(value)):
            continue
        if name in scheduled and isinstance(value, Mapping):
            _check_schedule(name, value, f"{place}.{name}")
        else:
            _check_value(name, value, f"{place}.{name}")
    for name, value in hyperparameters.get("policy_kwargs", {}).items():
        if name in NAMED and value not in NAMED[name]():
            raise ValueError(f"{place}.policy_kwargs.{name}: {unknown(str(value), NAMED[name]())}")


class Points:
    """A schedule: straight lines between points, and beyond the first and the last what these say.

    Called with the share of the training that remains, 1 at its start and 0 at its end, as Stable-Baselines3 does.
    """

    def __init__(self, points: Sequence[tuple[float, float]]) -> None:
        """Of (share of the training that is done, value), the shares in growing order."""
        self.done, self.values = np.array(points, np.float64).T

    def __call__(self, remaining: float) -> float:
        """The value where this share remains."""
        return float(np.interp(1.0 - remaining, self.done, self.values))


def schedule(value: Any) -> Any:
    """A number stays; {start, end} is a straight line over the whole training, {points: [[share, value]]} more."""
    if not isinstance(value, Mapping):
        return value
    return Points(value["points"]) if "points" in value else LinearSchedule(value["start"], value["end"], 1.0)


def _check_schedule(name: str, value: Mapping[str, Any], place: str) -> None:
    wish = "wanted a number, {start, end} or {points: [[0, a], [0.5, b], [1, c]]}"
    if set(value) == {"start", "end"}:
        values = list(value.values())
    elif set(value) == {"points"}:
        values = _values_of_points(value["points"], place)
    else:
        raise ValueError(f"{place}: got {dict(value)}, {wish}")
    for number in values:
        _check_value(name, number, place)


def _values_of_points(points: Any, place: str) -> list[Any]:
    """The values, where shares of the training grow."""
    pairs = isinstance(points, list | tuple) and len(points) > 0
    pairs = pairs and all(isinstance(point, list | tuple) and len(point) == 2 for point in points)
    if not pairs or not all(_is_number(share) and 0 <= share <= 1 for share, _ in points):
        raise ValueError(f"{place}.points: got {points!r}, wanted pairs: share of the training from 0 to 1, value")
    shares = [share for share, _ in points]
    if any(one >= other for one, other in pairwise(shares)):
        raise ValueError(f"{place}.points: got shares {shares}, wanted each larger than the one before")
    return [value for _, value in points]


def _check_value(name: str, value: Any, place: str) -> None:
    if name in _VALUES:
        wish, accepts = _VALUES[name]
        if not (_is_number(value) and accepts(value)) and not (name in _MAY_BE_NONE and value is None):
            raise ValueError(f"{place}: got {value!r}, wanted {wish}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
