"""The room baselines of the world pettingzoo as its door shows it."""

from __future__ import annotations

from envs.ground.defaults import DefaultBaselines

BASELINES = DefaultBaselines()
