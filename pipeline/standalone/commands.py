"""The command train: a world from one line to a report."""

from __future__ import annotations

import re
import signal
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.ground import completions

commands = typer.Typer()

_NEXT_ARGUMENT = re.compile(r",(?=\w+=)")


WorldArgument = Annotated[
    str,
    typer.Argument(
        help="A PettingZoo environment by import path, mpe2.simple_spread_v3 or my_envs/gather.py:parallel_env; "
        "or a world that has a section of params.yaml, airspace.",
        autocompletion=completions.worlds,
    ),
]
Steps = Annotated[int | None, typer.Option(min=1, help="The budget, in agent-steps: an agent that acts once is one.")]
Algorithm = Annotated[
    str | None,
    typer.Option(
        help="ppo, maskable_ppo (for action masks), recurrent_ppo, mappo, a2c, trpo, impala, appo, ars; sac, tqc, "
        "crossq, td3, ddpg (for continuous actions); dqn, qrdqn (for choices); alphazero, muzero (for games by "
        "turns); bc, cql, iql (of --records).",
        autocompletion=completions.algorithms,
    ),
]
Seeds = Annotated[list[int], typer.Option(min=0, help="Of a training. Again for further ones.")]
Into = Annotated[Path | None, typer.Option(help="The folder to write. Default: runs/NAME of the world.")]
Arguments = Annotated[
    list[str] | None, typer.Option(metavar="KEY=VALUE", help="Of the environment: N=3. Again for more.")
]
Wrappers = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME:KEY=VALUE,..",
        help="SuperSuit's, without version: frame_stack:stack_size=4. Again for more, the first innermost.",
    ),
]
MaxSteps = Annotated[int | None, typer.Option(min=1, help="Cut off episodes that have not ended by then.")]
NumWorlds = Annotated[int | None, typer.Option(min=1, help="Copies of the environment, stepped together.")]
Processes = Annotated[int | None, typer.Option(min=1, help="That step them, for slow environments.")]
Share = Annotated[str | None, typer.Option(help="Which agents share a policy: all, or those of a role.")]
BeginWith = Annotated[Path | None, typer.Option(help="A finished training's folder, or an export's, that learns on.")]
Records = Annotated[
    Path | None,
    typer.Option(
        help="A folder that `murmuration record` wrote, to learn from by bc, cql, iql, or ppo beside cloning."
    ),
]
Device = Annotated[str | None, typer.Option(help="Where the policy learns: cpu, cuda or auto.")]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Any key of params.yaml: train.hyperparameters.gamma=0.9.",
        autocompletion=completions.settings,
    ),
]


@commands.command("train")
def train_command(
    world: WorldArgument,
    steps: Steps = None,
    algorithm: Algorithm = None,
    seed: Seeds = [0],  # noqa: B006 - typer reads it, and changes nothing
    into: Into = None,
    arguments: Arguments = None,
    wrapper: Wrappers = None,
    max_steps: MaxSteps = None,
    num_worlds: NumWorlds = None,
    processes: Processes = None,
    share: Share = None,
    device: Device = None,
    begin_with: BeginWith = None,
    records: Records = None,
    settings: Settings = None,
) -> None:
    """Train a policy in a world, evaluate it beside baselines, export it, and write a report: all in one folder.

    What is not given is as params.yaml says. The same command again goes on where it was stopped.
    """
    from pipeline.settings.params import read_value
    from pipeline.standalone.request import settings_of
    from pipeline.standalone.training import train

    _end_as_by_ctrl_c()
    training = {"algorithm": algorithm, "num_worlds": num_worlds, "num_processes": processes}
    run = train(
        world,
        total_timesteps=steps,
        seed=seed,
        folder=into,
        arguments=settings_of(arguments, "--arguments", read_value) if arguments else None,
        wrappers=[_wrapper(word) for word in wrapper] if wrapper else None,
        max_steps=max_steps,
        begin_with=begin_with,
        records=records,
        settings=settings_of(settings or (), "--set", read_value),
        **training | {"share": share, "device": device},
    )
    print(f"policy: {run.onnx}")
    print(f"report: {run.page}")


def _end_as_by_ctrl_c() -> None:
    """When somebody asks this process to end, or closes its terminal; not under nohup."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)


def _wrapper(word: str) -> str | dict[str, dict[str, Any]]:
    """`resize:x_size=84,y_size=84` as params.yaml has it."""
    from pipeline.settings.params import read_value
    from pipeline.standalone.request import settings_of

    name, _, arguments = word.partition(":")
    if not arguments:
        return name
    return {name: settings_of(_NEXT_ARGUMENT.split(arguments), f"--wrapper {name}", read_value)}
