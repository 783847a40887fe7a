"""What agents of an environment see and do: their roles, each with rows of numbers of its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv

from envs.ground.any_environment.faults import faults_told, shown
from envs.ground.world import Planes

MASK = "action_mask"
MOST_CHOICES = 2000
_BYTE = 255.0


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

    @cached_property
    def num_seen(self) -> int:
        """D."""
        return int(spaces.flatdim(self.seen))

    @property
    def choices(self) -> tuple[int, ...]:
        """How many choices in each of the action's parts; none where actions are numbers."""
        if isinstance(self.done, spaces.Discrete):
            return (int(self.done.n),)
        return tuple(int(n) for n in self.done.nvec.ravel()) if isinstance(self.done, spaces.MultiDiscrete) else ()

    @cached_property
    def num_done(self) -> int:
        """K, or n where agents choose."""
        return int(np.prod(self.choices)) if self.choices else int(np.prod(self.done.shape or ()))

    def amiss(self, seen: Any) -> str:
        """What an observation has that its space has not, and the wish; empty: nothing."""
        if isinstance(self.seen, spaces.Box):
            got = np.asarray(seen)
            if got.shape != self.seen.shape:
                return f"observation of shape {got.shape}, wanted {self.seen.shape} as its space says"
            if got.dtype != self.seen.dtype and not np.can_cast(got.dtype, np.dtype(self.seen.dtype), "same_kind"):
                return f"observation of dtype {got.dtype}, wanted {self.seen.dtype} as its space says"
        elif isinstance(self.seen, spaces.Discrete) and not self.seen.contains(seen):
            return f"observation: got {shown(seen)}, wanted one of {self.seen}"
        return ""

    def flatten(self, seen: Any) -> np.ndarray:
        """An observation as (D,) float32; images channel by channel, in 0 .. 1."""
        if self.image is None:
            flat = seen if isinstance(self.seen, spaces.Box) else spaces.flatten(self.seen, seen)
            return np.asarray(flat, np.float32).ravel()
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
        with faults_told(f"{name}: agent {agent}: the question for its spaces"):
            seen, done = env.observation_space(agent), env.action_space(agent)
        seen = without_mask(seen) if has_mask(seen) else seen
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


def has_mask(space: spaces.Space) -> bool:
    """Whether an observation brings the mask of its agent's choices."""
    return isinstance(space, spaces.Dict) and MASK in space.spaces


def without_mask(seen: Any) -> Any:
    """What is seen beside the mask, of an observation or of its space: of several things a dict."""
    others = {name: seen[name] for name in seen if name != MASK}
    if set(others) == {"observation"}:
        return others["observation"]
    return spaces.Dict(others) if isinstance(seen, spaces.Dict) else others


def _check_spaces(seen: spaces.Space, done: spaces.Space, place: str) -> None:
    if not _is_numbers(seen) or spaces.flatdim(seen) < 1:
        raise ValueError(f"{place}: observation space: got {seen}, wanted numbers: Box, Discrete, or a Dict of such")
    if isinstance(done, spaces.Box):
        if not (np.isfinite(done.low).all() and np.isfinite(done.high).all()):
            raise ValueError(f"{place}: action space: got {done}, wanted finite bounds")
    elif not isinstance(done, spaces.Discrete | spaces.MultiDiscrete):
        raise ValueError(f"{place}: action space: got {done}, wanted Box, Discrete or MultiDiscrete")
    if 0 in (done.shape or ()):
        raise ValueError(f"{place}: action space: got {done}, in which there is nothing to choose")
    if Role("", seen, done).num_done > MOST_CHOICES:
        raise ValueError(f"{place}: action space: {done} has more than {MOST_CHOICES} choices in all, wanted fewer")


def _is_numbers(space: spaces.Space) -> bool:
    """Whether it is made of so many numbers, always equally many."""
    if isinstance(space, spaces.Dict):
        return all(_is_numbers(own) for own in space.values())
    if isinstance(space, spaces.Tuple):
        return all(_is_numbers(own) for own in space)
    return isinstance(space, spaces.Box | spaces.Discrete | spaces.MultiDiscrete | spaces.MultiBinary)
