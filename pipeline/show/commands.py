"""The command show: a page in which a policy is flown."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from pipeline.ground import completions

commands = typer.Typer()


@commands.command("show")
def show_command(
    policy: Annotated[
        Path,
        typer.Argument(
            help="An exported policy: its folder or policy.onnx; or a world, whose champion comes along.",
            autocompletion=completions.policies,
        ),
    ] = Path("airspace"),
    scenarios: Annotated[
        Path | None,
        typer.Option(
            help="A folder of scenario files. Default: data/custom_scenarios/WORLD.",
            autocompletion=completions.scenario_folders,
        ),
    ] = None,
    output: Annotated[Path, typer.Option(help="The page to write.")] = Path("show.html"),
    drawn: Annotated[int, typer.Option(min=0, help="How many episodes are drawn besides those with a name.")] = 12,
    seed: Annotated[int, typer.Option(min=0, help="Decides which are drawn.")] = 0,
    open_it: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in the browser.")] = True,
) -> None:
    """Write a page in which the policy flies in the browser: choose a scenario, draw one by mouse, drag what flies.

    One file that needs no network. The world's own rules run in it, without disturbance.
    """
    from pipeline.ground.files import write_text
    from pipeline.shipped.files import policy_at
    from pipeline.show.page import page

    if output.suffix.lower() != ".html":
        raise ValueError(f"--output: got {output}, wanted a name that ends in .html")
    write_text(output, page(policy_at(policy), scenarios, drawn, seed))
    print(f"open {output}")
    if open_it:
        webbrowser.open(output.resolve().as_uri())
