"""Stage evaluate: fly one trained policy through every set. Usage: python -m pipeline.stages.evaluate POLICY SEED."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace

import pandas as pd
import torch

from envs.airspace.batch import set_num_threads
from pipeline import stage, tracking
from pipeline.deployed import Hold, Policy
from pipeline.figures import by_scenario, by_set, headline
from pipeline.flying import Airspace, Episodes, Flown, fly
from pipeline.measuring import MeasuredFlight, Pilot, episodes_of, fly_measured
from pipeline.memorisation import memorisation
from pipeline.model_files import read_model
from pipeline.params import Evaluate, known, read_params
from pipeline.paths import PARAMS, SCENARIOS, evaluation, model
from pipeline.performance import aircraft_type
from pipeline.progress import say
from pipeline.proof_params import Baselines
from pipeline.scenario_sets import ScenarioSets, TestSet, read_sets, read_test_sets
from pipeline.shift_figures import bands, curves, label
from pipeline.shift_params import Shifts
from pipeline.shifts import ShiftedEpisodes, lay_out
from pipeline.steering import Direct
from pipeline.voltage_potential import VoltagePotential


@dataclass(frozen=True)
class Results:
    """All episodes, conflicts and recordings, with the columns set and mode."""

    episodes: pd.DataFrame
    conflicts: pd.DataFrame
    recordings: pd.DataFrame


@dataclass(frozen=True)
class ShiftResults:
    """Shifted episodes and their conflicts, and the episodes that were left out for starting below 5 NM."""

    episodes: pd.DataFrame
    conflicts: pd.DataFrame
    left_out: pd.DataFrame


def main() -> None:
    """Fly, and write data/evaluation/POLICY/SEED."""
    name, seed = stage.policy_and_seed(sys.argv)
    params, sets, test_sets = read_params(PARAMS), read_sets(SCENARIOS), read_test_sets(SCENARIOS)
    set_num_threads(params.evaluate.environment_threads)
    torch.set_num_threads(1)
    trained = read_model(model(name, seed))
    discount = trained.figures["hyperparameters"]["gamma"]
    airspace = Airspace(params.airspace, tuple(sets.named.values()), discount, aircraft_type)
    flyers = pilots(trained.policy, params.baselines)
    flown = fly_all(airspace, sets, test_sets, flyers, params.evaluate)
    shifted = fly_shifts(airspace, sets, flyers, params.shifts, params.evaluate)
    table = by_scenario(flown.episodes, seed, params.evaluate.confidence)
    difficulty = sets.difficulty | {(name, "procedural"): found.difficulty for name, found in test_sets.items()}
    table["difficulty"] = [difficulty[key] for key in zip(table["set"], table["scenario"], strict=True)]
    figures, folder = by_set(flown.episodes, params.evaluate.confidence), evaluation(name, seed)
    figures["shifts"] = bands(shifted.episodes, shifted.left_out)
    stage.write_parquet(folder / "episodes.parquet", flown.episodes)
    stage.write_parquet(folder / "shifts.parquet", shifted.episodes)
    stage.write_parquet(
        folder / "conflicts.parquet", pd.concat([flown.conflicts, shifted.conflicts], ignore_index=True)
    )
    stage.write_csv(folder / "memorisation.csv", fly_variants(airspace, sets, flyers[0], params.evaluate))
    stage.write_csv(folder / "shifts.csv", curves(shifted.episodes, shifted.left_out, params.evaluate.confidence))
    stage.write_parquet(folder / "recordings.parquet", flown.recordings)
    stage.write_csv(folder / "scenarios.csv", table)
    stage.write_text(folder / "figures.json", json.dumps(figures, indent=2))
    stage.write_text(folder / "metrics.json", json.dumps(headline(figures), indent=2))
    tags = {"policy": name, "seed": str(seed), "model_hash": trained.figures["model_hash"]}
    with tracking.run(params.tracking.experiment, "evaluate", tags) as run:
        run.params({"evaluate": params.evaluate.model_dump(mode="json")})
        flat = tracking.flatten(figures)
        run.metrics({name: value for name, value in flat.items() if value is not None}, 0)
        for path in sorted(folder.iterdir()):
            run.file(path)
    say(f"evaluate {name}/{seed}: {_words(figures)}")


def pilots(policy: Policy, baselines: Baselines) -> list[Pilot]:
    """The policy, by its mean and by draws, and the baselines on the same seeds."""
    return [
        Pilot("deterministic", policy),
        Pilot("stochastic", policy, stochastic=True),
        Pilot("hold", Hold()),
        Pilot("direct", Direct()),
        Pilot("mvp", VoltagePotential(baselines.mvp)),
    ]


def fly_all(
    airspace: Airspace, sets: ScenarioSets, test_sets: dict[str, TestSet], flyers: list[Pilot], evaluate: Evaluate
) -> Results:
    """All episodes of all sets by all pilots; named scenarios and the policy's worst drawn episodes are recorded."""
    flights: list[Results] = []
    for set_name, members in (("suite", sets.suite), ("custom", sets.custom), ("test", sets.drawn["test"])):
        for pilot in flyers if len(members) else []:
            chosen = episodes_of(sets, set_name, pilot, evaluate.stochastic_episodes, evaluate.seed)
            record = range(len(chosen)) if pilot.mode == "deterministic" and set_name != "test" else ()
            flights.append(_fly(airspace, chosen, pilot, set_name, evaluate, record))
    test = Episodes.drawn(sets.drawn["test"])
    flights.append(_record_worst(airspace, test, flyers[0], flights[-len(flyers)].episodes, evaluate))
    for name, found in test_sets.items():
        elsewhere = replace(airspace, settings=found.airspace)
        flights += [_fly(elsewhere, Episodes.drawn(found.seeds), pilot, name, evaluate) for pilot in flyers]
    return Results(
        *(
            pd.concat([getattr(flown, kind) for flown in flights], ignore_index=True)
            for kind in ("episodes", "conflicts", "recordings")
        )
    )


def fly_shifts(
    airspace: Airspace, sets: ScenarioSets, flyers: list[Pilot], shifts: Shifts, evaluate: Evaluate
) -> ShiftResults:
    """All shifts of the chosen scenarios by all pilots, the draws of the policy too.

    Raises:
        ValueError: a scenario that is not among the named ones.
    """
    chosen = [sets.named[known(name, sets.named, "params.yaml: shifts.scenarios")] for name in shifts.scenarios]
    laid_out = lay_out(airspace, chosen, shifts, evaluate.seed)
    flights = [(pilot.mode, _fly_laid_out(laid_out, pilot, evaluate)) for pilot in flyers]
    episodes = [label(flown.episodes, laid_out).assign(set="shifts", mode=mode) for mode, flown in flights]
    conflicts = [flown.conflicts.assign(set="shifts", mode=mode) for mode, flown in flights]
    return ShiftResults(
        pd.concat(episodes, ignore_index=True), pd.concat(conflicts, ignore_index=True), laid_out.left_out
    )


def fly_variants(airspace: Airspace, sets: ScenarioSets, pilot: Pilot, evaluate: Evaluate) -> pd.DataFrame:
    """The memorisation test: variants of each scenario of the suite."""
    variants, jitter_nm = evaluate.memorisation_variants, evaluate.memorisation_jitter_nm
    suite = list(sets.suite.values())
    return memorisation(airspace, suite, pilot, variants, jitter_nm, evaluate.seed, evaluate.confidence)


def _fly_laid_out(laid_out: ShiftedEpisodes, pilot: Pilot, evaluate: Evaluate) -> MeasuredFlight:
    return fly_measured(laid_out.airspace, laid_out.episodes, pilot, evaluate.worlds_per_block)


def _record_worst(airspace: Airspace, test: Episodes, pilot: Pilot, flown: pd.DataFrame, evaluate: Evaluate) -> Results:
    """Fly the drawn episodes again, in the same blocks, and keep recordings of those of smallest separation only."""
    worst = flown.nsmallest(evaluate.worst_recorded, "min_separation_nm")["episode"].tolist()
    again = fly(airspace, test, pilot.steers, record=worst, worlds_per_block=evaluate.worlds_per_block)
    labels = {"set": "test", "mode": pilot.mode}
    return Results(pd.DataFrame(), pd.DataFrame(), _label(again, labels))


def _fly(
    airspace: Airspace,
    episodes: Episodes,
    pilot: Pilot,
    set_name: str,
    evaluate: Evaluate,
    record: range | tuple[()] = (),
) -> Results:
    flown = fly_measured(airspace, episodes, pilot, evaluate.worlds_per_block, record)
    labels = {"set": set_name, "mode": pilot.mode}
    return Results(flown.episodes.assign(**labels), flown.conflicts.assign(**labels), _label(flown, labels))


def _label(flown: Flown | MeasuredFlight, labels: dict[str, str]) -> pd.DataFrame:
    """The recordings in one table, each with its labels, its scenario and its episode's number."""
    names = flown.episodes["scenario"].tolist()
    labelled = [rows.assign(**labels, scenario=names[row], episode=row) for row, rows in flown.recordings.items()]
    return pd.concat(labelled, ignore_index=True) if labelled else pd.DataFrame()


def _words(figures: dict) -> str:
    suite, test = figures["suite"]["deterministic"], figures["test"]
    return (
        f"suite {suite['solved']} of {suite['scenarios']} flown without loss of separation, all arriving; "
        f"LoS on unseen traffic {test['deterministic']['los_rate']:.1%} "
        f"(hold {test['hold']['los_rate']:.1%}, mvp {test['mvp']['los_rate']:.1%})"
    )


if __name__ == "__main__":
    stage.run(main)
