"""The model card of a policy: what it is for, where it was tested, where not, and how it is known to fail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from envs.airspace.settings import AirspaceSettings
from pipeline.evidence import Evidence
from pipeline.report_evidence import worst_words
from pipeline.shift_params import Shifts

_WORST = 3


@dataclass(frozen=True)
class Schooling:
    """What a policy was trained on: train.traffic, and in what airspace.

    Lessons came before, each in an airspace of its own; `lessons_ended` holds the agent-steps at which those ended that
    did.
    """

    traffic: str | Sequence[str]
    airspace: AirspaceSettings
    lessons: Sequence[AirspaceSettings] = ()
    lessons_ended: Sequence[int] = ()


def model_card(
    airspace: AirspaceSettings,
    shifts: Shifts,
    schooling: Schooling,
    evidence: Evidence,
    failures: Sequence[str],
    memory_size: int,
) -> dict[str, str]:
    """The card's entries by heading.

    Args:
        airspace: what it was tested in.
        schooling: what it was trained on.
        failures: suite scenarios it fails in, in words.
        memory_size: how many numbers it remembers of each aircraft.
    """
    lost = [*failures, *worst_words(evidence, _WORST)]
    return {
        "intended use": "research on cooperative collision avoidance in simulation; not for operation, and no evidence "
        "for it",
        "trained on": _trained_on(schooling),
        "tested envelope": _tested(airspace, evidence),
        "tested shifts": _shifts(shifts),
        "not tested": "altitude, climbs and descents; other traffic that does not fly this policy, beyond the shift "
        "not_responding and mixed equipage with hold and mvp; aircraft beyond these speeds and types",
        "known failures": "\n".join(lost) or "none seen",
        "memory": _memory(memory_size),
    }


def _memory(size: int) -> str:
    if size == 0:
        return "none: what it does follows from one observation"
    return (
        f"{size} numbers per aircraft: the input memory is zeros at the first step of an aircraft's episode, "
        "and the output new_memory of its last step from then on"
    )


def _trained_on(schooling: Schooling) -> str:
    if not isinstance(schooling.traffic, str):
        return f"the scenarios {', '.join(schooling.traffic)}: on these its figures say nothing about the unseen"
    ended = [f"until {step:,} agent-steps " for step in schooling.lessons_ended]
    flown = [*schooling.lessons, schooling.airspace][: len(ended) + 1]
    envelopes = "; then ".join(f"{until}{_envelope(place)}" for until, place in zip([*ended, ""], flown, strict=True))
    return f"{schooling.traffic} traffic only, {envelopes}; no named scenario was ever drawn"


def _tested(airspace: AirspaceSettings, evidence: Evidence) -> str:
    return (
        f"{_envelope(airspace)}; also {_places(evidence.numbers)} aircraft, "
        f"and densities of {_places(evidence.densities)} aircraft per 10,000 NM\N{SUPERSCRIPT TWO}"
    )


def _envelope(airspace: AirspaceSettings) -> str:
    drawn, wind = airspace.procedural, airspace.wind
    families = ", ".join(name for name, weight in drawn.families.model_dump().items() if weight > 0)
    return (
        f"{drawn.min_aircraft} to {drawn.max_aircraft} aircraft of {', '.join(drawn.aircraft_types)} at one level, "
        f"{drawn.cas_kt.low:g} to {drawn.cas_kt.high:g} kt CAS, wind {wind.speed_kt:g} kt; families {families}"
    )


def _places(table: pd.DataFrame) -> str:
    return ", ".join(f"{place:g}" for place in table["place"].unique()) or "no"


def _shifts(shifts: Shifts) -> str:
    speeds = [*shifts.wind.micro, *shifts.wind.macro]
    winds = [f"wind up to {max(speeds):g} kt from {len(shifts.wind.from_deg)} directions"] if speeds else []
    parts = [
        f"{name} {', '.join(f'{value:g}' if isinstance(value, float) else str(value) for value in values)}"
        for name, values in ((name, (*family.micro, *family.macro)) for name, family in shifts.families.items())
    ]
    return "; ".join([*parts, *winds])
