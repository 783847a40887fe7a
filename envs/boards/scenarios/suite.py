"""Named positions that every policy is tested on; never drawn, never changed. Values: tests/envs/boards."""

from __future__ import annotations

from envs.boards.simulation.scenario import Scenario

# fmt: off
_TABLE: dict[str, tuple[str, tuple[int, ...], str]] = {
    "ttt_take_the_middle": ("tic_tac_toe", (0,), "a corner is taken: only the middle draws"),
    "ttt_opposite_corners": ("tic_tac_toe", (0, 4, 8), "corner, middle, corner: only edges draw"),
    "ttt_block": ("tic_tac_toe", (4, 0, 3), "two in a row: one cell blocks"),
    "ttt_two_ways": ("tic_tac_toe", (0, 3, 4, 8), "two moves threaten two rows at once"),
    "c4_open_three": ("connect_four", (3, 3, 2, 3, 3, 2, 3, 2, 2, 2, 6, 6), "early, with twelve stones"),
    "c4_threes_aside": ("connect_four", (0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 6, 6), "two columns are full"),
    "c4_middle_full": ("connect_four", (3, 3, 3, 3, 3, 3, 2, 4, 4, 2, 2, 4, 4, 2), "the middle is full"),
    "c4_late": ("connect_four",
        (3, 3, 3, 3, 3, 3, 2, 4, 4, 2, 2, 4, 4, 2, 0, 0, 0, 0, 6, 6, 6, 6), "twenty-two stones lie"),
}
# fmt: on

SUITE: dict[str, Scenario] = {name: Scenario(name, *row) for name, row in _TABLE.items()}
"""By name, in the order of the table."""
