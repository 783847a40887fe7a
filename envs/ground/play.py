"""Plays given episodes of any world to their ends, in blocks: a table of episodes, and recordings of chosen ones."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pandas as pd

from envs.ground.policy import Policy
from envs.ground.steering import Steering, as_steering
from envs.ground.world import DRAWN, DRAWN_NAME, Batch, Simulation


@dataclass(frozen=True)
class Space:
    """What is played in: a world's simulation, its settings, and the scenarios that episodes refer to.

    Attributes:
        discount: the learner's gamma.
        extras: whatever else shifts may name, see Simulation.batch.
        room: for at least so many agents.
    """

    simulation: Simulation
    settings: Any
    scenarios: tuple[Any, ...] = ()
    discount: float = 1.0
    extras: tuple[str, ...] = field(default=(), kw_only=True)
    room: int = field(default=0, kw_only=True)

    @property
    def num_slots(self) -> int:
        """The agents that each world has room for."""
        sizes = (self.simulation.size(scenario) for scenario in self.scenarios)
        return max(self.room, self.simulation.room(self.settings), *sizes, 0)

    def batch(self, num_worlds: int) -> Any:
        """That many worlds of it: the world's own `Batch`."""
        return self.simulation.batch(
            self.settings,
            num_worlds,
            scenarios=self.scenarios,
            discount=self.discount,
            room=self.num_slots,
            extras=self.extras,
        )


@dataclass(frozen=True)
class Episodes:
    """N episodes to play: the scenario's index (DRAWN: -1) and seed of each; the seed also decides the actions' noise.

    `shift` are records (N,) for `Batch.begin`; None: those of the settings.
    """

    scenario: np.ndarray
    seed: np.ndarray
    shift: np.ndarray | None = None

    @classmethod
    def drawn(cls, seeds: np.ndarray) -> Episodes:
        """Drawn episodes of these seeds (N,) uint64."""
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
        shift = None if self.shift is None else self.shift[rows]
        return Episodes(self.scenario[rows], self.seed[rows], shift)


@dataclass(frozen=True)
class Played:
    """What came of it: one row per episode, and a recording (one row per step and agent) by row number."""

    episodes: pd.DataFrame
    recordings: dict[int, pd.DataFrame]


class Watch(Protocol):
    """Looks on while blocks are played, and keeps what it wants to know."""

    def begin(self, batch: Any, first: int) -> None:
        """In world w of `batch` the episode of row `first` + w has just begun."""
        ...

    def keep(self) -> None:
        """A step has been taken."""
        ...

    def end(self) -> None:
        """All episodes of the block have ended."""
        ...


class _Nobody:
    """A watch that keeps nothing."""

    def begin(self, batch: Batch, first: int) -> None:
        """See Watch.begin."""

    def keep(self) -> None:
        """See Watch.keep."""

    def end(self) -> None:
        """See Watch.end."""


def play(
    space: Space,
    episodes: Episodes,
    actor: Policy | Steering,
    *,
    stochastic: bool = False,
    record: Collection[int] = (),
    worlds_per_block: int = 512,
    watch: Watch | None = None,
) -> Played:
    """Play all episodes to their ends.

    Args:
        actor: a policy that sees observations, or steering that sees the worlds.
        stochastic: draw actions from the policy's distribution instead of taking its mean.
        record: row numbers of the episodes to record in full.
        worlds_per_block: how many are played together; memory grows with it, results do not depend on it.
        watch: looks on, block by block.
    """
    tables: list[pd.DataFrame] = []
    recordings: dict[int, pd.DataFrame] = {}
    steering = as_steering(actor)
    for first in range(0, len(episodes), worlds_per_block):
        block = episodes.take(slice(first, first + worlds_per_block))
        rows = [row - first for row in sorted(record) if first <= row < first + len(block)]
        recorder = Recorder(rows, space.simulation.step_s)
        batch = space.batch(len(block))
        returns = _play_block(batch, block, first, steering, stochastic, recorder, watch or _Nobody())
        tables.append(_tabulate(space, batch, block, first, returns))
        recordings |= {first + row: frame for row, frame in recorder.frames(batch).items()}
    return Played(pd.concat(tables, ignore_index=True) if tables else _no_episodes(space), recordings)


def _play_block(
    batch: Batch,
    block: Episodes,
    first: int,
    steering: Steering,
    stochastic: bool,
    recorder: Recorder,
    watch: Watch,
) -> np.ndarray:
    """Play a block; the return of each agent, (W, A)."""
    batch.begin(np.arange(len(block)), block.scenario, block.seed, block.shift)
    steering.begin(batch, first)
    watch.begin(batch, first)
    shape = (len(block), batch.num_slots, batch.num_actions)
    recorder.keep(batch, np.zeros(shape))
    noise = [np.random.default_rng(int(seed)) for seed in block.seed] if stochastic else []
    returns = np.zeros(shape[:2])
    while not batch.done.all():
        running = ~batch.done
        active = batch.active & running[:, None]
        drawn = np.stack([rng.standard_normal(shape[1:]) for rng in noise]) if stochastic else None
        actions = np.where(active[:, :, None], steering.steer(batch, drawn), 0.0)
        batch.step(actions)
        returns[running] += batch.reward[running]
        recorder.keep(batch, actions)
        watch.keep()
    watch.end()
    return returns


def _tabulate(space: Space, batch: Batch, block: Episodes, first: int, returns: np.ndarray) -> pd.DataFrame:
    """One row per world whose episode has ended; the return is the mean over its agents."""
    names = np.array([*(scenario.name for scenario in space.scenarios), DRAWN_NAME], object)
    found = batch.outcomes()
    family = found.pop("family", np.full(len(block), ""))
    num_agents = found.pop("num_agents")
    table = {
        "episode": first + np.arange(len(block)),
        "scenario": names[block.scenario],
        "family": family,
        "episode_seed": block.seed,
        "num_agents": num_agents,
        "steps": batch.steps,
        **found,
    }
    table.setdefault("return", returns.sum(1) / np.maximum(1, num_agents))
    return pd.DataFrame({name: np.array(column) for name, column in table.items()})


def _no_episodes(space: Space) -> pd.DataFrame:
    """The table of no episodes, with its columns."""
    nothing, batch = Episodes.drawn(np.zeros(1, np.uint64)), space.batch(1)
    batch.begin(np.arange(1), nothing.scenario, nothing.seed)
    return _tabulate(space, batch, nothing, 0, np.zeros((1, batch.num_slots))).iloc[:0]


class Recorder:
    """Keeps every step of some worlds of a block."""

    def __init__(self, rows: list[int], step_s: float) -> None:
        """Record the worlds `rows`, of which a step takes `step_s` seconds (NaN: the world knows no seconds)."""
        self.rows = np.array(rows, int)
        self._step_s = step_s
        self._steps: list[dict[str, np.ndarray]] = []

    def keep(self, batch: Batch, actions: np.ndarray) -> None:
        """Keep the present state; a world that had ended before is left out when frames are made."""
        if len(self.rows) == 0:
            return
        kept = {"step": np.repeat(batch.steps[self.rows, None], batch.num_slots, 1)}
        kept |= batch.frame(self.rows, actions[self.rows])
        self._steps.append({name: np.array(values) for name, values in kept.items()})

    def frames(self, batch: Batch) -> dict[int, pd.DataFrame]:
        """By world: a row per step and agent, from the start (step 0) to the episode's end."""
        return {int(row): self._frame(batch, n, int(row)) for n, row in enumerate(self.rows)}

    def _frame(self, batch: Batch, n: int, row: int) -> pd.DataFrame:
        constant, last = batch.agents(row), int(batch.steps[row])
        count = len(next(iter(constant.values())))
        columns = {
            name: np.concatenate([step[name][n, :count] for step in self._steps[: last + 1]]) for name in self._steps[0]
        }
        frame = pd.DataFrame(columns)
        frame.insert(1, "time_s", frame["step"] * self._step_s)
        for place, (name, values) in enumerate(constant.items()):
            frame.insert(2 + place, name, np.tile(values, last + 1))
        return frame
