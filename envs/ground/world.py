"""What a world is: five rooms, each behind a door that opens it by the world's name.

W worlds, A slots for agents, D numbers seen, K numbers done, n choices, N episodes, T steps.

A world is a folder `envs/NAME`. Outside of it nobody imports it; `simulation("NAME")` imports `envs.NAME.simulation`
and returns its object `SIMULATION`, and so on for the other four rooms.
"""

from __future__ import annotations

import difflib
import pkgutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module, util
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from pettingzoo import ParallelEnv

from envs.ground.record import Record

if TYPE_CHECKING:
    import pandas as pd

    from envs.ground.play import Episodes, Space
    from envs.ground.steering import Steering
    from envs.ground.vectorize import SharedPolicyVecEnv

DRAWN = -1
"""The index of a scenario that is none: the episode is drawn from its seed."""
DRAWN_NAME = "procedural"
"""What tables call the scenario of drawn episodes."""

SPLITS = {"train": 0, "validation": 1, "test": 2}
"""What episodes are drawn for, in the two highest bits of their seeds: no split ever meets another's."""

# ---- what an episode ends with, and what is good


@dataclass(frozen=True)
class Outcome:
    """A column of the table of episodes, and what is good.

    Attributes:
        name: the column.
        words: what it is called in tables and sentences: "episodes with loss of separation".
        short: the same where room is short: "LoS"; empty: the name.
        kind: failure: bool, wanted False; share: 0 to 1, wanted 1; number: as `better` says.
        unit: of a number; empty: none.
        weight: how much it counts in `failures`.
        over: what is taken over episodes: their mean, or their least or largest.
    """

    name: str
    words: str
    kind: Literal["failure", "share", "number"]
    short: str = ""
    better: Literal["lower", "higher"] = "lower"
    unit: str = ""
    weight: float = 1.0
    over: Literal["mean", "min", "max"] = "mean"

    @property
    def figure(self) -> str:
        """The name of its figure over episodes: a failure is a rate."""
        return f"{self.name}_rate" if self.kind == "failure" else self.name

    def said(self, value: float) -> str:
        """Its figure in a few words: "LoS 0.2%"."""
        told = f"{value:.4g}{self.unit and f' {self.unit}'}" if self.kind == "number" else f"{value:.1%}"
        return f"{self.short or self.name} {told}"


def means(episodes: pd.DataFrame, outcomes: Sequence[Outcome]) -> dict[str, float]:
    """By `Outcome.figure`, over episodes; `mean_return`, and where failures or shares are judged `solved_share`."""
    figures = {outcome.figure: float(getattr(episodes[outcome.name], outcome.over)()) for outcome in outcomes}
    figures["mean_return"] = float(episodes["return"].mean())
    if judged(outcomes):
        figures["solved_share"] = float(solved(episodes, outcomes).mean())
    return figures


def judged(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Those that say whether an episode is solved: failures and shares."""
    return [outcome for outcome in outcomes if outcome.kind != "number"]


def failures(figures: Mapping[str, float], outcomes: Sequence[Outcome]) -> float:
    """The weighted sum of rates of failures and of what shares lack to 1; the smaller the better.

    Args:
        figures: over episodes by `Outcome.figure`.
    """
    total = 0.0
    for outcome in judged(outcomes):
        weighted = outcome.weight * figures[outcome.figure]
        total = total + weighted if outcome.kind == "failure" else total + outcome.weight - weighted
    return total


def shortfall(figures: Mapping[str, float], outcomes: Sequence[Outcome]) -> float:
    """One number to make small: failures, or where the world judges nothing the return with its sign turned."""
    return failures(figures, outcomes) if judged(outcomes) else -figures["mean_return"]


def preference(figures: Mapping[str, float], outcomes: Sequence[Outcome]) -> tuple[float, float]:
    """The larger the better: fewer failures, then the higher return (`mean_return`)."""
    return -failures(figures, outcomes), figures["mean_return"]


def solved(episodes: pd.DataFrame, outcomes: Sequence[Outcome]) -> np.ndarray:
    """(N,) bool: episodes without failure, all shares 1; none where the world declares neither."""
    good = np.full(len(episodes), bool(judged(outcomes)))
    for outcome in judged(outcomes):
        column = episodes[outcome.name].to_numpy()
        good &= ~column.astype(bool) if outcome.kind == "failure" else column == 1.0
    return good


# ---- room 1, simulation: enough to train, to export and to resume


@dataclass(frozen=True)
class Slots:
    """Where alike others stand in an observation, for pooling and attention.

    Attributes:
        name: of the group: "neighbour".
        first: the column at which the first slot begins.
        num, width: how many slots, and how many columns each has.
        presence: the column within a slot that says whether somebody is there; None: always.
    """

    name: str
    first: int
    num: int
    width: int
    presence: int | None


@dataclass(frozen=True)
class Planes:
    """The part of an observation's flat row that is an image, row-major (channels, height, width)."""

    first: int
    channels: int
    height: int
    width: int


class Batch(Protocol):
    """W worlds with room for A agents each, stepped together.

    Arrays are overwritten by the next step. A world's numbers depend on its seed and its actions only. Actions are K
    numbers of each agent: in [-1, 1], or where the agents choose, one of `Simulation.commands`.
    """

    num_worlds: int  # W
    num_slots: int  # A
    num_actions: int  # K
    max_steps: int  # T, an episode's most

    @property
    def observation(self) -> np.ndarray:  # (W, A, D) float32
        ...

    @property
    def present(self) -> np.ndarray:  # (W, A) bool, slot in use in this episode
        ...

    @property
    def active(self) -> np.ndarray:  # (W, A) bool, whose next action counts
        ...

    @property
    def reward(self) -> np.ndarray:  # (W, A) float64, of the last step
        ...

    @property
    def done(self) -> np.ndarray:  # (W,) bool, whose episode has ended
        ...

    @property
    def steps(self) -> np.ndarray:  # (W,) int64, of the present episode
        ...

    @property
    def episode_seed(self) -> np.ndarray:  # (W,) uint64
        ...

    @property
    def team(self) -> np.ndarray:  # (W, A) int64; agents of one team share a policy
        ...

    def begin(self, which: np.ndarray, scenario: np.ndarray, seed: np.ndarray, shift: np.ndarray | None = None) -> None:
        """Begin episodes in the worlds `which` (N,): scenario's index (N,) or DRAWN, seed (N,) uint64, shift (N,)."""
        ...

    def step(self, actions: np.ndarray) -> None:
        """Step all worlds with actions (W, A, K) float64; worlds that have ended stand still."""
        ...

    def allowed(self) -> np.ndarray | None:
        """Which of n choices each agent has now, (W, A, n) bool; None: all, or actions are continuous."""
        ...

    def outcomes(self) -> dict[str, np.ndarray]:
        """Columns of the table of episodes, name -> (W,): num_agents, outcomes; perhaps family, reward_*, return."""
        ...

    def frame(self, rows: np.ndarray, actions: np.ndarray) -> dict[str, np.ndarray]:
        """Columns of a recording, name -> (N, A): the present state of the worlds `rows`, and actions (N, A, K)."""
        ...

    def agents(self, row: int) -> dict[str, list[str]]:
        """What is constant of the agents present in a world, by column: their names, and perhaps their types."""
        ...


class Simulation(Protocol):
    """Room 1: enough to train, to export and to resume.

    Attributes:
        settings: the record of NAME.simulation in params.yaml.
        step_s: seconds of a step; NaN: the world knows no seconds.
        units: of what agents see and do, by name, for policy.json.
        agent: what an agent is called: "aircraft".
    """

    settings: type[Record]
    step_s: float
    units: Mapping[str, str]
    agent: str

    def batch(
        self,
        settings: Any,
        num_worlds: int,
        *,
        seed: int = 0,
        scenarios: Sequence[Any] = (),
        discount: float = 1.0,
        room: int = 0,
        extras: Collection[str] = (),
    ) -> Batch:
        """Worlds, in which no episode has begun.

        Args:
            scenarios: that episodes refer to by index.
            discount: the learner's gamma, which a potential in the reward needs.
            room: for at least so many agents.
            extras: whatever else shifts of its own evaluation may name.
        """
        ...

    def vectorized(
        self,
        settings: Any,
        num_worlds: int,
        *,
        seed: int,
        scenarios: Sequence[Any] = (),
        discount: float = 1.0,
        room: int = 0,
        num_processes: int = 1,
    ) -> SharedPolicyVecEnv:
        """Worlds for learning, begun anew at once; scenarios are drawn from, none: episodes are drawn."""
        ...

    def environment(
        self, settings: Any, *, scenarios: Sequence[Any] = (), render_mode: str | None = None, **others: Any
    ) -> ParallelEnv:
        """One world as a PettingZoo environment."""
        ...

    def outcomes(self, settings: Any) -> tuple[Outcome, ...]:
        """What episodes end with; the first decides verdicts and score."""
        ...

    def room(self, settings: Any) -> int:
        """The agents that drawn episodes need room for."""
        ...

    def size(self, scenario: Any) -> int:
        """The agents of a named scenario."""
        ...

    def features(self, settings: Any) -> tuple[str, ...]:
        """D names."""
        ...

    def slots(self, settings: Any) -> tuple[Slots, ...]:
        """Groups of alike others among the features; none: ()."""
        ...

    def planes(self, settings: Any) -> Planes | None:
        """The part of the row that is an image, if any."""
        ...

    def actions(self, settings: Any) -> tuple[str, ...]:
        """K names of what an action sets."""
        ...

    def commands(self, settings: Any) -> np.ndarray | None:
        """What each of n choices does, (n, K) float32, a bare choice its own number; None: continuous actions."""
        ...

    def refuses_to_learn(self, settings: Any) -> str:
        """Why no learner takes what is seen, naming key and wish; '' where they do."""
        ...

    def same_seen_and_done(self, ours: Any, theirs: Any) -> str:
        """'' or the first key by which a policy sees or does other things (training, lessons and sets may not)."""
        ...

    def same_episodes(self, ours: Any, theirs: Any) -> str:
        """'' or the first key by which one seed means two episodes."""
        ...

    def ends(self, settings: Any) -> str:
        """'' where episodes can be solved; else why none ever is (lessons want an end)."""
        ...

    def scenario_from(self, document: Any, source: str) -> Any:
        """A named scenario of its document; raises ValueError naming source, key, value, wish. It has a `name`."""
        ...

    def document_of(self, scenario: Any, source: str) -> dict[str, Any]:
        """A named scenario as plain values; raises ValueError where `scenario_from` would."""
        ...

    def set_num_threads(self, num_threads: int) -> None:
        """Let all batches of this process compute in so many threads; results do not depend on it."""
        ...


# ---- room 2, baselines


class Baselines(Protocol):
    """Room 2: rules that policies are compared with.

    Attributes:
        settings: the record of NAME.baselines.
        words: by name, in the order of the tables: {"mvp": "geometric resolver"}.
        nobody: the one that never acts.
        yardstick: the one to beat.
    """

    settings: type[Record]
    words: Mapping[str, str]
    nobody: str
    yardstick: str

    def make(self, settings: Any) -> dict[str, Steering]:
        """Those that play in every evaluation, by name, in the order of the tables."""
        ...


# ---- room 3, scenarios


@dataclass(frozen=True)
class Way:
    """How an episode was solved, as plain values: written down, and played again."""

    method: str
    arguments: dict[str, Any] = field(default_factory=dict)


class Scenarios(Protocol):
    """Room 3: named scenarios, and how an episode is proven solvable.

    Attributes:
        settings: the record of NAME.scenarios.
    """

    settings: type[Record]

    def suite(self) -> Mapping[str, Any]:
        """Named scenarios, never trained on."""
        ...

    def varied(self, simulation: Any, wanted: Mapping[str, Any]) -> Any:
        """The simulation's settings of a test set: with its own changes; raises ValueError with key and wish."""
        ...

    def ways(self, settings: Any, baselines: Any) -> Iterator[Way]:
        """To try on all episodes, in this order, before any search."""
        ...

    def search(self, settings: Any, space: Space, episodes: Episodes, seed: int) -> list[Way | None]:
        """(N,) for what is left."""
        ...

    def steering_of(self, ways: Sequence[Way]) -> Steering:
        """Plays N episodes in these ways, one each, all of one method."""
        ...

    def nothing_done(self, settings: Any, space: Space, episodes: Episodes) -> pd.DataFrame:
        """N rows: what happens if nobody acts; `conflicting` bool: whether anything must be done."""
        ...

    def difficulty(self, settings: Any, space: Space, episodes: Episodes, seed: int, named: bool) -> np.ndarray:
        """(N,) float64, 0 easy to 1 hard; NaN: not known."""
        ...


# ---- room 4, evaluation


@dataclass(frozen=True)
class Figure:
    """A number that evaluation works out of episodes and events."""

    name: str
    words: str
    unit: str = ""
    better: Literal["lower", "higher", "neither"] = "neither"
    percent: bool = False


class Measuring(Protocol):
    """Looks on while a block is played, and measures it when it has ended."""

    def keep(self) -> None:
        """After begin and after every step."""
        ...

    def measured(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """A row per world; a row per event (a conflict, a crash), `world` joins them."""
        ...


@dataclass(frozen=True)
class Axis:
    """A curve over drawn sets: losses over density."""

    name: str
    words: str
    unit: str
    sets: Mapping[float, tuple[Record, int]]  # value -> settings of the simulation, number of episodes
    per: Literal["episode", "hour"] = "episode"


@dataclass(frozen=True)
class Shift:
    """One departure from a named scenario: `record` () is for Batch.begin."""

    family: str
    band: str
    size: float
    label: str
    whom: str
    record: np.ndarray


class Evaluation(Protocol):
    """Room 4: what is measured of episodes, beside the outcomes.

    Attributes:
        settings: the record of NAME.evaluation.
        figures: what tables and metrics.json show, in their order.
    """

    settings: type[Record]
    figures: tuple[Figure, ...]

    def measure(self, batch: Batch) -> Measuring:
        """Measures the episodes that have just begun in `batch`."""
        ...

    def axes(self, simulation: Any, settings: Any) -> tuple[Axis, ...]:
        """Curves over drawn sets."""
        ...

    def shifts(self, simulation: Any, settings: Any, scenario: Any) -> Iterator[Shift]:
        """Departures from a named scenario."""
        ...

    def vary(self, scenario: Any, size: float, rng: np.random.Generator) -> Any:
        """A variant of a named scenario, for the test of memorisation: turned, mirrored, jittered."""
        ...

    def parts_of_score(self, figures: Mapping[str, Any]) -> dict[str, float]:
        """Parts of the score, each 0 to 1."""
        ...

    def envelope(self, settings: Sequence[Any]) -> dict[str, str]:
        """What a policy was trained or tested in, entry by entry, for its model card."""
        ...

    def published(self, suite: pd.DataFrame, confidence: float) -> pd.DataFrame:
        """Published figures on the suite's scenarios, and ours beside them; may be empty."""
        ...


# ---- room 5, pictures


@dataclass(frozen=True)
class Scene:
    """One episode as it is drawn: places of A agents over T steps, and a curve below them."""

    ids: tuple[str, ...]
    time: np.ndarray  # (T,)
    place: np.ndarray  # (T, A, 2)
    course: np.ndarray  # (T, A) degrees, NaN: none
    shown: np.ndarray  # (T, A) bool
    alarm: np.ndarray  # (T, A) bool, drawn red
    goal: np.ndarray  # (A, 2), NaN: none
    curve: np.ndarray  # (T,) what is plotted below
    curve_words: str
    limit: float  # of the curve; NaN: none
    unit: str  # of places
    shape: Literal["aircraft", "dot", "car", "piece"] = "dot"
    radius: float = 0.0
    goal_radius: float = 0.0
    lines: tuple[np.ndarray, ...] = ()  # walls, lanes, cells of a board: each (M, 2)
    words: tuple[str, ...] = ()  # a line per step


class Pictures(Protocol):
    """Room 5: a recording as a Scene."""

    columns: tuple[str, ...]

    def scene(self, recording: pd.DataFrame, name: str) -> Scene:
        """What is drawn of one recorded episode; raises ValueError where columns are missing."""
        ...


# ---- the doors


@cache
def worlds() -> tuple[str, ...]:
    """The names of all worlds: folders of envs that have a simulation."""
    import envs

    found = [module.name for module in pkgutil.iter_modules(envs.__path__) if module.ispkg]
    return tuple(name for name in found if util.find_spec(f"envs.{name}.simulation") is not None)


def _open(name: str, room: str) -> Any:
    if name not in worlds():
        near = difflib.get_close_matches(name, worlds(), n=1)
        hint = f" did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"world: unknown {name!r},{hint} known: {', '.join(worlds())}")
    return getattr(import_module(f"envs.{name}.{room}"), room.upper())


def simulation(name: str) -> Simulation:
    """Room 1 of a world; raises ValueError where there is none of this name."""
    return _open(name, "simulation")


def baselines(name: str) -> Baselines:
    """Room 2 of a world; raises ValueError where there is none of this name."""
    return _open(name, "baselines")


def scenarios(name: str) -> Scenarios:
    """Room 3 of a world; raises ValueError where there is none of this name."""
    return _open(name, "scenarios")


def evaluation(name: str) -> Evaluation:
    """Room 4 of a world; raises ValueError where there is none of this name."""
    return _open(name, "evaluation")


def pictures(name: str) -> Pictures:
    """Room 5 of a world; raises ValueError where there is none of this name."""
    return _open(name, "pictures")
