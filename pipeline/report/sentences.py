"""What the pages say in words: sentences that fit any world, some of which a world puts in its own."""

from __future__ import annotations

from collections.abc import Mapping

GENERAL: Mapping[str, str] = {
    "scope": "Everything here was played in simulation.",
    "closing": "Simulated.",
    "good": "good",
    "played": "played",
    "plays": "plays",
    "turns": "episodes",
    "agent": "agent",
    "agents": "agents",
    "unseen": "unseen episodes",
    "none_seen": "no failure seen",
    "solved": "solved",
    "unseen_rate": "{Words} in unseen episodes: {rate} ({details}){beside}.",
    "weakest": "it does worst in",
    "weakest_shifts": "It does worst under:",
    "varied": "the suite varied",
    "varied_how": "Each scenario varied, played deterministic.",
    "rates_note": "",
    "closest": "How close it gets",
    "closeness": "",
    "axes": "Over other episodes",
    "axes_note": "",
    "teams": "share of agents that play the policy",
    "red": "Red: failed with some seed.",
    "difficulty": "",
    "paths": "One episode each ({num}).",
    "drawn_only": "drawn episodes only",
    "training_note": "",
    "intended_use": "research in simulation; not for operation, and no evidence for it",
    "not_tested": "whatever does not stand above",
    "score": "",
}
"""By key.

scope: under the title; closing: last in the Markdown. good: "Is NAME good?". played, plays, turns: "played by", "how a
policy plays", "deterministic episodes". agent, agents: one and several. unseen: drawn test episodes. none_seen: best
verdict. solved: of the suite's scenarios. unseen_rate: of the leading figure on the test set; it may name {rate},
{details} (spread and interval), {Words} of the figure, {beside} (all baselines'), {nobody} and {yardstick} (theirs).
weakest, weakest_shifts: before where the leading figure is worst. varied, varied_how: the test of memorisation.
rates_note, axes_note, red, difficulty, paths, training_note: below tables and pictures. closest, axes: headings.
closeness, teams: at axes of pictures. drawn_only, intended_use, not_tested: of the
model card. score: what it is, where it has no gates.
"""

OF_EACH = ("bad", "failed", "axis")
"""Further keys end in a name. bad.OUTCOME: "no, ..." where the suite shows it. failed.OUTCOME: of a suite scenario,
with {seeds} and the figures of the outcomes. axis.AXIS: its {places} in the model card."""


def sentences(own: Mapping[str, str]) -> dict[str, str]:
    """The sentences of a world: its own over the general ones.

    Raises:
        ValueError: a key that no page knows; the message names it.
    """
    unknown = [key for key in own if key not in GENERAL and key.partition(".")[0] not in OF_EACH]
    if unknown:
        raise ValueError(f"evaluation.explained: unknown {unknown[0]!r}, known: {', '.join(GENERAL)}")
    return {**GENERAL, **own}
