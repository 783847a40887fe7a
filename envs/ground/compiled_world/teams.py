"""Worlds in which agents are of several teams, and rules of the world's own can steer a team: what self-play asks."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np

from envs.ground.world import Batch


class TeamBatch(Batch, Protocol):
    """A `Batch` whose rules can steer any agent."""

    def by_rule(self, rule: str) -> np.ndarray:
        """What a rule, one of `OffersTeams.team_rules`, does for all agents now, (W, A, K) float64."""
        ...


@runtime_checkable
class OffersTeams(Protocol):
    """A `Simulation` whose agents may be of several teams; its batches are `TeamBatch`es, its actions are numbers."""

    team_rules: tuple[str, ...]

    def most_teams(self, settings: Any) -> int:
        """How many teams agents may be of in an episode of these settings."""
        ...


def most_teams_of(simulation: Any, settings: Any) -> int:
    """How many teams agents of a world may be of; 1: the world knows none."""
    return simulation.most_teams(settings) if isinstance(simulation, OffersTeams) else 1
