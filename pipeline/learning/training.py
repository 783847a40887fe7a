"""Trains one shared policy, going on exactly where it was stopped."""

from __future__ import annotations

import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from envs.ground.any_environment.faults import EnvironmentFault
from envs.ground.outcomes import Outcome, shortfall
from pipeline.algorithms.learner import Learner
from pipeline.ground.digests import digest_weights
from pipeline.ground.progress import TrainingProgress
from pipeline.ground.threads import set_threads
from pipeline.learning.assignment import Assignment, make_learner
from pipeline.learning.beginning import PLACE, begin
from pipeline.learning.checkpoint import Checkpoint
from pipeline.learning.records import told_of
from pipeline.learning.supervisor import History, Stopped, Supervisor

if TYPE_CHECKING:
    from pipeline.tracking.recording import Run

_COUNTS_IN = 1 if sys.platform == "darwin" else 1024
"""Bytes that the system's figure of memory is in: macOS counts each, Linux KiB."""


def peak_memory_mb() -> int:
    """The most memory that this process has held, in MiB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _COUNTS_IN / 2**20)


@dataclass(frozen=True)
class Trained:
    """What came of it: the learner with its best weights, and its history."""

    learner: Learner
    history: History
    stopped_because: str
    outcomes: tuple[Outcome, ...]

    def summary(self) -> dict[str, Any]:
        """Figures of the run, as plain values."""
        history, best = self.history, self.history.best_figures
        return {
            "agent_steps": self.learner.num_timesteps,
            "seconds": round(history.seconds, 1),
            "agent_steps_per_second": round(self.learner.num_timesteps / max(history.seconds, 1e-9)),
            "peak_memory_mb": peak_memory_mb(),
            "device": self.learner.device,
            "gradient": self.learner.gradient,
            "stopped_because": self.stopped_because,
            "resumed": history.resumed,
            "begun_with": history.begun_with,
            "records": history.records,
            "lessons_ended": history.lessons_ended,
            "best_agent_steps": history.best_step,
            "validation": best | {"shortfall": shortfall(best, self.outcomes)},
            "model_hash": digest_weights(history.best_inheritance["weights"]),
            "mlflow_run_id": history.run_id,
        }


def train(assignment: Assignment, checkpoint: Checkpoint, progress: TrainingProgress, run: Run) -> Trained:
    """Train to the end, going on from `checkpoint` where it holds a state.

    Raises:
        KeyboardInterrupt: stopped by Ctrl-C or SIGTERM, after saving a checkpoint.
        ValueError: the checkpoint cannot be read, or the algorithm refuses its hyperparameters.
        EnvironmentFault: the environment raised, or returned what it may not; with what is kept of the training.
        DivergenceError: a weight became infinite or not a number.
    """
    set_threads(assignment.simulation, assignment.train.torch_threads, assignment.train.environment_threads)
    with closing(make_learner(assignment)) as learner, _signals() as asked_to_stop:
        learner.log_to(run.for_later)
        supervisor = Supervisor(assignment, checkpoint, progress, run, asked_to_stop)
        supervisor.history.begun_with = begin(learner, assignment.train.begin_with, PLACE)
        supervisor.history.records = told_of(assignment.train)
        state = checkpoint.load()
        if state is not None:
            supervisor.restore(learner, state)
            progress.say(f"goes on from {learner.num_timesteps:,} agent-steps ({checkpoint.file})")
        elif assignment.train.begin_with is not None:
            fitted = ", ".join(supervisor.history.begun_with["fitted"])
            progress.say(f"begins with {fitted} of {supervisor.history.begun_with['folder']}")
        reason = _learn(learner, supervisor, assignment.train.total_timesteps)
    history = supervisor.history
    if reason == "":
        raise KeyboardInterrupt
    ended, lessons = len(history.lessons_ended), len(assignment.lessons)
    if ended < lessons:
        reason += f", in lesson {ended + 1} of {lessons}"
    learner.load_weights(history.best_inheritance["weights"])
    return Trained(learner, history, reason, assignment.outcomes)


def _learn(learner: Learner, supervisor: Supervisor, total: int) -> str:
    """Learn until the end; returns why it ended, or '' where it was asked to stop."""
    try:
        learner.learn(total, supervisor)
        supervisor.evaluate(learner)
    except Stopped as stopped:
        return str(stopped)
    except EnvironmentFault as fault:
        raise EnvironmentFault(f"{fault}; {supervisor.kept(learner)}") from fault
    return f"all {total:,} agent-steps done"


@contextmanager
def _signals() -> Iterator[Callable[[], bool]]:
    """Turn the first Ctrl-C or SIGTERM into a wish to stop; the second one acts at once."""
    wishes: list[int] = []

    def wish(number: int, frame: Any) -> None:
        wishes.append(number)
        signal.signal(number, previous[number])

    numbers = (signal.SIGINT, signal.SIGTERM)
    previous: dict[int, Any] = {number: signal.getsignal(number) for number in numbers}
    try:
        for number in numbers:
            signal.signal(number, wish)
        yield lambda: bool(wishes)
    finally:
        for number in numbers:
            signal.signal(number, previous[number])
