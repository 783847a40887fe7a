"""All worlds in one compiled call: drive, judge, pay, admit, observe; and in others, start the next episodes."""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from envs.ground.compiled.random_draws import mix
from envs.roads.simulation.compiled.courses import foresee, look_along
from envs.roads.simulation.compiled.entry import admit, choose_road, draw_cars, draw_episode
from envs.roads.simulation.compiled.limits import collide, judge, there
from envs.roads.simulation.compiled.motion import command, drive, drive_alone, locate, steer
from envs.roads.simulation.compiled.observation import observe
from envs.roads.simulation.compiled.reward import pay
from envs.roads.simulation.compiled.sight import disturb_sight
from envs.roads.simulation.compiled.worlds import DRIVES, WAITS
from envs.roads.simulation.settings import STEP_S, TICK_S, TICKS_PER_STEP

BLOCK = 16
"""Worlds that one thread steps one after the other."""


@njit(cache=True, error_model="numpy")
def _take_action(world, a, action, points, line, rules):
    """Command what was wanted `action_delay` steps ago; who does not respond drives as if it were alone."""
    last = world.action_delay[a] - 1
    first, second = action[0], action[1]
    if last >= 0:
        first, second = world.pending_action[a, 0, 0], world.pending_action[a, 0, 1]
        for n in range(last):
            for k in range(2):
                world.pending_action[a, n, k] = world.pending_action[a, n + 1, k]
        world.pending_action[a, last, 0], world.pending_action[a, last, 1] = action[0], action[1]
    command(world, a, first, second, rules)
    if not world.responds[a]:
        drive_alone(world, a, points, line, rules)


@njit(cache=True, error_model="numpy")
def _begin_step(world, actions, table, rules, scratch):
    for a in range(world.num_cars):
        world.was_active[a] = world.active[a]
        world.row_terminated[a] = world.row_truncated[a] = False
        if world.active[a]:
            world.last_s_m[a], scratch.before[a] = world.s_m[a], world.acceleration_mps2[a]
            line = table.lines[world.road, world.route[a]]
            _take_action(world, a, actions[a], table.points, line, rules)


@njit(cache=True, error_model="numpy")
def _tick(world, table, rules, scratch, time_s):
    """A tenth of a second: all move, then who touches, then who has left road or route."""
    lines, lights, points = table.lines[world.road], table.lights[world.road], table.points
    for a in range(world.num_cars):
        if world.active[a]:
            line = lines[world.route[a]]
            scratch.front[a] = world.s_m[a] + 0.5 * world.length_m[a]
            steer(world, a, points, line, rules)
            drive(world, a)
            locate(world, a, points, line)
    collide(world, rules.stay)
    for a in range(world.num_cars):
        if world.active[a] and world.status[a] == DRIVES:
            judge(world, a, points, lines[world.route[a]], lights, scratch.front[a], time_s)
    for a in range(world.num_cars):
        if world.active[a] and world.status[a] != DRIVES:
            world.active[a], world.left_step[a] = False, world.step + 1


@njit(cache=True, error_model="numpy")
def _over(world):
    """Whether nobody drives or waits."""
    under_way = 0
    for a in range(world.num_cars):
        under_way += world.status[a] == DRIVES or world.status[a] == WAITS
    return under_way == 0


@njit(cache=True, error_model="numpy")
def _pay_all(world, table, rules):
    for a in range(world.num_cars):
        world.reward[a] = 0.0
        world.reward_parts[a, :] = 0.0
        if not world.was_active[a]:
            continue
        pay(world, a, table.lines[world.road, world.route[a]], rules)
        for part in range(world.reward_parts.shape[1]):
            world.reward[a] += world.reward_parts[a, part]
            world.reward_sums[a, part] += world.reward_parts[a, part]


@njit(cache=True, error_model="numpy")
def _end_step(world, rules):
    """Say whose time has ended."""
    world.step += 1
    over = _over(world)
    timed_out = world.step >= rules.max_steps and not over
    world.done = over or timed_out
    for a in range(world.num_cars):
        if world.was_active[a]:
            world.row_terminated[a] = world.status[a] != DRIVES
            world.row_truncated[a] = timed_out and not world.row_terminated[a]
        elif world.done:
            world.row_terminated[a] = True


@njit(cache=True, error_model="numpy")
def _see_all(world, table, rules, scratch, observation):
    """Foresee, and write times to collision and what each car sees (A, D), of those who drive."""
    count, lines = 0, table.lines[world.road]
    for a in range(world.num_cars):
        if there(world, a, rules.stay):
            scratch.who[count] = a
            count += 1
    foresee(world, table.points, lines, rules, scratch, count)
    for a in range(world.num_cars):
        if world.active[a]:
            look_along(world, a, table, rules, scratch, count)
            observe(world, a, table, rules, scratch, count, observation[a])


@njit(cache=True, error_model="numpy")
def _end_drives(world, scratch, observation):
    """Jerk over the step; who has just left sees nothing any more."""
    for a in range(world.num_cars):
        if world.was_active[a]:
            world.jerk_mps3[a] = (world.acceleration_mps2[a] - scratch.before[a]) / STEP_S
            if not world.active[a]:
                world.ttc_s[a] = np.inf
                observation[a, :] = 0.0


@njit(cache=True, error_model="numpy")
def _step_world(world, table, rules, actions, scratch, observation, terminal_observation):
    _begin_step(world, actions, table, rules, scratch)
    for tick in range(TICKS_PER_STEP):
        _tick(world, table, rules, scratch, world.step * STEP_S + (tick + 1) * TICK_S)
    _end_step(world, rules)
    _end_drives(world, scratch, observation)
    if not world.done:
        admit(world, table, rules)
    disturb_sight(world)
    _see_all(world, table, rules, scratch, observation)
    _pay_all(world, table, rules)
    for a in range(world.num_cars):
        if world.row_terminated[a] or world.row_truncated[a]:
            for f in range(observation.shape[1]):  # to set an array by an array takes seconds to compile
                terminal_observation[a, f] = observation[a, f]


@njit(cache=True, parallel=True, error_model="numpy")
def step_worlds(worlds, table, rules, scratches, actions, observation, terminal_observation):
    """Step by 0.2 s all worlds whose episode has not ended.

    Args:
        worlds: (W,) records, changed in place.
        scratches: records, one for each BLOCK of worlds begun.
        actions: (W, S, 2) normalised; rows of inactive cars are not read.
        observation, terminal_observation: (W, S, D), written: what is seen now, and last seen by rows that ended.
    """
    count = worlds.shape[0]
    for block in prange((count + BLOCK - 1) // BLOCK):
        scratch = scratches[block]
        for w in range(block * BLOCK, min(count, (block + 1) * BLOCK)):
            if not worlds[w].done:
                _step_world(worlds[w], table, rules[0], actions[w], scratch, observation[w], terminal_observation[w])


@njit(cache=True, error_model="numpy")
def draw_episodes(worlds, which, split, num_scenarios):
    """Let the worlds `which` (N,) draw their next seeds, whose two highest bits are those of `split`, and scenarios."""
    for w in which:
        draw_episode(worlds[w], split, num_scenarios)


@njit(cache=True, error_model="numpy")
def choose_roads(worlds, which, pools):
    """Name the roads of the worlds `which` (N,) anew, for pools that were put together anew."""
    for w in which:
        if worlds[w].scenario < 0:
            choose_road(worlds[w], pools)
        else:
            worlds[w].road = worlds[w].scenario


@njit(cache=True, error_model="numpy")
def _clear(world):
    """A world in which nothing has happened and nobody is."""
    world.step = 0
    world.done = False
    world.active[:] = 0
    world.was_active[:] = 0
    world.row_terminated[:] = 0
    world.row_truncated[:] = 0
    world.status[:] = WAITS
    world.entered_step[:] = -1
    world.left_step[:] = -1
    world.d_m[:] = 0.0
    world.x_m[:] = 0.0
    world.y_m[:] = 0.0
    world.yaw_rad[:] = 0.0
    world.acceleration_mps2[:] = 0.0
    world.lateral_mps2[:] = 0.0
    world.jerk_mps3[:] = 0.0
    world.yaw_rate_radps[:] = 0.0
    world.steering_rad[:] = 0.0
    world.ttc_s[:] = np.inf
    world.reward[:] = 0.0
    world.reward_parts[:] = 0.0
    world.reward_sums[:] = 0.0
    world.pending_action[:] = 0.0
    world.applied_action[:] = 0.0
    world.seen[:] = 0.0


@njit(cache=True, error_model="numpy")
def _load(world, start):
    """The cars and the road of a scenario handed in."""
    world.road, world.num_cars = start.road, start.num_cars
    for a in range(start.num_cars):
        world.route[a], world.entry_step[a] = start.route[a], start.entry_step[a]
        world.s_m[a], world.speed_mps[a] = start.s_m[a], start.speed_mps[a]
        world.length_m[a], world.width_m[a] = start.length_m[a], start.width_m[a]


@njit(cache=True, error_model="numpy")
def start_worlds(worlds, which, table, rules, starts, draws, pools, disturbances):
    """Begin the episodes of the worlds `which` (N,) that their `scenario` and `episode_seed` name.

    Args:
        starts: (C,) records of the scenarios handed in, at least one.
        pools: (4, 2), of each split first road and number of roads.
        disturbances: (W,) records.
    """
    for w in which:
        world, disturbance = worlds[w], disturbances[w]
        _clear(world)
        world.draw_state = mix(world.episode_seed + np.uint64(1))
        if world.scenario >= 0:
            _load(world, starts[world.scenario])
        else:
            choose_road(world, pools)
            draw_cars(world, table, draws[0])
        for a in range(world.num_cars):
            world.friction[a], world.action_delay[a] = disturbance.friction[a], disturbance.action_delay[a]
            world.position_noise[a] = disturbance.position_noise[a]
            world.velocity_noise[a] = disturbance.velocity_noise[a]
            world.dropped[a], world.responds[a] = disturbance.dropped[a], disturbance.responds[a]
        admit(world, table, rules[0])
        disturb_sight(world)


@njit(cache=True, error_model="numpy")
def observe_worlds(worlds, which, table, rules, scratches, observation):
    """Write to `observation` (W, S, D) what is seen in the worlds `which` (N,), as they stand."""
    for w in which:
        _see_all(worlds[w], table, rules[0], scratches[0], observation[w])
