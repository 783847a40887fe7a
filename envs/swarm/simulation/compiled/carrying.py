"""Who holds on to what? Grips, letting go, and what is brought home."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from envs.swarm.simulation.compiled.cells import gather
from envs.swarm.simulation.compiled.motion import is_carried
from envs.swarm.simulation.compiled.options import COUNTLESS
from envs.swarm.simulation.compiled.state import CARRYING, DELIVERY, HOLDING, NOBODY, TEAM_DELIVERY


@njit(**COUNTLESS)
def home_of(here, team, x, y):
    """The hive of a team that is nearest to a place, and how far it is; NOBODY where it has none."""
    home, least = NOBODY, np.inf
    for h in range(here.world.num_hives):
        if here.hives[h].team == team:
            far = math.hypot(here.hives[h].x_m - x, here.hives[h].y_m - y)
            if far < least:
                home, least = h, far
    return home, least


@njit(**COUNTLESS)
def let_go(here, a):
    """Agent `a` holds on to nothing any more; who held on with it moves up."""
    held = here.agents[a].held
    if held < 0:
        return
    resource, holders = here.resources[held], here.holders[held]
    place = 0
    while holders[place] != a:
        place += 1
    for k in range(place, resource.holding - 1):
        holders[k] = holders[k + 1]
    resource.holding -= 1
    holders[resource.holding] = NOBODY
    if resource.holding == 0:
        resource.team = NOBODY
    here.agents[a].held = NOBODY


@njit(**COUNTLESS)
def _within_reach(here, a, rules, look):
    """The nearest resource that agent `a` may hold on to: within reach, and not in other hands; NOBODY: none."""
    agent = here.agents[a]
    chosen, least = NOBODY, rules.radius + rules.reach
    for n in range(gather(look.resources, agent.x_m, agent.y_m, look.found)):
        r = look.found[n]
        resource = here.resources[r]
        free = resource.holding == 0 or (resource.team == agent.team and resource.holding < resource.needed)
        far = math.hypot(resource.x_m - agent.x_m, resource.y_m - agent.y_m)
        if resource.there and free and far <= least:
            chosen, least = r, far
    return chosen


@njit(**COUNTLESS)
def grip_all(here, rules, look, backwards):
    """Let go, or hold on, as wanted; then remember how far from home each resource is."""
    last = here.world.num_agents - 1
    for n in range(here.world.num_agents):
        a = last - n if backwards else n
        agent = here.agents[a]
        if not agent.there:
            continue
        wants = here.grips[a] > 0.0
        if agent.held >= 0 and not wants:
            let_go(here, a)
            here.parts[a, HOLDING] -= 1.0
        elif agent.held < 0 and wants:
            r = _within_reach(here, a, rules, look)
            if r >= 0:
                resource = here.resources[r]
                here.holders[r, resource.holding] = a
                resource.holding += 1
                resource.team, agent.held = agent.team, r
                here.parts[a, HOLDING] += 1.0
    for r in range(here.world.num_resources):
        resource = here.resources[r]
        if resource.holding > 0:
            _, resource.was_m = home_of(here, resource.team, resource.x_m, resource.y_m)


@njit(**COUNTLESS)
def _pay_carriers(here, r, part, amount):
    """The same to all who hold on to a resource: their share of an amount."""
    for k in range(here.resources[r].holding):
        here.parts[here.holders[r, k], part] += amount / here.resources[r].holding


@njit(**COUNTLESS)
def _bring_home(here, r, home):
    """A resource goes into a hive's store, and who carried it holds on to nothing any more."""
    resource, hive = here.resources[r], here.hives[home]
    hive.store += resource.value
    resource.there, resource.shared = False, resource.needed > 1
    _pay_carriers(here, r, DELIVERY, resource.value)
    members = 0
    for a in range(here.world.num_agents):
        members += here.agents[a].team == resource.team
    for a in range(here.world.num_agents):
        if here.agents[a].team == resource.team:
            here.parts[a, TEAM_DELIVERY] += resource.value / members
    share = resource.value / resource.holding
    while resource.holding > 0:
        a = here.holders[r, 0]
        here.agents[a].delivered += share
        let_go(here, a)


@njit(**COUNTLESS)
def deliver_all(here):
    """Pay who came nearer home with something, and bring home what has arrived."""
    for r in range(here.world.num_resources):
        resource = here.resources[r]
        if not resource.there or not is_carried(resource):
            continue
        home, far = home_of(here, resource.team, resource.x_m, resource.y_m)
        if home < 0:
            continue
        _pay_carriers(here, r, CARRYING, resource.value * (resource.was_m - far))
        if far <= here.hives[home].radius_m:
            _bring_home(here, r, home)
