"""The batch's PettingZoo face: one junction as a ParallelEnv."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv

from envs.ground.rendering import viewer
from envs.ground.world import DRAWN
from envs.roads.simulation.action_grid import commands_of
from envs.roads.simulation.batch import RoadsBatch
from envs.roads.simulation.compiled.worlds import REWARD_PARTS
from envs.roads.simulation.geometry.scenario import Scenario
from envs.roads.simulation.recording import STATUS_WORDS
from envs.roads.simulation.settings import Disturbance, RoadsSettings
from envs.roads.simulation.vector_env import action_space, observation_space

_OPTIONS = ("scenario", "episode_seed", "disturbances")


class RoadsParallelEnv(ParallelEnv):
    """Cars that must get through a junction without touching each other, the road's edge or a red light.

    Data sheet:
        agents: car_0 .. car_{S-1}; all of an episode stay in `agents` until it ends
        action: Box(-1, 1, (2,)), normalised acceleration and offset (or steering), each 0.2 s; or a Discrete choice
        observation: Box(-10, 10, (D,)) float32, see docs/roads.md; zeros of who does not drive
        terminated: for all at once when all have arrived or crashed; truncated: for all at once at the step limit
        info: active (it drives: its next action counts), status, reward_parts, and the world's episode_seed

    An obligation: an agent whose info says `active` False is paid nothing and its actions are ignored.
    """

    metadata: ClassVar[dict[str, Any]] = {
        "name": "roads_v0",
        "render_modes": ["human", "rgb_array"],
        "render_fps": 10,
        "is_parallelizable": True,
    }

    def __init__(self, scenarios: Sequence[Scenario] = (), render_mode: str | None = None, **settings: Any) -> None:
        """Make one world of the given scenarios, or of drawn cars where there are none.

        Args:
            render_mode: `rgb_array`: `render` returns a picture (H, W, 3) uint8; `human`: a window shows every step.
            settings: sections of RoadsSettings as plain values, say `episode={"max_steps": 50}`.

        Raises:
            pydantic.ValidationError: a setting that is unknown, mistyped or out of range.
            ValueError: an unknown render mode.
        """
        if render_mode is not None and render_mode not in self.metadata["render_modes"]:
            known = ", ".join(self.metadata["render_modes"])
            raise ValueError(f"render_mode: unknown {render_mode!r}, known: {known}, or None")
        self.render_mode = render_mode
        self._viewer: Any = None
        self.batch = RoadsBatch(RoadsSettings.from_values(settings), 1, 0, scenarios=scenarios)
        self.possible_agents = [f"car_{a}" for a in range(self.batch.num_slots)]
        self.agents: list[str] = []
        self._seeded = False
        self._commands = commands_of(self.batch.settings.actions)
        self._observation_space = observation_space(self.batch.worlds)
        self._action_space = action_space(self._commands)

    def observation_space(self, agent: str) -> spaces.Space:
        """Box(-10, 10, (D,)), the same for all."""
        return self._observation_space

    def action_space(self, agent: str) -> spaces.Space:
        """Box(-1, 1, (2,)) or Discrete(n), the same for all."""
        return self._action_space

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, np.ndarray], dict[str, dict[str, Any]]]:
        """Begin an episode.

        Args:
            seed: reseeds the world; without one it goes on drawing (and takes a fresh seed the first time).
            options: `scenario` (a name handed in) or `episode_seed` (a drawn episode, again) fix what is driven;
                `disturbances` (by agent, or "all": as in the settings) what disturbs it.

        Raises:
            ValueError: an unknown scenario or agent, or no seed. An unknown option is warned of.
            pydantic.ValidationError: a disturbance with a value that is unknown, mistyped or out of range.
        """
        if seed is None and not self._seeded:
            seed = int(np.random.SeedSequence().generate_state(1)[0])
        if seed is not None:
            self.batch.seed(seed)
            self._seeded = True
        self._begin(options or {})
        self.agents = self.possible_agents[: self.batch.worlds.num_cars[0]]
        self._watch()
        return self._observations(), self._infos()

    def step(self, actions: dict[str, np.ndarray]) -> tuple[dict, dict, dict, dict, dict]:
        """Drive 0.2 s; `actions` by agent, those of inactive cars may be missing.

        Raises:
            ValueError: an action that is not finite, or no choice of the grid.
        """
        self.batch.step(self._normalised(actions))
        self._watch()
        worlds, agents = self.batch.worlds, self.agents
        done = bool(worlds.done[0])
        truncated = done and bool(worlds.row_truncated[0].any())
        rewards = {agent: float(worlds.reward[0, a]) for a, agent in enumerate(agents)}
        ends = self._all(done and not truncated), self._all(truncated)
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

    def _normalised(self, actions: dict[str, Any]) -> np.ndarray:
        """The agents' actions as the batch takes them, (1, S, 2)."""
        array = np.zeros((1, self.batch.num_slots, 2))
        for agent, action in actions.items():
            if self._commands is not None and not self._action_space.contains(action):
                wish = f"wanted a whole number from 0 to {len(self._commands) - 1}"
                raise ValueError(f"step: {agent}: got {action!r}, {wish}")
            wanted = action if self._commands is None else self._commands[action]
            array[0, self.possible_agents.index(agent)] = wanted
        if not np.isfinite(array).all():
            raise ValueError(f"step: got {actions}, wanted finite numbers")
        return array

    def _watch(self) -> None:
        """Let the viewer, if one is wanted, take in the present state."""
        if self.render_mode is None:
            return
        if self._viewer is None:
            self._viewer = viewer("roads", self.metadata)
        self._viewer.follow(self.batch, self.possible_agents)
        if self.render_mode == "human":
            self._viewer.show()

    def _begin(self, options: dict[str, Any]) -> None:
        unknown = sorted(set(options) - set(_OPTIONS))
        if unknown:
            warnings.warn(f"reset(options): {unknown} ignored, known: {', '.join(_OPTIONS)}", stacklevel=3)
        if len(unknown) == len(options):
            self.batch.reset()
            return
        if not {"scenario", "episode_seed"} & set(options):
            self.batch.reset()  # what is driven is drawn, and then disturbed
        seed = _check_seed(options.get("episode_seed", int(self.batch.worlds.episode_seed[0])))
        names = [scenario.name for scenario in self.batch.scenarios]
        name = options.get("scenario", names[seed % len(names)] if names else None)
        if name is not None and name not in names:
            raise ValueError(f"reset(options): unknown scenario {name!r}, known: {', '.join(names) or 'none given'}")
        index = DRAWN if name is None else names.index(name)
        shift = self._shift(options)
        self.batch.begin(np.array([0]), np.array([index]), np.array([seed], np.uint64), shift[None])

    def _shift(self, options: dict[str, Any]) -> np.ndarray:
        """The record of what `disturbances` asks for, that of the settings where it asks for nothing."""
        by_agent = dict(options.get("disturbances", {}))
        everyone = by_agent.pop("all", None)
        wanted = self.batch.settings.disturbance if everyone is None else Disturbance.from_values(everyone)
        for agent in by_agent:
            if agent not in self.possible_agents:
                known = ", ".join(["all", *self.possible_agents])
                raise ValueError(f"reset(options): disturbances: unknown agent {agent!r}, known: {known}")
        single = {self.possible_agents.index(agent): Disturbance.from_values(one) for agent, one in by_agent.items()}
        return self.batch.disturbance(wanted, single)

    def _all(self, value: bool) -> dict[str, bool]:
        return dict.fromkeys(self.agents, value)

    def _observations(self) -> dict[str, np.ndarray]:
        return {agent: self.batch.worlds.observation[0, a].copy() for a, agent in enumerate(self.agents)}

    def _infos(self) -> dict[str, dict[str, Any]]:
        worlds = self.batch.worlds
        return {
            agent: {
                "active": bool(worlds.active[0, a]),
                "status": STATUS_WORDS[worlds.status[0, a]],
                "reward_parts": dict(zip(REWARD_PARTS, worlds.reward_parts[0, a].tolist(), strict=True)),
                "episode_seed": int(worlds.episode_seed[0]),
            }
            for a, agent in enumerate(self.agents)
        }


def _check_seed(seed: Any) -> int:
    """An episode seed.

    Raises:
        ValueError: it is no whole number of 64 bits.
    """
    if not isinstance(seed, int | np.integer) or not 0 <= int(seed) < 2**64:
        raise ValueError(f"reset(options): episode_seed: got {seed!r}, wanted a whole number from 0 to 2**64 - 1")
    return int(seed)
