"""How does a team with full sight share resources out? Greedily, anew in each step."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from envs.swarm.simulation.compiled.carrying import home_of
from envs.swarm.simulation.compiled.going import join
from envs.swarm.simulation.compiled.motion import is_carried
from envs.swarm.simulation.compiled.state import NOBODY
from envs.swarm.simulation.settings import MAX_CARRIERS


@njit(cache=True, error_model="numpy")
def _call(here, team, r, free, chosen):
    """The nearest free mates that a resource needs, written to `chosen`; how far the last is; infinite: too few."""
    resource, farthest = here.resources[r], 0.0
    for k in range(resource.needed):
        chosen[k], least = NOBODY, np.inf
        for a in range(here.world.num_agents):
            agent = here.agents[a]
            if free[a] and agent.team == team:
                far, taken = math.hypot(resource.x_m - agent.x_m, resource.y_m - agent.y_m), False
                for j in range(k):
                    taken = taken or chosen[j] == a
                if far < least and not taken:
                    chosen[k], least = a, far
        farthest = max(farthest, least)
    return farthest


@njit(cache=True, error_model="numpy")
def _best(here, team, free, given, chosen, best_chosen):
    """The resource that pays most value by time and carrier, and who is to fetch it, in `best_chosen`; NOBODY: none."""
    best, most = NOBODY, 0.0
    for r in range(here.world.num_resources):
        resource = here.resources[r]
        mine = resource.holding == 0 or resource.team == team
        if not resource.there or given[r] or not mine or is_carried(resource):
            continue
        home, way = home_of(here, team, resource.x_m, resource.y_m)
        far = _call(here, team, r, free, chosen)
        pays = resource.value / resource.needed / (2.0 + far + 1.5 * way)
        if home >= 0 and far < np.inf and pays > most:
            best, most = r, pays
            for k in range(resource.needed):
                best_chosen[k] = chosen[k]
    return best


@njit(cache=True, error_model="numpy")
def _grips(here, a, best, rules):
    """Whether agent `a` gets hold of a resource, and of no other, if it grips now; or has it already."""
    agent = here.agents[a]
    nearest, least = best, rules.radius + rules.reach
    for r in range(here.world.num_resources):
        resource = here.resources[r]
        free = resource.holding == 0 or (resource.team == agent.team and resource.holding < resource.needed)
        far = math.hypot(resource.x_m - agent.x_m, resource.y_m - agent.y_m)
        if resource.there and free and far < least:
            nearest, least = r, far
    return agent.held == best or (agent.held == NOBODY and nearest == best)


@njit(cache=True, error_model="numpy")
def share_out(here, team, free, rules, actions):
    """Again and again the resource that pays best is given to the nearest free mates that it needs.

    Who holds on to what too few hold on to is free, and near it.
    """
    chosen, best_chosen = np.zeros(MAX_CARRIERS, np.int64), np.zeros(MAX_CARRIERS, np.int64)
    given = np.zeros(here.world.num_resources, np.bool_)
    while True:
        best = _best(here, team, free, given, chosen, best_chosen)
        if best < 0:
            return
        given[best] = True
        for k in range(here.resources[best].needed):
            a = best_chosen[k]
            free[a] = False
            actions[a, 2] = 1.0 if _grips(here, a, best, rules) else -1.0
            join(here, a, best, actions[a])
