"""Stage tune: which parameters of training are best? Off with tune.trials 0. Usage: python -m pipeline.stages.tune."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from envs.ground.doors import simulation
from pipeline.ground import files
from pipeline.ground.checks import known
from pipeline.ground.paths import PARAMS, SCENARIOS, TUNING, study
from pipeline.ground.progress import say
from pipeline.learning.checkpoint import key_of
from pipeline.scenarios.sets import read_sets
from pipeline.settings.params import read_params, train_settings
from pipeline.tuning.study import Study, median_pruner
from pipeline.tuning.trials import Tuning, tune, words


def main() -> None:
    """Run the trials that are wanted, and write data/tuning."""
    params = read_params(PARAMS)
    wanted = params.tune
    known(wanted.policy, params.policies, f"{PARAMS}: tune.policy")
    if not wanted.trials:
        write({}, pd.DataFrame(columns=["trial", "figure"]))
        say("tune: off, tune.trials is 0")
        return
    base, airspace = train_settings(params, wanted.policy, str(PARAMS)), params.airspace
    world = simulation("airspace")
    settings: dict[str, Any] = wanted.model_dump(mode="json", exclude={"trials"})
    settings |= {"simulation": airspace.model_dump(mode="json"), "train": base.model_dump(mode="json")}
    file = study(f"tune-{key_of(settings, SCENARIOS)}")
    pruner = median_pruner(wanted.pruner.startup_trials, wanted.pruner.warm_up_evaluations)
    known_trials = Study(file, "tpe", wanted.space, wanted.seed, settings, pruner)
    tune(Tuning(wanted, base, world, airspace, params.tracking.experiment, read_sets(SCENARIOS), known_trials))
    table = pd.DataFrame(known_trials.table())
    best = table.iloc[0].to_dict()
    point = {searched.key: best[searched.key] for searched in wanted.space}
    write({"policy": wanted.policy, "trial": best["trial"], "shortfall": best["figure"], "parameters": point}, table)
    say(f"tune: the best of {len(table)}: dvc exp run {' '.join(f'-S {word}' for word in words(point).split())}")


def write(best: dict[str, Any], trials: pd.DataFrame) -> None:
    """Write the best parameters, and all trials."""
    files.write_text(TUNING / "best.json", json.dumps(best, indent=2))
    files.write_csv(TUNING / "trials.csv", trials)


if __name__ == "__main__":
    files.run(main)
