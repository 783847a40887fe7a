"""What a world is, seen from the pipeline: a batch of its episodes, and the room that makes it.

W worlds, A slots for agents, D numbers seen, K numbers done, n choices, N episodes, T steps.

A world is a folder `envs/NAME` with five rooms: simulation (here), baselines, scenarios, evaluation and pictures
(envs/ground/rooms.py). Outside of it nobody imports it: doors open its rooms by name (envs/ground/doors.py).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from envs.ground.outcomes import Outcome
from envs.ground.record import Record

if TYPE_CHECKING:
    from pettingzoo import ParallelEnv

    from envs.ground.rows.vectorize import SharedPolicyVecEnv

DRAWN = -1
"""The index of a scenario that is none: the episode is drawn from its seed."""
DRAWN_NAME = "procedural"
"""What tables call the scenario of drawn episodes."""

SPLITS = {"train": 0, "validation": 1, "test": 2}
"""What episodes are drawn for, in the two highest bits of their seeds: no split ever meets another's."""


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


@dataclass(frozen=True)
class Roles:
    """Where a row says which role its agent has: the columns from `first` on, one for each name, are 1 in its own."""

    first: int
    names: tuple[str, ...]

    @property
    def columns(self) -> slice:
        """Those of the roles."""
        return slice(self.first, self.first + len(self.names))

    def of(self, rows: np.ndarray) -> np.ndarray:
        """The role's number (...) of each of rows (..., D), counted from 0; 0 of a row that says none."""
        return rows[..., self.columns].argmax(-1)


class Batch(Protocol):
    """W worlds with room for A agents each, stepped together.

    Arrays are overwritten by the next step. A world's numbers depend on its seed and its actions only. Actions are K
    numbers of each agent: in [-1, 1], or where the agents choose, one of `Simulation.commands`.
    """

    num_worlds: int  # W
    num_slots: int  # A
    num_actions: int  # K
    num_choices: int  # n, 0: actions are numbers
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

    def ends(self) -> tuple[np.ndarray, np.ndarray]:
        """Whose agent terminated in the last step and whose was cut off, (W, A) bool."""
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


class Named(Protocol):
    """A named scenario, frozen."""

    @property
    def name(self) -> str:
        """What tables call it."""
        ...

    def digest(self) -> str:
        """At least 16 hexadecimal digits that its content decides."""
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

    def roles(self, settings: Any) -> Roles | None:
        """What tells agents of several roles apart; None: all have one."""
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
        """A scenario, `Named`, of its document; raises ValueError naming source, key, value, wish."""
        ...

    def document_of(self, scenario: Any, source: str) -> dict[str, Any]:
        """A named scenario as plain values; raises ValueError where `scenario_from` would."""
        ...

    def sources(self, settings: Any) -> tuple[str, ...]:
        """Files that are no part of this project and say how the world behaves: an environment of one's own."""
        ...

    def set_num_threads(self, num_threads: int) -> None:
        """Let all batches of this process compute in so many threads; results do not depend on it."""
        ...
