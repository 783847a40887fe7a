"""What do the rules do? Each agent goes somewhere, around obstacles, and holds on to something or not.

All but `assign` know no more than what an agent sees: what is within sight, and where hives are. `assign` sees the
whole plane and shares resources out within a team: a yardstick, no rival.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from envs.swarm.simulation.compiled.carrying import home_of
from envs.swarm.simulation.compiled.going import go, go_home, join, number, wander
from envs.swarm.simulation.compiled.kernel import here_of
from envs.swarm.simulation.compiled.motion import is_carried
from envs.swarm.simulation.compiled.sharing import share_out
from envs.swarm.simulation.compiled.state import NOBODY

KINDS = {"nothing": 0, "random": 1, "forage": 2, "assign": 3, "guard": 4, "raid": 5, "mixed": 6}
"""The rules by name."""
_RANDOM, _FORAGE, _ASSIGN, _GUARD, _RAID, _MIXED = 1, 2, 3, 4, 5, 6
_PATIENT_STEPS, _TIRED = 20, 0.15
"""So long it waits for mates; with less of its energy it goes home."""


@njit(cache=True, error_model="numpy")
def _hides(here, a, x, y):
    """Whether an obstacle stands between agent `a` and a place."""
    agent = here.agents[a]
    dx, dy = x - agent.x_m, y - agent.y_m
    along = max(dx * dx + dy * dy, 1e-12)
    for o in range(here.world.num_obstacles):
        disc = here.obstacles[o]
        px, py = disc.x_m - agent.x_m, disc.y_m - agent.y_m
        share = min(max((px * dx + py * dy) / along, 0.0), 1.0)
        if math.hypot(px - share * dx, py - share * dy) < disc.radius_m:
            return True
    return False


@njit(cache=True, error_model="numpy")
def _other_in_sight(here, a, sight):
    """The nearest other that agent `a` sees, and how far it is; NOBODY: none."""
    agent, chosen, least = here.agents[a], NOBODY, sight
    for b in range(here.world.num_agents):
        other = here.agents[b]
        if other.there and other.team != agent.team:
            far = math.hypot(other.x_m - agent.x_m, other.y_m - agent.y_m)
            if far < least and not _hides(here, a, other.x_m, other.y_m):
                chosen, least = b, far
    return chosen, least


@njit(cache=True, error_model="numpy")
def _resource_in_sight(here, a, sight):
    """The nearest resource that agent `a` sees and may take; one that mates wait at counts as half as far."""
    agent, chosen, least = here.agents[a], NOBODY, sight
    for r in range(here.world.num_resources):
        resource = here.resources[r]
        free = resource.holding == 0 or (resource.team == agent.team and resource.holding < resource.needed)
        if resource.there and free:
            far = math.hypot(resource.x_m - agent.x_m, resource.y_m - agent.y_m)
            felt = 0.5 * far if resource.holding > 0 else far
            if felt < least and far < sight and not _hides(here, a, resource.x_m, resource.y_m):
                chosen, least = r, felt
    return chosen


@njit(cache=True, error_model="numpy")
def _forage(here, salt, a, rules, action):
    """Take the nearest resource in sight home; with what needs more carriers wait for mates, but not for ever."""
    agent = here.agents[a]
    if agent.held >= 0:
        resource = here.resources[agent.held]
        if is_carried(resource):
            action[2] = 1.0
            go_home(here, a, action)
            return
        if number(here, salt, a, (here.world.step + 5 * a) // _PATIENT_STEPS, 3) < 0.75:
            action[2] = 1.0
            return
        wander(here, salt, a, action)
        return
    r = _resource_in_sight(here, a, rules.sight)
    if r < 0 or number(here, salt, a, (here.world.step + 5 * a) // _PATIENT_STEPS, 3) >= 0.75:
        wander(here, salt, a, action)
        if r >= 0 and here.resources[r].needed == 1:
            action[2] = 1.0
            join(here, a, r, action)
        return
    action[2] = 1.0
    join(here, a, r, action)


@njit(cache=True, error_model="numpy")
def _guard(here, salt, a, rules, action):
    """Stay at home, and go for others that come in sight of it; without a home go for whoever is in sight."""
    agent = here.agents[a]
    home, far_home = home_of(here, agent.team, agent.x_m, agent.y_m)
    other, _ = _other_in_sight(here, a, rules.sight)
    if other >= 0 and (home < 0 or far_home < rules.sight):
        go(here, a, here.agents[other].x_m, here.agents[other].y_m, action)
    elif home < 0:
        go(here, a, 0.5 * here.world.side_m, 0.5 * here.world.side_m, action)
    elif far_home > here.hives[home].radius_m:
        go_home(here, a, action)


@njit(cache=True, error_model="numpy")
def _raid(here, salt, a, rules, action):
    """Go for others nearby, else for the nearest hive of others, else for whoever is in sight."""
    agent = here.agents[a]
    other, far = _other_in_sight(here, a, rules.sight)
    hive, least = NOBODY, np.inf
    for h in range(here.world.num_hives):
        way = math.hypot(here.hives[h].x_m - agent.x_m, here.hives[h].y_m - agent.y_m)
        if here.hives[h].team != agent.team and way < least:
            hive, least = h, way
    if other >= 0 and (far < 0.4 * rules.sight or hive < 0):
        go(here, a, here.agents[other].x_m, here.agents[other].y_m, action)
    elif hive >= 0:
        go(here, a, here.hives[hive].x_m, here.hives[hive].y_m, action)
    else:
        go(here, a, 0.5 * here.world.side_m, 0.5 * here.world.side_m, action)


@njit(cache=True, error_model="numpy")
def _act(here, kind, salt, a, rules, action):
    """One agent by a rule that knows what it sees; of `mixed` one in three forages, guards and raids."""
    agent, kind = here.agents[a], kind if kind != _MIXED else _FORAGE + (0, 2, 3)[a % 3]
    if kind == _RANDOM:
        for k in range(3):
            action[k] = 2.0 * number(here, salt, a, here.world.step, k) - 1.0
    elif agent.energy < _TIRED * rules.capacity and agent.held < 0 and go_home(here, a, action):
        return
    elif kind == _FORAGE:
        _forage(here, salt, a, rules, action)
    elif kind == _GUARD:
        _guard(here, salt, a, rules, action)
    elif kind == _RAID:
        _raid(here, salt, a, rules, action)


@njit(cache=True, error_model="numpy")
def _assign(here, salt, rules, actions):
    """All of all teams: who carries goes home, the others are given something to fetch, or guard."""
    free = np.zeros(here.world.num_agents, np.bool_)
    for a in range(here.world.num_agents):
        agent = here.agents[a]
        if not agent.there:
            continue
        if agent.held >= 0 and is_carried(here.resources[agent.held]):
            actions[a, 2] = 1.0
            go_home(here, a, actions[a])
        elif agent.energy >= _TIRED * rules.capacity or not go_home(here, a, actions[a]):
            free[a] = True
    for team in range(here.world.num_teams):
        share_out(here, team, free, rules, actions)
    for a in range(here.world.num_agents):
        if free[a]:
            _guard(here, salt, a, rules, actions[a])


@njit(cache=True, error_model="numpy")
def choose_worlds(state, kind, salt, rules, actions):
    """Write what a rule, one of KINDS, does with all agents to `actions` (W, A, 3), zeros before."""
    for w in range(len(state.worlds)):
        here = here_of(state, w)
        if here.world.done or kind == 0:
            continue
        if kind == _ASSIGN:
            _assign(here, salt, rules[0], actions[w])
        else:
            for a in range(here.world.num_agents):
                if here.agents[a].there:
                    _act(here, kind, salt, a, rules[0], actions[w, a])
