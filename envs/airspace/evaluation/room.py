"""The airspace's fourth room as its door shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from envs.airspace.evaluation.axes import axes
from envs.airspace.evaluation.figures import COMPARED, QUANTILES, against, beside_hold, flight_figures, headline
from envs.airspace.evaluation.measuring import FlightMeasuring, bounded
from envs.airspace.evaluation.published import TRAINING, beside_published
from envs.airspace.evaluation.rates import COSTS, COUNTED, ratios
from envs.airspace.evaluation.score import EXPLAINED, score
from envs.airspace.evaluation.settings import EvaluationSettings
from envs.airspace.evaluation.shifts import lay_out
from envs.airspace.evaluation.variants import vary
from envs.airspace.evaluation.words import FIGURES, SENTENCES, TABLES, envelope, gates, shifts_told
from envs.airspace.simulation.batch import AirspaceBatch
from envs.airspace.simulation.compiled.worlds import LOSS_NM
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic.scenario import Scenario
from envs.ground.columns import Columns
from envs.ground.evaluating import Axis, Shifted, Teams
from envs.ground.play import Space
from envs.ground.record import Record, unknown


class AirspaceEvaluation:
    """See envs/ground/evaluating.py: Evaluation."""

    settings: type[Record] = EvaluationSettings
    closeness = "min_separation_nm"
    closeness_places = np.arange(0.0, 12.01, 0.25)
    references = ("hold", "direct")
    compared = COMPARED
    counted = (*COUNTED, *COSTS)
    quantiles: Mapping[str, tuple[str, float]] = QUANTILES
    closeness_limit = float(LOSS_NM)
    score_words: Mapping[str, str] = EXPLAINED
    explained: Mapping[str, str] = SENTENCES
    figures = FIGURES
    tables = TABLES
    trainings = TRAINING
    columns: Mapping[str, str] = {
        "near_mid_air": "episodes with a near mid-air collision",
        "conflicts": "conflicts per episode",
        "track_nm": "distance flown per aircraft, NM",
        "fuel_kg": "fuel burnt per aircraft, kg",
        "instructions_per_flight": "instructions per aircraft",
    }

    def measure(self, batch: AirspaceBatch, extras: tuple[str, ...]) -> FlightMeasuring:
        """See Evaluation.measure."""
        return FlightMeasuring(batch, extras)

    def bounded(self, worlds_per_block: int, num_slots: int) -> int:
        """See Evaluation.bounded."""
        return bounded(worlds_per_block, num_slots)

    def rates(self, episodes: Columns) -> dict[str, float]:
        """See Evaluation.rates."""
        return flight_figures(episodes)

    def against(self, paired: Columns) -> dict[str, float]:
        """See Evaluation.against."""
        return against(paired)

    def beside_nobody(self, episodes: Columns, nobody: Columns) -> dict[str, float]:
        """See Evaluation.beside_nobody."""
        return beside_hold(episodes, nobody)

    def ratios(self, columns: Mapping[str, np.ndarray]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """See Evaluation.ratios."""
        return ratios(columns)

    def axes(self, simulation: AirspaceSettings, settings: EvaluationSettings) -> tuple[Axis, ...]:
        """See Evaluation.axes."""
        return axes(simulation, settings)

    def shifted(self, space: Space, settings: EvaluationSettings, named: Mapping[str, Scenario], seed: int) -> Shifted:
        """See Evaluation.shifted."""
        wanted = settings.shifts.scenarios
        strange = [name for name in wanted if name not in named]
        if strange:
            raise ValueError(f"params.yaml: airspace.evaluation.shifts.scenarios: {unknown(strange[0], named)}")
        return lay_out(space, [named[name] for name in wanted], settings.shifts, seed)

    def vary(self, scenario: Scenario, settings: EvaluationSettings, rng: np.random.Generator) -> Scenario:
        """See Evaluation.vary."""
        return vary(scenario, settings.jitter_nm, rng)

    def teams(self, settings: EvaluationSettings) -> Teams:
        """See Evaluation.teams."""
        return Teams(settings.teams.shares, settings.teams.num_episodes, ("hold", "mvp"))

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
        return headline(dict(figures))

    def published(self, suite: pd.DataFrame, confidence: float) -> pd.DataFrame:
        """See Evaluation.published."""
        return beside_published(suite, confidence)

    def envelope(self, simulation: AirspaceSettings) -> str:
        """See Evaluation.envelope."""
        return envelope(simulation)

    def shifts_told(self, settings: EvaluationSettings) -> str:
        """See Evaluation.shifts_told."""
        return shifts_told(settings.shifts)


EVALUATION = AirspaceEvaluation()
