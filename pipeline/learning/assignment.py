"""What to train: everything that a training run is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from envs.airspace.simulation.flying import Episodes
from envs.airspace.simulation.performance import aircraft_type
from envs.airspace.simulation.rules import Performance
from envs.airspace.simulation.scenario import Scenario
from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground.vectorize import SharedPolicyVecEnv, vectorize
from pipeline.ground.checks import known
from pipeline.ground.paths import PARAMS
from pipeline.scenarios.sets import ScenarioSets
from pipeline.settings.params import lesson_airspaces, training_airspace
from pipeline.settings.train import Train


@dataclass(frozen=True)
class Assignment:
    """What to train: settings, seed, the scenarios to train on (none: procedural traffic), and what to validate on.

    Attributes:
        airspace: what the policy is validated in.
        training_airspace: what it is trained in, once there are no more lessons.
        lessons: what it is trained in before, one after the other.
    """

    train: Train
    airspace: AirspaceSettings
    training_airspace: AirspaceSettings
    seed: int
    traffic: tuple[Scenario, ...]
    validation: Episodes
    performance: Performance
    lessons: tuple[AirspaceSettings, ...] = ()

    def worlds(self, lesson: int) -> SharedPolicyVecEnv:
        """New worlds of a lesson, counted from 0, or after the last one those of training; all with equally many rows.

        Raises:
            ValueError: an environment that there is not.
        """
        airspaces = (*self.lessons, self.training_airspace)
        settings: dict[str, Any] = airspaces[lesson].model_dump(mode="json")
        settings |= {"scenarios": self.traffic, "discount": self.discount, "performance": self.performance}
        if self.lessons:
            settings["min_slots"] = max(airspace.most_drawn for airspace in airspaces)
        return vectorize(self.train.environment, settings, self.train.num_worlds, self.seed)

    @property
    def discount(self) -> float:
        """The learner's gamma.

        Raises:
            ValueError: the hyperparameters do not say.
        """
        if "gamma" not in self.train.hyperparameters:
            raise ValueError(f"preset {self.train.preset}: gamma is missing, wanted a number from 0 to 1")
        return float(self.train.hyperparameters["gamma"])


def assign(settings: Train, airspace: AirspaceSettings, seed: int, sets: ScenarioSets) -> Assignment:
    """Training with these settings, on what the stage scenarios wrote.

    Raises:
        ValueError: train.traffic names an unknown scenario, or train.airspace changes what it may not.
    """
    traffic, validation = training_scenarios(settings, sets), Episodes.drawn(sets.drawn["validation"])
    trained_in = training_airspace(airspace, settings, str(PARAMS))
    lessons = lesson_airspaces(airspace, settings, str(PARAMS))
    return Assignment(settings, airspace, trained_in, seed, traffic, validation, aircraft_type, lessons)


def training_scenarios(settings: Train, sets: ScenarioSets) -> tuple[Scenario, ...]:
    """The scenarios named in train.traffic; none for procedural traffic.

    Raises:
        ValueError: an unknown name.
    """
    if settings.traffic == "procedural":
        return ()
    return tuple(sets.named[known(name, sets.named, f"{PARAMS}: train.traffic")] for name in settings.traffic)
