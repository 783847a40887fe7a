"""The fourth room of the swarm as its door shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from envs.ground.columns import Columns
from envs.ground.defaults import DefaultEvaluation
from envs.ground.evaluating import Axis, Figure, Shifted
from envs.ground.play import Space
from envs.ground.record import Record, unknown
from envs.swarm.evaluation.axes import axes
from envs.swarm.evaluation.rates import COMPARED, COUNTED, beside, figures, headline, numbers, ratios
from envs.swarm.evaluation.settings import EvaluationSettings
from envs.swarm.evaluation.shifts import lay_out
from envs.swarm.evaluation.variants import vary
from envs.swarm.evaluation.words import FIGURES, SENTENCES, TABLES, envelope, shifts_told
from envs.swarm.simulation.scenario import Scenario
from envs.swarm.simulation.settings import SwarmSettings

_AGENTS_PER_BLOCK = 65_536


class SwarmEvaluation(DefaultEvaluation):
    """See envs/ground/evaluating.py: Evaluation."""

    settings: type[Record] = EvaluationSettings
    closeness = "achieved"
    closeness_places = np.linspace(0.0, 1.0, 11)
    references: tuple[str, ...] = ("assign",)
    compared: tuple[str, ...] = COMPARED
    counted: tuple[str, ...] = COUNTED
    explained: Mapping[str, str] = SENTENCES
    figures: tuple[Figure, ...] = FIGURES
    tables: Mapping[str, tuple[str, ...]] = TABLES
    columns: Mapping[str, str] = {
        "value": "value brought home per episode",
        "deaths": "deaths per episode",
        "minutes": "length, minutes",
    }

    def bounded(self, worlds_per_block: int, num_slots: int) -> int:
        """See Evaluation.bounded: an agent takes some kilobytes."""
        return max(1, min(worlds_per_block, _AGENTS_PER_BLOCK // max(1, num_slots)))

    def rates(self, episodes: Columns) -> dict[str, float]:
        """See Evaluation.rates."""
        return figures(ratios(numbers(episodes)))

    def against(self, paired: Columns) -> dict[str, float]:
        """See Evaluation.against."""
        return figures(beside(numbers(paired)))

    def ratios(self, columns: Columns) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """See Evaluation.ratios."""
        return ratios(columns) | beside(columns)

    def axes(self, simulation: SwarmSettings, settings: EvaluationSettings) -> tuple[Axis, ...]:
        """See Evaluation.axes."""
        return axes(simulation, settings)

    def shifted(
        self, space: Space, settings: EvaluationSettings, named: Mapping[str, Any], seed: int
    ) -> Shifted | None:
        """See Evaluation.shifted; None where no scenario is to be shifted."""
        wanted = settings.shifts.scenarios
        strange = [name for name in wanted if name not in named]
        if strange:
            raise ValueError(f"params.yaml: swarm.evaluation.shifts.scenarios: {unknown(strange[0], named)}")
        return lay_out(space, [named[name] for name in wanted], settings.shifts, seed) if wanted else None

    def vary(self, scenario: Scenario, settings: EvaluationSettings, rng: np.random.Generator) -> Scenario:
        """See Evaluation.vary."""
        return vary(scenario, settings.jitter, rng)

    def score(self, figures: Mapping[str, Any], settings: EvaluationSettings) -> dict[str, Any]:
        """See Evaluation.score: the share achieved on unseen planes."""
        return {"score": figures["test"]["deterministic"]["achieved"], "gates": {}, "parts": {}}

    def headline(self, figures: Mapping[str, Any]) -> dict[str, float]:
        """See Evaluation.headline."""
        return headline(figures)

    def envelope(self, simulation: SwarmSettings) -> str:
        """See Evaluation.envelope."""
        return envelope(simulation)

    def shifts_told(self, settings: EvaluationSettings) -> str:
        """See Evaluation.shifts_told."""
        return shifts_told(settings.shifts)


EVALUATION = SwarmEvaluation()
