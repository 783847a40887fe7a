"""Stage evaluate: fly one trained policy through every set.

Usage: python -m pipeline.stages.evaluate WORLD POLICY SEED.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from envs.airspace.evaluation.settings import EvaluationSettings, Teams
from envs.airspace.evaluation.shift_settings import Shifts
from envs.airspace.simulation.room import SIMULATION
from envs.ground.doors import baselines
from envs.ground.play import Episodes, Played, Space, play
from envs.ground.policy import Policy
from envs.ground.steering import Steering
from pipeline.evaluation.curves import los_rate, side_by_side
from pipeline.evaluation.drawn_traffic import by_density, by_number
from pipeline.evaluation.figures import by_scenario, by_set, headline
from pipeline.evaluation.marl_eval import marl_eval
from pipeline.evaluation.measuring import MeasuredFlight, Pilot, episodes_of, fly_measured
from pipeline.evaluation.memorisation import memorisation
from pipeline.evaluation.mixed_teams import fly_mixed
from pipeline.evaluation.rates import per_flight_hour
from pipeline.evaluation.run_results import marl_eval_results
from pipeline.evaluation.score import score
from pipeline.evaluation.shift_figures import bands, curves, label
from pipeline.evaluation.shifts import ShiftedEpisodes, lay_out
from pipeline.ground import files
from pipeline.ground.checks import known
from pipeline.ground.paths import PARAMS, evaluation, model, scenarios
from pipeline.ground.progress import say
from pipeline.ground.threads import set_threads
from pipeline.policies.model_files import read_model
from pipeline.scenarios.sets import ScenarioSets, TestSet, read_sets, read_test_sets
from pipeline.settings.evaluate import Evaluate
from pipeline.settings.params import read_params
from pipeline.settings.worlds import baselines_settings, evaluation_settings, simulation_settings
from pipeline.tracking import runs


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
    """Fly, and write data/evaluation/WORLD/POLICY/SEED."""
    world, name, number = files.words("WORLD POLICY SEED", "airspace generic 0")
    seed, params, sets = int(number), read_params(PARAMS), read_sets(scenarios(world))
    settings = simulation_settings(params, world, str(PARAMS))
    own = evaluation_settings(params, world, str(PARAMS))
    test_sets = read_test_sets(scenarios(world), settings)
    set_threads(SIMULATION, 1, params.evaluate.environment_threads)
    trained = read_model(model(world, name, seed))
    discount = trained.figures["hyperparameters"]["gamma"]
    airspace = Space(SIMULATION, settings, tuple(sets.named.values()), discount)
    flyers = pilots(trained.policy, baselines(world).make(baselines_settings(params, world, str(PARAMS))))
    numbers = by_number(settings, own.numbers, params.evaluate.seed)
    densities = by_density(settings, own.sector, params.evaluate.seed)
    apart = test_sets | numbers | densities
    rules = [pilot for pilot in flyers if not pilot.stochastic]
    flown = gather(
        [
            *fly_common(airspace, sets, flyers, params.evaluate),
            *fly_apart(airspace, test_sets, flyers, params.evaluate),
            *fly_apart(airspace, numbers | densities, rules, params.evaluate),
        ]
    )
    shifted = fly_shifts(airspace, sets, flyers, own.shifts, params.evaluate)
    figures = by_set(flown.episodes, params.evaluate.confidence)
    figures["shifts"] = bands(shifted.episodes, shifted.left_out)
    figures["score"] = score(figures, own.score)
    hard = sets.difficulty | {(name, "procedural"): found.difficulty for name, found in apart.items()}
    tables = by_traffic(flown.episodes, own) | {
        "memorisation.csv": fly_variants(airspace, sets, flyers[0], own.jitter_nm, params.evaluate),
        "equipage.csv": fly_equipage(airspace, sets, flyers, own.teams, params.evaluate),
        "shifts.csv": curves(shifted.episodes, shifted.left_out, params.evaluate.confidence),
        "scenarios.csv": by_difficulty(by_scenario(flown.episodes, seed, params.evaluate.confidence), hard),
    }
    folder = evaluation(world, name, seed)
    write(folder, flown, shifted, tables, figures)
    results = marl_eval_results(tables["scenarios.csv"], name, seed, trained.figures["agent_steps"])
    files.write_text(folder / "marl_eval.json", json.dumps(marl_eval(trained.figures["world"], results), indent=2))
    tags = {"world": world, "policy": name, "seed": str(seed), "model_hash": trained.figures["model_hash"]}
    with runs.run(params.tracking.experiment, "evaluate", tags) as run:
        run.params({"evaluate": params.evaluate.model_dump(mode="json")})
        flat = runs.flatten(figures)
        run.metrics({name: value for name, value in flat.items() if value is not None}, 0)
        for path in sorted(folder.iterdir()):
            run.file(path)
    say(f"evaluate {world}/{name}/{seed}: {_words(figures)}")


def write(
    folder: Path, flown: Results, shifted: ShiftResults, tables: dict[str, pd.DataFrame], figures: dict[str, Any]
) -> None:
    """Write all that later stages read."""
    files.write_parquet(folder / "episodes.parquet", flown.episodes)
    files.write_parquet(folder / "shifts.parquet", shifted.episodes)
    conflicts = pd.concat([flown.conflicts, shifted.conflicts], ignore_index=True)
    files.write_parquet(folder / "conflicts.parquet", conflicts)
    files.write_parquet(folder / "recordings.parquet", flown.recordings)
    for file, table in tables.items():
        files.write_csv(folder / file, table)
    files.write_text(folder / "figures.json", json.dumps(figures, indent=2))
    files.write_text(folder / "metrics.json", json.dumps(headline(figures), indent=2))


def by_difficulty(table: pd.DataFrame, difficulty: dict[tuple[str, str], float]) -> pd.DataFrame:
    """The table of scenarios with how hard each is, by set and scenario."""
    return table.assign(difficulty=[difficulty[key] for key in zip(table["set"], table["scenario"], strict=True)])


def pilots(policy: Policy, rules: Mapping[str, Steering]) -> list[Pilot]:
    """The policy, by its mean and by draws, and the baselines on the same seeds."""
    ours = [Pilot("deterministic", policy), Pilot("stochastic", policy, stochastic=True)]
    return ours + [Pilot(name, rule) for name, rule in rules.items()]


def fly_common(airspace: Space, sets: ScenarioSets, flyers: list[Pilot], evaluate: Evaluate) -> list[Results]:
    """The sets that share one airspace, by all pilots; named scenarios and the policy's worst drawn ones recorded."""
    flights: list[Results] = []
    for set_name, members in (("suite", sets.suite), ("custom", sets.custom), ("test", sets.drawn["test"])):
        for pilot in flyers if len(members) else []:
            chosen = episodes_of(sets, set_name, pilot, evaluate.stochastic_episodes, evaluate.seed)
            record = range(len(chosen)) if pilot.mode == "deterministic" and set_name != "test" else ()
            flights.append(_fly(airspace, chosen, pilot, set_name, evaluate, record))
    test = Episodes.drawn(sets.drawn["test"])
    flights.append(_record_worst(airspace, test, flyers[0], flights[-len(flyers)].episodes, evaluate))
    return flights


def fly_apart(airspace: Space, sets: dict[str, TestSet], flyers: list[Pilot], evaluate: Evaluate) -> list[Results]:
    """Sets of drawn episodes, each in an airspace of its own."""
    flights: list[Results] = []
    for name, found in sets.items():
        elsewhere = replace(airspace, scenarios=(), settings=found.airspace, room=found.room)
        flights += [_fly(elsewhere, Episodes.drawn(found.seeds), pilot, name, evaluate) for pilot in flyers]
    return flights


def gather(flights: list[Results]) -> Results:
    """All of them in one."""
    return Results(
        *(
            pd.concat([getattr(flown, kind) for flown in flights], ignore_index=True)
            for kind in ("episodes", "conflicts", "recordings")
        )
    )


def fly_shifts(
    airspace: Space, sets: ScenarioSets, flyers: list[Pilot], shifts: Shifts, evaluate: Evaluate
) -> ShiftResults:
    """All shifts of the chosen scenarios by all pilots, the draws of the policy too.

    Raises:
        ValueError: a scenario that is not among the named ones.
    """
    chosen = [
        sets.named[known(name, sets.named, "params.yaml: airspace.evaluation.shifts.scenarios")]
        for name in shifts.scenarios
    ]
    laid_out = lay_out(airspace, chosen, shifts, evaluate.seed)
    flights = [(pilot.mode, _fly_laid_out(laid_out, pilot, evaluate)) for pilot in flyers]
    episodes = [label(flown.episodes, laid_out).assign(set="shifts", mode=mode) for mode, flown in flights]
    conflicts = [flown.conflicts.assign(set="shifts", mode=mode) for mode, flown in flights]
    return ShiftResults(
        pd.concat(episodes, ignore_index=True), pd.concat(conflicts, ignore_index=True), laid_out.left_out
    )


def fly_variants(
    airspace: Space, sets: ScenarioSets, pilot: Pilot, jitter_nm: float, evaluate: Evaluate
) -> pd.DataFrame:
    """The memorisation test: variants of each scenario of the suite."""
    variants = evaluate.memorisation_variants
    suite = list(sets.suite.values())
    return memorisation(airspace, suite, pilot, variants, jitter_nm, evaluate.seed, evaluate.confidence)


def fly_equipage(
    airspace: Space, sets: ScenarioSets, flyers: list[Pilot], wanted: Teams, evaluate: Evaluate
) -> pd.DataFrame:
    """Mixed equipage on unseen traffic: the policy beside aircraft that hold or follow mvp."""
    others = [pilot for pilot in flyers if pilot.mode in ("hold", "mvp")]
    confidence = evaluate.confidence
    episodes = Episodes.drawn(sets.drawn["test"][: wanted.num_episodes])
    return fly_mixed(airspace, episodes, flyers[0], others, wanted.shares, evaluate.worlds_per_block, confidence)


def by_traffic(episodes: pd.DataFrame, own: EvaluationSettings) -> dict[str, pd.DataFrame]:
    """The curves over traffic, by file: losses per flight hour over density, their rate over the number of aircraft."""
    return {
        "densities.csv": side_by_side(episodes, own.sector.sets, "density_per_10000_nm2", per_flight_hour),
        "numbers.csv": side_by_side(episodes, own.numbers.sets, "num_aircraft", los_rate),
    }


def _fly_laid_out(laid_out: ShiftedEpisodes, pilot: Pilot, evaluate: Evaluate) -> MeasuredFlight:
    return fly_measured(laid_out.airspace, laid_out.episodes, pilot, evaluate.worlds_per_block)


def _record_worst(airspace: Space, test: Episodes, pilot: Pilot, flown: pd.DataFrame, evaluate: Evaluate) -> Results:
    """Fly the drawn episodes again, in the same blocks, and keep recordings of those of smallest separation only."""
    worst = flown.nsmallest(evaluate.worst_recorded, "min_separation_nm")["episode"].tolist()
    again = play(airspace, test, pilot.steers, record=worst, worlds_per_block=evaluate.worlds_per_block)
    labels = {"set": "test", "mode": pilot.mode}
    return Results(pd.DataFrame(), pd.DataFrame(), _label(again, labels))


def _fly(
    airspace: Space,
    episodes: Episodes,
    pilot: Pilot,
    set_name: str,
    evaluate: Evaluate,
    record: range | tuple[()] = (),
) -> Results:
    flown = fly_measured(airspace, episodes, pilot, evaluate.worlds_per_block, record)
    labels = {"set": set_name, "mode": pilot.mode}
    return Results(flown.episodes.assign(**labels), flown.conflicts.assign(**labels), _label(flown, labels))


def _label(flown: Played | MeasuredFlight, labels: dict[str, str]) -> pd.DataFrame:
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
    files.run(main)
