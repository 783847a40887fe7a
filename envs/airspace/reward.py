"""What is each aircraft paid? The sum of weighted parts, each recorded (order: worlds.REWARD_PARTS)."""

from __future__ import annotations

import math

from numba import njit

from envs.airspace.worlds import LOSS_NM

_KM_PER_NM = 1.852
_FREE_DRIFT_DEG = 8.0


@njit(cache=True)
def potential(separation, num_present):
    """Phi of a world's smallest separation (NM): 0.5 s/5 up to 5, 0.5 + 0.5 (s - 5)/5 up to 10, then 1."""
    if num_present < 2:
        return 1.0
    return 0.5 * min(separation, LOSS_NM) / LOSS_NM + 0.5 * min(max(separation - LOSS_NM, 0.0), 5.0) / 5.0


@njit(cache=True)
def excess_drift(drift):
    """f(x) = max(0, x - 8): degrees between heading and waypoint bearing beyond the free ones."""
    return max(0.0, drift - _FREE_DRIFT_DEG)


@njit(cache=True)
def violation_penalty(separation):
    """(5 - d)/5 below 5 NM, times 1 + 1.5 (1 - d) below 1 NM; 0 from 5 NM on."""
    if separation >= LOSS_NM:
        return 0.0
    return (LOSS_NM - separation) / LOSS_NM * (1.0 + 1.5 * max(0.0, 1.0 - separation))


@njit(cache=True)
def pay_parts(w, a, worlds, rules, drift_before, violated_before, arrived_now, timed_out):
    """Write the parts that an active aircraft earns by itself, all but the team's."""
    parts = worlds.reward_parts[w, a]
    separation = worlds.separation[w, a]
    parts[0] = rules.progress_per_km * worlds.gained[w, a] * _KM_PER_NM
    parts[1] = rules.drift_per_deg * (excess_drift(drift_before) - excess_drift(worlds.drift[w, a]))
    parts[2] = rules.violation_entry if separation < LOSS_NM and not violated_before else 0.0
    parts[3] = rules.violation_step * violation_penalty(separation)
    parts[4] = rules.action * (abs(worlds.applied_action[w, a, 0]) + abs(worlds.applied_action[w, a, 1]))
    parts[5] = rules.time_per_s * worlds.active_ticks[w, a]
    parts[6] = rules.arrival if arrived_now else 0.0
    parts[7] = rules.timeout if timed_out else 0.0


@njit(cache=True)
def responsibility(w, a, worlds):
    """The number of other present aircraft within 5 NM at the end of the step."""
    count = 0
    for b in range(worlds.num_aircraft[w]):
        if b != a and worlds.present[w, b]:
            east = worlds.position[w, b, 0] - worlds.position[w, a, 0]
            north = worlds.position[w, b, 1] - worlds.position[w, a, 1]
            count += math.sqrt(east * east + north * north) < LOSS_NM
    return count


@njit(cache=True)
def pay_team(w, worlds, rules, before, after):
    """Write the team part: weight (gamma Phi' - Phi), Phi' = 0 for an aircraft whose task ends here.

    Potential-based as in Ng, Harada, Russell (ICML 1999) with equal shares; with shares by responsibility it is not,
    and may change what is optimal.
    """
    num_active, total = 0, 0
    for a in range(worlds.num_aircraft[w]):
        if worlds.was_active[w, a]:
            num_active += 1
            total += responsibility(w, a, worlds) if rules.share_by_responsibility else 0
    for a in range(worlds.num_aircraft[w]):
        if not worlds.was_active[w, a]:
            continue
        share = 1.0 if total == 0 else responsibility(w, a, worlds) * num_active / total
        next_potential = 0.0 if worlds.row_terminated[w, a] else after
        worlds.reward_parts[w, a, 8] = rules.team_weight * share * (rules.discount * next_potential - before)
