"""What to train: everything that a training run is given."""

from __future__ import annotations

from dataclasses import dataclass

from envs.airspace.rules import Performance
from envs.airspace.scenario import Scenario
from envs.airspace.settings import AirspaceSettings
from pipeline.flying import Episodes
from pipeline.params import Train


@dataclass(frozen=True)
class Assignment:
    """What to train: settings, seed, the scenarios to train on (none: procedural traffic), and what to validate on."""

    train: Train
    airspace: AirspaceSettings
    seed: int
    traffic: tuple[Scenario, ...]
    validation: Episodes
    performance: Performance

    @property
    def discount(self) -> float:
        """The learner's gamma.

        Raises:
            ValueError: the hyperparameters do not say.
        """
        if "gamma" not in self.train.hyperparameters:
            raise ValueError(f"preset {self.train.preset}: gamma is missing, wanted a number from 0 to 1")
        return float(self.train.hyperparameters["gamma"])
