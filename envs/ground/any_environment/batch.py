"""W environments of PettingZoo, stepped one after the other, as a `Batch`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from envs.ground.any_environment.faults import EnvironmentFault, shown
from envs.ground.any_environment.uniform import Uniform
from envs.ground.outcomes import Outcome
from envs.ground.png import png_bytes
from envs.ground.rows.roster import Roster

_OURS = {"active", "waiting"}
"""Infos that say who may act, and nothing of the episode."""
_WISHES = {"failure": "true, false or a number", "share": "a number from 0 to 1", "number": "a number"}


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
        self._paid = np.zeros(shape)
        self._ends = np.zeros((2, *shape), bool)
        self.steps, self.episode_seed = np.zeros(num_worlds, np.int64), np.zeros(num_worlds, np.uint64)
        self.team = np.zeros(shape, np.int64)
        self._declared_names = [outcome.name for outcome in outcomes]
        self._last_infos: list[dict[str, dict[str, float]]] = [{} for _ in range(num_worlds)]
        self._last_declared: list[dict[str, dict[str, Any]]] = [{} for _ in range(num_worlds)]

    def begin(self, which: np.ndarray, scenario: np.ndarray, seed: np.ndarray, shift: np.ndarray | None = None) -> None:
        """See Batch.begin; there are no scenarios and no shifts."""
        for world, own in zip(which.tolist(), seed.tolist(), strict=True):
            roster = self._rosters[world]
            roster.reset(seed=int(own))
            self.episode_seed[world], self.steps[world], self.done[world] = own, 0, False
            self.present[world], self.reward[world], self._paid[world] = False, 0.0, 0.0
            self._last_infos[world], self._last_declared[world] = {}, {}
            self._look(world, roster.reset_infos)

    def step(self, actions: np.ndarray) -> None:
        """See Batch.step."""
        for world in np.flatnonzero(~self.done).tolist():
            roster = self._rosters[world]
            own = {
                agent: int(actions[world, a, 0]) if self._chooses else actions[world, a].astype(np.float32)
                for a, agent in enumerate(self._agents)
            }
            _, rewards, terminated, truncated, infos = roster.step(own)
            for kind, ended in enumerate((terminated, truncated)):
                self._ends[kind, world] = [ended[agent] for agent in self._agents]
            self.reward[world] = [rewards[agent] for agent in self._agents]
            self._paid[world] += self.reward[world]
            self.steps[world] += 1
            self.done[world] = not roster.agents
            self._look(world, infos)

    def ends(self) -> tuple[np.ndarray, np.ndarray]:
        """See Batch.ends."""
        return self._ends[0], self._ends[1]

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
            declared = {name: info[name] for name in self._declared_names if name in info}
            self._last_declared[world].setdefault(agent, {}).update(declared)

    def allowed(self) -> np.ndarray | None:
        """See Batch.allowed."""
        if not any(self._env(world).masked for world in range(self.num_worlds)):
            return None
        masks = [self._env(world).action_masks() for world in range(self.num_worlds)]
        return np.array([[own[agent] for agent in self._agents] for own in masks])

    def outcomes(self) -> dict[str, np.ndarray]:
        """See Batch.outcomes: declared ones of the last infos, and all numeric infos as info_NAME, their means.

        Where agents have several roles, return_ROLE is the mean return of those that were present (NaN: nobody was).
        """
        names = sorted({name for own in self._last_infos for info in own.values() for name in info} - _OURS)
        found = {f"info_{name}": np.array([self._mean(own, name) for own in self._last_infos]) for name in names}
        declared = {outcome.name: self._declared(outcome) for outcome in self._outcomes}
        return {"num_agents": self.present.sum(1), **declared, **self._returns_by_role(), **found}

    def _returns_by_role(self) -> dict[str, np.ndarray]:
        env = self._env(0)
        roles = np.array([env.roles[agent].name for agent in self._agents])
        by_role = {role.name: self.present & (roles == role.name) for role in env.all_roles}
        if len(by_role) < 2:
            return {}
        return {
            f"return_{name}": np.where(own, self._paid, 0.0).sum(1) / np.where(own.any(1), own.sum(1), np.nan)
            for name, own in by_role.items()
        }

    def _declared(self, outcome: Outcome) -> np.ndarray:
        values = [self._told(world, outcome) for world in range(self.num_worlds)]
        if outcome.kind == "failure":
            return np.array([any(own) for own in values])
        return np.array([float(np.mean(own)) for own in values])

    def _told(self, world: int, outcome: Outcome) -> list[float]:
        """What the agents' last infos say of an outcome."""
        env, told = self._env(world), self._last_declared[world]
        wish = f"wanted {_WISHES[outcome.kind]}, for it is an outcome"
        place = f"{env.name}: episode of seed {int(self.episode_seed[world])}"
        for agent, own in told.items():
            value = own.get(outcome.name, 0.0)
            if not _is_number(value) or (outcome.kind == "share" and not 0.0 <= value <= 1.0):
                raise EnvironmentFault(f"{place}: agent {agent}: info {outcome.name!r}: got {shown(value)}, {wish}")
        values = [float(own[outcome.name]) for own in told.values() if outcome.name in own]
        if not values:
            known = sorted({name for own in self._last_infos[world].values() for name in own} - _OURS)
            raise EnvironmentFault(
                f"{place}: info {outcome.name!r}: none from any agent, {wish}; told: {', '.join(known) or 'nothing'}"
            )
        return values

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
        return None if drawn is None else png_bytes(drawn)

    def agents(self, row: int) -> dict[str, list[str]]:
        """See Batch.agents: all that may play, and their roles."""
        roles = self._env(row).roles
        return {"agent": self._agents, "role": [roles[agent].name for agent in self._agents]}

    def _env(self, world: int) -> Uniform:
        return self._rosters[world].env


def _is_number(value: Any) -> bool:
    return isinstance(value, bool | int | float | np.number | np.bool_) and bool(np.isfinite(value))
