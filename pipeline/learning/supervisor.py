"""Watches over training between iterations: evaluates, keeps the best policy, saves, and stops."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch
from stable_baselines3.common.callbacks import BaseCallback

from envs.ground.outcomes import means, preference
from envs.ground.play import play
from pipeline.algorithms.learner import Learner
from pipeline.ground.progress import TrainingProgress
from pipeline.learning.assignment import Assignment
from pipeline.learning.checkpoint import Checkpoint
from pipeline.learning.curriculum import solved_share
from pipeline.policies.deployed import TorchPolicy
from pipeline.policies.network import Normalization, deploy
from pipeline.tracking.runs import Run


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
    best_weights: dict[str, torch.Tensor] = field(default_factory=dict)
    best_normalization: Normalization | None = None
    best_step: int = 0
    flawless: int = 0
    next_evaluation: int = 0
    next_checkpoint: int = 0
    next_examination: int = 0
    lessons_ended: list[int] = field(default_factory=list)
    seconds: float = 0.0
    resumed: int = 0
    run_id: str = ""


class Supervisor(BaseCallback):
    """Between two iterations: evaluate, keep the best, go on to the next lesson, save, and stop where that is wanted.

    Everything it decides depends on step counts and results, never on the clock.
    """

    model: Learner

    def __init__(
        self,
        assignment: Assignment,
        checkpoint: Checkpoint,
        progress: TrainingProgress,
        run: Run,
        asked_to_stop: Callable[[], bool],
    ) -> None:
        """Watch over one training run."""
        super().__init__()
        self.assignment, self.checkpoint, self.progress, self.run = assignment, checkpoint, progress, run
        self.history = History(next_checkpoint=assignment.train.checkpoint_every_timesteps, run_id=run.run_id)
        self._asked_to_stop = asked_to_stop
        self._since = time.monotonic()
        self._generators: dict[str, Any] | None = None

    def _on_training_start(self) -> None:
        if self._generators is not None:
            _set_generators(self._generators)
            self._generators = None

    def _on_rollout_start(self) -> None:
        """The boundary between two iterations, where the whole state lies in few places."""
        done, history = self.model.num_timesteps, self.history
        self.progress.advance(done)
        self._check_weights(done)
        if done >= history.next_evaluation:
            self.evaluate()
        if len(history.lessons_ended) < len(self.assignment.lessons) and done >= history.next_examination:
            self._examine(done)
        if self._asked_to_stop():
            self._save()
            self.progress.say(f"stopped at {done:,} agent-steps; run the same again to go on from there")
            raise Stopped("")
        if done >= history.next_checkpoint:
            history.next_checkpoint = done + self.assignment.train.checkpoint_every_timesteps
            self._save()

    def _on_step(self) -> bool:
        return True

    def _check_weights(self, done: int) -> None:
        """Raise DivergenceError where a weight is infinite or not a number."""
        weights = torch.nn.utils.parameters_to_vector(self.model.policy.parameters())
        if not torch.isfinite(weights).all():
            raise DivergenceError(
                f"train.hyperparameters: diverged, after {done:,} agent-steps a weight is infinite or not a number; "
                "wanted a smaller learning_rate, perhaps"
            )

    def evaluate(self) -> None:
        """Play the validation episodes without noise, remember the best policy, and stop after enough flawless ones."""
        history, validation = self.history, self.assignment.train.validation
        done = self.model.num_timesteps
        self._check_weights(done)
        if history.curve and history.curve[-1]["agent_steps"] == done:
            return
        normalization = Normalization.of(self.model.env)  # type: ignore[arg-type]
        episodes = play(self.assignment.space, self.assignment.validation, self._policy(normalization)).episodes
        figures = means(episodes, self.assignment.outcomes)
        self._tick()
        history.curve.append({"agent_steps": done, **figures, "seconds": round(history.seconds, 2)})
        self._keep_best(figures, normalization)
        history.next_evaluation = done + validation.every_timesteps
        self.run.metrics({f"validation/{name}": value for name, value in figures.items()}, done)
        self.progress.evaluated(done, figures, self.assignment.outcomes)
        history.flawless = history.flawless + 1 if figures.get("solved_share") == 1.0 else 0
        if history.flawless >= validation.flawless_to_stop:
            raise Stopped(f"{history.flawless} flawless evaluations in a row")

    def _policy(self, normalization: Normalization | None) -> TorchPolicy:
        commands = self.assignment.simulation.commands(self.assignment.settings)
        return TorchPolicy(deploy(self.model.policy, normalization, commands))

    def _examine(self, done: int) -> None:
        """Once enough of this lesson is solved, go on to the next, or after the last to what is to be learned."""
        history, curriculum = self.history, self.assignment.train.curriculum
        lesson, num_lessons = len(history.lessons_ended), len(curriculum.lessons)
        share = solved_share(self.assignment, lesson, self._policy(Normalization.of(self.model.env)))  # type: ignore[arg-type]
        self.run.metrics({"curriculum/lesson": lesson + 1, "curriculum/solved_share": share}, done)
        history.next_examination = done + curriculum.every_timesteps
        if share >= curriculum.lessons[lesson].solved_share:
            history.lessons_ended.append(done)
            self.model.move_to(self.assignment.worlds(lesson + 1))
            words = f"lesson {lesson + 1} of {num_lessons} ended, {share:.1%} of its examination solved"
            self.progress.say(f"{words} after {done:,} agent-steps")

    def _keep_best(self, figures: dict[str, float], normalization: Normalization | None) -> None:
        score = preference(figures, self.assignment.outcomes)
        if self.history.best_score is None or score > self.history.best_score:
            weights = self.model.policy.state_dict()
            self.history.best_weights = {name: tensor.detach().clone() for name, tensor in weights.items()}
            self.history.best_score, self.history.best_figures = score, figures
            self.history.best_step = self.model.num_timesteps
            self.history.best_normalization = normalization

    def _tick(self) -> None:
        now = time.monotonic()
        self.history.seconds, self._since = self.history.seconds + now - self._since, now

    def _save(self) -> None:
        self._tick()
        history = asdict(self.history) | {"best_normalization": self.history.best_normalization}
        state = {"learner": self.model.state(), "generators": _get_generators(), "history": history}
        self.checkpoint.save(state)

    def restore(self, model: Learner, state: dict[str, Any]) -> None:
        """Put `model` and this history back where `state` was saved."""
        self.history = History(**state["history"])
        if self.history.lessons_ended:
            model.move_to(self.assignment.worlds(len(self.history.lessons_ended)))
        model.restore(state["learner"])
        self.history.resumed += 1
        self.history.run_id = self.run.run_id
        self._generators = state["generators"]


def _get_generators() -> dict[str, Any]:
    return {"torch": torch.get_rng_state(), "numpy": np.random.get_state(), "python": random.getstate()}


def _set_generators(state: dict[str, Any]) -> None:
    torch.set_rng_state(state["torch"])
    np.random.set_state(state["numpy"])
    random.setstate(state["python"])
