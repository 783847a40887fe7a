"""What would each of several held accelerations meet, if all others keep their speeds and their routes?

A car goes on along its route and its offset, in each course by one acceleration, never backwards and no faster than
the limit (or than it is); the others as they are. At some times ahead the clearances of their capsules are taken.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from envs.roads.simulation.compiled.boxes import clearances
from envs.roads.simulation.compiled.table import place_roughly

MOST_CLEARANCE_M = 4.0
"""Farther apart is as good."""

CORNERS_M = 0.4
"""By which corners of a car stand out of its capsule: so much less is clear."""

TTC_HORIZON_S = 2.0
"""Times to collision beyond this are not told apart from none."""

_CORNERS_M, _NOTHING, _NEVER = np.float32(CORNERS_M), np.float32(0.0), np.float32(np.inf)


@njit(cache=True, error_model="numpy")
def foresee(world, points, lines, rules, scratch, count):
    """Write where each of those `count` who are there will be, at T times ahead: x, y and direction."""
    for n in range(count):
        b = scratch.who[n]
        line = lines[world.route[b]]
        speed = max(world.speed_mps[b] + world.seen[b, 2], 0.0) if world.active[b] else 0.0
        for t in range(len(rules.looks)):
            x, y, cosine, sine = place_roughly(points, line, world.s_m[b] + speed * rules.looks[t], world.d_m[b])
            future = scratch.future[t, n]
            future[0], future[1] = x + world.seen[b, 0], y + world.seen[b, 1]
            future[2], future[3] = cosine, sine


@njit(cache=True, inline="always", error_model="numpy")
def _held(speed, acceleration, most):
    """For how long an acceleration is held, and at which speed one goes on: it stops, or holds `most` m/s."""
    if acceleration > 0.0:
        return max(0.0, (most - speed) / acceleration), max(speed, most)
    if acceleration < 0.0:
        return -speed / acceleration, 0.0
    return np.inf, speed


@njit(cache=True, inline="always", error_model="numpy")
def _by_then(speed, half, until, after, time):
    """How far one comes in `time`: until a moment by an acceleration, of which `half` is told, then at a speed."""
    held = min(time, until)
    return speed * held + half * held * held + after * (time - held)


def gone(speed: float, acceleration: float, most: float, time: float) -> float:
    """How far a car comes in `time` by an acceleration: it stops, or holds `most` m/s once it has them."""
    until, after = _held.py_func(speed, acceleration, most)
    return float(_by_then.py_func(speed, 0.5 * acceleration, until, after, time))


@njit(cache=True, error_model="numpy")
def _set_out(world, a, rules, most, scratch):
    """Begin with a car: nothing is met yet, and for how long each course holds its acceleration."""
    scratch.room[:] = MOST_CLEARANCE_M
    scratch.contact[:] = np.inf
    scratch.circle[:, 2] = -1.0  # none is drawn yet
    scratch.sizes[0], scratch.sizes[1] = world.length_m[a], world.width_m[a]
    for k in range(len(rules.courses)):
        scratch.half[k] = 0.5 * rules.courses[k]
        scratch.until[k], scratch.after[k] = _held(world.speed_mps[a], rules.courses[k], most)


@njit(cache=True, error_model="numpy")
def _when(world, a, b, ours, theirs, most, looks):
    """The first look at which two can come near each other, where their routes meet, and the one after the last."""
    if not world.active[b]:
        return 0, len(looks)
    its, half, its_half = world.speed_mps[b], 0.5 * world.length_m[a], 0.5 * world.length_m[b]
    leaves = ours.until + MOST_CLEARANCE_M - world.s_m[a] + half
    it_leaves = theirs.until + MOST_CLEARANCE_M - world.s_m[b] + its_half
    if ours.start == np.inf or leaves < 0.0 or it_leaves < 0.0:
        return 0, 0
    enters = ours.start - MOST_CLEARANCE_M - world.s_m[a] - half
    it_enters = theirs.start - MOST_CLEARANCE_M - world.s_m[b] - its_half
    each_m = 1.0 / max(its, 0.01)
    first, last = max(enters / max(most, 0.1), it_enters * each_m), it_leaves * each_m
    begin, end = 0, len(looks)
    while begin < end and looks[begin] < first:
        begin += 1
    while begin < end and looks[end - 1] > last:
        end -= 1
    return begin, end


@njit(cache=True, inline="always", error_model="numpy")
def _ahead(world, a, k, time, scratch):
    """How far a car comes by a course."""
    return _by_then(world.speed_mps[a], scratch.half[k], scratch.until[k], scratch.after[k], time)


@njit(cache=True, error_model="numpy")
def _surround(world, a, t, points, line, rules, scratch):
    """Draw a circle around all places where a car can be at time t, to `circle`."""
    low = _ahead(world, a, 0, rules.looks[t], scratch)
    half = 0.5 * (_ahead(world, a, len(rules.courses) - 1, rules.looks[t], scratch) - low)
    x, y, _, _ = place_roughly(points, line, world.s_m[a] + low + half, world.d_m[a])
    scratch.circle[t, 0], scratch.circle[t, 1] = x, y
    scratch.circle[t, 2] = 1.1 * half + MOST_CLEARANCE_M + 0.5 * world.length_m[a]
    scratch.laid_out[t] = 0


@njit(cache=True, error_model="numpy")
def _lay_out(world, a, t, points, line, rules, scratch):
    """Where a car is at time t by each course, to `path`."""
    time, path = rules.looks[t], scratch.path[t]
    for k in range(len(rules.courses)):
        s = world.s_m[a] + _ahead(world, a, k, time, scratch)
        path[0, k], path[1, k], path[2, k], path[3, k] = place_roughly(points, line, s, world.d_m[a])
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
def _look_at(world, a, b, time, path, future, rules, scratch):
    """Take the clearances of all courses from another at a time ahead."""
    apart, room, contact = scratch.apart, scratch.room, scratch.contact
    clearances(path, future, scratch.sizes, apart)
    when = np.float32(time)
    for k in range(apart.shape[0]):
        clear = apart[k] - _CORNERS_M
        room[k] = min(room[k], clear)
        contact[k] = min(contact[k], when if clear <= _NOTHING else _NEVER)
    if apart[rules.holding] <= _CORNERS_M and time <= TTC_HORIZON_S and _is_ahead(world, a, b):
        world.ttc_s[a] = min(world.ttc_s[a], time)


@njit(cache=True, error_model="numpy")
def look_along(world, a, table, rules, scratch, count):
    """Write each course's smallest clearance (m, `room`) and the time until contact (s, `contact`; inf: none).

    Only those are looked at whose routes meet this car's ahead of both, or who stand in the way. Writes the car's time
    to collision, too: of the course that holds its speed, with those who are ahead now.
    """
    line, pairs = table.lines[world.road, world.route[a]], table.pairs[world.road]
    world.ttc_s[a] = np.inf
    most = max(world.speed_mps[a], world.limit_mps[a])
    _set_out(world, a, rules, most, scratch)
    for n in range(count):
        b = scratch.who[n]
        if b == a or world.seen[b, 3] < 0.0:
            continue
        ours, theirs = pairs[world.route[a], world.route[b]], pairs[world.route[b], world.route[a]]
        begin, end = _when(world, a, b, ours, theirs, most, rules.looks)
        scratch.sizes[2], scratch.sizes[3] = world.length_m[b], world.width_m[b]
        for t in range(begin, end):
            future = scratch.future[t, n]
            if scratch.circle[t, 2] < 0.0:
                _surround(world, a, t, table.points, line, rules, scratch)
            if not _reaches(world, b, t, future, scratch):
                continue
            if not scratch.laid_out[t]:
                _lay_out(world, a, t, table.points, line, rules, scratch)
            _look_at(world, a, b, rules.looks[t], scratch.path[t], future, rules, scratch)
