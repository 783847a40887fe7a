"""From a ground plan to roads: its family's lines, rights of way and lights, and all that follows from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from envs.roads.simulation.geometry.assembling import Plan, assemble
from envs.roads.simulation.geometry.families import arms, given, lanes, lights, roundabout, two_side_roads
from envs.roads.simulation.geometry.ground_plans import (
    ArmsGround,
    GroundPlan,
    LanesGround,
    LinesGround,
    RingGround,
    SideRoadsGround,
)
from envs.roads.simulation.geometry.roads import Roads


def roads_of(ground: GroundPlan, name: str) -> Roads:
    """The roads of a ground plan.

    Raises:
        ValueError: lights show green to routes that cross; the message begins with the key.
    """
    roads = assemble(_PLANS[ground.kind](ground, name), ground)
    if isinstance(ground, LinesGround):  # on real roads who turns left may have green together with oncoming traffic
        return given.finished(roads, ground)
    crossing = lights.green_together(roads)
    if crossing:
        one, other = (f"{roads.entry[r]} to {roads.exit[r]}" for r in crossing)
        raise ValueError(f"lights.phases: got green for {one} and {other} together, wanted none for ways that cross")
    return roads


def _arms(ground: ArmsGround, name: str) -> Plan:
    own = arms.Arms(np.radians(ground.arms_deg), ground.entry_m, ground.exit_m, ground.lane_m, ground.corner_m)
    pairs = arms.ways(own) if ground.left_turns else arms.without_left_turns(own)
    priority = arms.rights(own, pairs, ground.rights, ground.main_arms)
    signal = [entry if ground.lights else -1 for entry, _ in pairs]
    routes = arms.routes_of(own, pairs, ground.limit_mps, signal)
    shown = lights.of_phases(ground.lights) if ground.lights else ()
    return Plan(ground.family, name, routes, priority, own.outline(), ground.touch_m, own.middle(), shown)


def _ring(ground: RingGround, name: str) -> Plan:
    own = roundabout.Ring(
        angle_rad=np.radians(ground.arms_deg),
        radius_m=ground.radius_m,
        lane_m=ground.lane_m,
        num_lanes=ground.num_lanes,
        entry_m=ground.entry_m,
        exit_m=ground.exit_m,
    )
    return roundabout.plan_of(ground.family, name, own, ground.limit_mps, ground.touch_m)


def _lanes(ground: LanesGround, name: str) -> Plan:
    own = lanes.Joining(
        before_m=ground.before_m,
        beside_m=ground.beside_m,
        taper_m=ground.taper_m,
        after_m=ground.after_m,
        ramp_rad=float(np.radians(ground.ramp_deg)),
        lane_m=ground.lane_m,
    )
    return lanes.plan_of(ground.family, name, own, ground.limit_mps, ground.touch_m)


def _side_roads(ground: SideRoadsGround, name: str) -> Plan:
    own = two_side_roads.SideRoads(
        side_rad=np.radians(ground.side_deg),
        apart_m=ground.apart_m,
        entry_m=ground.entry_m,
        exit_m=ground.exit_m,
        lane_m=ground.lane_m,
        corner_m=ground.corner_m,
    )
    return two_side_roads.plan_of(ground.family, name, own, ground.limit_mps, ground.touch_m)


_PLANS: dict[str, Callable[[Any, str], Plan]] = {
    "arms": _arms,
    "ring": _ring,
    "lanes": _lanes,
    "side_roads": _side_roads,
    "lines": given.plan_of,
}
