"""Shifted episodes: each named scenario with one departure at a time, laid out for the batch from params.yaml."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from envs.ground.evaluating import Shifted
from envs.ground.evaluation_settings import BANDS, Size, changed
from envs.ground.play import Episodes, Space
from envs.roads.evaluation.shift_settings import Shifts
from envs.roads.simulation.settings import Disturbance, RoadsSettings

UNSHIFTED = "none"
_ALL = "all"


@dataclass(frozen=True)
class Shift:
    """One departure: of which family and band, how large, of whom, and what the roads make of it."""

    family: str
    band: str
    value: Size
    cars: str
    everyone: Disturbance
    single: dict[int, Disturbance] = field(default_factory=dict)

    def columns(self) -> dict[str, Any]:
        """How a table names it: family, band, size (NaN where it is no number), label, and who is shifted."""
        number = not isinstance(self.value, bool)
        words = f"{self.value:g}" if number else str(self.value)
        slot = next(iter(self.single), -1)
        return {
            "shift": f"{self.family} {words} {self.cars}{slot + 1 if self.cars == 'each' else ''}",
            "shift_family": self.family,
            "band": self.band,
            "size": float(self.value) if number else np.nan,
            "size_label": words,
            "shifted": self.cars,
        }


def lay_out(space: Space, scenarios: Sequence[Any], shifts: Shifts, seed: int) -> Shifted:
    """All shifts of all scenarios, each so often as asked, with seeds of their own; all of them can be driven."""
    space = replace(space, scenarios=tuple(scenarios))
    maker, rows, records = space.batch(1), list[dict[str, Any]](), list[np.ndarray]()
    for index, scenario in enumerate(scenarios):
        for shift in grid(shifts, space.settings, space.simulation.size(scenario)):
            record = maker.disturbance(shift.everyone, shift.single)
            for repetition in range(shifts.repetitions):
                rows.append({"index": index, "scenario": scenario.name, "repetition": repetition} | shift.columns())
                records.append(record)
    columns = pd.DataFrame(rows)
    seeds = np.random.SeedSequence([seed, 1]).generate_state(len(rows), np.uint64)
    episodes = Episodes(columns.pop("index").to_numpy(), seeds, np.stack(records))
    return Shifted(space, episodes, columns, columns.iloc[:0])


def grid(shifts: Shifts, settings: RoadsSettings, num_cars: int) -> Iterator[Shift]:
    """The shifts of a scenario of so many cars: first none at all, then family by family."""
    undisturbed = settings.disturbance
    yield Shift(UNSHIFTED, UNSHIFTED, 0.0, _ALL, undisturbed)
    for family, values in shifts.families.items():
        for band in BANDS:
            for value in getattr(values, band):
                shifted = changed(undisturbed, values.changes, value)
                for who in values.cars:
                    if who == _ALL:
                        yield Shift(family, band, value, who, shifted)
                    for slot in range({_ALL: 0, "first": 1, "each": num_cars}[who]):
                        yield Shift(family, band, value, who, undisturbed, {slot: shifted})
