"""The second room of the roads as its door shows it."""

from __future__ import annotations

from collections.abc import Mapping

from envs.ground.record import Record
from envs.ground.steering import Steering
from envs.roads.baselines.rules import CarFollowing, GapAcceptance, Hold, Proposing, Reserving
from envs.roads.baselines.settings import BaselineSettings


class RoadsBaselines:
    """See envs/ground/rooms.py: Baselines."""

    settings: type[Record] = BaselineSettings
    words: Mapping[str, str] = {
        "reserve": "reserved slots",
        "proposals": "simulated plans",
        "idm_yield": "car following, gap acceptance",
        "idm": "car following",
        "hold": "constant speed",
    }
    nobody = "hold"
    yardstick = "proposals"
    fallback = "idm_yield"

    def make(self, settings: BaselineSettings) -> dict[str, Steering]:
        """See Baselines.make."""
        return {
            "hold": Hold(),
            "idm": CarFollowing(settings.idm),
            "idm_yield": GapAcceptance(settings.idm, settings.idm_yield),
            "proposals": Proposing(settings.idm, settings.proposals),
            "reserve": Reserving(settings.idm, settings.reserve),
        }


BASELINES = RoadsBaselines()
