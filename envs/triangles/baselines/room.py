"""The second room of the triangles as its door shows it."""

from __future__ import annotations

from collections.abc import Mapping

from envs.ground.defaults import Idle, Random
from envs.ground.record import Record
from envs.ground.steering import Steering
from envs.triangles.baselines.rules import Beam, Greedy
from envs.triangles.baselines.settings import BaselineSettings


class TrianglesBaselines:
    """See envs/ground/rooms.py: Baselines."""

    settings: type[Record] = BaselineSettings
    words: Mapping[str, str] = {
        "beam": "searches the shapes on offer",
        "room": "clears and keeps room",
        "greedy": "clears most at once",
        "random": "random moves",
        "nothing": "the first move that there is",
    }
    nobody = "nothing"
    yardstick = "beam"
    fallback = "beam"

    def make(self, settings: BaselineSettings) -> dict[str, Steering]:
        """See Baselines.make."""
        return {
            "nothing": Idle(),
            "random": Random(),
            "greedy": Greedy(),
            "room": Beam(1, settings.room.room_weight, depth=1),
            "beam": Beam(settings.beam.width, settings.beam.room_weight),
        }


BASELINES = TrianglesBaselines()
