"""Stable-Baselines3 behind the contract of a learner: what all its algorithms have in common here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import torch
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import KVWriter, Logger
from stable_baselines3.common.type_aliases import Schedule

from envs.ground.rows.normalize import ActiveVecNormalize
from envs.ground.rows.vectorize import SharedPolicyVecEnv
from pipeline.algorithms.learner import Learner
from pipeline.policies.deploying import deploy, normalization_of
from pipeline.policies.network import DeployedNetwork


class SharedPolicy(BaseAlgorithm):
    """Mixed into an algorithm: it is saved between two iterations, and goes on exactly from there.

    Attributes:
        GIVEN: constructor arguments that the pipeline gives; params.yaml may not.
        WITHHELD: others that params.yaml may not give, for they would have no effect.
        ADDED: what params.yaml may set beside the constructor's arguments: attributes, those of SCHEDULED schedules.
        SCHEDULED: what may be a schedule.
        SET_EACH_TIME: those of them that the algorithm itself takes as numbers, set anew before it learns.
        LEARNED: those that it can learn by itself: `auto`, or `auto_0.1` to begin with 0.1.
        POLICY: its network, as Stable-Baselines3 calls it.
        gradient: what computes gradients: torch, or compiled code.
        dead_band: the size up to which an action counts as none, see pipeline/policies/dead_band.py.
    """

    GIVEN: ClassVar[dict[str, Any]] = {}
    WITHHELD: ClassVar[frozenset[str]] = frozenset()
    ADDED: ClassVar[frozenset[str]] = frozenset()
    SCHEDULED: ClassVar[frozenset[str]] = frozenset({"learning_rate"})
    SET_EACH_TIME: ClassVar[frozenset[str]] = frozenset()
    LEARNED: ClassVar[frozenset[str]] = frozenset()
    POLICY: ClassVar[str] = "MlpPolicy"
    gradient: str = "torch"
    dead_band: float = 0.0
    followed: Mapping[str, Schedule] = MappingProxyType({})
    _COUNTERS = ("num_timesteps", "_n_updates", "_episode_num")
    _LAST: ClassVar[tuple[str, ...]] = ("_last_obs", "_last_original_obs", "_last_episode_starts")

    def follow(self, schedules: Mapping[str, Schedule]) -> None:
        """Let coefficients change over the training, by name; before the first step."""
        self.followed = {name: own for name, own in schedules.items() if name in self.SET_EACH_TIME}
        for name in self.ADDED & schedules.keys():
            setattr(self, name, schedules[name])

    def set_followed(self) -> None:
        """Set the coefficients that change to what they are now."""
        for name, own in self.followed.items():
            setattr(self, name, own(self._current_progress_remaining))

    def choose_gradient(self, wanted: str) -> None:
        """Let compiled code compute gradients where that is wanted: `compiled`; `auto`: where it can; `torch`: never.

        Before the first step, for it takes a new optimiser.

        Raises:
            ValueError: it is wanted, and cannot.
        """
        reason = self.why_not_compiled()
        if wanted == "compiled" and reason:
            raise ValueError(f"train.gradient: got compiled, wanted auto or torch: {reason}")
        if wanted != "torch" and not reason:
            self.compile()
            self.gradient = "compiled"

    def why_not_compiled(self) -> str:
        """Why compiled code cannot compute the gradients; '' where it can."""
        return "only ppo's gradients can be compiled"

    def compile(self) -> None:
        """Let compiled code compute the gradients from now on."""
        raise NotImplementedError

    def deployed(self, commands: np.ndarray | None) -> DeployedNetwork:
        """What acts, see `deploy`."""
        return deploy(self.policy, normalization_of(self.env), commands, self.dead_band)

    def move_to(self, worlds: SharedPolicyVecEnv) -> None:
        """See Learner.move_to; the statistics of observations and rewards go on."""
        assert isinstance(self.env, ActiveVecNormalize)
        self.env.venv.close()
        self.env.venv = worlds
        self._last_obs = self.env.reset()
        self._last_original_obs = self.env.get_original_obs()
        self._last_episode_starts = np.ones(self.env.num_envs, bool)

    def state(self) -> dict[str, Any]:
        """See Learner.state."""
        assert isinstance(self.env, ActiveVecNormalize)
        _, tensors = self._get_torch_save_params()
        return {
            "parameters": on_device(self.get_parameters(), "cpu"),
            "tensors": {name: getattr(self, name).detach().cpu() for name in tensors},
            "attributes": {name: on_device(getattr(self, name), "cpu") for name in (*self._COUNTERS, *self._LAST)},
            "generator": torch.cuda.get_rng_state(self.device) if self.device.type == "cuda" else None,
            "worlds": self.env.state(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """See Learner.restore."""
        assert isinstance(self.env, ActiveVecNormalize)
        self.set_parameters(state["parameters"], exact_match=True)
        for name, tensor in state["tensors"].items():
            getattr(self, name).data.copy_(tensor)  # optimisers hold on to it
        self.env.reset()
        self.env.restore(state["worlds"])
        self.__dict__.update(on_device(state["attributes"], self.device))
        if self.device.type == "cuda" and state["generator"] is not None:
            torch.cuda.set_rng_state(state["generator"], self.device)


class SB3Learner:
    """An algorithm of Stable-Baselines3; see Learner."""

    def __init__(self, model: SharedPolicy, commands: np.ndarray | None = None) -> None:
        """Let `model` learn; `commands` (n, K) is what choices mean, None where actions are numbers."""
        self.model, self._commands = model, commands
        self.model.set_logger(Logger(folder=None, output_formats=[]))

    @property
    def num_timesteps(self) -> int:
        """See Learner."""
        return self.model.num_timesteps

    @property
    def world_steps(self) -> int:
        """See Learner."""
        venv = self._rows
        return venv.tally.num_steps * venv.venv.num_worlds

    @property
    def gradient(self) -> str:
        """See Learner."""
        return self.model.gradient

    @property
    def device(self) -> str:
        """See Learner."""
        return self.model.device.type

    def learn(self, total: int, between: Callable[[Learner], None]) -> None:
        """See Learner.learn."""
        left = total - self.model.num_timesteps
        if left > 0:
            self.model.learn(left, callback=_Boundary(lambda: between(self)), reset_num_timesteps=False)

    def log_to(self, write: Callable[[dict[str, Any], int], None]) -> None:
        """See Learner.log_to."""
        self.model.set_logger(Logger(folder=None, output_formats=[_Writer(write)]))

    def episodes(self) -> dict[str, float]:
        """See Learner.episodes."""
        return self._rows.tally.take()

    def actor(self) -> DeployedNetwork:
        """See Learner.actor."""
        return self.model.deployed(self._commands)

    def weights(self) -> dict[str, torch.Tensor]:
        """See Learner.weights."""
        return _copied(self.model.policy.state_dict())

    def load_weights(self, weights: Mapping[str, torch.Tensor]) -> None:
        """See Learner.load_weights."""
        self.model.policy.load_state_dict(dict(weights))

    def inheritance(self) -> dict[str, Any]:
        """See Learner.inheritance: also optimisers, learned coefficients, and what the normaliser knows."""
        venv, parameters = self.model.env, self.model.get_parameters()
        return {
            "weights": self.weights(),
            "optimizers": {name: _copied(own) for name, own in parameters.items() if name != "policy"},
            "coefficients": _copied(self._learned_coefficients()),
            "normalizer": _tensors(venv.statistics()) if isinstance(venv, ActiveVecNormalize) else {},
        }

    def begin_with(self, inheritance: Mapping[str, Any]) -> tuple[str, ...]:
        """See Learner.begin_with."""
        refuse_other_weights(inheritance["weights"], self.model.policy.state_dict())
        self.load_weights(inheritance["weights"])
        fitted = ["weights"]
        venv, own = self.model.env, self.model.get_parameters()
        optimizers = inheritance.get("optimizers", {})
        if optimizers and all(name in own and alike(own[name], saved) for name, saved in optimizers.items()):
            self.model.set_parameters({**optimizers}, exact_match=False)
            fitted.append("optimizers")
        coefficients, given = self._learned_coefficients(), inheritance.get("coefficients", {})
        for name in coefficients.keys() & given.keys():
            coefficients[name].data.copy_(given[name])
            fitted.append(name)
        known = {name: np.asarray(value) for name, value in inheritance.get("normalizer", {}).items()}
        if isinstance(venv, ActiveVecNormalize) and venv.take_statistics(known):
            fitted.append("normalizer")
        return tuple(fitted)

    def _learned_coefficients(self) -> dict[str, torch.Tensor]:
        """Those beside the policy's weights that are learned; others are what params.yaml says."""
        named = {name: getattr(self.model, name) for name in self.model._get_torch_save_params()[1]}
        return {name: tensor for name, tensor in named.items() if tensor.requires_grad}

    def state(self) -> dict[str, Any]:
        """See Learner.state."""
        return self.model.state()

    def restore(self, state: Mapping[str, Any]) -> None:
        """See Learner.restore."""
        self.model.restore(state)

    def move_to(self, worlds: SharedPolicyVecEnv) -> None:
        """See Learner.move_to."""
        self.model.move_to(worlds)

    def close(self) -> None:
        """See Learner.close."""
        self._rows.close()

    @property
    def _rows(self) -> ActiveVecNormalize:
        assert isinstance(self.model.env, ActiveVecNormalize)
        return self.model.env


class _Boundary(BaseCallback):
    """Calls back where an iteration begins."""

    def __init__(self, between: Callable[[], None]) -> None:
        super().__init__()
        self._between = between

    def _on_rollout_start(self) -> None:
        self._between()

    def _on_step(self) -> bool:
        return True


class _Writer(KVWriter):
    """Hands what Stable-Baselines3 logs on."""

    def __init__(self, write: Callable[[dict[str, Any], int], None]) -> None:
        self._write = write

    def write(self, key_values: dict[str, Any], key_excluded: dict[str, tuple[str, ...]], step: int = 0) -> None:
        self._write(key_values, step)

    def close(self) -> None:
        """Nothing to close."""


def refuse_other_weights(given: Mapping[str, torch.Tensor], own: Mapping[str, torch.Tensor]) -> None:
    """Raise ValueError where given weights are not of the same names and shapes as one's own, naming the first."""
    for name in [*own, *given]:
        sizes = [tuple(weights[name].shape) if name in weights else "nothing" for weights in (given, own)]
        if sizes[0] != sizes[1]:
            raise ValueError(f"weights of {name}: got {sizes[0]}, wanted {sizes[1]}, as the network here has them")


def on_device(values: Any, device: torch.device | str) -> Any:
    """The same nested values, all tensors on this device; those that are there already are not copied."""
    if isinstance(values, torch.Tensor):
        return values.to(device)
    if isinstance(values, Mapping):
        return {name: on_device(value, device) for name, value in values.items()}
    if isinstance(values, tuple) and hasattr(values, "_fields"):
        return type(values)(*(on_device(value, device) for value in values))
    return type(values)(on_device(value, device) for value in values) if isinstance(values, list | tuple) else values


def _copied(values: Any) -> Any:
    """The same nested values on the CPU, tensors in memory of their own."""
    if isinstance(values, torch.Tensor):
        return values.detach().cpu().clone()
    if isinstance(values, Mapping):
        return {name: _copied(value) for name, value in values.items()}
    return type(values)(map(_copied, values)) if isinstance(values, list | tuple) else values


def _tensors(values: Mapping[str, np.ndarray]) -> dict[str, torch.Tensor]:
    return {name: torch.as_tensor(value, dtype=torch.float64).clone() for name, value in values.items()}


def alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two states of optimisers are of the same kind, settings but for the rate, and of equally many weights."""
    groups = [[{**group, "lr": 0.0} for group in state["param_groups"]] for state in (one, other)]
    return groups[0] == groups[1]
