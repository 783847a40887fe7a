"""RLlib, a peer that takes PettingZoo environments and not Stable-Baselines3's: PPO with one shared policy."""

from __future__ import annotations

import time
from collections.abc import Callable

import ray
from pettingzoo import ParallelEnv
from ray.rllib.algorithms.ppo import PPOConfig
from ray.rllib.core.rl_module.default_model_config import DefaultModelConfig
from ray.rllib.env.wrappers.pettingzoo_env import ParallelPettingZooEnv
from ray.tune.registry import register_env

from benchmarks.peer_task import (
    GAMMA,
    LAYERS,
    LEARNING_RATE,
    MINIBATCH_ROWS,
    NUM_EPOCHS,
    NUM_ROWS,
    NUM_WORLDS,
    CountedWorld,
)


def measure_rllib(make_env: Callable[[], ParallelEnv]) -> Callable[[], float]:
    """A measurement of RLlib's PPO, in this process; what is built has been before."""
    ray.init(ignore_reinit_error=True, include_dashboard=False, log_to_driver=False, num_cpus=2)
    name = f"airspace {id(make_env)}"
    register_env(name, lambda _: ParallelPettingZooEnv(CountedWorld(make_env())))
    config = (
        PPOConfig()
        .environment(name)
        .env_runners(num_env_runners=0, num_envs_per_env_runner=NUM_WORLDS, rollout_fragment_length="auto")
        .learners(num_learners=0)
        .multi_agent(policies={"shared"}, policy_mapping_fn=lambda *_, **__: "shared", count_steps_by="agent_steps")
        .rl_module(model_config=DefaultModelConfig(fcnet_hiddens=LAYERS, fcnet_activation="tanh"))
        .training(
            train_batch_size_per_learner=NUM_ROWS,
            minibatch_size=MINIBATCH_ROWS,
            num_epochs=NUM_EPOCHS,
            gamma=GAMMA,
            lr=LEARNING_RATE,
        )
    )
    algorithm = config.build_algo()
    algorithm.train()

    def run() -> float:
        before, started = CountedWorld.num_flown, time.perf_counter()
        algorithm.train()
        return (CountedWorld.num_flown - before) / (time.perf_counter() - started)

    return run
