"""The fourth room of the roads as its door shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from envs.ground.columns import Columns
from envs.ground.evaluating import Axis, Shifted, Teams
from envs.ground.play import Space
from envs.ground.record import Record, unknown
from envs.roads.evaluation.axes import axes
from envs.roads.evaluation.figures import QUANTILES, against, beside_nobody, drive_figures, headline
from envs.roads.evaluation.measuring import DriveMeasuring, bounded
from envs.roads.evaluation.rates import COUNTED, beside, ratios
from envs.roads.evaluation.score import EXPLAINED, score
from envs.roads.evaluation.settings import EvaluationSettings
from envs.roads.evaluation.shifts import lay_out
from envs.roads.evaluation.variants import vary
from envs.roads.evaluation.words import FIGURES, SENTENCES, TABLES, envelope, gates, shifts_told
from envs.roads.simulation.batch import RoadsBatch
from envs.roads.simulation.geometry.scenario import Scenario
from envs.roads.simulation.settings import RoadsSettings

YARDSTICKS = ("proposals", "idm_yield", "reserve")
"""The rules whose figures stand beside ours in the headline."""


class RoadsEvaluation:
    """See envs/ground/evaluating.py: Evaluation."""

    settings: type[Record] = EvaluationSettings
    closeness = "min_ttc_s"
    closeness_places = np.arange(0.0, 5.01, 0.1)
    closeness_limit = float("nan")
    references = ("hold", "reserve")
    compared = ("failed", "num_lost", "delay_s")
    counted = COUNTED
    quantiles: Mapping[str, tuple[str, float]] = QUANTILES
    score_words: Mapping[str, str] = EXPLAINED
    explained: Mapping[str, str] = SENTENCES
    figures = FIGURES
    tables = TABLES
    trainings: tuple[tuple[str, int, float], ...] = ()
    columns: Mapping[str, str] = {
        "vmax_score": "V-Max score, mean over cars",
        "nuplan_score": "nuPlan score, mean over cars",
        "num_lost": "cars lost per episode",
        "delay_s": "mean delay of who arrived, s",
        "hard_brakes": "hard brakes per episode",
        "min_ttc_s": "smallest time to collision, s",
    }

    def measure(self, batch: RoadsBatch, extras: tuple[str, ...]) -> DriveMeasuring:
        """See Evaluation.measure."""
        return DriveMeasuring(batch)

    def bounded(self, worlds_per_block: int, num_slots: int) -> int:
        """See Evaluation.bounded."""
        return bounded(worlds_per_block, num_slots)

    def rates(self, episodes: Columns) -> dict[str, float]:
        """See Evaluation.rates."""
        return drive_figures(episodes)

    def against(self, paired: Columns) -> dict[str, float]:
        """See Evaluation.against."""
        return against(paired)

    def beside_nobody(self, episodes: Columns, nobody: Columns) -> dict[str, float]:
        """See Evaluation.beside_nobody."""
        return beside_nobody(episodes, nobody)

    def ratios(self, columns: Columns) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """See Evaluation.ratios."""
        return ratios(columns) | beside(columns)

    def axes(self, simulation: RoadsSettings, settings: EvaluationSettings) -> tuple[Axis, ...]:
        """See Evaluation.axes."""
        return axes(simulation, settings)

    def shifted(
        self, space: Space, settings: EvaluationSettings, named: Mapping[str, Any], seed: int
    ) -> Shifted | None:
        """See Evaluation.shifted; None where no scenario is to be shifted."""
        wanted = settings.shifts.scenarios
        strange = [name for name in wanted if name not in named]
        if strange:
            raise ValueError(f"params.yaml: roads.evaluation.shifts.scenarios: {unknown(strange[0], named)}")
        return lay_out(space, [named[name] for name in wanted], settings.shifts, seed) if wanted else None

    def vary(self, scenario: Scenario, settings: EvaluationSettings, rng: np.random.Generator) -> Scenario:
        """See Evaluation.vary."""
        return vary(scenario, settings.jitter, rng)

    def teams(self, settings: EvaluationSettings) -> Teams:
        """See Evaluation.teams."""
        return Teams(settings.teams.shares, settings.teams.num_episodes, ("hold", "idm_yield"))

    def score(self, figures: Mapping[str, Any], settings: EvaluationSettings) -> dict[str, Any]:
        """See Evaluation.score."""
        return score(figures, settings.score)

    def gates(self, settings: EvaluationSettings) -> str:
        """See Evaluation.gates."""
        return gates(settings.score)

    def weights(self, settings: EvaluationSettings) -> Mapping[str, float]:
        """See Evaluation.weights."""
        return settings.score.weights.model_dump()

    def headline(self, figures: Mapping[str, Any]) -> dict[str, float]:
        """See Evaluation.headline."""
        return headline(figures, YARDSTICKS)

    def published(self, suite: pd.DataFrame, confidence: float) -> pd.DataFrame:
        """See Evaluation.published: nothing on these roads."""
        return pd.DataFrame()

    def envelope(self, simulation: RoadsSettings) -> str:
        """See Evaluation.envelope."""
        return envelope(simulation)

    def shifts_told(self, settings: EvaluationSettings) -> str:
        """See Evaluation.shifts_told."""
        return shifts_told(settings.shifts)


EVALUATION = RoadsEvaluation()
