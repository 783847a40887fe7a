"""The state of W worlds with room for A aircraft each, as arrays allocated once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from envs.airspace.settings import AirspaceSettings

TICKS_PER_STEP = 10
"""One action every 10 s, flown in ticks of 1 s."""

LOSS_NM = 5.0
"""Below this distance separation is lost."""

REWARD_PARTS = ("progress", "drift", "violation_entry", "violation_step", "action", "time", "arrival", "timeout", "team")


class Worlds(NamedTuple):
    """Arrays over worlds (W,), aircraft slots (W, A) or pairs (W, A, A); distances NM, speeds kt, angles degrees."""

    rng: np.ndarray  # uint64: draws the episodes of world w
    episode_seed: np.ndarray  # uint64: decides the scenario that is drawn
    draw_state: np.ndarray  # uint64: scratch of that draw
    scenario: np.ndarray  # index into the scenarios handed in, -1 for drawn traffic
    family: np.ndarray  # index into settings.FAMILIES, -1 for a scenario handed in
    step: np.ndarray
    num_aircraft: np.ndarray
    pressure: np.ndarray  # Pa at the level
    density: np.ndarray  # kg/m3 at the level
    reference_tas: np.ndarray  # TAS of 250 kt CAS at the level
    potential: np.ndarray  # Phi of the last step's smallest separation
    min_separation: np.ndarray  # smallest separation of the episode so far
    step_separation: np.ndarray  # smallest separation within the last step
    los_seconds: np.ndarray  # ticks of the episode in which some pair was below 5 NM
    position: np.ndarray  # (W, A, 2) east, north
    move: np.ndarray  # (W, A, 2) east, north within the present tick
    heading: np.ndarray
    direction: np.ndarray  # (W, A, 2) sine and cosine of the heading
    tas: np.ndarray
    cas: np.ndarray
    commanded_heading: np.ndarray
    commanded_cas: np.ndarray
    commanded_tas: np.ndarray
    waypoint: np.ndarray  # (W, A, 2) east, north
    kind: np.ndarray  # row of the fleet table
    present: np.ndarray  # still counts for the others' separation
    active: np.ndarray  # its next action counts
    arrived: np.ndarray
    was_active: np.ndarray  # active when the last step began
    waypoint_distance: np.ndarray  # at the end of the step, or at arrival
    gained: np.ndarray  # distance gained on the waypoint in the last step
    drift: np.ndarray  # angle between heading and waypoint bearing
    separation: np.ndarray  # the step's smallest distance to another present aircraft
    separation_change: np.ndarray
    violation: np.ndarray
    flight_time: np.ndarray  # seconds until arrival
    active_ticks: np.ndarray  # of the last step
    pair_los: np.ndarray  # (W, A, A) pairs i < j that were below 5 NM in this episode
    reward_parts: np.ndarray  # (W, A, P) of the last step
    reward_sums: np.ndarray  # (W, A, P) of the episode
    reward: np.ndarray  # (W, A) of the last step
    applied_action: np.ndarray  # (W, A, 2) what of the action exceeded the thresholds
    observation: np.ndarray  # (W, A, D) float32
    terminal_observation: np.ndarray  # (W, A, D) float32
    row_terminated: np.ndarray
    row_truncated: np.ndarray
    world_done: np.ndarray
    last_min_separation: np.ndarray  # of the episode that ended last in this world
    last_arrived: np.ndarray  # share
    last_return: np.ndarray  # mean over its aircraft


def observation_length(settings: AirspaceSettings) -> int:
    """Numbers in one aircraft's observation: 6 of its own, 5 or 7 per neighbour, 1 when time is part of the task."""
    per_neighbour = 7 if settings.observation.layout == "relative_cpa" else 5
    return 6 + per_neighbour * settings.observation.num_neighbours + (settings.episode.time_limit == "task")


def allocate(num_worlds: int, num_slots: int, num_features: int) -> Worlds:
    """Worlds with every array zero."""
    by_name = {"position": (2,), "move": (2,), "direction": (2,), "waypoint": (2,), "applied_action": (2,)}
    by_name |= {"pair_los": (num_slots,), "reward_parts": (len(REWARD_PARTS),), "reward_sums": (len(REWARD_PARTS),)}
    by_name |= {"observation": (num_features,), "terminal_observation": (num_features,)}
    per_world = ("rng", "episode_seed", "draw_state", "scenario", "family", "step", "num_aircraft", "pressure", "density")
    per_world += ("reference_tas", "potential", "min_separation", "step_separation", "los_seconds", "world_done")
    per_world += ("last_min_separation", "last_arrived", "last_return")
    kinds: dict[str, type] = dict.fromkeys(("rng", "episode_seed", "draw_state"), np.uint64)
    kinds |= dict.fromkeys(("scenario", "family", "step", "num_aircraft", "los_seconds", "kind", "active_ticks"), np.int64)
    kinds |= dict.fromkeys(("present", "active", "arrived", "was_active", "violation", "pair_los"), np.bool_)
    kinds |= dict.fromkeys(("row_terminated", "row_truncated", "world_done"), np.bool_)
    kinds |= dict.fromkeys(("observation", "terminal_observation"), np.float32)

    def array(name: str) -> np.ndarray:
        shape = (num_worlds,) if name in per_world else (num_worlds, num_slots, *by_name.get(name, ()))
        return np.zeros(shape, kinds.get(name, np.float64))

    return Worlds(**{name: array(name) for name in Worlds._fields})
