"""Begins and steps all worlds, and says what is seen and allowed.

Choices are slot * 120 + place: which of the shapes on offer, and where its upper left corner lies, row by row.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from envs.ground.compiled.random_draws import advance, mix
from envs.triangles.simulation.compiled.rules import fits, fitting, lay, nearly_full, place_of, room_of
from envs.triangles.simulation.compiled.worlds import NONE, OFFERED
from envs.triangles.simulation.lattice import COLUMNS, NUM_PLACES, ROWS, STRIDE, WORD_ROWS
from envs.triangles.simulation.shapes import WINDOW_COLUMNS, WINDOW_ROWS

FITS, CELLS_SEEN, ROOM_SEEN = 0.25, 8.0, 2.0
"""What is seen where a shape fits: this, cells cleared in parts of 8, changes of room in parts of 2."""
_TWO, _11 = np.uint64(2), np.uint64(11)
_TWO_TO_MINUS_53 = 1.0 / 9007199254740992.0


@njit(cache=True)
def draw_episodes(worlds, which, split, num_scenarios):
    """Let the worlds `which` (N,) draw their next seeds, whose two highest bits are those of `split`, and scenarios."""
    for w in which:
        world = worlds[w]
        world.rng = advance(world.rng)
        drawn = mix(world.rng)
        world.episode_seed = (drawn >> _TWO) | split
        world.scenario = np.int64(drawn % np.uint64(num_scenarios)) if num_scenarios else -1


@njit(cache=True)
def shape_of_stream(tables, seed, number):
    """The shape that an episode's stream has at a place, counted from 0, whatever was done before."""
    state = mix(seed)
    for _ in range(2):
        state = mix(advance(state) + np.uint64(number))
    left = float(state >> _11) * _TWO_TO_MINUS_53
    last = 0
    for shape in range(len(tables.shares)):
        if tables.shares[shape] > 0.0:
            last = shape
            left -= tables.shares[shape]
            if left < 0.0:
                break
    return last


@njit(cache=True)
def _offer(tables, world):
    """Draw as many shapes as are on offer."""
    for slot in range(OFFERED):
        world.offer[slot] = shape_of_stream(tables, world.episode_seed, world.drawn)
        world.drawn += 1


@njit(cache=True)
def is_stuck(tables, upper, lower, offer):
    """Whether no shape on offer fits."""
    for slot in range(OFFERED):
        if offer[slot] != NONE:
            first, second = fitting(tables, upper, lower, offer[slot])
            if first | second:
                return False
    return True


@njit(cache=True)
def begin_worlds(worlds, which, tables, boards, offers):
    """Begin the episodes of the worlds `which` (N,): from one of the boards (C, 2) with its offers (C, 3), or empty."""
    for w in which:
        world = worlds[w]
        world.taken[:], world.reward[:] = 0, 0.0
        world.drawn, world.step, world.placed, world.cleared = 0, 0, 0, 0
        world.lines, world.multiple, world.largest = 0, 0, 0
        world.illegal, world.cut_off = False, False
        if world.scenario < 0:
            _offer(tables, world)
        else:
            world.taken[:], world.offer[:] = boards[world.scenario], offers[world.scenario]
        world.done = is_stuck(tables, world.taken[0], world.taken[1], world.offer)


@njit(cache=True)
def _put(tables, world, choice):
    """Lay a shape on offer; one that cannot be laid ends the game. Returns cells placed and cells cleared."""
    slot, place = choice // NUM_PLACES, choice % NUM_PLACES
    shape = world.offer[slot] if 0 <= choice < OFFERED * NUM_PLACES else NONE
    if shape == NONE or not fits(tables, world.taken[0], world.taken[1], shape, place):
        world.done, world.illegal = True, True
        return 0, 0
    nearly = nearly_full(tables, world.taken[0], world.taken[1])
    upper, lower, cleared, lines = lay(tables, world.taken[0], world.taken[1], nearly, shape, place)
    world.taken[0], world.taken[1] = upper, lower
    world.lines += lines
    world.multiple += lines > 1
    world.largest = max(world.largest, cleared)
    world.offer[slot] = NONE
    if world.offer.max() == NONE:
        _offer(tables, world)
    world.done = is_stuck(tables, upper, lower, world.offer)
    return tables.size[shape], cleared


@njit(cache=True)
def step_worlds(worlds, choices, tables, max_steps, weights, discount):
    """Make the choices (W,); what has ended stands still.

    Args:
        weights: of what is paid: cells cleared, cells placed, each move, the end, and room: a potential, 0 at the end
            (Ng, Harada, Russell, "Policy invariance under reward transformations", ICML 1999).
        discount: that the potential needs.
    """
    for w in range(len(worlds)):
        world = worlds[w]
        world.reward[0] = 0.0
        if world.done:
            continue
        before = room_of(tables, world.taken[0], world.taken[1]) if weights[4] else 0.0
        placed, cleared = _put(tables, world, choices[w])
        world.placed += placed
        world.cleared += cleared
        world.step += 1
        paid = weights[0] * cleared + weights[1] * placed + weights[2]
        paid += weights[3] if world.done else 0.0
        if weights[4]:
            after = 0.0 if world.done else room_of(tables, world.taken[0], world.taken[1])
            paid += weights[4] * (discount * after - before)
        world.reward[0] = paid
        if not world.done and world.step >= max_steps:
            world.done, world.cut_off = True, True


@njit(cache=True)
def _see_board(tables, world, seen):
    """Fill in the plane (120,): 1 where nothing can be laid."""
    for row in range(ROWS):
        word = row // WORD_ROWS
        free = (tables.board[word] & ~world.taken[word]) >> (row % WORD_ROWS * STRIDE)
        for column in range(COLUMNS):
            seen[row * COLUMNS + column] = 1 - ((free >> column) & 1)


@njit(cache=True)
def _see_shape(window, seen):
    """Fill in the window (28,): 1 where the shape has a cell."""
    for row in range(WINDOW_ROWS):
        for column in range(WINDOW_COLUMNS):
            seen[row * WINDOW_COLUMNS + column] = (window >> (row * STRIDE + column)) & 1


@njit(cache=True)
def _see_slot(tables, world, shape, cleared_seen, room_seen):
    """Fill in planes (120,): what a shape would clear at each place where it fits, and how it would change the room."""
    upper, lower = world.taken[0], world.taken[1]
    nearly, room = nearly_full(tables, upper, lower), room_of(tables, upper, lower) if len(room_seen) else 0.0
    first, second = fitting(tables, upper, lower, shape)
    for word in range(2):
        left = second if word else first
        while left:
            bit = left & -left
            left ^= bit
            place = place_of(bit, word)
            after, after_below, cleared, _ = lay(tables, upper, lower, nearly, shape, place)
            cleared_seen[place] = FITS + cleared / CELLS_SEEN
            if len(room_seen):
                room_seen[place] = (room_of(tables, after, after_below) - room) / ROOM_SEEN


@njit(cache=True)
def observe(worlds, tables, room, seen):
    """Fill in the rows seen (W, D): planes of the board, of each slot, and of its room; then a window for each slot."""
    num_planes = 1 + OFFERED * (2 if room else 1)
    size = WINDOW_ROWS * WINDOW_COLUMNS
    for w in range(len(worlds)):
        world, row = worlds[w], seen[w]
        row[:] = 0.0
        _see_board(tables, world, row)
        for slot in range(OFFERED):
            shape = world.offer[slot]
            if shape == NONE:
                continue
            at, own = (1 + slot) * NUM_PLACES, (1 + OFFERED + slot) * NUM_PLACES
            room_seen = row[own : own + NUM_PLACES] if room else row[:0]
            _see_slot(tables, world, shape, row[at : at + NUM_PLACES], room_seen)
            window = num_planes * NUM_PLACES + slot * size
            _see_shape(tables.window[shape], row[window : window + size])


@njit(cache=True)
def allow(worlds, tables, allowed):
    """Which choices can be made, allowed (W, 360), False before; all, where a world has ended."""
    for w in range(len(worlds)):
        world = worlds[w]
        if world.done:
            allowed[w] = True
            continue
        for slot in range(OFFERED):
            if world.offer[slot] == NONE:
                continue
            first, second = fitting(tables, world.taken[0], world.taken[1], world.offer[slot])
            for word in range(2):
                left = second if word else first
                while left:
                    bit = left & -left
                    left ^= bit
                    allowed[w, slot * NUM_PLACES + place_of(bit, word)] = True
