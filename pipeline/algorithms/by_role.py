"""A policy for each role, learned in one run: no weight, optimiser, minibatch or limit of one is another's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from stable_baselines3.common.policies import BasePolicy

from envs.ground.world import Roles
from pipeline.algorithms.sb3 import SharedPolicy
from pipeline.policies.deploying import deploy_by_role
from pipeline.policies.network import DeployedNetwork

Answer = Callable[[np.ndarray, np.ndarray | slice], tuple[np.ndarray, ...]]
"""Gives the answers (n, ...) of the policy in place to rows (n,), and is told which of all that are asked these are."""


class PoliciesByRole(torch.nn.Module):
    """Policies of Stable-Baselines3, role by role, each with an optimiser of its own."""

    def __init__(self, parts: list[BasePolicy]) -> None:
        """Of policies of one kind."""
        super().__init__()
        self.parts: Any = torch.nn.ModuleList(parts)

    def set_training_mode(self, mode: bool) -> None:
        """See BasePolicy.set_training_mode."""
        self.train(mode)


class DividedPolicy(SharedPolicy):
    """Mixed into an algorithm: agents of several roles may have a policy for each role.

    Wherever a policy is asked, or learns, each role's own stands in its place as `policy`, with that role's rows.

    Attributes:
        roles: what tells the roles of rows apart, once `divide` was called; None: all share one policy.
    """

    roles: Roles | None = None

    def divide(self, roles: Roles) -> None:
        """Let each role have a policy of its own; before the first step."""
        others = range(1, len(roles.names))
        self.policy = PoliciesByRole([self.policy, *(self.new_policy() for _ in others)])  # type: ignore[assignment]
        self.roles = roles

    def new_policy(self) -> Any:
        """Another policy of the same kind, with first weights of its own."""
        spaces = self.observation_space, self.action_space
        return self.policy_class(*spaces, self.lr_schedule, **self.policy_kwargs).to(self.device)

    @property
    def policies(self) -> list[Any]:
        """All of them: one, or each role's."""
        return list(self.policy.parts) if isinstance(self.policy, PoliciesByRole) else [self.policy]

    def each_role(self) -> Iterator[int]:
        """The roles' numbers; while one is told, its policy stands in the place of all."""
        whole = self.policy
        try:
            for role, own in enumerate(self.policies):
                self.policy = own
                yield role
        finally:
            self.policy = whole

    def ask(self, obs: np.ndarray, rows: np.ndarray, answer: Answer) -> tuple[np.ndarray, ...]:
        """Answers (n, ...) to these rows (n,) of obs (N, D), of each role's policy to its own."""
        if self.roles is None or not len(rows):
            return answer(rows, slice(None))
        told = self.roles.of(obs[rows])
        places, answers = list[np.ndarray](), list[tuple[np.ndarray, ...]]()
        for role in self.each_role():
            own = np.flatnonzero(told == role)
            if len(own):
                places.append(own)
                answers.append(answer(rows[own], own))
        order = np.argsort(np.concatenate(places))
        return tuple(np.concatenate(columns)[order] for columns in zip(*answers, strict=True))

    def deployed(self, commands: np.ndarray | None) -> DeployedNetwork:
        """See SharedPolicy.deployed."""
        if self.roles is None:
            return super().deployed(commands)
        return deploy_by_role(self.policies, self.roles, self.env, commands, self.dead_band)

    def _get_torch_save_params(self) -> tuple[list[str], list[str]]:
        """See BaseAlgorithm: with the optimisers of all policies."""
        names, tensors = super()._get_torch_save_params()
        if self.roles is None:
            return names, tensors
        own = [f"policy.parts.{role}.optimizer" for role in range(len(self.roles.names))]
        return [*(name for name in names if name != "policy.optimizer"), *own], tensors
