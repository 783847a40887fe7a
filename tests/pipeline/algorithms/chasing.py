"""mpe2's simple_tag as a world with two roles, three adversaries and the agent they chase, and learners in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from stable_baselines3.common.vec_env import VecEnvWrapper

from envs.ground.doors import simulation
from envs.ground.rows.normalize_roles import RoleVecNormalize
from envs.ground.rows.vectorize import SharedPolicyVecEnv
from envs.ground.world import Roles
from pipeline.algorithms.learner import Facts, Learner
from pipeline.algorithms.table import ALGORITHMS, make_algorithm
from tests.pipeline.algorithms.models import CENTRAL, small_network

NUM_WORLDS, PER_WORLD = 4, 4
ROLES = Roles(16, ("adversary", "agent"))
BY_ROLE = tuple(name for name, kind in ALGORITHMS.items() if kind.by_role)
SHORT: Mapping[str, Any] = {"gamma": 0.9, "n_steps": 8}
MINIBATCHES: dict[str, dict[str, Any]] = {
    **{name: {} if name == "a2c" else {"batch_size": 20} for name in ALGORITHMS},
    "mappo": {"batch_size": 20, **CENTRAL},
}
ROOM = simulation("pettingzoo")


def settings(continuous: bool = False) -> Any:
    """Of episodes of seven steps."""
    arguments = {"max_cycles": 100, "continuous_actions": continuous}
    return ROOM.settings.from_values({"module": "mpe2.simple_tag_v3", "max_steps": 7, "arguments": arguments})


class PaidMore(VecEnvWrapper):
    """Pays one role another reward."""

    venv: SharedPolicyVecEnv

    def __init__(self, venv: SharedPolicyVecEnv, role: int) -> None:
        super().__init__(venv)
        self.rows = ROLES.of(np.asarray(venv.reset())) == role

    def reset(self) -> Any:
        """As it is."""
        return self.venv.reset()

    def step_wait(self) -> Any:
        """With a reward that depends on the row and on what it sees."""
        obs, rewards, dones, infos = self.venv.step_wait()
        return obs, np.where(self.rows, 5.0 * rewards + np.asarray(obs)[:, 0] + 1.0, rewards), dones, infos


def worlds(continuous: bool = False, paid_more: int | None = None, **others: Any) -> RoleVecNormalize:
    """Normalised by role."""
    own: Any = ROOM.vectorized(settings(continuous), NUM_WORLDS, seed=0)
    own = own if paid_more is None else PaidMore(own, paid_more)
    return RoleVecNormalize(own, ROLES, gamma=0.9, **others)


def learner(
    algorithm: str = "ppo", *, gradient: str = "torch", paid_more: int | None = None, **changes: Any
) -> Learner:
    """One that learns a policy for each role; by compiled gradients, actions are continuous."""
    own = settings(gradient == "compiled")
    facts = Facts.of(ROOM, own, roles=ROOM.roles(own))
    network = {"policy_kwargs": small_network(algorithm, activation_fn="tanh")}
    hyperparameters = {**SHORT, **network, **MINIBATCHES[algorithm], **changes}
    venv = worlds(gradient == "compiled", paid_more)
    return make_algorithm(algorithm, hyperparameters, venv, 0, facts, gradient=gradient)
