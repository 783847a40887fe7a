"""RLlib, a peer that takes PettingZoo environments and not Stable-Baselines3's: PPO with one shared policy."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from pettingzoo import ParallelEnv
from pettingzoo.utils.wrappers import BaseParallelWrapper


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


def measure_rllib(make_env: Callable[[], ParallelEnv]) -> Callable[[], float]:
    """A measurement of RLlib's PPO, in this process; what is built has been before."""
    import ray
    from ray.rllib.algorithms.ppo import PPOConfig
    from ray.rllib.core.rl_module.default_model_config import DefaultModelConfig
    from ray.rllib.env.wrappers.pettingzoo_env import ParallelPettingZooEnv
    from ray.tune.registry import register_env

    ray.init(ignore_reinit_error=True, include_dashboard=False, log_to_driver=False, num_cpus=2)
    name = f"airspace {id(make_env)}"
    register_env(name, lambda _: ParallelPettingZooEnv(CountedWorld(make_env())))
    config = (
        PPOConfig()
        .environment(name)
        .env_runners(num_env_runners=0, rollout_fragment_length="auto")
        .learners(num_learners=0)
        .multi_agent(policies={"shared"}, policy_mapping_fn=lambda *_, **__: "shared", count_steps_by="agent_steps")
        .rl_module(model_config=DefaultModelConfig(fcnet_hiddens=[256, 256], fcnet_activation="tanh"))
        .training(train_batch_size_per_learner=6400, minibatch_size=512, num_epochs=10, gamma=0.97, lr=3e-4)
    )
    algorithm = config.build_algo()
    algorithm.train()

    def run() -> float:
        before, started = CountedWorld.num_flown, time.perf_counter()
        algorithm.train()
        return (CountedWorld.num_flown - before) / (time.perf_counter() - started)

    return run
