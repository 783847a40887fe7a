"""How do agents go somewhere by a rule? Around obstacles, and around mates who hold on to what they join."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from envs.ground.compiled.random_draws import mix
from envs.swarm.simulation.compiled.carrying import home_of
from envs.swarm.simulation.compiled.state import NOBODY

_STEPS = 24
"""So long it goes to one place in search of something."""
_AHEAD_M, _CLEAR_M = 6.0, 0.6
_NEAR_M, _AROUND_M, _TURN_RAD = 3.5, 2.3, 0.6
"""So near what mates hold on to it goes around them, on a circle of this radius, by this angle at a time."""
_TWO_TO_MINUS_53 = 1.0 / 9007199254740992.0


@njit(cache=True, inline="always", error_model="numpy")
def number(here, salt, a, time, stream):
    """A number in [0, 1) that depends on the episode, the agent, the time and a stream alone."""
    key = here.world.episode_seed ^ mix(salt * np.uint64(977) + np.uint64(a) * np.uint64(65_537) + np.uint64(stream))
    return float(mix(key + np.uint64(time) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(11)) * _TWO_TO_MINUS_53


@njit(cache=True, error_model="numpy")
def go(here, a, x, y, action):
    """Push towards a place, along the side of an obstacle that stands in the way."""
    agent = here.agents[a]
    dx, dy = x - agent.x_m, y - agent.y_m
    far = max(math.hypot(dx, dy), 1e-9)
    dx, dy = dx / far, dy / far
    nearest, turned_x, turned_y = np.inf, dx, dy
    for o in range(here.world.num_obstacles):
        disc = here.obstacles[o]
        px, py = disc.x_m - agent.x_m, disc.y_m - agent.y_m
        along, across = px * dx + py * dy, dx * py - dy * px
        wide = disc.radius_m + _CLEAR_M + 0.5
        if 0.0 < along < min(far + wide, _AHEAD_M + wide) and abs(across) < wide and along < nearest:
            nearest = along
            side = -1.0 if across > 0.0 else 1.0
            apart = max(math.hypot(px, py), 1e-9)
            lean = min(max((wide - apart) / wide, -0.5), 0.5)
            turned_x, turned_y = -side * py / apart - lean * px / apart, side * px / apart - lean * py / apart
    slow = min(1.0, far)
    size = max(math.hypot(turned_x, turned_y), 1e-9)
    action[0], action[1] = slow * turned_x / size, slow * turned_y / size


@njit(cache=True, error_model="numpy")
def join(here, a, r, action):
    """Push towards a resource; around mates that hold on to it to their other side, for they let nobody through."""
    agent, resource = here.agents[a], here.resources[r]
    dx, dy = agent.x_m - resource.x_m, agent.y_m - resource.y_m
    x, y = 0.0, 0.0
    for k in range(resource.holding):
        mate = here.agents[here.holders[r, k]]
        x, y = x - (mate.x_m - resource.x_m), y - (mate.y_m - resource.y_m)
    if agent.held == NOBODY and resource.holding > 0 and math.hypot(dx, dy) < _NEAR_M:
        now = math.atan2(dy, dx)
        turn = (math.atan2(y, x) - now + 3.0 * math.pi) % (2.0 * math.pi) - math.pi
        if abs(turn) > _TURN_RAD:
            angle = now + math.copysign(_TURN_RAD, turn)
            aside_x, aside_y = _AROUND_M * math.cos(angle), _AROUND_M * math.sin(angle)
            go(here, a, resource.x_m + aside_x, resource.y_m + aside_y, action)
            return
    go(here, a, resource.x_m, resource.y_m, action)


@njit(cache=True, error_model="numpy")
def wander(here, salt, a, action):
    """Go to a place of the plane that is drawn anew now and then."""
    time = (here.world.step + 7 * a) // _STEPS
    x = here.world.side_m * (0.05 + 0.9 * number(here, salt, a, time, 1))
    y = here.world.side_m * (0.05 + 0.9 * number(here, salt, a, time, 2))
    go(here, a, x, y, action)


@njit(cache=True, error_model="numpy")
def go_home(here, a, action):
    """Whether agent `a` has a hive; then go there."""
    home, _ = home_of(here, here.agents[a].team, here.agents[a].x_m, here.agents[a].y_m)
    if home >= 0:
        go(here, a, here.hives[home].x_m, here.hives[home].y_m, action)
    return home >= 0
