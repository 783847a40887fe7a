"""Games that evaluate draws for itself: by the stones on the board, and against alpha-beta by its depth."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from envs.boards.evaluation.settings import EvaluationSettings
from envs.boards.simulation.settings import BoardsSettings
from envs.ground.evaluating import Axis


def axes(boards: BoardsSettings, wanted: EvaluationSettings) -> tuple[Axis, ...]:
    """By stones and by depth.

    Raises:
        ValueError: a number that nobody can draw; the message begins with the key.
    """
    return by_stones(boards, wanted), by_depth(boards, wanted)


def by_stones(boards: BoardsSettings, wanted: EvaluationSettings) -> Axis:
    """Positions with exactly so many stones, played on by one's own moves."""
    own = {"kind": "self", "depth": 1}
    sets = {
        float(number): (
            _changed(boards, f"stones.numbers {number}", openings={"least": number, "most": number}, opponent=own),
            wanted.stones.num_episodes,
        )
        for number in wanted.stones.numbers
    }
    return Axis("stones", "stones on the board at first", "", "mistake_rate", "moves that lose value", sets)


def by_depth(boards: BoardsSettings, wanted: EvaluationSettings) -> Axis:
    """Contests: half of the games from each seat."""
    contests, sets = wanted.contests, {}
    for depth in contests.depths:
        opponent = {"kind": "alpha_beta" if depth else "random", "depth": max(1, depth)}
        changed = _changed(
            boards, f"contests.depths {depth}", openings=contests.openings.model_dump(), opponent=opponent
        )
        sets[float(depth)] = (changed, contests.num_episodes)
    words = "points: games won, and half of those drawn"
    return Axis("depth", "moves that alpha-beta looks ahead (0: random moves)", "", "points", words, sets)


def _changed(boards: BoardsSettings, place: str, **changes: Any) -> BoardsSettings:
    try:
        return BoardsSettings.from_values(boards.model_dump(mode="json") | changes)
    except ValidationError as error:
        said = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise ValueError(f"{place}: {said}") from None
