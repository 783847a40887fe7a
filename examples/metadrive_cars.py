"""MetaDrive's cars at its multi-agent intersection or roundabout, as a PettingZoo environment. See docs/roads.md.

MetaDrive (Li et al., "MetaDrive: composing diverse driving scenarios for generalizable reinforcement learning", TPAMI
2022) is no part of the pinned environment: `make metadrive`. Roads, cars, observations and rewards are its own. It has
one engine a process, so each world here is a process of its own, in which this file runs as a script.
"""

from __future__ import annotations

import importlib.util
import os
import pickle
import subprocess
import sys
from typing import IO, Any, ClassVar

import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv

_PLACES = {"intersection": "MultiAgentIntersectionEnv", "roundabout": "MultiAgentRoundaboutEnv"}
_SEEN = 91
_NUM_SEEDS = 1000
"""MetaDrive keeps a list of its seeds; what they leave alike differs by ours."""

_ENDINGS = {"arrived": "arrive_dest", "crashed": "crash", "off_road": "out_of_road"}
_QUIET = 50


class MetaDriveCars(ParallelEnv):
    """Cars that drive through until `horizon` steps are over; whoever has left is replaced by a new one.

    Data sheet:
        observation: Box(-inf, inf, (91,)): its own state, its next two checkpoints, 72 beams of its lidar
        action: Box(-1, 1, (2,)): steering, and throttle or brake
        reward: MetaDrive's own: progress, speed, +10 at the goal, -10 for a crash or for leaving the road
        terminated: it has arrived, crashed or left the road; truncated: it drove for `horizon` steps
        info, at its end: arrived, crashed, off_road, each 1.0 or 0.0
        one step: 0.1 s
    """

    metadata: ClassVar[dict[str, Any]] = {"name": "metadrive_cars_v0", "render_modes": []}

    def __init__(self, place: str = "intersection", horizon: int = 1000, most_cars: int = 400) -> None:
        """Say what there is; MetaDrive starts with the first episode.

        Args:
            place: intersection or roundabout.
            horizon: steps in which new cars come, and steps that each may drive.
            most_cars: that come in an episode.

        Raises:
            ValueError: an unknown place; MetaDrive is not installed.
        """
        if place not in _PLACES:
            raise ValueError(f"place: got {place!r}, wanted one of {', '.join(_PLACES)}")
        if importlib.util.find_spec("metadrive") is None:
            raise ValueError("metadrive is not installed: run `make metadrive`, then use .venv-metadrive/bin")
        self._arguments = place, str(horizon), str(most_cars)
        self.possible_agents = [f"agent{a}" for a in range(most_cars)]
        self.agents: list[str] = []
        self.render_mode = None
        self._sees = spaces.Box(-np.inf, np.inf, (_SEEN,), np.float32)
        self._does = spaces.Box(-1.0, 1.0, (2,), np.float32)
        self._process: subprocess.Popen | None = None

    def observation_space(self, agent: str) -> spaces.Space:
        """The same for all."""
        return self._sees

    def action_space(self, agent: str) -> spaces.Space:
        """The same for all."""
        return self._does

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[dict, dict]:
        """Begin an episode that the seed decides."""
        if self._process is None:
            words = [sys.executable, __file__, *self._arguments]
            self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        seen = self._ask("reset", seed)
        self.agents = list(seen)
        return seen, {agent: {} for agent in seen}

    def step(self, actions: dict[str, np.ndarray]) -> tuple[dict, dict, dict, dict, dict]:
        """Drive 0.1 s."""
        seen, paid, ended, cut, endings = self._ask("step", {agent: np.array(own) for agent, own in actions.items()})
        self.agents = [agent for agent in seen if not (ended[agent] or cut[agent])]
        return seen, paid, ended, cut, {agent: endings.get(agent, {}) for agent in seen}

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()  # it ends where nobody asks any more
            self._process.wait()
            self._process = None

    def _ask(self, *what: Any) -> Any:
        assert self._process is not None
        try:
            _put(what, self._process.stdin)
            return pickle.load(self._process.stdout)  # type: ignore[arg-type]
        except (BrokenPipeError, EOFError):
            raise RuntimeError(f"MetaDrive's process ended with {self._process.wait()}, wanted it to go on") from None


def _put(answer: Any, into: IO[bytes] | None) -> None:
    assert into is not None
    pickle.dump(answer, into)
    into.flush()


def _served(place: str, horizon: int, most_cars: int) -> None:
    """Answer what `_ask` asks until nobody asks any more."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever MetaDrive prints is no answer
    world: Any = None
    while True:
        try:
            what, given = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        if what == "reset":
            if world is not None:
                world.close()  # an engine that has run before rounds otherwise
            world = _world(place, horizon, most_cars, given)
            _put(_rows(world.reset(seed=int(world.rng.integers(_NUM_SEEDS)))[0]), answers)
        else:
            _put(_step(world, given), answers)


def _world(place: str, horizon: int, most_cars: int, seed: int | None) -> Any:
    """MetaDrive's world, but that new cars come by our seed, and no more than so many."""
    from metadrive.engine.base_engine import BaseEngine
    from metadrive.envs import marl_envs

    BaseEngine.try_pull_asset = staticmethod(lambda: None)  # textures and models, which nobody looks at here
    theirs: Any = getattr(marl_envs, _PLACES[place])

    class World(theirs):
        rng = np.random.default_rng(seed)

        def _respawn_single_vehicle(self, randomize_position: bool = False) -> tuple[Any, Any, Any]:
            if self.agent_manager.next_agent_count >= most_cars:
                return None, None, None
            self._DEBUG_RANDOM_SEED = int(self.rng.integers(2**31))  # else its place is drawn from the clock
            return super()._respawn_single_vehicle(randomize_position)

    values = {"horizon": horizon, "num_scenarios": _NUM_SEEDS, "force_seed_spawn_manager": True}
    return World(values | {"log_level": _QUIET})


def _step(world: Any, actions: dict[str, np.ndarray]) -> tuple[dict, dict, dict, dict, dict]:
    seen, paid, ended, cut, told = world.step(actions)
    truncated = {agent: bool(cut[agent]) for agent in seen}
    terminated = {agent: bool(ended[agent]) and not truncated[agent] for agent in seen}
    over = [agent for agent in seen if terminated[agent] or truncated[agent]]
    endings = {agent: {ours: float(bool(told[agent][name])) for ours, name in _ENDINGS.items()} for agent in over}
    return _rows(seen), {agent: float(paid[agent]) for agent in seen}, terminated, truncated, endings


def _rows(seen: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {agent: np.asarray(row, np.float32) for agent, row in seen.items()}


parallel_env = MetaDriveCars

if __name__ == "__main__":
    _served(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
