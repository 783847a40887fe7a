"""How near do those who learn from records come to who flew them? python -m benchmarks.cloning [--world airspace]

Pilots fly drawn episodes of training, `bc` and others learn from all that was recorded, as params.yaml says of them,
and all fly the same episodes of the test split: those in which something must be done. What flies is what would be
exported.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rich.console import Console
from rich.table import Table

from envs.ground import doors
from envs.ground.outcomes import means
from envs.ground.play import Episodes, Space, play
from envs.ground.policy import Policy
from envs.ground.rows.normalize import ActiveVecNormalize
from envs.ground.steering import Steering
from pipeline.algorithms.learner import Facts, Learner
from pipeline.algorithms.recorded import Recorded, Transitions
from pipeline.algorithms.table import make_algorithm
from pipeline.export.onnx_export import as_exported
from pipeline.ground.paths import PARAMS
from pipeline.ground.threads import set_threads
from pipeline.recording.pilots import PROOF, pilot
from pipeline.recording.recording import Order, record
from pipeline.records.described import Described
from pipeline.records.following import following
from pipeline.records.reading import read_rows
from pipeline.scenarios.sets import draw_seeds
from pipeline.settings.params import Params, read_params, train_settings
from pipeline.settings.worlds import scenarios_settings, simulation_settings

_FEW_WORLDS, _POLICY = 2, "only"


def params_of(algorithm: str) -> Params:
    """params.yaml with one policy, of this algorithm."""
    return read_params(PARAMS).model_copy(update={"policies": {_POLICY: {"algorithm": algorithm}}})


def conflicting(params: Params, world: str, space: Space, count: int) -> Episodes:
    """So many of the test split, in which something goes wrong where nobody acts."""
    room, rng, found = doors.scenarios(world), np.random.default_rng(1), list[np.ndarray]()
    while sum(map(len, found)) < count:
        seeds = draw_seeds(rng, "test", count)
        nothing = room.nothing_done(scenarios_settings(params, world), space, Episodes.drawn(seeds))
        found.append(seeds[nothing["conflicting"].to_numpy(bool)])
    return Episodes.drawn(np.concatenate(found)[:count])


def recorded_in(folder: Path, described: Described) -> Recorded:
    """All rows of a record, and what came of them."""
    rows = read_rows(folder, described)
    came = Transitions(rows.reward, following(rows, folder), rows.terminated)
    return Recorded(rows.observation, rows.action, rows.allowed, rows.episode, came)


def student(params: Params, world: str, recorded: Recorded, seed: int) -> Learner:
    """Who learns from records, before its first step."""
    train, simulation = train_settings(params, world, _POLICY), doors.simulation(world)
    settings = simulation_settings(params, world)
    worlds = simulation.vectorized(settings, _FEW_WORLDS, seed=seed, discount=train.hyperparameters["gamma"])
    venv = ActiveVecNormalize(worlds, norm_obs=train.normalize_observation, norm_reward=train.normalize_reward)
    facts = Facts.of(simulation, settings, recorded=recorded)
    return make_algorithm(train.algorithm, train.hyperparameters, venv, seed, facts)


def learned(learner: Learner, totals: list[int]) -> Iterator[tuple[int, float]]:
    """Rows that were learned from and seconds, as often as `totals` says; schedules end with the last."""
    began = time.perf_counter()
    waiting = sorted(totals)

    def between(learner: Learner) -> None:
        if learner.num_timesteps >= waiting[0]:
            raise _Reached

    while waiting:
        with suppress(_Reached):
            learner.learn(totals[-1], between)
        yield learner.num_timesteps, time.perf_counter() - began
        waiting.pop(0)


class _Reached(Exception):  # noqa: N818
    """Learning pauses here."""


def main() -> None:
    """Record, clone, fly, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--world", default="airspace")
    parser.add_argument("--pilot", nargs="+", default=["mvp"], help="baselines, folders of policies, random, or proof")
    parser.add_argument("--algorithms", nargs="+", default=["bc"], help="that learn from records")
    parser.add_argument("--episodes", type=int, default=2000, help="to record, of each pilot")
    parser.add_argument("--rows", nargs="+", type=int, default=[5_000_000], help="learned from; figures after each")
    parser.add_argument("--tests", type=int, default=1000, help="episodes that both fly")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    chosen = parser.parse_args()
    params, world = params_of(chosen.algorithms[0]), chosen.world
    settings = simulation_settings(params, world)
    simulation = doors.simulation(world)
    set_threads(simulation, 1, 2)
    train = train_settings(params, world, _POLICY)
    space = Space(simulation, settings, (), train.hyperparameters["gamma"])
    tests, outcomes = conflicting(params, world, space, chosen.tests), simulation.outcomes(settings)
    order = Order(world, _POLICY, tuple(chosen.pilot), chosen.episodes, 0)
    with TemporaryDirectory() as place:
        described = record(order, params, Path(place) / "record", str(PARAMS))
        recorded = recorded_in(Path(place) / "record", described)
    load = f"{os.getloadavg()[0]:.1f} processes wanted {os.cpu_count()} cores at the beginning"
    table = Table(
        title=f"{world}: {len(recorded):,} rows of {chosen.episodes:,} episodes; {chosen.tests} tests; {load}"
    )
    for column in ("who", "rows learned from", "seconds", "mean return", *(outcome.words for outcome in outcomes)):
        table.add_column(column, justify="right")

    def add(who: str, learned_from: str, seconds: str, acts: Policy | Steering) -> None:
        figures = means(play(space, tests, acts).episodes, outcomes)
        cells = [f"{figures['mean_return']:.1f}", *(outcome.shown(figures[outcome.figure]) for outcome in outcomes)]
        table.add_row(who, learned_from, seconds, *cells)
        print(who, learned_from, seconds, *cells, flush=True)

    for name in [name for name in chosen.pilot if name != PROOF]:  # which solves all that it flies
        _, teacher = next(pilot(name, params, world, space, str(PARAMS)).legs(space, tests))
        add(name, "", "", teacher)
    for algorithm, seed in product(chosen.algorithms, chosen.seeds):
        with closing(student(params_of(algorithm), world, recorded, seed)) as learner:
            learner.log_to(lambda figures, step: None)
            for steps, seconds in learned(learner, chosen.rows):
                policy, _ = as_exported(learner.actor(), recorded.observation.shape[1], params.export.opset)
                add(f"{algorithm}, seed {seed}", f"{steps:,}", f"{seconds:.0f}", policy)
    Console(width=160).print(table)


if __name__ == "__main__":
    main()
