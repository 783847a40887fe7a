"""W environments of PettingZoo as a `Batch`, and the first room of a world that is such an environment."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv

from envs.ground.outcomes import Outcome
from envs.ground.png import png_bytes
from envs.ground.record import Record
from envs.ground.roster import Roster
from envs.ground.uniform import Uniform
from envs.ground.vectorize import SharedPolicyVecEnv, general_road
from envs.ground.world import Planes, Slots

_SEEDS = 2**31
_PROBED_STEPS = 3
_OURS = {"active", "waiting"}
"""Infos that say who may act, and nothing of the episode."""


class EnvironmentBatch:
    """Environments stepped one after the other; see envs/ground/world.py: Batch.

    A recording has `frame`, the world's picture (PNG) in the first agent's row, where the environment draws itself.
    """

    def __init__(self, make: Callable[[], Uniform], num_worlds: int, outcomes: Sequence[Outcome]) -> None:
        """Make the environments; no episode has begun."""
        self.num_worlds, self._outcomes = num_worlds, tuple(outcomes)
        self._rosters = [Roster(make(), np.random.default_rng(0)) for _ in range(num_worlds)]
        self._agents = list(self._rosters[0].env.possible_agents)
        first = self._env(0)
        self.num_slots, self.max_steps = len(self._agents), first.max_steps
        self.num_actions = 1 if first.chooses else first.num_done
        self.num_choices = first.num_done if first.chooses else 0
        self._chooses = first.chooses
        shape = (num_worlds, self.num_slots)
        self.observation = np.zeros((*shape, first.num_features), np.float32)
        self.present, self.active = np.zeros(shape, bool), np.zeros(shape, bool)
        self.reward, self.done = np.zeros(shape), np.ones(num_worlds, bool)
        self.steps, self.episode_seed = np.zeros(num_worlds, np.int64), np.zeros(num_worlds, np.uint64)
        self.team = np.zeros(shape, np.int64)
        self._last_infos: list[dict[str, dict[str, float]]] = [{} for _ in range(num_worlds)]

    def begin(self, which: np.ndarray, scenario: np.ndarray, seed: np.ndarray, shift: np.ndarray | None = None) -> None:
        """See Batch.begin; there are no scenarios and no shifts."""
        for world, own in zip(which.tolist(), seed.tolist(), strict=True):
            roster = self._rosters[world]
            roster.reset(seed=int(own))
            self.episode_seed[world], self.steps[world], self.done[world] = own, 0, False
            self.present[world], self.reward[world], self._last_infos[world] = False, 0.0, {}
            self._look(world, roster.reset_infos)

    def step(self, actions: np.ndarray) -> None:
        """See Batch.step."""
        for world in np.flatnonzero(~self.done).tolist():
            roster = self._rosters[world]
            own = {
                agent: int(actions[world, a, 0]) if self._chooses else actions[world, a].astype(np.float32)
                for a, agent in enumerate(self._agents)
            }
            _, rewards, _, _, infos = roster.step(own)
            self.reward[world] = [rewards[agent] for agent in self._agents]
            self.steps[world] += 1
            self.done[world] = not roster.agents
            self._look(world, infos)

    def _look(self, world: int, infos: Mapping[str, Mapping[str, Any]]) -> None:
        """Take over what a world shows now."""
        roster = self._rosters[world]
        for a, agent in enumerate(self._agents):
            self.observation[world, a] = roster.observations[agent]
            self.active[world, a] = roster.active[agent]
            self.present[world, a] |= roster.playing[agent]
        for agent, info in infos.items():
            told = {name: float(value) for name, value in info.items() if _is_number(value)}
            self._last_infos[world].setdefault(agent, {}).update(told)

    def allowed(self) -> np.ndarray | None:
        """See Batch.allowed."""
        if not (self._chooses and self._env(0).masked):
            return None
        masks = [self._env(world).action_masks() for world in range(self.num_worlds)]
        return np.array([[own[agent] for agent in self._agents] for own in masks])

    def outcomes(self) -> dict[str, np.ndarray]:
        """See Batch.outcomes: declared ones of the last infos, and all numeric infos as info_NAME, their means."""
        names = sorted({name for own in self._last_infos for info in own.values() for name in info} - _OURS)
        found = {f"info_{name}": np.array([self._mean(own, name) for own in self._last_infos]) for name in names}
        declared = {outcome.name: self._declared(outcome) for outcome in self._outcomes}
        return {"num_agents": self.present.sum(1), **declared, **found}

    def _declared(self, outcome: Outcome) -> np.ndarray:
        values = [[info[outcome.name] for info in own.values() if outcome.name in info] for own in self._last_infos]
        for world, own in enumerate(values):
            if not own:
                seed = int(self.episode_seed[world])
                wish = "wanted a number in the agents' infos, as simulation.outcomes says"
                raise ValueError(f"{self._env(world).name}: episode of seed {seed}: no info {outcome.name!r}, {wish}")
        if outcome.kind == "failure":
            return np.array([any(own) for own in values])
        return np.array([float(np.mean(own)) for own in values])

    def _mean(self, infos: Mapping[str, Mapping[str, float]], name: str) -> float:
        told = [info[name] for info in infos.values() if name in info]
        return float(np.mean(told)) if told else math.nan

    def frame(self, rows: np.ndarray, actions: np.ndarray) -> dict[str, np.ndarray]:
        """See Batch.frame."""
        kept = {"present": self.present[rows], "active": self.active[rows], "reward": self.reward[rows]}
        kept |= {f"action_{k}": actions[:, :, k] for k in range(self.num_actions)}
        frames = np.full((len(rows), self.num_slots), None, object)
        frames[:, 0] = [self._picture(world) for world in rows.tolist()]
        return kept | {"frame": frames}

    def _picture(self, world: int) -> bytes | None:
        env = self._env(world)
        if getattr(env, "render_mode", None) != "rgb_array" or self.done[world]:
            return None
        drawn = env.render()
        return None if drawn is None else png_bytes(np.asarray(drawn))

    def agents(self, row: int) -> dict[str, list[str]]:
        """See Batch.agents: all that may play, and their roles."""
        roles = self._env(row).roles
        return {"agent": self._agents, "role": [roles[agent].name for agent in self._agents]}

    def _env(self, world: int) -> Uniform:
        return self._rosters[world].env


def _is_number(value: Any) -> bool:
    return isinstance(value, bool | int | float | np.number | np.bool_) and bool(np.isfinite(value))


@dataclass(frozen=True)
class Probe:
    """What one environment says of itself."""

    num_agents: int
    features: tuple[str, ...]
    planes: Planes | None
    actions: tuple[str, ...]
    commands: np.ndarray | None


class EnvironmentSimulation:
    """The first room of a world that is a PettingZoo environment; see envs/ground/world.py: Simulation.

    Args:
        name: in messages.
        settings: the record of the world's simulation.
        make: settings and render mode -> the environment, a ParallelEnv.
        max_steps: settings -> where episodes are cut off.
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
        outcomes: Callable[[Any], tuple[Outcome, ...]] = lambda settings: (),
    ) -> None:
        self.name, self.settings = name, settings
        self._make, self._max_steps, self._declared = make, max_steps, outcomes
        self._probes: dict[str, Probe] = {}

    def uniform(self, settings: Any, render_mode: str | None = None) -> Uniform:
        """One environment with uniform rows."""
        return Uniform(self._make(settings, render_mode), self.name, self._max_steps(settings))

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
        """See Simulation.vectorized, by SuperSuit.

        Raises:
            ValueError: several processes.
        """
        if num_processes != 1:
            raise ValueError(f"train.num_processes: got {num_processes}, wanted 1 in this world")
        return general_road(partial(self.uniform, settings), num_worlds, seed)

    def environment(
        self, settings: Any, *, scenarios: Sequence[Any] = (), render_mode: str | None = None, **others: Any
    ) -> ParallelEnv:
        """See Simulation.environment: as it was made, not uniform."""
        return self._make(settings, render_mode)

    def probe(self, settings: Any) -> Probe:
        """What an environment of these settings says of itself; made once.

        Raises:
            ValueError: it cannot be made, or takes no account of its seed.
        """
        key = settings.model_dump_json()
        if key not in self._probes:
            env = self.uniform(settings)
            try:
                _check_seed(env)
                self._probes[key] = _probe(env)
            finally:
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

    def set_num_threads(self, num_threads: int) -> None:
        """Environments are stepped one after the other."""


def _check_seed(env: Uniform) -> None:
    """Raise ValueError where two episodes of one seed and the same actions are not the same."""
    if not all(_same(*pair) for pair in zip(_trace(env), _trace(env), strict=True)):
        wish = "wanted an environment that is deterministic given the seed of its reset"
        raise ValueError(f"{env.name}: ignores its seed: two episodes of seed 0 gave other observations, {wish}")


def _trace(env: Uniform) -> list[dict[str, np.ndarray]]:
    seen, _ = env.reset(seed=0)
    trace, rng = [dict(seen)], np.random.default_rng(0)
    for _ in range(_PROBED_STEPS):
        if not env.agents:
            break
        actions = {agent: _some_action(env, agent, rng) for agent in env.agents}
        trace.append(dict(env.step(actions)[0]))
    return trace


def _some_action(env: Uniform, agent: str, rng: np.random.Generator) -> Any:
    space = env.action_space(agent)
    if isinstance(space, spaces.Discrete):
        return int(rng.choice(np.flatnonzero(env.action_masks()[agent])))
    return rng.uniform(-1.0, 1.0, space.shape).astype(np.float32)


def _same(one: Mapping[str, np.ndarray], other: Mapping[str, np.ndarray]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[agent], other[agent]) for agent in one)


def _probe(env: Uniform) -> Probe:
    roles = [role.name for role in env.all_roles]
    features = [f"seen_{d}" for d in range(env.num_seen)] + ([f"is_{role}" for role in roles] if len(roles) > 1 else [])
    images = {role.image for role in env.all_roles}
    planes = images.pop() if len(images) == 1 else None
    if env.chooses:
        commands = np.arange(env.num_done, dtype=np.float32)[:, None]
        return Probe(len(env.possible_agents), tuple(features), planes, ("choice",), commands)
    actions = tuple(f"action_{k}" for k in range(env.num_done))
    return Probe(len(env.possible_agents), tuple(features), planes, actions, None)
