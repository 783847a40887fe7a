"""The second room of the boards as its door shows it."""

from __future__ import annotations

from collections.abc import Mapping

from envs.boards.baselines.rules import ByRule
from envs.boards.baselines.settings import BaselineSettings
from envs.boards.simulation.compiled.choosing import KINDS
from envs.ground.defaults import Idle
from envs.ground.record import Record
from envs.ground.steering import Steering


class BoardsBaselines:
    """See envs/ground/rooms.py: Baselines."""

    settings: type[Record] = BaselineSettings
    words: Mapping[str, str] = {
        "perfect": "exact values",
        "alpha_beta": "looks ahead",
        "win_or_block": "wins or blocks",
        "random": "random moves",
        "nothing": "the first move that there is",
    }
    nobody = "nothing"
    yardstick = "alpha_beta"
    fallback = "alpha_beta"

    def make(self, settings: BaselineSettings) -> dict[str, Steering]:
        """See Baselines.make."""
        return {
            "nothing": Idle(),
            "random": ByRule(KINDS["random"]),
            "win_or_block": ByRule(KINDS["win_or_block"]),
            "alpha_beta": ByRule(KINDS["alpha_beta"], settings.alpha_beta.depth),
            "perfect": ByRule(KINDS["perfect"], settings.perfect.depth_before),
        }


BASELINES = BoardsBaselines()
