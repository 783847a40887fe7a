"""The first room of a world that is a PettingZoo environment."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from pettingzoo import ParallelEnv

from envs.ground.any_environment.batch import EnvironmentBatch
from envs.ground.any_environment.time_limits import time_limit
from envs.ground.any_environment.uniform import Uniform
from envs.ground.outcomes import Outcome
from envs.ground.record import Record
from envs.ground.world import Planes, Roles, Slots

if TYPE_CHECKING:
    from envs.ground.rows.vectorize import SharedPolicyVecEnv


@dataclass(frozen=True)
class Probe:
    """What one environment says of itself."""

    num_agents: int
    features: tuple[str, ...]
    planes: Planes | None
    roles: Roles | None
    actions: tuple[str, ...]
    commands: np.ndarray | None


class EnvironmentSimulation:
    """The first room of a world that is a PettingZoo environment; see envs/ground/world.py: Simulation.

    Args:
        name: in messages.
        settings: the record of the world's simulation.
        make: settings and render mode -> the environment, a ParallelEnv.
        max_steps: settings -> where episodes are cut off.
        max_step_s: settings -> so many seconds a step may take, a reset, a picture, and to make one.
        outcomes: settings -> what their infos say of how they ended.
        sources: settings -> files of one's own that are loaded.
    """

    step_s = math.nan
    units: Mapping[str, str] = {"action": "each in [-1, 1] of the environment's own bounds, or the number of a choice"}
    agent = "agents"

    def __init__(
        self,
        name: str,
        settings: type[Record],
        make: Callable[[Any, str | None], ParallelEnv],
        max_steps: Callable[[Any], int],
        max_step_s: Callable[[Any], float],
        outcomes: Callable[[Any], tuple[Outcome, ...]] = lambda settings: (),
        sources: Callable[[Any], tuple[str, ...]] = lambda settings: (),
    ) -> None:
        self.name, self.settings = name, settings
        self._make, self._max_steps, self._max_step_s = make, max_steps, max_step_s
        self._declared, self._sources = outcomes, sources
        self._probes: dict[str, Probe] = {}

    def uniform(self, settings: Any, render_mode: str | None = None) -> Uniform:
        """One environment with uniform rows."""
        limit = self._max_step_s(settings)
        with time_limit(limit, f"{self.name}: to make an environment", f"{self.name}.simulation.max_step_s"):
            env = self._make(settings, render_mode)
        return Uniform(env, self.name, self._max_steps(settings), limit)

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
    ) -> EnvironmentBatch:
        """See Simulation.batch."""
        make = partial(self.uniform, settings, "rgb_array")
        return EnvironmentBatch(make, num_worlds, self.outcomes(settings))

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
        """See Simulation.vectorized, by SuperSuit."""
        from envs.ground.rows.vectorize import general_road

        return general_road(partial(self.uniform, settings), num_worlds, seed, num_processes)

    def environment(
        self, settings: Any, *, scenarios: Sequence[Any] = (), render_mode: str | None = None, **others: Any
    ) -> ParallelEnv:
        """See Simulation.environment: as it was made, not uniform."""
        return self._make(settings, render_mode)

    def probe(self, settings: Any) -> Probe:
        """What an environment of these settings says of itself; made once.

        Raises:
            ValueError: it cannot be made.
        """
        key = settings.model_dump_json()
        if key not in self._probes:
            env = self.uniform(settings)
            self._probes[key] = _probe(env)
            env.close()
        return self._probes[key]

    def outcomes(self, settings: Any) -> tuple[Outcome, ...]:
        """See Simulation.outcomes."""
        return self._declared(settings)

    def room(self, settings: Any) -> int:
        """See Simulation.room."""
        return self.probe(settings).num_agents

    def size(self, scenario: Any) -> int:
        """There are no named scenarios."""
        raise ValueError(f"{self.name}: wanted no named scenario: episodes are drawn by seed")

    def features(self, settings: Any) -> tuple[str, ...]:
        """See Simulation.features."""
        return self.probe(settings).features

    def slots(self, settings: Any) -> tuple[Slots, ...]:
        """Nothing is known of groups of alike others."""
        return ()

    def planes(self, settings: Any) -> Planes | None:
        """See Simulation.planes."""
        return self.probe(settings).planes

    def roles(self, settings: Any) -> Roles | None:
        """See Simulation.roles: agents of equal spaces have one."""
        return self.probe(settings).roles

    def actions(self, settings: Any) -> tuple[str, ...]:
        """See Simulation.actions."""
        return self.probe(settings).actions

    def commands(self, settings: Any) -> np.ndarray | None:
        """See Simulation.commands."""
        return self.probe(settings).commands

    def refuses_to_learn(self, settings: Any) -> str:
        """Learners take uniform rows."""
        return ""

    def same_seen_and_done(self, ours: Any, theirs: Any) -> str:
        """See Simulation.same_seen_and_done."""
        one, other = self.probe(ours), self.probe(theirs)
        same = (one.features, one.planes, one.actions) == (other.features, other.planes, other.actions)
        return "" if same else "arguments"

    def same_episodes(self, ours: Any, theirs: Any) -> str:
        """See Simulation.same_episodes."""
        keys = type(ours).model_fields
        return next((key for key in keys if getattr(ours, key) != getattr(theirs, key)), "")

    def ends(self, settings: Any) -> str:
        """See Simulation.ends."""
        wish = "wanted declared outcomes, by which a lesson is solved"
        return "" if self.outcomes(settings) else f"outcomes: got none, {wish}"

    def scenario_from(self, document: Any, source: str) -> Any:
        """There are no named scenarios."""
        raise ValueError(f"{source}: wanted no file: this world's episodes are drawn by seed")

    def document_of(self, scenario: Any, source: str) -> dict[str, Any]:
        """There are no named scenarios."""
        raise ValueError(f"{source}: wanted no file: this world's episodes are drawn by seed")

    def sources(self, settings: Any) -> tuple[str, ...]:
        """See Simulation.sources."""
        return self._sources(settings)

    def set_num_threads(self, num_threads: int) -> None:
        """Environments are stepped one after the other."""


def _probe(env: Uniform) -> Probe:
    names = tuple(role.name for role in env.all_roles)
    roles = Roles(env.num_seen, names) if len(names) > 1 else None
    features = [f"seen_{d}" for d in range(env.num_seen)] + ([f"is_{name}" for name in names] if roles else [])
    images = {role.image for role in env.all_roles}
    planes = images.pop() if len(images) == 1 else None
    if env.chooses:
        commands = np.arange(env.num_done, dtype=np.float32)[:, None]
        return Probe(len(env.possible_agents), tuple(features), planes, roles, ("choice",), commands)
    actions = tuple(f"action_{k}" for k in range(env.num_done))
    return Probe(len(env.possible_agents), tuple(features), planes, roles, actions, None)
