"""The airspace's room for what others have, as its door shows it."""

from __future__ import annotations

from collections.abc import Mapping

from envs.airspace.outside.batch import OutsideAirspace, fly_outside
from envs.airspace.outside.bluesky import BlueSky, BlueSkyInFrame
from envs.airspace.outside.scn.choices import WORDS
from envs.airspace.outside.scn.reading import scenario_of_scn
from envs.airspace.outside.scn.writing import scn_of
from envs.ground.outside import Format
from envs.ground.play import Episodes, Played, Space
from envs.ground.policy import Policy


class AirspaceOutside:
    """See envs/ground/outside.py: Outside."""

    formats: Mapping[str, Format] = {".scn": Format("BlueSky's scenario file", scenario_of_scn, scn_of, WORDS)}
    simulators: Mapping[str, str] = {"bluesky": "BlueSky, live"}

    def play(
        self, simulator: str, space: Space, episodes: Episodes, policy: Policy, *, stochastic: bool = False
    ) -> Played:
        """See Outside.play."""
        assert simulator == "bluesky", f"got {simulator}, wanted one of {list(self.simulators)}"
        outside = OutsideAirspace(
            space.simulation, space.settings, space.scenarios, space.discount, simulator=BlueSkyInFrame(BlueSky())
        )
        return fly_outside(outside, episodes, policy, stochastic=stochastic)


OUTSIDE = AirspaceOutside()
"""Flies one world at a time: BlueSky keeps its state in its modules."""
