"""A constant roster: every possible agent keeps its place until its world ends, whether it still acts or not."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from pettingzoo import ParallelEnv
from pettingzoo.utils.wrappers import BaseParallelWrapper

Flags = dict[str, bool]
Infos = dict[str, dict[str, Any]]
Observations = dict[str, np.ndarray]
Step = tuple[Observations, dict[str, float], Flags, Flags, Infos]


class Roster(BaseParallelWrapper):
    """Keep `agents` equal to `possible_agents` and say in `active` whose next action counts.

    An agent plays until it terminates, is truncated, vanishes from the environment's `agents`, or its info says
    `active: False` (this counts as a termination). That step reports it done once, with its last observation.
    From then on: reward 0, the last observation again (zeros if it never had one), actions ignored, not done; one that
    comes into `agents` later plays from then on. One that plays is active unless its info says `waiting: True`, where
    agents move by turns. The world ends when nobody plays any more; then those that had left are reported terminated.

    Every reset, automatic ones too, hands the environment a new seed drawn from `rng`. The first infos of an episode
    are kept in `reset_infos` and returned empty: SuperSuit would write them over the last infos of the one before.

    Args:
        env: the world; it must be deterministic given the seed of its reset, or its state cannot be restored.
        rng: the generator from which the seeds of its episodes are drawn.
    """

    def __init__(self, env: ParallelEnv, rng: np.random.Generator) -> None:
        super().__init__(env)
        self.rng = rng
        self.agents: list[str] = []
        self.active: dict[str, bool] = dict.fromkeys(env.possible_agents, False)
        self.playing: dict[str, bool] = dict(self.active)
        self.reset_infos: Infos = {agent: {} for agent in env.possible_agents}
        self._observations: Observations = {}
        self._episode: dict[str, Any] = {"seed": None, "options": None, "actions": []}

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Observations, Infos]:
        """Begin an episode; a `seed` first replaces the generator of this world's seeds."""
        if seed is not None:
            self.rng = np.random.default_rng(seed)
        self._begin(int(self.rng.integers(2**31)), options)
        return dict(self._observations), {agent: {} for agent in self.agents}

    def _begin(self, seed: int, options: dict[str, Any] | None) -> None:
        observations, infos = self.env.reset(seed=seed, options=copy.deepcopy(options))
        self.agents = list(self.env.possible_agents)
        there = set(self.env.agents)
        self.playing = {agent: agent in there and not _says_inactive(agent, infos) for agent in self.agents}
        self.active = self._may_act(infos)
        self._observations = {agent: self._first_observation(agent, observations) for agent in self.agents}
        self.reset_infos = self._with_active(infos)
        self._episode = {"seed": seed, "options": options, "actions": []}

    def step(self, actions: dict[str, Any]) -> Step:
        """Step the world with the actions of those still in it; every dict returned has every possible agent."""
        passed = {agent: actions[agent] for agent in self.env.agents}
        self._episode["actions"].append({agent: np.array(action) for agent, action in passed.items()})
        observations, rewards, terminations, truncations, infos = self.env.step(passed)

        played = self.playing
        left = {agent for agent in played if terminations.get(agent, False) or truncations.get(agent, False)}
        there = set(self.env.agents) - left
        self.playing = {agent: agent in there and not _says_inactive(agent, infos) for agent in played}
        self.active = self._may_act(infos)
        self._observe(observations, {agent: played[agent] or self.playing[agent] for agent in played})
        paid = {agent: float(rewards.get(agent, 0.0)) if played[agent] else 0.0 for agent in played}
        terminated, truncated = self._outcome(played, terminations, truncations, infos)
        self.agents = list(self.active) if any(self.playing.values()) else []
        return dict(self._observations), paid, terminated, truncated, self._with_active(infos)

    @property
    def observations(self) -> Observations:
        """The last observation of each possible agent."""
        return self._observations

    def get_state(self) -> dict[str, Any]:
        """Return plain data from which `set_state` continues: the episode's seed and actions, and the generator.

        Most PettingZoo environments pickle nothing but the arguments of their constructor, so a pickle would come back
        as another world; an episode played again comes back as the same one.
        """
        return copy.deepcopy(
            {
                "generator": self.rng.bit_generator.state,
                "episode": self._episode,
                "observations": self._observations,
                "active": self.active,
            }
        )

    def set_state(self, state: dict[str, Any]) -> None:
        """Play the saved episode again up to the saved step.

        Raises:
            ValueError: the environment does not come back to the same observations.
        """
        self.rng.bit_generator.state = copy.deepcopy(state["generator"])
        episode = state["episode"]
        if episode["seed"] is None:
            return
        self._begin(episode["seed"], episode["options"])
        for actions in episode["actions"]:
            self.step(actions)
        saved = state["observations"]
        same = all(np.array_equal(obs, saved[agent], equal_nan=True) for agent, obs in self._observations.items())
        if not same or self.active != state["active"]:
            raise ValueError(
                f"{self.env.unwrapped}: cannot be resumed: the saved episode, played again from its seed and actions, "
                "gave other observations; wanted an environment that is deterministic given the seed of its reset"
            )

    def _may_act(self, infos: Infos) -> Flags:
        """Who plays and does not wait for its turn."""
        return {
            agent: plays and not infos.get(agent, {}).get("waiting", False) for agent, plays in self.playing.items()
        }

    def _first_observation(self, agent: str, observations: Observations) -> np.ndarray:
        if agent in observations:
            return np.array(observations[agent])
        space = self.env.observation_space(agent)
        return np.zeros(space.shape, space.dtype)

    def _observe(self, observations: Observations, acted: Flags) -> None:
        """Take the new observations of those who play; the others keep their last one."""
        fresh = {agent: np.array(obs) for agent, obs in observations.items() if acted[agent]}
        self._observations = {**self._observations, **fresh}

    def _outcome(self, played: Flags, terminations: Flags, truncations: Flags, infos: Infos) -> tuple[Flags, Flags]:
        """Say who is reported terminated and who truncated; an end that is not a truncation is a termination."""
        ended = {agent: played[agent] and not self.playing[agent] for agent in played}
        truncated = {agent: ended[agent] and bool(truncations.get(agent, False)) for agent in played}
        natural = {
            agent: bool(terminations.get(agent, False)) or _says_inactive(agent, infos) or not truncated[agent]
            for agent in played
        }
        world_over = not any(self.playing.values())
        terminated = {
            agent: (ended[agent] and natural[agent]) or (world_over and not played[agent]) for agent in played
        }
        return terminated, truncated

    def _with_active(self, infos: Infos) -> Infos:
        return {agent: {**infos.get(agent, {}), "active": self.active[agent]} for agent in self.active}


def _says_inactive(agent: str, infos: Infos) -> bool:
    return agent in infos and "active" in infos[agent] and not infos[agent]["active"]


def generators(seed: int, num_worlds: int) -> list[np.random.Generator]:
    """One for each of several rosters, all different, from one seed."""
    return [np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(num_worlds)]


def find_attribute(world: Any, name: str) -> Any:
    """The attribute of the world, or else of the environment inside its wrappers."""
    return getattr(world if hasattr(world, name) else getattr(world, "unwrapped", world), name)
