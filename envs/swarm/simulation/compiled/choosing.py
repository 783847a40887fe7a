"""What do the rules do? Each agent goes somewhere, around obstacles, and holds on to something or not.

All but `assign` know no more than what an agent sees: what is within sight, and where hives are. `assign` sees the
whole plane and shares resources out within a team: a yardstick, no rival.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from envs.ground.compiled.random_draws import mix
from envs.swarm.simulation.compiled.carrying import home_of
from envs.swarm.simulation.compiled.kernel import here_of
from envs.swarm.simulation.compiled.motion import is_carried
from envs.swarm.simulation.compiled.state import NOBODY
from envs.swarm.simulation.settings import MAX_CARRIERS

KINDS = {"nothing": 0, "random": 1, "forage": 2, "assign": 3, "guard": 4, "raid": 5, "mixed": 6}
"""The rules by name."""
_RANDOM, _FORAGE, _ASSIGN, _GUARD, _RAID, _MIXED = 1, 2, 3, 4, 5, 6
_STEPS, _PATIENT_STEPS, _TIRED = 24, 20, 0.15
"""So long it goes to one place in search of something, and waits for mates; with less energy it goes home."""
_AHEAD_M, _CLEAR_M = 6.0, 0.6
_NEAR_M, _AROUND_M, _TURN_RAD = 3.5, 2.3, 0.6
"""So near what mates hold on to it goes around them, on a circle of this radius, by this angle at a time."""
_TWO_TO_MINUS_53 = 1.0 / 9007199254740992.0


@njit(cache=True, inline="always", error_model="numpy")
def _number(here, salt, a, time, stream):
    """A number in [0, 1) that depends on the episode, the agent, the time and a stream alone."""
    key = here.world.episode_seed ^ mix(salt * np.uint64(977) + np.uint64(a) * np.uint64(65_537) + np.uint64(stream))
    return float(mix(key + np.uint64(time) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(11)) * _TWO_TO_MINUS_53


@njit(cache=True, error_model="numpy")
def _go(here, a, x, y, action):
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
def _join(here, a, r, action):
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
            _go(here, a, resource.x_m + aside_x, resource.y_m + aside_y, action)
            return
    _go(here, a, resource.x_m, resource.y_m, action)


@njit(cache=True, error_model="numpy")
def _wander(here, salt, a, action):
    """Go to a place of the plane that is drawn anew now and then."""
    time = (here.world.step + 7 * a) // _STEPS
    x = here.world.side_m * (0.05 + 0.9 * _number(here, salt, a, time, 1))
    y = here.world.side_m * (0.05 + 0.9 * _number(here, salt, a, time, 2))
    _go(here, a, x, y, action)


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
def _go_home(here, a, action):
    """Whether agent `a` has a hive; then go there."""
    home, _ = home_of(here, here.agents[a].team, here.agents[a].x_m, here.agents[a].y_m)
    if home >= 0:
        _go(here, a, here.hives[home].x_m, here.hives[home].y_m, action)
    return home >= 0


@njit(cache=True, error_model="numpy")
def _forage(here, salt, a, rules, action):
    """Take the nearest resource in sight home; with what needs more carriers wait for mates, but not for ever."""
    agent = here.agents[a]
    if agent.held >= 0:
        resource = here.resources[agent.held]
        if is_carried(resource):
            action[2] = 1.0
            _go_home(here, a, action)
            return
        if _number(here, salt, a, (here.world.step + 5 * a) // _PATIENT_STEPS, 3) < 0.75:
            action[2] = 1.0
            return
        _wander(here, salt, a, action)
        return
    r = _resource_in_sight(here, a, rules.sight)
    if r < 0 or _number(here, salt, a, (here.world.step + 5 * a) // _PATIENT_STEPS, 3) >= 0.75:
        _wander(here, salt, a, action)
        if r >= 0 and here.resources[r].needed == 1:
            action[2] = 1.0
            _join(here, a, r, action)
        return
    action[2] = 1.0
    _join(here, a, r, action)


@njit(cache=True, error_model="numpy")
def _guard(here, salt, a, rules, action):
    """Stay at home, and go for others that come in sight of it; without a home go for whoever is in sight."""
    agent = here.agents[a]
    home, far_home = home_of(here, agent.team, agent.x_m, agent.y_m)
    other, _ = _other_in_sight(here, a, rules.sight)
    if other >= 0 and (home < 0 or far_home < rules.sight):
        _go(here, a, here.agents[other].x_m, here.agents[other].y_m, action)
    elif home < 0:
        _go(here, a, 0.5 * here.world.side_m, 0.5 * here.world.side_m, action)
    elif far_home > here.hives[home].radius_m:
        _go_home(here, a, action)


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
        _go(here, a, here.agents[other].x_m, here.agents[other].y_m, action)
    elif hive >= 0:
        _go(here, a, here.hives[hive].x_m, here.hives[hive].y_m, action)
    else:
        _go(here, a, 0.5 * here.world.side_m, 0.5 * here.world.side_m, action)


@njit(cache=True, error_model="numpy")
def _act(here, kind, salt, a, rules, action):
    """One agent by a rule that knows what it sees; of `mixed` one in three forages, guards and raids."""
    agent, kind = here.agents[a], kind if kind != _MIXED else _FORAGE + (0, 2, 3)[a % 3]
    if kind == _RANDOM:
        for k in range(3):
            action[k] = 2.0 * _number(here, salt, a, here.world.step, k) - 1.0
    elif agent.energy < _TIRED * rules.capacity and agent.held < 0 and _go_home(here, a, action):
        return
    elif kind == _FORAGE:
        _forage(here, salt, a, rules, action)
    elif kind == _GUARD:
        _guard(here, salt, a, rules, action)
    elif kind == _RAID:
        _raid(here, salt, a, rules, action)


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
def _share_out(here, team, free, rules, actions):
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
            _join(here, a, best, actions[a])


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
            _go_home(here, a, actions[a])
        elif agent.energy >= _TIRED * rules.capacity or not _go_home(here, a, actions[a]):
            free[a] = True
    for team in range(here.world.num_teams):
        _share_out(here, team, free, rules, actions)
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
