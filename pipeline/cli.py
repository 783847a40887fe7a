"""The command `murmuration`: thin over the parts."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer

from pipeline.comparison import Traffic, compare, read_contender
from pipeline.comparison import words as compared_words
from pipeline.curve_pictures import draw_differences
from pipeline.flying import Airspace, Episodes, Flown, fly
from pipeline.params import Evaluate, read_params
from pipeline.paths import PARAMS, SCENARIOS
from pipeline.performance import aircraft_type
from pipeline.policy_file import read_policy
from pipeline.scenario_files import read_scenario
from pipeline.scenario_sets import read_sets
from pipeline.stage import run, write_parquet, write_text
from pipeline.statistics import Bootstrap
from pipeline.viewing import check_output, read_flights, write_view

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)

PolicyArgument = Annotated[Path, typer.Argument(help="An exported policy: policy.onnx, or the folder that holds it.")]
ScenarioArgument = Annotated[Path, typer.Argument(help="A scenario file, say data/scenarios/suite/head_on.json.")]


@app.callback()
def murmuration() -> None:
    """Fly shared policies that keep aircraft apart. Training and evaluation run as stages: `dvc repro`."""


@app.command("fly")
def fly_command(
    policy: PolicyArgument,
    scenario: ScenarioArgument,
    episodes: Annotated[int, typer.Option(min=1, help="How many episodes; more than one only with --stochastic.")] = 1,
    stochastic: Annotated[bool, typer.Option(help="Draw actions from the policy instead of its mean.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Decides the draws.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
    record: Annotated[Path | None, typer.Option(help="Write every step of every episode to this Parquet file.")] = None,
    animate: Annotated[Path | None, typer.Option(help="Write the first episode as .html, .gif or .mp4.")] = None,
) -> None:
    """Fly an exported policy through a scenario file and print the figures."""
    if episodes > 1 and not stochastic:
        raise ValueError(f"--episodes: got {episodes}, wanted 1: without --stochastic all episodes are the same")
    if animate is not None:
        check_output(animate, "--animate")
    flown = _fly(policy, scenario, Episodes.of_scenarios([0], episodes, seed), stochastic)
    figures = _figures(flown)
    if record is not None:
        frames = [frame.assign(episode=row) for row, frame in flown.recordings.items()]
        write_parquet(record, pd.concat(frames, ignore_index=True))
    if animate is not None:
        name = figures["scenario"]
        write_view(animate, {name: flown.recordings[0]}, title=name, source=str(scenario))
    print(json.dumps(figures) if as_json else _words(figures))


@app.command("compare")
def compare_command(
    contenders: Annotated[
        list[str],
        typer.Argument(help="Two or more: data/evaluation/POLICY[/SEED], or an export; PATH:mvp for who flew there."),
    ],
    set_name: Annotated[str, typer.Option("--set", help="Which episodes: test, suite or custom.")] = "test",
    plot: Annotated[Path | None, typer.Option(help="Draw the differences to this .svg file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the differences as JSON.")] = False,
) -> None:
    """Compare the first with each other one on the same episodes: paired differences with intervals."""
    if len(contenders) < 2:
        raise ValueError(f"got {' '.join(contenders)}, wanted two or more to compare")
    if plot is not None and plot.suffix.lower() != ".svg":
        raise ValueError(f"--plot: got {plot}, wanted a name that ends in .svg")
    evaluate = read_params(PARAMS).evaluate
    traffic = Traffic(set_name, read_sets(SCENARIOS), evaluate)
    first, *others = [read_contender(text, traffic) for text in contenders]
    tables = {other.name: compare(first, other, _bootstrap(evaluate)) for other in others}
    if plot is not None:
        write_text(plot, draw_differences(first.name, tables))
    if as_json:
        rows = {name: table.astype(object).where(table.notna(), None) for name, table in tables.items()}
        print(json.dumps({name: table.to_dict("records") for name, table in rows.items()}))
        return
    print("\n".join(compared_words(first.name, name, table, evaluate.confidence) for name, table in tables.items()))


def _bootstrap(evaluate: Evaluate) -> Bootstrap:
    return Bootstrap(evaluate.confidence, evaluate.bootstrap_resamples, np.random.default_rng(evaluate.seed))


@app.command("view")
def view_command(
    file: Annotated[Path, typer.Argument(help="A scenario (.json), or a recording (.parquet).")],
    episode: Annotated[str | None, typer.Option(help="Of a recording: the number, or the scenario's name.")] = None,
    output: Annotated[
        Path | None, typer.Option(help="A page .html, or a film .gif or .mp4. Default: FILE's name .html beside it.")
    ] = None,
) -> None:
    """Make an animated page or film of a scenario, flown as if nobody acts, or of a recording."""
    written = output or file.with_suffix(".html")
    check_output(written, "--output")
    write_view(written, read_flights(file, episode), title=file.stem, source=str(file))
    print(f"open {written}")


def _fly(policy_path: Path, scenario_path: Path, episodes: Episodes, stochastic: bool) -> Flown:
    policy, described = read_policy(policy_path)
    scenario = read_scenario(scenario_path)
    airspace = Airspace(described.airspace, (scenario,), described.discount, aircraft_type)
    return fly(airspace, episodes, policy, stochastic=stochastic, record=range(len(episodes)))


def _figures(flown: Flown) -> dict[str, Any]:
    """The figures of the episodes; a separation that does not exist (one aircraft alone) is null."""
    table = flown.episodes
    separation, flight_time = table["min_separation_nm"].min(), table["flight_time_s"].mean()
    return {
        "scenario": str(table["scenario"].iloc[0]),
        "episodes": len(table),
        "los_rate": float(table["los"].mean()),
        "min_separation_nm": float(separation) if np.isfinite(separation) else None,
        "arrived_share": float(table["arrived_share"].mean()),
        "flight_time_s": float(flight_time) if np.isfinite(flight_time) else None,
    }


def _words(figures: dict[str, Any]) -> str:
    separation, time = figures["min_separation_nm"], figures["flight_time_s"]
    lines = [
        f"{figures['scenario']}: {figures['episodes']} episode(s)",
        f"  loss of separation  {figures['los_rate']:.1%} of episodes",
        f"  minimum separation  {'alone' if separation is None else f'{separation:.2f} NM'}",
        f"  arrived             {figures['arrived_share']:.1%} of aircraft",
        f"  mean flight time    {'nobody arrived' if time is None else f'{time:.0f} s'}",
    ]
    return "\n".join(lines)


def main() -> None:
    """Run the command; people's mistakes are told in a line."""
    run(lambda: app(sys.argv[1:], prog_name="murmuration"))


if __name__ == "__main__":
    main()
