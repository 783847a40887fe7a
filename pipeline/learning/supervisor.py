"""Watches over training between iterations: evaluates, keeps the best policy, saves, and stops."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch

from envs.ground.outcomes import means, preference
from envs.ground.play import play
from pipeline.algorithms.learner import Learner
from pipeline.ground import files
from pipeline.ground.paths import CURVE
from pipeline.ground.progress import TrainingProgress
from pipeline.learning.assignment import Assignment
from pipeline.learning.checkpoint import Checkpoint
from pipeline.learning.curriculum import solved_share
from pipeline.policies.deployed import TorchPolicy
from pipeline.policies.network import DeployedNetwork
from pipeline.policies.network_values import as_values

if TYPE_CHECKING:
    from pipeline.tracking.recording import Run


class Stopped(Exception):  # noqa: N818 - a wish, not an error
    """Training ends here: it was asked to stop, or has nothing left to learn."""


class DivergenceError(ValueError):
    """Training came to weights that are infinite or not a number; there is no way on from them."""


@dataclass
class History:
    """What a run remembers between iterations."""

    curve: list[dict[str, float]] = field(default_factory=list)
    best_score: tuple[float, float] | None = None
    best_figures: dict[str, float] = field(default_factory=dict)
    best_network: dict[str, Any] = field(default_factory=dict)
    best_inheritance: dict[str, Any] = field(default_factory=dict)
    best_step: int = 0
    ages: dict[int, dict[str, Any]] = field(default_factory=dict)
    flawless: int = 0
    no_better: int = 0
    begun_with: dict[str, Any] = field(default_factory=dict)
    records: dict[str, Any] = field(default_factory=dict)
    next_evaluation: int = 0
    next_checkpoint: int = 0
    next_examination: int = 0
    lessons_ended: list[int] = field(default_factory=list)
    seconds: float = 0.0
    resumed: int = 0
    run_id: str = ""


class Supervisor:
    """Between two iterations: evaluate, keep the best, go on to the next lesson, save, and stop where that is wanted.

    Called with the learner, as Learner.learn does. Everything it decides depends on step counts and results, never on
    the clock.
    """

    def __init__(
        self,
        assignment: Assignment,
        checkpoint: Checkpoint,
        progress: TrainingProgress,
        run: Run,
        asked_to_stop: Callable[[], bool],
    ) -> None:
        """Watch over one training run."""
        self.assignment, self.checkpoint, self.progress, self.run = assignment, checkpoint, progress, run
        self.history = History(next_checkpoint=assignment.train.checkpoint_every_timesteps, run_id=run.run_id)
        self._asked_to_stop = asked_to_stop
        self._saved_at: int | None = None
        self._since = time.monotonic()
        self._generators: dict[str, Any] | None = None

    def __call__(self, learner: Learner) -> None:
        """The boundary between two iterations, where the whole state lies in few places."""
        if self._generators is not None:
            _set_generators(self._generators)
            self._generators = None
        done, history = learner.num_timesteps, self.history
        self.progress.advance(done)
        self._check_weights(learner)
        if self.assignment.pool is not None:
            self.assignment.pool.meet(done, learner.actor())
        if done >= history.next_evaluation:
            self.evaluate(learner)
        if len(history.lessons_ended) < len(self.assignment.lessons) and done >= history.next_examination:
            self._examine(learner)
        if self._asked_to_stop():
            self._save(learner)
            self.progress.say(f"stopped at {done:,} agent-steps; run the same again to go on from there")
            raise Stopped("")
        if done >= history.next_checkpoint:
            history.next_checkpoint = done + self.assignment.train.checkpoint_every_timesteps
            self._save(learner)

    def _check_weights(self, learner: Learner) -> None:
        """Raise DivergenceError where a weight is infinite or not a number."""
        if not all(torch.isfinite(weights).all() for weights in learner.weights().values()):
            raise DivergenceError(
                f"train.hyperparameters: diverged, after {learner.num_timesteps:,} agent-steps a weight is infinite or "
                "not a number; wanted a smaller learning_rate, perhaps"
            )

    def evaluate(self, learner: Learner) -> None:
        """Play the validation episodes without noise, remember the best policy, and stop after enough flawless ones."""
        history, validation = self.history, self.assignment.train.validation
        done = learner.num_timesteps
        self._check_weights(learner)
        if history.curve and history.curve[-1]["agent_steps"] == done:
            return
        actor = learner.actor()
        episodes = play(self.assignment.space, self.assignment.validation, TorchPolicy(actor)).episodes
        figures = means(episodes, self.assignment.outcomes)
        self._tick()
        history.flawless = history.flawless + 1 if figures.get("solved_share") == 1.0 else 0
        self._keep_best(figures, learner, actor)
        self._add_to_curve(figures, episodes, learner)
        history.next_evaluation = done + validation.every_timesteps
        self.progress.evaluated(done, figures, self.assignment.outcomes)
        if history.flawless >= validation.flawless_to_stop:
            raise Stopped(f"{history.flawless} flawless evaluations in a row")
        if validation.patience is not None and history.no_better >= validation.patience:
            raise Stopped(f"{history.no_better} evaluations in a row without a better one")

    def _add_to_curve(self, figures: dict[str, float], episodes: pd.DataFrame, learner: Learner) -> None:
        """Tell what validation and training came to, in the curve, its file and MLflow."""
        history, done = self.history, learner.num_timesteps
        returns = episodes["return"]
        told = figures | {
            "least_return": float(returns.min()),
            "largest_return": float(returns.max()),
            "mean_length": float(episodes["steps"].mean()),
            "flawless": float(history.flawless),
        }
        ended = learner.episodes()
        self.progress.learned(ended)
        trained = {f"training_{name}": ended.get(name, float("nan")) for name in ("return", "length")}
        steps = {"agent_steps": done, "world_steps": learner.world_steps}
        history.curve.append({**steps, **told, **trained, "seconds": round(history.seconds, 2)})
        files.write_csv(self.checkpoint.folder / CURVE, pd.DataFrame(history.curve))
        metrics = {f"validation/{name}": value for name, value in told.items()}
        metrics |= {name.replace("_", "/", 1): value for name, value in trained.items()}
        self.run.metrics(metrics | {"training/world_steps": float(learner.world_steps)}, done)

    def _examine(self, learner: Learner) -> None:
        """Once enough of this lesson is solved, go on to the next, or after the last to what is to be learned."""
        history, curriculum = self.history, self.assignment.train.curriculum
        done = learner.num_timesteps
        lesson, num_lessons = len(history.lessons_ended), len(curriculum.lessons)
        share = solved_share(self.assignment, lesson, TorchPolicy(learner.actor()))
        self.run.metrics({"curriculum/lesson": lesson + 1, "curriculum/solved_share": share}, done)
        history.next_examination = done + curriculum.every_timesteps
        if share >= curriculum.lessons[lesson].solved_share:
            history.lessons_ended.append(done)
            learner.move_to(self.assignment.worlds(lesson + 1))
            words = f"lesson {lesson + 1} of {num_lessons} ended, {share:.1%} of its examination solved"
            self.progress.say(f"{words} after {done:,} agent-steps")

    def _keep_best(self, figures: dict[str, float], learner: Learner, actor: DeployedNetwork) -> None:
        history, score = self.history, preference(figures, self.assignment.outcomes)
        most = self.assignment.train.keep_policies
        if most:
            aged = history.ages | {learner.num_timesteps: as_values(actor)}
            history.ages = dict(list(aged.items())[-most:])
        history.no_better += 1
        if history.best_score is None or score > history.best_score:
            history.best_network, history.best_inheritance = as_values(actor), learner.inheritance()
            history.best_score, history.best_figures = score, figures
            history.best_step, history.no_better = learner.num_timesteps, 0

    def _tick(self) -> None:
        now = time.monotonic()
        self.history.seconds, self._since = self.history.seconds + now - self._since, now

    def _save(self, learner: Learner) -> None:
        self._tick()
        state = {"learner": learner.state(), "generators": _get_generators(), "history": asdict(self.history)}
        self.checkpoint.save(state)
        self._saved_at = learner.num_timesteps

    def kept(self, learner: Learner) -> str:
        """What is left of a training that ends by a fault."""
        ended = f"training ended after {learner.num_timesteps:,} agent-steps"
        if self._saved_at is None:
            return f"{ended}, before its first checkpoint (train.checkpoint_every_timesteps)"
        return f"{ended}; run the same again to go on from {self._saved_at:,} ({self.checkpoint.file})"

    def restore(self, learner: Learner, state: dict[str, Any]) -> None:
        """Put `learner` and this history back where `state` was saved."""
        self.history = History(**state["history"])
        if self.history.lessons_ended:
            learner.move_to(self.assignment.worlds(len(self.history.lessons_ended)))
        learner.restore(state["learner"])
        self._saved_at = learner.num_timesteps
        self.history.resumed += 1
        self.history.run_id = self.run.run_id
        self._generators = state["generators"]


def _get_generators() -> dict[str, Any]:
    return {"torch": torch.get_rng_state(), "numpy": np.random.get_state(), "python": random.getstate()}


def _set_generators(state: dict[str, Any]) -> None:
    torch.set_rng_state(state["torch"])
    np.random.set_state(state["numpy"])
    random.setstate(state["python"])
