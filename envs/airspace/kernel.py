"""All worlds in one compiled call: fly, separate, pay, observe; and in another, start the next episodes."""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

from envs.airspace.atmosphere import cas_from_tas, tas_from_cas
from envs.airspace.dynamics import command, fly_tick, read_airspeed, waypoint_geometry
from envs.airspace.observation import observe
from envs.airspace.procedural import draw_traffic
from envs.airspace.random_draws import advance, mix
from envs.airspace.reward import pay_parts, pay_team, potential
from envs.airspace.separation import conclude_separation, separate_tick
from envs.airspace.worlds import TICKS_PER_STEP

ARRIVAL_NM = 1.0
_SPLIT_SHIFT = np.uint64(2)


def start_dtype(num_slots: int) -> np.dtype:
    """The record of one scenario handed in, with room for as many aircraft as the worlds' records."""
    return np.dtype(
        [
            ("num_aircraft", np.int64),
            ("pressure", np.float64),
            ("density", np.float64),
            ("position", np.float64, (num_slots, 2)),
            ("waypoint", np.float64, (num_slots, 2)),
            ("heading", np.float64, (num_slots,)),
            ("cas", np.float64, (num_slots,)),
            ("kind", np.int64, (num_slots,)),
        ],
        align=True,
    )


@njit(cache=True)
def _begin_step(world, fleet, rules, actions):
    """Remember what the step starts from, and take the commands of active aircraft."""
    for a in range(world.num_aircraft):
        world.was_active[a] = world.active[a]
        world.last_waypoint_distance[a], world.last_drift[a] = world.waypoint_distance[a], world.drift[a]
        world.last_separation[a] = world.separation[a]
        world.row_terminated[a] = world.row_truncated[a] = False
        world.separation[a] = np.inf
        world.active_ticks[a] = 0
        world.applied_action[a, 0] = world.applied_action[a, 1] = 0.0
        if world.active[a]:
            command(a, world, fleet, rules, actions[a])


@njit(cache=True)
def _drift_deg(a, world):
    """The angle between heading and waypoint bearing, 0 to 180 degrees."""
    _, cosine, sine = waypoint_geometry(a, world)
    return math.degrees(abs(math.atan2(sine, cosine)))


@njit(cache=True)
def _arrive(a, world, rules, distance):
    """Aircraft `a` has reached its waypoint: it keeps heading and speed, and from the next tick on may be gone."""
    world.drift[a] = _drift_deg(a, world)
    world.waypoint_distance[a] = distance
    world.arrived[a] = True
    world.active[a] = False
    world.commanded_heading[a] = world.heading[a]
    world.commanded_tas[a] = world.tas[a]
    world.commanded_cas[a] = cas_from_tas(world.tas[a], world.pressure, world.density)
    if rules.leave:
        world.present[a] = False


@njit(cache=True)
def _tick(world, fleet, rules):
    """One second for all aircraft of a world: move, separate, arrive."""
    for a in range(world.num_aircraft):
        if world.present[a]:
            fly_tick(a, world, fleet, rules)
    world.los_seconds += separate_tick(world)
    for a in range(world.num_aircraft):
        if not world.present[a]:
            continue
        world.position[a, 0] += world.move[a, 0]
        world.position[a, 1] += world.move[a, 1]
        if world.active[a]:
            world.active_ticks[a] += 1
            east = world.waypoint[a, 0] - world.position[a, 0]
            north = world.waypoint[a, 1] - world.position[a, 1]
            squared = east * east + north * north
            if squared <= ARRIVAL_NM * ARRIVAL_NM:
                _arrive(a, world, rules, math.sqrt(squared))


@njit(cache=True)
def _conclude_aircraft(a, world, rules, timed_out):
    """Bring an aircraft that was active up to date, pay its own parts and say whether its task ends here."""
    if not world.arrived[a]:
        world.waypoint_distance[a], _, _ = waypoint_geometry(a, world)
        world.drift[a] = _drift_deg(a, world)
    world.flight_time[a] += world.active_ticks[a]
    arrived_now = world.arrived[a] != 0
    out_of_time = timed_out and rules.time_is_task and not arrived_now
    pay_parts(a, world, rules, arrived_now, out_of_time)
    world.row_terminated[a] = arrived_now or out_of_time
    world.row_truncated[a] = timed_out and not world.row_terminated[a]


@njit(cache=True)
def _sum_rewards(world):
    """Add up the parts of each aircraft; an inactive one is paid nothing."""
    for a in range(world.num_aircraft):
        total = 0.0
        for part in range(world.reward_parts.shape[1]):
            if not world.was_active[a]:
                world.reward_parts[a, part] = 0.0
            total += world.reward_parts[a, part]
            world.reward_sums[a, part] += world.reward_parts[a, part]
        world.reward[a] = total


@njit(cache=True)
def _num_present(world):
    count = 0
    for a in range(world.num_aircraft):
        count += world.present[a]
    return count


@njit(cache=True)
def _all_arrived(world):
    for a in range(world.num_aircraft):
        if not world.arrived[a]:
            return False
    return True


@njit(cache=True)
def _step_world(world, fleet, rules, actions, obs):
    """One step of 10 s in one world."""
    _begin_step(world, fleet, rules, actions)
    for _ in range(TICKS_PER_STEP):
        _tick(world, fleet, rules)
    world.step += 1
    conclude_separation(world)
    all_arrived = _all_arrived(world)
    timed_out = world.step >= rules.max_steps and not all_arrived
    world.done = all_arrived or timed_out
    for a in range(world.num_aircraft):
        read_airspeed(a, world)
        if world.was_active[a]:
            _conclude_aircraft(a, world, rules, timed_out)
        elif world.done:
            world.row_terminated[a] = True
    after = potential(world.step_separation, _num_present(world))
    pay_team(world, rules, world.potential, after)
    world.potential = after
    _sum_rewards(world)
    for a in range(world.num_aircraft):
        if world.was_active[a]:
            observe(a, world, rules, obs[a])


@njit(cache=True)
def _load_scenario(world, start):
    """Put a world at the start of a scenario handed in."""
    world.family = -1
    world.num_aircraft = start.num_aircraft
    for a in range(start.num_aircraft):
        world.position[a, 0], world.position[a, 1] = start.position[a, 0], start.position[a, 1]
        world.waypoint[a, 0], world.waypoint[a, 1] = start.waypoint[a, 0], start.waypoint[a, 1]
        world.heading[a], world.cas[a], world.kind[a] = start.heading[a], start.cas[a], start.kind[a]


@njit(cache=True)
def _clear_slot(a, world):
    """A slot as if nobody had ever flown in it."""
    world.present[a] = world.active[a] = world.arrived[a] = world.was_active[a] = False
    world.row_terminated[a] = world.row_truncated[a] = False
    world.reward[a] = world.flight_time[a] = 0.0
    world.separation[a] = world.last_separation[a] = np.inf
    world.active_ticks[a] = 0
    for part in range(world.reward_parts.shape[1]):
        world.reward_parts[a, part] = world.reward_sums[a, part] = 0.0
    for axis in range(2):
        world.applied_action[a, axis] = world.move[a, axis] = 0.0
    for b in range(world.present.shape[0]):
        world.pair_los[a, b] = False


@njit(cache=True)
def _start_aircraft(a, world):
    """Derive what follows from an aircraft's position, heading, CAS and waypoint."""
    world.tas[a] = tas_from_cas(world.cas[a], world.pressure, world.density)
    world.commanded_heading[a] = world.heading[a]
    world.commanded_cas[a], world.commanded_tas[a] = world.cas[a], world.tas[a]
    world.direction[a, 0] = math.sin(math.radians(world.heading[a]))
    world.direction[a, 1] = math.cos(math.radians(world.heading[a]))
    world.present[a] = world.active[a] = world.was_active[a] = True
    world.waypoint_distance[a], _, _ = waypoint_geometry(a, world)
    world.drift[a] = _drift_deg(a, world)
    world.last_waypoint_distance[a], world.last_drift[a] = world.waypoint_distance[a], world.drift[a]


@njit(cache=True)
def _start_world(world, rules, start, draws, obs):
    """Begin an episode: the scenario handed in, or traffic drawn from the episode seed where `scenario` is -1."""
    if world.scenario >= 0:
        _load_scenario(world, start)
    else:
        draw_traffic(world, draws)
    world.pressure, world.density = start.pressure, start.density
    world.reference_tas = tas_from_cas(250.0, world.pressure, world.density)
    world.step = world.los_seconds = 0
    world.done = False
    world.min_separation = np.inf
    for a in range(world.present.shape[0]):
        _clear_slot(a, world)
    for a in range(world.num_aircraft):
        _start_aircraft(a, world)
    separate_tick(world)
    conclude_separation(world)
    world.potential = potential(world.step_separation, world.num_aircraft)
    obs[:] = 0.0
    for a in range(world.num_aircraft):
        world.last_separation[a] = world.separation[a]
        observe(a, world, rules, obs[a])


@njit(cache=True)
def _draw_episode(world, split, num_scenarios):
    """Draw a world's next episode seed (its two highest bits name the split) and, from it, its scenario."""
    world.rng = advance(world.rng)
    world.episode_seed = (mix(world.rng) >> _SPLIT_SHIFT) | split
    world.scenario = -1
    if num_scenarios > 0:
        world.scenario = np.int64(world.episode_seed % np.uint64(num_scenarios))


@njit(cache=True, parallel=True)
def step_worlds(worlds, fleet, rules, actions, observation, terminal_observation):
    """Step by 10 s all worlds whose episode has not ended.

    Args:
        worlds: (W,) records, changed in place.
        actions: (W, A, 2) normalised heading and speed changes; rows of inactive aircraft are not read.
        observation, terminal_observation: (W, A, D), written: what is seen now, and last seen by rows that ended.
    """
    for w in prange(worlds.shape[0]):
        world = worlds[w]
        if not world.done:
            _step_world(world, fleet, rules[0], actions[w], observation[w])
            for a in range(world.num_aircraft):
                if world.row_terminated[a] or world.row_truncated[a]:
                    terminal_observation[w, a] = observation[w, a]


@njit(cache=True, parallel=True)
def restart_worlds(worlds, rules, starts, draws, which, draw_anew, split, observation):
    """Begin episodes in the worlds `which` (N,).

    Args:
        starts: (S + 1,) records of the scenarios handed in; the last holds the level of drawn traffic.
        draw_anew: whether each world draws its episode seed and scenario; else its `scenario` and `episode_seed` stand.
        split: uint64, the two highest bits of seeds that are drawn.
        observation: (W, A, D), written.
    """
    for n in prange(which.shape[0]):
        w = which[n]
        world = worlds[w]
        if draw_anew:
            _draw_episode(world, split, starts.shape[0] - 1)
        _start_world(world, rules[0], starts[world.scenario], draws[0], observation[w])
