"""The command `murmuration`: thin over the parts. What a command needs it imports when it runs: help is at once."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from envs.ground.outside import OWN
from pipeline.doctor.commands import commands as doctor_commands
from pipeline.duel.commands import commands as duel_commands
from pipeline.experiments.commands import commands as experiment_commands
from pipeline.ground import completions
from pipeline.ground.files import run, write_text
from pipeline.recording.commands import commands as recording_commands
from pipeline.release.commands import commands as acceptance_commands
from pipeline.show.commands import commands as show_commands
from pipeline.standalone.commands import commands as training_commands

if TYPE_CHECKING:
    from pipeline.evaluation.resampling import Bootstrap
    from pipeline.settings.evaluate import Evaluate

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
app.add_typer(training_commands)
app.add_typer(recording_commands)
app.add_typer(acceptance_commands)
app.add_typer(experiment_commands)
app.add_typer(doctor_commands)
app.add_typer(show_commands)
app.add_typer(duel_commands)

PolicyArgument = Annotated[
    Path,
    typer.Argument(
        help="An exported policy: its folder or policy.onnx; or a world, whose champion comes along.",
        autocompletion=completions.policies,
    ),
]
ScenarioArgument = Annotated[
    Path,
    typer.Argument(
        help="A scenario file, of the world that the policy plays in.", autocompletion=completions.scenarios
    ),
]
ChoicesOption = Annotated[
    list[str],
    typer.Option(
        "--with",
        metavar="KEY=VALUE",
        help="Decides, where another format's file holds more than a scenario; a refusal names the key. Repeatable.",
    ),
]


@app.callback()
def murmuration() -> None:
    """Train policies, play exported ones, and look at what they do. `dvc repro` runs the stages of params.yaml."""


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
        str, typer.Option(help="Another simulator that the world knows: play there too, print the figures of both.")
    ] = OWN,
    choices: ChoicesOption = [],  # noqa: B006 (typer wants a list; nobody changes it)
    shield: Annotated[
        bool, typer.Option(help="Hang the world's net below: decisions are changed where a failure is foreseen.")
    ] = False,
) -> None:
    """Fly an exported policy through a scenario file and print the figures.

    Outside of what the policy was tested on, the rule that its export names takes over, and the figures say so.
    With another --simulator what is written (--record, --animate) is what came of it there.
    """
    from envs.ground import doors
    from envs.ground.play import Episodes
    from pipeline.export.policy_file import read_policy
    from pipeline.playing import figures_of, play_export, watched_figures, words, write_animation, write_recordings
    from pipeline.shipped.files import policy_at

    _check_flight(episodes, stochastic, simulator, shield, animate)
    player, described = read_policy(policy_at(policy))
    taken, flown = _take(described.world, scenario, choices), Episodes.of_scenarios([0], episodes, seed)
    within = described.watched(player)
    net = doors.shield(described.world).below(within) if shield else None
    played = play_export(net or within, player, described, taken, flown, stochastic, simulator)
    outcomes, shown = described.simulation.outcomes(described.simulation_settings), played[simulator].recordings
    figures = {name: figures_of(found.episodes, outcomes) for name, found in played.items()}
    figures[OWN] |= watched_figures(within.watched, described.tested.rule)
    if net is not None:
        figures[OWN] |= net.tally.figures()
    if record is not None:
        write_recordings(record, shown)
    if animate is not None:
        write_animation(animate, described.world, shown[0], figures[simulator]["scenario"], str(scenario))
    if as_json:
        print(json.dumps(figures if len(figures) > 1 else figures[simulator]))
    else:
        print(words(figures, outcomes, described.simulation.step_s))


def _check_flight(episodes: int, stochastic: bool, simulator: str, shield: bool, animate: Path | None) -> None:
    """Refuse options of `fly` that do not go together, or a film of an unknown kind."""
    if episodes > 1 and not stochastic:
        raise ValueError(f"--episodes: got {episodes}, wanted 1: without --stochastic all episodes are the same")
    if shield and simulator != OWN:
        raise ValueError(f"--shield: got --simulator {simulator}, wanted none: the net foresees this world alone")
    if animate is not None:
        from pipeline.pictures.viewing import check_output

        check_output(animate, "--animate")


@app.command("compare")
def compare_command(
    contenders: Annotated[
        list[str],
        typer.Argument(
            help="Two or more: data/evaluation/WORLD/POLICY[/SEED], or an export; PATH:NAME for a baseline.",
            autocompletion=completions.contenders,
        ),
    ],
    set_name: Annotated[str, typer.Option("--set", help="Which episodes: test, suite or custom.")] = "test",
    plot: Annotated[Path | None, typer.Option(help="Draw the differences to this .svg file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the differences as JSON.")] = False,
) -> None:
    """Compare the first with each other one on the same episodes: paired differences with intervals."""
    from pipeline.release.comparison import Wanted, compare, read_contender, words
    from pipeline.settings.params import read_params
    from pipeline.shipped.files import params_here

    if len(contenders) < 2:
        raise ValueError(f"got {' '.join(contenders)}, wanted two or more to compare")
    if plot is not None and plot.suffix.lower() != ".svg":
        raise ValueError(f"--plot: got {plot}, wanted a name that ends in .svg")
    evaluate = read_params(params_here()).evaluate
    wanted = Wanted(set_name, evaluate)
    first, *others = [read_contender(text, wanted) for text in contenders]
    tables = {other.name: compare(first, other, _bootstrap(evaluate)) for other in others}
    told = [words(first, other, tables[other.name], evaluate.confidence) for other in others]
    if plot is not None:
        from pipeline.pictures.curve_pictures import draw_differences

        write_text(plot, draw_differences(first.name, tables))
    if as_json:
        rows = {name: table.astype(object).where(table.notna(), None) for name, table in tables.items()}
        print(json.dumps({name: table.to_dict("records") for name, table in rows.items()}))
        return
    print("\n".join(told))


def _bootstrap(evaluate: Evaluate) -> Bootstrap:
    import numpy as np

    from pipeline.evaluation.resampling import Bootstrap

    return Bootstrap(evaluate.confidence, evaluate.bootstrap_resamples, np.random.default_rng(evaluate.seed))


@app.command("view")
def view_command(
    file: Annotated[
        Path, typer.Argument(help="A scenario (.json), or a recording (.parquet).", autocompletion=completions.shown)
    ],
    episode: Annotated[str | None, typer.Option(help="Of a recording: the number, or the scenario's name.")] = None,
    output: Annotated[
        Path | None, typer.Option(help="A page .html, or a film .gif or .mp4. Default: FILE's name .html beside it.")
    ] = None,
    world: Annotated[
        str | None,
        typer.Option(
            help="Whose it is. Default: what a folder above FILE says, or what fits.", autocompletion=completions.worlds
        ),
    ] = None,
) -> None:
    """Make an animated page or film of a scenario, played as if nobody acts, or of a recording."""
    from pipeline.pictures.viewing import check_output, read_scenes, write_view

    written = output or file.with_suffix(".html")
    check_output(written, "--output")
    write_view(written, read_scenes(file, episode, world), title=file.stem, source=str(file))
    print(f"open {written}")


@app.command("new-world")
def new_world_command(
    name: Annotated[str, typer.Argument(help="Of the folder in envs: small letters, digits and _.")],
) -> None:
    """Make a world of your own: its five rooms with defaults, its section of params.yaml, and a test that passes."""
    from pipeline.worlds.new_world import new_world

    for path in new_world(name, Path()):
        print(f"{path}: written")
    print(f"try it: dvc exp run -S 'worlds=[{name}]'")


@app.command("convert")
def convert_command(
    source: Annotated[Path, typer.Argument(help="A scenario file to read: our .json, or another format of the world.")],
    target: Annotated[Path, typer.Argument(help="The file to write, in the format that its name ends in.")],
    world: Annotated[
        str | None,
        typer.Option(
            help="Whose scenario it is. Default: the world that has the other format.",
            autocompletion=completions.worlds,
        ),
    ] = None,
    choices: ChoicesOption = [],  # noqa: B006 (typer wants a list; nobody changes it)
) -> None:
    """Convert a scenario file between our JSON and formats that others have for a world.

    What was left out of a file is told, and stands in the notes of what is written.
    """
    from envs.ground import doors
    from pipeline.scenarios.files import write_scenario

    name = world or _world_of(source, target)
    write_scenario(doors.simulation(name), _take(name, source, choices), target, doors.outside(name).formats)
    print(f"{target}: written")


def _take(world: str, path: Path, choices: list[str]) -> Any:
    """The scenario in a file; what of the file is not in it is told on stderr."""
    from envs.ground import doors
    from pipeline.scenarios.files import choices_of, take_scenario

    taken = take_scenario(doors.simulation(world), path, doors.outside(world).formats, choices_of(choices))
    for sentence in taken.left_out:
        print(f"{path}: {sentence}", file=sys.stderr)
    return taken.scenario


def _world_of(*paths: Path) -> str:
    """The one world that has a format of its own by which one of these files is named.

    Raises:
        ValueError: none has, or several have.
    """
    from envs.ground import doors

    suffixes = {path.suffix for path in paths}
    known_by = {name: set(doors.outside(name).formats) for name in doors.worlds()}
    found = [name for name, formats in known_by.items() if formats & suffixes]
    if len(found) != 1:
        wish = " or ".join(sorted(set().union(*known_by.values())))
        raise ValueError(f"{', '.join(map(str, paths))}: whose? wanted --world, or one name that ends in {wish}")
    return found[0]


def main() -> None:
    """Run the command; people's mistakes are told in a line."""
    run(lambda: app(sys.argv[1:], prog_name="murmuration"))


if __name__ == "__main__":
    main()
