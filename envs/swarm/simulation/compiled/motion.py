"""How do discs move? By force against friction, in ticks of 0.1 s, and never into each other.

Of a body of mass M (kg), force F (N) and friction C (kg/s): M dv/dt = F - C v, in semi-implicit steps of Euler. It
goes along a straight line until it touches something, loses by an inelastic push the speed towards it (momentum is
kept), and slides on for what is left of the tick. As it goes no further than to the first touch, discs that did not
overlap never do.

A body is one agent, or those who carry a resource together, with it: they keep their places relative to each other.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from envs.swarm.simulation.compiled.cells import gather
from envs.swarm.simulation.compiled.options import COUNTLESS
from envs.swarm.simulation.settings import TICK_S

SKIN_M = 1e-4
"""Discs that are nearer touch."""
_TOUCHES = 3
_OUTWARD = 1e-7
_NEVER = 2.0


@njit(inline="always", **COUNTLESS)
def is_carried(resource):
    """Whether as many hold on to a resource as it needs."""
    return resource.there and resource.holding == resource.needed


@njit(**COUNTLESS)
def members_of(here, a, members):
    """Write who moves with agent `a`, itself first, to `members`; how many: 0 where it cannot move."""
    held = here.agents[a].held
    members[0] = a
    if held < 0:
        return 1
    if not is_carried(here.resources[held]):
        return 0
    count = here.resources[held].needed
    for k in range(count):
        members[k] = here.holders[held, k]
    return count


@njit(**COUNTLESS)
def body_mass(here, a, rules):
    """The mass that is moved if agent `a` is pushed, kg; infinite where it holds on to what it cannot carry."""
    held = here.agents[a].held
    if held < 0:
        return here.agents[a].mass_kg
    if not is_carried(here.resources[held]):
        return np.inf
    mass = rules.load_mass * here.resources[held].needed
    for k in range(here.resources[held].needed):
        mass += here.agents[here.holders[held, k]].mass_kg
    return mass


@njit(**COUNTLESS)
def push(here, a, change_x, change_y):
    """Change the speed of agent `a`, and of who moves with it."""
    held = here.agents[a].held
    if held < 0:
        here.agents[a].vx_mps += change_x
        here.agents[a].vy_mps += change_y
    elif is_carried(here.resources[held]):
        for k in range(here.resources[held].needed):
            b = here.holders[held, k]
            here.agents[b].vx_mps += change_x
            here.agents[b].vy_mps += change_y


@njit(**COUNTLESS)
def accelerate(here, a, members, count, rules):
    """The speed of a body after a tick of its members' forces against friction, written to all of them."""
    force_x, force_y, friction = 0.0, 0.0, 0.0
    for k in range(count):
        agent = here.agents[members[k]]
        force_x += rules.force * agent.strength * agent.push_x
        force_y += rules.force * agent.strength * agent.push_y
        friction += rules.friction
    if here.agents[a].held >= 0:
        friction += rules.load_friction * count
    mass = body_mass(here, a, rules)
    slower = 1.0 / (1.0 + friction * here.world.friction / mass * TICK_S)
    vx = (here.agents[a].vx_mps + force_x / mass * TICK_S) * slower
    vy = (here.agents[a].vy_mps + force_y / mass * TICK_S) * slower
    speed = math.sqrt(vx * vx + vy * vy)
    most = min(1.0, rules.max_speed / max(speed, 1e-9))
    for k in range(count):
        here.agents[members[k]].vx_mps, here.agents[members[k]].vy_mps = vx * most, vy * most


@njit(inline="always", **COUNTLESS)
def meets(px, py, dx, dy, reach):
    """The share of a way (dx, dy) after which one touches what lies at (px, py), `reach` away; _NEVER: not on it."""
    towards = px * dx + py * dy
    apart = px * px + py * py - reach * reach
    along = dx * dx + dy * dy
    if towards <= 0.0 or along == 0.0:
        return _NEVER
    if apart <= 0.0:
        return 0.0
    under = towards * towards - along * apart
    if under < 0.0:
        return _NEVER
    return (towards - math.sqrt(under)) / along


@njit(**COUNTLESS)
def first_touch(here, a, dx, dy, rules, look):
    """What agent `a` touches first on a way: the share of it, who (-1: an obstacle), and the direction to it."""
    agent, found = here.agents[a], look.found
    least, who, nx, ny = _NEVER, -1, 1.0, 0.0
    for n in range(gather(look.near, agent.x_m, agent.y_m, found)):
        b = found[n]
        if b == a or (agent.held >= 0 and here.agents[b].held == agent.held):
            continue
        px, py = here.agents[b].x_m - agent.x_m, here.agents[b].y_m - agent.y_m
        share = meets(px, py, dx, dy, 2.0 * rules.radius + SKIN_M)
        if share < least:
            least, who, nx, ny = share, b, px - share * dx, py - share * dy
    near = gather(look.obstacles, agent.x_m, agent.y_m, found) if here.world.num_obstacles > 0 else 0
    for n in range(near):
        obstacle = here.obstacles[found[n]]
        px, py = obstacle.x_m - agent.x_m, obstacle.y_m - agent.y_m
        share = meets(px, py, dx, dy, rules.radius + obstacle.radius_m + SKIN_M)
        if share < least:
            least, who, nx, ny = share, -1, px - share * dx, py - share * dy
    scale = 1.0 / max(math.sqrt(nx * nx + ny * ny), 1e-12)
    return least, who, nx * scale, ny * scale


@njit(inline="always", **COUNTLESS)
def _room(along, way, side, radius):
    """A way along one axis, cut off at the walls."""
    return min(max(way, min(radius - along, 0.0)), max(side - radius - along, 0.0))


@njit(**COUNTLESS)
def _collide(here, a, who, nx, ny, rules):
    """An inelastic push along (nx, ny): both go on at one speed in that direction; an obstacle takes all of it."""
    speed = here.agents[a].vx_mps * nx + here.agents[a].vy_mps * ny
    share = 1.0
    if who >= 0:
        speed -= here.agents[who].vx_mps * nx + here.agents[who].vy_mps * ny
        mass, other = body_mass(here, a, rules), body_mass(here, who, rules)
        if np.isfinite(other):
            share = other / (mass + other)
            if speed > 0.0:
                push(here, who, (1.0 - share) * speed * nx, (1.0 - share) * speed * ny)
    if speed > 0.0:
        push(here, a, -share * speed * nx, -share * speed * ny)


@njit(**COUNTLESS)
def _walled(here, members, count, dx, dy, radius):
    """A way of a body, cut off at the walls; the speed into one is lost."""
    side, x, y = here.world.side_m, dx, dy
    for k in range(count):
        agent = here.agents[members[k]]
        x, y = _room(agent.x_m, x, side, radius), _room(agent.y_m, y, side, radius)
    for k in range(count):
        agent = here.agents[members[k]]
        if x != dx:
            agent.vx_mps = 0.0
        if y != dy:
            agent.vy_mps = 0.0
    return x, y


@njit(**COUNTLESS)
def _shift(here, members, count, dx, dy):
    """Move a body, and what it carries."""
    way = math.sqrt(dx * dx + dy * dy)
    for k in range(count):
        agent = here.agents[members[k]]
        agent.x_m += dx
        agent.y_m += dy
        agent.moved_m += way
    held = here.agents[members[0]].held
    if held >= 0:
        here.resources[held].x_m += dx
        here.resources[held].y_m += dy


@njit(**COUNTLESS)
def _move(here, members, count, rules, look):
    """Move a body for a tick: up to the first touch, then along what it touched."""
    lead = members[0]
    dx, dy = here.agents[lead].vx_mps * TICK_S, here.agents[lead].vy_mps * TICK_S
    for _ in range(_TOUCHES):
        dx, dy = _walled(here, members, count, dx, dy, rules.radius)
        if dx == 0.0 and dy == 0.0:
            return
        least, toucher, who, nx, ny = _NEVER, lead, -1, 1.0, 0.0
        for k in range(count):
            share, touched, x, y = first_touch(here, members[k], dx, dy, rules, look)
            if share < least:
                least, toucher, who, nx, ny = share, members[k], touched, x, y
        share = min(least, 1.0)
        _shift(here, members, count, share * dx, share * dy)
        if least > 1.0:
            return
        _collide(here, toucher, who, nx, ny, rules)
        dx, dy = (1.0 - share) * dx, (1.0 - share) * dy
        into = dx * nx + dy * ny + _OUTWARD * math.sqrt(dx * dx + dy * dy)
        dx, dy = dx - into * nx, dy - into * ny


@njit(**COUNTLESS)
def move_all(here, rules, look, backwards):
    """A tick for all who live, one after the other: forwards, or backwards, so that no side always goes first."""
    members, last = look.members, here.world.num_agents - 1
    for n in range(here.world.num_agents):
        a = last - n if backwards else n
        if not here.agents[a].there:
            continue
        count = members_of(here, a, members)
        if count == 0:
            here.agents[a].vx_mps = here.agents[a].vy_mps = 0.0
        elif here.agents[a].held < 0 or here.holders[here.agents[a].held, 0] == a:
            accelerate(here, a, members, count, rules)
            _move(here, members, count, rules, look)
