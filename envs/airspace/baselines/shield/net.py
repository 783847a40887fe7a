"""The net below whoever steers: model predictive shielding in the compiled world.

Every 10 s all aircraft of a world are told something together. What is wanted is rolled out by the simulation's own
compiled functions, with the limits of turns and speed changes and the 10 s until the next instruction, and after it a
joint plan: a heading and a CAS for each aircraft, to which it is brought and then flies straight on for ever. Where
some such plan keeps all pairs at 5 NM or more, in every tick and for ever, nothing is changed, and the plan stays in
hand. Where none is found, the plan in hand is begun, and of what was wanted as much is given back as it allows.

The guarantee: once a plan is in hand no pair loses separation any more, in this model. That holds

- in the simulation itself, whose functions the roll-out calls, to the last bit, but for rounding, for which 1e-6 NM are
  kept on top of 5 NM; with any aircraft type and level, any uniform wind, and any `action_delay`, for what is on its
  way is rolled out, too; wherever what is wanted comes from;
- where all who respond do what the net tells them. Who does not respond, or has arrived, flies on as it does, and is
  known to; between two of those the net can do nothing, and a plan in hand at the start covers them, too;
- while nobody enters: who enters a sector may be where no plan is left;
- while positions and velocities are known. With noise or lost reports the net sees what the others see, the last report
  that arrived, and promises nothing.

It does not promise that a plan is found at the start: the search is bounded, and some starts have none. Until one is in
hand what is wanted is told, unless a joint plan was found in which fewer aircraft lose separation. Nor does it promise
that anyone arrives, or keeps more than 5 NM: it acts as late as a plan allows.

Model predictive shielding is that of O. Bastani, "Safe reinforcement learning with nonlinear dynamics via model
predictive shielding", American Control Conference (2021), with one joint plan for all.
"""

from __future__ import annotations

import numpy as np

from envs.airspace.baselines.shield.compiled.decision import decide_worlds
from envs.airspace.baselines.shield.compiled.records import NO_TARGET, Limits, World
from envs.airspace.simulation.batch import AirspaceBatch
from envs.airspace.simulation.rules import as_record
from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground.policy import Policy
from envs.ground.shielding import Tally
from envs.ground.steering import Steering, as_steering


class Net:
    """Steers as another does, but where a loss of separation is foreseen.

    Attributes:
        tally: of all decisions since it was made.
        in_hand: (W,) whether each world has a plan in hand after the last decision.
    """

    def __init__(self, acts: Policy | Steering) -> None:
        """Hang below `acts`."""
        self._acts = as_steering(acts)
        self.tally = Tally()
        self.in_hand = np.zeros(0, bool)

    def begin(self, batch: AirspaceBatch, first: int) -> None:
        """See Steering.begin; no plan is in hand."""
        self._acts.begin(batch, first)
        self._plan = np.full((batch.num_worlds, batch.num_slots, 2), NO_TARGET)
        self.in_hand = np.zeros(batch.num_worlds, bool)
        self._limits = limits_of(batch.settings)

    def steer(self, batch: AirspaceBatch, noise: np.ndarray | None) -> np.ndarray:
        """See Steering.steer."""
        wanted = np.asarray(self._acts.steer(batch, noise), np.float64)
        which, told = np.flatnonzero(~batch.done), wanted.copy()
        decide_worlds(known_of(batch), which, batch.fleet, self._limits, told, self._plan, self.in_hand)
        self._count(which, (told != wanted).any(2) & batch.active)
        return told

    def _count(self, which: np.ndarray, changed: np.ndarray) -> None:
        """Add a decision of each world in `which` (N,) to the tally; `changed` (W, A) are told something else."""
        self.tally.decisions += len(which)
        self.tally.changed += int(changed[which].any(1).sum())
        self.tally.agents_changed += int(changed[which].sum())
        self.tally.without_plan += int((~self.in_hand[which]).sum())


def known_of(batch: AirspaceBatch) -> World:
    """What is known of all worlds of a batch, with an axis (W,) before all others."""
    return World(*(getattr(batch.worlds, name) for name in World._fields))


def limits_of(settings: AirspaceSettings) -> np.ndarray:
    """What instructions may change, as an array (1,) of one record."""
    actions = settings.actions
    limits = Limits(
        max_heading_change=actions.max_heading_change_deg,
        max_speed_change=actions.max_speed_change_kt,
        min_heading_change=actions.min_heading_change_deg,
        min_speed_change=actions.min_speed_change_kt,
        leave=settings.episode.after_arrival == "leave",
    )
    return as_record(limits)
