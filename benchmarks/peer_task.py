"""What every learner of the benchmark is given: worlds, network, PPO's settings, and how its steps are counted."""

from __future__ import annotations

from typing import Any

from pettingzoo import ParallelEnv
from pettingzoo.utils.wrappers import BaseParallelWrapper

NUM_WORLDS, NUM_AIRCRAFT, NUM_STEPS = 16, 4, 100
NUM_ROWS = NUM_WORLDS * NUM_AIRCRAFT * NUM_STEPS
MINIBATCH_ROWS, NUM_EPOCHS, GAMMA, LEARNING_RATE = 512, 10, 0.97, 3e-4
LAYERS = [256, 256]


class CountedWorld(BaseParallelWrapper):
    """Counts, over all worlds of this process, the steps of agents that were active."""

    num_flown = 0

    def __init__(self, env: ParallelEnv) -> None:
        """Wrap `env`."""
        super().__init__(env)
        self._num_active = 0

    def reset(self, seed: int | None = None, options: dict | None = None) -> tuple[dict, dict]:
        """See ParallelEnv."""
        observations, infos = self.env.reset(seed=seed, options=options)
        self._num_active = _num_active(infos)
        return observations, infos

    def step(self, actions: dict) -> tuple[dict, dict, dict, dict, dict]:
        """See ParallelEnv."""
        CountedWorld.num_flown += self._num_active
        results = self.env.step(actions)
        self._num_active = _num_active(results[4])
        return results


def _num_active(infos: dict[str, dict[str, Any]]) -> int:
    return sum(bool(info["active"]) for info in infos.values())
