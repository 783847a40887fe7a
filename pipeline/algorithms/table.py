"""The algorithms that a shared policy can be trained with, by name."""

from __future__ import annotations

import difflib
import inspect
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from gymnasium.spaces import Discrete
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor, FlattenExtractor
from stable_baselines3.common.utils import FloatSchedule, LinearSchedule
from stable_baselines3.common.vec_env import VecEnv, VecNormalize

from envs.ground.world import Planes, Slots
from pipeline.algorithms.learner import Learner
from pipeline.algorithms.neighbours import NeighbourAttention, NeighbourPooling
from pipeline.algorithms.off_policy import SharedSAC, SharedTQC
from pipeline.algorithms.on_policy import SharedA2C, SharedMaskablePPO, SharedTRPO
from pipeline.algorithms.planes import PlanesCNN
from pipeline.algorithms.recurrent_ppo import SharedRecurrentPPO
from pipeline.algorithms.shared_ppo import SharedPPO

ALGORITHMS: dict[str, type[Learner]] = {
    "ppo": SharedPPO,
    "a2c": SharedA2C,
    "trpo": SharedTRPO,
    "maskable_ppo": SharedMaskablePPO,
    "recurrent_ppo": SharedRecurrentPPO,
    "sac": SharedSAC,
    "tqc": SharedTQC,
}

_ACTIVATIONS = {"tanh": torch.nn.Tanh, "relu": torch.nn.ReLU, "elu": torch.nn.ELU, "silu": torch.nn.SiLU}
_EXTRACTORS: dict[str, type[BaseFeaturesExtractor]] = {
    "flat": FlattenExtractor,
    "pooling": NeighbourPooling,
    "attention": NeighbourAttention,
    "cnn": PlanesCNN,
}
_OF_NEIGHBOURS = {"pooling": "{width: 64}", "attention": "{width: 64, heads: 4}"}
"""Those that look at neighbour slots, and arguments that they may have."""
_OF_PLANES = {"cnn": "{features: 128}"}
"""Those that look at an image, and arguments that they may have."""

_NAMED = {"activation_fn": tuple(_ACTIVATIONS), "features_extractor": tuple(_EXTRACTORS)}
"""What is called by name in policy_kwargs."""

_POSITIVE = ("a number above 0", lambda value: value > 0)
_NOT_NEGATIVE = ("a number of 0 or more", lambda value: value >= 0)
_SHARE = ("a number from 0 to 1", lambda value: 0 <= value <= 1)
_COUNT = ("a whole number of 1 or more", lambda value: isinstance(value, int) and value >= 1)
_VALUES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    **dict.fromkeys(("learning_rate", "clip_range", "max_std", "max_grad_norm"), _POSITIVE),
    **dict.fromkeys(("ent_coef", "vf_coef"), _NOT_NEGATIVE),
    **dict.fromkeys(("gamma", "gae_lambda", "tau"), _SHARE),
    **dict.fromkeys(("n_steps", "n_epochs", "buffer_size", "train_freq", "gradient_steps"), _COUNT),
    "batch_size": ("a whole number of 2 or more", lambda value: isinstance(value, int) and value >= 2),
}
_AUTO = re.compile(r"auto(_\d+(\.\d+)?)?")
_SCHEDULED = ("learning_rate", "clip_range", "max_std")
_OURS = {"self", "env", "policy", "seed", "verbose", "_init_setup_model", "device", "tensorboard_log"}
_OURS |= {"stats_window_size", "use_sde", "use_sde_at_warmup", "sde_sample_freq"}  # no reset of noise by state here


@dataclass(frozen=True)
class Seen:
    """Where in an observation alike others and an image stand."""

    slots: tuple[Slots, ...] = ()
    planes: Planes | None = None


def known_hyperparameters(algorithm: str) -> tuple[str, ...]:
    """The keyword arguments of the algorithm that params.yaml may set."""
    learner = ALGORITHMS[algorithm]
    ours = _OURS | learner.GIVEN.keys() | learner.WITHHELD
    return tuple(name for name in [*inspect.signature(learner).parameters, *learner.ADDED] if name not in ours)


def check_algorithm(algorithm: str, hyperparameters: dict[str, Any], source: str) -> None:
    """Refuse an unknown algorithm, or a hyperparameter that it does not take.

    Raises:
        ValueError: naming the key, the nearest known name and all known ones.
    """
    _refuse_unknown(algorithm, tuple(ALGORITHMS), f"{source}.algorithm")
    for name in hyperparameters:
        _refuse_unknown(name, known_hyperparameters(algorithm), f"{source}.hyperparameters ({algorithm})")
    for name in _SCHEDULED:
        value = hyperparameters.get(name)
        if isinstance(value, dict) and set(value) != {"start", "end"}:
            raise ValueError(f"{source}.hyperparameters.{name}: got {value}, wanted a number or {{start, end}}")
    for name, value in hyperparameters.items():
        if name in ALGORITHMS[algorithm].LEARNED and _AUTO.fullmatch(str(value)):
            continue
        for number in value.values() if name in _SCHEDULED and isinstance(value, dict) else [value]:
            _check_value(name, number, f"{source}.hyperparameters.{name}")
    for name, value in hyperparameters["policy_kwargs"].items() if "policy_kwargs" in hyperparameters else ():
        if name in _NAMED:
            _refuse_unknown(value, _NAMED[name], f"{source}.hyperparameters.policy_kwargs.{name}")


def make_algorithm(
    algorithm: str, hyperparameters: dict[str, Any], venv: VecEnv, seed: int, seen: Seen = Seen()
) -> Learner:
    """The algorithm, ready to learn in `venv`.

    Args:
        seen: where in an observation alike others and an image stand.

    Raises:
        ValueError: whatever its constructor refuses, and actions of a kind that it does not take.
    """
    learner = ALGORITHMS[algorithm]
    kind = "discrete" if isinstance(venv.action_space, Discrete) else "continuous"
    if learner.ACTIONS not in (None, kind):
        wish = f"wanted a world of {learner.ACTIONS} actions"
        raise ValueError(f"algorithm: {algorithm} got {venv.action_space}, {wish}")
    arguments = {name: _schedule(value) if name in _SCHEDULED else value for name, value in hyperparameters.items()}
    added = {name: FloatSchedule(arguments.pop(name)) for name in learner.ADDED & arguments.keys()}
    if "max_std" in added and kind == "discrete":
        raise ValueError(
            "hyperparameters.max_std: got discrete actions, which have no deviation, wanted continuous ones"
        )
    if "policy_kwargs" in arguments:
        arguments["policy_kwargs"] = _policy_kwargs(arguments["policy_kwargs"], venv, seen)
    with warnings.catch_warnings():  # our buffer leaves no minibatch short
        warnings.filterwarnings("ignore", message="You have specified a mini-batch size")
        threads = torch.get_num_threads()
        torch.set_num_threads(1)  # the first weights are orthogonal by a decomposition whose rounding depends on it
        try:
            model = learner(learner.POLICY, venv, seed=seed, device="cpu", **learner.GIVEN, **arguments)
        except (TypeError, AssertionError, AttributeError) as error:
            raise ValueError(f"hyperparameters: {algorithm} refuses {hyperparameters}: {error}") from error
        finally:
            torch.set_num_threads(threads)
    for name, schedule in added.items():
        setattr(model, name, schedule)
    return model


def _policy_kwargs(wanted: dict[str, Any], venv: VecEnv, seen: Seen) -> dict[str, Any]:
    """policy_kwargs of params.yaml in the words of Stable-Baselines3."""
    kwargs = dict(wanted)
    if "activation_fn" in kwargs:
        kwargs["activation_fn"] = _ACTIVATIONS[kwargs["activation_fn"]]
    if "features_extractor" in kwargs:
        name = kwargs.pop("features_extractor")
        kwargs["features_extractor_class"] = _EXTRACTORS[name]
        if name in _OF_NEIGHBOURS:
            kwargs["features_extractor_kwargs"] = _neighbour_kwargs(name, wanted, venv, seen.slots)
        if name in _OF_PLANES:
            kwargs["features_extractor_kwargs"] = _planes_kwargs(name, wanted, seen.planes)
    return kwargs


def _neighbour_kwargs(name: str, wanted: dict[str, Any], venv: VecEnv, slots: Sequence[Slots]) -> dict[str, Any]:
    """How wide an extractor is, as params.yaml says, and where neighbours stand in what `venv` observes.

    Raises:
        ValueError: params.yaml does not say, there are none, or presence would be normalised, by which attention passes
            over slots.
    """
    place = _arguments_beside(name, wanted, _OF_NEIGHBOURS[name])
    if not slots:
        raise ValueError(f"{place}: got an observation in which no others have slots of their own, wanted flat")
    if name == "attention" and isinstance(venv, VecNormalize) and venv.norm_obs:
        raise ValueError(f"{place}: wanted train.normalize_observation: false, which treats all neighbours alike")
    group = slots[0]
    own = {"first": group.first, "num_slots": group.num, "slot_width": group.width}
    return {**wanted["features_extractor_kwargs"], **own}


def _planes_kwargs(name: str, wanted: dict[str, Any], planes: Planes | None) -> dict[str, Any]:
    """How wide an extractor is, as params.yaml says, and where the image stands in an observation.

    Raises:
        ValueError: params.yaml does not say, or there is no image.
    """
    place = _arguments_beside(name, wanted, _OF_PLANES[name])
    if planes is None:
        raise ValueError(f"{place}: got an observation without an image, wanted flat")
    return {**wanted["features_extractor_kwargs"], **asdict(planes)}


def _arguments_beside(name: str, wanted: dict[str, Any], example: str) -> str:
    """The key of an extractor, for messages, where its arguments stand beside it."""
    place = f"hyperparameters.policy_kwargs.features_extractor: {name}"
    if "features_extractor_kwargs" not in wanted:
        raise ValueError(f"{place}: wanted features_extractor_kwargs beside it, say {example}")
    return place


def _check_value(name: str, value: Any, place: str) -> None:
    if name in _VALUES:
        wish, accepts = _VALUES[name]
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not accepts(value):
            raise ValueError(f"{place}: got {value!r}, wanted {wish}")
    if name == "policy_kwargs" and not isinstance(value, dict):
        raise ValueError(f"{place}: got {value!r}, wanted keys and values, say {{net_arch: [64, 64]}}")


def _schedule(value: Any) -> Any:
    """A number stays; {start, end} becomes a straight line over the whole training."""
    return LinearSchedule(value["start"], value["end"], 1.0) if isinstance(value, dict) else value


def _refuse_unknown(name: str, names: tuple[str, ...], place: str) -> None:
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        hint = f" did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"{place}: unknown {name!r},{hint} known: {', '.join(names)}")
