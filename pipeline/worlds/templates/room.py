"""The first room of the world WORLD as its door shows it."""

from __future__ import annotations

from envs.WORLD.simulation.environment import Environment
from envs.WORLD.simulation.settings import Settings
from envs.ground.any_environment.simulation import EnvironmentSimulation
from envs.ground.outcomes import Outcome


def _make(settings: Settings, render_mode: str | None) -> Environment:
    return Environment(settings.num_agents, settings.reach, render_mode)


SIMULATION = EnvironmentSimulation(
    "WORLD",
    Settings,
    _make,
    lambda settings: settings.max_steps,
    lambda settings: settings.max_step_s,
    lambda settings: (Outcome("reached", "agents that reach their goal", "share"),),
)
