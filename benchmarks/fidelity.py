"""Does our airspace fly as BlueSky does? Both fly the same random commands for 1000 s: python -m benchmarks.fidelity.

A command is a heading in the scenario's frame or a calibrated airspeed, worked out from our aircraft's state and given
to both. BlueSky is told the true heading that the frame's heading is at the aircraft's place. Exit status 1 outside
the bars.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.drawn import drawn_scenarios
from envs.airspace.outside.batch import Motion
from envs.airspace.outside.bluesky import BlueSky, BlueSkyInFrame
from envs.airspace.scenarios.suite import SUITE
from envs.airspace.simulation.batch import AirspaceBatch
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic.aircraft import AIRCRAFT_TYPES_10000FT
from envs.airspace.simulation.traffic.scenario import Scenario

TYPES = tuple(AIRCRAFT_TYPES_10000FT)
STEPS, TICKS_PER_STEP = 100, 10
NUM_DRAWN, MOST_AIRCRAFT = 100, 6
SEED = 0
WINDS_KT = (0.0, 35.0)
"""Calm, and the strongest wind that policies are tested in."""
WIND_FROM_DEG = 240.0

WITHIN_NM = 50.0
"""Compared as long as both have stayed within this distance of the centre."""
NEAR_NM = 20.0
"""Separations are compared of pairs that are nearer than this."""
OUT_OF_REACH_NM = 400.0


class Differences(NamedTuple):
    """How far the simulators are apart: one number per aircraft (separation: per near pair) and step."""

    position_nm: np.ndarray
    heading_deg: np.ndarray
    speed_kt: np.ndarray
    separation_nm: np.ndarray


BARS = {"position_nm": 0.6, "heading_deg": 1.0, "speed_kt": 0.1, "separation_nm": 0.1}
"""The largest that each may be."""


@dataclass(frozen=True)
class Tracks:
    """What both flew, ours first: position (T, 2, N, 2) in NM, heading (T, 2, N) in degrees, TAS (T, 2, N) in kt."""

    types: np.ndarray
    world: np.ndarray
    position_nm: np.ndarray
    heading_deg: np.ndarray
    tas_kt: np.ndarray


def suite() -> list[Scenario]:
    """The suite, each scenario flown by another mix of the types."""
    return [_flown_by(scenario, TYPES[n % len(TYPES) :] + TYPES) for n, scenario in enumerate(SUITE.values())]


def drawn() -> list[Scenario]:
    """Procedural traffic of all types, from the seeds that tests are drawn from."""
    values = {"procedural": {"aircraft_types": list(TYPES), "max_aircraft": MOST_AIRCRAFT}}
    scenarios = drawn_scenarios(AirspaceSettings.from_values(values), NUM_DRAWN, SEED, split="test")
    return [_out_of_reach(scenario) for scenario in scenarios]


def _flown_by(scenario: Scenario, types: Sequence[str]) -> Scenario:
    return _out_of_reach(replace(scenario, types=tuple(types[: scenario.num_aircraft])))


def _out_of_reach(scenario: Scenario) -> Scenario:
    """With waypoints that nobody reaches: who has arrived takes no more commands."""
    bearing = np.radians(scenario.heading_deg)
    ahead = np.stack([np.sin(bearing), np.cos(bearing)], axis=-1)
    return replace(scenario, waypoint_nm=scenario.position_nm + OUT_OF_REACH_NM * ahead)


def fly(scenarios: Sequence[Scenario], wind_kt: float, simulator: BlueSkyInFrame, *, acting: bool = True) -> Tracks:
    """Fly all scenarios in both simulators, under random commands or (not `acting`) under none."""
    wind = {"from_deg": WIND_FROM_DEG, "speed_kt": wind_kt}
    settings = AirspaceSettings.from_values({"wind": wind, "episode": {"max_steps": STEPS + 1}})
    which = np.arange(len(scenarios))
    batch = AirspaceBatch(settings, len(which), 0, scenarios=scenarios, discount=1.0, min_slots=MOST_AIRCRAFT)
    batch.begin(which, which, which.astype(np.uint64))
    rng, kinds = np.random.default_rng(SEED), [name for scenario in scenarios for name in scenario.types]
    states = [(_ours(batch), simulator.begin_all(scenarios, settings.wind))]
    for _ in range(STEPS):
        actions = acting * rng.uniform(-1.0, 1.0, (len(which), batch.num_slots, 2))
        _command(batch, actions, kinds, simulator)
        batch.step(actions)
        motions = [simulator.tick() for _ in range(TICKS_PER_STEP)]
        states.append((_ours(batch), motions[-1]))
    return Tracks(
        types=np.array(kinds),
        world=np.repeat(which, [scenario.num_aircraft for scenario in scenarios]),
        position_nm=np.array([[motion.position_nm for motion in both] for both in states]),
        heading_deg=np.array([[motion.heading_deg for motion in both] for both in states]),
        tas_kt=np.array([[motion.tas_kt for motion in both] for both in states]),
    )


def _flying(batch: AirspaceBatch) -> np.ndarray:
    """Which slots (W, A) have an aircraft."""
    return np.arange(batch.num_slots) < batch.worlds.num_aircraft[:, None]


def _ours(batch: AirspaceBatch) -> Motion:
    worlds, flying = batch.worlds, _flying(batch)
    return Motion(worlds.position[flying], worlds.heading[flying], worlds.tas[flying], worlds.cas[flying])


def _command(batch: AirspaceBatch, actions: np.ndarray, kinds: Sequence[str], simulator: BlueSkyInFrame) -> None:
    """Tell the other simulator what these actions (W, A, 2) command to our aircraft.

    In wind a heading that is to be held is told again: BlueSky holds the track that a heading made good when told,
    so that a later change of speed would turn the heading away from it; ours holds the heading.
    """
    rule, now, held_deg = batch.settings.actions, _ours(batch), batch.worlds.commanded_heading[_flying(batch)]
    change = actions[_flying(batch)] * (rule.max_heading_change_deg, rule.max_speed_change_kt)
    for a, (turn_deg, faster_kt) in enumerate(change):
        if abs(turn_deg) >= rule.min_heading_change_deg:
            simulator.turn(a, now.heading_deg[a] + turn_deg)
        elif batch.settings.wind.speed_kt > 0.0:
            simulator.turn(a, held_deg[a])
        if abs(faster_kt) >= rule.min_speed_change_kt:
            kind = AIRCRAFT_TYPES_10000FT[kinds[a]]
            simulator.change_speed(a, float(np.clip(now.cas_kt[a] + faster_kt, kind.cas_min_kt, kind.cas_max_kt)))


def differences(tracks: Tracks, kind: str = "") -> Differences:
    """What lies between the simulators, of all aircraft or those of one type, and of near pairs within a world."""
    chosen = tracks.types == kind if kind else np.full(len(tracks.types), True)
    position = tracks.position_nm[:, :, chosen]
    inside = np.logical_and.accumulate((np.linalg.norm(position, axis=-1) <= WITHIN_NM).all(1))
    heading, tas = np.diff(tracks.heading_deg[:, :, chosen], axis=1)[:, 0], np.diff(tracks.tas_kt[:, :, chosen], axis=1)
    first, second = np.triu_indices(position.shape[2], 1)
    together = tracks.world[chosen][first] == tracks.world[chosen][second]
    first, second = first[together], second[together]
    separation = np.linalg.norm(position[:, :, first] - position[:, :, second], axis=-1)
    near = (separation.min(1) < NEAR_NM) & inside[:, first] & inside[:, second]
    return Differences(
        position_nm=np.linalg.norm(position[:, 0] - position[:, 1], axis=-1)[inside],
        heading_deg=np.abs((heading + 180.0) % 360.0 - 180.0)[inside],
        speed_kt=np.abs(tas[:, 0])[inside],
        separation_nm=np.abs(separation[:, 0] - separation[:, 1])[near],
    )


def compare(simulator: BlueSkyInFrame) -> dict[str, Differences]:
    """All that the table shows, by the name of its row: by traffic and wind, then by type in each wind."""
    rows: dict[str, Differences] = {}
    by_type: dict[str, Differences] = {}
    traffic = {"suite": suite(), f"{NUM_DRAWN} procedural": drawn()}
    for wind_kt in WINDS_KT:
        weather = f"wind {wind_kt:.0f} kt" if wind_kt else "calm"
        flown = {name: fly(scenarios, wind_kt, simulator) for name, scenarios in traffic.items()}
        rows |= {f"{name}, {weather}": differences(tracks) for name, tracks in flown.items()}
        for kind in TYPES:
            parts = [differences(tracks, kind) for tracks in flown.values()]
            by_type[f"{kind} alone, {weather}"] = Differences(*map(np.concatenate, zip(*parts, strict=True)))
    return rows | by_type


def outside(found: Differences) -> list[str]:
    """The names of the differences that go beyond the bars, or of which there is nothing to compare."""
    largest = {name: getattr(found, name).max(initial=-np.inf) for name in BARS}
    return [name for name, bar in BARS.items() if not 0.0 <= largest[name] <= bar]


def geodesy(simulator: BlueSkyInFrame) -> dict[str, Differences]:
    """The row that no bar judges: nobody acts, so that a held heading's rhumb line drifts from our straight line."""
    return {"suite, nobody acts (no bar)": differences(fly(suite(), 0.0, simulator, acting=False))}


def table(judged: dict[str, Differences], others: dict[str, Differences]) -> Table:
    """Largest and 95th percentile of each difference; of those that are judged, in red beyond the bar."""
    page = Table(title=f"BlueSky and ours, {STEPS * TICKS_PER_STEP} s, within {WITHIN_NM:.0f} NM: largest (95 %)")
    page.add_column("traffic")
    for name, bar in BARS.items():
        what, unit = name.rsplit("_", 1)
        page.add_column(f"{what}, {unit}\nbar {bar:g}", justify="right")
    page.add_column("samples\nand pairs", justify="right")
    for name, found in (judged | others).items():
        beyond = outside(found) if name in judged else []
        cells = [_cell(getattr(found, field), field in beyond) for field in BARS]
        page.add_row(name, *cells, f"{len(found.position_nm):,} / {len(found.separation_nm):,}")
    return page


def _cell(values: np.ndarray, beyond: bool) -> str:
    if not len(values):
        return "[red]nothing to compare[/red]"
    text = f"{values.max():.4f} ({np.percentile(values, 95):.4f})"
    return f"[red]{text} OUTSIDE[/red]" if beyond else text


def main() -> None:
    """Print the table and say whether all is within the bars."""
    simulator = BlueSkyInFrame(BlueSky())
    rows = compare(simulator)
    Console(width=140).print(table(rows, geodesy(simulator)))
    beyond = [f"{row}: {', '.join(outside(found))}" for row, found in rows.items() if outside(found)]
    if beyond:
        sys.exit("outside the bars: " + "; ".join(beyond))
    print("all within the bars")


if __name__ == "__main__":
    main()
