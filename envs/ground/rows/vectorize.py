"""From multi-agent worlds to one Stable-Baselines3 environment: a row per agent of each world, one policy for all."""

from __future__ import annotations

import copy
import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import supersuit
from pettingzoo import AECEnv, ParallelEnv
from stable_baselines3.common.vec_env import VecEnv
from stable_baselines3.common.vec_env.base_vec_env import VecEnvIndices
from supersuit import pettingzoo_env_to_vec_env_v1
from supersuit.vector import ConcatVecEnv
from supersuit.vector.sb3_vector_wrapper import SB3VecEnvWrapper

from envs.ground.any_environment.faults import faults_told
from envs.ground.rows.dict_rows import Rows, copy_rows, put_rows, take_row
from envs.ground.rows.process_worlds import ProcessWorlds
from envs.ground.rows.roster import Roster, find_attribute, generators
from envs.ground.rows.seen_once import seen_once
from envs.ground.rows.vector_worlds import VectorWorlds

_VERSION = re.compile(r"_v\d+$")
MASKS = "action_masks"  # the method that sb3-contrib's maskable algorithms ask for


def general_road(
    make_env: Callable[[], ParallelEnv], num_worlds: int, seed: int, num_processes: int = 1
) -> SharedPolicyVecEnv:
    """Make one or more worlds of any ParallelEnv whose agents have equal spaces.

    Args:
        num_processes: that step them; of one, it is this process. Any number gives the same episodes.
    """
    make_worlds, processes = partial(ConcatenatedWorlds, make_env, seed), min(num_processes, num_worlds)
    if processes > 1:
        shared_out = ProcessWorlds(make_worlds, num_worlds, processes)
        return SharedPolicyVecEnv(shared_out, [shared_out] * num_worlds)
    worlds = make_worlds(range(_check_num_worlds(num_worlds)))
    return SharedPolicyVecEnv(worlds, [roster.env for roster in worlds.rosters])


def _check_num_worlds(num_worlds: int) -> int:
    if num_worlds < 1:
        raise ValueError(f"num_worlds: got {num_worlds}, wanted 1 or more")
    return num_worlds


def wrapped(env: Any, wrappers: Sequence[str | Mapping[str, Mapping[str, Any] | None]]) -> Any:
    """The environment inside SuperSuit's wrappers, by name without version and with arguments, the first innermost.

    Raises:
        ValueError: naming the key, an unknown wrapper with the nearest known one, or one that refuses its arguments.
    """
    known = {re.sub(r"_v\d+$", "", name): getattr(supersuit, name) for name in dir(supersuit) if _VERSION.search(name)}
    inside = "the environment"
    for number, wanted in enumerate(wrappers):
        named = {wanted: None} if isinstance(wanted, str) else wanted
        for name, arguments in named.items():
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                hint = f" did you mean {near[0]!r}?" if near else ""
                raise ValueError(f"wrappers.{number}: unknown {name!r},{hint} known: {', '.join(known)}")
            with faults_told(f"wrappers.{number}: {name}, with {dict(arguments or {})} around {inside},"):
                env = seen_once(known[name](env, **(arguments or {})))
            if not isinstance(env, ParallelEnv | AECEnv):
                raise ValueError(f"wrappers.{number}: {name} makes no PettingZoo environment, wanted one that does")
            inside = name
    return env


class ConcatenatedWorlds(ConcatVecEnv):
    """SuperSuit's concatenation of `Roster` worlds, as `VectorWorlds`."""

    def __init__(self, make_env: Callable[[], ParallelEnv], seed: int, numbers: range) -> None:
        """Worlds of these numbers among all that are seeded from `seed`."""
        self._numbers = numbers
        self.vec_envs: list[Any] = []  # closed where an environment cannot be made
        self.rosters = [Roster(make_env(), rng) for rng in self._generators(seed)]
        super().__init__([partial(pettingzoo_env_to_vec_env_v1, roster) for roster in self.rosters])
        self.num_worlds = len(numbers)
        self.num_agents = self.num_envs // self.num_worlds
        self.terminal_obs = np.zeros((self.num_envs, *self.observation_space.shape), self.observation_space.dtype)

    def _generators(self, seed: int) -> list[np.random.Generator]:
        return generators(seed, self._numbers.stop)[self._numbers.start :]

    @property
    def active(self) -> np.ndarray:
        """Rows whose next action counts, (num_envs,) bool."""
        return np.array([active for roster in self.rosters for active in roster.active.values()])

    @property
    def reset_infos(self) -> list[dict[str, Any]]:
        """The first infos of each row's present episode."""
        return [info for roster in self.rosters for info in roster.reset_infos.values()]

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[np.ndarray, list]:
        if seed is not None:
            for roster, rng in zip(self.rosters, self._generators(seed), strict=True):
                roster.rng = rng
        obs, _ = super().reset(options=options)  # SuperSuit's own seeds, seed + i, are shared by neighbouring seeds
        return obs, self.reset_infos

    def step_wait(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, list]:
        obs, rewards, terminations, truncations, infos = super().step_wait()
        self.terminal_obs = np.array(obs)
        for row, info in enumerate(infos):
            if "terminal_observation" in info:  # set by SuperSuit where the world has been reset
                self.terminal_obs[row] = info.pop("terminal_observation")
        return obs, rewards, terminations.astype(bool), truncations.astype(bool), infos

    def action_masks(self) -> np.ndarray:
        """Which of n choices each row has now, (num_envs, n) bool: all, where the worlds do not say."""
        everything = np.ones(self.action_space.n, bool)  # of an agent that has left, too
        told = [(_masks_of(roster.env), roster.possible_agents) for roster in self.rosters]
        return np.stack([masks.get(agent, everything) for masks, agents in told for agent in agents])

    def get_state(self) -> list[dict[str, Any]]:
        return [roster.get_state() for roster in self.rosters]

    def set_state(self, state: list[dict[str, Any]]) -> None:
        for roster, saved in zip(self.rosters, state, strict=True):
            roster.set_state(saved)


def _masks_of(world: Any) -> Mapping[str, np.ndarray]:
    """By agent, of an environment or of one inside its wrappers; nothing, where neither says."""
    asked = world if hasattr(world, MASKS) else getattr(world, "unwrapped", world)
    return getattr(asked, MASKS, dict)()


class SharedPolicyVecEnv(SB3VecEnvWrapper):
    """Any `VectorWorlds` as a Stable-Baselines3 environment of `num_envs` rows that one policy flies.

    A done row's info carries `terminal_observation` and `TimeLimit.truncated`. Nothing is learned from inactive rows.

    Attributes:
        num_worlds, num_agents: how many worlds, and rows of each; row = world * num_agents + agent.
        active: (num_envs,) bool, rows whose next action counts; after an automatic reset it speaks of the new episode.
        acted: (num_envs,) bool, rows that have acted in their present episode; one that did and is not active waits.
        truncated: (num_envs,) bool, rows cut off, and not terminated, in the last step.
        ended: (num_envs,) bool, rows that were done in the last step.
        terminal_obs: (num_envs, *obs.shape), last observation of the rows that were done in the last step; overwritten.
        reset_infos: first infos of the episodes; where the worlds keep them, of the present ones.
    """

    def __init__(self, venv: VectorWorlds, worlds: Sequence[Any]) -> None:
        """Take the worlds' vector face, and for each world the object that attributes and methods are asked of."""
        super().__init__(venv)
        self.metadata = venv.metadata
        self.num_worlds = venv.num_worlds
        self.num_agents = venv.num_agents
        self._worlds = list(worlds)
        self._seed: int | None = None
        self._options: dict[str, Any] | None = None
        self._begin([])

    def _begin(self, reset_infos: list[dict[str, Any]]) -> None:
        self.reset_infos = reset_infos or [{} for _ in range(self.num_envs)]
        self.active = np.array(self.venv.active, dtype=bool)
        self.acted = np.zeros(self.num_envs, dtype=bool)
        self.truncated = np.zeros(self.num_envs, dtype=bool)
        self.ended = np.zeros(self.num_envs, dtype=bool)
        self.terminal_obs = copy_rows(self.venv.terminal_obs)

    @property
    def team(self) -> np.ndarray:
        """(num_envs,) int64, each row's in its present episode; one for all, where the worlds know no teams."""
        return np.array(getattr(self.venv, "team", np.zeros(self.num_envs, np.int64)))

    def seed(self, seed: int | None = None) -> list[int | None]:
        """Seed all worlds from `seed` at the next reset; None leaves their generators as they are."""
        self._seed = seed
        return [seed] * self.num_envs

    def set_options(self, options: dict[str, Any] | None = None) -> None:
        """Hand one dict of options to all worlds at the next reset."""
        self._options = options

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> Rows:
        """Begin new episodes in all worlds and return their first observations, (num_envs, *obs.shape)."""
        seed = self._seed if seed is None else seed
        options = self._options if options is None else options
        self._seed, self._options = None, None
        obs, infos = self.venv.reset(seed=seed, options=options)
        self._begin(infos)
        return copy_rows(obs)

    def step_wait(self) -> tuple[Rows, np.ndarray, np.ndarray, list[dict[str, Any]]]:
        """Return observations, rewards, dones and infos of all rows; these are copies, for callers write into them."""
        obs, rewards, terminations, truncations, infos = self.venv.step_wait()
        terminated = np.asarray(terminations, dtype=bool)
        self.truncated = np.asarray(truncations, dtype=bool) & ~terminated
        dones = terminated | self.truncated
        self.ended = dones
        self.acted = (self.acted | self.active) & ~dones
        self.active = np.array(self.venv.active, dtype=bool)
        self.reset_infos = getattr(self.venv, "reset_infos", self.reset_infos)
        infos = infos or [{} for _ in range(self.num_envs)]
        ended = np.flatnonzero(dones)
        put_rows(self.terminal_obs, self.venv.terminal_obs, ended)
        for row in ended:
            infos[row]["terminal_observation"] = take_row(self.terminal_obs, int(row))
            infos[row]["TimeLimit.truncated"] = bool(self.truncated[row])
        return copy_rows(obs), np.array(rewards, dtype=np.float32), dones, infos

    def state(self) -> dict[str, Any]:
        """Return what `restore` needs to continue with equal bits, in an environment made with the same arguments."""
        own = {key: self.__dict__[key] for key in ("active", "acted", "truncated", "terminal_obs", "_seed", "_options")}
        return copy.deepcopy({"own": own, "reset_infos": self.reset_infos, "worlds": self.venv.get_state()})

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from a `state`."""
        state = copy.deepcopy(state)
        self.venv.set_state(state["worlds"])
        self.__dict__.update(state["own"], reset_infos=state["reset_infos"])

    def has_attr(self, attr_name: str) -> bool:
        """Say whether every world has the attribute."""
        return VecEnv.has_attr(self, attr_name)

    def get_attr(self, attr_name: str, indices: VecEnvIndices = None) -> list[Any]:
        """Return the attribute of each row's world."""
        if attr_name == "render_mode":
            return [self.render_mode for _ in self._rows(indices)]
        return [find_attribute(self._world(row), attr_name) for row in self._rows(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: VecEnvIndices = None) -> None:
        """Set the attribute in each row's world: in the innermost environment if that has it, else in its wrapper."""
        for row in self._rows(indices):
            world = self._world(row)
            inner = getattr(world, "unwrapped", world)
            setattr(inner if hasattr(inner, attr_name) else world, attr_name, value)

    def env_method(self, method_name: str, *args: Any, indices: VecEnvIndices = None, **kwargs: Any) -> list[Any]:
        """Call the method once in each world concerned and return its result for each row of that world.

        `action_masks`, which sb3-contrib asks for, is shared out: a dict by agent, or an array with all rows.
        """
        rows = self._rows(indices)
        worlds = {id(self._world(row)): self._world(row) for row in rows}
        methods = {key: find_attribute(world, method_name) for key, world in worlds.items()}
        results = {key: method(*args, **kwargs) for key, method in methods.items()}
        answers = [results[id(self._world(row))] for row in rows]
        return list(map(self._mask, answers, rows)) if method_name == MASKS else answers

    def action_masks(self) -> np.ndarray:
        """Which of n discrete actions each row has now, (num_envs, n) bool: all, where the worlds do not say."""
        if hasattr(self.venv, MASKS):  # no loop
            return self.venv.action_masks()
        if self.has_attr(MASKS):
            return np.stack(self.env_method(MASKS))
        return np.ones((self.num_envs, self.action_space.n), bool)

    def _mask(self, masks: Mapping[str, np.ndarray] | np.ndarray, row: int) -> np.ndarray:
        if isinstance(masks, np.ndarray):
            return masks[row]
        agent = self._world(row).possible_agents[row % self.num_agents]
        return masks.get(agent, np.ones(self.action_space.n, dtype=bool))  # all ones: the agent has left

    def env_is_wrapped(self, wrapper_class: type, indices: VecEnvIndices = None) -> list[bool]:
        """Say for each row whether its world is inside such a gymnasium wrapper."""
        wrapped = self.venv.env_is_wrapped(wrapper_class)
        return [wrapped[row] for row in self._rows(indices)]

    def get_images(self) -> list[Any]:
        """Return one picture per row; the rows of a world share theirs."""
        return self.env_method("render")

    def render(self, mode: str | None = None) -> Any:
        """Return the picture of the first world; the mode is chosen when the environment is made."""
        return self.venv.render()

    def getattr_recursive(self, name: str) -> Any:
        """Let outer wrappers read this environment's own attributes, which SuperSuit's class refuses."""
        return object.__getattribute__(self, name)

    def _world(self, row: int) -> Any:
        return self._worlds[row // self.num_agents]

    def _rows(self, indices: VecEnvIndices) -> list[int]:
        return list(self._get_indices(indices))
