"""What the stages of a world would refuse, found before any of them runs: all is made as there, and a little is played.

DVC deletes a stage's outputs before it runs the command, so what is refused there has cost them already.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np

from envs.ground import doors
from envs.ground.play import Space
from envs.ground.world import DRAWN
from pipeline.algorithms.learner import Facts, Need
from pipeline.algorithms.table import check_algorithm, check_world, kind_of
from pipeline.ground.checks import known, told_at
from pipeline.ground.paths import custom_scenarios
from pipeline.learning.assignment import assign, make_learner
from pipeline.learning.beginning import begin
from pipeline.learning.playing_twice import play_twice
from pipeline.learning.records import told_of
from pipeline.scenarios.files import read_named
from pipeline.scenarios.sets import TrainingSets
from pipeline.settings.params import Params, train_settings, training_layers, varied_training
from pipeline.settings.worlds import (
    baselines_settings,
    evaluation_settings,
    scenarios_settings,
    simulation_settings,
)

_TOLD_BY_SETTINGS: frozenset[Need] = frozenset({"slots", "allowed", "turns"})
"""What an algorithm may want that a world's settings alone tell."""
_FEW_WORLDS = 2
"""With one agent in each there are rows enough for every learner."""


@dataclass(frozen=True)
class Inputs:
    """What a training is given besides its world, as plain values; {}: nothing.

    Attributes:
        begun_with: see `begin`.
        records: see `told_of`.
    """

    begun_with: dict[str, Any]
    records: dict[str, Any]


def rehearse(params: Params, source: str) -> dict[tuple[str, str], Inputs]:
    """Make what the stages of the worlds that run would make.

    Returns:
        What each training is given, by world and policy.

    Raises:
        ValueError: whatever one of them would refuse, with its key, or with the file of a hand-written scenario.
    """
    for preset, sets in params.presets.items():
        for algorithm, hyperparameters in sets.items():
            check_algorithm(algorithm, hyperparameters, f"{source}: presets.{preset}")
    by_world = {world: _rehearse(params, world, source) for world in params.worlds}
    return {(world, policy): found for world, own in by_world.items() for policy, found in own.items()}


def refuse_other_world(params: Params, world: str, policy: str, algorithm: str, source: str) -> None:
    """Refuse a world that by its settings alone is none for an algorithm, whatever hyperparameters it has.

    Raises:
        ValueError: what the world has, and what was wanted.
    """
    settings, room = simulation_settings(params, world, source), doors.simulation(world)
    facts = Facts.of(room, settings)
    with told_at(f"{source}: policies.{policy} in {world}"):
        if kind_of(algorithm).needs <= _TOLD_BY_SETTINGS:
            check_world(algorithm, facts, "continuous" if facts.commands is None else "discrete")


def _rehearse(params: Params, world: str, source: str) -> dict[str, Inputs]:
    """All of one world; what its policies are given."""
    room, wanted = doors.scenarios(world), scenarios_settings(params, world, source).suite
    named = read_named(doors.simulation(world), room, wanted, custom_scenarios(world))
    sets = TrainingSets(*named, {"validation": np.zeros(0, np.uint64)})
    settings = simulation_settings(params, world, source)
    space = Space(doors.simulation(world), settings, tuple(sets.named.values()))
    _begin_baselines(params, world, space, source)
    with told_at(f"{source}: {world}.simulation", type(settings)):
        space.simulation.set_num_threads(1)  # there is one world
        play_twice(space, world)
    _lay_out_evaluation(params, world, space, sets, source)
    given = dict[str, Inputs]()
    for policy in params.policies:
        _check_hyperparameters(params, world, policy, source)
        given[policy] = _make_learner(params, world, policy, settings, sets, source)
    _check_tuning(params, world, source)
    return given


def _begin_baselines(params: Params, world: str, space: Space, source: str) -> None:
    """Begin one episode with every rule: one may want a package that is not installed."""
    rules = doors.baselines(world).make(baselines_settings(params, world, source))
    with told_at(f"{source}: {world}.simulation", type(space.settings)):
        batch = space.batch(1)
        batch.begin(np.array([0]), np.array([DRAWN]), np.zeros(1, np.uint64))
    for rule in rules.values():
        with told_at(source):
            rule.begin(batch, 0)


def _lay_out_evaluation(params: Params, world: str, space: Space, sets: TrainingSets, source: str) -> None:
    room, own = doors.evaluation(world), evaluation_settings(params, world, source)
    with told_at(f"{source}: {world}.evaluation", room.settings):
        room.axes(space.settings, own)
    room.shifted(space, own, sets.named, params.evaluate.seed)


def _check_hyperparameters(params: Params, world: str, policy: str, source: str) -> None:
    """Layer by layer, so that a mistake is told by its own key, and all together; presets are checked apart."""
    algorithm = params.train.algorithm
    for place, layer in training_layers(params, world, policy, source).items():
        algorithm = layer.get("algorithm", algorithm)
        check_algorithm(algorithm, layer.get("hyperparameters", {}), f"{source}: {place}", whole=False)
    train = train_settings(params, world, policy, source)
    check_algorithm(train.algorithm, train.hyperparameters, f"{source}: policies.{policy} in {world}")


def _make_learner(params: Params, world: str, policy: str, settings: Any, sets: TrainingSets, source: str) -> Inputs:
    """Make the learner of a policy, in few worlds; what it is given."""
    train = train_settings(params, world, policy, source)
    few = train.model_copy(update={"num_worlds": max(_FEW_WORLDS, train.num_processes)})
    for name in () if few.traffic == "procedural" else few.traffic:
        known(name, sets.named, f"{source}: {_says(params, world, policy, 'traffic')}.traffic")
    assignment = assign(few, doors.simulation(world), settings, 0, sets)
    begin_said, records_said = (
        f"{source}: {_says(params, world, policy, key)}.{key}" for key in ("begin_with", "records")
    )
    with told_at(f"{source}: policies.{policy} in {world}"), closing(make_learner(assignment, records_said)) as learner:
        return Inputs(begin(learner, few.begin_with, begin_said), told_of(few, records_said))


def _says(params: Params, world: str, policy: str, key: str) -> str:
    """Which layer of training says a key."""
    return [place for place, layer in training_layers(params, world, policy).items() if key in layer][-1]


def _check_tuning(params: Params, world: str, source: str) -> None:
    """Each value that is tried out, or both ends of a range."""
    base = train_settings(params, world, known(params.tune.policy, params.policies, f"{source}: tune.policy"), source)
    for searched in params.tune.space:
        for value in searched.tried:
            varied = varied_training(base, {searched.key: value}, f"{source}: tune.space")
            check_algorithm(varied.algorithm, varied.hyperparameters, f"{source}: tune.space")
