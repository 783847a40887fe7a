"""Ways to solve an episode, and who flies them: hold, the direct course, resolvers, joint plans."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from envs.airspace.baselines.direct import Direct
from envs.airspace.baselines.settings import Mvp
from envs.airspace.baselines.voltage_potential import VoltagePotential
from envs.airspace.scenarios.plan_search import PlanSpace, search
from envs.airspace.scenarios.plans import FlyPlans, stack_plans
from envs.airspace.scenarios.settings import PlanSearch
from envs.ground.play import Episodes
from envs.ground.rooms import Way
from envs.ground.steering import Nothing, Steering

METHODS = {
    "hold": "nobody acts",
    "direct": "turn to the waypoint",
    "mvp": "modified voltage potential: look-ahead {look_ahead_s:g} s, margin {margin:g}",
    "search": "one detour and one change of speed each",
}
"""What is done by a way of each method."""


def rules(settings: Sequence[Mvp]) -> Iterator[Way]:
    """What is tried before any search: nobody acts, the direct course, and resolvers with these settings."""
    yield Way("hold")
    yield Way("direct")
    for own in settings:
        yield Way("mvp", own.model_dump())


def searched(space: PlanSpace, episodes: Episodes, settings: PlanSearch) -> list[Way | None]:
    """A joint plan that should keep everybody apart, for each of N episodes; None where none was found."""
    found = search(space, episodes, settings)
    return [None if plan is None else Way("search", {"plans": plan.tolist()}) for plan in found]


def steering_of(ways: Sequence[Way]) -> Steering:
    """See Scenarios.steering_of: all of the same settings, but own plans."""
    methods = {way.method for way in ways}
    assert len(methods) == 1, f"got {methods}, wanted one method"
    method, given = methods.pop(), ways[0].arguments
    if method == "search":
        return FlyPlans(stack_plans([np.array(way.arguments["plans"], np.float64) for way in ways]))
    if method == "mvp":
        return VoltagePotential(Mvp(**given))
    return Direct() if method == "direct" else Nothing()
