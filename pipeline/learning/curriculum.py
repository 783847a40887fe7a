"""Lessons that come before the traffic to be learned: how many of a lesson's episodes does the policy solve?"""

from __future__ import annotations

import numpy as np

from envs.airspace.simulation.batch import SPLITS
from envs.airspace.simulation.flying import Airspace, Episodes, fly
from envs.ground.policy import Policy
from pipeline.learning.assignment import Assignment
from pipeline.scenarios.sets import draw_seeds


def solved_share(assignment: Assignment, lesson: int, policy: Policy) -> float:
    """The share of the lesson's examination flown without loss of separation, everyone arriving.

    Its episodes are the same at each examination, drawn as those of validation, so never trained or tested on.
    """
    curriculum = assignment.train.curriculum
    rng = np.random.default_rng([assignment.seed, SPLITS["validation"], lesson])
    episodes = Episodes.drawn(draw_seeds(rng, "validation", curriculum.num_episodes))
    space = Airspace(assignment.lessons[lesson], (), assignment.discount, assignment.performance)
    flown = fly(space, episodes, policy).episodes
    return float((~flown["los"] & flown["all_arrived"]).mean())
