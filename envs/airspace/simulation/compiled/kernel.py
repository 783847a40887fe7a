"""All worlds in one compiled call: fly, separate, pay, observe; and in others, start the next episodes."""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from envs.airspace.simulation.compiled.dynamics import (
    accelerate,
    arrive,
    command,
    look_back,
    move,
    read_airspeed,
    turn,
)
from envs.airspace.simulation.compiled.lanes import (
    ACTION_HEADING,
    ACTION_SPEED,
    AIR,
    LANES,
    LOST_TICKS,
    PRESENT,
    ROW,
    clear,
    gather,
    occupied,
    spread,
    spread_air,
)
from envs.airspace.simulation.compiled.reward import pay_parts, pay_team, potential
from envs.airspace.simulation.compiled.sector import admit
from envs.airspace.simulation.compiled.separation import conclude_separation, separate_all
from envs.airspace.simulation.compiled.start import draw_episode, see_separations, start_world
from envs.airspace.simulation.compiled.views import observe_lanes, spread_view
from envs.airspace.simulation.compiled.worlds import TICKS_PER_STEP


@njit(cache=True)
def _swap_for_earlier(world, rows, lane):
    """Keep actions that come late for later, and spread those that were given `action_delay` ago."""
    for a in range(world.num_aircraft):
        last = world.action_delay[a] - 1
        if last < 0 or not world.active[a] or not world.responds[a]:
            continue
        heading, speed = rows[a, ACTION_HEADING + lane], rows[a, ACTION_SPEED + lane]
        rows[a, ACTION_HEADING + lane] = world.pending_action[a, 0, 0]
        rows[a, ACTION_SPEED + lane] = world.pending_action[a, 0, 1]
        for n in range(last):
            world.pending_action[a, n, 0] = world.pending_action[a, n + 1, 0]
            world.pending_action[a, n, 1] = world.pending_action[a, n + 1, 1]
        world.pending_action[a, last, 0], world.pending_action[a, last, 1] = heading, speed


@njit(cache=True)
def begin_step(world, actions, rows, air, lane):
    """Remember what the step starts from, and spread a world over its lane."""
    spread_air(world, air, lane)
    for a in range(world.num_aircraft):
        world.was_active[a] = world.active[a]
        world.last_waypoint_distance[a], world.last_drift[a] = world.waypoint_distance[a], world.drift[a]
        world.last_separation[a] = world.separation[a]
        world.last_seen_separation[a] = world.seen_separation[a] if world.disturbed else world.separation[a]
        world.row_terminated[a] = world.row_truncated[a] = False
        world.active_ticks[a] = 0
        spread(world, a, rows, lane)
        heeds = world.active[a] and world.responds[a]
        rows[a, ACTION_HEADING + lane] = actions[a, 0] if heeds else 0.0
        rows[a, ACTION_SPEED + lane] = actions[a, 1] if heeds else 0.0
    if world.delayed:
        _swap_for_earlier(world, rows, lane)


@njit(cache=True)
def _fly(rows, air, pairs, fleet, rules):
    """Ten seconds in all lanes."""
    there = occupied(rows, PRESENT)
    for a in range(rows.shape[0]):
        command(rows, a, air, rules)
    for _ in range(TICKS_PER_STEP):
        for a in range(rows.shape[0]):
            accelerate(rows, a, fleet)
            turn(rows, a)
            move(rows, a, air, rules.leave)
        separate_all(rows, there, pairs, air)
        for a in range(rows.shape[0]):
            arrive(rows, a)
    for a in range(rows.shape[0]):
        conclude_separation(rows, a)
        read_airspeed(rows, a, air)
        look_back(rows, a, rules.leave)


@njit(cache=True)
def _gather_world(world, rows, air, pairs, lane):
    """Take a world out of its lane, and count its losses after the warm-up."""
    smallest = np.inf
    for a in range(world.num_aircraft):
        gather(world, a, rows, lane)
        smallest = min(smallest, world.separation[a])
    world.step_separation = smallest
    if world.step < world.warm_up_steps:
        return
    world.min_separation = min(world.min_separation, smallest)
    lost_ticks = np.int64(air[LOST_TICKS + lane])
    world.los_seconds += lost_ticks
    if lost_ticks > 0:
        pair = 0
        for a in range(rows.shape[0]):
            for b in range(a + 1, rows.shape[0]):
                if pairs[pair, lane] > 0.5:
                    world.pair_los[a, b] = True
                pair += 1


@njit(cache=True)
def _conclude_aircraft(a, world, rules, timed_out):
    """Pay an aircraft that was active its own parts and say whether its task ends here."""
    world.flight_time[a] += world.active_ticks[a]
    if world.step > world.warm_up_steps:
        world.flown_seconds += world.active_ticks[a]
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
def _end_step(world, rules):
    """Say what has ended, and pay."""
    world.step += 1
    all_arrived = _all_arrived(world)
    timed_out = world.step >= rules.max_steps and not all_arrived
    world.done = all_arrived or timed_out
    for a in range(world.num_aircraft):
        if world.was_active[a]:
            _conclude_aircraft(a, world, rules, timed_out)
        elif world.done:
            world.row_terminated[a] = True
    after = potential(world.step_separation, _num_present(world))
    pay_team(world, rules, world.potential, after)
    world.potential = after
    _sum_rewards(world)


@njit(cache=True)
def _num_slots(worlds, which):
    """The largest number of aircraft in the worlds `which`."""
    most = 0
    for w in which:
        most = max(most, worlds[w].num_aircraft)
    return most


@njit(cache=True)
def scratch(num_slots):
    """Rows, air and pairs for so many slots."""
    rows, air = np.empty((num_slots, ROW)), np.empty(AIR)
    pairs = np.empty((num_slots * (num_slots - 1) // 2 + 1, LANES))
    clear(rows, air, pairs)
    return rows, air, pairs


@njit(cache=True)
def _step_lanes(worlds, which, fleet, rules, actions, observation, terminal_observation):
    """Step the worlds `which` (N,), N up to LANES."""
    rows, air, pairs = scratch(_num_slots(worlds, which))
    for lane in range(len(which)):
        begin_step(worlds[which[lane]], actions[which[lane]], rows, air, lane)
    _fly(rows, air, pairs, fleet, rules)
    for lane in range(len(which)):
        world = worlds[which[lane]]
        _gather_world(world, rows, air, pairs, lane)
        _end_step(world, rules)
        if world.num_waiting > 0 and not world.done:
            admit(world, rules)
        see_separations(world, rules)
        spread_view(world, rows, air, lane, rules.max_steps)
    observe_lanes(worlds, which, rows, air, rules, observation)
    for w in which:
        for a in range(worlds[w].num_aircraft):
            if worlds[w].row_terminated[a] or worlds[w].row_truncated[a]:
                for f in range(observation.shape[2]):
                    terminal_observation[w, a, f] = observation[w, a, f]


@njit(cache=True)
def _look(worlds, which, rules, observation):
    """Write what is seen in the worlds `which` (N,), N up to LANES, as they stand."""
    rows, air, _ = scratch(_num_slots(worlds, which))
    for lane in range(len(which)):
        world = worlds[which[lane]]
        spread_air(world, air, lane)
        for a in range(world.num_aircraft):
            spread(world, a, rows, lane)
        spread_view(world, rows, air, lane, rules.max_steps)
    observe_lanes(worlds, which, rows, air, rules, observation)


@njit(cache=True, parallel=True)
def step_worlds(worlds, fleet, rules, actions, observation, terminal_observation):
    """Step by 10 s all worlds whose episode has not ended.

    Args:
        worlds: (W,) records, changed in place.
        actions: (W, A, 2) normalised heading and speed changes; rows of inactive aircraft are not read.
        observation, terminal_observation: (W, A, D), written: what is seen now, and last seen by rows that ended.
    """
    which = np.empty(worlds.shape[0], np.int64)
    count = 0
    for w in range(worlds.shape[0]):
        if not worlds[w].done:
            which[count] = w
            count += 1
    for block in prange((count + LANES - 1) // LANES):
        part = which[block * LANES : min(count, (block + 1) * LANES)]
        _step_lanes(worlds, part, fleet, rules[0], actions, observation, terminal_observation)


@njit(cache=True)
def draw_episodes(worlds, which, split, num_scenarios, distinct):
    """Let the worlds `which` (N,) draw their next seeds, whose two highest bits are those of `split`, and scenarios."""
    for w in which:
        draw_episode(worlds[w], split, num_scenarios, distinct)


@njit(cache=True)
def start_worlds(worlds, which, fleet, rules, starts, draws, disturbances):
    """Begin the episodes of the worlds `which` (N,) that their `scenario` and `episode_seed` name.

    Args:
        starts: (S + 1,) records of the scenarios handed in; the last holds the level of drawn traffic.
        disturbances: (W,) records.
    """
    for w in which:
        world = worlds[w]
        start_world(world, fleet, starts[world.scenario], draws[0], disturbances[w], rules[0])
        world.potential = potential(world.step_separation, _num_present(world))


@njit(cache=True)
def observe_worlds(worlds, which, rules, observation):
    """Write to `observation` (W, A, D) what is seen in the worlds `which` (N,), as they stand."""
    for first in range(0, len(which), LANES):
        _look(worlds, which[first : first + LANES], rules[0], observation)
