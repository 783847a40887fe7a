"""The lattice, its shapes and the rules on bits, beside plain Python."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from plain_triangles import BOARD, fixed_polyiamonds, laid, lines, places

from envs.triangles.scenarios.suite import SUITE
from envs.triangles.simulation.batch import TrianglesBatch
from envs.triangles.simulation.compiled.rules import num_bits, room_of
from envs.triangles.simulation.lattice import CELLS, COLUMNS, LINES, NUM_PLACES, cells_of
from envs.triangles.simulation.settings import TrianglesSettings
from envs.triangles.simulation.shapes import MOST_CELLS, drawing, polyiamonds, read_drawing

NUM_GAMES = 12


def batch_of(num_worlds: int, seed: int = 0, **settings: Any) -> TrianglesBatch:
    batch = TrianglesBatch(TrianglesSettings.from_values(settings), num_worlds, seed)
    batch.reset()
    return batch


def taken_of(batch: TrianglesBatch, world: int) -> set[tuple[int, int]]:
    return {divmod(int(place), COLUMNS) for place in np.flatnonzero(cells_of(batch.records["taken"][world]))}


def random_choices(batch: TrianglesBatch, rng: np.random.Generator) -> np.ndarray:
    allowed = batch.allowed()[:, 0]
    return np.where(allowed, rng.random(allowed.shape), -1.0).argmax(1)


def test_the_board_is_a_hexagon_of_96_triangles_with_24_lines() -> None:
    assert len(CELLS) == 96
    assert set(CELLS) == set(BOARD)
    assert Counter(map(len, LINES)) == {9: 6, 11: 6, 13: 6, 15: 6}
    assert {frozenset(line) for line in LINES} == set(map(frozenset, lines()))


def test_there_are_as_many_fixed_polyiamonds_as_are_known() -> None:
    """OEIS A001420."""
    assert [len(polyiamonds(size)) for size in range(1, MOST_CELLS + 1)] == [2, 3, 6, 14, 36, 94]
    for size in range(1, 5):
        assert set(map(frozenset, polyiamonds(size))) == fixed_polyiamonds(size)


def test_a_shape_is_read_as_it_is_written() -> None:
    for size in range(1, MOST_CELLS + 1):
        for shape in polyiamonds(size):
            assert read_drawing(drawing(shape)) == shape
    assert drawing(read_drawing("..A/VAV")) == "..A/VAV"
    assert read_drawing("VA") == ((0, 0), (0, 1))
    assert read_drawing("AV") == ((0, 1), (0, 2))


@pytest.mark.parametrize("text", ["", "AA", "A.A", "A/A", "B", "VAVAVAV", "A//V", "V/A"])
def test_what_is_no_shape_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="wanted 1 to 6 cells joined by edges"):
        read_drawing(text)


@pytest.mark.parametrize("most_cells", [4, 6])
def test_random_games_are_those_of_plain_python(most_cells: int) -> None:
    """Move by move: what can be laid, what is seen, what is cleared and paid, what is drawn, and when it ends."""
    batch = batch_of(NUM_GAMES, most_cells, shapes={"most_cells": most_cells}, observation={"room": False})
    rng, moves, cleared_at_all = np.random.default_rng(0), 0, 0
    running = ~batch.done
    while running.any():
        before = [taken_of(batch, world) for world in range(NUM_GAMES)]
        offers, choices = batch.records["offer"].copy(), random_choices(batch, rng)
        wanted = [_laid(batch, before[w], offers[w]) for w in range(NUM_GAMES)]
        for w in np.flatnonzero(running):
            assert set(np.flatnonzero(batch.allowed()[w, 0])) == set(wanted[w])
            _check_seen(batch.observation[w, 0], before[w], wanted[w])
        drawn = batch.records["drawn"].copy()
        batch.step(choices[:, None, None].astype(float))
        for w in np.flatnonzero(running):
            after, cleared, _ = wanted[w][int(choices[w])]
            assert taken_of(batch, w) == after
            assert batch.reward[w, 0] == cleared
            offers[w, choices[w] // NUM_PLACES] = -1
            refilled = (offers[w] == -1).all()
            assert batch.records["drawn"][w] - drawn[w] == (3 if refilled else 0)
            if not refilled:
                assert batch.records["offer"][w].tolist() == offers[w].tolist()
            assert bool(batch.done[w]) == (not _laid(batch, after, batch.records["offer"][w]))
            cleared_at_all += cleared
        moves += running.sum()
        running = ~batch.done
    assert moves > 10 * NUM_GAMES
    assert cleared_at_all > 0


def _laid(batch: TrianglesBatch, taken: set[tuple[int, int]], offer: np.ndarray) -> dict[int, Any]:
    """What follows upon each choice that can be made, by plain Python."""
    found = {}
    for slot, shape in enumerate(offer):
        if shape >= 0:
            for (row, column), cells in places(batch.catalogue.shapes[shape], taken).items():
                found[slot * NUM_PLACES + row * COLUMNS + column] = laid(taken, cells)
    return found


def _check_seen(seen: np.ndarray, taken: set[tuple[int, int]], wanted: dict[int, Any]) -> None:
    free = {divmod(int(place), COLUMNS) for place in np.flatnonzero(seen[:NUM_PLACES] == 0.0)}
    assert free == set(CELLS) - taken
    slots = seen[NUM_PLACES : 4 * NUM_PLACES]
    assert set(np.flatnonzero(slots)) == set(wanted)
    for choice, (_, cleared, _) in wanted.items():
        assert slots[choice] == np.float32(0.25 + cleared / 8.0)


def test_lines_that_cross_vanish_together() -> None:
    """A cell that is lacking to three lines, which cross in it: what two of them share is counted once."""
    batch = TrianglesBatch(TrianglesSettings(), 1, 0, (SUITE["three_at_once"],))
    batch.begin(np.zeros(1, int), np.zeros(1, int), np.zeros(1, np.uint64))
    after, cleared, num_lines = laid(taken_of(batch, 0), {(3, 7)})
    assert (after, num_lines) == (set(), 3)
    slot = SUITE["three_at_once"].offer.index("V" if (3 + 7) % 2 == 0 else "A")
    batch.step(np.full((1, 1, 1), float(slot * NUM_PLACES + 3 * COLUMNS + 7)))
    told = batch.outcomes()
    assert (told["lines"][0], told["multiple"][0], told["largest"][0]) == (3, 1, cleared)
    assert batch.reward[0, 0] == cleared
    assert not batch.records["taken"].any()


def test_room_is_the_places_of_a_drawn_shape_on_average() -> None:
    batch = batch_of(3, 5)
    rng = np.random.default_rng(1)
    for _ in range(8):
        batch.step(random_choices(batch, rng)[:, None, None].astype(float))
    shapes = batch.catalogue.shapes
    assert len(shapes) == 25
    for world in range(3):
        taken = taken_of(batch, world)
        now = sum(len(places(shape, taken)) for shape in shapes) / len(shapes)
        upper, lower = batch.records["taken"][world]
        assert room_of(batch.catalogue.tables, upper, lower) == pytest.approx(now, rel=1e-12)
        for choice in np.flatnonzero(batch.allowed()[world, 0])[::7]:
            after = _laid(batch, taken, batch.records["offer"][world])[int(choice)][0]
            change = sum(len(places(shape, after)) for shape in shapes) / len(shapes) - now
            assert batch.observation[world, 0, 4 * NUM_PLACES + choice] == pytest.approx(change / 2.0, abs=1e-5)


def test_room_in_the_reward_is_a_potential() -> None:
    """Over a game it comes to what the empty board has, whatever is done, where nothing is discounted."""
    batch = batch_of(5, 6, reward={"cleared": 0.0, "room": 0.5})
    rng, paid, room = np.random.default_rng(3), np.zeros(5), room_of(batch.catalogue.tables, 0, 0)
    while not batch.done.all():
        batch.step(random_choices(batch, rng)[:, None, None].astype(float))
        paid += batch.reward[:, 0]
    np.testing.assert_allclose(paid, -0.5 * room)
    reward = TrianglesSettings.from_values({"reward": {"cleared": 0.0, "room": 0.5}})
    batch = TrianglesBatch(reward, 1, 0, discount=0.9)
    batch.reset()
    batch.step(random_choices(batch, rng)[:, None, None].astype(float))
    left = room_of(batch.catalogue.tables, *batch.records["taken"][0])
    assert batch.reward[0, 0] == pytest.approx(0.5 * (0.9 * left - room))


def test_bits_are_counted() -> None:
    for word in (0, 1, 2**62, 2**63 - 1, 0b1011):
        assert num_bits(word) == word.bit_count()


def test_what_cannot_be_laid_ends_the_game() -> None:
    batch = batch_of(2, reward={"cleared": 1.0, "end": -10.0})
    free = int(np.flatnonzero(batch.allowed()[1, 0])[0])
    batch.step(np.array([[[0.0]], [[float(free)]]]))  # place 0 is beside the hexagon
    assert batch.done.tolist() == [True, False]
    assert batch.reward[:, 0].tolist() == [-10.0, 0.0]
    assert batch.ends()[0][:, 0].tolist() == [True, False]
    assert not batch.outcomes()["stuck"][0]
    standing = batch.records[0].copy()
    batch.step(np.full((2, 1, 1), -1.0))
    assert batch.done.tolist() == [True, True]
    assert batch.reward[0, 0] == 0.0
    assert standing["step"] == batch.records["step"][0]


def test_a_game_is_cut_off_at_its_limit() -> None:
    batch = batch_of(4, episode={"max_steps": 3})
    rng = np.random.default_rng(2)
    for _ in range(3):
        batch.step(random_choices(batch, rng)[:, None, None].astype(float))
    assert batch.done.all()
    terminated, truncated = batch.ends()
    assert truncated.all()
    assert not terminated.any()


def test_all_meet_the_same_stream_whatever_they_do() -> None:
    """The shapes on offer after the first three follow from the seed, and are drawn by their weights."""
    streams = []
    for seed in (0, 1):
        batch = batch_of(200)
        batch.begin(np.arange(200), np.full(200, -1), np.arange(200, dtype=np.uint64))
        rng, own = np.random.default_rng(seed), [batch.records["offer"].copy()]
        for k in range(6):
            batch.step(random_choices(batch, rng)[:, None, None].astype(float))
            if k % 3 == 2:
                own.append(batch.records["offer"].copy())
        streams.append(np.concatenate(own, 1))
    np.testing.assert_array_equal(*streams)
    counts = np.bincount(streams[0].reshape(-1), minlength=25)
    assert counts.min() > 72 - 5 * np.sqrt(72)
    assert counts.max() < 72 + 5 * np.sqrt(72)


def test_pieces_are_drawn_by_their_weights() -> None:
    batch = batch_of(400, shapes={"pieces": {"A": 3.0, "VA": 1.0}})
    offered = batch.records["offer"].reshape(-1)
    names = [drawing(shape) for shape in batch.catalogue.shapes]
    share = float((offered == names.index("A")).mean())
    assert abs(share - 0.75) < 5 * np.sqrt(0.75 * 0.25 / 1200)
    assert set(offered) == {0, 1}
