"""What reports say of puzzles in the triangles' own words."""

from __future__ import annotations

from collections.abc import Mapping

from envs.ground.evaluating import Figure
from envs.triangles.simulation.settings import TrianglesSettings

FIGURES = (
    Figure("cleared_median", "cells cleared, median", better="higher"),
    Figure("cleared_tenth", "the same, a tenth has fewer", better="higher"),
    Figure("cleared_ninetieth", "the same, a tenth has more", better="higher"),
    Figure("moves_median", "moves, median", better="higher"),
    Figure("of_beam", "cells cleared, of what the beam search clears", better="higher", percent=True),
    Figure("cleared_per_move", "cells cleared per move", better="higher"),
    Figure("multiple_rate", "moves that clear several lines", better="higher", percent=True),
    Figure("lines", "lines cleared", better="higher"),
    Figure("multiple", "moves that clear several lines", better="higher"),
    Figure("largest", "most cells cleared by one move", better="higher"),
    Figure("placed", "cells placed", better="higher"),
)

TABLES: Mapping[str, tuple[str, ...]] = {
    "rates": ("cleared", "cleared_median", "cleared_tenth", "cleared_ninetieth", "moves_median", "of_beam",
              "cleared_per_move", "multiple_rate"),
    "scenarios": ("cleared", "lines", "largest"),
    "size": ("cleared", "cleared_per_move", "multiple_rate"),
}  # fmt: skip

SENTENCES: Mapping[str, str] = {
    "scope": "Scope: the puzzle as it is. The shapes of an episode follow from its seed, whoever plays it.",
    "closing": "Puzzles as they are.",
    "agent": "player",
    "agents": "players",
    "unseen": "unseen streams of shapes",
    "weakest": "it clears least in",
    "varied": "the suite mirrored",
    "varied_how": "Each position with left and right exchanged, half of the times, played deterministic.",
    "closest": "How long games go on",
    "closeness": "moves until nothing fits",
    "rates_note": "All play the same streams of shapes. Nothing says what could be cleared at most: the beam search "
    "knows the shapes on offer, not those that come after.",
    "axes": "By size of shapes",
    "axes_note": "Streams of all polyiamonds of up to so many cells; the policy trains on those of the section alone.",
    "axis.size": "shapes of up to {places} cells",
    "drawn_only": "drawn streams only",
    "score": "The score is the median of cells cleared on unseen streams.",
    "intended_use": "research and play",
    "not_tested": "other boards and rules",
}


def envelope(triangles: TrianglesSettings) -> str:
    """What is drawn."""
    shapes = triangles.shapes
    if shapes.pieces:
        return f"streams of {len(shapes.pieces)} shapes by their weights"
    return f"streams of all polyiamonds of up to {shapes.most_cells} cells, each as often"
