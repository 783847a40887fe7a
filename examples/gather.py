"""An environment of one's own, whole: gatherers bring fruit to a cart that comes to meet them. See docs/worlds.md."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv

_MOVES = np.array([(0, 0), (-1, 0), (0, 1), (1, 0), (0, -1), (-1, -1), (-1, 1), (1, 1), (1, -1)])
_CART, _EMPTY, _LOADED = 255, 100, 200
_ZOOM = 16


class Gather(ParallelEnv):
    """Gatherers take one fruit each to the cart and go home; when all have gone, the cart goes, too.

    Data sheet:
        observation: Box(0, 255, (size, size, 3), uint8): oneself, all others, fruit; loaded is brighter than empty
        action: gatherers Discrete(5): stay, up, right, down, left; the cart Discrete(9): diagonals, too
        reward: a gatherer's 1 for fruit taken and 1 for fruit brought, the cart's 1 for each; all -0.02 a step
        terminated: a gatherer that has brought its fruit; the cart when all have
        info: brought, 1.0 or 0.0, of each gatherer
    """

    metadata: ClassVar[dict[str, Any]] = {"name": "gather_v0", "render_modes": ["rgb_array"]}

    def __init__(self, size: int = 8, gatherers: int = 2, render_mode: str | None = None) -> None:
        """Make a field of size * size cells; no episode has begun."""
        self.size, self.render_mode = size, render_mode
        self.gatherers = [f"gatherer_{g}" for g in range(gatherers)]
        self.possible_agents = [*self.gatherers, "cart"]
        self.agents: list[str] = []
        self._sees = spaces.Box(0, 255, (size, size, 3), np.uint8)
        self._does = {agent: spaces.Discrete(9 if agent == "cart" else 5) for agent in self.possible_agents}

    def observation_space(self, agent: str) -> spaces.Space:
        """An image, the same for all."""
        return self._sees

    def action_space(self, agent: str) -> spaces.Space:
        """The cart has more choices: that makes it a role of its own."""
        return self._does[agent]

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[dict, dict]:
        """Draw places by the seed, and by nothing else."""
        rng = np.random.default_rng(seed)
        self.agents = list(self.possible_agents)
        cells = rng.permutation(self.size**2)[: len(self.agents) + len(self.gatherers)]
        places = np.stack(np.divmod(cells, self.size), 1)
        self.place = dict(zip(self.agents, places, strict=False))
        self.fruit = [tuple(place) for place in places[len(self.agents) :]]
        self.loaded = dict.fromkeys(self.gatherers, False)
        return self._observations(), self._infos({})

    def step(self, actions: dict[str, int]) -> tuple[dict, dict, dict, dict, dict]:
        """Move all, then take and bring fruit."""
        for agent, action in actions.items():
            self.place[agent] = np.clip(self.place[agent] + _MOVES[action], 0, self.size - 1)
        brought = {agent: self._brings(agent) for agent in self.agents if agent != "cart"}
        taken = {agent: not brought[agent] and self._takes(agent) for agent in brought}
        rewards = {agent: float(brought[agent] + taken[agent]) - 0.02 for agent in brought}
        rewards["cart"] = sum(brought.values()) - 0.02
        terminations = {**brought, "cart": all(brought.values())}
        seen, infos = self._observations(), self._infos(brought)
        self.agents = [agent for agent in self.agents if not terminations[agent]]
        return seen, rewards, terminations, dict.fromkeys(terminations, False), infos

    def _brings(self, agent: str) -> bool:
        return self.loaded[agent] and bool(np.abs(self.place[agent] - self.place["cart"]).max() <= 1)

    def _takes(self, agent: str) -> bool:
        here = tuple(self.place[agent])
        if self.loaded[agent] or here not in self.fruit:
            return False
        self.fruit.remove(here)
        self.loaded[agent] = True
        return True

    def _infos(self, brought: dict[str, bool]) -> dict[str, dict[str, float]]:
        told = {agent: {"brought": float(brought.get(agent, False))} for agent in self.gatherers}
        return {agent: told.get(agent, {}) for agent in self.agents}

    def _observations(self) -> dict[str, np.ndarray]:
        return {agent: self._seen(agent) for agent in self.agents}

    def _seen(self, agent: str) -> np.ndarray:
        image = np.zeros((self.size, self.size, 3), np.uint8)
        for other in self.agents:
            shade = _CART if other == "cart" else _LOADED if self.loaded[other] else _EMPTY
            image[(*self.place[other], int(other != agent))] = shade
        for place in self.fruit:
            image[(*place, 2)] = 255
        return image

    def render(self) -> np.ndarray:
        """The cart's picture of the field, enlarged, (H, W, 3) uint8."""
        return self._seen("cart").repeat(_ZOOM, 0).repeat(_ZOOM, 1)


def parallel_env(**arguments: Any) -> Gather:
    """What `pettingzoo.simulation.module` calls, with `pettingzoo.simulation.arguments`."""
    return Gather(**arguments)
