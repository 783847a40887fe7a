"""The algorithms that a shared policy can be trained with, by name."""

from __future__ import annotations

import difflib
import inspect
import warnings
from typing import Any

import torch
from stable_baselines3.common.utils import LinearSchedule
from stable_baselines3.common.vec_env import VecEnv

from pipeline.on_policy import ActiveRolloutBuffer, SharedA2C, SharedOnPolicy, SharedPPO, SharedTRPO

ALGORITHMS: dict[str, type[SharedOnPolicy]] = {
    "ppo": SharedPPO,
    "a2c": SharedA2C,
    "trpo": SharedTRPO,
}

_ACTIVATIONS = {"tanh": torch.nn.Tanh, "relu": torch.nn.ReLU, "elu": torch.nn.ELU, "silu": torch.nn.SiLU}
_SCHEDULED = ("learning_rate", "clip_range")
_OURS = {"self", "env", "policy", "seed", "verbose", "_init_setup_model", "device", "tensorboard_log"}
_OURS |= {"rollout_buffer_class", "rollout_buffer_kwargs", "stats_window_size"}


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
    activation = hyperparameters.get("policy_kwargs", {}).get("activation_fn")
    if activation is not None:
        _refuse_unknown(activation, tuple(_ACTIVATIONS), f"{source}.hyperparameters.policy_kwargs.activation_fn")


def make_algorithm(algorithm: str, hyperparameters: dict[str, Any], venv: VecEnv, seed: int) -> SharedOnPolicy:
    """The algorithm, ready to learn in `venv`.

    Raises:
        ValueError: whatever its constructor refuses.
    """
    arguments = {name: _schedule(value) if name in _SCHEDULED else value for name, value in hyperparameters.items()}
    policy_kwargs = dict(arguments.pop("policy_kwargs", {}))
    if "activation_fn" in policy_kwargs:
        policy_kwargs["activation_fn"] = _ACTIVATIONS[policy_kwargs["activation_fn"]]
    with warnings.catch_warnings():  # our buffer leaves no minibatch short
        warnings.filterwarnings("ignore", message="You have specified a mini-batch size")
        return ALGORITHMS[algorithm](
            "MlpPolicy",
            venv,
            seed=seed,
            device="cpu",
            policy_kwargs=policy_kwargs,
            rollout_buffer_class=ActiveRolloutBuffer,
            **arguments,
        )


def _schedule(value: Any) -> Any:
    """A number stays; {start, end} becomes a straight line over the whole training."""
    return LinearSchedule(value["start"], value["end"], 1.0) if isinstance(value, dict) else value


def _refuse_unknown(name: str, names: tuple[str, ...], place: str) -> None:
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        hint = f" did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"{place}: unknown {name!r},{hint} known: {', '.join(names)}")
