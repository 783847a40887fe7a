"""All worlds in one compiled call: act, move, strike, live, end, pay, observe; and in others, begin episodes."""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from envs.ground.compiled.random_draws import mix, uniform
from envs.swarm.simulation.compiled.carrying import deliver_all, grip_all
from envs.swarm.simulation.compiled.cells import fill, look_of
from envs.swarm.simulation.compiled.contests import is_over, live_all, strike_all
from envs.swarm.simulation.compiled.drawing import choose_side, draw_episode
from envs.swarm.simulation.compiled.motion import move_all
from envs.swarm.simulation.compiled.observation import observe
from envs.swarm.simulation.compiled.options import COUNTLESS
from envs.swarm.simulation.compiled.reward import pay_all
from envs.swarm.simulation.compiled.state import ALL_SIDES, Here
from envs.swarm.simulation.settings import TICKS_PER_STEP

BLOCK = 16
"""Worlds that one thread steps one after the other."""


@njit(inline="always", **COUNTLESS)
def here_of(state, w):
    """One of the worlds."""
    return Here(
        state.worlds[w],
        state.agents[w],
        state.resources[w],
        state.holders[w],
        state.hives[w],
        state.obstacles[w],
        state.parts[w],
        state.pending[w],
        state.grips[w],
    )


@njit(**COUNTLESS)
def _take_actions(here, actions):
    """What each agent now does: its action of `action_delay` steps ago; who does not heed it lets go and drifts."""
    last = here.world.action_delay - 1
    for a in range(here.world.num_agents):
        agent = here.agents[a]
        agent.was_active, agent.row_terminated, agent.row_truncated = agent.active, False, False
        for part in range(here.parts.shape[1]):
            here.parts[a, part] = 0.0
        x, y, grip = actions[a, 0], actions[a, 1], actions[a, 2]
        if last >= 0:
            x, y, grip = here.pending[a, 0, 0], here.pending[a, 0, 1], here.pending[a, 0, 2]
            for n in range(last):
                for k in range(3):
                    here.pending[a, n, k] = here.pending[a, n + 1, k]
            for k in range(3):
                here.pending[a, last, k] = actions[a, k]
        if not (agent.heeds and agent.there):
            x = y = grip = 0.0
        scale = 1.0 / max(1.0, np.sqrt(x * x + y * y))
        agent.push_x, agent.push_y, here.grips[a] = scale * x, scale * y, grip


@njit(**COUNTLESS)
def _say_who_plays(here):
    """Whose next action counts: who lives and is steered by agents."""
    for a in range(here.world.num_agents):
        agent = here.agents[a]
        agent.active = agent.there and (here.world.ours == ALL_SIDES or here.world.ours == agent.team)


@njit(**COUNTLESS)
def _end_step(here, rules):
    """Say whose time has ended: who died for good; and all, where the episode has ended or is cut off."""
    world = here.world
    world.step += 1
    world.over = is_over(here, rules)
    world.done = world.over or world.step >= rules.max_steps
    for a in range(world.num_agents):
        agent = here.agents[a]
        died = agent.was_active and not agent.there and not world.returns
        agent.row_terminated = died or (world.done and (world.over or not agent.active))
        agent.row_truncated = world.done and not agent.row_terminated


@njit(**COUNTLESS)
def _step_world(here, actions, rules, scratch, block, observation, terminal_observation, reward, sums):
    _take_actions(here, actions)
    backwards, num_agents = here.world.step % 2 == 1, here.world.num_agents
    look = look_of(here, rules, scratch, block)
    fill(look.resources, here.resources, here.world.num_resources)
    grip_all(here, rules, look, backwards)
    for tick in range(TICKS_PER_STEP):
        fill(look.near, here.agents, num_agents)
        move_all(here, rules, look, (tick % 2 == 1) != backwards)
    deliver_all(here)
    if here.world.num_teams > 1:
        fill(look.near, here.agents, num_agents)
        strike_all(here, rules, look)
    live_all(here, rules)
    _say_who_plays(here)
    _end_step(here, rules)
    pay_all(here, rules, reward, sums)
    _see_all(here, rules, look, observation)
    for a in range(here.world.num_agents):
        if here.agents[a].row_terminated or here.agents[a].row_truncated:
            for f in range(observation.shape[1]):
                terminal_observation[a, f] = observation[a, f]


@njit(**COUNTLESS)
def _see_all(here, rules, look, observation):
    """Write what each agent sees (A, D); zeros of who does not play."""
    fill(look.agents, here.agents, here.world.num_agents)
    fill(look.resources, here.resources, here.world.num_resources)
    for a in range(here.world.num_agents):
        if here.agents[a].active:
            observe(here, a, rules, look, observation[a])
        else:
            for f in range(observation.shape[1]):
                observation[a, f] = 0.0


@njit(cache=True, parallel=True, error_model="numpy")
def step_worlds(state, actions, rules, scratch, observation, terminal_observation, reward, sums):
    """Step by 0.5 s all worlds whose episode has not ended.

    Args:
        state: see State, changed in place. scratch: with room for each BLOCK of worlds begun.
        actions: (W, A, 3), push east and north within [-1, 1], grip above 0. rules: (1,) record.
        observation, terminal_observation: (W, A, D), written: what is seen now, and last seen by rows that ended.
        reward: (W, A), written. sums: (W, A, P), added to.
    """
    count = len(state.worlds)
    for block in prange((count + BLOCK - 1) // BLOCK):
        for w in range(block * BLOCK, min(count, (block + 1) * BLOCK)):
            if not state.worlds[w].done:
                seen = (observation[w], terminal_observation[w], reward[w], sums[w])
                _step_world(here_of(state, w), actions[w], rules[0], scratch, block, seen[0], seen[1], seen[2], seen[3])


@njit(cache=True, error_model="numpy")
def begin_worlds(state, which, families, draws, disturbances):
    """Begin the episodes of the worlds `which` (N,): draw those without scenario; the others are already laid out.

    Args:
        families: (F,) records. draws: (1,) record. disturbances: (W,) records.
    """
    for w in which:
        here = here_of(state, w)
        world, disturbance = here.world, disturbances[w]
        world.draw_state = mix(world.episode_seed + np.uint64(1))
        if world.scenario < 0:
            draw_episode(here, families, draws[0])
        choose_side(world, draws[0].against_rule)
        world.position_noise, world.dropped = disturbance.position_noise_m, disturbance.dropped_objects
        world.friction, world.failing = disturbance.friction, disturbance.failing
        world.action_delay = np.int64(disturbance.action_delay)
        world.value = 0.0
        for r in range(world.num_resources):
            world.value += here.resources[r].value
        for a in range(world.num_agents):
            here.agents[a].held = -1
            here.agents[a].heeds = uniform(world, 0.0, 1.0) >= world.failing
        _say_who_plays(here)


@njit(**COUNTLESS)
def observe_worlds(state, which, rules, scratch, observation):
    """Write to `observation` (W, A, D) what is seen in the worlds `which` (N,), as they stand."""
    for w in which:
        here = here_of(state, w)
        _see_all(here, rules[0], look_of(here, rules[0], scratch, 0), observation[w])
