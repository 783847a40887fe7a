"""Who steers: one small protocol for learned policies and for rules that look at the worlds' state."""

from __future__ import annotations

import math
from typing import Protocol, runtime_checkable

import numpy as np

from envs.airspace.action_grid import ActionGrid
from envs.airspace.atmosphere import G0, KT_TO_MPS, NM_IN_M
from envs.airspace.batch import AirspaceBatch
from envs.airspace.dynamics import ARRIVAL_NM, BANK_DEG
from pipeline.deployed import LearnedPolicy, Policy


@runtime_checkable
class Steering(Protocol):
    """Steers all aircraft of a batch, step by step."""

    def begin(self, batch: AirspaceBatch, first: int) -> None:
        """Forget all: in world w of `batch` the episode of row `first` + w has just begun."""
        ...

    def steer(self, batch: AirspaceBatch, noise: np.ndarray | None) -> np.ndarray:
        """Actions (W, A, 2) in [-1, 1] for the next 10 s; those of inactive aircraft are not read.

        Args:
            noise: (W, A, 2) standard normal numbers, for a draw from a policy's distribution; None for its mean.
        """
        ...


class ByObservation:
    """Lets a policy steer that sees observations only, and keeps what it remembers of each aircraft."""

    def __init__(self, policy: Policy) -> None:
        """Ask `policy` for the actions of active aircraft."""
        self._policy = policy
        self._grid: ActionGrid | None = None
        self._memory: np.ndarray | None = None

    def begin(self, batch: AirspaceBatch, first: int) -> None:
        """See Steering.begin; where the policy has memory, it begins with zeros."""
        actions = batch.settings.actions
        self._grid = ActionGrid(actions) if actions.kind == "discrete" else None
        if isinstance(self._policy, LearnedPolicy) and self._policy.memory_size:
            self._memory = np.zeros((batch.num_worlds, batch.num_slots, self._policy.memory_size), np.float32)

    def steer(self, batch: AirspaceBatch, noise: np.ndarray | None) -> np.ndarray:
        """See Steering.steer."""
        worlds = batch.worlds
        active = worlds.active & ~worlds.done[:, None]
        allowed = None if self._grid is None else self._grid.allowed(worlds)[active]
        actions = np.zeros((batch.num_worlds, batch.num_slots, 2))
        drawn = None if noise is None else noise[active]
        seen = worlds.observation[active]
        if self._memory is None:
            actions[active] = self._policy.act(seen, drawn, allowed)
        else:
            assert isinstance(self._policy, LearnedPolicy)
            chosen, remembered = self._policy.act_and_remember(seen, self._memory[active], drawn, allowed)
            actions[active], self._memory[active] = chosen, remembered
        return actions


class Direct:
    """The baseline that turns to its waypoint and looks at nobody."""

    def begin(self, batch: AirspaceBatch, first: int) -> None:
        """See Steering.begin; it remembers nothing."""

    def steer(self, batch: AirspaceBatch, noise: np.ndarray | None) -> np.ndarray:
        """See Steering.steer."""
        return towards(batch, course_deg(batch), batch.worlds.cas)


def as_steering(pilot: Policy | Steering) -> Steering:
    """Whatever flies, as something that steers a batch."""
    return pilot if isinstance(pilot, Steering) else ByObservation(pilot)


def towards(batch: AirspaceBatch, heading_deg: np.ndarray, cas_kt: np.ndarray) -> np.ndarray:
    """The actions (W, A, 2) that bring aircraft as near to headings and CAS (W, A) as one step allows."""
    limits, worlds = batch.settings.actions, batch.worlds
    turn = wrap_deg(heading_deg - worlds.heading) / limits.max_heading_change_deg
    speed = (cas_kt - worlds.cas) / limits.max_speed_change_kt
    return np.clip(np.stack([turn, speed], -1), -1.0, 1.0)


def course_deg(batch: AirspaceBatch) -> np.ndarray:
    """Headings (W, A) to the waypoints; straight on where the tightest turn would circle around the waypoint for ever.

    That is where the waypoint lies inside the turning circle, v^2 / (g0 tan 25 degrees) in radius, and further from it
    than the arrival radius: an aircraft that turns at once never gets there, one that first flies on does.
    """
    worlds = batch.worlds
    east_nm, north_nm = np.moveaxis(worlds.waypoint - worlds.position, -1, 0)
    heading = np.radians(worlds.heading)
    sine, cosine = np.sin(heading), np.cos(heading)
    ahead_nm, aside_nm = east_nm * sine + north_nm * cosine, np.abs(east_nm * cosine - north_nm * sine)
    radius_nm = turn_radius_nm(worlds.tas)
    inside_nm2 = np.maximum(radius_nm - ARRIVAL_NM, 0.0) ** 2
    circles = ahead_nm**2 + (aside_nm - radius_nm) ** 2 < inside_nm2
    return np.where(circles, worlds.heading, np.degrees(np.arctan2(east_nm, north_nm)))


def waypoint_bearing_deg(batch: AirspaceBatch) -> np.ndarray:
    """Bearings (W, A) of the waypoints."""
    east, north = np.moveaxis(batch.worlds.waypoint - batch.worlds.position, -1, 0)
    return np.degrees(np.arctan2(east, north))


def turn_radius_nm(tas_kt: np.ndarray) -> np.ndarray:
    """The radius of the tightest turn at a TAS: v^2 / (g0 tan(bank))."""
    return (tas_kt * KT_TO_MPS) ** 2 / (G0 * math.tan(math.radians(BANK_DEG))) / NM_IN_M


def wrap_deg(angle: np.ndarray) -> np.ndarray:
    """Angles in [-180, 180)."""
    return (angle + 180.0) % 360.0 - 180.0
