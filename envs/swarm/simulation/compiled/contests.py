"""Strikes, hives, energy, death and return: what is lost and won besides what is carried.

Rates are per second and hold for a step. Energy is kept account of: what agents have, what hives store, what lies or is
carried as value, what was spent and what was lost add up to the same all through an episode.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from envs.swarm.simulation.compiled.carrying import home_of, let_go
from envs.swarm.simulation.compiled.cells import gather
from envs.swarm.simulation.compiled.options import COUNTLESS
from envs.swarm.simulation.compiled.state import CAPTURE, DEATH, ENERGY, HIVE_HURT, HURT, NOBODY, STRIKE
from envs.swarm.simulation.settings import STEP_S

_TRIES = 24
_GOLDEN_RAD = math.pi * (3.0 - math.sqrt(5.0))


@njit(**COUNTLESS)
def _target(here, a, rules, look):
    """The nearest other within reach of agent `a`; NOBODY: none."""
    agent = here.agents[a]
    chosen, least = NOBODY, 2.0 * rules.radius + rules.strike_reach
    for n in range(gather(look.near, agent.x_m, agent.y_m, look.found)):
        b = look.found[n]
        far = math.hypot(here.agents[b].x_m - agent.x_m, here.agents[b].y_m - agent.y_m)
        if here.agents[b].team != agent.team and far <= least:
            chosen, least = b, far
    return chosen


@njit(**COUNTLESS)
def _besieged(here, a):
    """The hive of others in which agent `a` stands; NOBODY: none."""
    agent = here.agents[a]
    for h in range(here.world.num_hives):
        hive = here.hives[h]
        if hive.team != agent.team and math.hypot(hive.x_m - agent.x_m, hive.y_m - agent.y_m) <= hive.radius_m:
            return h
    return NOBODY


@njit(**COUNTLESS)
def _spend(here, a, wanted):
    """Use up energy, as far as there is some; the share that was there."""
    agent = here.agents[a]
    used = min(wanted, agent.energy)
    agent.energy -= used
    here.world.spent += used
    here.parts[a, ENERGY] += used
    return 1.0 if wanted <= 0.0 else used / wanted


@njit(**COUNTLESS)
def _pay_team(here, team, part, amount):
    """An amount to all of a team, the same part of it to each."""
    members = 0
    for a in range(here.world.num_agents):
        members += here.agents[a].team == team
    for a in range(here.world.num_agents):
        if here.agents[a].team == team:
            here.parts[a, part] += amount / members


@njit(**COUNTLESS)
def _capture(here, h, team, rules):
    """A hive goes to a team, with what it stores; each of the team is paid for it, each of the other loses as much."""
    hive = here.hives[h]
    for a in range(here.world.num_agents):
        if here.agents[a].team == team:
            here.parts[a, CAPTURE] += 1.0
        elif here.agents[a].team == hive.team:
            here.parts[a, CAPTURE] -= 1.0
    hive.team, hive.health = team, 0.5 * rules.hive_health
    hive.captures += 1


@njit(**COUNTLESS)
def _strike_hives(here, harm, rules):
    """Take from hives what was struck at them, harm (H, MAX_TEAMS); one without health goes to who struck most."""
    for h in range(here.world.num_hives):
        hive, total, most = here.hives[h], 0.0, 0
        for team in range(here.world.num_teams):
            total += harm[h, team]
            if harm[h, team] > harm[h, most]:
                most = team
        if total == 0.0:
            continue
        scale = min(1.0, hive.health / total)
        _pay_team(here, hive.team, HIVE_HURT, -scale * total)
        for team in range(here.world.num_teams):
            if harm[h, team] > 0.0:
                _pay_team(here, team, HIVE_HURT, scale * harm[h, team])
        hive.health -= scale * total
        if scale < 1.0:
            _capture(here, h, most, rules)


@njit(**COUNTLESS)
def strike_all(here, rules, look):
    """Whoever holds on to nothing strikes the nearest other within reach, else the hive of others that it stands in.

    A strike takes `health.strike_per_s` times strength per second. All strike at the same moment.
    """
    harm = look.harm
    for h in range(here.world.num_hives):
        for team in range(here.world.num_teams):
            harm[h, team] = 0.0
    for a in range(here.world.num_agents):
        agent = here.agents[a]
        if not agent.there or agent.held >= 0:
            continue
        other = _target(here, a, rules, look)
        hive = _besieged(here, a) if other < 0 else NOBODY
        if other < 0 and hive < 0:
            continue
        dealt = rules.strike * agent.strength * STEP_S * _spend(here, a, rules.strike_energy * STEP_S)
        agent.dealt += dealt
        if other >= 0:
            here.agents[other].hurt += dealt
            here.parts[a, STRIKE] += dealt
        else:
            harm[hive, agent.team] += dealt
    _strike_hives(here, harm, rules)
    for a in range(here.world.num_agents):
        agent = here.agents[a]
        agent.taken += agent.hurt
        agent.health -= agent.hurt
        here.parts[a, HURT] += agent.hurt
        agent.hurt = 0.0


@njit(**COUNTLESS)
def _live(here, a, rules):
    """Spend energy on living and moving, or starve; at home take energy from the store, and heal."""
    agent = here.agents[a]
    _spend(here, a, (rules.idle + rules.drive * (agent.push_x**2 + agent.push_y**2)) * STEP_S)
    if agent.energy <= 0.0:
        agent.health -= rules.hunger * STEP_S
    home, far = home_of(here, agent.team, agent.x_m, agent.y_m)
    if home >= 0 and far <= here.hives[home].radius_m:
        taken = min(rules.charge * STEP_S, rules.capacity - agent.energy, here.hives[home].store)
        agent.energy += taken
        here.hives[home].store -= taken
        if agent.health > 0.0:
            agent.health = min(rules.full, agent.health + rules.heal * STEP_S)


@njit(**COUNTLESS)
def _die(here, a, rules):
    """An agent without health is there no more; its energy is lost."""
    agent = here.agents[a]
    let_go(here, a)
    here.world.lost += agent.energy
    agent.energy, agent.health, agent.there = 0.0, 0.0, False
    agent.vx_mps = agent.vy_mps = 0.0
    agent.deaths += 1
    agent.wait_steps = np.int64(math.ceil(rules.return_after / STEP_S))
    here.parts[a, DEATH] += 1.0


@njit(**COUNTLESS)
def is_free(here, x, y, radius, rules):
    """Whether an agent may stand at a place: within the walls, clear of all others."""
    if not (radius <= x <= here.world.side_m - radius and radius <= y <= here.world.side_m - radius):
        return False
    for b in range(here.world.num_agents):
        other = here.agents[b]
        if other.there and math.hypot(other.x_m - x, other.y_m - y) < radius + rules.radius + 0.01:
            return False
    for o in range(here.world.num_obstacles):
        obstacle = here.obstacles[o]
        if math.hypot(obstacle.x_m - x, obstacle.y_m - y) < radius + obstacle.radius_m + 0.01:
            return False
    return True


@njit(**COUNTLESS)
def _return(here, a, rules):
    """Come back at home, where there is a place and the store has the energy that it costs."""
    agent = here.agents[a]
    home, _ = home_of(here, agent.team, agent.x_m, agent.y_m)
    if home < 0 or here.hives[home].store < rules.return_cost:
        return
    for k in range(_TRIES):
        far, angle = here.hives[home].radius_m * math.sqrt(k / _TRIES), k * _GOLDEN_RAD
        x, y = here.hives[home].x_m + far * math.cos(angle), here.hives[home].y_m + far * math.sin(angle)
        if is_free(here, x, y, rules.radius, rules):
            agent.x_m, agent.y_m, agent.there, agent.health = x, y, True, rules.full
            agent.energy = min(rules.return_cost, rules.capacity)
            here.hives[home].store -= rules.return_cost
            here.world.lost += rules.return_cost - agent.energy
            return


@njit(**COUNTLESS)
def live_all(here, rules):
    """Energy and hunger of who lives, death of who has no health left, return of who has waited."""
    for a in range(here.world.num_agents):
        agent = here.agents[a]
        if agent.there:
            _live(here, a, rules)
            if agent.health <= 0.0:
                _die(here, a, rules)
        elif here.world.returns:
            agent.wait_steps -= 1
            if agent.wait_steps <= 0:
                _return(here, a, rules)


@njit(**COUNTLESS)
def _is_in(here, team):
    """Whether a team has a hive, or somebody who lives."""
    has = False
    for h in range(here.world.num_hives):
        has = has or here.hives[h].team == team
    for a in range(here.world.num_agents):
        has = has or (here.agents[a].team == team and here.agents[a].there)
    return has


@njit(**COUNTLESS)
def _is_decided(here):
    """Whether one team has captured all hives, or is the last that is in."""
    teams_in, captures, one = 0, 0, True
    for team in range(here.world.num_teams):
        teams_in += _is_in(here, team)
    for h in range(here.world.num_hives):
        one = one and here.hives[h].team == here.hives[0].team
        captures += here.hives[h].captures
    return teams_in <= 1 or (one and captures > 0)


@njit(**COUNTLESS)
def _can_return(here, rules):
    can = False
    for h in range(here.world.num_hives):
        can = can or (here.world.returns and here.hives[h].store >= rules.return_cost)
    return can


@njit(**COUNTLESS)
def is_over(here, rules):
    """Whether an episode has ended by itself.

    A contest: it is decided. One team alone: all is brought home, or nobody lives or comes back.
    """
    if here.world.num_teams > 1:
        return _is_decided(here)
    left, alive = 0, 0
    for r in range(here.world.num_resources):
        left += here.resources[r].there
    for a in range(here.world.num_agents):
        alive += here.agents[a].there
    if here.world.num_resources > 0 and left == 0:
        return True
    return alive == 0 and not _can_return(here, rules)
