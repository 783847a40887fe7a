"""The fourth room of the boards as its door shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from envs.boards.evaluation.axes import axes
from envs.boards.evaluation.measuring import GameMeasuring
from envs.boards.evaluation.rates import COUNTED, figures, headline, ratios
from envs.boards.evaluation.settings import EvaluationSettings
from envs.boards.evaluation.words import FIGURES, SENTENCES, TABLES, envelope
from envs.boards.simulation.batch import BoardsBatch
from envs.boards.simulation.games import GAMES
from envs.boards.simulation.scenario import Scenario
from envs.boards.simulation.settings import BoardsSettings
from envs.ground.columns import Columns
from envs.ground.defaults import DefaultEvaluation
from envs.ground.evaluating import Axis, Figure
from envs.ground.record import Record


class BoardsEvaluation(DefaultEvaluation):
    """See envs/ground/evaluating.py: Evaluation."""

    settings: type[Record] = EvaluationSettings
    closeness = "kept"
    closeness_places = np.linspace(0.0, 1.0, 11)
    counted: tuple[str, ...] = COUNTED
    explained: Mapping[str, str] = SENTENCES
    figures: tuple[Figure, ...] = FIGURES
    tables: Mapping[str, tuple[str, ...]] = TABLES
    columns: Mapping[str, str] = {"mistakes": "moves that lose value", "judged": "judged moves", "steps": "moves"}

    def measure(self, batch: BoardsBatch, extras: tuple[str, ...]) -> GameMeasuring:  # type: ignore[override]
        """See Evaluation.measure."""
        return GameMeasuring(batch)

    def bounded(self, worlds_per_block: int, num_slots: int) -> int:
        """See Evaluation.bounded: a game takes a kilobyte."""
        return worlds_per_block

    def rates(self, episodes: Columns) -> dict[str, float]:
        """See Evaluation.rates."""
        return figures(episodes)

    def ratios(self, columns: Columns) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """See Evaluation.ratios."""
        return ratios(columns)

    def axes(self, simulation: BoardsSettings, settings: EvaluationSettings) -> tuple[Axis, ...]:
        """See Evaluation.axes."""
        return axes(simulation, settings)

    def vary(self, scenario: Scenario, settings: EvaluationSettings, rng: np.random.Generator) -> Scenario:
        """See Evaluation.vary: half of the times mirrored."""
        if rng.random() < 0.5:
            return scenario
        game = GAMES[scenario.game]
        height = 1 if game.falls else game.rows
        moves = tuple((game.columns - 1 - move // height) * height + move % height for move in scenario.moves)
        return replace(scenario, moves=moves, notes="mirrored")

    def score(self, figures: Mapping[str, Any], settings: EvaluationSettings) -> dict[str, Any]:
        """See Evaluation.score: the share of judged moves on unseen positions that keep the value."""
        rate = figures["test"]["deterministic"]["mistake_rate"]
        return {"score": 1.0 if rate is None else 1.0 - rate, "gates": {}, "parts": {}}

    def headline(self, figures: Mapping[str, Any]) -> dict[str, float]:
        """See Evaluation.headline."""
        return headline(figures)

    def envelope(self, simulation: BoardsSettings) -> str:
        """See Evaluation.envelope."""
        return envelope(simulation)


EVALUATION = BoardsEvaluation()
