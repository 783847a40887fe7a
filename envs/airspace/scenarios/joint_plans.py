"""Which combinations of plans keep everybody apart: pair by pair on recorded tracks, in compiled loops."""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from envs.airspace.scenarios.plan_tracks import Tracks
from envs.airspace.simulation.compiled.separation import closest_squared
from envs.airspace.simulation.compiled.worlds import LOSS_NM


def first_losses(tracks: Tracks, leave: bool, margin_nm: float = 0.0) -> np.ndarray:
    """The step (from 1) in which each pair of plans first loses separation: (A, A, P, P) for a < b; T + 1 if never.

    Between two steps both are taken to fly straight; in a turn that is off by up to 0.03 NM each.

    Args:
        leave: whether aircraft vanish where they arrive.
        margin_nm: wanted on top of 5 NM.
    """
    position = np.ascontiguousarray(tracks.position_nm.transpose(1, 0, 2, 3))
    return _first_losses(position, np.ascontiguousarray(tracks.arrival_step.T), leave, (LOSS_NM + margin_nm) ** 2)


def clear_share(tracks: Tracks, losses: np.ndarray, rng: np.random.Generator, num_combinations: int) -> float:
    """The share of joint plans in which all arrive and no pair loses separation until the last arrival.

    Every aircraft's plan is drawn on its own; half a joint plan is added, so that a share is never 0 nor 1.
    """
    num_plans, count = tracks.arrival_step.shape
    chosen = rng.integers(0, num_plans, (num_combinations, count))
    clear = _num_clear(chosen, np.ascontiguousarray(tracks.arrival_step.T), losses, tracks.position_nm.shape[2] - 1)
    return (clear + 0.5) / (num_combinations + 1.0)


def find_combination(
    tracks: Tracks, losses: np.ndarray, rng: np.random.Generator, tries: int
) -> tuple[np.ndarray, int]:
    """A plan's number for each aircraft (A,), and how many conflicts are left: 0 where a clear combination was found.

    Min-conflicts search (Minton et al., Artificial Intelligence 58, 1992): from a random combination, give an aircraft
    in conflict that plan with the fewest conflicts left, until there are none or it does not get better; `tries` times.
    Of clear combinations the one with the earliest arrivals is taken.
    """
    num_plans, count = tracks.arrival_step.shape
    starts = rng.integers(0, num_plans, (tries, count))
    turns = rng.integers(0, count, (tries, 8 * count))
    return _min_conflicts(
        starts, turns, np.ascontiguousarray(tracks.arrival_step.T), losses, tracks.position_nm.shape[2] - 1
    )


@njit(cache=True)
def _first_loss(one, other, num_steps, wanted_squared):
    """The first step (from 1) among `num_steps` in which two tracks (T + 1, 2) come closer than wanted; else T + 1."""
    for t in range(num_steps):
        east, north = other[t, 0] - one[t, 0], other[t, 1] - one[t, 1]
        move_east = other[t + 1, 0] - one[t + 1, 0] - east
        move_north = other[t + 1, 1] - one[t + 1, 1] - north
        if closest_squared(east, north, move_east, move_north) < wanted_squared:
            return t + 1
    return one.shape[0]


@njit(cache=True, parallel=True)
def _first_losses(position, arrival_step, leave, wanted_squared):
    count, num_plans, num_positions, _ = position.shape
    losses = np.full((count, count, num_plans, num_plans), num_positions, np.int32)
    for p in prange(num_plans):
        for a in range(count):
            for b in range(a + 1, count):
                for q in range(num_plans):
                    num_steps = num_positions - 1
                    if leave:
                        num_steps = min(num_steps, arrival_step[a, p], arrival_step[b, q])
                    losses[a, b, p, q] = _first_loss(position[a, p], position[b, q], num_steps, wanted_squared)
    return losses


@njit(cache=True)
def _num_conflicts(chosen, arrival_step, losses, num_steps):
    """Pairs that lose separation until the last arrival; an aircraft that never arrives weighs more than all pairs."""
    count, last, conflicts = chosen.shape[0], 0, 0
    for a in range(count):
        step = arrival_step[a, chosen[a]]
        if step > num_steps:
            conflicts += count * count
        last = max(last, min(step, num_steps))
    for a in range(count):
        for b in range(a + 1, count):
            conflicts += losses[a, b, chosen[a], chosen[b]] <= last
    return conflicts


@njit(cache=True)
def _num_clear(chosen, arrival_step, losses, num_steps):
    clear = 0
    for n in range(chosen.shape[0]):
        clear += _num_conflicts(chosen[n], arrival_step, losses, num_steps) == 0
    return clear


@njit(cache=True)
def _improve(chosen, a, arrival_step, losses, num_steps):
    """Give aircraft `a` the plan with the fewest conflicts left, of equals the earliest arrival; returns how many."""
    best_plan, fewest = chosen[a], _num_conflicts(chosen, arrival_step, losses, num_steps)
    for plan in range(arrival_step.shape[1]):
        chosen[a] = plan
        conflicts = _num_conflicts(chosen, arrival_step, losses, num_steps)
        earlier = arrival_step[a, plan] < arrival_step[a, best_plan]
        if conflicts < fewest or (conflicts == fewest and earlier):
            best_plan, fewest = plan, conflicts
    chosen[a] = best_plan
    return fewest


@njit(cache=True)
def _min_conflicts(starts, turns, arrival_step, losses, num_steps):
    best, fewest, earliest = starts[0].copy(), np.iinfo(np.int64).max, np.iinfo(np.int64).max
    for n in range(starts.shape[0]):
        chosen = starts[n].copy()
        conflicts = _num_conflicts(chosen, arrival_step, losses, num_steps)
        for turn in range(turns.shape[1]):
            conflicts = _improve(chosen, turns[n, turn], arrival_step, losses, num_steps)
        arrivals = 0
        for a in range(chosen.shape[0]):
            arrivals += arrival_step[a, chosen[a]]
        if conflicts < fewest or (conflicts == fewest and arrivals < earliest):
            best, fewest, earliest = chosen, conflicts, arrivals
    return best, fewest
