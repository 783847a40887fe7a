"""The model card of a policy: what it is for, where it was tested, where not, and how it is known to fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from envs.airspace.evaluation.shift_settings import Shifts
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic_settings import FAMILIES, Procedural
from pipeline.report.evidence import Evidence
from pipeline.report.evidence_section import worst_words

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
    airspaces: Mapping[str, AirspaceSettings],
    shifts: Shifts,
    schooling: Schooling,
    evidence: Evidence,
    failures: Sequence[str],
    memory_size: int,
) -> dict[str, str]:
    """The card's entries by heading.

    Args:
        airspaces: what it was tested in, by the name of the set.
        schooling: what it was trained on.
        failures: suite scenarios it fails in, in words.
        memory_size: how many numbers it remembers of each aircraft.
    """
    lost = [*failures, *worst_words(evidence, _WORST)]
    return {
        "intended use": "research on cooperative collision avoidance in simulation; not for operation, and no evidence "
        "for it",
        "trained on": _trained_on(schooling),
        "tested envelope": _tested(airspaces, evidence),
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


def _tested(airspaces: Mapping[str, AirspaceSettings], evidence: Evidence) -> str:
    sets = "; ".join(f"{name}: {_envelope(airspace)}" for name, airspace in airspaces.items())
    return (
        f"{sets}; also {_places(evidence.numbers)} aircraft, and densities of {_per_area(_places(evidence.densities))}"
    )


def _envelope(airspace: AirspaceSettings) -> str:
    drawn = airspace.procedural
    families = ", ".join(name for name, weight in zip(FAMILIES, drawn.weights, strict=True) if weight > 0)
    in_sector = airspace.traffic == "sector"
    number = f"a sector of {_per_area(f'{airspace.sector.density_per_10000_nm2:g}')}," if in_sector else _counts(drawn)
    return (
        f"{number} aircraft of {', '.join(drawn.aircraft_types)} at one level, {_speeds(drawn)} CAS, "
        f"wind {airspace.wind.speed_kt:g} kt" + ("" if in_sector else f"; families {families}")
    )


def _per_area(densities: str) -> str:
    return f"{densities} aircraft per 10,000 NM\N{SUPERSCRIPT TWO}"


def _counts(drawn: Procedural) -> str:
    first, *others = drawn.counts
    if others and others == list(range(first + 1, others[-1] + 1)):
        return f"{first} to {others[-1]}"
    return ", ".join(str(count) for count in drawn.counts)


def _speeds(drawn: Procedural) -> str:
    held = drawn.held_out.cas_kt
    without = "" if held is None else f" without {held.low:g} to {held.high:g} kt"
    return f"{drawn.cas_kt.low:g} to {drawn.cas_kt.high:g} kt{without}"


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
