"""What reports say of games in the boards' own words."""

from __future__ import annotations

from collections.abc import Mapping

from envs.boards.evaluation.measuring import BANDS
from envs.boards.simulation.settings import BoardsSettings
from envs.ground.evaluating import Figure

FIGURES = (
    Figure("mistake_rate", "moves that lose value", better="lower", percent=True),
    *(
        Figure(f"mistake_rate_{band}", f"the same, {least} to {most} free cells", better="lower", percent=True)
        for band, (least, most) in BANDS.items()
    ),
    Figure("points", "points against the opponent", better="higher", percent=True),
    Figure("points_first", "the same, moving first", better="higher", percent=True),
    Figure("points_second", "the same, moving second", better="higher", percent=True),
    Figure("judged_moves", "judged moves"),
    Figure("judged", "judged moves"),
    Figure("mistakes", "moves that lose value", better="lower"),
    Figure("result", "result", better="higher"),
)

TABLES: Mapping[str, tuple[str, ...]] = {
    "rates": ("mistaken_rate", "mistake_rate", *(f"mistake_rate_{band}" for band in BANDS)),
    "scenarios": ("mistaken_rate", "kept", "judged"),
    "stones": ("mistake_rate", "judged", "mistakes"),
    "depth": ("points", "points_first", "points_second", "result"),
}

SENTENCES: Mapping[str, str] = {
    "scope": "Scope: the games as they are; values of positions are exact, found by a solver.",
    "agent": "player",
    "agents": "players",
    "unseen": "unseen positions",
    "none_seen": "no move that loses value",
    "solved": "played to the end without a move that loses value",
    "bad.mistaken": "it makes mistakes on the suite",
    "bad.kept": "it makes mistakes on the suite",
    "failed.mistaken": "a move lost value{seeds}",
    "failed.kept": "a move lost value{seeds}",
    "weakest": "it makes mistakes most often in",
    "varied": "the suite mirrored",
    "varied_how": "Each position with left and right exchanged, half of the times, played deterministic.",
    "closeness": "share of moves that keep the value",
    "rates_note": "Both sides are played by the same. A move loses value where it turns a won position into a drawn or "
    "lost one, or a drawn one into a lost one. In connect four, moves with fewer than 12 stones on the board are not "
    "judged. Free cells: so far is the end at most.",
    "axes": "By stones on the board, and contests",
    "axes_note": "By stones: drawn positions. Contests: against alpha-beta, half of the games from each seat.",
    "axis.stones": "{places} stones",
    "axis.depth": "depths {places}",
    "red": "Red: a move that lost value with some seed.",
    "difficulty": "Difficulty: -log2 of the share of moves that keep the value.",
    "score": "The score is the share of judged moves on unseen positions that keep the value.",
    "intended_use": "research and play",
    "not_tested": "other boards and rules",
}


def envelope(boards: BoardsSettings) -> str:
    """What is drawn."""
    openings = boards.openings
    return f"{boards.game.replace('_', ' ')}, from positions of {openings.least} to {openings.most} random stones"
