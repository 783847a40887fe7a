"""What to train: everything that a training run is given, and the learner that it begins with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from envs.ground.outcomes import Outcome
from envs.ground.play import Episodes, Space
from envs.ground.rows.normalize import ActiveVecNormalize
from envs.ground.rows.normalize_roles import RoleVecNormalize
from envs.ground.rows.vectorize import SharedPolicyVecEnv
from envs.ground.world import Roles, Simulation
from pipeline.algorithms.learner import Facts, Learner
from pipeline.algorithms.table import make_algorithm
from pipeline.ground.checks import known
from pipeline.ground.paths import PARAMS
from pipeline.learning.records import PLACE, Named, named
from pipeline.learning.self_play import Pool, against, check_opponents, pool_for
from pipeline.scenarios.sets import TrainingSets
from pipeline.settings.train import Train
from pipeline.settings.worlds import lesson_settings, training_settings, validation_settings


@dataclass(frozen=True)
class Assignment:
    """What to train: settings, seed, the scenarios to train on (none: drawn episodes), and what to validate on.

    Attributes:
        settings: of the simulation as it is.
        validated_in: of the one in which training tells which weights are best.
        trained_in: of the one that it is trained in, once there are no more lessons.
        lessons: of those before, one after the other.
        pool: who has the other teams while one learns; None: the learner has all.
    """

    train: Train
    simulation: Simulation
    settings: Any
    validated_in: Any
    trained_in: Any
    seed: int
    scenarios: tuple[Any, ...]
    validation: Episodes
    lessons: tuple[Any, ...] = ()
    pool: Pool | None = None

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """What the world's episodes end with."""
        return self.simulation.outcomes(self.settings)

    @property
    def space(self) -> Space:
        """What the policy is validated in."""
        return Space(self.simulation, self.validated_in, self.scenarios, self.discount)

    def worlds(self, lesson: int) -> SharedPolicyVecEnv:
        """New worlds of a lesson, counted from 0, or after the last one those of training; all with equally many rows.

        Raises:
            ValueError: whatever the world refuses.
        """
        played_in = (*self.lessons, self.trained_in)
        worlds = self.simulation.vectorized(
            played_in[lesson],
            self.train.num_worlds,
            seed=self.seed,
            scenarios=self.scenarios,
            discount=self.discount,
            room=max(self.simulation.room(settings) for settings in played_in) if self.lessons else 0,
            num_processes=self.train.num_processes,
        )
        return worlds if self.pool is None else against(self.pool, worlds)

    @property
    def discount(self) -> float:
        """The learner's gamma.

        Raises:
            ValueError: the hyperparameters do not say.
        """
        if "gamma" not in self.train.hyperparameters:
            raise ValueError(f"preset {self.train.preset}: gamma is missing, wanted a number from 0 to 1")
        return float(self.train.hyperparameters["gamma"])


def assign(train: Train, simulation: Simulation, settings: Any, seed: int, sets: TrainingSets) -> Assignment:
    """Training with these settings, on what the stage scenarios wrote.

    Raises:
        ValueError: train.traffic names an unknown scenario, train.simulation changes what it may not, or
            train.self_play asks for what the world does not have.
    """
    trained_in = training_settings(simulation, settings, train, str(PARAMS))
    return Assignment(
        train,
        simulation,
        settings,
        validation_settings(simulation, settings, train, str(PARAMS)),
        trained_in,
        seed,
        training_scenarios(train, sets),
        validation_episodes(train, seed, sets),
        lesson_settings(simulation, settings, train, str(PARAMS)),
        pool_for(train.self_play, simulation, trained_in, seed),
    )


def training_scenarios(settings: Train, sets: TrainingSets) -> tuple[Any, ...]:
    """The scenarios named in train.traffic; none where episodes are drawn.

    Raises:
        ValueError: an unknown name.
    """
    if settings.traffic == "procedural":
        return ()
    return tuple(sets.named[known(name, sets.named, f"{PARAMS}: train.traffic")] for name in settings.traffic)


def validation_episodes(settings: Train, seed: int, sets: TrainingSets) -> Episodes:
    """What policies are validated on: drawn episodes, or each scenario named in train.traffic once."""
    if settings.validation.episodes == "drawn":
        return Episodes.drawn(sets.drawn["validation"])
    return Episodes.of_scenarios(range(len(settings.traffic)), 1, seed)


def make_learner(assignment: Assignment, records_said: str = PLACE) -> Learner:
    """The learner that it asks for, on worlds of its own (of the first lesson, if any), before its first step.

    Args:
        records_said: file and key that name the records it learns from, if any.

    Raises:
        ParamsError: records that are not there, not whole, or of another world.
        ValueError: an observation that learners do not take, no roles that could have a policy each, hyperparameters
            that the algorithm refuses, gradients that cannot be compiled, a learner that cannot be its own opponent, or
            settings that would do nothing.
    """
    train = assignment.train
    refused = assignment.simulation.refuses_to_learn(assignment.settings)
    if refused:
        raise ValueError(refused)
    roles, records = _roles(assignment), named(train, records_said)
    _refuse_what_would_do_nothing(train, records)
    recorded = records.read(assignment.simulation, assignment.settings) if records else None
    normalized = partial(RoleVecNormalize, roles=roles) if roles else ActiveVecNormalize
    venv = normalized(
        assignment.worlds(0),
        norm_obs=train.normalize_observation,
        norm_reward=train.normalize_reward,
        gamma=assignment.discount,
    )
    learner = make_algorithm(
        train.algorithm,
        train.hyperparameters,
        venv,
        assignment.seed,
        Facts.of(assignment.simulation, assignment.settings, roles=roles, recorded=recorded),
        device=train.device,
        gradient=train.gradient,
    )
    if assignment.pool is not None:
        check_opponents(train.algorithm, learner.actor())
    return learner


def _refuse_what_would_do_nothing(train: Train, records: Named | None) -> None:
    if records is not None and records.alone:
        for key, given in (("self_play", train.self_play), ("curriculum.lessons", train.curriculum.lessons)):
            if given:
                raise ValueError(f"train.{key}: got {train.algorithm}, which learns in no world, wanted none")
    if train.self_play is not None and train.hyperparameters.get("critic_sees") == "world":
        wish = "wanted own or team: rows of opponents are not shown"
        raise ValueError(f"train.hyperparameters.critic_sees: got world with train.self_play, {wish}")


def _roles(assignment: Assignment) -> Roles | None:
    """The roles that have a policy each; None: all agents share one."""
    if assignment.train.share == "all":
        return None
    roles = assignment.simulation.roles(assignment.settings)
    if roles is None:
        raise ValueError("train.share: got role, wanted all: the agents of this world have one role")
    return roles
