"""The operating envelope: what a policy was tested on, watched while it plays; outside of it a rule takes over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from envs.ground.steering import ByObservation, Steering
from envs.ground.world import Batch
from pipeline.policies.deployed import LearnedPolicy


class Ranging(LearnedPolicy):
    """A policy that keeps the ranges of what it is shown.

    Attributes:
        low, high: (D,) the least and largest of each feature; inf and -inf before anything is shown.
    """

    def __init__(self, policy: LearnedPolicy, num_features: int) -> None:
        """Run `policy`."""
        self._policy, self.memory_size = policy, policy.memory_size
        self.low, self.high = np.full(num_features, np.inf), np.full(num_features, -np.inf)

    def run(self, obs: np.ndarray, memory: np.ndarray | None) -> dict[str, np.ndarray]:
        """See LearnedPolicy.run."""
        self.low = np.minimum(self.low, obs.min(0, initial=np.inf))
        self.high = np.maximum(self.high, obs.max(0, initial=-np.inf))
        return self._policy.run(obs, memory)

    def ranges(self) -> list[list[float]]:
        """Least and largest of each feature, (D, 2) as plain values."""
        return np.column_stack([self.low, self.high]).tolist()


@dataclass(frozen=True)
class Envelope:
    """The ranges that a policy may be asked in.

    Attributes:
        features: the names of what is observed.
        low, high: (D,) of each feature.
    """

    features: tuple[str, ...]
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def around(cls, tested: Sequence[tuple[float, float]], margin: float, features: tuple[str, ...]) -> Envelope:
        """What was tested of each feature, wider at both ends by that share of its range."""
        low, high = np.array(tested, np.float64).reshape(-1, 2).T
        more = margin * (high - low)
        return cls(features, low - more, high + more)

    def inside(self, obs: np.ndarray) -> np.ndarray:
        """Which numbers (N, D) of observations (N, D) are within their range; what is no number is not."""
        return np.asarray((obs >= self.low) & (obs <= self.high))

    def nearest(self, obs: np.ndarray) -> np.ndarray:
        """The observations (N, D) with each number moved into its range; what is no number becomes the middle."""
        known = np.where(np.isnan(obs), (self.low + self.high) / 2.0, obs)
        return np.clip(known, self.low, self.high).astype(np.float32)


@dataclass
class Watched:
    """What was seen of an envelope. A decision is that of one agent in a step.

    Attributes:
        decisions: that were looked at.
        outside: of them, those that the rule took.
        first: the first of these, in words.
    """

    decisions: int = 0
    outside: int = 0
    first: str = ""


class WithinEnvelope:
    """Lets a policy act within its envelope, and a rule for each agent that is outside of it (see Steering).

    A policy that remembers is shown the nearest observation of its envelope meanwhile, so that it can go on.

    Attributes:
        watched: of all decisions since it was made.
    """

    def __init__(self, policy: LearnedPolicy, envelope: Envelope, rule: Steering) -> None:
        """Of a policy that observes what the envelope names."""
        self._gate, self._rule = _Gate(policy, envelope), rule
        self._policy = ByObservation(self._gate)
        self.watched = Watched()

    def begin(self, batch: Batch, first: int) -> None:
        """See Steering.begin."""
        self._policy.begin(batch, first)
        self._rule.begin(batch, first)

    def steer(self, batch: Batch, noise: np.ndarray | None) -> np.ndarray:
        """See Steering.steer; the rule looks on all the time, for it may remember what it has seen."""
        actions, instead = self._policy.steer(batch, noise), self._rule.steer(batch, noise)
        active = batch.active & ~batch.done[:, None]
        outside = np.zeros_like(active)
        outside[active] = ~self._gate.inside.all(1)
        self.watched.decisions += int(active.sum())
        self.watched.outside += int(outside.sum())
        if outside.any() and not self.watched.first:
            self.watched.first = self._told(batch, active, outside)
        return np.where(outside[:, :, None], instead, actions)

    def _told(self, batch: Batch, active: np.ndarray, outside: np.ndarray) -> str:
        world, agent = np.argwhere(outside)[0]
        row = int(np.flatnonzero(outside[active])[0])
        feature = int(np.flatnonzero(~self._gate.inside[row])[0])
        envelope, value = self._gate.envelope, batch.observation[world, agent, feature]
        wanted = f"wanted {envelope.low[feature]:.3g} to {envelope.high[feature]:.3g}"
        return f"step {batch.steps[world]}, agent {agent}: {envelope.features[feature]}: got {value:.3g}, {wanted}"


class _Gate(LearnedPolicy):
    """Shows a policy nothing from outside its envelope, and keeps which numbers were inside.

    Attributes:
        inside: (N, D) of the observations shown last.
    """

    def __init__(self, policy: LearnedPolicy, envelope: Envelope) -> None:
        self._policy, self.envelope, self.memory_size = policy, envelope, policy.memory_size
        self.inside = np.ones((0, len(envelope.features)), bool)

    def act(self, obs: np.ndarray, noise: np.ndarray | None, allowed: np.ndarray | None = None) -> np.ndarray:
        """See Policy.act."""
        return super().act(self._admit(obs), noise, allowed)

    def act_and_remember(
        self, obs: np.ndarray, memory: np.ndarray, noise: np.ndarray | None, allowed: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """See RememberingPolicy.act_and_remember."""
        return super().act_and_remember(self._admit(obs), memory, noise, allowed)

    def run(self, obs: np.ndarray, memory: np.ndarray | None) -> dict[str, np.ndarray]:
        """See LearnedPolicy.run."""
        return self._policy.run(obs, memory)

    def _admit(self, obs: np.ndarray) -> np.ndarray:
        self.inside = self.envelope.inside(obs)
        return np.where(self.inside.all(1, keepdims=True), obs, self.envelope.nearest(obs))
