"""Who steers: one small protocol for learned policies and for rules that look at the worlds' state."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np

from envs.airspace.simulation.batch import AirspaceBatch
from envs.ground.policy import Policy, RememberingPolicy


@runtime_checkable
class Steering(Protocol):
    """Steers all aircraft of a batch, step by step."""

    def begin(self, batch: AirspaceBatch, first: int) -> None:
        """Forget all: in world w of `batch` the episode of row `first` + w has just begun."""
        ...

    def steer(self, batch: AirspaceBatch, noise: np.ndarray | None) -> np.ndarray:
        """Actions (W, A, 2) in [-1, 1] for the next 10 s; those of inactive aircraft are not read.

        Args:
            noise: (W, A, 2) standard normal numbers, for a draw from a policy's distribution; None for its mean.
        """
        ...


class ByObservation:
    """Lets a policy steer that sees observations only, and keeps what it remembers of each aircraft."""

    def __init__(self, policy: Policy) -> None:
        """Ask `policy` for the actions of active aircraft."""
        self._policy = policy
        self._memory: np.ndarray | None = None

    def begin(self, batch: AirspaceBatch, first: int) -> None:
        """See Steering.begin; where the policy has memory, it begins with zeros."""
        if self._policy.memory_size:
            self._memory = np.zeros((batch.num_worlds, batch.num_slots, self._policy.memory_size), np.float32)

    def steer(self, batch: AirspaceBatch, noise: np.ndarray | None) -> np.ndarray:
        """See Steering.steer."""
        worlds = batch.worlds
        active = worlds.active & ~worlds.done[:, None]
        choices = batch.allowed()
        allowed = None if choices is None else choices[active]
        actions = np.zeros((batch.num_worlds, batch.num_slots, 2))
        drawn = None if noise is None else noise[active]
        seen = worlds.observation[active]
        if self._memory is None:
            actions[active] = self._policy.act(seen, drawn, allowed)
        else:
            assert isinstance(self._policy, RememberingPolicy)
            chosen, remembered = self._policy.act_and_remember(seen, self._memory[active], drawn, allowed)
            actions[active], self._memory[active] = chosen, remembered
        return actions


def as_steering(pilot: Policy | Steering) -> Steering:
    """Whatever flies, as something that steers a batch."""
    return pilot if isinstance(pilot, Steering) else ByObservation(pilot)
