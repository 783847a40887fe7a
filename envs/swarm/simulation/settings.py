"""What a person may change about the swarm, with the defaults that make `envs.make("swarm_v0")` work alone."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from envs.ground.record import NotNegative, Positive, Record, Share

TICK_S = 0.1
TICKS_PER_STEP = 5
STEP_S = TICK_S * TICKS_PER_STEP
"""One action every 0.5 s, moved in ticks of 0.1 s."""

MAX_TEAMS = 6
MAX_TEAM = 1024
MAX_CARRIERS = 4
MAX_RESOURCES = 2048
MAX_OBSTACLES = 512
MAX_ACTION_DELAY = 5
MAX_SEEN = 16
CROWD = 1.5
"""Agents begin on a spiral: the k-th so many of its radii times the square root of k from the middle."""


def crowd_m(num_agents: int, radius_m: float) -> float:
    """The radius of the disc on which a team stands when an episode begins, m."""
    return CROWD * radius_m * math.sqrt(num_agents)


class Range(Record):
    """A closed interval that is drawn from uniformly."""

    low: NotNegative
    high: NotNegative

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"low: got {self.low:g}, wanted {self.high:g} at most, which is high")
        return self


class Whole(Record):
    """Whole numbers that are drawn from uniformly, both ends included."""

    low: Annotated[int, Field(ge=0)]
    high: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"low: got {self.low}, wanted {self.high} at most, which is high")
        return self


class Body(Record):
    """Discs on a plane, see envs/swarm/simulation/compiled/motion.py."""

    radius_m: Annotated[float, Field(ge=0.1, le=2)] = 0.5
    mass_kg: Positive = 1.0
    force_n: Positive = 8.0
    friction_kgps: Positive = 2.0
    max_speed_mps: Annotated[float, Field(gt=0, le=10)] = 4.0
    spread: Annotated[float, Field(ge=0, le=0.5)] = 0.2


class Load(Record):
    """Resources, by each carrier that they need."""

    mass_kg: NotNegative = 1.0
    friction_kgps: NotNegative = 1.0
    reach_m: Positive = 0.75
    value: Range = Range(low=5.0, high=15.0)
    heavy: Whole = Whole(low=2, high=3)

    @model_validator(mode="after")
    def _carried(self) -> Self:
        if not 2 <= self.heavy.low <= self.heavy.high <= MAX_CARRIERS:
            raise ValueError(f"heavy: got {self.heavy.low} to {self.heavy.high}, wanted 2 to {MAX_CARRIERS} carriers")
        return self


class Energy(Record):
    """What agents live of, in units of the resources' value."""

    capacity: Positive = 100.0
    idle_per_s: NotNegative = 0.1
    drive_per_s: NotNegative = 0.3
    strike_per_s: NotNegative = 0.5
    charge_per_s: NotNegative = 10.0
    return_cost: NotNegative = 20.0


class Health(Record):
    """What agents lose in contests and by hunger."""

    full: Positive = 100.0
    strike_per_s: NotNegative = 10.0
    strike_reach_m: Annotated[float, Field(ge=0, le=2)] = 0.5
    hunger_per_s: NotNegative = 2.0
    heal_per_s: NotNegative = 2.0
    return_after_s: Annotated[float, Field(ge=0.5, le=1000)] = 5.0


class Hive(Record):
    """Where teams are at home."""

    radius_m: Annotated[float, Field(ge=1, le=20)] = 4.0
    health: Positive = 300.0
    store: NotNegative = 200.0


class Observation(Record):
    """What one agent sees: itself, and the nearest within sight of each kind."""

    sight_m: Annotated[float, Field(ge=2, le=50)] = 15.0
    num_mates: Annotated[int, Field(ge=1, le=MAX_SEEN)] = 5
    num_others: Annotated[int, Field(ge=1, le=MAX_SEEN)] = 5
    num_resources: Annotated[int, Field(ge=1, le=MAX_SEEN)] = 6
    num_hives: Annotated[int, Field(ge=1, le=MAX_TEAMS)] = 3
    num_obstacles: Annotated[int, Field(ge=1, le=MAX_SEEN)] = 3


class Reward(Record):
    """The weight of each reward part (see envs/swarm/simulation/compiled/reward.py)."""

    carrying_per_m: float = 0.02
    holding: float = 0.2
    delivery: float = 0.1
    team_delivery: float = 0.1
    strike: float = 0.01
    hurt: float = -0.01
    death: float = -1.0
    hive: float = 0.01
    capture: float = 5.0
    energy: float = -0.001
    time_per_s: float = -0.005


class Family(Record):
    """One kind of drawn episode: who is there, and what.

    Attributes:
        weight: how often it is drawn, relative to the others.
        agents: of each team; `fewer`: the last team has so many less.
        resources: in all; `heavy_share` of them need several carriers.
        hives: each team has one, the first alone, or none has.
        returns: whether who died comes back at its hive.
    """

    weight: NotNegative = 0.0
    teams: Whole = Whole(low=1, high=1)
    agents: Whole = Whole(low=4, high=8)
    fewer: Annotated[int, Field(ge=0)] = 0
    resources: Whole = Whole(low=0, high=0)
    heavy_share: Share = 0.0
    hives: Literal["each", "first", "none"] = "each"
    obstacles: Whole = Whole(low=0, high=4)
    returns: bool = True

    @model_validator(mode="after")
    def _possible(self) -> Self:
        for name, value, least, most in (
            ("teams", self.teams, 1, MAX_TEAMS),
            ("agents", self.agents, 1, MAX_TEAM),
            ("resources", self.resources, 0, MAX_RESOURCES),
            ("obstacles", self.obstacles, 0, MAX_OBSTACLES),
        ):
            if not least <= value.low <= value.high <= most:
                raise ValueError(f"{name}: got {value.low} to {value.high}, wanted {least} to {most}")
        if self.fewer >= self.agents.low:
            raise ValueError(f"fewer: got {self.fewer}, wanted less than agents.low {self.agents.low}")
        if self.resources.high and self.hives == "none":
            raise ValueError("resources: got some without a hive to bring them to, wanted hives each or first")
        return self


FAMILIES: dict[str, Family] = {
    "gather": Family(weight=1.0, resources=Whole(low=12, high=24)),
    "heavy": Family(weight=1.0, resources=Whole(low=6, high=12), heavy_share=1.0),
    "skirmish": Family(weight=1.0, teams=Whole(low=2, high=2), hives="none", returns=False),
    "raid": Family(weight=1.0, teams=Whole(low=2, high=2), hives="first", returns=False),
    "war": Family(weight=1.0, teams=Whole(low=2, high=2), resources=Whole(low=8, high=16), heavy_share=0.25),
    "maze": Family(resources=Whole(low=12, high=24), heavy_share=0.25, obstacles=Whole(low=12, high=20)),
    "uneven": Family(teams=Whole(low=2, high=2), agents=Whole(low=8, high=8), fewer=2, resources=Whole(low=8, high=16)),
}
"""By name, as they are by default; `maze` and `uneven` are held out."""


class Families(Record):
    """All families, by name."""

    gather: Family = FAMILIES["gather"]
    heavy: Family = FAMILIES["heavy"]
    skirmish: Family = FAMILIES["skirmish"]
    raid: Family = FAMILIES["raid"]
    war: Family = FAMILIES["war"]
    maze: Family = FAMILIES["maze"]
    uneven: Family = FAMILIES["uneven"]

    @model_validator(mode="before")
    @classmethod
    def _completed(cls, values: Any) -> Any:
        """What is not said of a family is as it is by default."""
        if not isinstance(values, dict):
            return values
        known = {name: FAMILIES[name].model_dump(mode="json") for name in FAMILIES}
        return {
            name: known[name] | own if name in known and isinstance(own, dict) else own for name, own in values.items()
        }

    @model_validator(mode="after")
    def _something_drawn(self) -> Self:
        if not any(family.weight for family in self.all().values()):
            raise ValueError("all weights are 0, wanted at least one above 0")
        return self

    def all(self) -> dict[str, Family]:
        """By name, in their order."""
        return {name: getattr(self, name) for name in FAMILIES}

    def drawn(self) -> list[Family]:
        """Those that are drawn at all."""
        return [family for family in self.all().values() if family.weight]


class Arena(Record):
    """The plane, a square with walls, and discs on it that nobody passes."""

    side_m: Range = Range(low=50.0, high=60.0)
    obstacle_radius_m: Range = Range(low=1.5, high=3.0)

    @model_validator(mode="after")
    def _roomy(self) -> Self:
        if self.side_m.low < 30.0 or self.side_m.high > 2000.0:
            raise ValueError(f"side_m: got {self.side_m.low:g} to {self.side_m.high:g}, wanted 30 to 2000")
        if not 0.2 <= self.obstacle_radius_m.low <= self.obstacle_radius_m.high <= 10.0:
            raise ValueError("obstacle_radius_m: wanted 0.2 to 10")
        return self


class Opponent(Record):
    """Who has the other sides of a contest; `self`: agents have all of them. The seed says which side agents have."""

    kind: Literal["self", "nothing", "random", "forage", "assign", "guard", "raid", "mixed"] = "self"


class Disturbance(Record):
    """What departs from perfect sight and perfect motion, for all agents."""

    position_noise_m: NotNegative = 0.0
    dropped_objects: Share = 0.0
    action_delay: Annotated[int, Field(ge=0, le=MAX_ACTION_DELAY)] = 0
    friction: Annotated[float, Field(ge=0.25, le=4)] = 1.0
    failing: Share = 0.0


class Episode(Record):
    """When an episode ends."""

    max_steps: Annotated[int, Field(ge=1, le=100_000)] = 200


class SwarmSettings(Record):
    """Everything that decides how the swarm behaves, apart from the scenarios themselves."""

    observation: Observation = Observation()
    reward: Reward = Reward()
    episode: Episode = Episode()
    opponent: Opponent = Opponent()
    disturbance: Disturbance = Disturbance()
    body: Body = Body()
    load: Load = Load()
    energy: Energy = Energy()
    health: Health = Health()
    hive: Hive = Hive()
    arena: Arena = Arena()
    families: Families = Families()

    @model_validator(mode="after")
    def _all_fit(self) -> Self:
        for name, family in self.families.all().items():
            needed, share = crowd_m(family.agents.high, self.body.radius_m), 0.3 if family.teams.high == 1 else 0.15
            if family.weight and needed > share * self.arena.side_m.low:
                wish = f"wanted at least {needed / share:.0f} for {family.agents.high} agents of family {name}"
                raise ValueError(f"arena.side_m.low: got {self.arena.side_m.low:g}, {wish}")
        return self

    @property
    def most_drawn(self) -> int:
        """The largest number of agents in a drawn episode, of all sides."""
        return max(family.teams.high * family.agents.high for family in self.families.drawn())
