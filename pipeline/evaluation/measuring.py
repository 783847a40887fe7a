"""Flies episodes and measures them: tables of episodes and of conflicts, block by block in bounded memory."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from envs.airspace.evaluation.recorder import FlightRecorder
from envs.airspace.evaluation.table import Measured, measure
from envs.airspace.simulation.batch import AirspaceBatch
from envs.ground.play import Episodes, Space, play
from envs.ground.policy import Policy
from envs.ground.steering import Steering
from pipeline.scenarios.sets import ScenarioSets

_PAIRS_PER_BLOCK = 65_536
"""Each takes 8 bytes in every step of a block."""


@dataclass(frozen=True)
class Pilot:
    """Who flies, by which name, and whether its actions are drawn instead of their mean."""

    mode: str
    steers: Policy | Steering
    stochastic: bool = False


@dataclass(frozen=True)
class MeasuredFlight:
    """One row per episode, one per conflict (`episode` joins them), and recordings by row number."""

    episodes: pd.DataFrame
    conflicts: pd.DataFrame
    recordings: dict[int, pd.DataFrame]


class Measuring:
    """A watch (see Watch) that measures each block when it has ended, and then forgets the flight."""

    def __init__(self, types: tuple[str, ...]) -> None:
        """Measure flights whose disturbances may name the aircraft types `types`."""
        self._types = types
        self._blocks: list[Measured] = []

    def begin(self, batch: AirspaceBatch, first: int) -> None:
        """See Watch.begin."""
        self._recorder, self._first = FlightRecorder(batch, self._types), first
        self._recorder.keep()

    def keep(self) -> None:
        """See Watch.keep."""
        self._recorder.keep()

    def end(self) -> None:
        """See Watch.end."""
        self._blocks.append(measure(self._recorder.flight(), self._first))
        del self._recorder

    def tables(self) -> Measured:
        """Of all blocks together."""
        conflicts = pd.concat([block.conflicts for block in self._blocks], ignore_index=True)
        return Measured(conflicts, pd.concat([block.episodes for block in self._blocks], ignore_index=True))


def episodes_of(sets: ScenarioSets, set_name: str, pilot: Pilot, repetitions: int, seed: int) -> Episodes:
    """The episodes of a set: drawn ones once; named scenarios once, and so often where actions are drawn.

    Raises:
        ValueError: an unknown set.
    """
    if set_name in sets.drawn:
        return Episodes.drawn(sets.drawn[set_name])
    named = {"suite": sets.suite, "custom": sets.custom}
    if set_name not in named:
        raise ValueError(f"set: unknown {set_name!r}, known: {', '.join([*named, *sets.drawn])}")
    every = list(sets.named)
    indices = [every.index(name) for name in named[set_name]]
    return Episodes.of_scenarios(indices, repetitions if pilot.stochastic else 1, seed)


def fly_measured(
    airspace: Space, episodes: Episodes, pilot: Pilot, worlds_per_block: int, record: Collection[int] = ()
) -> MeasuredFlight:
    """Fly and measure all episodes; where the simulator keeps a figure itself (smallest separation), it stands.

    Args:
        record: row numbers of the episodes to record in full.

    Raises:
        ValueError: no episodes.
    """
    if len(episodes) == 0:
        raise ValueError(f"{pilot.mode}: no episodes to measure, wanted one or more")
    watch = Measuring(airspace.extras)
    flown = play(
        airspace,
        episodes,
        pilot.steers,
        stochastic=pilot.stochastic,
        record=record,
        worlds_per_block=_bounded(worlds_per_block, airspace.num_slots),
        watch=watch,
    )
    found = watch.tables()
    added = [name for name in found.episodes.columns if name not in flown.episodes.columns]
    table = flown.episodes.merge(found.episodes[["episode", *added]], on="episode", validate="1:1")
    return MeasuredFlight(table, found.conflicts, flown.recordings)


def _bounded(worlds_per_block: int, num_slots: int) -> int:
    """So many worlds, or fewer where aircraft are so many that their pairs would take much memory."""
    return max(1, min(worlds_per_block, _PAIRS_PER_BLOCK * 2 // max(1, num_slots * (num_slots - 1))))
