"""Which candidates of two aircraft lose separation? In every tick until all fly straight, and after that for ever."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from envs.airspace.baselines.shield.compiled.records import Tracks
from envs.airspace.simulation.compiled.lanes import LANES, MOVE_EAST, MOVE_NORTH
from envs.airspace.simulation.compiled.separation import closest_squared
from envs.airspace.simulation.compiled.worlds import LOSS_NM, TICKS_PER_STEP

FOUND_NM, KEPT_NM = LOSS_NM + 1e-6, LOSS_NM + 5e-7
"""What a plan has to keep to be taken in hand, and to stay there: rounding, of the order of 1e-13 NM, drops none."""


class Losses(NamedTuple):
    """Which pairs of candidates lose separation, looked up when first asked for.

    Attributes:
        tracks: of n aircraft.
        num_ticks: (1,) that were rolled out.
        steered: (n,) who heeds instructions; of two that do not nothing is asked.
        lanes: (n, n, LANES) bit k of [a, b, l]: a in lane k loses separation from b in lane l.
        known: (n, n, LANES) which of them have been looked up.
        looks: (1,) how often that was done.
        wanted_nm: (1,) the smallest distance that is none.
    """

    tracks: Tracks
    num_ticks: np.ndarray
    steered: np.ndarray
    lanes: np.ndarray
    known: np.ndarray
    looks: np.ndarray
    wanted_nm: np.ndarray


@njit(cache=True)
def losses_of(tracks):
    """Nothing looked up."""
    count = tracks.slots.shape[0]
    return Losses(
        tracks,
        np.zeros(1, np.int64),
        np.zeros(count, np.bool_),
        np.zeros((count, count, LANES), np.uint32),
        np.zeros((count, count, LANES), np.bool_),
        np.zeros(1, np.int64),
        np.full(1, FOUND_NM),
    )


@njit(cache=True, error_model="numpy")
def _nearest_nm(one, other, lane, lanes):
    """The smallest distance of `one` (2, LANES) in `lanes` (first, last) from `other` in one lane."""
    smallest = np.inf
    for i in range(lanes[0], lanes[1]):
        east, north = one[0, i] - other[0, lane], one[1, i] - other[1, lane]
        smallest = min(smallest, east * east + north * north)
    return math.sqrt(smallest)


@njit(cache=True, error_model="numpy")
def _lost_in_tick(one, other, gone, tick, lane, lanes, wanted_nm2, lost):
    """Mark the lanes of `one` (T + 1, 2, LANES) that lose separation from `other` in the tick that ends at `tick`."""
    east_other, north_other = other[tick - 1, 0, lane], other[tick - 1, 1, lane]
    move_east_other, move_north_other = other[tick, 0, lane] - east_other, other[tick, 1, lane] - north_other
    for i in range(lanes[0], lanes[1]):
        east, north = one[tick - 1, 0, i], one[tick - 1, 1, i]
        move_east, move_north = one[tick, 0, i] - east - move_east_other, one[tick, 1, i] - north - move_north_other
        squared = closest_squared(east - east_other, north - north_other, move_east, move_north)
        lost[i] |= (squared < wanted_nm2) & (tick < gone[i])


@njit(cache=True, error_model="numpy")
def _lost_later(losses, a, b, lane, lanes, lost):
    """Mark the lanes of `a` that lose separation from `b` after the last tick, both straight on until they are gone."""
    tracks, tick, wanted_nm2 = losses.tracks, losses.num_ticks[0], losses.wanted_nm[0] ** 2
    for i in range(lanes[0], lanes[1]):
        east = tracks.position[b, tick, 0, lane] - tracks.position[a, tick, 0, i]
        north = tracks.position[b, tick, 1, lane] - tracks.position[a, tick, 1, i]
        move_east = tracks.rows[b, MOVE_EAST + lane] - tracks.rows[a, MOVE_EAST + i]
        move_north = tracks.rows[b, MOVE_NORTH + lane] - tracks.rows[a, MOVE_NORTH + i]
        until = min(tracks.until_s[a, i], tracks.until_s[b, lane])
        squared_speed = move_east * move_east + move_north * move_north
        seconds = -(east * move_east + north * move_north) / squared_speed if squared_speed > 0.0 else 0.0
        seconds = min(max(seconds, 0.0), until)
        east, north = east + seconds * move_east, north + seconds * move_north
        lost[i] |= (until > 0.0) & (east * east + north * north < wanted_nm2)


@njit(cache=True, error_model="numpy")
def lost_lanes(losses, a, b, lane, lanes):
    """Bits of the `lanes` (first, last) in which `a` loses separation from `b` in lane `lane`.

    Ticks in which they cannot meet, however they turn, are passed over.
    """
    tracks, lost = losses.tracks, np.zeros(LANES, np.bool_)
    one, other, reach_nm = tracks.position[a], tracks.position[b], 2.0 * tracks.fastest[0] / 3600.0
    wanted_nm = losses.wanted_nm[0]
    tick, end = 0, min(losses.num_ticks[0], tracks.gone[b, lane] - 1)
    while tick < end:
        apart = _nearest_nm(one[tick], other[tick], lane, lanes) - wanted_nm
        free = int(apart / reach_nm)
        if free > 0:
            tick += free
            continue
        ends = min(tick + TICKS_PER_STEP // 2, end)
        while tick < ends:
            tick += 1
            _lost_in_tick(one, other, tracks.gone[a], tick, lane, lanes, wanted_nm * wanted_nm, lost)
    _lost_later(losses, a, b, lane, lanes, lost)
    bits = np.uint32(0)
    for i in range(lanes[0], lanes[1]):
        if lost[i]:
            bits |= np.uint32(1) << np.uint32(i)
    return bits


@njit(cache=True)
def lanes_against(losses, a, b, lane):
    """Bits of all lanes in which `a` loses separation from `b` in lane `lane`."""
    if not (losses.steered[a] or losses.steered[b]):
        return np.uint32(0)
    if not losses.known[a, b, lane]:
        losses.lanes[a, b, lane] = lost_lanes(losses, a, b, lane, (0, LANES))
        losses.known[a, b, lane] = True
        losses.looks[0] += 1
    return losses.lanes[a, b, lane]


@njit(cache=True)
def all_apart(losses, count, lane, wanted_nm):
    """Whether all fly straight in the end and nobody loses separation, each flying its candidate of one lane."""
    losses.wanted_nm[0] = wanted_nm
    for a in range(count):
        if not losses.tracks.straight[a, lane]:
            return False
    for a in range(count):
        for b in range(a + 1, count):
            steered = losses.steered[a] or losses.steered[b]
            if steered and lost_lanes(losses, a, b, lane, (lane, lane + 1)) != 0:
                return False
    return True
