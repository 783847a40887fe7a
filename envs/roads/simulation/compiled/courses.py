"""What would each of several held accelerations meet, if all others keep their speeds and their routes?

A car goes on along its route and its offset, in each course by one acceleration, never backwards and no faster than
the limit (or than it is); the others as they are. At some times ahead the clearances of their capsules are taken.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from envs.roads.simulation.compiled.boxes import clearances
from envs.roads.simulation.compiled.table import place

MOST_CLEARANCE_M = 4.0
"""Farther apart is as good."""

CORNERS_M = 0.4
"""By which corners of a car stand out of its capsule: so much less is clear."""

TTC_HORIZON_S = 2.0
"""Times to collision beyond this are not told apart from none."""


@njit(cache=True, error_model="numpy")
def foresee(world, points, lines, rules, scratch, count):
    """Write where each of those `count` who are there will be, at T times ahead: x, y and direction."""
    for n in range(count):
        b = scratch.who[n]
        line = lines[world.route[b]]
        speed = max(world.speed_mps[b] + world.seen[b, 2], 0.0) if world.active[b] else 0.0
        for t in range(rules.num_looks):
            ahead = speed * (t + 1) * rules.look_every
            x, y, cosine, sine = place(points, line, world.s_m[b] + ahead, world.d_m[b])
            future = scratch.future[t, n]
            future[0], future[1] = x + world.seen[b, 0], y + world.seen[b, 1]
            future[2], future[3] = cosine, sine


@njit(cache=True, inline="always", error_model="numpy")
def gone(speed, acceleration, most, time):
    """How far a car comes in `time` by an acceleration: it stops, or holds `most` m/s once it has them."""
    until = time
    if acceleration > 0.0:
        until = min(time, max(0.0, (most - speed) / acceleration))
    elif acceleration < 0.0:
        until = min(time, -speed / acceleration)
    after = max(speed, most) if acceleration > 0.0 else 0.0
    return speed * until + 0.5 * acceleration * until * until + (after * (time - until) if acceleration != 0.0 else 0.0)


@njit(cache=True, error_model="numpy")
def _when(world, a, b, ours, theirs, most, rules):
    """The first and last look at which two can come near each other, where their routes meet; none: last < first."""
    every, never = rules.look_every, rules.num_looks
    if not world.active[b]:
        return 0, never - 1
    its, half, its_half = world.speed_mps[b], 0.5 * world.length_m[a], 0.5 * world.length_m[b]
    leaves = ours.until + MOST_CLEARANCE_M - world.s_m[a] + half
    it_leaves = theirs.until + MOST_CLEARANCE_M - world.s_m[b] + its_half
    if ours.start == np.inf or leaves < 0.0 or it_leaves < 0.0:
        return 0, -1
    enters = ours.start - MOST_CLEARANCE_M - world.s_m[a] - half
    it_enters = theirs.start - MOST_CLEARANCE_M - world.s_m[b] - its_half
    first = max(enters / max(most, 0.1), it_enters / max(its, 0.01))
    last = it_leaves / max(its, 0.01)
    begin = min(max(first / every - 1.0, 0.0), float(never))
    end = min(last / every - 1.0, never - 1.0)
    return np.int64(np.ceil(begin)), np.int64(np.floor(end))


@njit(cache=True, error_model="numpy")
def _surround(world, a, t, points, line, rules, most, scratch):
    """Draw a circle around all places where a car can be at time t, to `circle`."""
    speed, time = world.speed_mps[a], (t + 1) * rules.look_every
    low = gone(speed, rules.courses[0], most, time)
    half = 0.5 * (gone(speed, rules.courses[len(rules.courses) - 1], most, time) - low)
    x, y, _, _ = place(points, line, world.s_m[a] + low + half, world.d_m[a])
    scratch.circle[t, 0], scratch.circle[t, 1] = x, y
    scratch.circle[t, 2] = 1.1 * half + MOST_CLEARANCE_M + 0.5 * world.length_m[a]
    scratch.laid_out[t] = 0


@njit(cache=True, error_model="numpy")
def _lay_out(world, a, t, points, line, rules, most, scratch):
    """Where a car is at time t by each course, to `path`."""
    speed, time, path = world.speed_mps[a], (t + 1) * rules.look_every, scratch.path[t]
    for k in range(len(rules.courses)):
        s = world.s_m[a] + gone(speed, rules.courses[k], most, time)
        path[0, k], path[1, k], path[2, k], path[3, k] = place(points, line, s, world.d_m[a])
    scratch.laid_out[t] = 1


@njit(cache=True, error_model="numpy")
def _reaches(world, b, t, future, scratch):
    """Whether another is at time t so near that some course may come close to it."""
    dx, dy = future[0] - scratch.circle[t, 0], future[1] - scratch.circle[t, 1]
    far = scratch.circle[t, 2] + 0.5 * world.length_m[b]
    return dx * dx + dy * dy < far * far


@njit(cache=True, error_model="numpy")
def _is_ahead(world, a, b):
    dx, dy = world.x_m[b] - world.x_m[a], world.y_m[b] - world.y_m[a]
    return dx * world.direction[a, 0] + dy * world.direction[a, 1] > 0.0


@njit(cache=True, error_model="numpy")
def _look_at(world, a, b, t, future, rules, scratch):
    """Take the clearances of all courses from another at time t."""
    num, time = len(rules.courses), (t + 1) * rules.look_every
    sizes = world.length_m[a], world.width_m[a], world.length_m[b], world.width_m[b]
    clearances(scratch.path[t], num, future, sizes, scratch.apart)
    for k in range(num):
        apart = scratch.apart[k] - CORNERS_M
        scratch.room[k] = min(scratch.room[k], apart)
        scratch.contact[k] = min(scratch.contact[k], time if apart <= 0.0 else np.inf)
    if scratch.apart[rules.holding] <= CORNERS_M and time <= TTC_HORIZON_S and _is_ahead(world, a, b):
        world.ttc_s[a] = min(world.ttc_s[a], time)


@njit(cache=True, error_model="numpy")
def look_along(world, a, table, rules, scratch, count):
    """Write each course's smallest clearance (m, `room`) and the time until contact (s, `contact`; inf: none).

    Only those are looked at whose routes meet this car's ahead of both, or who stand in the way. Writes the car's time
    to collision, too: of the course that holds its speed, with those who are ahead now.
    """
    line, pairs = table.lines[world.road, world.route[a]], table.pairs[world.road]
    scratch.room[:] = MOST_CLEARANCE_M
    scratch.contact[:] = np.inf
    scratch.circle[:, 2] = -1.0  # none is drawn yet
    world.ttc_s[a] = np.inf
    most = max(world.speed_mps[a], world.limit_mps[a])
    for n in range(count):
        b = scratch.who[n]
        if b == a or world.seen[b, 3] < 0.0:
            continue
        ours, theirs = pairs[world.route[a], world.route[b]], pairs[world.route[b], world.route[a]]
        first, last = _when(world, a, b, ours, theirs, most, rules)
        for t in range(first, last + 1):
            if scratch.circle[t, 2] < 0.0:
                _surround(world, a, t, table.points, line, rules, most, scratch)
            if not _reaches(world, b, t, scratch.future[t, n], scratch):
                continue
            if not scratch.laid_out[t]:
                _lay_out(world, a, t, table.points, line, rules, most, scratch)
            _look_at(world, a, b, t, scratch.future[t, n], rules, scratch)
