"""What is told instead of what was wanted: nothing else, where some joint plan keeps everybody apart afterwards."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from envs.airspace.baselines.shield.compiled.pairs import FOUND_NM, KEPT_NM, all_apart, lanes_against, losses_of
from envs.airspace.baselines.shield.compiled.records import NO_TARGET, World, room_for
from envs.airspace.baselines.shield.compiled.search import search
from envs.airspace.baselines.shield.compiled.tracks import roll_out
from envs.airspace.simulation.compiled.dynamics import wrap_deg
from envs.airspace.simulation.compiled.lanes import LANES
from envs.airspace.simulation.compiled.worlds import TICKS_PER_STEP

HOLD, PLAN, ALONE = 0, 1, 2
"""Lanes: no instruction after what is wanted; the plan in hand after it; the plan in hand instead of it."""
_NONE, _WAYPOINT = 3, 2
_TURNS_DEG = (18.0, -18.0, 36.0, -36.0, 54.0, -54.0, 72.0, -72.0, 90.0, -90.0, 120.0, -120.0, 150.0, -150.0, 180.0)
_SLOWER_KT, _FASTER_KT = -40.0, 30.0
_TURNS_WITH_SPEED_DEG = (0.0, 36.0, -36.0, 72.0, -72.0, 120.0, -120.0)
_BEGINNINGS = (PLAN, HOLD, 5, 6, 11, 8, 12)
"""Lanes from which all begin in turn when a joint plan is looked for: some turn right, some left."""

_AT_HAND, _AFTER_WANTED, _INSTEAD, _GIVE_BACK, _STAGES = range(5)
"""The steps of a decision: each prepares candidates, rolls them out, and concludes."""


@njit(cache=True)
def _list_aircraft(world, losses):
    """Write who is known to be there, and who of them heeds instructions; how many, and how many heed."""
    count = steered = 0
    for a in range(world.num_aircraft):
        if world.present[a] and (world.reported[a] or not world.disturbed):
            heeds = world.active[a] and world.responds[a] != 0
            losses.tracks.slots[count], losses.steered[count] = a, heeds
            count += 1
            steered += heeds
    return count, steered


@njit(cache=True)
def _foresee(losses, count, world, fleet, limits):
    """Roll all candidates out, and forget what was looked up before."""
    losses.num_ticks[0] = TICKS_PER_STEP * roll_out(losses.tracks, count, world, fleet, limits)
    losses.known[:count, :count] = False
    losses.looks[0], losses.wanted_nm[0] = 0, FOUND_NM


@njit(cache=True)
def _want(losses, count, wanted, plan):
    """Candidates: what is wanted (A, 2), with no target or the plan in hand (A, 2) after it; the plan in hand alone."""
    tracks = losses.tracks
    for n in range(count):
        a = tracks.slots[n]
        for axis in range(2):
            tracks.first[n, axis], tracks.target[n, axis] = wanted[a, axis], NO_TARGET
            tracks.target[n, axis, PLAN], tracks.target[n, axis, ALONE] = plan[a, axis], plan[a, axis]
            tracks.first[n, axis, ALONE] = NO_TARGET


@njit(cache=True)
def _offer(losses, count, world, plan):
    """Targets of all lanes: none, the plan in hand, the waypoint, turns, and turns with a change of speed."""
    tracks = losses.tracks
    for n in range(count):
        a, lane = tracks.slots[n], _WAYPOINT
        heading, cas = world.heading[a], world.cas[a]
        tracks.target[n] = NO_TARGET
        tracks.target[n, 0, PLAN], tracks.target[n, 1, PLAN] = plan[a, 0], plan[a, 1]
        east, north = world.waypoint[a, 0] - world.position[a, 0], world.waypoint[a, 1] - world.position[a, 1]
        tracks.target[n, 0, lane] = math.degrees(math.atan2(east, north))
        for turn in _TURNS_DEG:
            lane += 1
            tracks.target[n, 0, lane] = wrap_deg(heading - 180.0 + turn) + 180.0
        low, high = world.cas_range[a, 0], world.cas_range[a, 1]
        for turn in _TURNS_WITH_SPEED_DEG:
            for change in (_SLOWER_KT, _FASTER_KT):
                lane += 1
                tracks.target[n, 0, lane] = wrap_deg(heading - 180.0 + turn) + 180.0 if turn != 0.0 else NO_TARGET
                tracks.target[n, 1, lane] = min(max(cas + change, low), high)


@njit(cache=True)
def _tell_first(losses, count, first):
    """In all lanes tell `first` (A, 2) now."""
    for n in range(count):
        for axis in range(2):
            losses.tracks.first[n, axis] = first[losses.tracks.slots[n], axis]


@njit(cache=True)
def _keep(losses, told, chosen, kept):
    """Write the chosen lanes (n,) of targets, or of what is told now, `told` (n, 2, LANES), to `kept` (A, 2)."""
    for n in range(chosen.shape[0]):
        a = losses.tracks.slots[n]
        for axis in range(2):
            kept[a, axis] = told[n, axis, chosen[n]]


@njit(cache=True)
def _offer_between(losses, count, wanted, plan, own):
    """Candidates from what is wanted (A, 2), the first lane, to what the plan itself tells (A, 2), the last one."""
    tracks = losses.tracks
    for n in range(count):
        a = tracks.slots[n]
        for axis in range(2):
            tracks.target[n, axis] = plan[a, axis]
            for i in range(LANES - 1):
                tracks.first[n, axis, i] = wanted[a, axis] + (own[a, axis] - wanted[a, axis]) * (i / (LANES - 1.0))
            tracks.first[n, axis, LANES - 1] = NO_TARGET


@njit(cache=True)
def _nearest_lane(losses, n, chosen):
    """The first lane in which aircraft `n` keeps its separation from all others as chosen; the last if none does."""
    lost = np.uint32(0)
    for b in range(chosen.shape[0]):
        if b != n:
            lost |= lanes_against(losses, n, b, chosen[b])
    for i in range(LANES - 1):
        if losses.tracks.straight[n, i] and not (lost >> np.uint32(i)) & np.uint32(1):
            return i
    return LANES - 1


@njit(cache=True)
def _give_back(losses, chosen):
    """From all in the last lane, give each in turn the first lane if it can have it, and then the nearest to it."""
    chosen[:] = LANES - 1
    for whole in (True, False):
        for n in range(chosen.shape[0]):
            if chosen[n] > 0:
                lane = _nearest_lane(losses, n, chosen)
                chosen[n] = lane if lane == 0 or not whole else chosen[n]


@njit(cache=True)
def _first_apart(losses, count):
    """The first of the lanes HOLD, PLAN, ALONE in which all keep apart, each flying its candidate there; or _NONE."""
    for lane in range(_NONE):
        if all_apart(losses, count, lane, KEPT_NM if lane == ALONE else FOUND_NM):
            return lane
    return _NONE


@njit(cache=True)
def _prepare(stage, losses, count, world, wanted, plan, own):
    """Write the candidates of a stage: `wanted`, the `plan` in hand and what it tells now, `own`, are (A, 2)."""
    if stage == _AT_HAND:
        _want(losses, count, wanted, plan)
    elif stage == _GIVE_BACK:
        _offer_between(losses, count, wanted, plan, own)
    else:
        _tell_first(losses, count, wanted if stage == _AFTER_WANTED else np.full(wanted.shape, NO_TARGET))
        _offer(losses, count, world, plan)


@njit(cache=True)
def _decide(losses, world, wanted, plan, fleet, limits):
    """Whether a plan is in hand after this decision; `wanted` and `plan` (A, 2) are changed in place.

    Stage by stage: is there a plan after what is wanted, at hand or else to be found? Is the one in hand still one, or
    can one be found that tells something else now? Then as much of what is wanted as it allows. Without any the joint
    plan is flown in which fewer lose separation.
    """
    count, steered = _list_aircraft(world, losses)
    if count < 2 or steered == 0:
        return True
    chosen, own, found = np.zeros(count, np.int64), np.full(wanted.shape, NO_TARGET), plan.copy()
    in_hand, fewest = False, 0
    for stage in range(_STAGES):
        if stage == _INSTEAD and in_hand:
            continue
        _prepare(stage, losses, count, world, wanted, plan, own)
        _foresee(losses, count, world, fleet, limits)
        if stage == _AT_HAND:
            lane = _first_apart(losses, count)
            if lane == HOLD:
                plan[:] = NO_TARGET
            if lane in (HOLD, PLAN):
                return True
            in_hand, chosen[:] = lane == ALONE, ALONE
        elif stage == _GIVE_BACK:
            _give_back(losses, chosen)
            _keep(losses, losses.tracks.given, chosen, wanted)
            return in_hand
        else:
            lost = search(losses, chosen, _BEGINNINGS)
            if stage == _AFTER_WANTED:
                fewest = lost
                _keep(losses, losses.tracks.target, chosen, found)
            if (stage == _AFTER_WANTED and lost == 0) or (stage == _INSTEAD and lost >= fewest):
                plan[:] = found
                return lost == 0
            if stage == _INSTEAD:
                in_hand = lost == 0
                _keep(losses, losses.tracks.target, chosen, plan)
        if stage != _AFTER_WANTED:
            _keep(losses, losses.tracks.given, chosen, own)
    return in_hand


@njit(cache=True)
def world_of(all_worlds, w):
    """One of many worlds."""
    return World(
        all_worlds.num_aircraft[w],
        all_worlds.disturbed[w],
        all_worlds.pressure[w],
        all_worlds.density[w],
        all_worlds.wind[w],
        all_worlds.present[w],
        all_worlds.active[w],
        all_worlds.responds[w],
        all_worlds.reported[w],
        all_worlds.kind[w],
        all_worlds.position[w],
        all_worlds.direction[w],
        all_worlds.waypoint[w],
        all_worlds.cas_range[w],
        all_worlds.action_delay[w],
        all_worlds.heading[w],
        all_worlds.tas[w],
        all_worlds.cas[w],
        all_worlds.commanded_heading[w],
        all_worlds.commanded_cas[w],
        all_worlds.commanded_tas[w],
        all_worlds.pending_action[w],
        all_worlds.report[w],
    )


@njit(cache=True)
def decide_worlds(all_worlds, which, fleet, limits, wanted, plan, in_hand):
    """Decide for the worlds `which` (N,).

    Args:
        all_worlds: a World of arrays with an axis (W,) before all others.
        limits: (1,) record of Limits.
        wanted: (W, A, 2) normalised heading and speed changes; where a loss is foreseen, changed in place.
        plan: (W, A, 2) heading and CAS of the plan in hand, NO_TARGET for none; changed in place.
        in_hand: (W,) whether there is one after it; written.
    """
    most = 0
    for w in which:
        most = max(most, all_worlds.present[w].sum())
    losses = losses_of(room_for(most))
    for w in which:
        in_hand[w] = _decide(losses, world_of(all_worlds, w), wanted[w], plan[w], fleet, limits[0])
