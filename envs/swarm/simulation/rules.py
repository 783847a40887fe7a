"""The settings as flat numbers, the form in which compiled code reads them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from envs.swarm.simulation.compiled.state import REWARD_PARTS
from envs.swarm.simulation.settings import FAMILIES, Disturbance, Range, SwarmSettings, Whole


class Rules(NamedTuple):
    """SwarmSettings, flattened."""

    radius: float
    mass: float
    force: float
    friction: float
    max_speed: float
    load_mass: float
    load_friction: float
    reach: float
    capacity: float
    idle: float
    drive: float
    strike_energy: float
    charge: float
    return_cost: float
    full: float
    strike: float
    strike_reach: float
    hunger: float
    heal: float
    return_after: float
    hive_health: float
    sight: float
    widest: float  # obstacle
    num_mates: int
    num_others: int
    num_resources: int
    num_hives: int
    num_obstacles: int
    max_steps: int
    weights: np.ndarray  # (P,), of REWARD_PARTS


def as_record(numbers: NamedTuple) -> np.ndarray:
    """The named numbers as an array (1,) of one record, which compiled code takes by a single pointer."""
    arrays = {name: np.asarray(value) for name, value in numbers._asdict().items()}
    dtype = np.dtype([(name, array.dtype, array.shape) for name, array in arrays.items()])
    return np.array([tuple(arrays.values())], dtype)


def flatten(settings: SwarmSettings, widest_m: float) -> Rules:
    """The rules that the kernel follows; `widest_m`: the radius of the largest obstacle that there can be."""
    body, load, energy, health = settings.body, settings.load, settings.energy, settings.health
    seen, reward = settings.observation, settings.reward.model_dump()
    return Rules(
        radius=body.radius_m,
        mass=body.mass_kg,
        force=body.force_n,
        friction=body.friction_kgps,
        max_speed=body.max_speed_mps,
        load_mass=load.mass_kg,
        load_friction=load.friction_kgps,
        reach=load.reach_m,
        capacity=energy.capacity,
        idle=energy.idle_per_s,
        drive=energy.drive_per_s,
        strike_energy=energy.strike_per_s,
        charge=energy.charge_per_s,
        return_cost=energy.return_cost,
        full=health.full,
        strike=health.strike_per_s,
        strike_reach=health.strike_reach_m,
        hunger=health.hunger_per_s,
        heal=health.heal_per_s,
        return_after=health.return_after_s,
        hive_health=settings.hive.health,
        sight=seen.sight_m,
        widest=widest_m,
        num_mates=seen.num_mates,
        num_others=seen.num_others,
        num_resources=seen.num_resources,
        num_hives=seen.num_hives,
        num_obstacles=seen.num_obstacles,
        max_steps=settings.episode.max_steps,
        weights=np.array([reward[WEIGHTS[part]] for part in REWARD_PARTS]),
    )


WEIGHTS = {
    "carrying": "carrying_per_m",
    "holding": "holding",
    "delivery": "delivery",
    "team_delivery": "team_delivery",
    "strike": "strike",
    "hurt": "hurt",
    "death": "death",
    "hive": "hive",
    "capture": "capture",
    "energy": "energy",
    "time": "time_per_s",
}
"""The key of each reward part's weight."""

_HIVES = ("each", "first", "none")
FAMILY = np.dtype(
    [
        ("share", np.float64),  # up to which a number in [0, 1) draws it
        ("teams", np.int64, (2,)),
        ("agents", np.int64, (2,)),
        ("fewer", np.int64),
        ("resources", np.int64, (2,)),
        ("heavy_share", np.float64),
        ("hives", np.int64),  # 0 each team has one, 1 the first, 2 none
        ("obstacles", np.int64, (2,)),
        ("returns", np.uint8),
    ],
    align=True,
)


class Draws(NamedTuple):
    """What the families have alike when an episode is drawn, flattened."""

    side: np.ndarray  # (2,)
    obstacle_radius: np.ndarray
    value: np.ndarray
    heavy: np.ndarray
    spread: float
    radius: float
    mass: float
    reach: float
    capacity: float
    full: float
    hive_radius: float
    hive_health: float
    hive_store: float
    against_rule: bool


def tabulate_draws(settings: SwarmSettings) -> np.ndarray:
    """What decides what is drawn, as an array (1,) of one record."""
    return as_record(
        Draws(
            side=_ends(settings.arena.side_m),
            obstacle_radius=_ends(settings.arena.obstacle_radius_m),
            value=_ends(settings.load.value),
            heavy=_ends(settings.load.heavy),
            spread=settings.body.spread,
            radius=settings.body.radius_m,
            mass=settings.body.mass_kg,
            reach=settings.load.reach_m,
            capacity=settings.energy.capacity,
            full=settings.health.full,
            hive_radius=settings.hive.radius_m,
            hive_health=settings.hive.health,
            hive_store=settings.hive.store,
            against_rule=settings.opponent.kind != "self",
        )
    )


def tabulate_families(settings: SwarmSettings) -> np.ndarray:
    """The families (F,) FAMILY in their order."""
    table, up_to = np.zeros(len(FAMILIES), FAMILY), 0.0
    total = sum(family.weight for family in settings.families.all().values())
    for row, family in zip(table, settings.families.all().values(), strict=True):
        up_to += family.weight / total
        row["share"] = up_to if family.weight else 0.0
        for name in ("teams", "agents", "resources", "obstacles"):
            row[name] = _ends(getattr(family, name))
        row["fewer"], row["heavy_share"] = family.fewer, family.heavy_share
        row["hives"], row["returns"] = _HIVES.index(family.hives), family.returns
    return table


def _ends(interval: Range | Whole) -> np.ndarray:
    return np.array([interval.low, interval.high])


DISTURBANCE = np.dtype([(name, np.float64) for name in Disturbance.model_fields])


def tabulate_disturbance(disturbance: Disturbance) -> np.ndarray:
    """A world's record, shape ()."""
    return np.array(tuple(float(value) for value in disturbance.model_dump().values()), DISTURBANCE)
