"""Flies given episodes with a policy, in blocks, and gives a table of episodes and recordings of chosen ones."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pandas as pd

from envs.airspace.simulation.batch import DRAWN, AirspaceBatch
from envs.airspace.simulation.rules import Performance
from envs.airspace.simulation.scenario import Scenario
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic_settings import DRAWN_FAMILIES
from envs.airspace.simulation.worlds import LOSS_NM, REWARD_PARTS, Worlds
from envs.ground.policy import Policy
from envs.ground.steering import Steering, as_steering


@dataclass(frozen=True)
class Airspace:
    """What is flown in: settings, the scenarios that episodes refer to, the learner's discount, performance.

    `types` are further aircraft types that episodes' disturbances may name; `room`: for at least so many aircraft.
    """

    settings: AirspaceSettings
    scenarios: tuple[Scenario, ...]
    discount: float
    performance: Performance
    types: tuple[str, ...] = field(default=(), kw_only=True)
    room: int = field(default=0, kw_only=True)

    @property
    def num_slots(self) -> int:
        """The aircraft that each world has room for."""
        return max(self.room, self.settings.most_drawn, *(scenario.num_aircraft for scenario in self.scenarios), 0)

    def batch(self, num_worlds: int) -> AirspaceBatch:
        """That many worlds of it."""
        return AirspaceBatch(
            self.settings,
            num_worlds,
            seed=0,
            scenarios=self.scenarios,
            discount=self.discount,
            performance=self.performance,
            min_slots=self.num_slots,
            types=self.types,
        )


@dataclass(frozen=True)
class Episodes:
    """N episodes to fly: the scenario's index (DRAWN: -1) and seed of each; the seed also decides the action noise.

    `disturbances` are records (N,) made by `AirspaceBatch.disturbance`; None: those of the settings.
    """

    scenario: np.ndarray
    seed: np.ndarray
    disturbances: np.ndarray | None = None

    @classmethod
    def drawn(cls, seeds: np.ndarray) -> Episodes:
        """Procedural episodes of these seeds (N,) uint64."""
        return cls(np.full(len(seeds), DRAWN), seeds.astype(np.uint64))

    @classmethod
    def of_scenarios(cls, indices: Sequence[int], repetitions: int, seed: int) -> Episodes:
        """Each scenario `repetitions` times, with seeds of their own."""
        scenario = np.repeat(np.asarray(indices, np.int64), repetitions)
        return cls(
            scenario, np.random.SeedSequence(seed).generate_state(max(1, len(scenario)), np.uint64)[: len(scenario)]
        )

    def __len__(self) -> int:
        return len(self.scenario)

    def take(self, rows: np.ndarray | slice) -> Episodes:
        """Some of them."""
        disturbances = None if self.disturbances is None else self.disturbances[rows]
        return Episodes(self.scenario[rows], self.seed[rows], disturbances)


@dataclass(frozen=True)
class Flown:
    """What came of it: one row per episode, and a recording (one row per step and aircraft) by row number."""

    episodes: pd.DataFrame
    recordings: dict[int, pd.DataFrame]


class Watch(Protocol):
    """Looks on while blocks are flown, and keeps what it wants to know."""

    def begin(self, batch: AirspaceBatch, first: int) -> None:
        """In world w of `batch` the episode of row `first` + w has just begun."""
        ...

    def keep(self) -> None:
        """A step has been flown."""
        ...

    def end(self) -> None:
        """All episodes of the block have ended."""
        ...


def fly(
    airspace: Airspace,
    episodes: Episodes,
    pilot: Policy | Steering,
    *,
    stochastic: bool = False,
    record: Collection[int] = (),
    worlds_per_block: int = 512,
    watch: Watch | None = None,
) -> Flown:
    """Fly all episodes to their ends.

    Args:
        pilot: a policy that sees observations, or steering that sees the worlds.
        stochastic: draw actions from the policy's distribution instead of taking its mean.
        record: row numbers of the episodes to record in full.
        worlds_per_block: how many fly together; memory grows with it, results do not depend on it.
        watch: looks on, block by block.
    """
    tables: list[pd.DataFrame] = []
    recordings: dict[int, pd.DataFrame] = {}
    steering = as_steering(pilot)
    for first in range(0, len(episodes), worlds_per_block):
        block = episodes.take(slice(first, first + worlds_per_block))
        recorder = Recorder([row - first for row in sorted(record) if first <= row < first + len(block)])
        batch = airspace.batch(len(block))
        _fly_block(batch, block, first, steering, stochastic, recorder, watch or _Nobody())
        tables.append(_tabulate(batch, first))
        recordings |= {first + row: frame for row, frame in recorder.frames(batch).items()}
    table = pd.concat(tables, ignore_index=True) if tables else _tabulate(airspace.batch(1), 0).iloc[:0]
    return Flown(table, recordings)


class _Nobody:
    """A watch that keeps nothing."""

    def begin(self, batch: AirspaceBatch, first: int) -> None:
        """See Watch.begin."""

    def keep(self) -> None:
        """See Watch.keep."""

    def end(self) -> None:
        """See Watch.end."""


def _fly_block(
    batch: AirspaceBatch,
    block: Episodes,
    first: int,
    steering: Steering,
    stochastic: bool,
    recorder: Recorder,
    watch: Watch,
) -> None:
    worlds, max_steps = batch.worlds, batch.settings.episode.max_steps
    batch.begin(np.arange(len(block)), block.scenario, block.seed, block.disturbances)
    steering.begin(batch, first)
    watch.begin(batch, first)
    recorder.keep(batch, np.zeros((len(block), batch.num_slots, 2)))
    noise = _noise(block.seed, max_steps, batch.num_slots) if stochastic else None
    while not worlds.done.all():
        active = worlds.active & ~worlds.done[:, None]
        drawn = None if noise is None else noise[:, worlds.step.max()]
        actions = np.where(active[:, :, None], steering.steer(batch, drawn), 0.0)
        batch.step(actions)
        recorder.keep(batch, actions)
        watch.keep()
    watch.end()


def _noise(seeds: np.ndarray, max_steps: int, num_slots: int) -> np.ndarray:
    """Standard normal numbers (N, max_steps, A, 2), each episode's from its own seed."""
    shape = (max_steps, num_slots, 2)
    return np.stack([np.random.default_rng(int(seed)).standard_normal(shape) for seed in seeds])


def _tabulate(batch: AirspaceBatch, first: int) -> pd.DataFrame:
    """One row per world whose episode has ended."""
    worlds = batch.worlds
    names = np.array([*(scenario.name for scenario in batch.scenarios), "procedural"], object)
    families = np.array([*DRAWN_FAMILIES, ""], object)
    slots = np.arange(batch.num_slots) < worlds.num_aircraft[:, None]
    num_arrived = worlds.arrived.sum(1)
    with np.errstate(invalid="ignore"):
        flight_time = np.where(worlds.arrived, worlds.flight_time, 0.0).sum(1) / num_arrived
    table = {
        "episode": first + np.arange(batch.num_worlds),
        "scenario": names[worlds.scenario],
        "family": families[worlds.family],
        "episode_seed": worlds.episode_seed,
        "num_aircraft": worlds.num_aircraft,
        "steps": worlds.step,
        "min_separation_nm": worlds.min_separation,
        "los": worlds.min_separation < LOSS_NM,
        "los_pairs": worlds.pair_los.sum((1, 2)),
        "los_seconds": worlds.los_seconds,
        "arrived_share": num_arrived / np.maximum(1, worlds.num_aircraft),
        "all_arrived": num_arrived == worlds.num_aircraft,
        "flight_time_s": flight_time,
    }
    means = worlds.reward_sums.sum(1, where=slots[:, :, None]) / np.maximum(1, worlds.num_aircraft)[:, None]
    table |= {f"reward_{part}": means[:, p] for p, part in enumerate(REWARD_PARTS)}
    return pd.DataFrame({name: np.array(column) for name, column in (table | {"return": means.sum(1)}).items()})


class Recorder:
    """Keeps every step of some worlds of a block."""

    def __init__(self, rows: list[int]) -> None:
        """Record the worlds `rows`."""
        self.rows = np.array(rows, int)
        self._steps: list[dict[str, np.ndarray]] = []

    def keep(self, batch: AirspaceBatch, actions: np.ndarray) -> None:
        """Keep the present state; a world that had ended before is left out when frames are made."""
        if len(self.rows) == 0:
            return
        worlds, rows = batch.worlds, self.rows
        parts = {f"reward_{part}": worlds.reward_parts[rows, :, p] for p, part in enumerate(REWARD_PARTS)}
        kept = {
            "step": np.repeat(worlds.step[rows, None], batch.num_slots, 1),
            "east_nm": worlds.position[rows, :, 0],
            "north_nm": worlds.position[rows, :, 1],
            "heading_deg": worlds.heading[rows],
            "tas_kt": worlds.tas[rows],
            "cas_kt": worlds.cas[rows],
            "waypoint_east_nm": worlds.waypoint[rows, :, 0],
            "waypoint_north_nm": worlds.waypoint[rows, :, 1],
            "separation_nm": worlds.separation[rows],
            "present": worlds.present[rows],
            "active": worlds.active[rows],
            "arrived": worlds.arrived[rows],
            "action_heading": actions[rows, :, 0],
            "action_speed": actions[rows, :, 1],
            "applied_heading": worlds.applied_action[rows, :, 0],
            "applied_speed": worlds.applied_action[rows, :, 1],
        } | _reports(worlds, rows)
        self._steps.append({name: np.array(values) for name, values in (kept | parts).items()})

    def frames(self, batch: AirspaceBatch) -> dict[int, pd.DataFrame]:
        """By world: a row per step and aircraft, from the start (step 0) to the episode's end."""
        return {int(row): self._frame(batch, n, int(row)) for n, row in enumerate(self.rows)}

    def _frame(self, batch: AirspaceBatch, n: int, row: int) -> pd.DataFrame:
        count, last = int(batch.worlds.num_aircraft[row]), int(batch.worlds.step[row])
        columns = {
            name: np.concatenate([step[name][n, :count] for step in self._steps[: last + 1]]) for name in self._steps[0]
        }
        ids, types = _names(batch, row, count)
        frame = pd.DataFrame(columns)
        frame.insert(1, "time_s", frame["step"] * 10.0)
        frame.insert(2, "aircraft", np.tile(ids, last + 1))
        frame.insert(3, "type", np.tile(types, last + 1))
        return frame


def _reports(worlds: Worlds, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Where each aircraft is, and how it flies through the air, by the last report of it that the others have.

    True where nothing disturbs reports; no numbers where none has arrived yet. Each (N, A).
    """
    velocity_kt = worlds.tas[rows, :, None] * worlds.direction[rows]
    true = np.concatenate([worlds.position[rows], velocity_kt], -1)
    heard = np.where(worlds.reported[rows, :, None], worlds.report[rows], np.nan)
    last = np.where(worlds.disturbed[rows, None, None], heard, true)
    names = ("reported_east_nm", "reported_north_nm", "reported_east_kt", "reported_north_kt")
    return dict(zip(names, np.moveaxis(last, -1, 0), strict=True))


def _names(batch: AirspaceBatch, row: int, count: int) -> tuple[list[str], list[str]]:
    """Ids and types of a world's aircraft."""
    index = int(batch.worlds.scenario[row])
    if index >= 0:
        return list(batch.scenarios[index].ids), list(batch.scenarios[index].types)
    kinds = batch.settings.procedural.aircraft_types
    return [f"AC{a + 1}" for a in range(count)], [kinds[kind] for kind in batch.worlds.kind[row, :count]]
