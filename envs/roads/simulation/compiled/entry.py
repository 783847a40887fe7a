"""Who enters, where, when and how fast? Cars drawn by a flow, or those of a scenario; and whether it is clear."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from envs.ground.compiled.random_draws import advance, integer, mix, uniform
from envs.roads.simulation.compiled.limits import there
from envs.roads.simulation.compiled.motion import set_down
from envs.roads.simulation.compiled.table import LIMIT, along
from envs.roads.simulation.compiled.worlds import DRIVES, WAITS
from envs.roads.simulation.settings import STEP_S

_SPLIT_SHIFT = np.uint64(2)
_SPLIT_ROADS = np.uint64(62)
_STEP_BACK_MPS2 = 3.0


@njit(cache=True, error_model="numpy")
def draw_episode(world, split, num_scenarios):
    """Draw a world's next episode seed (its two highest bits name the split) and, from it, its scenario."""
    world.rng = advance(world.rng)
    world.episode_seed = (mix(world.rng) >> _SPLIT_SHIFT) | split
    world.scenario = -1
    if num_scenarios > 0:
        world.scenario = np.int64(world.episode_seed % np.uint64(num_scenarios))


@njit(cache=True, error_model="numpy")
def choose_road(world, pools):
    """The road of a drawn episode: one of the pool (first, number) of its split."""
    pool = np.int64(world.episode_seed >> _SPLIT_ROADS)
    first, number = pools[pool, 0], pools[pool, 1]
    world.road = first + np.int64(mix(world.episode_seed + np.uint64(2)) % np.uint64(number))


@njit(cache=True, error_model="numpy")
def _draw_times(world, draws, num_entries, times, entries):
    """Entry times (s) and entries of all cars by independent flows of the entries, ascending, the first at 0."""
    due, mean = np.empty(num_entries), np.empty(num_entries)
    for entry in range(num_entries):
        mean[entry] = 3600.0 / uniform(world, draws.flow[0], draws.flow[1])
        due[entry] = -math.log(1.0 - uniform(world, 0.0, 1.0)) * mean[entry]
    for a in range(world.num_cars):
        first_due = np.argmin(due)
        times[a], entries[a] = due[first_due], first_due
        due[first_due] -= math.log(1.0 - uniform(world, 0.0, 1.0)) * mean[first_due]
    first, last = times[0], times[world.num_cars - 1]
    squeeze = min(1.0, draws.entries_within / max(last - first, 1e-9))
    for a in range(world.num_cars):
        times[a] = (times[a] - first) * squeeze


@njit(cache=True, error_model="numpy")
def _draw_route(world, lines, num_routes, entry):
    """One of the routes that begin at an entry, each as likely."""
    count = 0
    for r in range(num_routes):
        count += lines[r].entry == entry
    chosen = integer(world, 0, count - 1)
    for r in range(num_routes):
        if lines[r].entry == entry:
            if chosen == 0:
                return r
            chosen -= 1
    return 0


@njit(cache=True, error_model="numpy")
def draw_cars(world, table, draws):
    """Draw a world's cars from its `episode_seed`, on its road."""
    road, lines = table.roads[world.road], table.lines[world.road]
    world.num_cars = integer(world, draws.min_cars, draws.max_cars)
    times, entries = np.empty(world.num_cars), np.empty(world.num_cars, np.int64)
    _draw_times(world, draws, road.num_entries, times, entries)
    truck_share = max(draws.truck_share, road.truck_share)
    for a in range(world.num_cars):
        world.route[a] = _draw_route(world, lines, road.num_routes, entries[a])
        world.entry_step[a] = np.int64(times[a] / STEP_S)
        truck = uniform(world, 0.0, 1.0) < truck_share
        length, width = uniform(world, draws.length[0], draws.length[1]), uniform(world, draws.width[0], draws.width[1])
        world.length_m[a], world.width_m[a] = (draws.truck_length, draws.truck_width) if truck else (length, width)
        share = uniform(world, draws.speed_share[0], draws.speed_share[1])
        line = lines[world.route[a]]
        world.s_m[a] = 0.5 * world.length_m[a]
        world.speed_mps[a] = share * along(table.points, line, world.s_m[a], LIMIT)


@njit(cache=True, error_model="numpy")
def _clear_speed(world, a, lines, entry, rules):
    """How fast car `a` may enter between those who drive on its entry's lane; below 0: it has to wait."""
    speed, half = world.speed_mps[a], 0.5 * world.length_m[a]
    for b in range(world.num_cars):
        if b == a or not there(world, b, rules.stay) or lines[world.route[b]].entry != entry:
            continue
        apart = world.s_m[b] - world.s_m[a]
        free = abs(apart) - half - 0.5 * world.length_m[b] - rules.entry_gap
        if free < 0.0:
            return -1.0
        if apart > 0.0:
            speed = min(speed, _follows(world.speed_mps[b], free, rules.entry_headway))
    return speed


@njit(cache=True, error_model="numpy")
def _follows(ahead, free, headway):
    """How fast one may be who has so much room (m) behind another's speed (m/s)."""
    stops = math.sqrt(ahead * ahead + 2.0 * _STEP_BACK_MPS2 * free)
    return min(stops, max(ahead, free / max(headway, 0.1)))


@njit(cache=True, error_model="numpy")
def admit(world, table, rules):
    """Let those enter whose time has come and whose entry is clear, in their order, one behind the other."""
    lines = table.lines[world.road]
    for a in range(world.num_cars):
        if world.status[a] != WAITS or world.entry_step[a] > world.step:
            continue
        line = lines[world.route[a]]
        speed = _clear_speed(world, a, lines, line.entry, rules)
        if speed >= 0.0:
            set_down(world, a, table.points, line, world.s_m[a], speed)
            world.status[a], world.active[a], world.entered_step[a] = DRIVES, True, world.step
