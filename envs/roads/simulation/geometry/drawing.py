"""A junction drawn from a seed: its family, and the numbers of its ground plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from envs.roads.simulation.geometry.building import roads_of
from envs.roads.simulation.geometry.ground_plans import (
    ArmsGround,
    GroundPlan,
    LanesGround,
    Lights,
    Phase,
    RingGround,
    SideRoadsGround,
)
from envs.roads.simulation.geometry.road_settings import FAMILIES, Range, RoadSettings
from envs.roads.simulation.geometry.roads import Roads

_FOUR_DEG = (0.0, 90.0, 180.0, 270.0)


def draw_roads(seed: int, settings: RoadSettings, family: str = "") -> Roads:
    """The junction of a seed; of a family drawn by weight where none is named.

    Raises:
        ValueError: no such family.
    """
    ground = draw_ground(seed, settings, family)
    return roads_of(ground, f"{ground.family}_{seed}")


def draw_ground(seed: int, settings: RoadSettings, family: str = "") -> GroundPlan:
    """The ground plan of a seed, see draw_roads."""
    if family and family not in FAMILIES:
        raise ValueError(f"family: got {family!r}, wanted one of {', '.join(FAMILIES)}")
    rng = np.random.default_rng(int(seed))
    weights = np.array([getattr(settings.families, name) for name in FAMILIES])
    drawn = FAMILIES[int(rng.choice(len(FAMILIES), p=weights / weights.sum()))]
    return _DRAWN[family or drawn](rng, settings)


def _from(rng: np.random.Generator, interval: Range) -> float:
    return float(rng.uniform(interval.low, interval.high))


def _askew(rng: np.random.Generator, angles_deg: Sequence[float], interval: Range) -> tuple[float, ...]:
    """Angles turned a little, each by itself."""
    turned = np.asarray(angles_deg) + rng.uniform(-1.0, 1.0, len(angles_deg)) * _from(rng, interval)
    return tuple(turned.tolist())


def _tee_deg(rng: np.random.Generator, settings: RoadSettings) -> tuple[float, ...]:
    """A road that goes straight on, arms 0 and 1, and a side road to its south, arm 2."""
    return (0.0, 180.0, 360.0 - _from(rng, settings.tee.side_deg))


def _arms(
    rng: np.random.Generator, settings: RoadSettings, family: str, arms_deg: tuple[float, ...], **others: Any
) -> ArmsGround:
    """Arms with priority to the right, but for what `others` say."""
    own = settings.arms
    values = {
        "entry_m": _from(rng, own.entry_m),
        "exit_m": _from(rng, own.exit_m),
        "lane_m": _from(rng, own.lane_m),
        "corner_m": _from(rng, own.corner_m),
        "limit_mps": _from(rng, own.limit_mps),
        "touch_m": settings.touch_m,
        "rights": "right",
        "main_arms": (),
        "left_turns": True,
        "lights": None,
    }
    return ArmsGround(family=family, arms_deg=arms_deg, **(values | others))  # type: ignore[arg-type]


def _four_arms(rng: np.random.Generator, settings: RoadSettings) -> GroundPlan:
    return _arms(rng, settings, "four_arms", _askew(rng, _FOUR_DEG, settings.arms.askew_deg))


def _tee(rng: np.random.Generator, settings: RoadSettings) -> GroundPlan:
    main = rng.uniform() < settings.tee.main_road_share
    others = {"rights": "main", "main_arms": (0, 1)} if main else {}
    return _arms(rng, settings, "tee", _tee_deg(rng, settings), **others)


def _signals(rng: np.random.Generator, settings: RoadSettings) -> GroundPlan:
    """Nobody has priority: those who have green together never meet, but in one lane."""
    own, first = settings.signals, int(rng.integers(4))
    two_phases = rng.uniform() < own.two_phases_share
    groups = [(0, 2), (1, 3)] if two_phases else [(0,), (1,), (2,), (3,)]
    turned = [groups[(first + k) % len(groups)] for k in range(len(groups))]
    phases = tuple(Phase(arms=group, green_s=_from(rng, own.green_s)) for group in turned)
    lights = Lights(phases=phases, amber_s=own.amber_s, clear_s=own.clear_s)
    angles = _askew(rng, _FOUR_DEG, settings.arms.askew_deg)
    return _arms(rng, settings, "signals", angles, rights="nobody", left_turns=not two_phases, lights=lights)


def _trucks(rng: np.random.Generator, settings: RoadSettings) -> GroundPlan:
    """Three or four arms, wide enough for long trucks."""
    four = rng.uniform() < 0.5
    angles = _askew(rng, _FOUR_DEG, settings.arms.askew_deg) if four else _tee_deg(rng, settings)
    own = settings.trucks
    wide = {"lane_m": _from(rng, own.lane_m), "corner_m": _from(rng, own.corner_m), "touch_m": own.touch_m}
    return _arms(rng, settings, "trucks", angles, **wide)


def _lanes(rng: np.random.Generator, settings: RoadSettings, family: str, ramp_deg: float) -> GroundPlan:
    own = settings.merge
    return LanesGround(
        family=family,  # type: ignore[arg-type]
        before_m=_from(rng, own.before_m),
        beside_m=_from(rng, own.beside_m),
        taper_m=_from(rng, own.taper_m),
        after_m=_from(rng, own.after_m),
        ramp_deg=ramp_deg,
        lane_m=_from(rng, own.lane_m),
        limit_mps=_from(rng, own.limit_mps),
        touch_m=settings.touch_m,
    )


def _merge(rng: np.random.Generator, settings: RoadSettings) -> GroundPlan:
    return _lanes(rng, settings, "merge", _from(rng, settings.merge.ramp_deg))


def _lane_drop(rng: np.random.Generator, settings: RoadSettings) -> GroundPlan:
    return _lanes(rng, settings, "lane_drop", 0.0)


def _ring(rng: np.random.Generator, settings: RoadSettings, num_lanes: int) -> GroundPlan:
    own, num_arms = settings.roundabout, int(rng.integers(3, 6))
    radius_m = _from(rng, own.radius_m if num_lanes == 1 else own.two_lanes_radius_m)
    return RingGround(
        family="roundabout_one" if num_lanes == 1 else "roundabout_two",
        arms_deg=_askew(rng, [arm * 360.0 / num_arms for arm in range(num_arms)], own.askew_deg),
        radius_m=max(1.0, num_arms / 4.0) * radius_m,
        num_lanes=num_lanes,
        entry_m=_from(rng, own.entry_m),
        exit_m=_from(rng, own.exit_m),
        lane_m=_from(rng, own.lane_m),
        limit_mps=_from(rng, own.limit_mps),
        touch_m=settings.touch_m,
    )


def _roundabout_one(rng: np.random.Generator, settings: RoadSettings) -> GroundPlan:
    return _ring(rng, settings, 1)


def _roundabout_two(rng: np.random.Generator, settings: RoadSettings) -> GroundPlan:
    return _ring(rng, settings, 2)


def _two_junctions(rng: np.random.Generator, settings: RoadSettings) -> GroundPlan:
    own = settings.arms
    aside_deg = sorted((_from(rng, settings.tee.side_deg) for _ in range(2)), reverse=True)  # so that they never cross
    first, second = (np.array(aside_deg) * rng.choice([-1.0, 1.0], 2)).tolist()
    return SideRoadsGround(
        family="two_junctions",
        side_deg=(first, second),
        apart_m=_from(rng, settings.two_junctions.apart_m),
        entry_m=_from(rng, own.entry_m),
        exit_m=_from(rng, own.exit_m),
        lane_m=_from(rng, own.lane_m),
        corner_m=own.corner_m.low,
        limit_mps=_from(rng, own.limit_mps),
        touch_m=settings.touch_m,
    )


_DRAWN: dict[str, Callable[[np.random.Generator, RoadSettings], GroundPlan]] = {
    "merge": _merge,
    "lane_drop": _lane_drop,
    "tee": _tee,
    "four_arms": _four_arms,
    "signals": _signals,
    "roundabout_one": _roundabout_one,
    "roundabout_two": _roundabout_two,
    "two_junctions": _two_junctions,
    "trucks": _trucks,
}
