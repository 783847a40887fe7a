"""Stage evaluate: play one trained policy through every set of its world.

Usage: python -m pipeline.stages.evaluate WORLD POLICY SEED.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from envs.ground.doors import shield, simulation
from envs.ground.evaluating import Axis
from envs.ground.play import Episodes, Played, Space, play
from envs.ground.policy import Policy
from envs.ground.steering import Steering
from envs.ground.turn_game import turn_game_of
from envs.ground.world import DRAWN_NAME
from pipeline.evaluation.curves import axis_table
from pipeline.evaluation.figures import by_scenario, by_set
from pipeline.evaluation.judged import OURS, Judged, compared_columns
from pipeline.evaluation.marl_eval import marl_eval
from pipeline.evaluation.measuring import Contestant, MeasuredPlay, contest, episodes_of, play_measured
from pipeline.evaluation.memorisation import memorisation
from pipeline.evaluation.mixed_teams import play_mixed
from pipeline.evaluation.run_results import marl_eval_results
from pipeline.evaluation.shift_figures import SHIFT, bands, curves, label
from pipeline.export.onnx_export import as_exported, check_takes
from pipeline.ground import files
from pipeline.ground.digests import digest_folder
from pipeline.ground.paths import ONNX, PARAMS, evaluation, model, scenarios
from pipeline.ground.progress import say
from pipeline.ground.threads import set_threads
from pipeline.ground.writing import write_atomically
from pipeline.policies.envelope import Ranging
from pipeline.policies.model_files import read_model
from pipeline.policies.modelled import model_of
from pipeline.scenarios.sets import ScenarioSets, TestSet, draw_seeds, read_sets, read_test_sets
from pipeline.search.policy import searching
from pipeline.settings.evaluate import Evaluate
from pipeline.settings.params import Params, read_params
from pipeline.settings.worlds import baselines_settings, evaluation_settings, simulation_settings
from pipeline.tracking import runs

LABELS = ["set", "mode"]


@dataclass(frozen=True)
class Results:
    """All episodes, events and recordings, with the columns set and mode."""

    episodes: pd.DataFrame
    events: pd.DataFrame
    recordings: pd.DataFrame


@dataclass(frozen=True)
class Course:
    """What is played in and by whom, and how it is counted: in any world, and (`own`) in this one."""

    space: Space
    contestants: list[Contestant]
    world: Judged
    evaluate: Evaluate
    own: Any

    def play(self, space: Space, episodes: Episodes, by: Contestant) -> MeasuredPlay:
        """Play and measure episodes."""
        return play_measured(space, episodes, by, self.world.evaluation, self.evaluate.worlds_per_block)


def main() -> None:
    """Play, and write data/evaluation/WORLD/POLICY/SEED."""
    world, name, number = files.words("WORLD POLICY SEED", "airspace generic 0")
    seed, params, sets = int(number), read_params(PARAMS), read_sets(simulation(world), scenarios(world))
    settings, own = simulation_settings(params, world, str(PARAMS)), evaluation_settings(params, world, str(PARAMS))
    rules = baselines_settings(params, world, str(PARAMS))
    set_threads(simulation(world), 1, params.evaluate.environment_threads)
    trained, judged = read_model(model(world, name, seed)), Judged.of(world, settings)
    discount = trained.figures["hyperparameters"]["gamma"]
    space = Space(simulation(world), settings, tuple(sets.named.values()), discount)
    apart = read_test_sets(simulation(world), scenarios(world), settings)
    num_features = len(space.simulation.features(settings))
    check_takes(trained.network, num_features, model(world, name, seed))
    policy, onnx = as_exported(trained.network, num_features, params.export.opset)
    game = turn_game_of(space.simulation, settings)
    learned = model_of(trained.network, game.factor * discount) if game is not None else None
    searched = searching(policy, game, params.evaluate.searched_simulations, discount, learned)
    contestants = contest(policy, shield(world), judged.baselines.make(rules), searched)
    seen = Ranging(policy, num_features)
    course = Course(space, contestants, judged, params.evaluate, own)
    axes = judged.evaluation.axes(settings, own)
    along = draw_along(axes, course)
    played, shifted = play_all(course, seen, sets, apart, along), play_shifts(course, sets)
    hard = sets.difficulty | {(name, DRAWN_NAME): found.difficulty for name, found in (apart | along).items()}
    figures = sum_up(course, played, shifted)
    tables = tabulate(course, sets, played, shifted, axes)
    by_task = by_difficulty(by_scenario(played.episodes, judged, seed, params.evaluate.confidence), hard)
    figures |= {"world": world, "compared": compared_columns(judged), "tested": seen.ranges(), **judged.described()}
    folder = evaluation(world, name, seed)
    write(folder, played, shifted, tables | {"scenarios.csv": by_task}, figures, judged)
    write_atomically(folder / ONNX, lambda path: path.write_bytes(onnx))
    results = marl_eval_results(by_task, judged, name, seed, trained.figures["agent_steps"])
    files.write_text(folder / "marl_eval.json", json.dumps(marl_eval(world, results), indent=2))
    tags = {"world": world, "policy": name, "seed": number, "model_hash": trained.figures["model_hash"]}
    track(params, tags, figures, folder)
    say(f"evaluate {world}/{name}/{seed}: {closing_words(figures, judged)}")


def draw_along(axes: Sequence[Axis], course: Course) -> dict[str, TestSet]:
    """The sets of all axes, with seeds of their own and on each axis the same room, which is compiled once."""
    sets: dict[str, TestSet] = {}
    for axis in axes:
        room = max((course.space.simulation.room(own) for own, _ in axis.sets.values()), default=0)
        for place, (own, count) in axis.sets.items():
            name = axis.set_name(place)
            rng = np.random.default_rng([course.evaluate.seed, *name.encode()])
            sets[name] = TestSet(own, draw_seeds(rng, "test", count), np.nan, room)
    return sets


def play_all(
    course: Course,
    seen: Policy | Steering,
    sets: ScenarioSets,
    apart: Mapping[str, TestSet],
    along: Mapping[str, TestSet],
) -> Results:
    """All sets by all contestants; those along axes without drawn actions.

    Args:
        seen: plays instead of the policy, but not along axes, which lead out of what it was made for.
    """
    watched = [replace(by, acts=seen) if by.mode == OURS[0] else by for by in course.contestants]
    alone = [by for by in course.contestants if not by.stochastic]
    found = [*play_common(replace(course, contestants=watched), sets), *play_apart(course, apart, watched)]
    return gather([*found, *play_apart(course, along, alone)])


def play_common(course: Course, sets: ScenarioSets) -> list[Results]:
    """The sets that share one space, by all; named scenarios and the policy's worst drawn ones recorded."""
    found: list[Results] = []
    evaluate, space = course.evaluate, course.space
    for set_name, members in (("suite", sets.suite), ("custom", sets.custom), ("test", sets.drawn["test"])):
        for by in course.contestants if len(members) else []:
            chosen = episodes_of(sets, set_name, by, evaluate.stochastic_episodes, evaluate.seed)
            record = range(len(chosen)) if by.mode == "deterministic" and set_name != "test" else ()
            found.append(_play(course, space, chosen, by, set_name, record))
    test = Episodes.drawn(sets.drawn["test"])
    found.append(_record_worst(course, test, found[-len(course.contestants)].episodes))
    return found


def play_apart(course: Course, sets: Mapping[str, TestSet], contestants: Sequence[Contestant]) -> list[Results]:
    """Sets of drawn episodes, each in a space of its own."""
    found: list[Results] = []
    for name, own in sets.items():
        elsewhere = replace(course.space, scenarios=(), settings=own.settings, room=own.room)
        found += [_play(course, elsewhere, Episodes.drawn(own.seeds), by, name) for by in contestants]
    return found


def gather(found: Sequence[Results]) -> Results:
    """All of them in one."""
    return Results(
        *(
            pd.concat([getattr(played, kind) for played in found], ignore_index=True)
            for kind in ("episodes", "events", "recordings")
        )
    )


@dataclass(frozen=True)
class ShiftResults:
    """Shifted episodes and their events, and the episodes that were left out."""

    episodes: pd.DataFrame
    events: pd.DataFrame
    left_out: pd.DataFrame


def play_shifts(course: Course, sets: ScenarioSets) -> ShiftResults | None:
    """All shifts of the chosen scenarios by all contestants, the draws of the policy too; None: the world has none."""
    shifted = course.world.evaluation.shifted(course.space, course.own, sets.named, course.evaluate.seed)
    if shifted is None:
        return None
    played = [(by.mode, course.play(shifted.space, shifted.episodes, by)) for by in course.contestants]
    episodes = [label(each.episodes, shifted).assign(set="shifts", mode=mode) for mode, each in played]
    events = [each.events.assign(set="shifts", mode=mode) for mode, each in played]
    return ShiftResults(pd.concat(episodes, ignore_index=True), pd.concat(events, ignore_index=True), shifted.left_out)


def sum_up(course: Course, played: Results, shifted: ShiftResults | None) -> dict[str, Any]:
    """Figures by set and mode, of shifts by band, and the score."""
    world, confidence = course.world, course.evaluate.confidence
    figures = by_set(played.episodes, world, confidence)
    figures["shifts"] = bands(shifted.episodes, shifted.left_out, world, confidence) if shifted else {}
    figures["score"] = world.evaluation.score(figures, course.own)
    return figures


def tabulate(
    course: Course, sets: ScenarioSets, played: Results, shifted: ShiftResults | None, axes: Sequence[Axis]
) -> dict[str, pd.DataFrame]:
    """Tables by file name, after variants and mixed teams are played; what a world has not has no rows."""
    space, contestants, world, evaluate = course.space, course.contestants, course.world, course.evaluate
    suite, test, teams = list(sets.suite.values()), sets.drawn["test"], world.evaluation.teams(course.own)
    shifts = pd.DataFrame(columns=["mode", *SHIFT, "episodes", "leading", "left_out"])
    if shifted is not None:
        shifts = curves(shifted.episodes, shifted.left_out, world, evaluate.confidence)
    return {
        "shifts.csv": shifts,
        "memorisation.csv": memorisation(space, suite, contestants[0], world, course.own, evaluate),
        "teams.csv": play_mixed(space, test, contestants, world, teams, evaluate),
        "curves.csv": axis_table(played.episodes, axes, world, evaluate.confidence),
    }


def by_difficulty(table: pd.DataFrame, difficulty: Mapping[tuple[str, str], float]) -> pd.DataFrame:
    """The table of scenarios with how hard each is, by set and scenario."""
    return table.assign(difficulty=[difficulty[key] for key in zip(table["set"], table["scenario"], strict=True)])


def write(
    folder: Path,
    played: Results,
    shifted: ShiftResults | None,
    tables: Mapping[str, pd.DataFrame],
    figures: dict[str, Any],
    world: Judged,
) -> None:
    """Write all that later stages read."""
    files.write_parquet(folder / "episodes.parquet", played.episodes)
    shifts = pd.DataFrame(columns=[*LABELS, *SHIFT]) if shifted is None else shifted.episodes
    files.write_parquet(folder / "shifts.parquet", shifts)
    events = [played.events, *([shifted.events] if shifted else [])]
    files.write_parquet(folder / "events.parquet", pd.concat(events, ignore_index=True))
    files.write_parquet(folder / "recordings.parquet", played.recordings)
    for file, table in tables.items():
        files.write_csv(folder / file, table)
    files.write_text(folder / "figures.json", json.dumps(figures, indent=2))
    files.write_text(folder / "metrics.json", json.dumps(world.evaluation.headline(figures), indent=2))


def track(params: Params, tags: Mapping[str, str], figures: Mapping[str, Any], folder: Path) -> None:
    """Tell the tracking server: figures that are numbers, and all files."""
    with runs.run(params.tracking.experiment, "evaluate", dict(tags)) as run:
        run.params({"evaluate": params.evaluate.model_dump(mode="json")})
        played = scenarios(tags["world"])
        run.dataset(played, digest_folder(played), "evaluation")
        flat = runs.flatten(dict(figures))
        run.metrics({name: float(value) for name, value in flat.items() if isinstance(value, int | float)}, 0)
        for path in sorted(folder.iterdir()):
            run.file(path)


def _record_worst(course: Course, test: Episodes, played: pd.DataFrame) -> Results:
    """Play the drawn episodes again, in the same blocks, and keep recordings of the worst; of none the columns."""
    first, count = course.contestants[0], course.evaluate.worst_recorded
    worst = played.nsmallest(count, course.world.evaluation.closeness)["episode"].tolist()
    block = course.evaluate.worlds_per_block
    wanted, record = (test, worst) if worst else (test.take(slice(0, 1)), [0])
    again = play(course.space, wanted, first.acts, record=record, worlds_per_block=block)
    recorded = _label(again, {"set": "test", "mode": first.mode})
    return Results(pd.DataFrame(), pd.DataFrame(), recorded if worst else recorded.iloc[:0])


def _play(
    course: Course, space: Space, episodes: Episodes, by: Contestant, set_name: str, record: range | tuple[()] = ()
) -> Results:
    played = play_measured(space, episodes, by, course.world.evaluation, course.evaluate.worlds_per_block, record)
    labels = {"set": set_name, "mode": by.mode}
    return Results(played.episodes.assign(**labels), played.events.assign(**labels), _label(played, labels))


def _label(played: Played | MeasuredPlay, labels: Mapping[str, str]) -> pd.DataFrame:
    """The recordings in one table, each with its labels, its scenario and its episode's number."""
    names = played.episodes["scenario"].tolist()
    labelled = [rows.assign(**labels, scenario=names[row], episode=row) for row, rows in played.recordings.items()]
    return pd.concat(labelled, ignore_index=True) if labelled else pd.DataFrame()


def closing_words(figures: Mapping[str, Any], world: Judged) -> str:
    """The leading figure on unseen episodes, ours and the baselines'; and how much of the suite is solved."""
    leading, test = world.leading, figures["test"]
    rules = [mode for mode in test if mode not in OURS]
    beside = ", ".join(f"{mode} {leading.shown(test[mode]['leading'])}" for mode in rules)
    suite = figures.get("suite", {}).get("deterministic")
    solved = f"suite {suite['solved']} of {suite['scenarios']} solved; " if suite else ""
    return f"{solved}on unseen episodes {leading.said(test['deterministic']['leading'])} ({beside})"


if __name__ == "__main__":
    files.run(main)
