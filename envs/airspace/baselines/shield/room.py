"""The airspace's room for the net below whoever steers, as its door shows it."""

from __future__ import annotations

from envs.airspace.baselines.shield.net import Net
from envs.ground.policy import Policy
from envs.ground.steering import Steering


class AirspaceShield:
    """See envs/ground/shielding.py: Shield."""

    def below(self, acts: Policy | Steering) -> Net:
        """See Shield.below; what it promises is in envs/airspace/baselines/shield/net.py."""
        return Net(acts)


SHIELD = AirspaceShield()
