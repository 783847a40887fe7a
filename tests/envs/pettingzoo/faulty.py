"""Environments that do what they may not, each in one way; tests copy this file into my_envs of a checkout."""

from __future__ import annotations

import os
import sys
import time
from collections import deque
from itertools import repeat
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces
from pettingzoo import AECEnv, ParallelEnv

EARLY, LATE = 3, 1000


class Sound(ParallelEnv):
    """Agents a and b see two numbers and choose among three; does nothing wrong.

    Data sheet:
        observation: Box (2,), the step and a number drawn at the reset
        action: Discrete(3); reward: the choice
        info: score, the number of steps so far
        end: truncated after `length` steps
    """

    metadata: ClassVar[dict[str, Any]] = {"name": "sound_v0", "render_modes": ["rgb_array"]}
    render_mode: str | None = None
    length = 8
    sees: spaces.Space = spaces.Box(-1e4, 1e4, (2,), np.float32)
    does: spaces.Space = spaces.Discrete(3)

    def __init__(self) -> None:
        self.possible_agents = ["a", "b"]
        self.agents: list[str] = []

    def observation_space(self, agent: str) -> spaces.Space:
        return self.sees

    def action_space(self, agent: str) -> spaces.Space:
        return self.does

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[dict, dict]:
        self.now, self.drawn = 0, float(np.random.default_rng(seed).uniform())
        self.agents = list(self.possible_agents)
        return {agent: self.seen(agent) for agent in self.agents}, {agent: self.told(agent) for agent in self.agents}

    def step(self, actions: dict[str, Any]) -> Any:
        self.now += 1
        acted, over = self.agents, self.now == self.length
        self.agents = [] if over else acted
        seen, told = {agent: self.seen(agent) for agent in acted}, {agent: self.told(agent) for agent in acted}
        paid = {agent: self.paid(agent, actions[agent]) for agent in acted}
        return seen, paid, dict.fromkeys(acted, False), dict.fromkeys(acted, over), told

    def seen(self, agent: str) -> Any:
        return np.array([self.now, self.drawn], np.float32)

    def paid(self, agent: str, action: Any) -> Any:
        return float(np.sum(action))

    def told(self, agent: str) -> Any:
        return {"score": self.now}


class Lasting(Sound):
    """Episodes of 2,000 steps, in which nothing is drawn."""

    length = 2000


NUMBER = 3.14


def makes_a_number() -> int:
    return 7


def wants_a_size(size: int) -> Sound:
    return Sound()


def raises_when_made() -> None:
    raise RuntimeError("no licence")


class WithoutAgents(Sound):
    def __init__(self) -> None:
        self.agents = []


class NoSpaces(Sound):
    def observation_space(self, agent: str) -> spaces.Space:
        raise NotImplementedError


class TextSeen(Sound):
    sees = spaces.Text(5)


class TextInsideSeen(Sound):
    sees = spaces.Dict(name=spaces.Text(5), place=spaces.Box(-1, 1, (2,), np.float32))


class SequenceSeen(Sound):
    sees = spaces.Sequence(spaces.Box(-1, 1, (2,), np.float32))


class Unbounded(Sound):
    does = spaces.Box(-np.inf, np.inf, (1,), np.float32)


class DictDone(Sound):
    does = spaces.Dict(push=spaces.Discrete(2))


class NoChoices(Sound):
    does = spaces.MultiDiscrete(np.zeros(0, int))


class NoNumbers(Sound):
    does = spaces.Box(-1, 1, (0,), np.float32)


class ManyChoices(Sound):
    does = spaces.MultiDiscrete([50, 50])


class UnequalKinds(Sound):
    def action_space(self, agent: str) -> spaces.Space:
        return self.does if agent == "a" else spaces.Box(-1, 1, (1,), np.float32)


class FromStep(Sound):
    """Begins to do wrong in its third step."""

    wrong: Any = None

    def seen(self, agent: str) -> Any:
        return self.wrong if self.now >= EARLY and agent == "b" else super().seen(agent)


class WrongShape(FromStep):
    wrong = np.zeros(3, np.float32)


class WrongKind(FromStep):
    sees = spaces.Box(0, 255, (2,), np.uint8)
    wrong = np.array([0.5, 0.5])

    def seen(self, agent: str) -> Any:
        own = super().seen(agent)
        return own if own is self.wrong else np.zeros(2, np.uint8)


class Words(FromStep):
    wrong = np.array(["far", "near"])


class NothingSeen(FromStep):
    pass


class NotANumberSeen(FromStep):
    wrong = np.array([np.nan, 0.0], np.float32)


class InfinitelyFar(FromStep):
    wrong = np.array([np.inf, 0.0], np.float32)


class OutOfChoices(Sound):
    """A Discrete observation beyond its number."""

    sees = spaces.Discrete(3)

    def seen(self, agent: str) -> Any:
        return self.now


class NotANumberPaid(Sound):
    def paid(self, agent: str, action: Any) -> Any:
        return np.nan if self.now == EARLY and agent == "b" else 0.0


class PaidInWords(Sound):
    def paid(self, agent: str, action: Any) -> Any:
        return "much"


class Unpaid(Sound):
    def step(self, actions: dict[str, Any]) -> Any:
        seen, paid, terminations, truncations, told = super().step(actions)
        return seen, {"a": paid["a"]}, terminations, truncations, told


class Unseen(Sound):
    def step(self, actions: dict[str, Any]) -> Any:
        seen, *rest = super().step(actions)
        return {agent: own for agent, own in seen.items() if agent == "a" or self.now < EARLY}, *rest


class FourThings(Sound):
    """As environments of Gym before 0.26."""

    def step(self, actions: dict[str, Any]) -> Any:
        seen, paid, terminations, _, told = super().step(actions)
        return seen, paid, terminations, told


class OneThing(Sound):
    """A reset without infos."""

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        return super().reset(seed, options)[0]


class ListPaid(Sound):
    """Rewards in a list."""

    def step(self, actions: dict[str, Any]) -> Any:
        seen, paid, terminations, truncations, told = super().step(actions)
        return seen, list(paid.values()), terminations, truncations, told


class ToldNone(Sound):
    def told(self, agent: str) -> Any:
        return None


class ToldInWords(Sound):
    def told(self, agent: str) -> Any:
        return {"score": "good"}


class ToldNotANumber(Sound):
    def told(self, agent: str) -> Any:
        return {"score": np.nan}


class ToldTooMuch(Sound):
    def told(self, agent: str) -> Any:
        return {"score": 1.5}


class ToldNothing(Sound):
    def told(self, agent: str) -> Any:
        return {}


class RaisesLate(Lasting):
    def step(self, actions: dict[str, Any]) -> Any:
        if self.now == LATE - 1:
            raise ZeroDivisionError("division by zero")
        return super().step(actions)


class RaisesInManyLines(Sound):
    def step(self, actions: dict[str, Any]) -> Any:
        raise RuntimeError("first\n  second\n")


class RaisesInReset(Sound):
    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[dict, dict]:
        raise KeyError("track")


class LeavesTheProcess(Sound):
    def step(self, actions: dict[str, Any]) -> Any:
        sys.exit(0)


class EndsTheProcess(Sound):
    def step(self, actions: dict[str, Any]) -> Any:
        os._exit(0)


class IgnoresItsSeed(Sound):
    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[dict, dict]:
        return super().reset(None, options)


class DrawsLate(Sound):
    """What it draws by no seed is only paid, from the third step on."""

    def paid(self, agent: str, action: Any) -> Any:
        return float(np.random.default_rng().uniform()) if self.now >= EARLY else 0.0


class Remembers(Sound):
    """Each episode of the same object is another one."""

    episodes = 0

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[dict, dict]:
        self.episodes += 1
        return super().reset((seed or 0) + self.episodes, options)


class HangsInStep(Sound):
    def step(self, actions: dict[str, Any]) -> Any:
        if self.now == EARLY - 1:
            time.sleep(3600)
        return super().step(actions)


class HangsInReset(Sound):
    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[dict, dict]:
        while True:
            pass


class HangsWhenMade(Sound):
    def __init__(self) -> None:
        super().__init__()
        time.sleep(3600)


class HangsInC(Sound):
    """In compiled code that lets no other thread of Python run, and no handler of signals."""

    def step(self, actions: dict[str, Any]) -> Any:
        if self.now == EARLY - 1:
            deque(repeat(0), maxlen=0)
        return super().step(actions)


class NothingAllowed(Sound):
    def told(self, agent: str) -> Any:
        return {"action_mask": np.full(3, self.now < EARLY or agent == "a", np.int8)}


class MaskTooLong(Sound):
    def told(self, agent: str) -> Any:
        return {"action_mask": np.ones(4, np.int8)}


class Stranger(Sound):
    def step(self, actions: dict[str, Any]) -> Any:
        found = super().step({agent: actions.get(agent, 0) for agent in self.agents})
        if self.now == EARLY:
            self.agents = [*self.agents, "c"]
        return found


class BornUnseen(Sound):
    """Agent b comes in the third step, without an observation."""

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[dict, dict]:
        seen, told = super().reset(seed, options)
        self.agents = ["a"]
        return {"a": seen["a"]}, {"a": told["a"]}

    def step(self, actions: dict[str, Any]) -> Any:
        found = super().step(actions)
        if self.now == EARLY:
            self.agents = ["a", "b"]
        return found


class NobodyPlays(Sound):
    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[dict, dict]:
        super().reset(seed, options)
        self.agents = []
        return {}, {}


class NobodysTurn(Sound):
    def told(self, agent: str) -> Any:
        return {"waiting": True}


class CannotDraw(Sound):
    def __init__(self, render_mode: str | None = None) -> None:
        super().__init__()
        self.render_mode = render_mode

    def render(self) -> Any:
        raise RuntimeError("no display")


class CannotTrain(CannotDraw):
    """In one episode of fifty a reward is no number, and only where it does not draw itself, as in training."""

    def paid(self, agent: str, action: Any) -> Any:
        wrong = self.render_mode is None and self.drawn > 0.98 and self.now == EARLY
        return np.nan if wrong and agent == "b" else super().paid(agent, action)

    def render(self) -> Any:
        return None


class DrawsNumbers(CannotDraw):
    def render(self) -> Any:
        return np.zeros((4, 4))


class ByTurns(AECEnv):
    """Agents a and b take turns; does nothing wrong."""

    metadata: ClassVar[dict[str, Any]] = {"name": "by_turns_v0", "render_modes": []}
    render_mode: str | None = None
    length = 8

    def __init__(self) -> None:
        super().__init__()
        self.possible_agents = ["a", "b"]

    def observation_space(self, agent: str) -> spaces.Space:
        return Sound.sees

    def action_space(self, agent: str) -> spaces.Space:
        return Sound.does

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
        self.now += 1
        self.rewards = {agent: float(agent == mover) for agent in self.agents}
        self.truncations = dict.fromkeys(self.agents, self.now == self.length)
        self.agent_selection = self.next_mover(mover)

    def next_mover(self, mover: str) -> str:
        return "b" if mover == "a" else "a"


class TurnOfNobody(ByTurns):
    def next_mover(self, mover: str) -> str:
        return "c" if self.now == EARLY else super().next_mover(mover)


class NotANumberByTurns(ByTurns):
    def observe(self, agent: str) -> Any:
        return np.array([self.now, np.nan if self.now == EARLY else 0.0], np.float32)
