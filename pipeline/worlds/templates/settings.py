"""Typed records of WORLD.simulation in params.yaml."""

from __future__ import annotations

from envs.ground.record import Count, Positive, Record


class Settings(Record):
    """The whole of WORLD.simulation; every field has a default."""

    num_agents: Count = 2
    max_steps: Count = 50
    max_step_s: Positive = 120.0
    reach: Positive = 0.1
