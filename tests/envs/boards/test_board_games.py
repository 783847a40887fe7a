"""Games on bitboards beside PettingZoo's and beside plain Python."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from plain_games import choices, empty, put, value, wins

from envs.boards.scenarios.positions import prove, reachable_positions
from envs.boards.simulation.batch import BoardsBatch
from envs.boards.simulation.compiled.rules import cell_of, has_row, mirrored
from envs.boards.simulation.compiled.solver import NOT_THERE
from envs.boards.simulation.games import GAMES
from envs.boards.simulation.settings import BoardsSettings

NUM_GAMES = 200
_CLASSIC = {"tic_tac_toe": "tictactoe_v3", "connect_four": "connect_four_v3"}


def played_at_random(game: str, seed: int) -> list[int]:
    """The choices of a whole random game, by plain Python."""
    rng, board, moves = np.random.default_rng(seed), empty(game), list[int]()
    while True:
        can = list(choices(board))
        if not can:
            return moves
        choice, row, column = can[rng.integers(len(can))]
        board = put(board, row, column, 1 + len(moves) % 2)
        moves.append(choice)
        if wins(board, 2 - len(moves) % 2):
            return moves


def batch_of(game: str, num_worlds: int, **settings: Any) -> BoardsBatch:
    batch = BoardsBatch(BoardsSettings.from_values({"game": game, **settings}), num_worlds, seed=0)
    batch.reset()
    return batch


def planes(batch: BoardsBatch, world: int, seat: int) -> np.ndarray:
    return batch.observation[world, seat].reshape(2, batch.game.rows, batch.game.columns)


@pytest.mark.parametrize("game", GAMES)
def test_random_games_are_those_of_pettingzoo(game: str) -> None:
    """Move by move: what both see, what can be played, what is paid, and when it ends."""
    classic = pytest.importorskip(f"pettingzoo.classic.{_CLASSIC[game]}").env()
    for seed in range(NUM_GAMES // 4):
        moves, batch = played_at_random(game, seed), batch_of(game, 1)
        classic.reset()
        for move in moves:
            mover = int(batch.mover[0])
            assert classic.agent_selection == classic.possible_agents[mover]
            for seat, name in enumerate(classic.possible_agents):
                seen = np.moveaxis(classic.observe(name)["observation"], 2, 0)
                mine = planes(batch, 0, seat)
                np.testing.assert_array_equal(mine, seen.transpose(0, 2, 1) if game == "tic_tac_toe" else seen)
            can = classic.observe(classic.agent_selection)["action_mask"]
            np.testing.assert_array_equal(batch.allowed()[0, mover], can.astype(bool))
            classic.step(move)
            batch.step(np.full((1, 2, 1), float(move)))
            rewards = [classic.rewards[name] for name in classic.possible_agents]
            np.testing.assert_array_equal(batch.reward[0], rewards)
            assert bool(batch.done[0]) == all(classic.terminations.values())
        assert batch.done[0]


@pytest.mark.parametrize("game", GAMES)
def test_random_games_are_those_of_plain_python(game: str) -> None:
    games = [played_at_random(game, 1000 + seed) for seed in range(NUM_GAMES)]
    batch, boards = batch_of(game, NUM_GAMES), [empty(game)] * NUM_GAMES
    for ply in range(max(map(len, games))):
        actions = np.array([[moves[min(ply, len(moves) - 1)]] * 2 for moves in games], float)[:, :, None]
        batch.step(actions)
        for n, moves in enumerate(games):
            if ply < len(moves):
                row, column = next((r, c) for choice, r, c in choices(boards[n]) if choice == moves[ply])
                boards[n] = put(boards[n], row, column, 1 + ply % 2)
                first = planes(batch, n, 0)
                np.testing.assert_array_equal(first[0] + 2 * first[1], boards[n])
                np.testing.assert_array_equal(planes(batch, n, 1), first[::-1])
                assert bool(batch.done[n]) == (ply == len(moves) - 1)
            else:
                assert batch.done[n]
                assert (batch.reward[n] == 0).all()  # what has ended stands still
    won = [wins(board, 2 - len(moves) % 2) for board, moves in zip(boards, games, strict=True)]
    assert (batch.records["winner"] >= 0).tolist() == won


def test_what_cannot_be_played_ends_the_game_and_is_paid_for() -> None:
    batch = batch_of("connect_four", 2)
    for _ in range(6):
        batch.step(np.zeros((2, 2, 1)))
    assert not batch.allowed()[0, 0, 0]
    assert batch.allowed()[0, 1].all(), "who waits"
    batch.step(np.array([[[0.0], [3.0]], [[3.0], [0.0]]]))
    assert batch.done.tolist() == [True, False]
    assert batch.reward.tolist() == [[-1.0, 0.0], [0.0, 0.0]]
    told = batch.outcomes()
    assert told["mistaken"][0]
    assert told["result"][0] == -1


def test_all_positions_of_tic_tac_toe_have_the_values_of_plain_python() -> None:
    going, ended = reachable_positions(GAMES["tic_tac_toe"])
    assert len(going) + len(ended) == 5478
    proven = prove(GAMES["tic_tac_toe"], going)
    for (own, other), values in zip(going.tolist(), proven.values, strict=True):
        board = tuple(
            tuple(1 if own >> (c * 4 + 2 - r) & 1 else 2 if other >> (c * 4 + 2 - r) & 1 else 0 for c in range(3))
            for r in range(3)
        )
        can = {choice: put(board, row, column, 1) for choice, row, column in choices(board)}
        for choice in range(9):
            if choice not in can:
                assert values[choice] == NOT_THERE
            elif wins(can[choice], 1):
                assert values[choice] == 1
            else:
                assert values[choice] == (0 if all(map(all, can[choice])) else -value(can[choice], 2))


def test_late_positions_of_connect_four_have_the_values_of_plain_python() -> None:
    game, stones, wanted = GAMES["connect_four"], [], []
    for seed in range(140):
        moves = played_at_random("connect_four", seed)
        if len(moves) < 34:
            continue
        board, both = empty("connect_four"), [0, 0]
        for ply, move in enumerate(moves[:31]):
            row, column = next((r, c) for choice, r, c in choices(board) if choice == move)
            board = put(board, row, column, 1 + ply % 2)
            both[ply % 2] |= 1 << (column * 7 + 5 - row)
        stones.append([both[1], both[0]])
        wanted.append(value(board, 2))
    assert len(stones) >= 10
    assert prove(game, np.array(stones)).value.tolist() == wanted


def test_the_solver_knows_positions_that_others_have_solved() -> None:
    """Column numbers from 1: value for who moves next, from the scores of Pons' test sets (end and middle)."""
    known = {"2252576253462244111563365343671351441": -1, "7422341735647741166133573473242566": 1}
    for text, wanted in known.items():
        both = [0, 0]
        for ply, column in enumerate(text):
            cell = int(cell_of(GAMES["connect_four"].numbers, both[0] | both[1], int(column) - 1))
            both[ply % 2] |= cell
        mover = len(text) % 2
        assert prove(GAMES["connect_four"], np.array([[both[mover], both[1 - mover]]])).value.tolist() == [wanted]


def test_a_row_does_not_run_from_one_column_into_the_next() -> None:
    numbers = GAMES["connect_four"].numbers
    top_three_and_next_bottom = 0b111000 | 1 << 7
    assert not has_row(numbers, top_three_and_next_bottom)
    assert has_row(numbers, 0b111100)
    assert mirrored(numbers, 0b1) == 1 << 42


@pytest.mark.parametrize("game", GAMES)
def test_symmetries_change_neither_the_game_nor_its_values(game: str) -> None:
    """A game played by turned choices is seen as the turned game."""
    own = GAMES[game]
    assert len(own.symmetries) == (2 if own.falls else 8)
    moves = played_at_random(game, 5)
    for seen, liked in own.symmetries:
        batch, turned = batch_of(game, 1), batch_of(game, 1)
        for move in moves:
            batch.step(np.full((1, 2, 1), float(move)))
            turned.step(np.full((1, 2, 1), float(np.flatnonzero(liked == move)[0])))
            np.testing.assert_array_equal(turned.observation[0, 0], batch.observation[0, 0][seen])
            np.testing.assert_array_equal(
                turned.allowed()[0, turned.mover[0]], batch.allowed()[0, batch.mover[0]][liked]
            )
