"""Stage export: a policy's best seed as ONNX, with all it needs.

Usage: python -m pipeline.stages.export WORLD POLICY.
"""

from __future__ import annotations

import hashlib
import math

import numpy as np

from envs.ground.doors import baselines, simulation
from envs.ground.play import Episodes, Space, play
from pipeline.export.bill_of_materials import BILL, LICENSES, bill_of_materials, licenses
from pipeline.export.onnx_export import check_parity
from pipeline.export.origin import ORIGIN, origin
from pipeline.export.policy_file import FORMAT, NOT_FINITE, PolicyFile, Tested
from pipeline.ground import files
from pipeline.ground.digests import digest_code, digest_folder
from pipeline.ground.parts import sha256, write_sums
from pipeline.ground.paths import ONNX, PARAMS, evaluation, export, git_commit, model, training_sets
from pipeline.ground.progress import say
from pipeline.ground.writing import write_atomically
from pipeline.policies.deployed import LearnedPolicy, OnnxPolicy
from pipeline.policies.model_files import WEIGHTS, ModelFiles, read_model
from pipeline.policies.network import MEMORY
from pipeline.scenarios.sets import read_training_sets
from pipeline.settings.params import Params, read_params
from pipeline.settings.worlds import baselines_settings, simulation_settings
from pipeline.tracking import runs


def main() -> None:
    """Choose, export, check, and write data/export/WORLD/POLICY."""
    world, name = files.words("WORLD POLICY", "airspace generic")
    params, sets = read_params(PARAMS), read_training_sets(simulation(world), training_sets(world))
    models = {seed: read_model(model(world, name, seed)) for seed in params.seeds}
    seed = max(models, key=lambda s: validated(models[s]))
    chosen, folder = models[seed], export(world, name)
    settings = simulation_settings(params, world, str(PARAMS))
    space = Space(simulation(world), settings, (), chosen.figures["hyperparameters"]["gamma"])
    episodes = Episodes.drawn(sets.drawn["validation"])
    evaluated, onnx = evaluation(world, name, seed) / ONNX, folder / ONNX
    obs, memory = observe_play(OnnxPolicy(evaluated), space, episodes, params.export.parity_observations)
    difference = check_parity(chosen.network, evaluated, obs, params.export.parity_tolerance, memory)
    content = evaluated.read_bytes()
    write_atomically(onnx, lambda path: path.write_bytes(content))
    parity = {"largest_difference": difference, "observations": float(len(obs))}
    described = describe(name, seed, chosen, params, parity, space)
    files.write_text(folder / "policy.json", described.model_dump_json(indent=2))
    files.write_text(
        folder / ORIGIN, origin(chosen.figures["begun_with"], chosen.figures["records"]).model_dump_json(indent=2)
    )
    weights = (model(world, name, seed) / WEIGHTS).read_bytes()
    write_atomically(folder / WEIGHTS, lambda path: path.write_bytes(weights))
    files.write_text(folder / BILL, bill_of_materials(described.registered_name, sha256(onnx), described.hashes))
    files.write_text(folder / LICENSES, licenses())
    write_sums(folder)
    tags = {"world": world, "policy": name, "seed": str(seed), "model_hash": chosen.figures["model_hash"]}
    with runs.run(params.tracking.experiment, "export", tags) as run:
        run.params({"export": params.export.model_dump(mode="json")})
        run.metrics(parity, 0)
        for path in sorted(folder.iterdir()):
            run.file(path)
        run.model(onnx, f"{world}-{name}", inputs_of(obs[:2], memory))
    chose = f"seed {seed} ({described.selection})"
    say(f"export {world}/{name}: {chose}; ONNX differs from torch by {difference:.1e} at most")


def validated(trained: ModelFiles) -> tuple[float, float]:
    """How good it is on validation episodes."""
    return -trained.figures["validation"]["shortfall"], trained.figures["validation"]["mean_return"]


class Recording(LearnedPolicy):
    """A policy that keeps what it is given."""

    def __init__(self, policy: LearnedPolicy) -> None:
        """Run `policy`."""
        self.policy, self.memory_size = policy, policy.memory_size
        self.given: list[tuple[np.ndarray, np.ndarray | None]] = []

    def run(self, obs: np.ndarray, memory: np.ndarray | None) -> dict[str, np.ndarray]:
        """See LearnedPolicy.run."""
        self.given.append((obs, memory))
        return self.policy.run(obs, memory)


def observe_play(
    policy: LearnedPolicy, space: Space, episodes: Episodes, count: int
) -> tuple[np.ndarray, np.ndarray | None]:
    """Observations (N, D) recorded while the policy played, at most `count`, and the memory (N, M) beside them."""
    recording = Recording(policy)
    play(space, episodes, recording)
    seen = np.concatenate([obs for obs, _ in recording.given])
    memories = [memory for _, memory in recording.given if memory is not None]
    chosen = np.linspace(0, len(seen) - 1, min(count, len(seen))).astype(int)
    return seen[chosen], np.concatenate(memories)[chosen] if memories else None


def inputs_of(obs: np.ndarray, memory: np.ndarray | None) -> dict[str, np.ndarray]:
    """The network's inputs by name: obs (N, D), and the memory of the same rows where it remembers."""
    return {"obs": obs} | ({} if memory is None else {MEMORY: memory[: len(obs)]})


def describe(
    name: str, seed: int, trained: ModelFiles, params: Params, parity: dict[str, float], space: Space
) -> PolicyFile:
    """The content of policy.json."""
    own, settings, world = space.simulation, space.settings, trained.figures["world"]
    selection = "the only seed" if len(params.seeds) == 1 else f"best of {len(params.seeds)} seeds by validation"
    hashes = {
        "model": trained.figures["model_hash"],
        "scenarios": digest_folder(training_sets(world)),
        "params": hashlib.sha256(PARAMS.read_bytes()).hexdigest(),
        "code": digest_code(),
        "git_commit": git_commit(),
    }
    figures = files.read_json(evaluation(world, name, seed) / "figures.json")
    tested = Tested(
        ranges=tuple((low, high) for low, high in figures.pop("tested")),
        margin=params.export.envelope_margin,
        rule=baselines(world).fallback,
        rules=baselines_settings(params, world, str(PARAMS)).model_dump(mode="json"),
    )
    return PolicyFile(
        format=FORMAT,
        name=name,
        world=world,
        observation=own.features(settings),
        action=own.actions(settings),
        squashing=trained.network.squashing,
        memory_size=trained.network.memory_size,
        decision_interval_s=None if math.isnan(own.step_s) else own.step_s,
        discount=trained.figures["hyperparameters"]["gamma"],
        units=dict(own.units),
        settings=settings.model_dump(mode="json"),
        training=trained.figures,
        evaluation=figures,
        tested=tested,
        selection=selection,
        parity=parity,
        hashes=hashes,
        not_finite=NOT_FINITE,
    )


if __name__ == "__main__":
    files.run(main)
