"""Who sees what? Each car its own state, its route ahead and its nearest neighbours, in its own frame."""

from __future__ import annotations

import numpy as np
from numba import njit

from envs.roads.simulation.compiled.courses import MOST_CLEARANCE_M
from envs.roads.simulation.compiled.signals import AMBER, GREEN, RED, shown
from envs.roads.simulation.compiled.table import CURVATURE, HARD, LEFT, RIGHT, SOFT, between, segment_within
from envs.roads.simulation.settings import STEP_S, Observation

LIMIT_OF_ALL = 10.0
"""No number seen is larger."""

_THIRD = 1.0 / 3.0

_PREVIEWS_M = (5.0, 10.0, 20.0, 40.0)
_EDGES_M = (0.0, 10.0, 20.0)
_LOOKED_AT = tuple((far, far in _PREVIEWS_M, far in _EDGES_M) for far in sorted({*_PREVIEWS_M, *_EDGES_M}))

_OWN = ("speed", "limit", "aside", "heading_error", "steering", "acceleration", "lateral", "length", "exit_distance")
_LIGHT = ("stop_ahead", "stop_distance", "stop_braking", "light_red", "light_amber", "light_time", "too_late")
_BEND = ("above_soft", "above_hard")
_PLACE = ("presence", "forward", "left", "speed_forward", "speed_left", "cosine", "sine", "length", "acceleration")
_CONFLICT = (
    "meets",
    "distance",
    "its_distance",
    "time",
    "its_time",
    "leaves",
    "it_leaves",
    "behind_it",
    "priority",
    "came_first",
)
_PLAIN_WIDTH, _WIDTH = len(_PLACE), len(_PLACE) + len(_CONFLICT)


def layout(seen: Observation) -> tuple[str, ...]:
    """The names of the numbers in one observation, in order."""
    preview = [f"curvature_{far:g}m" for far in _PREVIEWS_M]
    edges = [f"{side}_{far:g}m" for far in _EDGES_M for side in ("left", "right")]
    fields = (*_PLACE, *(_CONFLICT if seen.layout != "plain" else ()))
    neighbours = [f"neighbour_{k}_{field}" for k in range(seen.num_neighbours) for field in fields]
    courses = [f"course_{c:g}_{what}" for c in seen.courses_mps2 for what in ("clearance", "contact")]
    return (*_OWN, *_LIGHT, *_BEND, *preview, *edges, *neighbours, *(courses if seen.layout == "courses" else ()))


@njit(cache=True, inline="always", error_model="numpy")
def _clip(value):
    return min(max(value, -LIMIT_OF_ALL), LIMIT_OF_ALL)


@njit(cache=True, error_model="numpy")
def _see_itself(world, a, line, row):
    row[0], row[1] = world.speed_mps[a] / 10.0, world.limit_mps[a] / 10.0
    row[2], row[3] = _clip(world.d_m[a]), 3.0 * world.heading_error[a, 1]
    row[4], row[5] = 2.0 * world.steering_rad[a], world.acceleration_mps2[a] / 3.0
    row[6], row[7] = _clip(world.lateral_mps2[a] / 3.0), world.length_m[a] / 5.0
    row[8] = min(line.length - world.s_m[a], 100.0) / 50.0


@njit(cache=True, error_model="numpy")
def _see_light(world, a, line, lights, row):
    """The stop line ahead: how far, how hard to brake for it, its light, and whether that is red once one is there."""
    row[9:16] = 0.0
    distance = line.stop - world.s_m[a] - 0.5 * world.length_m[a]
    if not 0.0 <= distance < 200.0:
        return
    speed = world.speed_mps[a]
    row[9], row[10] = 1.0, min(distance, 100.0) / 50.0
    row[11] = min(speed * speed / (2.0 * max(distance, 0.1)), 10.0) / 3.0
    if line.signal >= 0:
        light = lights[line.signal]
        colour, change = shown(light, world.step * STEP_S)
        row[12], row[13], row[14] = colour == RED, colour == AMBER, min(change, 20.0) / 10.0
        until_there = distance / max(speed, 0.5)
        red_in = change + light.amber if colour == GREEN else change
        late = change - until_there if colour == RED else until_there - red_in
        row[15] = min(max(late / 2.0, -2.0), 2.0)


@njit(cache=True, error_model="numpy")
def _see_route(world, a, points, line, row):
    """How much too fast it is for the bends ahead, braking softly or hard; curvature and edges at some distances."""
    speed, half = world.speed_mps[a], 0.5 * world.width_m[a]
    near, part = segment_within(line, world.s_m[a])
    row[16] = _clip(_THIRD * (speed - between(points, near, part, SOFT)))
    row[17] = _clip(_THIRD * (speed - between(points, near, part, HARD)))
    bend, edge = 18, 18 + len(_PREVIEWS_M)
    for far, curves, has_edges in _LOOKED_AT:
        near, part = segment_within(line, world.s_m[a] + far)
        if curves:
            row[bend] = _clip(10.0 * between(points, near, part, CURVATURE))
            bend += 1
        if has_edges:
            row[edge] = 0.2 * min(between(points, near, part, LEFT) - half, 10.0)
            row[edge + 1] = 0.2 * min(between(points, near, part, RIGHT) - half, 10.0)
            edge += 2
    return edge


@njit(cache=True, error_model="numpy")
def _rank(world, a, most, scratch, count):
    """The `most` nearest others that are seen, of those `count` who are there: how many, their slots to `order`."""
    found, order, distances = 0, scratch.order, scratch.distances
    for n in range(count):
        b = scratch.who[n]
        if b == a or world.seen[b, 3] < 0.0:
            continue
        dx = world.x_m[b] + world.seen[b, 0] - world.x_m[a]
        dy = world.y_m[b] + world.seen[b, 1] - world.y_m[a]
        distance, place = dx * dx + dy * dy, found
        if found == most and distance >= distances[most - 1]:
            continue
        while place > 0 and distance < distances[place - 1]:
            if place < most:
                distances[place], order[place] = distances[place - 1], order[place - 1]
            place -= 1
        if place < most:
            distances[place], order[place] = distance, b
            found = min(found + 1, most)
    return found


@njit(cache=True, error_model="numpy")
def _see_place(world, a, b, row, at):
    """Where another is and how it moves, in the frame of `a`."""
    cosine, sine = world.direction[a, 0], world.direction[a, 1]
    dx = world.x_m[b] + world.seen[b, 0] - world.x_m[a]
    dy = world.y_m[b] + world.seen[b, 1] - world.y_m[a]
    speed = world.speed_mps[b] + world.seen[b, 2] if world.active[b] else 0.0
    turned_cosine = world.direction[b, 0] * cosine + world.direction[b, 1] * sine
    turned_sine = world.direction[b, 1] * cosine - world.direction[b, 0] * sine
    row[at] = 1.0
    row[at + 1], row[at + 2] = _clip(0.05 * (dx * cosine + dy * sine)), _clip(0.05 * (dy * cosine - dx * sine))
    row[at + 3] = _clip(0.1 * (speed * turned_cosine - world.speed_mps[a]))
    row[at + 4] = _clip(0.1 * speed * turned_sine)
    row[at + 5], row[at + 6] = turned_cosine, turned_sine
    row[at + 7], row[at + 8] = 0.2 * world.length_m[b], _THIRD * world.acceleration_mps2[b] if world.active[b] else 0.0


@njit(cache=True, inline="always", error_model="numpy")
def _fives(distance, per_m):
    """Fives of seconds to go so far, `per_m` of them a metre, between -2 and 2: never is 2."""
    return min(max(distance * per_m, -2.0), 2.0)


@njit(cache=True, error_model="numpy")
def _see_conflict(world, a, b, ours, theirs, row, at):
    """Where both routes meet: how far and how long until each is there and gone again, who goes first, who came first.

    Slots are in the order of entering; where each yields to the one at its right, that alone tells them apart.
    """
    enters = ours.start - world.s_m[a] - 0.5 * world.length_m[a]
    leaves = ours.until - world.s_m[a] + 0.5 * world.length_m[a]
    it_enters = theirs.start - world.s_m[b] - 0.5 * world.length_m[b]
    it_leaves = theirs.until - world.s_m[b] + 0.5 * world.length_m[b]
    if not np.isfinite(ours.start) or leaves < 0.0 or it_leaves < 0.0:
        return
    its = world.speed_mps[b] + world.seen[b, 2] if world.active[b] else 0.0
    mine_per_m, its_per_m = 0.2 / max(world.speed_mps[a], 0.5), 0.2 / max(its, 0.5)
    row[at] = 1.0
    row[at + 1], row[at + 2] = min(max(0.05 * enters, -2.0), 4.0), min(max(0.05 * it_enters, -2.0), 4.0)
    row[at + 3], row[at + 4] = _fives(enters, mine_per_m), _fives(it_enters, its_per_m)
    row[at + 5], row[at + 6] = _fives(leaves, mine_per_m), _fives(it_leaves, its_per_m)
    row[at + 7] = min(max(0.05 * (enters - it_enters), -3.0), 3.0)
    row[at + 8] = ours.priority
    row[at + 9] = 1.0 if b < a else -1.0


@njit(cache=True, error_model="numpy")
def observe(world, a, table, rules, scratch, count, row):
    """Write what car `a` sees to `row` (D,), `count` being there, once `look_along` has looked."""
    line, pairs = table.lines[world.road, world.route[a]], table.pairs[world.road, world.route[a]]
    _see_itself(world, a, line, row)
    _see_light(world, a, line, table.lights[world.road], row)
    at = _see_route(world, a, table.points, line, row)
    width = _WIDTH if rules.see_conflicts else _PLAIN_WIDTH
    found = _rank(world, a, rules.num_neighbours, scratch, count)
    row[at : at + width * rules.num_neighbours] = 0.0
    for k in range(found):
        b = scratch.order[k]
        _see_place(world, a, b, row, at + width * k)
        if rules.see_conflicts:
            theirs = table.pairs[world.road, world.route[b], world.route[a]]
            _see_conflict(world, a, b, pairs[world.route[b]], theirs, row, at + width * k + _PLAIN_WIDTH)
    at += width * rules.num_neighbours
    if rules.see_courses:
        per_m, per_s = 1.0 / MOST_CLEARANCE_M, 1.0 / rules.looks[len(rules.looks) - 1]
        for k in range(len(rules.courses)):
            row[at + 2 * k] = per_m * scratch.room[k]
            row[at + 2 * k + 1] = min(per_s * scratch.contact[k], 1.5)
