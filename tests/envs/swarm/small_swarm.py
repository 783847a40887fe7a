"""Swarms whose stages take seconds: what departs from params.yaml, beside what makes any world small."""

from typing import Any

SMALL: dict[str, Any] = {
    "worlds": ["swarm"],
    "swarm.simulation.episode.max_steps": 30,
    "swarm.scenarios.suite": ["gather_around", "war_of_two"],
    "swarm.scenarios.validation.num_episodes": 6,
    "swarm.scenarios.test.num_episodes": 12,
    "swarm.scenarios.test_sets.unseen_families.num_episodes": 4,
    "swarm.evaluation.numbers": {"family": "gather", "num_agents": [4, 10], "num_episodes": 2},
    "swarm.evaluation.contests": {
        "family": "war",
        "num_agents": 4,
        "rules": ["random", "mixed"],
        "num_episodes": 4,
    },
    "swarm.evaluation.shifts.scenarios": ["gather_around"],
    "swarm.evaluation.shifts.repetitions": 1,
    "swarm.train": {"simulation": {"opponent": {"kind": "self"}}},
}
