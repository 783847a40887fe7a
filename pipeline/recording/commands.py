"""The command record."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.ground import completions

commands = typer.Typer()


@commands.command("record")
def record_command(
    world: Annotated[str, typer.Argument(help="A world of params.yaml.", autocompletion=completions.worlds)],
    pilot: Annotated[
        list[str],
        typer.Option(
            help="Who flies: a baseline of the world by name; the folder of a finished training or an export; or "
            "proof: each episode in a way that was found to solve it. Again for more: each flies all episodes.",
            autocompletion=completions.policies,
        ),
    ],
    episodes: Annotated[int, typer.Option(min=1, help="How many episodes of training are drawn.")],
    into: Annotated[Path, typer.Option(help="A new folder; in data/records, train.records can name it.")],
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Decides which are drawn.")] = 0,
    policy: Annotated[
        str | None,
        typer.Option(help="Of params.yaml: whose training these are episodes of. Default: the first one there."),
    ] = None,
) -> None:
    """Record what pilots see, do and are paid in drawn episodes of training, for a policy to learn from.

    Nothing is drawn that validation or tests play. Written are Parquet files and record.json.
    """
    from envs.ground import doors
    from pipeline.ground.threads import set_threads
    from pipeline.recording.recording import Order, record
    from pipeline.settings.params import read_params
    from pipeline.shipped.files import params_here

    source = params_here()
    params = read_params(source)
    order = Order(world, policy or next(iter(params.policies)), tuple(pilot), episodes, seed)
    if world in doors.worlds():
        set_threads(doors.simulation(world), 1, params.evaluate.environment_threads)
    described = record(order, params, into, str(source))
    told = f"{described.episodes:,} episodes, {described.agent_steps:,} agent-steps by {', '.join(described.pilots)}"
    print(f"{into}: written: {told}")
