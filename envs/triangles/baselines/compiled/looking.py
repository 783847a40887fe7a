"""Rules in compiled code: the most cleared cells at once, and a beam search over the shapes that are known."""

from __future__ import annotations

import numpy as np
from numba import njit

from envs.ground.compiled.random_draws import advance, mix
from envs.triangles.simulation.compiled.rules import fitting, lay, nearly_full, place_of, room_of
from envs.triangles.simulation.compiled.worlds import NONE, OFFERED
from envs.triangles.simulation.lattice import NUM_PLACES

_NOTHING = -1.0e300


@njit(cache=True)
def greedy_choice(tables, world, draw):
    """The choice that clears most cells; among equals it draws by `draw`, a uint64."""
    upper, lower = world.taken[0], world.taken[1]
    nearly = nearly_full(tables, upper, lower)
    chosen, most, equals = 0, -1, 0
    for slot in range(OFFERED):
        if world.offer[slot] == NONE:
            continue
        words = fitting(tables, upper, lower, world.offer[slot])
        for word in range(2):
            left = words[word]
            while left:
                bit = left & -left
                left ^= bit
                place = place_of(bit, word)
                cleared = lay(tables, upper, lower, nearly, world.offer[slot], place)[2]
                if cleared > most:
                    most, equals = cleared, 0
                if cleared == most:
                    equals += 1
                    draw = advance(draw)
                    if mix(draw) % np.uint64(equals) == 0:
                        chosen = slot * NUM_PLACES + place
    return chosen


@njit(cache=True)
def _keep(nodes, values, count, node, value):
    """Insert a node into the best ones by their values, largest first; returns how many there are.

    Equal positions are kept once: the same cells taken by the same shapes in another order.
    """
    width = len(values)
    if count == width and value <= values[width - 1]:
        return count
    at = count
    while at > 0 and values[at - 1] < value:
        at -= 1
    k = at - 1
    while k >= 0 and values[k] == value:
        if nodes[k, 0] == node[0] and nodes[k, 1] == node[1] and nodes[k, 2] == node[2]:
            return count
        k -= 1
    count = min(count + 1, width)
    for k in range(count - 1, at, -1):
        values[k] = values[k - 1]
        nodes[k] = nodes[k - 1]
    values[at] = value
    for k in range(5):
        nodes[at, k] = node[k]
    return count


@njit(cache=True)
def _follow(tables, offer, weight, node, nodes, values, count):
    """Keep the best positions one move after a node: cells taken (two words), shapes left, first choice, cleared."""
    upper, lower, remaining, first, gained = node[0], node[1], node[2], node[3], node[4]
    nearly = nearly_full(tables, upper, lower)
    for slot in range(OFFERED):
        if not remaining >> slot & 1:
            continue
        words = fitting(tables, upper, lower, offer[slot])
        for word in range(2):
            left = words[word]
            while left:
                bit = left & -left
                left ^= bit
                place = place_of(bit, word)
                after, below, cleared, _ = lay(tables, upper, lower, nearly, offer[slot], place)
                choice = slot * NUM_PLACES + place if first < 0 else first
                value = gained + cleared + weight * room_of(tables, after, below)
                found = (after, below, remaining & ~(1 << slot), choice, gained + cleared)
                count = _keep(nodes, values, count, found, value)
    return count


@njit(cache=True)
def beam_choice(tables, world, weight, depth, nodes, values):
    """The first choice of the best way to lay the next `depth` shapes on offer, in any order.

    A position is worth the cells cleared on the way and `weight` times its room (see room_of). Of the positions after
    each move the best are followed up; where none goes on, the best of those before.

    Args:
        nodes: (2, width, 5) int64, values: (2, width) float64, overwritten.
    """
    offer, remaining = world.offer, 0
    for slot in range(OFFERED):
        remaining |= (offer[slot] != NONE) << slot
    now, count, best = 0, 1, 0
    nodes[0, 0, 0], nodes[0, 0, 1], nodes[0, 0, 2] = world.taken[0], world.taken[1], remaining
    nodes[0, 0, 3], nodes[0, 0, 4] = -1, 0
    for _ in range(depth):
        after, num_after = 1 - now, 0
        values[after] = _NOTHING
        for k in range(count):
            node = (nodes[now, k, 0], nodes[now, k, 1], nodes[now, k, 2], nodes[now, k, 3], nodes[now, k, 4])
            num_after = _follow(tables, offer, weight, node, nodes[after], values[after], num_after)
        if num_after == 0:
            break
        now, count, best = after, num_after, nodes[after, 0, 3]
    return best


@njit(cache=True)
def choose_greedily(worlds, tables, salt, choices):
    """Write `greedy_choice` of each world into choices (W, 1, 1); `salt` (uint64) keeps its draws apart from others."""
    for w in range(len(worlds)):
        if not worlds[w].done:
            draw = mix((worlds[w].episode_seed ^ salt) + np.uint64(worlds[w].step))
            choices[w, 0, 0] = greedy_choice(tables, worlds[w], draw)


@njit(cache=True)
def choose_by_beam(worlds, tables, weight, depth, nodes, values, choices):
    """Write `beam_choice` of each world into choices (W, 1, 1)."""
    for w in range(len(worlds)):
        if not worlds[w].done:
            choices[w, 0, 0] = beam_choice(tables, worlds[w], weight, depth, nodes, values)
