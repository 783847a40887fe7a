"""Shifted episodes: each named scenario with one departure at a time, laid out for the batch from params.yaml."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from envs.airspace.evaluation.shift_settings import Shifts
from envs.airspace.simulation.compiled.worlds import LOSS_NM
from envs.airspace.simulation.disturbance_settings import Disturbance, Wind
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic.performance import aircraft_type
from envs.airspace.simulation.traffic.scenario import Scenario
from envs.ground.evaluating import Shifted
from envs.ground.evaluation_settings import BANDS, Size, changed
from envs.ground.play import Episodes, Space

UNSHIFTED = "none"
_ALL = "all"
_STARTS_PER_BLOCK = 2048


@dataclass(frozen=True)
class Shift:
    """One departure: of which family and band, how large, of whom, and what the airspace makes of it."""

    family: str
    band: str
    value: Size
    aircraft: str
    wind: Wind
    everyone: Disturbance
    single: dict[int, Disturbance] = field(default_factory=dict)
    label: str = ""

    def columns(self) -> dict[str, Any]:
        """How a table names it: family, band, size (NaN where it is no number), label, and who is shifted."""
        number = isinstance(self.value, float | int) and not isinstance(self.value, bool)
        size = float(self.value) if number else np.nan
        words = self.label or (f"{self.value:+g}" if number else str(self.value))
        slot = next(iter(self.single), -1)
        return {
            "shift": f"{self.family} {words} {self.aircraft}{slot + 1 if self.aircraft == 'each' else ''}",
            "shift_family": self.family,
            "band": self.band,
            "size": size,
            "size_label": words,
            "shifted": self.aircraft,
        }


def lay_out(airspace: Space, scenarios: Sequence[Scenario], shifts: Shifts, seed: int) -> Shifted:
    """All shifts of all scenarios, each so often as asked, with seeds of their own; starts below 5 NM left out.

    Raises:
        ValueError: an aircraft type that nobody knows; the message names the key.
    """
    airspace = replace(airspace, scenarios=tuple(scenarios), extras=_types(shifts, scenarios))
    maker, rows, records = airspace.batch(1), list[dict[str, Any]](), list[np.ndarray]()
    for index, scenario in enumerate(scenarios):
        for shift in grid(shifts, airspace.settings, scenario.num_aircraft):
            record = maker.disturbance(shift.wind, shift.everyone, shift.single, index)
            for repetition in range(shifts.repetitions):
                rows.append({"index": index, "scenario": scenario.name, "repetition": repetition} | shift.columns())
                records.append(record)
    columns = pd.DataFrame(rows)
    seeds = np.random.SeedSequence([seed, 1]).generate_state(len(rows), np.uint64)
    episodes = Episodes(columns.pop("index").to_numpy(), seeds, np.stack(records))
    clear = _start_nm(airspace, episodes) >= LOSS_NM
    kept, left_out = columns[clear].reset_index(drop=True), columns[~clear].reset_index(drop=True)
    return Shifted(airspace, episodes.take(np.flatnonzero(clear)), kept, left_out)


def grid(shifts: Shifts, settings: AirspaceSettings, num_aircraft: int) -> Iterator[Shift]:
    """The shifts of a scenario of so many aircraft: first none at all, then family by family."""
    undisturbed = settings.disturbance
    yield Shift(UNSHIFTED, UNSHIFTED, 0.0, _ALL, settings.wind, undisturbed)
    for family, values in shifts.families.items():
        for band in BANDS:
            for value in getattr(values, band):
                shifted = changed(undisturbed, values.changes, value)
                for who in values.aircraft:
                    if who == _ALL:
                        yield Shift(family, band, value, who, settings.wind, shifted)
                    for slot in range({_ALL: 0, "first": 1, "each": num_aircraft}[who]):
                        yield Shift(family, band, value, who, settings.wind, undisturbed, {slot: shifted})
    yield from _winds(shifts, undisturbed)


def _winds(shifts: Shifts, undisturbed: Disturbance) -> Iterator[Shift]:
    for band in BANDS:
        for speed_kt in getattr(shifts.wind, band):
            for from_deg in shifts.wind.from_deg:
                wind, label = Wind(from_deg=from_deg, speed_kt=speed_kt), f"{speed_kt:g} kt from {from_deg:03.0f}"
                yield Shift("wind", band, speed_kt, _ALL, wind, undisturbed, label=label)


def _types(shifts: Shifts, scenarios: Sequence[Scenario]) -> tuple[str, ...]:
    """Aircraft types that shifts name, each checked at the levels where it will fly."""
    found: dict[str, None] = {}
    for name, family in shifts.families.items():
        for band in BANDS if family.changes == "aircraft_type" else ():
            for wanted in getattr(family, band):
                for alt_ft in {scenario.centre.alt_ft for scenario in scenarios}:
                    _check_type(str(wanted), alt_ft, f"params.yaml: airspace.evaluation.shifts.families.{name}.{band}")
                found[str(wanted)] = None
    return tuple(found)


def _check_type(name: str, alt_ft: float, place: str) -> None:
    try:
        aircraft_type(name, alt_ft)
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from None


def _start_nm(airspace: Space, episodes: Episodes) -> np.ndarray:
    """The smallest separation (N,) at the shifted starts, in blocks: a batch of all of them would take gigabytes."""
    found = list[np.ndarray]()
    for first in range(0, len(episodes), _STARTS_PER_BLOCK):
        block = episodes.take(slice(first, first + _STARTS_PER_BLOCK))
        batch = airspace.batch(len(block))
        batch.begin(np.arange(len(block)), block.scenario, block.seed, block.shift)
        found.append(np.array(batch.worlds.min_separation))
    return np.concatenate(found)
