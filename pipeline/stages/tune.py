"""Stage tune: which parameters of training are best? Off with tune.trials 0.

Usage: python -m pipeline.stages.tune WORLD.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from envs.ground.doors import simulation
from pipeline.ground import files
from pipeline.ground.checks import known
from pipeline.ground.paths import PARAMS, study, training_sets, tuning
from pipeline.ground.progress import say
from pipeline.learning.beginning import PLACE, digest_of
from pipeline.learning.checkpoint import key_of
from pipeline.learning.records import told_of
from pipeline.scenarios.sets import read_training_sets
from pipeline.settings.params import read_params, train_settings
from pipeline.settings.worlds import simulation_settings
from pipeline.tuning.study import Study, median_pruner
from pipeline.tuning.trials import Tuning, tune, words


def main() -> None:
    """Run the trials that are wanted, and write data/tuning/WORLD."""
    (world,) = files.words("WORLD", "airspace")
    params, folder, sets = read_params(PARAMS), tuning(world), training_sets(world)
    wanted = params.tune
    known(wanted.policy, params.policies, f"{PARAMS}: tune.policy")
    if not wanted.trials:
        write(folder, {}, pd.DataFrame(columns=["trial", "figure"]))
        say("tune: off, tune.trials is 0")
        return
    base, played_in = (
        train_settings(params, world, wanted.policy, str(PARAMS)),
        simulation_settings(params, world, str(PARAMS)),
    )
    settings: dict[str, Any] = wanted.model_dump(mode="json", exclude={"trials"})
    settings |= {"world": world, "simulation": played_in.model_dump(mode="json"), "train": base.model_dump(mode="json")}
    settings |= {"begun_with": digest_of(base.begin_with, PLACE), "records": told_of(base)}
    file = study(f"tune-{key_of(settings, sets)}")
    pruner = median_pruner(wanted.pruner.startup_trials, wanted.pruner.warm_up_evaluations)
    known_trials = Study(file, "tpe", wanted.space, wanted.seed, settings, pruner)
    experiment, of_training = params.tracking.experiment, read_training_sets(simulation(world), sets)
    tune(Tuning(wanted, world, base, played_in, experiment, of_training, known_trials))
    table = pd.DataFrame(known_trials.table())
    best = table.iloc[0].to_dict()
    point = {searched.key: best[searched.key] for searched in wanted.space}
    write(
        folder,
        {"policy": wanted.policy, "trial": best["trial"], "shortfall": best["figure"], "parameters": point},
        table,
    )
    say(f"tune: the best of {len(table)}: dvc exp run {' '.join(f'-S {word}' for word in words(point).split())}")


def write(folder: Path, best: dict[str, Any], trials: pd.DataFrame) -> None:
    """Write the best parameters, and all trials."""
    files.write_text(folder / "best.json", json.dumps(best, indent=2))
    files.write_csv(folder / "trials.csv", trials)


if __name__ == "__main__":
    files.run(main)
