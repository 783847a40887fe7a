"""Any ParallelEnv with rows that are all alike: flat observations, actions in [-1, 1] or choices, faults by name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv
from pettingzoo.utils.wrappers import BaseParallelWrapper

from envs.ground.world import Planes

MASK = "action_mask"
MOST_CHOICES = 2000
_BYTE = 255.0


class EnvironmentFault(ValueError):  # noqa: N818 - what somebody's environment did
    """Somebody's environment raised, or returned what it may not; the message says which, where and what."""


@dataclass(frozen=True, eq=False)
class Role:
    """Agents of equal spaces: what they see as D numbers and do as K numbers or one of n choices."""

    name: str
    seen: spaces.Space
    done: spaces.Space

    @cached_property
    def image(self) -> Planes | None:
        """The observation as planes, where it is an image: a Box of bytes with two or three axes."""
        space = self.seen
        if not isinstance(space, spaces.Box) or space.dtype != np.uint8 or len(space.shape) not in (2, 3):
            return None
        shape = space.shape if len(space.shape) == 3 else (*space.shape, 1)
        first = len(space.shape) == 3 and shape[0] < min(shape[1:])
        channels, height, width = shape if first else (shape[2], shape[0], shape[1])
        return Planes(0, channels, height, width)

    @property
    def num_seen(self) -> int:
        """D."""
        return int(spaces.flatdim(self.seen))

    @property
    def choices(self) -> tuple[int, ...]:
        """How many choices in each of the action's parts; none where actions are numbers."""
        if isinstance(self.done, spaces.Discrete):
            return (int(self.done.n),)
        return tuple(int(n) for n in self.done.nvec.ravel()) if isinstance(self.done, spaces.MultiDiscrete) else ()

    @property
    def num_done(self) -> int:
        """K, or n where agents choose."""
        return int(np.prod(self.choices)) if self.choices else int(np.prod(self.done.shape or ()))

    def flatten(self, seen: Any) -> np.ndarray:
        """An observation as (D,) float32; images channel by channel, in 0 .. 1."""
        if self.image is None:
            return np.asarray(spaces.flatten(self.seen, seen), np.float32)
        pixels = np.asarray(seen, np.float32) / _BYTE
        pixels = pixels if pixels.ndim == 3 else pixels[..., None]
        first = pixels.shape[0] == self.image.channels and pixels.shape[1] == self.image.height
        return (pixels if first else np.moveaxis(pixels, 2, 0)).ravel()

    def action(self, numbers: np.ndarray | int) -> Any:
        """What the environment takes: numbers (K,) in [-1, 1] within its own bounds, or a choice in its own words."""
        if isinstance(self.done, spaces.Box):
            low, high = self.done.low.ravel(), self.done.high.ravel()
            share = (np.clip(np.asarray(numbers, np.float64)[: len(low)], -1.0, 1.0) + 1.0) / 2.0
            return (low + share * (high - low)).reshape(self.done.shape).astype(self.done.dtype)
        if isinstance(self.done, spaces.Discrete):
            return int(numbers) % int(self.done.n) + int(self.done.start)
        parts = np.unravel_index(int(numbers) % self.num_done, self.choices)
        assert isinstance(self.done, spaces.MultiDiscrete)
        return np.asarray(parts, self.done.dtype).reshape(self.done.nvec.shape) + self.done.start


def roles_of(env: ParallelEnv, name: str) -> dict[str, Role]:
    """The role of each possible agent; agents of equal spaces have one, called by the first of them.

    Raises:
        ValueError: a space that no policy takes, or spaces of different kinds; the message names agent and wish.
    """
    found: dict[str, Role] = {}
    known: list[Role] = []
    for agent in env.possible_agents:
        seen, done = _seen(env.observation_space(agent)), env.action_space(agent)
        _check_spaces(seen, done, f"{name}: agent {agent}")
        role = next((role for role in known if role.seen == seen and role.done == done), None)
        if role is None:
            role = Role(agent.rstrip("0123456789").rstrip("_") or agent, seen, done)
            known.append(role)
        found[agent] = role
    kinds = {bool(role.choices) for role in known}
    if len(kinds) != 1:
        told = ", ".join(f"{role.name}: {role.done}" for role in known)
        raise ValueError(f"{name}: actions of different kinds ({told}), wanted numbers for all or choices for all")
    return found


def _seen(space: spaces.Space) -> spaces.Space:
    """An observation's space, without the mask beside it."""
    masked = isinstance(space, spaces.Dict) and set(space.spaces) == {"observation", MASK}
    return space["observation"] if masked and isinstance(space, spaces.Dict) else space


def _check_spaces(seen: spaces.Space, done: spaces.Space, place: str) -> None:
    try:
        size = spaces.flatdim(seen)
    except (ValueError, NotImplementedError):
        size = 0
    if size < 1:
        raise ValueError(f"{place}: observation space: got {seen}, wanted numbers: Box, Discrete, or a Dict of such")
    if isinstance(done, spaces.Box):
        if not (np.isfinite(done.low).all() and np.isfinite(done.high).all()):
            raise ValueError(f"{place}: action space: got {done}, wanted finite bounds")
    elif not isinstance(done, spaces.Discrete | spaces.MultiDiscrete):
        raise ValueError(f"{place}: action space: got {done}, wanted Box, Discrete or MultiDiscrete")
    elif Role("", seen, done).num_done > MOST_CHOICES:
        raise ValueError(f"{place}: action space: {done} has more than {MOST_CHOICES} choices in all, wanted fewer")


class Uniform(BaseParallelWrapper):
    """An environment whose agents all see (D,) float32 and do K numbers in [-1, 1], or one of n choices.

    Agents of several roles are told apart by a one-hot of their role after what they see, and padded by zeros; choices
    that a role has not are masked. What the environment raises or returns amiss is an EnvironmentFault.

    Attributes:
        masked: whether not every choice is always to be had.
        steps: of the present episode.
    """

    def __init__(self, env: ParallelEnv, name: str, max_steps: int) -> None:
        """Wrap `env`, called `name` in messages; episodes are cut off after `max_steps`."""
        super().__init__(env)
        self.name, self.max_steps = name, max_steps
        self.roles = roles_of(env, name)
        self.all_roles = list(dict.fromkeys(self.roles.values()))
        several = len(self.all_roles) > 1
        self.num_seen = max(role.num_seen for role in self.all_roles)
        self.num_features = self.num_seen + (len(self.all_roles) if several else 0)
        self.num_done = max(role.num_done for role in self.all_roles)
        self.chooses = bool(self.all_roles[0].choices)
        self._seen_with_mask = {agent for agent in env.possible_agents if self._has_mask(agent)}
        self.masked = bool(self._seen_with_mask) or (
            self.chooses and len({role.num_done for role in self.all_roles}) > 1
        )
        self.steps, self._seed = 0, 0
        self._masks: dict[str, np.ndarray] = {}

    def _has_mask(self, agent: str) -> bool:
        space = self.env.observation_space(agent)
        return isinstance(space, spaces.Dict) and MASK in space.spaces

    def observation_space(self, agent: str) -> spaces.Space:
        """(D,), the same for all."""
        return spaces.Box(-np.inf, np.inf, (self.num_features,), np.float32)

    def action_space(self, agent: str) -> spaces.Space:
        """Box(-1, 1, (K,)) or Discrete(n), the same for all."""
        return spaces.Discrete(self.num_done) if self.chooses else spaces.Box(-1.0, 1.0, (self.num_done,), np.float32)

    def action_masks(self) -> dict[str, np.ndarray]:
        """Which choices each agent has now, (n,) bool."""
        return {agent: self._mask(agent) for agent in self.env.possible_agents}

    def _mask(self, agent: str) -> np.ndarray:
        own = np.arange(self.num_done) < self.roles[agent].num_done
        told = self._masks.get(agent)
        if told is not None and len(told) <= len(own):
            own[: len(told)] &= told
        return own if own.any() else np.arange(self.num_done) == 0

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[dict, dict]:
        """Begin an episode.

        Raises:
            EnvironmentFault: the environment raises, or returns what it may not.
        """
        self.steps, self._seed, self._masks = 0, int(seed or 0), {}
        try:
            seen, infos = self.env.reset(seed=seed, options=options)
        except EnvironmentFault:
            raise
        except Exception as error:
            raise EnvironmentFault(f"{self._place()}: reset raised {type(error).__name__}: {error}") from error
        self._check_agents()
        return self._flat(seen, infos), {agent: infos.get(agent, {}) for agent in self.env.agents}

    def step(self, actions: dict[str, Any]) -> tuple[dict, dict, dict, dict, dict]:
        """Step with actions in [-1, 1] or choices; raises as `reset`."""
        taken = {agent: self.roles[agent].action(action) for agent, action in actions.items()}
        self.steps += 1
        try:
            seen, rewards, terminations, truncations, infos = self.env.step(taken)
        except EnvironmentFault:
            raise
        except Exception as error:
            raise EnvironmentFault(f"{self._place()}: step raised {type(error).__name__}: {error}") from error
        self._check_agents()
        paid = {agent: self._number(reward, agent, "reward") for agent, reward in rewards.items()}
        if self.steps >= self.max_steps:
            truncations = {agent: not terminations.get(agent, False) for agent in rewards}
        return self._flat(seen, infos), paid, terminations, truncations, infos

    def _flat(self, seen: dict[str, Any], infos: dict[str, Any]) -> dict[str, np.ndarray]:
        """All observations as rows; masks are kept."""
        return {agent: self._row(agent, own, infos.get(agent, {})) for agent, own in seen.items()}

    def _row(self, agent: str, seen: Any, info: dict[str, Any]) -> np.ndarray:
        role = self.roles[agent]
        mask = info.get(MASK)
        if agent in self._seen_with_mask:
            seen, mask = seen["observation"], seen[MASK]
        if mask is not None:
            self._masks[agent] = np.asarray(mask, bool).ravel()
        if isinstance(role.seen, spaces.Box) and np.shape(seen) != role.seen.shape:
            wish = f"wanted {role.seen.shape} as its space says"
            raise EnvironmentFault(f"{self._place()}: agent {agent}: observation of shape {np.shape(seen)}, {wish}")
        row = np.zeros(self.num_features, np.float32)
        row[: role.num_seen] = role.flatten(seen)
        if not np.isfinite(row).all():
            raise EnvironmentFault(f"{self._place()}: agent {agent}: observation is not finite, wanted numbers")
        if len(self.all_roles) > 1:
            row[self.num_seen + self.all_roles.index(role)] = 1.0
        return row

    def _number(self, value: Any, agent: str, what: str) -> float:
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = np.nan
        if not np.isfinite(number):
            raise EnvironmentFault(f"{self._place()}: agent {agent}: {what}: got {value!r}, wanted a finite number")
        return number

    def _check_agents(self) -> None:
        strange = [agent for agent in self.env.agents if agent not in self.roles]
        if strange:
            wish = f"wanted one of possible_agents: {', '.join(self.roles)}"
            raise EnvironmentFault(f"{self._place()}: agents: got {strange[0]!r}, {wish}")

    def _place(self) -> str:
        return f"{self.name}: step {self.steps} of the episode of seed {self._seed}"
