"""How much do PettingZoo's tutorials earn, and how fast, by their own recipes and by the presets of params.yaml?

Each side trains with the same budget of agent-steps and the same seeds, and the policy that it ends with plays the same
episodes, taking its likeliest actions. With --validate our policy is the one that validation prefers, as in the stage
train, and the time of validation counts. Each training is a process of its own, the sides in turns. `make environments`
installs what is played.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.tutorial_recipes import RECIPES, Recipe, learner
from envs.ground.doors import simulation
from envs.ground.intervals import mean_interval
from envs.ground.outcomes import means, preference
from envs.ground.play import Episodes, Space, play
from envs.ground.policy import Policy
from envs.ground.steering import ByObservation
from envs.ground.world import Batch
from pipeline.algorithms.learner import Learner
from pipeline.ground.checks import check
from pipeline.ground.paths import PARAMS
from pipeline.ground.threads import set_threads
from pipeline.learning.assignment import Assignment, make_learner
from pipeline.policies.deployed import TorchPolicy
from pipeline.policies.network import DeployedNetwork
from pipeline.scenarios.sets import draw_seeds
from pipeline.settings.params import Params, read_params, train_settings
from pipeline.settings.worlds import drawn_sets, simulation_settings, training_settings, with_preset

WORLD = "pettingzoo"
SIDES = ("theirs", "ours")
CONFIDENCE = 0.95
_NOTHING = Episodes.drawn(np.zeros(0, np.uint64))


@dataclass(frozen=True)
class Trained:
    """A policy, what it plays in, and the agent-steps per second of its training."""

    policy: Policy
    settings: Any
    num_timesteps: int
    rate: float


class Predicting:
    """A learner of Stable-Baselines3 as a policy of uniform rows."""

    memory_size = 0

    def __init__(self, model: Any) -> None:
        self._model = model

    def act(self, obs: np.ndarray, noise: np.ndarray | None, allowed: np.ndarray | None = None) -> np.ndarray:
        """See Policy.act; images are told in 0 .. 1, it wants bytes."""
        space = self._model.observation_space
        rows = np.rint(obs * 255.0) if space.dtype == np.uint8 else obs
        masks = {} if allowed is None else {"action_masks": allowed}
        chosen, _ = self._model.predict(rows.astype(space.dtype).reshape(-1, *space.shape), deterministic=True, **masks)
        return np.asarray(chosen, np.float64).reshape(len(obs), -1)


def theirs(name: str, seed: int, budget: int, device: str) -> Trained:
    """Train as the tutorial does."""
    recipe = RECIPES[name]
    wrappers = [{wrapper.rpartition("_v")[0]: dict(own)} for wrapper, own in recipe.wrappers.items()]
    values = {"module": recipe.module, "arguments": dict(recipe.arguments), "wrappers": wrappers}
    model, started = learner(recipe, seed, device), time.perf_counter()
    model.learn(budget)
    rate = model.num_timesteps / (time.perf_counter() - started)
    return Trained(Predicting(model), check(simulation(WORLD).settings, values, name), model.num_timesteps, rate)


class Validation:
    """Between iterations, as the stage train does: plays episodes apart, and keeps the policy that they prefer."""

    def __init__(self, params: Params, space: Space, every: int) -> None:
        """Play in `space` each `every` agent-steps."""
        num_episodes = drawn_sets(params, WORLD)["validation"].num_episodes
        self._episodes = Episodes.drawn(draw_seeds(np.random.default_rng(0), "validation", num_episodes))
        self._space, self._every, self._next = space, every, 0
        self._outcomes = space.simulation.outcomes(space.settings)
        self._found: list[tuple[tuple[float, float], DeployedNetwork]] = []

    def __call__(self, learner: Learner) -> None:
        """See Learner.learn."""
        if learner.num_timesteps >= self._next:
            self.examine(learner)
            self._next = learner.num_timesteps + self._every

    def examine(self, learner: Learner) -> None:
        """Play with the weights of now."""
        actor = learner.actor()
        episodes = play(self._space, self._episodes, TorchPolicy(actor)).episodes
        self._found.append((preference(means(episodes, self._outcomes), self._outcomes), actor))

    @property
    def best(self) -> DeployedNetwork:
        """The first of those that nothing was preferred to."""
        return max(self._found, key=itemgetter(0))[1]


def ours(name: str, seed: int, budget: int, device: str, validate: bool) -> Trained:
    """Train as the preset of params.yaml says; where nobody validates the last policy counts."""
    params, world = with_preset(read_params(PARAMS), WORLD, name), simulation(WORLD)
    train = train_settings(params, WORLD, next(iter(params.policies))).model_copy(update={"device": device})
    settings = simulation_settings(params, WORLD)
    trained_in = training_settings(world, settings, train)
    set_threads(world, train.torch_threads, train.environment_threads)
    learner = make_learner(Assignment(train, world, settings, settings, trained_in, seed, (), _NOTHING))
    validation = Validation(params, Space(world, settings), train.validation.every_timesteps) if validate else None
    started = time.perf_counter()
    learner.learn(budget, validation or (lambda _: None))
    if validation:
        validation.examine(learner)
    rate = learner.num_timesteps / (time.perf_counter() - started)
    learner.close()
    actor = validation.best if validation else learner.actor()
    return Trained(TorchPolicy(actor), settings, learner.num_timesteps, rate)


class AgainstChance:
    """Lets a policy play second against moves drawn at random, and keeps what it was paid at the end."""

    def __init__(self, policy: Policy) -> None:
        self._steering = ByObservation(policy)
        self.earned: list[float] = []

    def begin(self, batch: Batch, first: int) -> None:
        """See Steering.begin and Watch.begin."""
        self._batch = batch
        self._steering.begin(batch, first)
        self._rng = [np.random.default_rng(int(seed)) for seed in batch.episode_seed]

    def steer(self, batch: Batch, noise: np.ndarray | None) -> np.ndarray:
        """See Steering.steer."""
        actions, allowed = self._steering.steer(batch, noise), batch.allowed()
        for world in np.flatnonzero(batch.active[:, 0] & ~batch.done):
            choices = np.flatnonzero(allowed[world, 0])  # type: ignore[index]
            actions[world, 0, 0] = self._rng[world].choice(choices)
        return actions

    def keep(self) -> None:
        """See Watch.keep."""

    def end(self) -> None:
        """See Watch.end; these games pay with the last move alone."""
        self.earned += self._batch.reward[:, 1].tolist()


def earned(recipe: Recipe, trained: Trained) -> float:
    """The mean return of an agent over the recipe's episodes, in a game by turns that of the second player."""
    space = Space(simulation(WORLD), trained.settings)
    episodes = Episodes.drawn(draw_seeds(np.random.default_rng(0), "test", recipe.num_episodes))
    if not recipe.by_turns:
        return float(play(space, episodes, trained.policy, worlds_per_block=25).episodes["return"].mean())
    game = AgainstChance(trained.policy)
    play(space, episodes, game, watch=game)
    return statistics.fmean(game.earned)


def alone(name: str, side: str, seed: int, budget: int, device: str, validate: bool) -> dict[str, float]:
    """Train and play in this process."""
    started = time.perf_counter()
    given = (name, seed, budget, device)
    trained = theirs(*given) if side == "theirs" else ours(*given, validate)
    seconds = time.perf_counter() - started
    return {
        "return": earned(RECIPES[name], trained),
        "rate": trained.rate,
        "steps": trained.num_timesteps,
        "seconds": seconds,
    }


def run(name: str, side: str, seed: int, chosen: argparse.Namespace) -> dict[str, float]:
    """Train and play in a process of its own; ends this one where that fails."""
    budget = chosen.budget or RECIPES[name].budget
    words = [f"--tutorials={name}", f"--side={side}", f"--seeds={seed}", f"--budget={budget}"]
    words += [f"--device={chosen.device}", *(["--validate"] if chosen.validate else [])]
    ended = subprocess.run([sys.executable, "-m", __spec__.name, *words], stdout=subprocess.PIPE, text=True)
    if ended.returncode:
        sys.exit(ended.returncode)  # it has said why
    found = json.loads(ended.stdout.splitlines()[-1])
    print(f"{name}, {side}, seed {seed}: {json.dumps(found)}", flush=True)
    return found


def row(name: str, found: dict[str, list[dict[str, float]]]) -> list[str]:
    """A line of the table: budget, returns and their differences with intervals over seeds, and rates."""
    rates = {side: statistics.median(each["rate"] for each in found[side]) for side in SIDES}
    ratio = statistics.median(
        one["rate"] / other["rate"] for one, other in zip(found["ours"], found["theirs"], strict=True)
    )
    returns = {side: np.array([each["return"] for each in found[side]]) for side in SIDES}
    return [
        name,
        f"{max(each['steps'] for each in found['theirs']):,.0f}",
        *(_told(returns[side]) for side in SIDES),
        _told(returns["ours"] - returns["theirs"]),
        *(f"{rates[side]:,.0f}" for side in SIDES),
        f"{ratio:.2f}",
    ]


def _told(values: np.ndarray) -> str:
    """The mean of several seeds with its interval; one seed has none."""
    if len(values) == 1:
        return f"{values[0]:.2f}"
    low, high = mean_interval(values, CONFIDENCE)
    return f"{values.mean():.2f} ({low:.2f} to {high:.2f})"


def main() -> None:
    """Print a line per training, and a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--tutorials", nargs="+", choices=list(RECIPES), default=list(RECIPES))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2, 3, 4])
    parser.add_argument("--budget", type=int, help="agent-steps; not given: each recipe's own")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu", help="where both sides compute gradients")
    parser.add_argument("--validate", action="store_true", help="our policy is the one that validation prefers")
    parser.add_argument("--side", choices=SIDES, help="this side of the first tutorial and seed, in this process")
    chosen = parser.parse_args()
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")  # no screen
    if chosen.side:
        given = (chosen.tutorials[0], chosen.side, chosen.seeds[0], chosen.budget, chosen.device, chosen.validate)
        print(json.dumps(alone(*given)))
        return
    table = Table(
        title=f"PettingZoo's tutorials, {len(chosen.seeds)} seeds: return of an agent, agent-steps per second"
    )
    table.add_column("")
    for column in ("agent-steps", "their return", "our return", "ours - theirs", "their speed", "our speed", "times"):
        table.add_column(column, justify="right")
    for name in chosen.tutorials:
        found: dict[str, list[dict[str, float]]] = {side: [] for side in SIDES}
        for turn, seed in enumerate(chosen.seeds):
            for side in SIDES if turn % 2 == 0 else SIDES[::-1]:
                found[side].append(run(name, side, seed, chosen))
        table.add_row(*row(name, found))
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
