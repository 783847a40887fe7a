"""How many of MetaDrive's cars arrive, driven by one policy that our PPO trained within a budget? `make metadrive`.

Its intersection and roundabout (examples/metadrive_cars.py), by the presets of the world pettingzoo of those names. The
policy that training ends with plays episodes by its likeliest actions. Each place is a process of its own.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import numpy as np

from envs.ground.doors import simulation
from envs.ground.play import Episodes, Space, play
from envs.ground.policy import Policy
from pipeline.algorithms.learner import Learner
from pipeline.ground.paths import PARAMS
from pipeline.ground.threads import set_threads
from pipeline.learning.assignment import Assignment, make_learner
from pipeline.policies.deployed import TorchPolicy
from pipeline.scenarios.sets import draw_seeds
from pipeline.settings.params import Params, read_params, train_settings
from pipeline.settings.worlds import simulation_settings, training_settings, with_preset

WORLD = "pettingzoo"
PLACES = ("intersection", "roundabout")
_NOTHING = Episodes.drawn(np.zeros(0, np.uint64))
_COLUMNS = ("arrived", "crashed", "off_road", "num_agents", "return")


def trained(params: Params, settings: Any, seed: int, budget: int) -> tuple[Policy, dict[str, float]]:
    """The policy after so many agent-steps, and what training took."""
    world = simulation(WORLD)
    train = train_settings(params, WORLD, next(iter(params.policies))).model_copy(update={"total_timesteps": budget})
    set_threads(world, train.torch_threads, train.environment_threads)
    trained_in = training_settings(world, settings, train)
    learner = make_learner(Assignment(train, world, settings, settings, trained_in, seed, (), _NOTHING))
    started = time.perf_counter()
    learner.learn(budget, lambda own: print(_told(own, time.perf_counter() - started), flush=True))
    took = {"agent_steps": learner.num_timesteps, "seconds": time.perf_counter() - started}
    policy = TorchPolicy(learner.actor())
    learner.close()
    return policy, took


def _told(learner: Learner, seconds: float) -> str:
    return f"{learner.num_timesteps:,} agent-steps, {seconds:,.0f} s, {learner.episodes()}"


def played(settings: Any, policy: Policy, num_episodes: int) -> dict[str, list[float]]:
    """Of each episode what became of its cars: shares of them, how many there were, and their mean return."""
    episodes = Episodes.drawn(draw_seeds(np.random.default_rng(0), "test", num_episodes))
    table = play(Space(simulation(WORLD), settings), episodes, policy, worlds_per_block=1).episodes
    return {name: table[name].astype(float).round(4).tolist() for name in _COLUMNS}


def main() -> None:
    """Print a line of training, and one of JSON with what the policy did."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("place", choices=PLACES)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--budget", type=int, help="agent-steps; not given: that of the preset")
    parser.add_argument("--episodes", type=int, default=5)
    chosen = parser.parse_args()
    params = with_preset(read_params(PARAMS), WORLD, f"metadrive_{chosen.place}")
    settings = simulation_settings(params, WORLD)
    budget = chosen.budget or train_settings(params, WORLD, next(iter(params.policies))).total_timesteps
    policy, took = trained(params, settings, chosen.seed, budget)
    print(json.dumps(took), flush=True)
    print(json.dumps({"place": chosen.place, "seed": chosen.seed, **took} | played(settings, policy, chosen.episodes)))


if __name__ == "__main__":
    main()
