"""A world by hand: one agent that has four steps to count to a number, the last digit of an episode's seed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd

from envs.ground.outcomes import Outcome
from envs.ground.play import Episodes, Space, play
from envs.ground.record import Record
from envs.ground.rooms import Scenarios, Way
from envs.ground.sets import ScenarioSettings
from envs.ground.steering import Nothing, Steering
from envs.ground.world import Simulation

STEPS = 4


class Counting(Record):
    """Settings: what is seen of the number, and what is added to what is drawn."""

    sharp: bool = True
    offset: int = 0


@dataclass(frozen=True)
class Number:
    """A named scenario."""

    name: str
    number: int

    def digest(self) -> str:
        return hashlib.sha256(f"{self.name} {self.number}".encode()).hexdigest()


class CountingBatch:
    """W worlds."""

    num_slots, num_actions, max_steps = 1, 1, STEPS

    def __init__(self, settings: Counting, num_worlds: int, scenarios: Sequence[Number]) -> None:
        self.num_worlds, self._offset = num_worlds, settings.offset
        self._numbers = np.array([*(scenario.number for scenario in scenarios), 0])
        self.active, self.reward = np.ones((num_worlds, 1), bool), np.zeros((num_worlds, 1))
        self.steps = np.zeros(num_worlds, np.int64)

    def begin(self, which: np.ndarray, scenario: np.ndarray, seed: np.ndarray, shift: Any = None) -> None:
        self.wanted = np.where(scenario < 0, seed.astype(np.int64) % 10 + self._offset, self._numbers[scenario])
        self.counted, self.steps[:] = np.zeros(self.num_worlds), 0

    @property
    def done(self) -> np.ndarray:
        return self.steps == STEPS

    def step(self, actions: np.ndarray) -> None:
        self.counted += actions[:, 0, 0]
        self.steps += 1

    def outcomes(self) -> dict[str, np.ndarray]:
        missing = np.abs(self.wanted - self.counted)
        family = np.where(self.wanted % 2, "odd", "even").astype(object)
        ones = np.ones(self.num_worlds, np.int64)
        return {"family": family, "num_agents": ones, "missed": missing > 0, "missing": missing}


class _Simulation:
    settings, step_s = Counting, 2.0

    def batch(self, settings: Counting, num_worlds: int, *, scenarios: Sequence[Number], **_: Any) -> CountingBatch:
        return CountingBatch(settings, num_worlds, scenarios)

    def outcomes(self, settings: Counting) -> tuple[Outcome, ...]:
        return Outcome("missed", "episodes that miss", "failure"), Outcome("missing", "what is missing", "number")

    def room(self, settings: Counting) -> int:
        return 1

    def size(self, scenario: Number) -> int:
        return 1

    def same_seen_and_done(self, ours: Counting, theirs: Counting) -> str:
        return "" if ours.sharp == theirs.sharp else "sharp"

    def scenario_from(self, document: Any, source: str) -> Number:
        if not isinstance(document, dict) or set(document) != {"name", "number"}:
            raise ValueError(f"{source}: got {document!r}, wanted a name and a number")
        return Number(**document)

    def document_of(self, scenario: Number, source: str) -> dict[str, Any]:
        if scenario.number < 0:
            raise ValueError(f"{source}: number: got {scenario.number}, wanted 0 or more")
        return vars(scenario)


class Push:
    """Adds the same in each step, to each episode its own."""

    def __init__(self, by: Sequence[float]) -> None:
        self._by = np.array(by)

    def begin(self, batch: CountingBatch, first: int) -> None:
        self._first = first

    def steer(self, batch: CountingBatch, noise: np.ndarray | None) -> np.ndarray:
        return self._by[self._first : self._first + batch.num_worlds, None, None]


class _Scenarios:
    """Nothing is known of numbers from 100 on; the search finds all numbers below 9."""

    settings = ScenarioSettings
    told, methods = {"far": "what is missing"}, {"stay": "nothing", "push": "add {by:g}", "search": "add {by:g}"}
    hard = "1 where the number has a name"

    def suite(self) -> Mapping[str, Number]:
        return {"four": Number("four", 4)}

    def no_proof(self, simulation: Counting) -> str:
        return "numbers so large are not known" if simulation.offset >= 100 else ""

    def ways(self, settings: ScenarioSettings, baselines: Any) -> Iterator[Way]:
        yield Way("stay")
        yield Way("push", {"by": 1.0})

    def search(self, settings: ScenarioSettings, space: Space, episodes: Episodes, seed: int) -> list[Way | None]:
        batch = space.batch(len(episodes))
        batch.begin(np.arange(len(episodes)), episodes.scenario, episodes.seed)
        return [Way("search", {"by": number / STEPS}) if number < 9 else None for number in batch.wanted.tolist()]

    def steering_of(self, ways: Sequence[Way]) -> Steering:
        (method,) = {way.method for way in ways}
        return Nothing() if method == "stay" else Push([way.arguments["by"] for way in ways])

    def nothing_done(self, settings: ScenarioSettings, space: Space, episodes: Episodes) -> pd.DataFrame:
        table = play(space, episodes, Nothing(), worlds_per_block=settings.worlds_per_block).episodes
        kept = table[["scenario", "episode_seed", "family", "num_agents"]]
        return kept.assign(conflicting=table["missed"], far=table["missing"])

    def difficulty(
        self, settings: ScenarioSettings, space: Space, episodes: Episodes, seed: int, *, named: bool
    ) -> np.ndarray:
        return np.full(len(episodes), float(named))


SIMULATION, SCENARIOS = cast(Simulation, _Simulation()), cast(Scenarios, _Scenarios())
