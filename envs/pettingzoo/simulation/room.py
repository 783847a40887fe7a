"""The first room of the world pettingzoo as its door shows it."""

from __future__ import annotations

from envs.ground.any_environment.simulation import EnvironmentSimulation
from envs.ground.outcomes import Outcome
from envs.pettingzoo.simulation.loading import make, sources
from envs.pettingzoo.simulation.settings import EnvironmentSettings


def _outcomes(settings: EnvironmentSettings) -> tuple[Outcome, ...]:
    return tuple(
        Outcome(name, own.words or name, own.kind, better=own.better, unit=own.unit)
        for name, own in settings.outcomes.items()
    )


SIMULATION = EnvironmentSimulation(
    "pettingzoo",
    EnvironmentSettings,
    make,
    lambda settings: settings.max_steps,
    lambda settings: settings.max_step_s,
    _outcomes,
    sources,
)
