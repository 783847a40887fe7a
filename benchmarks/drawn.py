"""Procedural traffic as scenarios, for whoever flies scenarios only."""

from __future__ import annotations

from envs.airspace.simulation.batch import AirspaceBatch
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic.scenario import Scenario


def drawn_scenarios(settings: AirspaceSettings, count: int, seed: int, split: str = "train") -> list[Scenario]:
    """The first traffic that the worlds 0 .. count - 1 of a batch draw, named `drawn 0` and so on."""
    batch = AirspaceBatch(settings, count, seed, discount=1.0)
    batch.seed(seed, split)
    batch.reset()
    return [_scenario(batch, w) for w in range(count)]


def _scenario(batch: AirspaceBatch, w: int) -> Scenario:
    worlds, count = batch.worlds, int(batch.worlds.num_aircraft[w])
    return Scenario(
        name=f"drawn {w}",
        ids=tuple(f"AC{a + 1}" for a in range(count)),
        types=tuple(batch.settings.procedural.aircraft_types[kind] for kind in worlds.kind[w, :count]),
        position_nm=worlds.position[w, :count],
        heading_deg=worlds.heading[w, :count],
        cas_kt=worlds.cas[w, :count],
        waypoint_nm=worlds.waypoint[w, :count],
    )
