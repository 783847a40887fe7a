"""The airspace's second room as its door shows it."""

from __future__ import annotations

from collections.abc import Mapping

from envs.airspace.baselines.direct import Direct
from envs.airspace.baselines.reciprocal import Reciprocal
from envs.airspace.baselines.settings import BaselineSettings
from envs.airspace.baselines.voltage_potential import VoltagePotential
from envs.ground.record import Record
from envs.ground.steering import Nothing, Steering


class AirspaceBaselines:
    """See envs/ground/rooms.py: Baselines."""

    settings: type[Record] = BaselineSettings
    words: Mapping[str, str] = {
        "mvp": "geometric resolver",
        "orca": "reciprocal avoidance",
        "direct": "to the waypoint",
        "hold": "never acts",
    }
    nobody = "hold"
    yardstick = "orca"
    fallback = "orca"

    def make(self, settings: BaselineSettings) -> dict[str, Steering]:
        """See Baselines.make."""
        return {
            "hold": Nothing(),
            "direct": Direct(),
            "mvp": VoltagePotential(settings.mvp),
            "orca": Reciprocal(settings.orca),
        }


BASELINES = AirspaceBaselines()
