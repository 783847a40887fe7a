"""Small environments of people's own, each with one thing that the world pettingzoo has to take."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces
from pettingzoo import AECEnv, ParallelEnv

LENGTH = 6


class Small(ParallelEnv):
    """Agents a and b. What each one did stands in its info as got_0, got_1 ..

    Data sheet:
        observation: Box (2,), the step and a number drawn at the reset
        action: Discrete(3) from 10 on; reward: the drawn number
        info: got_0 .., and calm: whether the choice was 10
        end: truncated after six steps
    """

    metadata: ClassVar[dict[str, Any]] = {"name": "small_v0", "render_modes": []}
    render_mode = None
    sees: spaces.Space = spaces.Box(-10, 10, (2,), np.float32)
    does: spaces.Space = spaces.Discrete(3, start=10)

    def __init__(self, possible_agents: tuple[str, ...] = ("a", "b")) -> None:
        self.possible_agents = list(possible_agents)
        self.agents: list[str] = []

    def observation_space(self, agent: str) -> spaces.Space:
        return self.sees

    def action_space(self, agent: str) -> spaces.Space:
        return self.does

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[dict, dict]:
        self.now, self.drawn = 0, float(np.random.default_rng(seed).uniform())
        self.agents = [agent for agent in self.possible_agents if self.is_there(agent)]
        return {agent: self.seen(agent) for agent in self.agents}, {
            agent: self.told(agent, None) for agent in self.agents
        }

    def step(self, actions: dict[str, Any]) -> tuple[dict, dict, dict, dict, dict]:
        self.now += 1
        acted, over = self.agents, self.now == LENGTH
        for agent in acted:
            assert self.action_space(agent).contains(actions[agent]), f"{agent} did {actions[agent]}"
            self.check(agent, actions[agent])
        self.agents = [] if over else [agent for agent in self.possible_agents if self.is_there(agent)]
        told = {agent: self.told(agent, actions.get(agent)) for agent in dict.fromkeys([*acted, *self.agents])}
        gone = {agent: agent not in self.agents and not over for agent in acted}
        paid, seen = dict.fromkeys(acted, self.drawn), {agent: self.seen(agent) for agent in told}
        return seen, paid, gone, dict.fromkeys(acted, over), told

    def is_there(self, agent: str) -> bool:
        return True

    def check(self, agent: str, action: Any) -> None:
        """Nothing more is asked of an action."""

    def seen(self, agent: str) -> Any:
        return np.array([self.now, self.drawn], np.float32)

    def told(self, agent: str, action: Any) -> dict[str, Any]:
        numbers = [] if action is None else np.ravel(action).tolist()
        return {"calm": numbers == [10]} | {f"got_{k}": number for k, number in enumerate(numbers)}


class Bounded(Small):
    """Two numbers with bounds of their own."""

    does = spaces.Box(np.array([-3.0, 0.0], np.float32), np.array([5.0, 0.5], np.float32))


class Table(Small):
    """Numbers in two axes."""

    does = spaces.Box(-2.0, 2.0, (2, 3), np.float64)


class Combined(Small):
    """One of two, and one of three from 5 on."""

    does = spaces.MultiDiscrete([2, 3], start=[0, 5])


class Masked(Small):
    """Of three choices, the one by the number of the step is not to be had; said in infos."""

    does = spaces.Discrete(3)

    def mask(self) -> np.ndarray:
        return (np.arange(3) != self.now % 3).astype(np.int8)

    def check(self, agent: str, action: Any) -> None:
        assert action != (self.now - 1) % 3, f"{agent} did what it may not"

    def told(self, agent: str, action: Any) -> dict[str, Any]:
        return super().told(agent, action) | {"action_mask": self.mask()}


class MaskSeen(Masked):
    """The same; said in observations."""

    sees = spaces.Dict(observation=Small.sees, action_mask=spaces.MultiBinary(3))

    def seen(self, agent: str) -> Any:
        return {"observation": super().seen(agent), "action_mask": self.mask()}

    def told(self, agent: str, action: Any) -> dict[str, Any]:
        return Small.told(self, agent, action)


class MaskBesideMore(MaskSeen):
    """And what is seen has two names."""

    sees = spaces.Dict(near=spaces.Discrete(2), far=Small.sees, action_mask=spaces.MultiBinary(3))

    def seen(self, agent: str) -> Any:
        return {"near": 1, "far": Small.seen(self, agent), "action_mask": self.mask()}


class CatsAndDogs(Small):
    """Two cats see two numbers and choose among three; a dog sees four and chooses among two."""

    def __init__(self) -> None:
        super().__init__(("cat_0", "cat_1", "dog"))

    def observation_space(self, agent: str) -> spaces.Space:
        return spaces.Box(-10, 10, (4,), np.float32) if agent == "dog" else self.sees

    def action_space(self, agent: str) -> spaces.Space:
        return spaces.Discrete(2) if agent == "dog" else self.does

    def seen(self, agent: str) -> Any:
        return np.full(4, 7.0, np.float32) if agent == "dog" else super().seen(agent)


class ComeAndGo(Small):
    """Agent a leaves in the second step, b is there always, c comes in the third."""

    def __init__(self) -> None:
        super().__init__(("a", "b", "c"))

    def is_there(self, agent: str) -> bool:
        return {"a": self.now < 2, "b": True, "c": self.now >= 3}[agent]


class Picture(Small):
    """An image of 4 by 5 pixels in three colours: red tells the row, green the column, blue the step."""

    sees = spaces.Box(0, 255, (4, 5, 3), np.uint8)

    def seen(self, agent: str) -> Any:
        row, column = np.mgrid[0:4, 0:5]
        return np.stack([row, column, np.full((4, 5), self.now)], 2).astype(np.uint8)


class ChannelsFirst(Picture):
    """The same, colours first."""

    sees = spaces.Box(0, 255, (3, 4, 5), np.uint8)

    def seen(self, agent: str) -> Any:
        return np.moveaxis(super().seen(agent), 2, 0)


class Grey(Picture):
    """Rows only, without an axis of colours."""

    sees = spaces.Box(0, 255, (4, 5), np.uint8)

    def seen(self, agent: str) -> Any:
        return super().seen(agent)[:, :, 0]


class ByTurns(AECEnv):
    """Agents a, b and c take turns; who moves is paid the drawn number. Ends after six moves."""

    metadata: ClassVar[dict[str, Any]] = {"name": "by_turns_v0", "render_modes": [], "is_parallelizable": False}
    render_mode = None

    def __init__(self) -> None:
        super().__init__()
        self.possible_agents = ["a", "b", "c"]

    def observation_space(self, agent: str) -> spaces.Space:
        return Small.sees

    def action_space(self, agent: str) -> spaces.Space:
        return Small.does

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> None:
        self.now, self.drawn = 0, float(np.random.default_rng(seed).uniform())
        self.agents, self.agent_selection = list(self.possible_agents), "a"
        self.rewards, self._cumulative_rewards = (dict.fromkeys(self.agents, 0.0) for _ in range(2))
        self.terminations, self.truncations = (dict.fromkeys(self.agents, False) for _ in range(2))
        self.infos: dict[str, dict[str, Any]] = {agent: {} for agent in self.agents}

    def observe(self, agent: str) -> Any:
        return np.array([self.now, self.drawn], np.float32)

    def step(self, action: Any) -> None:
        mover = self.agent_selection
        if self.terminations[mover] or self.truncations[mover]:
            self._was_dead_step(action)
            return
        self._cumulative_rewards[mover] = 0.0
        self.now += 1
        self.rewards = {agent: self.drawn * (agent == mover) for agent in self.agents}
        self.terminations = dict.fromkeys(self.agents, self.now == LENGTH)
        self._accumulate_rewards()
        self.agent_selection = self.agents[(self.agents.index(mover) + 1) % 3]


def by_turns() -> AECEnv:
    return ByTurns()
