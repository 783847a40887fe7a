"""Who sees what? Each agent itself, hives, and what is within sight and not behind an obstacle, the nearest first."""

from __future__ import annotations

import math

from numba import njit

from envs.ground.compiled.random_draws import uniform
from envs.swarm.simulation.compiled.carrying import home_of
from envs.swarm.simulation.compiled.cells import gather
from envs.swarm.simulation.compiled.options import COUNTLESS
from envs.swarm.simulation.compiled.state import NOBODY
from envs.swarm.simulation.settings import Observation

LIMIT_OF_ALL = 5.0
"""No number seen is larger."""
HIVES_M, SPEED_MPS, VALUE, CARRIERS = 50.0, 4.0, 20.0, 4.0
"""By these are seen places of hives, speeds, values, and numbers of carriers divided; other places by the sight."""

OWN = (
    *("speed_x", "speed_y", "health", "energy", "mass", "strength"),
    *("holds", "carries", "lacks", "value"),
    *("has_home", "home_x", "home_y", "is_home", "home_health", "home_store"),
    *("wall_left", "wall_right", "wall_below", "wall_above"),
    *("time_left", "contest"),
)
GROUPS = {
    "mate": ("presence", "x", "y", "speed_x", "speed_y", "health", "holds", "lacks"),
    "other": ("presence", "x", "y", "speed_x", "speed_y", "health", "strength", "holds"),
    "resource": ("presence", "x", "y", "value", "needed", "lacks", "held_by_mates", "held_by_others"),
    "hive": ("presence", "x", "y", "mine", "health", "store"),
    "obstacle": ("presence", "x", "y", "radius"),
}
"""What a slot of each group tells, presence first."""
_MATE, _OTHER, _RESOURCE, _HIVE, _OBSTACLE = (len(names) for names in GROUPS.values())


def numbers_of(seen: Observation) -> dict[str, int]:
    """How many slots each group has."""
    numbers = (seen.num_mates, seen.num_others, seen.num_resources, seen.num_hives, seen.num_obstacles)
    return dict(zip(GROUPS, numbers, strict=True))


def layout(seen: Observation) -> tuple[str, ...]:
    """The names of the numbers in one observation, in order."""
    slots = [
        f"{group}_{k}_{name}"
        for group, number in numbers_of(seen).items()
        for k in range(number)
        for name in GROUPS[group]
    ]
    return (*OWN, *slots)


@njit(inline="always", **COUNTLESS)
def _clip(value):
    return min(max(value, -LIMIT_OF_ALL), LIMIT_OF_ALL)


@njit(**COUNTLESS)
def _normal(world):
    """A standard normal number of the world's own generator (Box, Muller 1958)."""
    radius = math.sqrt(-2.0 * math.log(1.0 - uniform(world, 0.0, 1.0)))
    return radius * math.cos(2.0 * math.pi * uniform(world, 0.0, 1.0))


@njit(**COUNTLESS)
def _see_itself(here, a, rules, row):
    agent, sight = here.agents[a], 1.0 / rules.sight
    row[0], row[1] = _clip(agent.vx_mps / SPEED_MPS), _clip(agent.vy_mps / SPEED_MPS)
    row[2], row[3] = agent.health / rules.full, agent.energy / rules.capacity
    row[4], row[5] = _clip(agent.mass_kg / rules.mass - 1.0), agent.strength - 1.0
    for k in range(6, 16):
        row[k] = 0.0
    if agent.held >= 0:
        resource = here.resources[agent.held]
        lacks = resource.needed - resource.holding
        row[6], row[7], row[8], row[9] = 1.0, lacks == 0, lacks / CARRIERS, _clip(resource.value / VALUE)
    home, far = home_of(here, agent.team, agent.x_m, agent.y_m)
    if home >= 0:
        hive = here.hives[home]
        row[10], row[13] = 1.0, far <= hive.radius_m
        row[11], row[12] = _clip((hive.x_m - agent.x_m) / HIVES_M), _clip((hive.y_m - agent.y_m) / HIVES_M)
        row[14], row[15] = hive.health / rules.hive_health, _clip(hive.store / (5.0 * rules.capacity))
    row[16], row[17] = min(agent.x_m * sight, 1.0), min((here.world.side_m - agent.x_m) * sight, 1.0)
    row[18], row[19] = min(agent.y_m * sight, 1.0), min((here.world.side_m - agent.y_m) * sight, 1.0)
    row[20], row[21] = 1.0 - here.world.step / rules.max_steps, here.world.num_teams > 1


@njit(**COUNTLESS)
def _hidden(obstacles, x, y, dx, dy, blocking, count):
    """Whether one of `count` obstacles, listed in `blocking`, stands between (x, y) and what lies (dx, dy) from it."""
    along = max(dx * dx + dy * dy, 1e-12)
    for n in range(count):
        obstacle = obstacles[blocking[n]]
        px, py = obstacle.x_m - x, obstacle.y_m - y
        share = min(max((px * dx + py * dy) / along, 0.0), 1.0)
        ex, ey = px - share * dx, py - share * dy
        if ex * ex + ey * ey < obstacle.radius_m * obstacle.radius_m:
            return True
    return False


@njit(inline="always", **COUNTLESS)
def _insert(look, first, found, most, i, far):
    """Keep `i` among the `most` nearest, in order from `first` on; how many there are now."""
    place = first + found
    if found == most:
        if far >= look.far[place - 1]:
            return found
        place -= 1
    while place > first and far < look.far[place - 1]:
        look.far[place], look.order[place] = look.far[place - 1], look.order[place - 1]
        place -= 1
    look.far[place], look.order[place] = far, i
    return min(found + 1, most)


@njit(**COUNTLESS)
def _near_obstacles(here, a, rules, look):
    """Write the obstacles within sight to `look.blocking`, the nearest few to `look.order`; both numbers."""
    agent, count, found = here.agents[a], 0, 0
    for n in range(gather(look.obstacles, agent.x_m, agent.y_m, look.found)):
        o = look.found[n]
        obstacle = here.obstacles[o]
        far = math.hypot(obstacle.x_m - agent.x_m, obstacle.y_m - agent.y_m) - obstacle.radius_m
        if far <= rules.sight:
            look.blocking[count] = o
            count += 1
            found = _insert(look, 0, found, rules.num_obstacles, o, far)
    return count, found


@njit(**COUNTLESS)
def _missed(here, x, y, dx, dy, look, count):
    """Whether something (dx, dy) from (x, y) is behind an obstacle, or not noticed."""
    if count > 0 and _hidden(here.obstacles, x, y, dx, dy, look.blocking, count):
        return True
    return here.world.dropped > 0.0 and uniform(here.world, 0.0, 1.0) < here.world.dropped


@njit(inline="always", **COUNTLESS)
def _farthest(look, first, found, most, within):
    """How far away, squared, one may be to be among the `most` nearest within sight."""
    return look.far[first + most - 1] if found == most else within


@njit(**COUNTLESS)
def _see_place(here, a, x, y, rules, row, at):
    """That something is there, and where it lies beside agent `a`."""
    dx, dy = x - here.agents[a].x_m, y - here.agents[a].y_m
    if here.world.position_noise > 0.0:
        dx += here.world.position_noise * _normal(here.world)
        dy += here.world.position_noise * _normal(here.world)
    row[at], row[at + 1], row[at + 2] = 1.0, _clip(dx / rules.sight), _clip(dy / rules.sight)


@njit(**COUNTLESS)
def _see_agents(here, a, rules, look, count, row, at):
    """The nearest mates and others; where the next group begins."""
    agent, mates, others, within = here.agents[a], 0, 0, rules.sight * rules.sight
    x, y = agent.x_m, agent.y_m
    for n in range(gather(look.agents, x, y, look.found)):
        b = look.found[n]
        dx, dy, is_mate = here.agents[b].x_m - x, here.agents[b].y_m - y, here.agents[b].team == agent.team
        far = dx * dx + dy * dy
        first, found, most = (0, mates, rules.num_mates) if is_mate else (rules.num_mates, others, rules.num_others)
        if b == a or far >= _farthest(look, first, found, most, within) or _missed(here, x, y, dx, dy, look, count):
            continue
        if is_mate:
            mates = _insert(look, first, mates, most, b, far)
        else:
            others = _insert(look, first, others, most, b, far)
    for k in range(mates + others):
        is_mate = k < mates
        b = look.order[k] if is_mate else look.order[rules.num_mates + k - mates]
        other, slot = here.agents[b], at + _MATE * k
        if not is_mate:
            slot = at + _MATE * rules.num_mates + _OTHER * (k - mates)
        _see_place(here, a, other.x_m, other.y_m, rules, row, slot)
        row[slot + 3] = _clip((other.vx_mps - agent.vx_mps) / SPEED_MPS)
        row[slot + 4] = _clip((other.vy_mps - agent.vy_mps) / SPEED_MPS)
        row[slot + 5] = other.health / rules.full
        holds, lacks = other.held >= 0, 0.0
        if holds:
            lacks = (here.resources[other.held].needed - here.resources[other.held].holding) / CARRIERS
        row[slot + 6], row[slot + 7] = holds, lacks
        if not is_mate:
            row[slot + 6], row[slot + 7] = other.strength - 1.0, holds
    return at + _MATE * rules.num_mates + _OTHER * rules.num_others


@njit(**COUNTLESS)
def _see_resources(here, a, rules, look, count, row, at):
    """The nearest resources, lying or carried; where the next group begins."""
    agent, found, within = here.agents[a], 0, rules.sight * rules.sight
    x, y = agent.x_m, agent.y_m
    for n in range(gather(look.resources, x, y, look.found)):
        r = look.found[n]
        dx, dy = here.resources[r].x_m - x, here.resources[r].y_m - y
        far = dx * dx + dy * dy
        nearer = far < _farthest(look, 0, found, rules.num_resources, within)
        if nearer and not _missed(here, x, y, dx, dy, look, count):
            found = _insert(look, 0, found, rules.num_resources, r, far)
    for k in range(found):
        resource, slot = here.resources[look.order[k]], at + _RESOURCE * k
        _see_place(here, a, resource.x_m, resource.y_m, rules, row, slot)
        row[slot + 3] = _clip(resource.value / VALUE)
        row[slot + 4], row[slot + 5] = resource.needed / CARRIERS, (resource.needed - resource.holding) / CARRIERS
        row[slot + 6] = resource.team == agent.team
        row[slot + 7] = resource.team != agent.team and resource.team != NOBODY
    return at + _RESOURCE * rules.num_resources


@njit(**COUNTLESS)
def _see_hives(here, a, rules, look, row, at):
    """The nearest hives, wherever they are; where the next group begins."""
    agent, found = here.agents[a], 0
    for h in range(here.world.num_hives):
        dx, dy = here.hives[h].x_m - agent.x_m, here.hives[h].y_m - agent.y_m
        found = _insert(look, 0, found, rules.num_hives, h, dx * dx + dy * dy)
    for k in range(found):
        hive, slot = here.hives[look.order[k]], at + _HIVE * k
        row[slot], row[slot + 3] = 1.0, 1.0 if hive.team == agent.team else -1.0
        row[slot + 1] = _clip((hive.x_m - agent.x_m) / HIVES_M)
        row[slot + 2] = _clip((hive.y_m - agent.y_m) / HIVES_M)
        row[slot + 4], row[slot + 5] = hive.health / rules.hive_health, _clip(hive.store / (5.0 * rules.capacity))
    return at + _HIVE * rules.num_hives


@njit(**COUNTLESS)
def observe(here, a, rules, look, row):
    """Write what agent `a` sees to `row` (D,), where `look` has been laid out for this moment."""
    for k in range(len(row)):
        row[k] = 0.0
    _see_itself(here, a, rules, row)
    count, found = _near_obstacles(here, a, rules, look)
    at = len(row) - _OBSTACLE * rules.num_obstacles
    for k in range(found):
        obstacle, slot = here.obstacles[look.order[k]], at + _OBSTACLE * k
        _see_place(here, a, obstacle.x_m, obstacle.y_m, rules, row, slot)
        row[slot + 3] = obstacle.radius_m / rules.sight
    at = _see_agents(here, a, rules, look, count, row, len(OWN))
    at = _see_resources(here, a, rules, look, count, row, at)
    _see_hives(here, a, rules, look, row, at)
