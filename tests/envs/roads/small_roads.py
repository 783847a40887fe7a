"""Roads whose stages take seconds: what departs from params.yaml, beside what makes any world small."""

from typing import Any

SMALL: dict[str, Any] = {
    "worlds": ["roads"],
    "roads.simulation.episode.max_steps": 100,
    "roads.simulation.num_roads": 8,
    "roads.scenarios.suite": ["merge_in_turn", "four_lefts"],
    "roads.scenarios.validation.num_episodes": 4,
    "roads.scenarios.validation.only_solvable": False,
    "roads.scenarios.test.num_episodes": 4,
    "roads.scenarios.test.only_solvable": False,
    "roads.scenarios.test_sets": {},
    "roads.evaluation.flow": {"flows_per_h": [600.0], "num_cars": 4, "num_episodes": 2},
    "roads.evaluation.numbers": {"num_cars": [2], "num_episodes": 2},
    "roads.evaluation.teams": {"shares": [0.5], "num_episodes": 2},
    "roads.evaluation.shifts.scenarios": ["merge_in_turn"],
    "roads.train": {},
}
