"""Does a pool of ages and rules help? Skirmishes of the swarm, equal agent-steps, the same contests after it.

Learned by all teams at once (`self`), against one rule (`mixed`), or against a pool (`pool`: the swarm's preset
`self_play`, an age every tenth of the training). Each learns by each seed as `swarm.train` has it, and then plays 200
skirmishes against each rule by its likeliest actions; nothing is chosen by them.

Usage: python -m benchmarks.self_play --steps 200000 --seeds 0 1. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from envs.ground.play import Episodes, Space, play
from envs.ground.rows.normalize import ActiveVecNormalize
from envs.ground.world import SPLITS
from envs.swarm.simulation.room import SIMULATION
from envs.swarm.simulation.settings import FAMILIES, SwarmSettings
from pipeline.algorithms.learner import Facts
from pipeline.algorithms.table import make_algorithm
from pipeline.ground.paths import PARAMS
from pipeline.ground.threads import set_threads
from pipeline.learning.self_play import against, pool_for
from pipeline.policies.deployed import TorchPolicy
from pipeline.settings.params import read_params, train_settings
from pipeline.settings.worlds import simulation_settings, with_preset

WAYS = {"self": "self", "mixed": "mixed", "pool": "self"}
"""How it learns, and `opponent.kind` of the world that it learns in."""
RULES, EPISODES, AGES = ("random", "forage", "guard", "raid", "mixed"), 200, 10
HEAD = f"| learned against | seed | {' | '.join(f'`{rule}`' for rule in RULES)} |\n|---|---|{'---|' * len(RULES)}"


def skirmishes(opponent: str) -> SwarmSettings:
    """The swarm as params.yaml has it, with nothing else to draw."""
    values = simulation_settings(read_params(PARAMS), "swarm").model_dump(mode="json")
    for name in FAMILIES:
        values["families"][name]["weight"] = float(name == "skirmish")
    return SwarmSettings.from_values({**values, "opponent": {"kind": opponent}})


def learned(way: str, seed: int, steps: int) -> TorchPolicy:
    """The policy after so many agent-steps."""
    train = train_settings(with_preset(read_params(PARAMS), "swarm", "self_play"), "swarm", "generic")
    settings, gamma = skirmishes(WAYS[way]), float(train.hyperparameters["gamma"])
    worlds = SIMULATION.vectorized(settings, train.num_worlds, seed=seed, discount=gamma)
    pool = None
    if way == "pool" and train.self_play is not None:
        wanted = train.self_play.model_copy(update={"swap_steps": steps // AGES})
        pool = pool_for(wanted, SIMULATION, settings, seed)
    if pool is not None:
        worlds = against(pool, worlds)
    venv = ActiveVecNormalize(
        worlds, norm_obs=train.normalize_observation, norm_reward=train.normalize_reward, gamma=gamma
    )
    facts, given = Facts.of(SIMULATION, settings), dict(train.hyperparameters)
    learner = make_algorithm(train.algorithm, given, venv, seed, facts, gradient="auto")
    learner.learn(steps, lambda own: None if pool is None else pool.meet(own.num_timesteps, own.actor()))
    return TorchPolicy(learner.actor())


def points(policy: Any, rule: str) -> float:
    """Of the same contests against a rule."""
    seeds = np.random.default_rng(0).integers(0, 2**62, EPISODES, dtype=np.uint64)
    episodes = Episodes.drawn(seeds | (np.uint64(SPLITS["test"]) << np.uint64(62)))
    return float(play(Space(SIMULATION, skirmishes(rule)), episodes, policy).episodes["points"].mean())


def main() -> None:
    """Print the table, line by line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--steps", type=int, required=True, help="agent-steps of each training")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    asked = parser.parse_args()
    set_threads(SIMULATION, 1, 1)
    print(HEAD, flush=True)
    for way in asked.ways:
        for seed in asked.seeds:
            policy = learned(way, seed, asked.steps)
            found = " | ".join(f"{points(policy, rule):.2f}" for rule in RULES)
            print(f"| `{way}` | {seed} | {found} |", flush=True)


if __name__ == "__main__":
    main()
