"""Rooms of a world that says no more than how it is simulated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from envs.ground.columns import Columns, mean
from envs.ground.evaluating import Axis, Figure, Shifted, Teams
from envs.ground.play import Episodes, Space
from envs.ground.record import Record
from envs.ground.rooms import Way
from envs.ground.sets import ScenarioSettings, VariedSet
from envs.ground.steering import Nothing, Steering
from envs.ground.world import DRAWN_NAME, Batch

_RANDOM_ACTIONS = 2
"""Keeps these draws apart from others that begin with an episode's seed."""
_WORLDS_AT_ONCE = 32


class NoSettings(Record):
    """Nothing to set."""


class Random:
    """The baseline that acts at random, by the episode's seed: numbers in [-1, 1], or any choice that an agent has."""

    def begin(self, batch: Batch, first: int) -> None:
        """See Steering.begin."""
        self._draws = [np.random.default_rng([int(seed), _RANDOM_ACTIONS]) for seed in batch.episode_seed]

    def steer(self, batch: Batch, noise: np.ndarray | None) -> np.ndarray:
        """See Steering.steer."""
        shape = (batch.num_slots, batch.num_actions)
        if batch.num_choices == 0:
            return np.stack([rng.uniform(-1.0, 1.0, shape) for rng in self._draws])
        likes = np.stack([rng.random((batch.num_slots, batch.num_choices)) for rng in self._draws])
        allowed = batch.allowed()
        chosen = (likes if allowed is None else np.where(allowed, likes, -1.0)).argmax(2)
        return chosen[:, :, None].astype(np.float64)


class Idle:
    """The baseline that does nothing: the middle of each number, or the first choice that an agent has."""

    def begin(self, batch: Batch, first: int) -> None:
        """See Steering.begin; it remembers nothing."""

    def steer(self, batch: Batch, noise: np.ndarray | None) -> np.ndarray:
        """See Steering.steer."""
        allowed = batch.allowed()
        if allowed is None:
            return np.zeros((batch.num_worlds, batch.num_slots, batch.num_actions))
        return allowed.argmax(2)[:, :, None].astype(np.float64)


class DefaultBaselines:
    """Nobody acts, and all act at random."""

    settings: type[Record] = NoSettings
    words: Mapping[str, str] = {"nothing": "nobody acts", "random": "random actions"}
    nobody = "nothing"
    yardstick = "random"
    fallback = "nothing"

    def make(self, settings: Any) -> dict[str, Steering]:
        """See Baselines.make."""
        return {"nothing": Idle(), "random": Random()}


class DefaultScenarios:
    """No named scenarios, no proofs: a drawn episode is as it is."""

    settings: type[ScenarioSettings] = ScenarioSettings
    told: Mapping[str, str] = {}
    methods: Mapping[str, str] = {}
    hard = ""

    def no_proof(self, simulation: Any) -> str:
        """See Scenarios.no_proof."""
        return "this world proves nothing"

    def suite(self) -> Mapping[str, Any]:
        """See Scenarios.suite."""
        return {}

    def varied(self, simulation: Any, wanted: VariedSet) -> dict[str, Any]:
        """See Scenarios.varied."""
        return simulation.model_dump(mode="json")

    def ways(self, settings: Any, baselines: Any) -> Iterator[Way]:
        """See Scenarios.ways."""
        return iter(())

    def search(self, settings: Any, space: Space, episodes: Episodes, seed: int) -> list[Way | None]:
        """See Scenarios.search."""
        return [None] * len(episodes)

    def steering_of(self, ways: Sequence[Way]) -> Steering:
        """See Scenarios.steering_of."""
        return Nothing()

    def nothing_done(self, settings: Any, space: Space, episodes: Episodes) -> pd.DataFrame:
        """See Scenarios.nothing_done: as they are drawn; they are not played."""
        return pd.DataFrame(
            {
                "scenario": DRAWN_NAME,
                "episode_seed": episodes.seed,
                "family": "",
                "num_agents": space.simulation.room(space.settings),
                "conflicting": True,
            }
        )

    def difficulty(self, settings: Any, space: Space, episodes: Episodes, seed: int, *, named: bool) -> np.ndarray:
        """See Scenarios.difficulty: not known."""
        return np.full(len(episodes), np.nan)


class NothingMeasured:
    """Measures nothing beside what the simulation tells."""

    def __init__(self, num_worlds: int) -> None:
        self._num_worlds = num_worlds

    def keep(self) -> None:
        """See Measuring.keep."""

    def measured(self, first: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        """See Measuring.measured."""
        episodes = first + np.arange(self._num_worlds)
        return pd.DataFrame({"episode": episodes}), pd.DataFrame({"episode": episodes[:0]})


class DefaultEvaluation:
    """Outcomes, return and length alone, and the means of numeric infos; see envs/ground/evaluating.py: Evaluation."""

    settings: type[Record] = NoSettings
    closeness = "return"
    closeness_places = np.zeros(0)
    references: tuple[str, ...] = ()
    compared: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()
    quantiles: Mapping[str, tuple[str, float]] = {}
    columns: Mapping[str, str] = {"steps": "length, steps"}
    score_words: Mapping[str, str] = {}
    closeness_limit = np.nan
    explained: Mapping[str, str] = {"score": "The score is the return of unseen episodes."}
    figures: tuple[Figure, ...] = ()
    tables: Mapping[str, tuple[str, ...]] = {}
    trainings: tuple[tuple[str, int, float], ...] = ()

    def measure(self, batch: Batch, extras: tuple[str, ...]) -> NothingMeasured:
        """See Evaluation.measure."""
        return NothingMeasured(batch.num_worlds)

    def bounded(self, worlds_per_block: int, num_slots: int) -> int:
        """See Evaluation.bounded: environments hold much memory each."""
        return min(worlds_per_block, _WORLDS_AT_ONCE)

    def rates(self, episodes: Columns) -> dict[str, float]:
        """The means of numeric infos."""
        return {name: mean(episodes[name]) for name in episodes if name.startswith("info_")}

    def against(self, paired: Columns) -> dict[str, float]:
        """Beside nobody."""
        return {}

    def beside_nobody(self, episodes: Columns, nobody: Columns) -> dict[str, float]:
        """There are no shifts."""
        return {}

    def ratios(self, columns: Mapping[str, np.ndarray]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """None beside the outcomes and the return."""
        return {}

    def axes(self, simulation: Any, settings: Any) -> tuple[Axis, ...]:
        """None."""
        return ()

    def shifted(self, space: Space, settings: Any, named: Mapping[str, Any], seed: int) -> Shifted | None:
        """None."""
        return None

    def vary(self, scenario: Any, settings: Any, rng: np.random.Generator) -> Any:
        """As it is."""
        return scenario

    def teams(self, settings: Any) -> Teams | None:
        """None."""
        return None

    def score(self, figures: Mapping[str, Any], settings: Any) -> dict[str, Any]:
        """The return of unseen episodes."""
        return {"score": figures["test"]["deterministic"]["return_mean"], "gates": {}, "parts": {}}

    def gates(self, settings: Any) -> str:
        """None."""
        return ""

    def weights(self, settings: Any) -> Mapping[str, float]:
        """The score has no parts."""
        return {}

    def headline(self, figures: Mapping[str, Any]) -> dict[str, float]:
        """The leading figure, return and length on unseen episodes, ours and the baselines'."""
        found: dict[str, float] = {}
        for name in ("leading", "return_mean", "length"):
            found |= {f"test_{name}_{mode}": own[name] for mode, own in figures["test"].items()}
        return {"score": figures["score"]["score"]} | found

    def published(self, suite: pd.DataFrame, confidence: float) -> pd.DataFrame:
        """Nothing."""
        return pd.DataFrame()

    def envelope(self, simulation: Any) -> str:
        """The settings themselves."""
        return ", ".join(f"{key} {value}" for key, value in simulation.model_dump(mode="json").items() if value)

    def shifts_told(self, settings: Any) -> str:
        """There are none."""
        return ""
