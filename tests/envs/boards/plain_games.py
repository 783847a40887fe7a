"""Both games once more, in plain Python from their rules alone: a board as a list of columns or cells."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

Board = tuple[tuple[int, ...], ...]
"""By row from the top, then column: 0 free, 1 and 2 the stones of both players."""


def empty(game: str) -> Board:
    return ((0,) * 3,) * 3 if game == "tic_tac_toe" else ((0,) * 7,) * 6


def choices(board: Board) -> Iterator[tuple[int, int, int]]:
    """Each choice that can be played, with the row and column of its cell."""
    rows, columns = len(board), len(board[0])
    if rows == 3:
        yield from ((c * 3 + r, r, c) for c in range(3) for r in range(3) if not board[r][c])
        return
    for c in range(columns):
        free = [r for r in range(rows) if not board[r][c]]
        if free:
            yield c, max(free), c


def put(board: Board, row: int, column: int, player: int) -> Board:
    return tuple(
        tuple(player if (r, c) == (row, column) else stone for c, stone in enumerate(line))
        for r, line in enumerate(board)
    )


def wins(board: Board, player: int) -> bool:
    rows, columns, length = len(board), len(board[0]), 3 if len(board) == 3 else 4
    for r in range(rows):
        for c in range(columns):
            for dr, dc in ((0, 1), (1, 0), (1, 1), (1, -1)):
                cells = [(r + k * dr, c + k * dc) for k in range(length)]
                if all(0 <= y < rows and 0 <= x < columns and board[y][x] == player for y, x in cells):
                    return True
    return False


@cache
def value(board: Board, player: int) -> int:
    """1 won, 0 drawn, -1 lost for `player`, who is to move."""
    best = -1
    for _, row, column in choices(board):
        after = put(board, row, column, player)
        if wins(after, player):
            return 1
        full = all(all(line) for line in after)
        best = max(best, 0 if full else -value(after, 3 - player))
    return best
