"""Lessons that come before what is to be learned: how many of a lesson's episodes does the policy solve?"""

from __future__ import annotations

import numpy as np

from envs.ground.outcomes import solved
from envs.ground.play import Episodes, Space, play
from envs.ground.policy import Policy
from envs.ground.world import SPLITS
from pipeline.learning.assignment import Assignment
from pipeline.scenarios.sets import draw_seeds


def solved_share(assignment: Assignment, lesson: int, policy: Policy) -> float:
    """The share of the lesson's examination that is solved.

    Its episodes are the same at each examination, drawn as those of validation, so never trained or tested on.
    """
    curriculum = assignment.train.curriculum
    rng = np.random.default_rng([assignment.seed, SPLITS["validation"], lesson])
    episodes = Episodes.drawn(draw_seeds(rng, "validation", curriculum.num_episodes))
    space = Space(assignment.simulation, assignment.lessons[lesson], (), assignment.discount)
    played = play(space, episodes, policy).episodes
    return float(solved(played, assignment.outcomes).mean())
