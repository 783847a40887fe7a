"""The batch's one-world face: a PettingZoo ParallelEnv."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv

from envs.airspace.simulation.action_grid import ActionGrid
from envs.airspace.simulation.batch import DEFAULT_DISCOUNT, AirspaceBatch
from envs.airspace.simulation.compiled.worlds import REWARD_PARTS
from envs.airspace.simulation.entities import entities_of
from envs.airspace.simulation.rules import Performance, built_in_performance
from envs.airspace.simulation.settings import AirspaceSettings, Disturbance, Wind
from envs.airspace.simulation.traffic.scenario import Scenario
from envs.airspace.simulation.vector_env import action_space, observation_space
from envs.ground.rendering import viewer
from envs.ground.rows.dict_rows import Rows, take_row
from envs.ground.world import DRAWN

_OPTIONS = ("scenario", "episode_seed", "wind", "disturbances")


class AirspaceParallelEnv(ParallelEnv):
    """Aircraft at one flight level that must reach their waypoints and keep 5 NM apart.

    Data sheet:
        agents: aircraft_0 .. aircraft_{A-1}; all that fly stay in `agents` until the world ends
        action: Box(-1, 1, (2,)), normalised heading and speed change, one every 10 s; or a Discrete choice of changes
        observation: Box(-10, 10, (D,)) float32, or a Dict, see docs/airspace.md
        terminated: for all at once when all have arrived; truncated: for all at once at the step limit
        info: active (False from arrival on), arrived, separation_nm, reward_parts, and the world's episode_seed;
            where actions are discrete, action_mask (n,) int8: 1 for what it may choose next

    An obligation: an agent whose info says `active` False is paid nothing and its actions are ignored.
    """

    metadata: ClassVar[dict[str, Any]] = {
        "name": "airspace_v0",
        "render_modes": ["human", "rgb_array"],
        "render_fps": 10,
        "is_parallelizable": True,
    }

    def __init__(
        self,
        scenarios: Sequence[Scenario] = (),
        discount: float = DEFAULT_DISCOUNT,
        performance: Performance = built_in_performance,
        types: Sequence[str] = (),
        render_mode: str | None = None,
        **settings: Any,
    ) -> None:
        """Make one world of the given scenarios, or of procedural traffic where there are none.

        Args:
            types: aircraft types that disturbances may name, beside those that fly anyway.
            render_mode: `rgb_array`: `render` returns a picture (H, W, 3) uint8; `human`: a window shows every step.
            settings: sections of AirspaceSettings as plain values, say `episode={"max_steps": 50}`.

        Raises:
            pydantic.ValidationError: a setting that is unknown, mistyped or out of range.
            ValueError: an unknown render mode.
        """
        self.render_mode = _check_render_mode(render_mode, self.metadata["render_modes"])
        self._viewer: Any = None
        self.batch = _batch(
            settings, 1, 0, scenarios=scenarios, discount=discount, performance=performance, types=types
        )
        self.possible_agents = [f"aircraft_{a}" for a in range(self.batch.num_slots)]
        self.agents: list[str] = []
        self._seeded = False
        self._entities = entities_of(self.batch.settings, self.batch.num_slots)
        self._observation_space = observation_space(self.batch.worlds, self._entities)
        self._grid = ActionGrid(self.batch.settings.actions)
        self._action_space = action_space(self.batch.settings.actions, self._grid)

    def observation_space(self, agent: str) -> spaces.Space:
        """Box(-10, 10, (D,)) or a Dict, the same for all."""
        return self._observation_space

    def action_space(self, agent: str) -> spaces.Space:
        """Box(-1, 1, (2,)) or Discrete(n), the same for all."""
        return self._action_space

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Rows], dict[str, dict[str, Any]]]:
        """Begin an episode.

        Args:
            seed: reseeds the world; without one it goes on drawing (and takes a fresh seed the first time).
            options: `scenario` (a name handed in) or `episode_seed` (a drawn episode, again) fix what is flown; `wind`
                (as in the settings) and `disturbances` (by agent, or "all": as in the settings) what disturbs it.

        Raises:
            ValueError: an unknown scenario, agent or aircraft type, or no seed. An unknown option is warned of.
            pydantic.ValidationError: a wind or disturbance with a value that is unknown, mistyped or out of range.
        """
        if seed is None and not self._seeded:
            seed = int(np.random.SeedSequence().generate_state(1)[0])
        if seed is not None:
            self.batch.seed(seed)
            self._seeded = True
        self._begin(options or {})
        self.agents = self.possible_agents[: self.batch.worlds.num_aircraft[0]]
        self._watch()
        return self._observations(), self._infos()

    def step(self, actions: dict[str, np.ndarray]) -> tuple[dict, dict, dict, dict, dict]:
        """Fly 10 s; `actions` by agent, those of inactive aircraft may be missing.

        Raises:
            ValueError: an action that is not finite, or no choice of the grid.
        """
        self.batch.step(self._normalised(actions))
        self._watch()
        worlds, agents = self.batch.worlds, self.agents
        done, arrived = bool(worlds.done[0]), bool(worlds.arrived[0, : len(agents)].all())
        terminated = done and (arrived or self.batch.settings.episode.time_limit == "task")
        rewards = {agent: float(worlds.reward[0, a]) for a, agent in enumerate(agents)}
        result = self._observations(), rewards, self._all(terminated), self._all(done and not terminated), self._infos()
        if done:
            self.agents = []
        return result

    def action_masks(self) -> dict[str, np.ndarray]:
        """By agent, (n,) bool: which of n discrete actions it has now, see ActionGrid.allowed."""
        return dict(zip(self.possible_agents, self._grid.allowed(self.batch.worlds)[0], strict=True))

    def _normalised(self, actions: dict[str, Any]) -> np.ndarray:
        """The agents' actions as the batch takes them, (1, A, 2)."""
        array = np.zeros((1, self.batch.num_slots, 2))
        discrete = isinstance(self._action_space, spaces.Discrete)
        for agent, action in actions.items():
            if discrete and not self._action_space.contains(action):
                raise ValueError(
                    f"step: {agent}: got {action!r}, wanted a whole number from 0 to {len(self._grid) - 1}"
                )
            array[0, self.possible_agents.index(agent)] = self._grid.commands[action] if discrete else action
        if not np.isfinite(array).all():
            raise ValueError(f"step: got {actions}, wanted finite numbers")
        return array

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
            self._viewer = viewer("airspace", self.metadata)
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
            self.batch.reset()  # what is flown is drawn, and then disturbed
        seed = _check_seed(options.get("episode_seed", int(self.batch.worlds.episode_seed[0])))
        names = [scenario.name for scenario in self.batch.scenarios]
        name = options.get("scenario", names[seed % len(names)] if names else None)
        if name is not None and name not in names:
            raise ValueError(f"reset(options): unknown scenario {name!r}, known: {', '.join(names) or 'none given'}")
        index = DRAWN if name is None else names.index(name)
        disturbances = self._disturbances(options, index)
        self.batch.begin(np.array([0]), np.array([index]), np.array([seed], np.uint64), disturbances[None])

    def _disturbances(self, options: dict[str, Any], scenario: int) -> np.ndarray:
        """The record of what `wind` and `disturbances` ask for, those of the settings where they ask for nothing."""
        settings, by_agent = self.batch.settings, dict(options["disturbances"]) if "disturbances" in options else {}
        wind = Wind.from_values(options["wind"]) if "wind" in options else settings.wind
        everyone = Disturbance.from_values(by_agent.pop("all")) if "all" in by_agent else settings.disturbance
        for agent in by_agent:
            if agent not in self.possible_agents:
                known = ", ".join(["all", *self.possible_agents])
                raise ValueError(f"reset(options): disturbances: unknown agent {agent!r}, known: {known}")
        single = {
            self.possible_agents.index(agent): Disturbance.from_values(wanted) for agent, wanted in by_agent.items()
        }
        return self.batch.disturbance(wind, everyone, single, scenario)

    def _all(self, value: bool) -> dict[str, bool]:
        return dict.fromkeys(self.agents, value)

    def _observations(self) -> dict[str, Rows]:
        rows = self.batch.worlds.observation[0]
        seen = rows.copy() if self._entities is None else self._entities.split(rows)
        return {agent: take_row(seen, a) for a, agent in enumerate(self.agents)}

    def _infos(self) -> dict[str, dict[str, Any]]:
        worlds = self.batch.worlds
        infos: dict[str, dict[str, Any]] = {
            agent: {
                "active": bool(worlds.active[0, a]),
                "arrived": bool(worlds.arrived[0, a]),
                "separation_nm": float(worlds.separation[0, a]),
                "reward_parts": dict(zip(REWARD_PARTS, worlds.reward_parts[0, a].tolist(), strict=True)),
                "episode_seed": int(worlds.episode_seed[0]),
            }
            for a, agent in enumerate(self.agents)
        }
        if isinstance(self._action_space, spaces.Discrete):
            masks = self.action_masks()
            for agent, info in infos.items():
                info["action_mask"] = masks[agent].astype(np.int8)
        return infos


def _check_render_mode(render_mode: str | None, known: Sequence[str]) -> str | None:
    if render_mode is not None and render_mode not in known:
        raise ValueError(f"render_mode: unknown {render_mode!r}, known: {', '.join(known)}, or None")
    return render_mode


def _check_seed(seed: Any) -> int:
    """An episode seed.

    Raises:
        ValueError: it is no whole number of 64 bits.
    """
    if not isinstance(seed, int | np.integer) or not 0 <= int(seed) < 2**64:
        raise ValueError(f"reset(options): episode_seed: got {seed!r}, wanted a whole number from 0 to 2**64 - 1")
    return int(seed)


def _batch(settings: Mapping[str, Any], num_worlds: int, seed: int, **others: Any) -> AirspaceBatch:
    return AirspaceBatch(AirspaceSettings.from_values(settings), num_worlds, seed, **others)
