"""Tries out parameters of training, trial by trial in this process; a trial that is hopeless ends early."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from envs.ground.doors import simulation
from envs.ground.outcomes import Outcome, shortfall
from envs.ground.world import Simulation
from pipeline.algorithms.table import check_algorithm
from pipeline.ground.paths import PARAMS, checkpoints, training_sets
from pipeline.ground.progress import TrainingProgress, say
from pipeline.learning.assignment import assign
from pipeline.learning.beginning import PLACE, digest_of
from pipeline.learning.checkpoint import Checkpoint, key_of
from pipeline.learning.records import told_of
from pipeline.learning.supervisor import DivergenceError, Stopped
from pipeline.learning.training import train
from pipeline.scenarios.sets import TrainingSets
from pipeline.settings.params import varied_training
from pipeline.settings.search_space import Value
from pipeline.settings.sections import Tune
from pipeline.settings.train import Train
from pipeline.tracking import runs
from pipeline.tuning.study import Study

PRUNED = "pruned"


@dataclass(frozen=True)
class Tuning:
    """What trials depart from."""

    wanted: Tune
    world: str
    train: Train
    settings: Any
    experiment: str
    sets: TrainingSets
    study: Study

    @property
    def simulation(self) -> Simulation:
        """The first room of the world."""
        return simulation(self.world)


class TrialProgress(TrainingProgress):
    """Shows how far a trial is, and ends it where each evaluation's figure says that it is hopeless."""

    def __init__(self, name: str, total: int, hopeless: Callable[[float], bool]) -> None:
        """Show `name` and how many of `total` agent-steps are done; `hopeless` is asked with each figure."""
        super().__init__(name, total)
        self._hopeless = hopeless

    def evaluated(self, done: int, figures: Mapping[str, float], outcomes: Sequence[Outcome]) -> None:
        """Tell the figures of an evaluation at `done` agent-steps.

        Raises:
            Stopped: the trial is not worth going on with.
        """
        super().evaluated(done, figures, outcomes)
        if self._hopeless(shortfall(figures, outcomes)):
            raise Stopped(PRUNED)


def tune(tuning: Tuning) -> None:
    """Run trials until the study has as many as params.yaml wants.

    Raises:
        ValueError: a parameter that training does not know.
        KeyboardInterrupt: stopped; the next run goes on with this trial, from its checkpoint.
    """
    study, wanted = tuning.study, tuning.wanted.trials
    while study.finished() + study.pruned() < wanted:
        asked = study.ask()
        assert asked is not None  # TPE never runs out
        number, point = asked
        figure, facts = try_out(tuning, number, point)
        reason = facts["stopped_because"]
        study.tell(number, figure, facts, pruned=figure is None or reason == PRUNED)
        best = study.table()[0]
        ended = f"{words(point)}: {reason}" if figure is None else f"{words(point)}: {figure:.4g}, {reason}"
        say(f"tune: trial {number} of {wanted}: {ended}; best so far trial {best['trial']}, {best['figure']:.4g}")


def try_out(tuning: Tuning, number: int, point: Mapping[str, Value]) -> tuple[float | None, dict[str, Any]]:
    """Train with the trial's parameters, from its checkpoint where it was cut off.

    Returns:
        The figure that trials are compared by, None where training diverged; and facts to show.
    """
    policy, seed = tuning.wanted.policy, tuning.wanted.seed
    settings = varied_training(tuning.train, point, f"{PARAMS}: tune.space")
    check_algorithm(settings.algorithm, settings.hyperparameters, f"{PARAMS}: tune.space")
    resolved: dict[str, Any] = {"tune": point, "world": tuning.world, "policy": policy, "seed": seed}
    resolved |= {"train": settings.model_dump(mode="json"), "simulation": tuning.settings.model_dump(mode="json")}
    decides = resolved | {"begun_with": digest_of(settings.begin_with, PLACE), "records": told_of(settings)}
    checkpoint, evaluations = Checkpoint(checkpoints(), key_of(decides, training_sets(tuning.world))), count()

    def hopeless(figure: float) -> bool:
        return tuning.study.report(number, next(evaluations), figure)

    tags = {"world": tuning.world, "policy": policy, "seed": str(seed), "trial": str(number)}
    name, total = f"train {tuning.world}/{policy}/tune-{number:03d}", settings.total_timesteps
    with checkpoint.held(), runs.run(tuning.experiment, "tune", tags, checkpoint.run_id()) as run:
        run.params(resolved)
        state = checkpoint.load()
        for row in [] if state is None else state["history"]["curve"]:
            hopeless(shortfall(row, tuning.simulation.outcomes(tuning.settings)))
        try:
            with TrialProgress(name, total, hopeless) as progress:
                assignment = assign(settings, tuning.simulation, tuning.settings, seed, tuning.sets)
                trained = train(assignment, checkpoint, progress, run)
        except DivergenceError as diverged:
            figure, facts = None, {"stopped_because": str(diverged)}
        else:
            found = trained.summary()
            figure = found["validation"]["shortfall"]
            facts = {fact: found[fact] for fact in ("agent_steps", "seconds", "stopped_because")}
        checkpoint.remove()
    return figure, facts


def words(point: Mapping[str, Value]) -> str:
    """Parameters as `dvc exp run -S` takes them."""
    shown = {key: f"{value:.6g}" if isinstance(value, float) else value for key, value in point.items()}
    return " ".join(f"++{key}={value}" for key, value in shown.items())
