"""One world of a batch as a PettingZoo ParallelEnv: what is alike in all worlds that have such a face."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv

from envs.ground.record import Record
from envs.ground.rendering import viewer
from envs.ground.world import DRAWN

R = TypeVar("R", bound=Record)


class OneWorld(ParallelEnv):
    """A batch of one world, whose first agents play and stay until the world ends.

    A world's own face says who plays, what is seen and told, when it ends, and what disturbs an episode.
    """

    WORLD: ClassVar[str]
    """Its name in envs."""
    OPTIONS: ClassVar[tuple[str, ...]]
    """What `reset` takes."""

    def __init__(self, batch: Any, agent: str, render_mode: str | None) -> None:
        """Of a batch with one world; agents are called AGENT_0, AGENT_1 ..

        Raises:
            ValueError: an unknown render mode.
        """
        if render_mode is not None and render_mode not in self.metadata["render_modes"]:
            known = ", ".join(self.metadata["render_modes"])
            raise ValueError(f"render_mode: unknown {render_mode!r}, known: {known}, or None")
        self.render_mode, self.batch = render_mode, batch
        self.possible_agents = [f"{agent}_{a}" for a in range(batch.num_slots)]
        self.agents: list[str] = []
        self._viewer: Any = None
        self._seeded = False
        self._observation_space: spaces.Space  # each world's own says what
        self._action_space: spaces.Space

    def observation_space(self, agent: str) -> spaces.Space:
        """The same for all."""
        return self._observation_space

    def action_space(self, agent: str) -> spaces.Space:
        """The same for all."""
        return self._action_space

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        """Begin an episode.

        Args:
            seed: reseeds the world; without one it goes on drawing (and takes a fresh seed the first time).
            options: `scenario` (a name handed in) or `episode_seed` (a drawn episode, again) fix what is played;
                `disturbances` (by agent, or "all": as in the settings), and whatever else the world knows, disturb it.

        Raises:
            ValueError: an unknown scenario, agent or name in an option, or no seed. An unknown option is warned of.
            pydantic.ValidationError: a disturbance with a value that is unknown, mistyped or out of range.
        """
        if seed is None and not self._seeded:
            seed = int(np.random.SeedSequence().generate_state(1)[0])
        if seed is not None:
            self.batch.seed(seed)
            self._seeded = True
        self._begin(options or {})
        self.agents = self.possible_agents[: self._num_playing()]
        self._watch()
        return self._observations(), self._infos()

    def step(self, actions: dict[str, Any]) -> tuple[dict, dict, dict, dict, dict]:
        """One decision of all; `actions` by agent, those of inactive agents may be missing.

        Raises:
            ValueError: an action that is not finite, or no choice that there is.
        """
        self.batch.step(self._normalised(actions))
        self._watch()
        worlds, done = self.batch.worlds, bool(self.batch.worlds.done[0])
        rewards = {agent: float(worlds.reward[0, a]) for a, agent in enumerate(self.agents)}
        terminated = done and self._is_over()
        ends = self._all(terminated), self._all(done and not terminated)
        result = self._observations(), rewards, *ends, self._infos()
        if done:
            self.agents = []
        return result

    def render(self) -> np.ndarray | None:
        """The present state as a picture (H, W, 3) uint8, or in a window; None without a render mode, with a warning.

        Raises:
            ValueError: no episode has begun, or no display for the window.
        """
        if self.render_mode is None:
            warnings.warn("render: made without render_mode, wanted rgb_array or human", stacklevel=2)
            return None
        if self._viewer is None:
            raise ValueError("render: no episode has begun, wanted reset() before")
        return self._viewer.image() if self.render_mode == "rgb_array" else self._viewer.show()

    def close(self) -> None:
        """Close the window, if there is one."""
        if self._viewer is not None:
            self._viewer.close()

    def _watch(self) -> None:
        """Let the viewer, if one is wanted, take in the present state."""
        if self.render_mode is None:
            return
        if self._viewer is None:
            self._viewer = viewer(self.WORLD, self.metadata)
        self._viewer.follow(self.batch, self.possible_agents)
        if self.render_mode == "human":
            self._viewer.show()

    def _begin(self, options: Mapping[str, Any]) -> None:
        unknown = sorted(set(options) - set(self.OPTIONS))
        if unknown:
            warnings.warn(f"reset(options): {unknown} ignored, known: {', '.join(self.OPTIONS)}", stacklevel=3)
        if len(unknown) == len(options):
            self.batch.reset()
            return
        if not {"scenario", "episode_seed"} & set(options):
            self.batch.reset()  # what is played is drawn, and then disturbed
        seed = _check_seed(options.get("episode_seed", int(self.batch.worlds.episode_seed[0])))
        names = [scenario.name for scenario in self.batch.scenarios]
        name = options.get("scenario", names[seed % len(names)] if names else None)
        if name is not None and name not in names:
            raise ValueError(f"reset(options): unknown scenario {name!r}, known: {', '.join(names) or 'none given'}")
        index = DRAWN if name is None else names.index(name)
        shift = self._shift(options, index)
        self.batch.begin(np.array([0]), np.array([index]), np.array([seed], np.uint64), shift[None])

    def _disturbed(self, options: Mapping[str, Any], standard: R) -> tuple[R, dict[int, R]]:
        """What `disturbances` says of all, `standard` where nothing, and of single agents by their slots."""
        by_agent, record = dict(options["disturbances"]) if "disturbances" in options else {}, type(standard)
        everyone = record.from_values(by_agent.pop("all")) if "all" in by_agent else standard
        for agent in by_agent:
            if agent not in self.possible_agents:
                known = ", ".join(["all", *self.possible_agents])
                raise ValueError(f"reset(options): disturbances: unknown agent {agent!r}, known: {known}")
        return everyone, {self.possible_agents.index(name): record.from_values(own) for name, own in by_agent.items()}

    def _all(self, value: bool) -> dict[str, bool]:
        return dict.fromkeys(self.agents, value)

    def _num_playing(self) -> int:
        """How many agents the present episode has."""
        raise NotImplementedError

    def _is_over(self) -> bool:
        """Whether a world that is done has ended by itself: otherwise it was cut off by its step limit."""
        raise NotImplementedError

    def _shift(self, options: Mapping[str, Any], scenario: int) -> np.ndarray:
        """The record () of what the options ask for, for `Batch.begin`; that of the settings where for nothing."""
        raise NotImplementedError

    def _normalised(self, actions: Mapping[str, Any]) -> np.ndarray:
        """The agents' actions as the batch takes them, (1, A, K)."""
        raise NotImplementedError

    def _observations(self) -> dict[str, Any]:
        """What each agent sees."""
        raise NotImplementedError

    def _infos(self) -> dict[str, dict[str, Any]]:
        """What is told of each agent."""
        raise NotImplementedError


def _check_seed(seed: Any) -> int:
    """An episode seed.

    Raises:
        ValueError: it is no whole number of 64 bits.
    """
    if not isinstance(seed, int | np.integer) or not 0 <= int(seed) < 2**64:
        raise ValueError(f"reset(options): episode_seed: got {seed!r}, wanted a whole number from 0 to 2**64 - 1")
    return int(seed)
