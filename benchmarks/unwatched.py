"""Training as params.yaml has it, but that nobody validates, examines or logs."""

from __future__ import annotations

from envs.ground.doors import simulation
from envs.ground.play import Episodes
from pipeline.algorithms.learner import Learner
from pipeline.ground.paths import PARAMS
from pipeline.learning.assignment import Assignment, make_learner
from pipeline.settings.params import Params, train_settings
from pipeline.settings.worlds import simulation_settings, training_settings


def unwatched(params: Params, seed: int, world: str = "airspace") -> tuple[Assignment, Learner]:
    """The first policy's assignment, and its learner.

    Raises:
        ValueError: there are lessons, which end only where somebody examines.
    """
    train, nothing = train_settings(params, world, next(iter(params.policies))), Episodes.of_scenarios([], 1, 0)
    if train.curriculum.lessons:
        raise ValueError(f"{PARAMS}: train.curriculum.lessons: wanted none, for nobody examines here")
    room, settings = simulation(world), simulation_settings(params, world)
    trained_in = training_settings(room, settings, train)
    assignment = Assignment(train, room, settings, settings, trained_in, seed, (), nothing)
    return assignment, make_learner(assignment)
