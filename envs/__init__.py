"""The simulated worlds by name; they know nothing of files, experiments or learning."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pettingzoo import ParallelEnv

    from envs.ground.rows.vectorize import SharedPolicyVecEnv
    from envs.ground.world import Simulation


def make(name: str, **settings: Any) -> ParallelEnv:
    """One world as a PettingZoo ParallelEnv.

    Args:
        name: of a folder of envs, with a version or without: "airspace_v0".
        settings: of its simulation, as plain values, and what else its environment takes (`render_mode`, `scenarios`).

    Raises:
        ValueError: an unknown name, with the nearest known one.
        pydantic.ValidationError: a setting that is unknown, mistyped or out of range.
    """
    simulation, own, others = _split(name, settings)
    return simulation.environment(own, **others)


def vectorize(name: str, settings: Mapping[str, Any], num_worlds: int, seed: int) -> SharedPolicyVecEnv:
    """Worlds as one environment of Stable-Baselines3, a row for each agent, one policy for all.

    Args:
        settings: as for `make`; also `scenarios`, `discount` and `room`, see Simulation.vectorized.

    Raises:
        ValueError: an unknown name, or no world.
    """
    simulation, own, others = _split(name, settings)
    return simulation.vectorized(own, num_worlds, seed=seed, **others)


def _split(name: str, settings: Mapping[str, Any]) -> tuple[Simulation, Any, dict[str, Any]]:
    """The world's first room, the record of its settings, and what is no setting."""
    from envs.ground.doors import simulation as door

    simulation = door(re.sub(r"_v\d+$", "", name))
    own = {key: value for key, value in settings.items() if key in simulation.settings.model_fields}
    others = {key: value for key, value in settings.items() if key not in own}
    return simulation, simulation.settings.from_values(own), others
