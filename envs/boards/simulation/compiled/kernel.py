"""Begins and steps all worlds, and says what is seen and allowed."""

from __future__ import annotations

import numpy as np
from numba import njit

from envs.boards.simulation.compiled.choosing import choose, one_of_the_best
from envs.boards.simulation.compiled.rules import cell_of, has_row, key_of, mirrored
from envs.boards.simulation.compiled.worlds import BOTH_SEATS, NOBODY
from envs.ground.compiled.random_draws import advance, mix

SPLIT_FROM = 4
"""Positions of so many stones belong to one split; there are few with less, which all splits begin from."""
_MOST_TRIES = 10_000
_SEAT = np.uint64(0x5EA7)
_SHARES = np.uint64(5)  # one in five positions is validated on, one tested on
_62, _ONE, _TWO = np.uint64(62), np.uint64(1), np.uint64(2)


@njit(cache=True)
def split_of_position(game, stones):
    """The split (0, 1, 2) of a position and of its mirror image."""
    mask = stones[0] | stones[1]
    key = min(key_of(game, stones[0], mask), key_of(game, mirrored(game, stones[0]), mirrored(game, mask)))
    drawn = mix(np.uint64(key)) % _SHARES
    return _ONE if drawn == 0 else _TWO if drawn == 1 else np.uint64(0)


@njit(cache=True)
def put(game, world, choice):
    """Play a choice for whose turn it is; it ends the game where it wins, fills the board or cannot be played."""
    mask, mover = world.stones[0] | world.stones[1], world.ply % 2
    cell = cell_of(game, mask, choice)
    if cell == 0:
        world.done, world.illegal, world.reward[mover] = True, True, -1.0
        return
    world.stones[mover] |= cell
    world.moves[world.ply] = choice
    world.ply += 1
    if has_row(game, world.stones[mover]):
        world.done, world.winner = True, mover
        world.reward[mover], world.reward[1 - mover] = 1.0, -1.0
    elif (mask | cell) == game[4]:
        world.done = True


@njit(cache=True)
def _clear(world):
    world.stones[:], world.moves[:], world.reward[:] = 0, 0, 0.0
    world.ply, world.step, world.winner = 0, 0, NOBODY
    world.done, world.illegal = False, False


@njit(cache=True)
def _open(game, world, least, most, likes):
    """Put stones at random until the position belongs to the split of the episode's seed."""
    state = mix(world.episode_seed)
    for _ in range(_MOST_TRIES):
        _clear(world)
        state = advance(state)
        plies = least + np.int64(mix(state) % np.uint64(most - least + 1))
        while world.ply < plies and not world.done:
            state = advance(state)
            mask = world.stones[0] | world.stones[1]
            for choice in range(len(likes)):
                likes[choice] = cell_of(game, mask, choice) != 0
            put(game, world, one_of_the_best(likes, mix(state)))
        ours = plies < SPLIT_FROM or split_of_position(game, world.stones) == world.episode_seed >> _62
        if not world.done and ours:
            return


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
def begin_worlds(worlds, which, game, least, most, against, starts, likes):
    """Begin the episodes of the worlds `which` (N,): from a start (C, 64), its choices and then -1, or drawn.

    Args:
        least, most: stones of drawn ones.
        against: whether an opponent has one of the seats.
        likes: (n,) int64, overwritten.
    """
    for w in which:
        world = worlds[w]
        if world.scenario < 0:
            _open(game, world, least, most, likes)
        else:
            _clear(world)
            for choice in starts[world.scenario]:
                if choice >= 0:
                    put(game, world, choice)
        world.start_ply = world.ply
        world.seat = np.int64(mix(world.episode_seed + _SEAT) & _ONE) if against else BOTH_SEATS


@njit(cache=True)
def step_worlds(worlds, choices, game):
    """Play the choices (W, 2) of whose turn it is; what has ended stands still."""
    for w in range(len(worlds)):
        world = worlds[w]
        world.reward[:] = 0.0
        if not world.done:
            put(game, world, choices[w, world.ply % 2])
            world.step += 1


@njit(cache=True)
def choose_worlds(worlds, play, game, solver, likes, salt, replies, choices):
    """Write what a rule chooses into choices (W, 2, 1), of whose turn it is.

    Args:
        play: rule, depth and from how many stones on positions are solved, see `choose`.
        salt: uint64, keeps its draws apart from others that begin with an episode's seed.
        replies: choose only where an opponent is to move, and play it at once.
    """
    kind, depth, solved_from = play
    for w in range(len(worlds)):
        world = worlds[w]
        mover, mask = world.ply % 2, world.stones[0] | world.stones[1]
        if world.done or (replies and (world.seat == BOTH_SEATS or world.seat == mover)):
            continue
        draw = mix((world.episode_seed ^ salt) + np.uint64(world.ply))
        choice = choose(kind, depth, solved_from, game, world.stones[mover], mask, draw, solver, likes)
        choices[w, mover, 0] = choice
        if replies:
            put(game, world, choice)


@njit(cache=True, nogil=True)
def observe(stones, game, seen):
    """Fill in the rows seen (N, 2 * rows * columns) of positions (N, 2): a plane for each of both's stones."""
    rows, columns = game[0], game[1]
    for n in range(len(seen)):
        for plane in range(2):
            for row in range(rows):
                for column in range(columns):
                    at = column * (rows + 1) + rows - 1 - row
                    seen[n, (plane * rows + row) * columns + column] = (stones[n, plane] >> at) & 1


@njit(cache=True, nogil=True)
def recognise(seen, game, stones):
    """Fill in the positions (N, 2), zeros before, of which these are the rows seen (N, 2 * rows * columns)."""
    rows, columns = game[0], game[1]
    for n in range(len(seen)):
        for plane in range(2):
            for row in range(rows):
                for column in range(columns):
                    if seen[n, (plane * rows + row) * columns + column] > 0.5:
                        stones[n, plane] |= np.int64(1) << (column * (rows + 1) + rows - 1 - row)


@njit(cache=True, nogil=True)
def allow(masks, game, allowed):
    """Which choices can be played, allowed (N, n), where `masks` (N,) are all stones."""
    for n in range(len(allowed)):
        for choice in range(allowed.shape[1]):
            allowed[n, choice] = cell_of(game, masks[n], choice) != 0
