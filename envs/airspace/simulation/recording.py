"""What a batch of airspaces tells of its worlds: rows of the table of episodes, and columns of recordings."""

from __future__ import annotations

import numpy as np

from envs.airspace.simulation.compiled.worlds import LOSS_NM, REWARD_PARTS
from envs.airspace.simulation.traffic.scenario import Scenario
from envs.airspace.simulation.traffic.traffic_settings import DRAWN_FAMILIES
from envs.ground.compiled_world.records import Worlds


def tabulate_outcomes(worlds: Worlds) -> dict[str, np.ndarray]:
    """Columns (W,) of worlds whose episodes have ended, see Batch.outcomes."""
    families = np.array([*DRAWN_FAMILIES, ""], object)
    slots = np.arange(worlds.num_slots) < worlds.num_aircraft[:, None]
    num_arrived = worlds.arrived.sum(1)
    with np.errstate(invalid="ignore"):
        flight_time = np.where(worlds.arrived, worlds.flight_time, 0.0).sum(1) / num_arrived
    means = worlds.reward_sums.sum(1, where=slots[:, :, None]) / np.maximum(1, worlds.num_aircraft)[:, None]
    return {
        "family": families[worlds.family],
        "num_agents": worlds.num_aircraft,
        "min_separation_nm": worlds.min_separation,
        "los": worlds.min_separation < LOSS_NM,
        "los_pairs": worlds.pair_los.sum((1, 2)),
        "los_seconds": worlds.los_seconds,
        "arrived_share": num_arrived / np.maximum(1, worlds.num_aircraft),
        "all_arrived": num_arrived == worlds.num_aircraft,
        "flight_time_s": flight_time,
        **{f"reward_{part}": means[:, p] for p, part in enumerate(REWARD_PARTS)},
        "return": means.sum(1),
    }


def frame_of(worlds: Worlds, rows: np.ndarray, actions: np.ndarray) -> dict[str, np.ndarray]:
    """Columns (N, A) of the worlds `rows` (N,) now, and of the actions (N, A, 2) that led here, see Batch.frame."""
    kept = {
        "east_nm": worlds.position[rows, :, 0],
        "north_nm": worlds.position[rows, :, 1],
        "heading_deg": worlds.heading[rows],
        "tas_kt": worlds.tas[rows],
        "cas_kt": worlds.cas[rows],
        "waypoint_east_nm": worlds.waypoint[rows, :, 0],
        "waypoint_north_nm": worlds.waypoint[rows, :, 1],
        "separation_nm": worlds.separation[rows],
        "present": worlds.present[rows],
        "active": worlds.active[rows],
        "arrived": worlds.arrived[rows],
        "action_heading": actions[:, :, 0],
        "action_speed": actions[:, :, 1],
        "applied_heading": worlds.applied_action[rows, :, 0],
        "applied_speed": worlds.applied_action[rows, :, 1],
    }
    parts = {f"reward_{part}": worlds.reward_parts[rows, :, p] for p, part in enumerate(REWARD_PARTS)}
    return kept | _reports(worlds, rows) | parts


def _reports(worlds: Worlds, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Where each aircraft is, and how it flies through the air, by the last report of it that the others have.

    True where nothing disturbs reports; no numbers where none has arrived yet. Each (N, A).
    """
    velocity_kt = worlds.tas[rows, :, None] * worlds.direction[rows]
    true = np.concatenate([worlds.position[rows], velocity_kt], -1)
    heard = np.where(worlds.reported[rows, :, None], worlds.report[rows], np.nan)
    last = np.where(worlds.disturbed[rows, None, None], heard, true)
    names = ("reported_east_nm", "reported_north_nm", "reported_east_kt", "reported_north_kt")
    return dict(zip(names, np.moveaxis(last, -1, 0), strict=True))


def names_of(worlds: Worlds, row: int, scenarios: tuple[Scenario, ...], kinds: tuple[str, ...]) -> dict[str, list[str]]:
    """Names and types of a world's aircraft, see Batch.agents.

    Args:
        kinds: the types of drawn traffic, by their numbers.
    """
    index, count = int(worlds.scenario[row]), int(worlds.num_aircraft[row])
    if index >= 0:
        return {"agent": list(scenarios[index].ids), "type": list(scenarios[index].types)}
    types = [kinds[kind] for kind in worlds.kind[row, :count]]
    return {"agent": [f"AC{a + 1}" for a in range(count)], "type": types}
