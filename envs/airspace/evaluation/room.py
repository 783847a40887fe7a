"""The airspace's fourth room as its door shows it."""

from __future__ import annotations

from envs.airspace.evaluation.settings import EvaluationSettings
from envs.ground.record import Record


class AirspaceEvaluation:
    """See envs/ground/rooms.py: Evaluation."""

    settings: type[Record] = EvaluationSettings


EVALUATION = AirspaceEvaluation()
