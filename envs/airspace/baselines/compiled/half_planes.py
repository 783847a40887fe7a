"""Which velocities may an aircraft choose beside another, if both take their shares of the avoidance?

J. van den Berg, S. Guy, M. Lin and D. Manocha, "Reciprocal n-body collision avoidance", Robotics Research (2011): the
velocity obstacle of a pair are the relative velocities that bring it closer than its zone within a horizon, a cone cut
off by a circle. The smallest change that leads out of it, or to its edge, is shared: half each.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from envs.airspace.baselines.compiled.linear_program import solve


@njit(cache=True, error_model="numpy")
def _leave_circle(east, north, east_kt, north_kt, zone, horizon, change):
    """The smallest change of relative velocity to the edge of the circle, in place; and the edge's direction."""
    off_east, off_north = east_kt - east / horizon, north_kt - north / horizon
    off = math.sqrt(off_east * off_east + off_north * off_north)
    off_east, off_north = (off_east / off, off_north / off) if off > 0.0 else (0.0, 1.0)
    needed = zone / horizon - off
    change[0], change[1] = needed * off_east, needed * off_north
    change[2], change[3] = off_north, -off_east


@njit(cache=True, error_model="numpy")
def _leave_leg(east, north, east_kt, north_kt, zone, left, change):
    """The same to the nearer leg of the cone."""
    squared = east * east + north * north
    leg = math.sqrt(squared - zone * zone)
    side = 1.0 if left else -1.0
    along_east, along_north = (
        side * (east * leg - side * north * zone) / squared,
        side * (side * east * zone + north * leg) / squared,
    )
    dot = east_kt * along_east + north_kt * along_north
    change[0], change[1] = dot * along_east - east_kt, dot * along_north - north_kt
    change[2], change[3] = along_east, along_north


@njit(cache=True, error_model="numpy")
def avoid(east, north, east_kt, north_kt, zone, horizon, shortest, change):
    """Write the smallest change of relative velocity out of the velocity obstacle, or to its edge, to `change` (4,).

    Args:
        east, north: where the other is from here, NM. east_kt, north_kt: own velocity less the other's.
        zone: the distance to keep, NM. horizon: h. shortest: h, within which who is inside the zone leaves it.
        change: kt, and the direction of the edge, to the left of which velocities are free.
    """
    squared = east * east + north * north
    if squared <= zone * zone:
        _leave_circle(east, north, east_kt, north_kt, zone, shortest, change)
        return
    off_east, off_north = east_kt - east / horizon, north_kt - north / horizon
    dot, length2 = off_east * east + off_north * north, off_east * off_east + off_north * off_north
    if dot < 0.0 and dot * dot > zone * zone * length2:
        _leave_circle(east, north, east_kt, north_kt, zone, horizon, change)
    else:
        _leave_leg(east, north, east_kt, north_kt, zone, east * off_north - north * off_east > 0.0, change)


@njit(cache=True, error_model="numpy")
def _by_distance(own, others, heard, a, order, distances):
    """Write whom `a` has heard of to `order`, the nearest first, of equals the first; how many."""
    count = 0
    for b in range(others.shape[0]):
        if b == a or not heard[b]:
            continue
        east, north = others[b, 0] - own[0], others[b, 1] - own[1]
        squared, place = east * east + north * north, count
        while place > 0 and distances[place - 1] > squared:
            order[place], distances[place] = order[place - 1], distances[place - 1]
            place -= 1
        order[place], distances[place] = b, squared
        count += 1
    return count


@njit(cache=True, error_model="numpy")
def _bound(position, velocity, others, others_kt, shares, order, count, zone, horizon, shortest, change, planes):
    """Write the half-plane beside each of those in `order` to `planes`."""
    for n in range(count):
        b = order[n]
        avoid(
            others[b, 0] - position[0],
            others[b, 1] - position[1],
            velocity[0] - others_kt[b, 0],
            velocity[1] - others_kt[b, 1],
            zone,
            horizon,
            shortest,
            change,
        )
        planes[n, 0], planes[n, 1] = velocity[0] + shares[b] * change[0], velocity[1] + shares[b] * change[1]
        planes[n, 2], planes[n, 3] = change[2], change[3]


@njit(cache=True, error_model="numpy")
def choose(acts, position, velocity, wanted, fastest, heard, others, others_kt, shares, zone, horizon, shortest, found):
    """Write the velocity that each aircraft that acts chooses to `found` (W, A, 2), kt; the others' stay.

    A world's numbers depend on its own alone. All others that were heard of count, the nearest first.

    Args:
        acts: (W, A) bool. position, velocity, wanted: (W, A, 2) own ones, NM and kt. fastest: (W, A) kt.
        heard: (W, A) bool. others, others_kt: (W, A, 2) as the others know them. shares: (W, A) which part of the
            avoidance falls to who meets this one: 0.5, or 1 where it does not avoid.
        zone: NM. horizon, shortest: h.
    """
    num_worlds, num_slots = acts.shape
    order, distances, change = np.zeros(num_slots, np.int64), np.zeros(num_slots), np.zeros(4)
    planes, bisectors = np.zeros((num_slots, 4)), np.zeros((num_slots, 4))
    for w in range(num_worlds):
        for a in range(num_slots):
            if not acts[w, a]:
                continue
            own, own_kt = position[w, a], velocity[w, a]
            count = _by_distance(own, others[w], heard[w], a, order, distances)
            _bound(
                own, own_kt, others[w], others_kt[w], shares[w], order, count, zone, horizon, shortest, change, planes
            )
            solve(planes, count, fastest[w, a], wanted[w, a, 0], wanted[w, a, 1], bisectors, found[w, a])
