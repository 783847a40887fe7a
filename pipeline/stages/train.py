"""Stage train: one shared policy from one seed. Usage: python -m pipeline.stages.train WORLD POLICY SEED."""

from __future__ import annotations

from typing import Any

import pandas as pd

from envs.ground.doors import simulation
from pipeline.algorithms.table import check_algorithm
from pipeline.ground import files
from pipeline.ground.digests import digest_folder
from pipeline.ground.paths import LOG, PARAMS, checkpoints, events, model, training_sets
from pipeline.ground.progress import TrainingProgress
from pipeline.learning.assignment import assign
from pipeline.learning.beginning import PLACE, digest_of
from pipeline.learning.checkpoint import Checkpoint, key_of
from pipeline.learning.records import told_of
from pipeline.learning.training import train
from pipeline.policies.model_files import write_model
from pipeline.scenarios.sets import read_training_sets
from pipeline.settings.params import read_params, train_settings
from pipeline.settings.worlds import simulation_settings
from pipeline.tracking import runs


def main() -> None:
    """Train as params.yaml says, and write data/models/WORLD/POLICY/SEED."""
    world, policy, number = files.words("WORLD POLICY SEED", "airspace generic 0")
    seed, sets = int(number), training_sets(world)
    params = read_params(PARAMS)
    settings = train_settings(params, world, policy, str(PARAMS))
    played_in = simulation_settings(params, world, str(PARAMS))
    check_algorithm(settings.algorithm, settings.hyperparameters, f"{PARAMS}: policies.{policy}")
    assignment = assign(settings, simulation(world), played_in, seed, read_training_sets(simulation(world), sets))
    resolved: dict[str, Any] = {
        "world": world,
        "policy": policy,
        "seed": seed,
        "train": settings.model_dump(mode="json"),
        "simulation": played_in.model_dump(mode="json"),
    }
    decides = resolved | {"begun_with": digest_of(settings.begin_with, PLACE), "records": told_of(settings)}
    checkpoint = Checkpoint(checkpoints(), key_of(decides, sets))
    tags = {"world": world, "policy": policy, "seed": number, "scenario_hash": digest_folder(sets)}
    with checkpoint.held(), runs.run(params.tracking.experiment, "train", tags, checkpoint.run_id()) as run:
        run.params(resolved)
        run.dataset(sets, tags["scenario_hash"], "training")
        if params.tracking.system_metrics:
            run.watch_machine()
        if params.tracking.tensorboard:
            run.also_to(events("-".join([world, policy, number, run.run_id[:8]])))
        name, log = f"train {world}/{policy}/{seed}", checkpoint.folder / LOG
        with TrainingProgress(name, settings.total_timesteps, log=log) as progress:
            trained = train(assignment, checkpoint, progress, run)
        facts = {key: resolved["train"][key] for key in ("algorithm", "preset", "hyperparameters")}
        figures = facts | {"world": world, "policy": policy, "seed": seed} | trained.summary()
        history = trained.history
        folder, curve = model(world, policy, seed), pd.DataFrame(history.curve)
        write_model(folder, history.best_network, history.best_inheritance, curve, figures, history.ages)
        progress.say(f"{trained.stopped_because}; best after {trained.history.best_step:,} agent-steps")
        files.write_text(folder / LOG, log.read_text(encoding="utf-8"))
        run.tags({"model_hash": figures["model_hash"]})
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            run.file(path, None if path.parent == folder else path.parent.name)
        checkpoint.remove()


if __name__ == "__main__":
    files.run(main)
