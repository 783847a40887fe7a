"""What the pages say in words: sentences that fit any world, some of which a world puts in its own words."""

from __future__ import annotations

from collections.abc import Mapping

GENERAL: Mapping[str, str] = {
    "scope": "Everything here was played in simulation.",
    "closing": "Simulated.",
    "good": "good",
    "played": "played",
    "plays": "episodes",
    "how_it_plays": "plays",
    "unseen": "unseen episodes",
    "unseen_drawn": "unseen episodes",
    "none_seen": "no failure seen",
    "solved": "solved",
    "fails_most": "it fails most often",
    "worst_under": "It fails most often under:",
    "varied_suite": "the suite varied",
    "varied_how": "Each scenario varied many times, played deterministic.",
    "rates": "",
    "closest": "How close it gets",
    "axes": "Other episodes",
    "axes_explained": "",
    "mixed": "",
    "shifted": "One shift at a time, named scenarios; full lines: all shifted, dashed: one.",
    "red": "Red: failed with some seed.",
    "difficulty": "",
    "paths": "",
    "trained_beside": "",
    "intended_use": "research in simulation",
    "not_tested": "whatever does not stand under tested",
}
"""By key.

scope, closing: under the title, and at the end of the text. good: "Is NAME good?". played, plays, how_it_plays: "played
by", "Deterministic episodes", "how a policy plays". unseen, unseen_drawn: drawn episodes in headings and in sentences.
none_seen: the best verdict. solved: what is said of a suite's scenarios. fails_most, worst_under: before where it is
weak. varied_suite, varied_how: the test of memorisation. rates, axes_explained, mixed, shifted, red, difficulty, paths:
notes below tables and pictures. closest, axes: headings. trained_beside: of published trainings. intended_use,
not_tested: of the model card.
"""


def sentences(own: Mapping[str, str]) -> dict[str, str]:
    """The sentences of a world: its own over the general ones.

    Raises:
        ValueError: a key that no page knows; the message names it.
    """
    unknown = sorted(own.keys() - GENERAL.keys())
    if unknown:
        raise ValueError(f"evaluation.explained: unknown {', '.join(unknown)}, known: {', '.join(GENERAL)}")
    return {**GENERAL, **own}
