"""Who is there when an episode begins, and what? Families drawn from a seed; all sides have the same chances.

What one team finds on its side of the plane every other finds on its own, turned about the middle.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from envs.ground.compiled.random_draws import advance, integer, mix, uniform
from envs.swarm.simulation.compiled.state import ALL_SIDES, NOBODY
from envs.swarm.simulation.settings import CROWD

_SPLIT_SHIFT = np.uint64(2)
_TRIES = 40
_GOLDEN_RAD = math.pi * (3.0 - math.sqrt(5.0))
_FROM_WALL_M, _GAP_M, _FROM_HIVE_M = 1.0, 3.0, 3.0
_BASE_SHARE, _ROUND_SHARE, _ALONE_SHARE = 0.32, 0.47, 0.15


@njit(cache=True, error_model="numpy")
def draw_seeds(worlds, which, split, num_scenarios):
    """Let the worlds `which` (N,) draw their next seeds, whose two highest bits are those of `split`, and scenarios."""
    for w in which:
        world = worlds[w]
        world.rng = advance(world.rng)
        world.episode_seed = (mix(world.rng) >> _SPLIT_SHIFT) | split
        world.scenario = np.int64(world.episode_seed % np.uint64(num_scenarios)) if num_scenarios > 0 else -1


@njit(cache=True, error_model="numpy")
def _draw_family(world, families):
    number, chosen = uniform(world, 0.0, 1.0), 0
    for f in range(len(families)):
        if families[f].share > 0.0:
            chosen = f
            if number < families[f].share:
                break
    return chosen


@njit(cache=True, error_model="numpy")
def _settle(here, family, draws):
    """The side, teams and hives, these on a circle about the middle; the places of the teams are returned, (T, 2)."""
    world = here.world
    world.side_m = uniform(world, draws.side[0], draws.side[1])
    world.num_teams = integer(world, family.teams[0], family.teams[1])
    world.returns = family.returns
    angle, far = uniform(world, 0.0, 2.0 * math.pi), _BASE_SHARE * world.side_m
    if world.num_teams == 1:
        far = uniform(world, 0.0, _ALONE_SHARE * world.side_m)
    bases = np.empty((world.num_teams, 2))
    for team in range(world.num_teams):
        turned = angle + 2.0 * math.pi * team / world.num_teams
        bases[team, 0] = 0.5 * world.side_m + far * math.cos(turned)
        bases[team, 1] = 0.5 * world.side_m + far * math.sin(turned)
    if family.hives < 2:
        world.num_hives = world.num_teams if family.hives == 0 else 1
    for h in range(world.num_hives):
        hive = here.hives[h]
        hive.team, hive.x_m, hive.y_m, hive.radius_m = h, bases[h, 0], bases[h, 1], draws.hive_radius
        hive.health, hive.store = draws.hive_health, draws.hive_store
    return bases


@njit(cache=True, error_model="numpy")
def _man(here, family, draws, bases):
    """Teams of equal numbers, but for the last; the k-th of each team is as heavy and as strong in all of them."""
    world = here.world
    size, n = integer(world, family.agents[0], family.agents[1]), 0
    turned, state = uniform(world, 0.0, 2.0 * math.pi), world.draw_state
    for team in range(world.num_teams):
        world.draw_state = state
        for k in range(size):
            mass, strength = uniform(world, -1.0, 1.0), uniform(world, -1.0, 1.0)
            if team == world.num_teams - 1 and team > 0 and k >= size - family.fewer:
                continue
            agent = here.agents[n]
            angle = turned + k * _GOLDEN_RAD + 2.0 * math.pi * team / world.num_teams
            far = CROWD * draws.radius * math.sqrt(k + 0.5)
            agent.team, agent.x_m, agent.y_m = (
                team,
                bases[team, 0] + far * math.cos(angle),
                bases[team, 1] + far * math.sin(angle),
            )
            agent.mass_kg = draws.mass * (1.0 + draws.spread * mass)
            agent.strength = 1.0 + draws.spread * strength
            agent.health, agent.energy, agent.there = draws.full, draws.capacity, True
            n += 1
    world.num_agents = n
    return CROWD * draws.radius * math.sqrt(size) + draws.radius


@njit(cache=True, error_model="numpy")
def _draw_place(world, from_wall):
    """A place of which every team has its own: in a square for one, else in a disc."""
    side = world.side_m
    if world.num_teams == 1:
        return uniform(world, from_wall, side - from_wall), uniform(world, from_wall, side - from_wall)
    far = (_ROUND_SHARE * side - from_wall) * math.sqrt(uniform(world, 0.0, 1.0))
    angle = uniform(world, 0.0, 2.0 * math.pi)
    return 0.5 * side + far * math.cos(angle), 0.5 * side + far * math.sin(angle)


@njit(cache=True, error_model="numpy")
def _turned(world, x, y, team):
    """Where another team has what one has at (x, y)."""
    if team == 0:
        return x, y
    angle, middle = 2.0 * math.pi * team / world.num_teams, 0.5 * world.side_m
    cosine, sine, dx, dy = math.cos(angle), math.sin(angle), x - middle, y - middle
    return middle + dx * cosine - dy * sine, middle + dx * sine + dy * cosine


@njit(cache=True, error_model="numpy")
def _clear(here, x, y, radius, bases, crowd):
    """Whether a disc at a place leaves room around bases and other obstacles, its own copies among them."""
    world = here.world
    for team in range(world.num_teams):
        if math.hypot(bases[team, 0] - x, bases[team, 1] - y) < radius + crowd:
            return False
        other_x, other_y = _turned(world, x, y, team)
        if team > 0 and math.hypot(other_x - x, other_y - y) < 2.0 * radius + _GAP_M:
            return False
    for o in range(world.num_obstacles):
        obstacle = here.obstacles[o]
        if math.hypot(obstacle.x_m - x, obstacle.y_m - y) < radius + obstacle.radius_m + _GAP_M:
            return False
    return True


@njit(cache=True, error_model="numpy")
def _draw_obstacles(here, family, draws, bases, crowd):
    """Obstacles that leave gaps; one that finds no place after some tries is left out."""
    world = here.world
    for _ in range(integer(world, family.obstacles[0], family.obstacles[1]) // world.num_teams):
        radius = uniform(world, draws.obstacle_radius[0], draws.obstacle_radius[1])
        for _ in range(_TRIES):
            x, y = _draw_place(world, radius + _GAP_M)
            if _clear(here, x, y, radius, bases, crowd):
                for team in range(world.num_teams):
                    obstacle = here.obstacles[world.num_obstacles]
                    obstacle.x_m, obstacle.y_m = _turned(world, x, y, team)
                    obstacle.radius_m, obstacle.there = radius, True
                    world.num_obstacles += 1
                break


@njit(cache=True, error_model="numpy")
def _lies_free(here, x, y, draws):
    """Whether a resource may lie at a place: away from hives and obstacles."""
    for h in range(here.world.num_hives):
        hive = here.hives[h]
        if math.hypot(hive.x_m - x, hive.y_m - y) < hive.radius_m + _FROM_HIVE_M:
            return False
    for o in range(here.world.num_obstacles):
        obstacle = here.obstacles[o]
        if math.hypot(obstacle.x_m - x, obstacle.y_m - y) < obstacle.radius_m + draws.radius + draws.reach:
            return False
    return True


@njit(cache=True, error_model="numpy")
def _draw_resources(here, family, draws):
    """Resources that lie free, as far as such places are found."""
    world = here.world
    for _ in range(integer(world, family.resources[0], family.resources[1]) // world.num_teams):
        value = uniform(world, draws.value[0], draws.value[1])
        heavy = uniform(world, 0.0, 1.0) < family.heavy_share
        needed = integer(world, draws.heavy[0], draws.heavy[1]) if heavy else 1
        for _ in range(_TRIES):
            x, y = _draw_place(world, _FROM_WALL_M)
            if _lies_free(here, x, y, draws):
                for team in range(world.num_teams):
                    resource = here.resources[world.num_resources]
                    resource.x_m, resource.y_m = _turned(world, x, y, team)
                    resource.value, resource.needed = value * needed, needed
                    resource.team, resource.there = NOBODY, True
                    world.num_resources += 1
                break


@njit(cache=True, error_model="numpy")
def draw_episode(here, families, draws):
    """Fill an empty world by its `episode_seed`."""
    world = here.world
    world.family = _draw_family(world, families)
    family = families[world.family]
    bases = _settle(here, family, draws)
    crowd = _man(here, family, draws, bases)
    if world.num_hives > 0:
        crowd = max(crowd, draws.hive_radius)
    _draw_obstacles(here, family, draws, bases, crowd + _GAP_M)
    _draw_resources(here, family, draws)


@njit(cache=True, error_model="numpy")
def choose_side(world, against_rule):
    """Which team agents steer: all of them, or one that the seed says, where a rule has the others."""
    world.ours = ALL_SIDES
    if against_rule and world.num_teams > 1:
        world.ours = np.int64(mix(world.episode_seed + np.uint64(3)) % np.uint64(world.num_teams))
