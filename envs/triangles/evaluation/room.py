"""The fourth room of the triangles as its door shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from envs.ground.columns import Columns
from envs.ground.defaults import DefaultEvaluation
from envs.ground.evaluating import Axis, Figure
from envs.ground.record import Record
from envs.triangles.evaluation.rates import COMPARED, COUNTED, beside, figures, headline, over_wholes, ratios
from envs.triangles.evaluation.settings import EvaluationSettings
from envs.triangles.evaluation.words import FIGURES, SENTENCES, TABLES, envelope
from envs.triangles.simulation.scenario import Scenario, mirrored
from envs.triangles.simulation.settings import TrianglesSettings


class TrianglesEvaluation(DefaultEvaluation):
    """See envs/ground/evaluating.py: Evaluation. Survival is told in moves."""

    settings: type[Record] = EvaluationSettings
    closeness = "steps"
    closeness_places = np.arange(0.0, 201.0, 10.0)
    references: tuple[str, ...] = ("beam",)
    compared: tuple[str, ...] = COMPARED
    counted: tuple[str, ...] = COUNTED
    explained: Mapping[str, str] = SENTENCES
    figures: tuple[Figure, ...] = FIGURES
    tables: Mapping[str, tuple[str, ...]] = TABLES
    columns: Mapping[str, str] = {
        "steps": "moves",
        "lines": "lines cleared",
        "largest": "most cells cleared by one move",
    }

    def bounded(self, worlds_per_block: int, num_slots: int) -> int:
        """See Evaluation.bounded: a game takes some kilobytes."""
        return worlds_per_block

    def rates(self, episodes: Columns) -> dict[str, float]:
        """See Evaluation.rates."""
        return figures(episodes)

    def against(self, paired: Columns) -> dict[str, float]:
        """See Evaluation.against."""
        return over_wholes(beside(paired))

    def ratios(self, columns: Columns) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """See Evaluation.ratios."""
        return ratios(columns) | beside(columns)

    def axes(self, simulation: TrianglesSettings, settings: EvaluationSettings) -> tuple[Axis, ...]:
        """See Evaluation.axes: streams of all polyiamonds, by the cells of the largest."""
        sets = {
            float(number): (_of_size(simulation, number), settings.sizes.num_episodes)
            for number in settings.sizes.numbers
        }
        return (Axis("size", "cells of the largest shape", "", "cleared", "cells cleared", sets),)

    def vary(self, scenario: Scenario, settings: EvaluationSettings, rng: np.random.Generator) -> Scenario:
        """See Evaluation.vary: half of the times mirrored."""
        return scenario if rng.random() < 0.5 else mirrored(scenario)

    def score(self, figures: Mapping[str, Any], settings: EvaluationSettings) -> dict[str, Any]:
        """See Evaluation.score: the median of cells cleared on unseen streams."""
        return {"score": figures["test"]["deterministic"]["cleared_median"], "gates": {}, "parts": {}}

    def headline(self, figures: Mapping[str, Any]) -> dict[str, float]:
        """See Evaluation.headline."""
        return headline(figures)

    def envelope(self, simulation: TrianglesSettings) -> str:
        """See Evaluation.envelope."""
        return envelope(simulation)


def _of_size(simulation: TrianglesSettings, number: int) -> TrianglesSettings:
    """With all polyiamonds of up to so many cells."""
    shapes = {"most_cells": number, "pieces": {}}
    return TrianglesSettings.from_values(simulation.model_dump(mode="json") | {"shapes": shapes})


EVALUATION = TrianglesEvaluation()
