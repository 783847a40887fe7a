"""Discrete actions: a grid of heading and speed changes as one choice, and which of them each aircraft has."""

from __future__ import annotations

import numpy as np

from envs.airspace.simulation.settings import Actions
from envs.ground.compiled_world.records import Worlds

_ROUNDING_KT = 1e-6
"""CAS is worked out from TAS; a command that ends this little beyond the range still ends at its edge."""


class ActionGrid:
    """The n = H * S choices of `actions`: choice h * S + s is heading change h with speed change s.

    Attributes:
        commands: (n, 2) float32, the choices as normalised actions.
        speed_change_kt: (n,) of each choice.
        no_change: (n,) bool, true for the one choice that changes nothing.
    """

    def __init__(self, actions: Actions) -> None:
        """Tabulate the grid, whatever `actions.kind` is."""
        turns, accelerations = actions.heading_changes_deg, actions.speed_changes_kt
        changes = np.array([(turn, acceleration) for turn in turns for acceleration in accelerations])
        limits = np.array([actions.max_heading_change_deg, actions.max_speed_change_kt])
        self.commands = _round_away_from_zero(changes / limits)
        self.speed_change_kt = changes[:, 1]
        self.no_change = ~changes.any(1)

    def __len__(self) -> int:
        return len(self.commands)

    def allowed(self, worlds: Worlds) -> np.ndarray:
        """Which choices each aircraft has now, (W, A, n) bool: those that leave its CAS inside the range it may fly at.

        A change back towards that range is allowed outside of it. Who is inactive can only change nothing.
        """
        wanted = worlds.cas[..., None] + self.speed_change_kt
        low, high = worlds.cas_range[..., :1] - _ROUNDING_KT, worlds.cas_range[..., 1:] + _ROUNDING_KT
        too_fast, too_slow = (wanted > high) & (self.speed_change_kt > 0), (wanted < low) & (self.speed_change_kt < 0)
        possible = worlds.active[..., None] | self.no_change
        return possible & ~too_fast & ~too_slow


def commands_of(actions: Actions) -> np.ndarray | None:
    """What each choice commands, (n, 2) float32 normalised; None where actions are continuous."""
    return ActionGrid(actions).commands if actions.kind == "discrete" else None


def _round_away_from_zero(numbers: np.ndarray) -> np.ndarray:
    """As float32, as an exported policy has them, and not below the smallest change that counts by rounding."""
    rounded = numbers.astype(np.float32)
    short = np.abs(rounded) < np.abs(numbers)
    return np.where(short, np.nextafter(rounded, np.copysign(np.float32(np.inf), rounded)), rounded)
