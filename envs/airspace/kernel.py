"""All worlds in one compiled call: fly, separate, pay, observe; and in another, start the next episodes."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit, prange

from envs.airspace.atmosphere import tas_from_cas
from envs.airspace.dynamics import command, fly_tick, read_airspeed, waypoint_geometry
from envs.airspace.observation import observe
from envs.airspace.procedural import draw_traffic
from envs.airspace.random_draws import next_uint64
from envs.airspace.reward import pay_parts, pay_team, potential
from envs.airspace.separation import conclude_separation, separate_tick
from envs.airspace.worlds import LOSS_NM, TICKS_PER_STEP

ARRIVAL_NM = 1.0
_SPLIT_SHIFT = np.uint64(2)
_NO_SCENARIOS = -1


class Starts(NamedTuple):
    """The scenarios handed in, as arrays over scenarios (S, ...) and slots (S, A, ...)."""

    num_aircraft: np.ndarray
    position: np.ndarray
    heading: np.ndarray
    cas: np.ndarray
    waypoint: np.ndarray
    kind: np.ndarray
    pressure: np.ndarray
    density: np.ndarray


@njit(cache=True)
def _begin_step(w, worlds, fleet, rules, actions):
    """Take the commands of active aircraft and remember who was active."""
    for a in range(worlds.num_aircraft[w]):
        active = worlds.active[w, a]
        worlds.was_active[w, a] = active
        worlds.row_terminated[w, a] = worlds.row_truncated[w, a] = False
        worlds.separation[w, a] = np.inf
        worlds.active_ticks[w, a] = 0
        worlds.applied_action[w, a, 0] = worlds.applied_action[w, a, 1] = 0.0
        if active:
            command(w, a, worlds, fleet, rules, actions[w, a])


@njit(cache=True)
def _arrive(w, a, worlds, rules, distance):
    """Aircraft `a` has reached its waypoint: it keeps heading and speed, and from the next tick on may be gone."""
    worlds.arrived[w, a] = True
    worlds.active[w, a] = False
    worlds.waypoint_distance[w, a] = distance
    worlds.commanded_heading[w, a] = worlds.heading[w, a]
    worlds.commanded_tas[w, a] = worlds.tas[w, a]
    if rules.leave:
        worlds.present[w, a] = False


@njit(cache=True)
def _tick(w, worlds, fleet, rules):
    """One second for all aircraft of a world: move, separate, arrive."""
    count = worlds.num_aircraft[w]
    for a in range(count):
        if worlds.present[w, a]:
            fly_tick(w, a, worlds, fleet, rules)
    worlds.los_seconds[w] += separate_tick(w, worlds)
    for a in range(count):
        if not worlds.present[w, a]:
            continue
        worlds.position[w, a, 0] += worlds.move[w, a, 0]
        worlds.position[w, a, 1] += worlds.move[w, a, 1]
        if worlds.active[w, a]:
            worlds.active_ticks[w, a] += 1
            east = worlds.waypoint[w, a, 0] - worlds.position[w, a, 0]
            north = worlds.waypoint[w, a, 1] - worlds.position[w, a, 1]
            squared = east * east + north * north
            if squared <= ARRIVAL_NM * ARRIVAL_NM:
                worlds.drift[w, a] = _drift_deg(w, a, worlds)
                _arrive(w, a, worlds, rules, math.sqrt(squared))


@njit(cache=True)
def _drift_deg(w, a, worlds):
    """The angle between heading and waypoint bearing, 0 to 180 degrees."""
    _, cosine, sine = waypoint_geometry(w, a, worlds)
    return math.degrees(abs(math.atan2(sine, cosine)))


@njit(cache=True)
def _conclude_aircraft(w, a, worlds, rules, before, timed_out):
    """Bring what an aircraft compares with up to date and pay its own parts; `before`: distance, drift, separation."""
    if not worlds.arrived[w, a]:
        worlds.waypoint_distance[w, a], _, _ = waypoint_geometry(w, a, worlds)
        worlds.drift[w, a] = _drift_deg(w, a, worlds)
    worlds.gained[w, a] = before[0] - worlds.waypoint_distance[w, a]
    change = worlds.separation[w, a] - before[2]
    worlds.separation_change[w, a] = change if math.isfinite(change) else 0.0
    worlds.flight_time[w, a] += worlds.active_ticks[w, a]
    arrived_now = worlds.arrived[w, a]
    out_of_time = timed_out and rules.time_is_task and not arrived_now
    pay_parts(w, a, worlds, rules, before[1], worlds.violation[w, a], arrived_now, out_of_time)
    worlds.row_terminated[w, a] = arrived_now or out_of_time
    worlds.row_truncated[w, a] = timed_out and not worlds.row_terminated[w, a]


@njit(cache=True)
def _sum_rewards(w, worlds):
    """Add up the parts of each aircraft; an inactive one is paid nothing."""
    for a in range(worlds.num_aircraft[w]):
        total = 0.0
        for part in range(worlds.reward_parts.shape[2]):
            if not worlds.was_active[w, a]:
                worlds.reward_parts[w, a, part] = 0.0
            total += worlds.reward_parts[w, a, part]
            worlds.reward_sums[w, a, part] += worlds.reward_parts[w, a, part]
        worlds.reward[w, a] = total


@njit(cache=True)
def _num_present(w, worlds):
    count = 0
    for a in range(worlds.num_aircraft[w]):
        count += worlds.present[w, a]
    return count


@njit(cache=True)
def _all_arrived(w, worlds):
    for a in range(worlds.num_aircraft[w]):
        if not worlds.arrived[w, a]:
            return False
    return True


@njit(cache=True)
def _step_world(w, worlds, fleet, rules, actions, before, chosen, distances):
    """One step of 10 s in one world; `before` (A, 3), `chosen` and `distances` (K,) are scratch."""
    count = worlds.num_aircraft[w]
    for a in range(count):
        before[a, 0], before[a, 1] = worlds.waypoint_distance[w, a], worlds.drift[w, a]
        before[a, 2] = worlds.separation[w, a]
    _begin_step(w, worlds, fleet, rules, actions)
    for _ in range(TICKS_PER_STEP):
        _tick(w, worlds, fleet, rules)
    worlds.step[w] += 1
    conclude_separation(w, worlds)
    all_arrived = _all_arrived(w, worlds)
    timed_out = worlds.step[w] >= rules.max_steps and not all_arrived
    worlds.world_done[w] = all_arrived or timed_out
    for a in range(count):
        read_airspeed(w, a, worlds)
        if worlds.was_active[w, a]:
            _conclude_aircraft(w, a, worlds, rules, before[a], timed_out)
        elif worlds.world_done[w]:
            worlds.row_terminated[w, a] = True
        worlds.violation[w, a] = worlds.separation[w, a] < LOSS_NM
    after = potential(worlds.step_separation[w], _num_present(w, worlds))
    pay_team(w, worlds, rules, worlds.potential[w], after)
    worlds.potential[w] = after
    _sum_rewards(w, worlds)
    for a in range(count):
        if worlds.was_active[w, a]:
            observe(w, a, worlds, rules, chosen, distances)


@njit(cache=True)
def _load_scenario(w, worlds, starts, scenario):
    """Put world `w` at the start of a scenario handed in."""
    worlds.scenario[w], worlds.family[w] = scenario, -1
    worlds.num_aircraft[w] = starts.num_aircraft[scenario]
    worlds.pressure[w], worlds.density[w] = starts.pressure[scenario], starts.density[scenario]
    for a in range(starts.num_aircraft[scenario]):
        worlds.position[w, a] = starts.position[scenario, a]
        worlds.waypoint[w, a] = starts.waypoint[scenario, a]
        worlds.heading[w, a] = starts.heading[scenario, a]
        worlds.cas[w, a] = starts.cas[scenario, a]
        worlds.kind[w, a] = starts.kind[scenario, a]


@njit(cache=True)
def _empty_slots(w, worlds):
    """Slots beyond the world's aircraft: not there, nothing seen, nothing paid."""
    for a in range(worlds.num_aircraft[w], worlds.present.shape[1]):
        worlds.present[w, a] = worlds.active[w, a] = worlds.arrived[w, a] = worlds.was_active[w, a] = False
        worlds.observation[w, a] = 0.0
        worlds.reward_parts[w, a] = 0.0
        worlds.reward_sums[w, a] = 0.0
        worlds.reward[w, a] = 0.0
        worlds.flight_time[w, a] = 0.0


@njit(cache=True)
def _start_aircraft(w, a, worlds):
    """Derive what follows from an aircraft's position, heading, CAS and waypoint."""
    worlds.tas[w, a] = tas_from_cas(worlds.cas[w, a], worlds.pressure[w], worlds.density[w])
    worlds.commanded_heading[w, a] = worlds.heading[w, a]
    worlds.commanded_cas[w, a], worlds.commanded_tas[w, a] = worlds.cas[w, a], worlds.tas[w, a]
    worlds.direction[w, a, 0] = math.sin(math.radians(worlds.heading[w, a]))
    worlds.direction[w, a, 1] = math.cos(math.radians(worlds.heading[w, a]))
    worlds.present[w, a] = worlds.active[w, a] = worlds.was_active[w, a] = True
    worlds.arrived[w, a] = worlds.violation[w, a] = False
    worlds.row_terminated[w, a] = worlds.row_truncated[w, a] = False
    worlds.waypoint_distance[w, a], _, _ = waypoint_geometry(w, a, worlds)
    worlds.drift[w, a] = _drift_deg(w, a, worlds)
    worlds.gained[w, a] = worlds.separation_change[w, a] = worlds.flight_time[w, a] = worlds.reward[w, a] = 0.0
    worlds.reward_parts[w, a] = 0.0
    worlds.reward_sums[w, a] = 0.0
    worlds.applied_action[w, a] = 0.0
    worlds.move[w, a] = 0.0
    worlds.separation[w, a] = np.inf
    worlds.pair_los[w, a] = False


@njit(cache=True)
def _start_world(w, worlds, rules, starts, draws, scenario, chosen, distances):
    """Begin an episode: a scenario handed in (index >= 0), or traffic drawn from the episode seed (-1)."""
    if scenario >= 0:
        _load_scenario(w, worlds, starts, scenario)
    else:
        draw_traffic(w, worlds, draws)
        worlds.pressure[w], worlds.density[w] = starts.pressure[-1], starts.density[-1]
    worlds.reference_tas[w] = tas_from_cas(250.0, worlds.pressure[w], worlds.density[w])
    worlds.step[w] = worlds.los_seconds[w] = 0
    worlds.world_done[w] = False
    worlds.min_separation[w] = np.inf
    _empty_slots(w, worlds)
    for a in range(worlds.num_aircraft[w]):
        _start_aircraft(w, a, worlds)
    separate_tick(w, worlds)
    conclude_separation(w, worlds)
    worlds.potential[w] = potential(worlds.step_separation[w], worlds.num_aircraft[w])
    for a in range(worlds.num_aircraft[w]):
        observe(w, a, worlds, rules, chosen, distances)


@njit(cache=True)
def _close_episode(w, worlds):
    """Keep the finished episode's figures and last observations before the world starts afresh."""
    worlds.last_min_separation[w] = worlds.min_separation[w]
    arrived, total, count = 0, 0.0, worlds.num_aircraft[w]
    for a in range(count):
        arrived += worlds.arrived[w, a]
        for part in range(worlds.reward_sums.shape[2]):
            total += worlds.reward_sums[w, a, part]
    worlds.last_arrived[w] = arrived / count
    worlds.last_return[w] = total / count


@njit(cache=True)
def _next_episode(w, worlds, split, num_scenarios):
    """Draw the next episode seed of world `w` (its two highest bits name the split) and its scenario."""
    worlds.episode_seed[w] = (next_uint64(worlds.rng, w) >> _SPLIT_SHIFT) | split
    if num_scenarios == 0:
        return _NO_SCENARIOS
    return int(worlds.episode_seed[w] % np.uint64(num_scenarios))


@njit(cache=True, parallel=True)
def step_worlds(worlds, fleet, rules, actions):
    """Step by 10 s all worlds whose episode has not ended.

    Args:
        actions: (W, A, 2) normalised heading and speed changes; rows of inactive aircraft are not read.
    """
    num_worlds, num_slots = worlds.present.shape
    for w in prange(num_worlds):
        if worlds.world_done[w]:
            continue
        before = np.empty((num_slots, 3))
        chosen, distances = np.empty(rules.num_neighbours, np.int64), np.empty(rules.num_neighbours)
        _step_world(w, worlds, fleet, rules, actions, before, chosen, distances)
        for a in range(num_slots):
            if worlds.row_terminated[w, a] or worlds.row_truncated[w, a]:
                worlds.terminal_observation[w, a] = worlds.observation[w, a]
        if worlds.world_done[w]:
            _close_episode(w, worlds)


@njit(cache=True, parallel=True)
def restart_worlds(worlds, rules, starts, draws, which, scenarios, split, num_scenarios):
    """Begin episodes in the worlds `which` (N,); `scenarios` (N,): -2 draws seed and scenario, else as given.

    A given scenario is an index (>= 0) or -1 for drawn traffic; then `episode_seed` holds the seed already. `split`
    (uint64) holds the two highest bits of the seeds that are drawn.
    """
    for n in prange(which.shape[0]):
        w = which[n]
        chosen, distances = np.empty(rules.num_neighbours, np.int64), np.empty(rules.num_neighbours)
        scenario = scenarios[n]
        if scenario == -2:
            scenario = _next_episode(w, worlds, split, num_scenarios)
        _start_world(w, worlds, rules, starts, draws, scenario, chosen, distances)
