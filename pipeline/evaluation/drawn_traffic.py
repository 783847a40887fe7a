"""Traffic that evaluate draws for itself, each set in an airspace of its own: by number of aircraft, and by density."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from envs.airspace.evaluation.settings import Numbers, SectorTraffic
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic_settings import STEP_S
from pipeline.ground.checks import check
from pipeline.scenarios.sets import TestSet, draw_seeds

_S_PER_H = 3600.0
_BLOCKED = 1.1
"""Sectors are that much more: in dense ones up to a tenth of the wanted aircraft is not inside, but waits to enter."""
Values = dict[str, Any]


def by_number(airspace: AirspaceSettings, wanted: Numbers, seed: int) -> dict[str, TestSet]:
    """Sets of procedural traffic with exactly so many aircraft; what is held out of their number is drawn here.

    Raises:
        ParamsError: a number that nobody can draw; the message names the key.
    """

    def change(values: Values, number: float) -> None:
        values["traffic"] = "families"
        values["procedural"] |= {"min_aircraft": int(number), "max_aircraft": int(number)}
        values["procedural"]["held_out"]["num_aircraft"] = []

    place = "airspace.evaluation.numbers.num_aircraft"
    settings = {name: _changed(airspace, change, n, place) for n, name in wanted.sets.items()}
    return _sets(settings, (wanted.num_episodes for _ in settings), seed)


def by_density(airspace: AirspaceSettings, wanted: SectorTraffic, seed: int) -> dict[str, TestSet]:
    """Sets of sectors, each as many as it takes for `flight_hours` where everybody flies straight.

    Raises:
        ParamsError: more aircraft than a sector has room for; the message names the key.
    """

    def change(values: Values, density: float) -> None:
        values["traffic"] = "sector"
        values["sector"]["density_per_10000_nm2"] = density
        steps = airspace.sector.warm_up_steps + math.ceil(wanted.counted_s / STEP_S)
        values["episode"] |= {"max_steps": steps, "after_arrival": "leave"}

    place = "airspace.evaluation.sector.densities_per_10000_nm2"
    settings = {name: _changed(airspace, change, d, place) for d, name in wanted.sets.items()}
    return _sets(settings, (_num_sectors(own, wanted) for own in settings.values()), seed)


def _num_sectors(settings: AirspaceSettings, wanted: SectorTraffic) -> int:
    sector = settings.sector
    inside = sector.density_per_10000_nm2 * sector.area_nm2 / 10_000.0
    return math.ceil(_BLOCKED * wanted.flight_hours / (inside * wanted.counted_s / _S_PER_H))


def _changed(
    airspace: AirspaceSettings, change: Callable[[Values, float], None], number: float, place: str
) -> AirspaceSettings:
    values = airspace.model_dump(mode="json")
    change(values, number)
    return check(AirspaceSettings, values, "params.yaml", f"{place} {number:g}: airspace.")


def _sets(settings: dict[str, AirspaceSettings], counts: Iterable[int], seed: int) -> dict[str, TestSet]:
    """Sets with seeds of their own and the same room, so that the simulator is compiled once for all of them."""
    room = max((own.most_drawn for own in settings.values()), default=0)
    drawn = {
        name: draw_seeds(np.random.default_rng([seed, *name.encode()]), "test", count)
        for name, count in zip(settings, counts, strict=True)
    }
    return {name: TestSet(settings[name], seeds, math.nan, room) for name, seeds in drawn.items()}
