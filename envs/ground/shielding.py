"""A net below whoever acts, a room that few worlds need: decisions are changed where a failure is foreseen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from envs.ground.steering import Steering

if TYPE_CHECKING:
    from envs.ground.policy import Policy


@dataclass
class Tally:
    """What a net has done. A decision is that of all agents of a world in a step.

    Attributes:
        decisions: that were looked at.
        changed: of them, in which some agent was told something else.
        agents_changed: agents that were, summed over decisions.
        without_plan: decisions after which the net had no way out in hand: it promises nothing there.
    """

    decisions: int = 0
    changed: int = 0
    agents_changed: int = 0
    without_plan: int = 0

    def figures(self) -> dict[str, int]:
        """As they stand among figures."""
        return {
            "decisions": self.decisions,
            "decisions_changed": self.changed,
            "agents_changed": self.agents_changed,
            "decisions_without_plan": self.without_plan,
        }


class ShieldedSteering(Steering, Protocol):
    """Steers as another does, but where a failure is foreseen."""

    tally: Tally


class Shield(Protocol):
    """The optional room of a world: a net that foresees failures."""

    def below(self, acts: Policy | Steering) -> ShieldedSteering:
        """Whoever acts, with the net below.

        Raises:
            ValueError: this world has none.
        """
        ...


class NoShield:
    """Of a world that has none."""

    def below(self, acts: Policy | Steering) -> ShieldedSteering:
        """See Shield.below."""
        raise ValueError("shield: this world has none, wanted another world or no net")
