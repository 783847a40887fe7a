"""Short episodes of few agents that die and return, of one team and of two."""

from __future__ import annotations

from typing import Any

from envs.swarm.simulation.room import SIMULATION

SMALL_WARS: dict[str, Any] = {
    "episode": {"max_steps": 12},
    "arena": {"side_m": {"low": 30.0, "high": 30.0}},
    "health": {"full": 5.0, "return_after_s": 0.5},
    "families": {"gather": {"agents": {"low": 2, "high": 3}}, "heavy": {"weight": 0.0}}
    | {name: {"agents": {"low": 1, "high": 3}} for name in ("skirmish", "raid", "war")},
}


def small_wars(**changes: Any) -> Any:
    """Their settings, with sections of others in place."""
    return SIMULATION.settings.from_values({**SMALL_WARS, **changes})
