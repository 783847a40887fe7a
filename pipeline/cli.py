"""The command `murmuration`: thin over the parts."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer

from envs.airspace.bluesky.outside import OutsideAirspace, fly_outside
from envs.airspace.bluesky.simulator import BlueSky, BlueSkyInFrame
from envs.ground.play import Episodes, Played, Space, play
from pipeline.evaluation.comparison import Wanted, compare, read_contender
from pipeline.evaluation.comparison import words as compared_words
from pipeline.evaluation.statistics import Bootstrap
from pipeline.export.policy_file import read_policy
from pipeline.ground.files import run, write_parquet, write_text
from pipeline.ground.paths import PARAMS
from pipeline.pictures.curve_pictures import draw_differences
from pipeline.pictures.viewing import check_output, read_flights, write_view
from pipeline.release.commands import commands as acceptance_commands
from pipeline.scenarios.files import read_scenario, write_scenario
from pipeline.scenarios.scn import read_scn, write_scn
from pipeline.settings.evaluate import Evaluate
from pipeline.settings.params import read_params

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
app.add_typer(acceptance_commands)

PolicyArgument = Annotated[Path, typer.Argument(help="An exported policy: policy.onnx, or the folder that holds it.")]
ScenarioArgument = Annotated[Path, typer.Argument(help="A scenario file, of the world that the policy plays in.")]


READERS: dict[str, Callable[[Path], Any]] = {".json": read_scenario, ".scn": read_scn}
WRITERS: dict[str, Callable[[Any, Path], None]] = {".json": write_scenario, ".scn": write_scn}


class SimulatorName(StrEnum):
    """Who flies the aircraft."""

    OWN = "own"
    BLUESKY = "bluesky"


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
    simulator: Annotated[
        SimulatorName, typer.Option(help="bluesky: fly live in BlueSky too, and print the figures of both.")
    ] = SimulatorName.OWN,
) -> None:
    """Fly an exported policy through a scenario file and print the figures.

    With --simulator bluesky what is written (--record, --animate) is what BlueSky flew.
    """
    if episodes > 1 and not stochastic:
        raise ValueError(f"--episodes: got {episodes}, wanted 1: without --stochastic all episodes are the same")
    if animate is not None:
        check_output(animate, "--animate")
    flights = _fly(policy, scenario, Episodes.of_scenarios([0], episodes, seed), stochastic, simulator)
    flown, figures = flights[simulator], {name.value: _figures(flight) for name, flight in flights.items()}
    if record is not None:
        frames = [frame.assign(episode=row) for row, frame in flown.recordings.items()]
        write_parquet(record, pd.concat(frames, ignore_index=True))
    if animate is not None:
        name = figures[simulator.value]["scenario"]
        write_view(animate, {name: flown.recordings[0]}, title=name, source=str(scenario))
    if as_json:
        print(json.dumps(figures if len(figures) > 1 else figures[simulator.value]))
    else:
        print(_words(figures))


@app.command("compare")
def compare_command(
    contenders: Annotated[
        list[str],
        typer.Argument(
            help="Two or more: data/evaluation/WORLD/POLICY[/SEED], or an export; PATH:NAME for a baseline."
        ),
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
    wanted = Wanted(set_name, evaluate)
    first, *others = [read_contender(text, wanted) for text in contenders]
    tables = {other.name: compare(first, other, _bootstrap(evaluate)) for other in others}
    told = [compared_words(first, other, tables[other.name], evaluate.confidence) for other in others]
    if plot is not None:
        write_text(plot, draw_differences(first.name, tables))
    if as_json:
        rows = {name: table.astype(object).where(table.notna(), None) for name, table in tables.items()}
        print(json.dumps({name: table.to_dict("records") for name, table in rows.items()}))
        return
    print("\n".join(told))


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


@app.command("convert")
def convert_command(
    source: Annotated[Path, typer.Argument(help="A scenario file to read: .json, or .scn as BlueSky has it.")],
    target: Annotated[Path, typer.Argument(help="The file to write: .scn or .json.")],
) -> None:
    """Convert a scenario file between our JSON and BlueSky's .scn."""
    _format(target, WRITERS)(_format(source, READERS)(source), target)
    print(f"{target}: written")


def _format(path: Path, known: dict[str, Callable[..., Any]]) -> Callable[..., Any]:
    """What reads or writes files of this name."""
    if path.suffix not in known:
        raise ValueError(f"{path}: got a name ending in {path.suffix!r}, wanted {' or '.join(known)}")
    return known[path.suffix]


def _fly(
    policy_path: Path, scenario_path: Path, episodes: Episodes, stochastic: bool, simulator: SimulatorName
) -> dict[SimulatorName, Played]:
    """The episodes as flown here, and by another simulator where one is named."""
    policy, described = read_policy(policy_path)
    what = described.simulation, described.simulation_settings, (read_scenario(scenario_path),), described.discount
    flights = {}
    if simulator is SimulatorName.BLUESKY:  # first: it may not be installed
        airspace = OutsideAirspace(*what, simulator=BlueSkyInFrame(BlueSky()))
        flights[simulator] = fly_outside(airspace, episodes, policy, stochastic=stochastic)
    own = play(Space(*what), episodes, policy, stochastic=stochastic, record=range(len(episodes)))
    return {SimulatorName.OWN: own} | flights


def _figures(flown: Played) -> dict[str, Any]:
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


def _words(figures: dict[str, dict[str, Any]]) -> str:
    """The figures of one simulator, or of several side by side."""
    first = next(iter(figures.values()))
    lines = [f"{first['scenario']}: {first['episodes']} episode(s)"]
    if len(figures) > 1:
        lines.append(" " * 20 + "".join(f"  {name:>20}" for name in figures))
    columns = [_column(each) for each in figures.values()]
    for label in columns[0]:
        values = [column[label] for column in columns]
        lines.append(f"  {label:<18}" + "".join(f"  {v:>20}" if len(values) > 1 else f"  {v}" for v in values))
    return "\n".join(lines)


def _column(figures: dict[str, Any]) -> dict[str, str]:
    separation, time = figures["min_separation_nm"], figures["flight_time_s"]
    return {
        "loss of separation": f"{figures['los_rate']:.1%} of episodes",
        "minimum separation": "alone" if separation is None else f"{separation:.2f} NM",
        "arrived": f"{figures['arrived_share']:.1%} of aircraft",
        "mean flight time": "nobody arrived" if time is None else f"{time:.0f} s",
    }


def main() -> None:
    """Run the command; people's mistakes are told in a line."""
    run(lambda: app(sys.argv[1:], prog_name="murmuration"))


if __name__ == "__main__":
    main()
