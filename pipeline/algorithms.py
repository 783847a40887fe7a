"""The algorithms that a shared policy can be trained with, by name."""

from __future__ import annotations

import difflib
import inspect
import warnings
from collections.abc import Callable
from typing import Any

import torch
from gymnasium.spaces import Discrete
from sb3_contrib import MaskablePPO
from stable_baselines3.common.utils import LinearSchedule
from stable_baselines3.common.vec_env import VecEnv

from pipeline.on_policy import SharedA2C, SharedMaskablePPO, SharedOnPolicy, SharedPPO, SharedTRPO

ALGORITHMS: dict[str, type[SharedOnPolicy]] = {
    "ppo": SharedPPO,
    "a2c": SharedA2C,
    "trpo": SharedTRPO,
    "maskable_ppo": SharedMaskablePPO,
}

_ACTIVATIONS = {"tanh": torch.nn.Tanh, "relu": torch.nn.ReLU, "elu": torch.nn.ELU, "silu": torch.nn.SiLU}
_POSITIVE = ("a number above 0", lambda value: value > 0)
_NOT_NEGATIVE = ("a number of 0 or more", lambda value: value >= 0)
_SHARE = ("a number from 0 to 1", lambda value: 0 <= value <= 1)
_COUNT = ("a whole number of 1 or more", lambda value: isinstance(value, int) and value >= 1)
_VALUES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    **dict.fromkeys(("learning_rate", "clip_range", "max_grad_norm"), _POSITIVE),
    **dict.fromkeys(("ent_coef", "vf_coef"), _NOT_NEGATIVE),
    **dict.fromkeys(("gamma", "gae_lambda"), _SHARE),
    **dict.fromkeys(("n_steps", "n_epochs"), _COUNT),
    "batch_size": ("a whole number of 2 or more", lambda value: isinstance(value, int) and value >= 2),
}
_SCHEDULED = ("learning_rate", "clip_range")
_OURS = {"self", "env", "policy", "seed", "verbose", "_init_setup_model", "device", "tensorboard_log"}
_OURS |= {"rollout_buffer_class", "rollout_buffer_kwargs", "stats_window_size"}
_OURS |= {"use_sde", "sde_sample_freq"}  # noise by state is not reset in our rollouts


def known_hyperparameters(algorithm: str) -> tuple[str, ...]:
    """The keyword arguments of the algorithm that params.yaml may set."""
    return tuple(name for name in inspect.signature(ALGORITHMS[algorithm]).parameters if name not in _OURS)


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
        for number in value.values() if name in _SCHEDULED and isinstance(value, dict) else [value]:
            _check_value(name, number, f"{source}.hyperparameters.{name}")
    activation = hyperparameters.get("policy_kwargs", {}).get("activation_fn")
    if activation is not None:
        _refuse_unknown(activation, tuple(_ACTIVATIONS), f"{source}.hyperparameters.policy_kwargs.activation_fn")


def make_algorithm(algorithm: str, hyperparameters: dict[str, Any], venv: VecEnv, seed: int) -> SharedOnPolicy:
    """The algorithm, ready to learn in `venv`.

    Raises:
        ValueError: whatever its constructor refuses, and masks for actions that are not discrete.
    """
    if issubclass(ALGORITHMS[algorithm], MaskablePPO) and not isinstance(venv.action_space, Discrete):
        wish = "wanted discrete actions (airspace.actions.kind: discrete)"
        raise ValueError(f"algorithm: {algorithm} masks actions, got {venv.action_space}, {wish}")
    arguments = {name: _schedule(value) if name in _SCHEDULED else value for name, value in hyperparameters.items()}
    policy_kwargs = dict(arguments.pop("policy_kwargs", {}))
    if "activation_fn" in policy_kwargs:
        policy_kwargs["activation_fn"] = _ACTIVATIONS[policy_kwargs["activation_fn"]]
    with warnings.catch_warnings():  # our buffer leaves no minibatch short
        warnings.filterwarnings("ignore", message="You have specified a mini-batch size")
        try:
            return ALGORITHMS[algorithm](
                "MlpPolicy",
                venv,
                seed=seed,
                device="cpu",
                policy_kwargs=policy_kwargs,
                rollout_buffer_class=ALGORITHMS[algorithm].BUFFER,
                **arguments,
            )
        except (TypeError, AssertionError, AttributeError) as error:
            raise ValueError(f"hyperparameters: {algorithm} refuses {hyperparameters}: {error}") from error


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
