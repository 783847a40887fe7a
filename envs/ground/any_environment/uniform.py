"""Any ParallelEnv with rows that are all alike: flat observations, actions in [-1, 1] or choices, faults by name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv
from pettingzoo.utils.wrappers import BaseParallelWrapper

from envs.ground.any_environment.faults import EnvironmentFault, faults_told, shown
from envs.ground.any_environment.roles import MASK, has_mask, roles_of, without_mask
from envs.ground.any_environment.time_limits import time_limit

_ANSWERS = {
    "reset": ("observations", "infos"),
    "step": ("observations", "rewards", "terminations", "truncations", "infos"),
}
"""What environments answer, each a dict by agent."""


class Uniform(BaseParallelWrapper):
    """An environment whose agents all see (D,) float32 and do K numbers in [-1, 1], or one of n choices.

    Agents of several roles are told apart by a one-hot of their role after what they see, and padded by zeros; choices
    that a role has not are masked. What the environment raises or returns amiss is an EnvironmentFault.

    Attributes:
        steps: of the present episode.
    """

    def __init__(self, env: ParallelEnv, name: str, max_steps: int, max_step_s: float) -> None:
        """Wrap `env`, called `name` in messages.

        Args:
            max_steps: episodes are cut off after so many.
            max_step_s: so long a step, a reset and a picture may take.
        """
        super().__init__(env)
        self.name, self.max_steps, self.max_step_s = name, max_steps, max_step_s
        self.roles = roles_of(env, name)
        self.all_roles = list(dict.fromkeys(self.roles.values()))
        several = len(self.all_roles) > 1
        self.num_seen = max(role.num_seen for role in self.all_roles)
        self.num_features = self.num_seen + (len(self.all_roles) if several else 0)
        self.num_done = max(role.num_done for role in self.all_roles)
        self.chooses = bool(self.all_roles[0].choices)
        self._seen_with_mask = {agent for agent in env.possible_agents if has_mask(env.observation_space(agent))}
        self._unequal = self.chooses and len({role.num_done for role in self.all_roles}) > 1
        self.steps, self._seed = 0, 0
        self.agents: list[str] = []  # asked once a step: each wrapper inside would pass the question on
        self._masks: dict[str, np.ndarray] = {}

    @property
    def masked(self) -> bool:
        """Whether not every choice is always to be had; of masks in infos this is known once an episode has begun."""
        return self.chooses and (self._unequal or bool(self._seen_with_mask) or bool(self._masks))

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
        if told is not None:
            own[: len(told)] &= told
        return own if own.any() else np.arange(self.num_done) == 0  # of one that does not act now

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[dict, dict]:
        """Begin an episode.

        Raises:
            EnvironmentFault: the environment raises, takes too long, or returns what it may not.
        """
        self.steps, self._seed, self._masks = 0, int(seed or 0), {}
        seen, infos = self._ask("reset", seed=seed, options=options)
        rows = self._flat(seen, infos)
        self._check_who_acts(infos, ())
        return rows, {agent: infos.get(agent, {}) for agent in self.agents}

    def step(self, actions: dict[str, Any]) -> tuple[dict, dict, dict, dict, dict]:
        """Step with actions in [-1, 1] or choices; raises as `reset`."""
        taken = {agent: self.roles[agent].action(action) for agent, action in actions.items()}
        self.steps += 1
        seen, rewards, terminations, truncations, infos = self._ask("step", taken)
        rows = self._flat(seen, infos)
        unpaid = next((agent for agent in taken if agent not in rewards), None)
        if unpaid is not None:
            raise self._fault(f"agent {unpaid}: no reward, wanted one for each agent that acted")
        paid = {agent: self._number(reward, agent) for agent, reward in rewards.items()}
        if self.steps >= self.max_steps:
            truncations = {agent: not terminations.get(agent, False) for agent in {**rewards, **seen}}
        ended = [agent for agent in self.agents if terminations.get(agent) or truncations.get(agent)]
        self._check_who_acts(infos, ended)
        return rows, paid, terminations, truncations, infos

    def render(self) -> np.ndarray | None:
        """The environment's picture (H, W, 3) uint8, where it draws one; raises as `reset`."""
        drawn = self._call("render")
        if drawn is None:
            return None
        picture = np.asarray(drawn)
        if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] < 3 or 0 in picture.shape:
            got = f"got {picture.dtype} of shape {picture.shape}"
            raise self._fault(f"render: {got}, wanted uint8 of shape (height, width, 3)")
        return picture

    def _ask(self, what: str, *arguments: Any, **named: Any) -> tuple[dict[str, Any], ...]:
        """What the environment answers, dicts by agent."""
        names, answer = _ANSWERS[what], self._call(what, *arguments, **named)
        if not isinstance(answer, tuple) or len(answer) != len(names):
            got = f"{len(answer)} things" if isinstance(answer, tuple) else f"a {type(answer).__name__}"
            raise self._fault(f"returned {got}, wanted {len(names)}: {', '.join(names)}")
        for name, own in zip(names, answer, strict=True):
            if not isinstance(own, Mapping):
                raise self._fault(f"returned {name}: {shown(own)}, wanted a dict by agent")
        self.agents = list(self.env.agents)
        strange = next((agent for agent in (*self.agents, *answer[0]) if agent not in self.roles), None)
        if strange is not None:
            raise self._fault(f"agents: got {strange!r}, wanted one of possible_agents: {', '.join(self.roles)}")
        return answer

    def _call(self, what: str, *arguments: Any, **named: Any) -> Any:
        doing = self._place() if what == "reset" else f"{self._place()}: {what}"
        with faults_told(doing), time_limit(self.max_step_s, doing, f"{self.name}.simulation.max_step_s"):
            return getattr(self.env, what)(*arguments, **named)

    def _flat(self, seen: Mapping[str, Any], infos: Mapping[str, Any]) -> dict[str, np.ndarray]:
        """All observations as rows; masks are kept."""
        unseeing = next((agent for agent in self.agents if agent not in seen), None)
        if unseeing is not None:
            raise self._fault(f"agent {unseeing}: no observation, wanted one for each of its agents")
        for agent, info in infos.items():
            if agent in self.roles and not isinstance(info, Mapping):
                raise self._fault(f"agent {agent}: info: got {shown(info)}, wanted a dict")
        return {agent: self._row(agent, own, infos.get(agent, {})) for agent, own in seen.items()}

    def _row(self, agent: str, seen: Any, info: Mapping[str, Any]) -> np.ndarray:
        role = self.roles[agent]
        mask = info.get(MASK)
        row = np.zeros(self.num_features, np.float32)
        try:
            if agent in self._seen_with_mask:
                seen, mask = without_mask(seen), seen[MASK]
            amiss = role.amiss(seen)
            row[: role.num_seen] = 0.0 if amiss else role.flatten(seen)
        except Exception as error:
            raise self._fault(f"agent {agent}: observation: got {shown(seen)}, wanted {role.seen}") from error
        if amiss:
            raise self._fault(f"agent {agent}: {amiss}")
        if mask is not None and self.chooses:
            self._keep_mask(agent, mask)
        if not np.isfinite(row).all():
            at = int(np.flatnonzero(~np.isfinite(row))[0])
            raise self._fault(f"agent {agent}: observation: number {at} is {row[at]}, wanted a finite number")
        if len(self.all_roles) > 1:
            row[self.num_seen + self.all_roles.index(role)] = 1.0
        return row

    def _keep_mask(self, agent: str, mask: Any) -> None:
        told, wanted = np.asarray(mask).ravel(), self.roles[agent].num_done
        if len(told) != wanted or not np.can_cast(told.dtype, np.float64, "same_kind"):
            raise self._fault(f"agent {agent}: {MASK}: got {shown(mask)}, wanted 0 or 1 for each of {wanted} choices")
        self._masks[agent] = told.astype(bool)

    def _check_who_acts(self, infos: Mapping[str, Mapping[str, Any]], ended: Collection[str]) -> None:
        """Refuse a mask that leaves nothing to an agent that has to choose next."""
        for agent, mask in self._masks.items():
            info = infos.get(agent, {})
            acts = agent in self.agents and agent not in ended
            if acts and not mask.any() and info.get("active", True) and not info.get("waiting", False):
                raise self._fault(f"agent {agent}: {MASK} allows nothing, wanted at least one choice")

    def _number(self, value: Any, agent: str) -> float:
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = np.nan
        if not np.isfinite(number):
            raise self._fault(f"agent {agent}: reward: got {shown(value)}, wanted a finite number")
        return number

    def _fault(self, words: str) -> EnvironmentFault:
        return EnvironmentFault(f"{self._place()}: {words}")

    def _place(self) -> str:
        begun = f"reset(seed={self._seed})"
        return f"{self.name}: step {self.steps} after {begun}" if self.steps else f"{self.name}: {begun}"
