"""The second room of the swarm as its door shows it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from envs.ground.defaults import NoSettings
from envs.ground.record import Record
from envs.ground.steering import Nothing, Steering
from envs.swarm.simulation.batch import SwarmBatch
from envs.swarm.simulation.compiled.choosing import KINDS

_RULES = 0xBA5E
"""Keeps these draws apart from others that begin with an episode's seed."""


class ByRule:
    """Plays all agents by a rule of envs/swarm/simulation/compiled/choosing.py."""

    def __init__(self, kind: int) -> None:
        """One of `KINDS`."""
        self._kind = kind

    def begin(self, batch: SwarmBatch, first: int) -> None:
        """See Steering.begin; it remembers nothing."""

    def steer(self, batch: SwarmBatch, noise: np.ndarray | None) -> np.ndarray:
        """See Steering.steer."""
        return batch.choose(self._kind, _RULES)


class SwarmBaselines:
    """See envs/ground/rooms.py: Baselines."""

    settings: type[Record] = NoSettings
    words: Mapping[str, str] = {
        "assign": "shared out, full sight",
        "forage": "fetch what is near",
        "mixed": "a third each fetches, guards, raids",
        "guard": "stay at home, fight there",
        "raid": "go for others and their hives",
        "random": "random actions",
        "nothing": "nobody acts",
    }
    nobody = "nothing"
    yardstick = "assign"
    fallback = "forage"

    def make(self, settings: NoSettings) -> dict[str, Steering]:
        """See Baselines.make."""
        rules: dict[str, Steering] = {name: ByRule(KINDS[name]) for name in self.words if name != self.nobody}
        return {self.nobody: Nothing(), **dict(reversed(rules.items()))}


BASELINES = SwarmBaselines()
