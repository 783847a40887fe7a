"""Keeps what metrics need of a block of worlds while it is flown."""

from __future__ import annotations

import numpy as np

from envs.airspace.evaluation.flight import Flight
from envs.airspace.evaluation.pair_separation import pair_separations, settle
from envs.airspace.simulation.batch import PROCEDURAL_ALT_FT, AirspaceBatch
from envs.airspace.simulation.disturbance_settings import Disturbance, Wind
from envs.ground.world import DRAWN

_OF_STATES = ("position", "heading", "tas", "cas", "present", "active")
_OF_STEPS = ("applied_action", "active_ticks", "separation", "was_active")


class FlightRecorder:
    """Records all worlds of a batch: `keep` after `begin` and after every `step`, `flight` at the end.

    Memory is about 200 bytes per world, aircraft and step, and 8 per pair.
    """

    def __init__(self, batch: AirspaceBatch, types: tuple[str, ...] = ()) -> None:
        """Record `batch`, in which all worlds begin an episode together.

        Args:
            types: those that `batch` was given for disturbances to name.
        """
        self._batch, self._named = batch, types
        self._kept: dict[str, list[np.ndarray]] = {name: [] for name in (*_OF_STATES, *_OF_STEPS)}

    def keep(self) -> None:
        """Keep the present state and the step that led to it."""
        for name, kept in self._kept.items():
            kept.append(np.array(getattr(self._batch.worlds, name)))

    def flight(self) -> Flight:
        """What was flown, with room for the aircraft that were there."""
        worlds = self._batch.worlds
        slots = slice(int(worlds.num_aircraft.max()))
        states = {name: np.stack(self._kept[name])[:, :, slots] for name in _OF_STATES}
        steps = {name: np.stack(self._kept[name])[1:, :, slots] for name in _OF_STEPS}
        velocity_kt = self._velocity_kt(states)
        active_s = np.where(steps["was_active"], steps["active_ticks"], 0).astype(np.float64)
        separation_nm = pair_separations(states["position"], velocity_kt, states["present"], active_s, worlds.step)
        settle(separation_nm, steps["separation"])
        kind, types = self._types()
        actions = self._batch.settings.actions
        return Flight(
            position_nm=states["position"],
            velocity_kt=velocity_kt,
            heading_deg=states["heading"],
            tas_kt=states["tas"],
            cas_kt=states["cas"],
            present=states["present"],
            active=states["active"],
            change=steps["applied_action"] * (actions.max_heading_change_deg, actions.max_speed_change_kt),
            active_s=active_s,
            pair_separation_nm=separation_nm,
            cas_range_kt=np.array(worlds.cas_range[:, slots]),
            waypoint_nm=np.array(worlds.waypoint[:, slots]),
            remaining_nm=np.array(worlds.waypoint_distance[:, slots]),
            arrived=np.array(worlds.arrived[:, slots]),
            kind=kind[:, slots],
            num_steps=np.array(worlds.step),
            num_aircraft=np.array(worlds.num_aircraft),
            warm_up_steps=np.array(worlds.warm_up_steps),
            los_seconds=np.array(worlds.los_seconds),
            types=types,
        )

    def _velocity_kt(self, states: dict[str, np.ndarray]) -> np.ndarray:
        """(T + 1, W, A, 2): true airspeed along the heading, and each world's wind."""
        heading, wind_kt = np.radians(states["heading"]), self._batch.worlds.wind[:, None]
        return states["tas"][..., None] * np.stack([np.sin(heading), np.cos(heading)], -1) + wind_kt

    def _types(self) -> tuple[np.ndarray, tuple[tuple[str, float], ...]]:
        """Each slot's row (W, A) in a table of (designator, level in ft), and the table; disturbances may change it."""
        batch = self._batch
        levels = {scenario.centre.alt_ft: index for index, scenario in reversed(list(enumerate(batch.scenarios)))}
        levels.setdefault(PROCEDURAL_ALT_FT, DRAWN)
        drawn = {(name, PROCEDURAL_ALT_FT) for name in batch.settings.procedural.aircraft_types}
        given = {(name, scenario.centre.alt_ft) for scenario in batch.scenarios for name in scenario.types}
        named = {*self._named, *filter(None, [batch.settings.disturbance.aircraft_type])}
        keys = list(drawn | given | {(name, alt_ft) for name in named for alt_ft in levels})
        rows = [self._row(name, levels[alt_ft]) for name, alt_ft in keys]
        slots = np.arange(batch.num_slots)
        kind = np.where(slots < batch.worlds.num_aircraft[:, None], batch.worlds.kind, 0)
        return kind, tuple(key for _, key in sorted(zip(rows, keys, strict=True)))

    def _row(self, name: str, scenario: int) -> int:
        """The row of a type in the batch's table, at the level of a scenario."""
        wanted = Disturbance(aircraft_type=name)
        return int(self._batch.disturbance(Wind(), wanted, {}, scenario)["kind"][0])
