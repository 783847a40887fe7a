"""Stage evaluate: fly one trained policy through every set. Usage: python -m pipeline.stages.evaluate POLICY SEED."""

from __future__ import annotations

import json
import sys

import pandas as pd
import torch

from envs.airspace.batch import set_num_threads
from pipeline import stage, tracking
from pipeline.deployed import Hold, Policy
from pipeline.figures import by_scenario, by_set, headline
from pipeline.flying import Airspace, Episodes, fly
from pipeline.model_files import read_model
from pipeline.params import Evaluate, read_params
from pipeline.paths import PARAMS, SCENARIOS, evaluation, model
from pipeline.performance import aircraft_type
from pipeline.progress import say
from pipeline.scenario_sets import ScenarioSets, read_sets

Flight = tuple[pd.DataFrame, list[pd.DataFrame]]
"""A table of episodes, and recordings."""


def main() -> None:
    """Fly, and write data/evaluation/POLICY/SEED."""
    name, seed = stage.policy_and_seed(sys.argv)
    params, sets = read_params(PARAMS), read_sets(SCENARIOS)
    set_num_threads(params.evaluate.environment_threads)
    torch.set_num_threads(1)
    trained = read_model(model(name, seed))
    discount = trained.figures["hyperparameters"]["gamma"]
    airspace = Airspace(params.airspace, tuple(sets.named.values()), discount, aircraft_type)
    episodes, recordings = fly_all(airspace, sets, trained.policy, params.evaluate)
    table = by_scenario(episodes, seed, params.evaluate.confidence)
    table["difficulty"] = [sets.difficulty[key] for key in zip(table["set"], table["scenario"], strict=True)]
    figures, folder = by_set(table), evaluation(name, seed)
    stage.write_parquet(folder / "episodes.parquet", episodes)
    stage.write_parquet(folder / "recordings.parquet", recordings)
    stage.write_csv(folder / "scenarios.csv", table)
    stage.write_text(folder / "figures.json", json.dumps(figures, indent=2))
    stage.write_text(folder / "metrics.json", json.dumps(headline(figures), indent=2))
    tags = {"policy": name, "seed": str(seed), "model_hash": trained.figures["model_hash"]}
    with tracking.run(params.tracking.experiment, "evaluate", tags) as run:
        run.params({"evaluate": params.evaluate.model_dump(mode="json")})
        run.metrics(tracking.flatten(figures), 0)
        for path in sorted(folder.iterdir()):
            run.file(path)
    say(f"evaluate {name}/{seed}: {_words(figures)}")


def fly_all(
    airspace: Airspace, sets: ScenarioSets, policy: Policy, evaluate: Evaluate
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All episodes of all sets in all modes, and the recordings of the named scenarios and the worst drawn episodes."""
    names = list(sets.named)
    flights: list[Flight] = []
    for set_name, members in (("suite", sets.suite), ("custom", sets.custom)):
        indices = [names.index(name) for name in members]
        for mode, repetitions in (("deterministic", 1), ("stochastic", evaluate.stochastic_episodes), ("hold", 1)):
            chosen = Episodes.of_scenarios(indices, repetitions, evaluate.seed)
            record = range(len(chosen)) if mode == "deterministic" else ()
            flights.append(_fly_mode(airspace, chosen, policy, set_name, mode, record, evaluate))
    test = Episodes.drawn(sets.drawn["test"])
    for mode in ("deterministic", "stochastic", "hold"):
        flights.append(_fly_mode(airspace, test, policy, "test", mode, (), evaluate))
    flown = flights[-3][0]
    worst = flown.nsmallest(evaluate.worst_recorded, "min_separation_nm")["episode"].tolist()
    flights.append(_fly_mode(airspace, test, policy, "test", "deterministic", worst, evaluate))
    recordings = [recording for _, recorded in flights for recording in recorded]
    return pd.concat([table for table, _ in flights[:-1]], ignore_index=True), pd.concat(recordings, ignore_index=True)


def _fly_mode(
    airspace: Airspace,
    episodes: Episodes,
    policy: Policy,
    set_name: str,
    mode: str,
    record: range | list[int] | tuple[()],
    evaluate: Evaluate,
) -> Flight:
    steering: Policy = Hold() if mode == "hold" else policy
    flown = fly(
        airspace,
        episodes,
        steering,
        stochastic=mode == "stochastic",
        record=record,
        worlds_per_block=evaluate.worlds_per_block,
    )
    labels = {"set": set_name, "mode": mode}
    names = flown.episodes["scenario"].tolist()
    recordings = [
        recording.assign(**labels, scenario=names[row], episode=row) for row, recording in flown.recordings.items()
    ]
    return flown.episodes.assign(**labels), recordings


def _words(figures: dict) -> str:
    suite, test = figures["suite"]["deterministic"], figures["test"]
    return (
        f"suite {suite['solved']} of {suite['scenarios']} flown without loss of separation, all arriving; "
        f"LoS on unseen traffic {test['deterministic']['los_rate']:.1%} (hold {test['hold']['los_rate']:.1%})"
    )


if __name__ == "__main__":
    stage.run(main)
