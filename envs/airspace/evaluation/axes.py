"""Traffic that evaluate draws for itself, each set in an airspace of its own: by number of aircraft, and by density."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from envs.airspace.evaluation.settings import EvaluationSettings, SectorTraffic
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic.traffic_settings import STEP_S
from envs.ground.evaluating import Axis

_S_PER_H = 3600.0
_BLOCKED = 1.1
"""Sectors are that much more: in dense ones up to a tenth of the wanted aircraft is not inside, but waits to enter."""
Values = dict[str, Any]


def axes(airspace: AirspaceSettings, wanted: EvaluationSettings) -> tuple[Axis, ...]:
    """By number of aircraft and by density.

    Raises:
        ValueError: a number or a density that nobody can draw; the message begins with the key.
    """
    return by_number(airspace, wanted), by_density(airspace, wanted.sector)


def by_number(airspace: AirspaceSettings, wanted: EvaluationSettings) -> Axis:
    """Procedural traffic with exactly so many aircraft; what is held out of their number is drawn here."""

    def change(values: Values, number: float) -> None:
        values["traffic"] = "families"
        values["procedural"] |= {"min_aircraft": int(number), "max_aircraft": int(number)}
        values["procedural"]["held_out"]["num_aircraft"] = []

    place, count = "numbers.num_aircraft", wanted.numbers.num_episodes
    sets = {float(number): (_changed(airspace, change, number, place), count) for number in wanted.numbers.num_aircraft}
    return Axis("aircraft", "number of aircraft", "aircraft", "los_rate", "episodes with LoS", sets)


def by_density(airspace: AirspaceSettings, wanted: SectorTraffic) -> Axis:
    """Sectors, of each density as many as it takes for `flight_hours` where everybody flies straight."""

    def change(values: Values, density: float) -> None:
        values["traffic"] = "sector"
        values["sector"]["density_per_10000_nm2"] = density
        steps = airspace.sector.warm_up_steps + math.ceil(wanted.counted_s / STEP_S)
        values["episode"] |= {"max_steps": steps, "after_arrival": "leave"}

    place = "sector.densities_per_10000_nm2"
    settings = {density: _changed(airspace, change, density, place) for density in wanted.densities_per_10000_nm2}
    sets = {density: (own, _num_sectors(own, wanted)) for density, own in settings.items()}
    words = "pairs with LoS per flight hour"
    return Axis("density", "density", "aircraft per 10,000 NM\N{SUPERSCRIPT TWO}", "los_per_flight_hour", words, sets)


def _num_sectors(settings: AirspaceSettings, wanted: SectorTraffic) -> int:
    sector = settings.sector
    inside = sector.density_per_10000_nm2 * sector.area_nm2 / 10_000.0
    return math.ceil(_BLOCKED * wanted.flight_hours / (inside * wanted.counted_s / _S_PER_H))


def _changed(
    airspace: AirspaceSettings, change: Callable[[Values, float], None], number: float, place: str
) -> AirspaceSettings:
    values = airspace.model_dump(mode="json")
    change(values, number)
    try:
        return AirspaceSettings.from_values(values)
    except ValidationError as error:
        said = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise ValueError(f"{place} {number:g}: {said}") from None
