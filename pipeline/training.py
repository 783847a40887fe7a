"""Trains one shared policy: evaluates as it goes, keeps the safest, and goes on exactly where it was stopped."""

from __future__ import annotations

import random
import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger

from envs.airspace.batch import set_num_threads
from envs.airspace.rules import Performance
from envs.airspace.scenario import Scenario
from envs.airspace.settings import AirspaceSettings
from envs.vectorize import ActiveVecNormalize, vectorize
from pipeline.algorithms import make_algorithm
from pipeline.checkpoint import Checkpoint, digest_weights
from pipeline.deployed import DeployedNetwork, Normalization, TorchPolicy
from pipeline.flying import Airspace, Episodes, fly
from pipeline.on_policy import SharedOnPolicy
from pipeline.params import Train
from pipeline.progress import TrainingProgress
from pipeline.tracking import Run


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


class Stopped(Exception):  # noqa: N818 - a wish, not an error
    """Training ends here: it was asked to stop, or has nothing left to learn."""


@dataclass
class History:
    """What a run remembers between iterations."""

    curve: list[dict[str, float]] = field(default_factory=list)
    best_score: tuple[float, float, float] | None = None
    best_weights: dict[str, torch.Tensor] = field(default_factory=dict)
    best_normalization: Normalization | None = None
    best_step: int = 0
    flawless: int = 0
    next_evaluation: int = 0
    next_checkpoint: int = 0
    seconds: float = 0.0
    resumed: int = 0
    run_id: str = ""


@dataclass(frozen=True)
class Trained:
    """What came of it: the learner with its best weights, and its history."""

    model: SharedOnPolicy
    history: History
    stopped_because: str

    def summary(self) -> dict[str, Any]:
        """Figures of the run, as plain values."""
        history, best = self.history, self.history.best_score
        assert best is not None
        return {
            "agent_steps": self.model.num_timesteps,
            "seconds": round(history.seconds, 1),
            "agent_steps_per_second": round(self.model.num_timesteps / max(history.seconds, 1e-9)),
            "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            "stopped_because": self.stopped_because,
            "resumed": history.resumed,
            "best_agent_steps": history.best_step,
            "validation_los_rate": -best[0],
            "validation_arrived_share": best[1],
            "validation_return": best[2],
            "model_hash": digest_weights(history.best_weights),
            "mlflow_run_id": history.run_id,
        }


def train(assignment: Assignment, checkpoint: Checkpoint, progress: TrainingProgress, run: Run) -> Trained:
    """Train to the end, going on from `checkpoint` where it holds a state.

    Raises:
        KeyboardInterrupt: stopped by Ctrl-C or SIGTERM, after saving a checkpoint.
        ValueError: the checkpoint cannot be read, or the algorithm refuses its hyperparameters.
    """
    torch.set_num_threads(assignment.train.torch_threads)
    set_num_threads(assignment.train.environment_threads)
    model = _make_model(assignment)
    model.set_logger(Logger(folder=None, output_formats=[run.writer]))
    with _signals() as asked_to_stop:
        supervisor = Supervisor(assignment, checkpoint, progress, run, asked_to_stop)
        state = checkpoint.load()
        if state is not None:
            supervisor.restore(model, state)
            progress.say(f"goes on from {model.num_timesteps:,} agent-steps ({checkpoint.file})")
        reason = _learn(model, supervisor, assignment.train.total_timesteps)
    history = supervisor.history
    if reason == "":
        raise KeyboardInterrupt
    model.policy.load_state_dict(history.best_weights)
    return Trained(model, history, reason)


def _make_model(assignment: Assignment) -> SharedOnPolicy:
    train = assignment.train
    settings: dict[str, Any] = assignment.airspace.model_dump(mode="json")
    settings |= {
        "scenarios": assignment.traffic,
        "discount": assignment.discount,
        "performance": assignment.performance,
    }
    venv = ActiveVecNormalize(
        vectorize(train.environment, settings, train.num_worlds, assignment.seed),
        norm_obs=train.normalize_observation,
        norm_reward=train.normalize_reward,
        gamma=assignment.discount,
    )
    return make_algorithm(train.algorithm, train.hyperparameters, venv, assignment.seed)


def _learn(model: SharedOnPolicy, supervisor: Supervisor, total: int) -> str:
    """Learn until the end; returns why it ended, or '' where it was asked to stop."""
    try:
        if model.num_timesteps < total:
            model.learn(total - model.num_timesteps, callback=supervisor, reset_num_timesteps=False)
        supervisor.evaluate()
    except Stopped as stopped:
        return str(stopped)
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


class Supervisor(BaseCallback):
    """Between two iterations: evaluate, keep the best, save, and stop where that is wanted.

    Everything it decides depends on step counts and results, never on the clock.
    """

    model: SharedOnPolicy

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
        self._airspace = Airspace(assignment.airspace, assignment.traffic, assignment.discount, assignment.performance)
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
        if done >= history.next_evaluation:
            self.evaluate()
        if self._asked_to_stop():
            self._save()
            self.progress.say(f"stopped at {done:,} agent-steps; run the same again to go on from there")
            raise Stopped("")
        if done >= history.next_checkpoint:
            history.next_checkpoint = done + self.assignment.train.checkpoint_every_timesteps
            self._save()

    def _on_step(self) -> bool:
        return True

    def evaluate(self) -> None:
        """Fly the validation episodes without noise, remember the best policy, and stop after enough flawless ones."""
        history, validation = self.history, self.assignment.train.validation
        done = self.model.num_timesteps
        if history.curve and history.curve[-1]["agent_steps"] == done:
            return
        normalization = Normalization.of(self.model.env)  # type: ignore[arg-type]
        network = DeployedNetwork(self.model.policy, normalization)
        episodes = fly(self._airspace, self.assignment.validation, TorchPolicy(network)).episodes
        figures = {
            "los_rate": float(episodes["los"].mean()),
            "arrived_share": float(episodes["arrived_share"].mean()),
            "mean_return": float(episodes["return"].mean()),
            "min_separation_nm": float(episodes["min_separation_nm"].min()),
            "solved_share": float((~episodes["los"] & episodes["all_arrived"]).mean()),
        }
        self._tick()
        history.curve.append({"agent_steps": done, **figures, "seconds": round(history.seconds, 2)})
        self._keep_best(figures, normalization)
        history.next_evaluation = done + validation.every_timesteps
        self.run.metrics({f"validation/{name}": value for name, value in figures.items()}, done)
        self.progress.evaluated(done, figures["los_rate"], figures["arrived_share"], history.seconds)
        history.flawless = history.flawless + 1 if figures["solved_share"] == 1.0 else 0
        if history.flawless >= validation.flawless_to_stop:
            raise Stopped(f"{history.flawless} flawless evaluations in a row")

    def _keep_best(self, figures: dict[str, float], normalization: Normalization | None) -> None:
        """Safety first: LoS rate, then arrivals, then return."""
        score = (-figures["los_rate"], figures["arrived_share"], figures["mean_return"])
        if self.history.best_score is None or score > self.history.best_score:
            weights = self.model.policy.state_dict()
            self.history.best_weights = {name: tensor.detach().clone() for name, tensor in weights.items()}
            self.history.best_score, self.history.best_step = score, self.model.num_timesteps
            self.history.best_normalization = normalization

    def _tick(self) -> None:
        now = time.monotonic()
        self.history.seconds, self._since = self.history.seconds + now - self._since, now

    def _save(self) -> None:
        self._tick()
        model = self.model
        assert isinstance(model.env, ActiveVecNormalize)
        state = {
            "parameters": model.get_parameters(),
            "counters": {name: getattr(model, name) for name in ("num_timesteps", "_n_updates")},
            "last": (model._last_obs, model._last_original_obs, model._last_episode_starts),
            "worlds": model.env.state(),
            "generators": _get_generators(),
            "history": asdict(self.history) | {"best_normalization": self.history.best_normalization},
        }
        self.checkpoint.save(state)

    def restore(self, model: SharedOnPolicy, state: dict[str, Any]) -> None:
        """Put `model` and this history back where `state` was saved."""
        assert isinstance(model.env, ActiveVecNormalize)
        model.set_parameters(state["parameters"], exact_match=True)
        for name, value in state["counters"].items():
            setattr(model, name, value)
        model.env.reset()
        model.env.restore(state["worlds"])
        model._last_obs, model._last_original_obs, model._last_episode_starts = state["last"]
        self.history = History(**state["history"])
        self.history.resumed += 1
        self.history.run_id = self.run.run_id
        self._generators = state["generators"]


def _get_generators() -> dict[str, Any]:
    return {"torch": torch.get_rng_state(), "numpy": np.random.get_state(), "python": random.getstate()}


def _set_generators(state: dict[str, Any]) -> None:
    torch.set_rng_state(state["torch"])
    np.random.set_state(state["numpy"])
    random.setstate(state["python"])
