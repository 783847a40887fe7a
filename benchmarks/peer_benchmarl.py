"""BenchMARL, a peer that takes PettingZoo environments through TorchRL: independent PPO with one shared policy."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from typing import Any

import torch
from benchmarl.algorithms import IppoConfig
from benchmarl.environments.pettingzoo.common import PettingZooClass
from benchmarl.experiment import Experiment, ExperimentConfig
from benchmarl.models.mlp import MlpConfig
from pettingzoo import ParallelEnv
from torchrl.envs.libs.pettingzoo import PettingZooWrapper

from benchmarks.peer_task import (
    GAMMA,
    LAYERS,
    LEARNING_RATE,
    MINIBATCH_ROWS,
    NUM_AIRCRAFT,
    NUM_EPOCHS,
    NUM_ROWS,
    NUM_STEPS,
    NUM_WORLDS,
    CountedWorld,
)

_SETTINGS: dict[str, Any] = {  # a frame of BenchMARL is a step of a world, with all its aircraft
    "gamma": GAMMA,
    "lr": LEARNING_RATE,
    "on_policy_collected_frames_per_batch": NUM_ROWS // NUM_AIRCRAFT,
    "on_policy_minibatch_size": MINIBATCH_ROWS // NUM_AIRCRAFT,
    "on_policy_n_minibatch_iters": NUM_EPOCHS,
    "on_policy_n_envs_per_worker": NUM_WORLDS,
    "max_n_frames": None,
    "max_n_iters": 10**6,
    "evaluation": False,
    "loggers": [],
    "create_json": False,
}


class WorldWithoutInfos(CountedWorld):
    """Counted, and without infos: TorchRL takes them for tensors, and ours hold dicts."""

    def reset(self, seed: int | None = None, options: dict | None = None) -> tuple[dict, dict]:
        """See ParallelEnv."""
        observations, infos = super().reset(seed, options)
        return observations, {agent: {} for agent in infos}

    def step(self, actions: dict) -> tuple[dict, dict, dict, dict, dict]:
        """See ParallelEnv."""
        observations, rewards, terminated, truncated, infos = super().step(actions)
        return observations, rewards, terminated, truncated, {agent: {} for agent in infos}


class AirspaceTask(PettingZooClass):
    """The worlds that the setting `make_env` makes. All aircraft stay until their world ends: nobody to be masked."""

    def get_env_fun(self, num_envs: int, continuous_actions: bool, seed: int | None, device: Any) -> Callable[[], Any]:
        """See TaskClass."""
        make_env: Callable[[], ParallelEnv] = self.config["make_env"]
        return lambda: PettingZooWrapper(WorldWithoutInfos(make_env()), seed=seed, device=device)

    def supports_continuous_actions(self) -> bool:
        """See TaskClass."""
        return True

    def max_steps(self, env: Any) -> int:
        """See TaskClass."""
        return NUM_STEPS


class OpenExperiment(Experiment):
    """One that can run on after its last iteration."""

    def close(self) -> None:
        """Leave the collector alone."""


def measure_benchmarl(make_env: Callable[[], ParallelEnv]) -> Callable[[], float]:
    """A measurement of BenchMARL's PPO, in this process, its worlds one after another; a batch has been before."""
    experiment = _experiment(make_env)

    def learn_batch() -> None:
        experiment.config.max_n_iters = experiment.n_iters_performed + 1
        experiment.run()

    def run() -> float:
        before, started = CountedWorld.num_flown, time.perf_counter()
        learn_batch()
        return (CountedWorld.num_flown - before) / (time.perf_counter() - started)

    learn_batch()
    return run


def _experiment(make_env: Callable[[], ParallelEnv]) -> OpenExperiment:
    """BenchMARL's own settings but for `_SETTINGS` and the network; what it must write down while it is built goes."""
    config, network = ExperimentConfig.get_from_yaml(), MlpConfig.get_from_yaml()
    network.num_cells, network.activation_class = LAYERS, torch.nn.Tanh
    task = AirspaceTask("airspace", {"make_env": make_env})
    for name, value in _SETTINGS.items():
        setattr(config, name, value)
    with tempfile.TemporaryDirectory() as config.save_folder:
        return OpenExperiment(task, IppoConfig.get_from_yaml(), network, seed=0, config=config)
