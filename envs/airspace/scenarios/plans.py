"""Joint plans: what each aircraft of a world does from start to waypoint, in four numbers, and how they are flown.

A plan is: from some step on, for some steps, fly some angle off the direct course; before and after, fly to the
waypoint; all along, at a speed that differs by some knots from the one at the start. It looks at nobody.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from envs.airspace.baselines.direct import course_deg, towards, waypoint_bearing_deg
from envs.airspace.scenarios.settings import PlanBounds
from envs.airspace.simulation.batch import AirspaceBatch

PLAN_NUMBERS = ("angle_deg", "first_step", "num_steps", "speed_change_kt")
"""Of each aircraft: the angle off the course at the start, when and how long it is flown, and the change of CAS."""


class FlyPlans:
    """Steers each episode by a plan of its own."""

    def __init__(self, plans: np.ndarray) -> None:
        """Fly `plans` (N, A, 4), one per episode, for at least as many aircraft as the largest episode has."""
        self._plans = plans

    def begin(self, batch: AirspaceBatch, first: int) -> None:
        """See Steering.begin."""
        plans = np.zeros((batch.num_worlds, batch.num_slots, len(PLAN_NUMBERS)))
        known = self._plans[first : first + batch.num_worlds, : batch.num_slots]
        plans[:, : known.shape[1]] = known
        angle_deg, self._first_step, num_steps, speed_change_kt = np.moveaxis(plans, -1, 0)
        self._end_step = self._first_step + num_steps
        self._aside_deg = waypoint_bearing_deg(batch) + angle_deg
        self._cas_kt = batch.worlds.cas + speed_change_kt

    def steer(self, batch: AirspaceBatch, noise: np.ndarray | None) -> np.ndarray:
        """See Steering.steer."""
        step = batch.worlds.step[:, None]
        aside = (self._first_step <= step) & (step < self._end_step)
        return towards(batch, np.where(aside, self._aside_deg, course_deg(batch)), self._cas_kt)


def draw_plans(rng: np.random.Generator, num_plans: int, num_aircraft: int, bounds: PlanBounds) -> np.ndarray:
    """Random plans (P, A, 4), every number of every aircraft uniform within the bounds."""
    low, high = _bounds(bounds)
    return _whole_steps(rng.uniform(low, high, (num_plans, num_aircraft, len(PLAN_NUMBERS))))


def vary_plan(rng: np.random.Generator, num_plans: int, plan: np.ndarray, bounds: PlanBounds) -> np.ndarray:
    """Plans (P, A, 4) around one (A, 4): normal, a fifth of the bounds' width to either side, cut off at the bounds."""
    low, high = _bounds(bounds)
    varied = plan + 0.2 * (high - low) * rng.standard_normal((num_plans, *plan.shape))
    return _whole_steps(np.clip(varied, low, high))


def stack_plans(plans: Sequence[np.ndarray]) -> np.ndarray:
    """N arrays (.., A, 4) of episodes with different numbers of aircraft as one (N, .., most, 4), else zeros."""
    most = max(plan.shape[-2] for plan in plans)
    rest = [(0, 0)] * (plans[0].ndim - 2)
    return np.stack([np.pad(plan, [*rest, (0, most - plan.shape[-2]), (0, 0)]) for plan in plans])


def _bounds(bounds: PlanBounds) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and highest plan (4,)."""
    high = [bounds.max_angle_deg, bounds.max_first_step, bounds.max_steps_aside, bounds.max_speed_change_kt]
    return np.array([-high[0], 0.0, 0.0, -high[3]]), np.array(high, np.float64)


def _whole_steps(plans: np.ndarray) -> np.ndarray:
    plans[..., 1:3] = np.rint(plans[..., 1:3])
    return plans
