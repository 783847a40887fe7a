"""Who can be recorded: a world's rules by name, trained policies by their folder, and the ways that solve episodes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from envs.ground import doors
from envs.ground.defaults import Random
from envs.ground.play import Episodes, Space
from envs.ground.steering import Steering, as_steering
from envs.ground.world import Batch
from pipeline.export.onnx_export import as_exported, check_takes
from pipeline.export.policy_file import read_policy
from pipeline.ground.checks import known
from pipeline.policies.deployed import OnnxPolicy
from pipeline.policies.model_files import FIGURES, read_model
from pipeline.scenarios.proofs import Prover, way_of
from pipeline.settings.params import Params
from pipeline.settings.worlds import baselines_settings, scenarios_settings
from pipeline.shipped.files import policy_at

PROOF = "proof"
"""The pilot that flies each episode in a way that was found to solve it."""
RANDOM = "random"
"""The pilot that does anything, in any world."""


class AtRandom(Random):
    """See Steering: as Random, in any world."""

    def __init__(self, commands: np.ndarray | None) -> None:
        """Where agents choose, commands (n, K) is what choices mean; None: actions are numbers."""
        self._commands = commands

    def steer(self, batch: Batch, noise: np.ndarray | None) -> np.ndarray:
        """See Steering.steer."""
        chosen = super().steer(batch, noise)
        return chosen if self._commands is None else self._commands[chosen[:, :, 0].astype(np.int64)]


class Pilot(Protocol):
    """Somebody who can fly episodes."""

    def legs(self, space: Space, episodes: Episodes) -> Iterator[tuple[np.ndarray, Steering]]:
        """Who flies which of these episodes, by their numbers (N,); none of those that it does not fly."""
        ...


@dataclass(frozen=True)
class Everywhere:
    """See Pilot: one who flies all episodes."""

    acts: Steering

    def legs(self, space: Space, episodes: Episodes) -> Iterator[tuple[np.ndarray, Steering]]:
        """See Pilot.legs."""
        yield np.arange(len(episodes)), self.acts


@dataclass(frozen=True)
class ByProofs:
    """See Pilot: flies the episodes for which a way to solve them is found, each in the first that is."""

    prover: Prover

    def legs(self, space: Space, episodes: Episodes) -> Iterator[tuple[np.ndarray, Steering]]:
        """See Pilot.legs; plans of a search are flown together, each of the other ways by itself."""
        found = self.prover.solve(episodes, "drawn to be recorded")
        solved = np.flatnonzero(found["solved"])
        ways = {int(row): way_of(found["plan"][row]) for row in solved}
        groups: dict[str, list[int]] = {}
        for row, way in ways.items():
            groups.setdefault(found["plan"][row] if way in self.prover.ways else way.method, []).append(row)
        for rows in groups.values():
            yield np.array(rows), self.prover.room.steering_of([ways[row] for row in rows])


def pilot(name: str, params: Params, world: str, space: Space, source: str) -> Pilot:
    """The pilot of a name: a rule of the world, `random`, `proof`, or the folder of a training or an export.

    Raises:
        ValueError: there is none, or one of another world, or one that sees or does other things than here.
    """
    rules = doors.baselines(world).make(baselines_settings(params, world, source))
    rules.setdefault(RANDOM, AtRandom(space.simulation.commands(space.settings)))
    if name in rules:
        return Everywhere(rules[name])
    if name == PROOF:
        return ByProofs(_prover(params, world, space, source))
    folder = policy_at(Path(name))
    if not folder.exists():
        wish = f"{', '.join([*rules, PROOF])}, or the folder of a finished training or of an export"
        known(name, [*rules, PROOF], f"--pilot: {name}: no such folder, wanted {wish}")
    trained = folder.is_dir() and (folder / FIGURES).is_file()
    policy = _trained(folder, world, space, params.export.opset) if trained else _exported(folder, world, space)
    return Everywhere(as_steering(policy))


def _prover(params: Params, world: str, space: Space, source: str) -> Prover:
    room, own = doors.scenarios(world), scenarios_settings(params, world, source)
    why = room.no_proof(space.settings)
    if why:
        raise ValueError(f"--pilot: got {PROOF}, wanted another in {world}: {why}")
    ways = tuple(room.ways(own, baselines_settings(params, world, source)))
    return Prover(room, own, space, ways, params.scenarios.seed)


def _trained(folder: Path, world: str, space: Space, opset: int) -> OnnxPolicy:
    """The policy of a finished training, as an export would fly it."""
    found, num_features = read_model(folder), len(space.simulation.features(space.settings))
    if found.figures.get("world") != world:
        raise ValueError(f"--pilot: {folder}: got a policy of {found.figures.get('world')}, wanted one of {world}")
    check_takes(found.network, num_features, folder)
    policy, _ = as_exported(found.network, num_features, opset)
    _check_does(policy, folder, space)
    return policy


def _exported(path: Path, world: str, space: Space) -> OnnxPolicy:
    policy, described = read_policy(path)
    if described.world != world:
        raise ValueError(f"--pilot: {path}: got a policy of {described.world}, wanted one of {world}")
    differs = space.simulation.same_seen_and_done(described.simulation_settings, space.settings)
    if differs:
        raise ValueError(f"--pilot: {path}: {differs}: not as here, for it sees or does other things")
    _check_does(policy, path, space)
    return policy


def _check_does(policy: OnnxPolicy, path: Path, space: Space) -> None:
    commands, wanted = policy.commands(), space.simulation.commands(space.settings)
    same = commands is wanted if commands is None or wanted is None else np.array_equal(commands, wanted)
    size = len(space.simulation.actions(space.settings))
    if not same or policy.action_size != size:
        raise ValueError(f"--pilot: {path}: does other things, wanted a policy with the actions of the world here")
