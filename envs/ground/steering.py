"""Who acts: one small protocol for learned policies and for rules that look at the worlds' state."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np

from envs.ground.policy import Policy, RememberingPolicy
from envs.ground.world import Batch


@runtime_checkable
class Steering(Protocol):
    """Acts for all agents of a batch, step by step."""

    def begin(self, batch: Any, first: int) -> None:
        """Forget all: in world w of `batch` the episode of row `first` + w has just begun."""
        ...

    def steer(self, batch: Any, noise: np.ndarray | None) -> np.ndarray:
        """Actions (W, A, K) for the next step; those of inactive agents are not read.

        Args:
            batch: of the world that this steering belongs to; one that asks for no more than a `Batch` plays any.
            noise: (W, A, K) standard normal numbers, for a draw from a policy's distribution; None for its likeliest.
        """
        ...


class ByObservation:
    """Lets a policy act that sees observations only, and keeps what it remembers of each agent."""

    def __init__(self, policy: Policy) -> None:
        """Ask `policy` for the actions of active agents."""
        self._policy = policy
        self._memory: np.ndarray | None = None

    def begin(self, batch: Batch, first: int) -> None:
        """See Steering.begin; where the policy has memory, it begins with zeros."""
        if self._policy.memory_size:
            self._memory = np.zeros((batch.num_worlds, batch.num_slots, self._policy.memory_size), np.float32)

    def steer(self, batch: Batch, noise: np.ndarray | None) -> np.ndarray:
        """See Steering.steer."""
        active = batch.active & ~batch.done[:, None]
        choices = batch.allowed()
        allowed = None if choices is None else choices[active]
        actions = np.zeros((batch.num_worlds, batch.num_slots, batch.num_actions))
        drawn = None if noise is None else noise[active]
        seen = batch.observation[active]
        if self._memory is None:
            actions[active] = self._policy.act(seen, drawn, allowed)
        else:
            assert isinstance(self._policy, RememberingPolicy)
            chosen, remembered = self._policy.act_and_remember(seen, self._memory[active], drawn, allowed)
            actions[active], self._memory[active] = chosen, remembered
        return actions


class Nothing:
    """The baseline that never acts: zeros, or where agents choose, the first choice."""

    def begin(self, batch: Batch, first: int) -> None:
        """See Steering.begin; it remembers nothing."""

    def steer(self, batch: Batch, noise: np.ndarray | None) -> np.ndarray:
        """See Steering.steer."""
        return np.zeros((batch.num_worlds, batch.num_slots, batch.num_actions))


def as_steering(actor: Policy | Steering) -> Steering:
    """Whatever acts, as something that steers a batch."""
    return actor if isinstance(actor, Steering) else ByObservation(actor)
