"""Shifted episodes: each named scenario with one departure at a time, laid out for the batch from params.yaml."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from envs.ground.evaluating import Shifted
from envs.ground.evaluation_settings import BANDS, Size, changed
from envs.ground.play import Episodes, Space
from envs.swarm.evaluation.settings import Shifts
from envs.swarm.simulation.settings import Disturbance

UNSHIFTED = "none"
_ALL = "all"


def lay_out(space: Space, scenarios: Sequence[Any], shifts: Shifts, seed: int) -> Shifted:
    """All shifts of all scenarios, each so often as asked, with seeds of their own; all of them can be played."""
    space = replace(space, scenarios=tuple(scenarios))
    maker, rows, records = space.batch(1), list[dict[str, Any]](), list[np.ndarray]()
    for index, scenario in enumerate(scenarios):
        for columns, disturbance in grid(shifts, space.settings.disturbance):
            for repetition in range(shifts.repetitions):
                rows.append({"index": index, "scenario": scenario.name, "repetition": repetition} | columns)
                records.append(maker.disturbance(disturbance))
    table = pd.DataFrame(rows)
    seeds = np.random.SeedSequence([seed, 1]).generate_state(len(rows), np.uint64)
    episodes = Episodes(table.pop("index").to_numpy(), seeds, np.stack(records))
    return Shifted(space, episodes, table, table.iloc[:0])


def grid(shifts: Shifts, undisturbed: Disturbance) -> Iterator[tuple[dict[str, Any], Disturbance]]:
    """How a table names each shift, and what the swarm makes of it: first none at all, then family by family."""
    yield _columns(UNSHIFTED, UNSHIFTED, 0.0), undisturbed
    for family, values in shifts.families.items():
        for band in BANDS:
            for value in getattr(values, band):
                yield _columns(family, band, value), changed(undisturbed, values.changes, value)


def _columns(family: str, band: str, value: Size) -> dict[str, Any]:
    told = {"shift": f"{family} {value:g} {_ALL}", "shift_family": family, "band": band}
    return told | {"size": float(value), "size_label": f"{value:g}", "shifted": _ALL}
