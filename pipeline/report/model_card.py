"""The model card of a policy: what it is for, where it was tested, where not, and how it is known to fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from envs.ground.evaluating import Axis
from pipeline.report.evidence import Evidence
from pipeline.report.evidence_section import worst_words
from pipeline.report.subject import Subject

_WORST = 3
_NOT_JUDGED = "not known: the world says of no episode that it failed"


@dataclass(frozen=True)
class Schooling:
    """What a policy was trained on: train.traffic, and with which settings of the simulation.

    Lessons came before, each with settings of its own; `lessons_ended` holds the agent-steps at which those ended that
    did. `records`: what was learned from instead, or too, see pipeline/learning/records.py; {}: nothing.
    """

    traffic: str | Sequence[str]
    settings: Any
    lessons: Sequence[Any] = ()
    lessons_ended: Sequence[int] = ()
    records: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Envelope:
    """What a policy was tested in: the simulation's settings by set, over which axes, the world's of evaluation."""

    sets: Mapping[str, Any]
    axes: Sequence[Axis]
    settings: Any


def model_card(
    subject: Subject,
    tested: Envelope,
    schooling: Schooling,
    evidence: Evidence,
    failures: Sequence[str],
    memory_size: int,
) -> dict[str, str]:
    """The card's entries by heading.

    Args:
        failures: suite scenarios it fails in, in words.
        memory_size: how many numbers it remembers of each agent.
    """
    lost, say = [*failures, *worst_words(evidence, subject, _WORST)], subject.say
    shifts = subject.world.evaluation.shifts_told(tested.settings)
    return {
        "intended use": say["intended_use"],
        "trained on": _trained_on(subject, schooling),
        "tested envelope": _tested(subject, tested),
        **({"tested shifts": shifts} if shifts else {}),
        "not tested": say["not_tested"],
        "known failures": "\n".join(lost) or ("none seen" if subject.judges else _NOT_JUDGED),
        "memory": _memory(memory_size, say["agent"]),
    }


def _memory(size: int, agent: str) -> str:
    if size == 0:
        return "none: what it does follows from one observation"
    return (
        f"{size} numbers per {agent}: the input memory is zeros at the first step of each {agent}'s episode, "
        "and the output new_memory of its last step from then on"
    )


def _trained_on(subject: Subject, schooling: Schooling) -> str:
    if schooling.records:
        own, beside = schooling.records, replace(schooling, records={})
        flown = f"{own['episodes']:,} episodes, {own['agent_steps']:,} agent-steps, by {', '.join(own['pilots'])}"
        from_records = f"records: {own['folder']}, {flown}; SHA-256 of its record.json {own['digest']}"
        return from_records if own["alone"] else f"{_trained_on(subject, beside)}; and {from_records}"
    if not isinstance(schooling.traffic, str):
        return f"the scenarios {', '.join(schooling.traffic)}: on these its figures say nothing about the unseen"
    ended = [f"until {step:,} agent-steps " for step in schooling.lessons_ended]
    played = [*schooling.lessons, schooling.settings][: len(ended) + 1]
    told = subject.world.evaluation.envelope
    envelopes = [f"{until}{told(own)}" for until, own in zip([*ended, ""], played, strict=True)]
    known = "; then ".join(envelope for envelope in envelopes if envelope)
    return f"{subject.say['drawn_only']}{known and f', {known}'}; no named scenario was ever drawn"


def _tested(subject: Subject, tested: Envelope) -> str:
    told = {name: subject.world.evaluation.envelope(settings) for name, settings in tested.sets.items()}
    sets = "; ".join(f"{name}: {envelope}" if envelope else name for name, envelope in told.items())
    also = []
    for axis in tested.axes:
        places = ", ".join(f"{place:g}" for place in axis.sets) or "no"
        said = subject.say.get(f"axis.{axis.name}", f"{axis.words} {{places}} {axis.unit}")
        also.append(said.format(places=places).strip())
    return f"{sets}; also {', and '.join(also)}" if also else sets
