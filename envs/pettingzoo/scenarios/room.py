"""The room scenarios of the world pettingzoo as its door shows it."""

from __future__ import annotations

from envs.ground.defaults import DefaultScenarios

SCENARIOS = DefaultScenarios()
