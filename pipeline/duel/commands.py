"""The command play: a game against an exported policy."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.ground import completions

if TYPE_CHECKING:
    import numpy as np

    from pipeline.duel.duel import Duel

commands = typer.Typer()


class Seat(StrEnum):
    """Who moves first."""

    FIRST = "first"
    SECOND = "second"


@commands.command("play")
def play_command(
    policy: Annotated[
        Path,
        typer.Argument(
            help="An exported policy of a game by turns: its folder or policy.onnx.",
            autocompletion=completions.exports,
        ),
    ],
    seat: Annotated[Seat, typer.Option(help="Yours.")] = Seat.FIRST,
    simulations: Annotated[
        int, typer.Option(min=0, max=100_000, help="The policy looks so often ahead before a move; 0: not at all.")
    ] = 0,
) -> None:
    """Play a game against an exported policy, move by move in this terminal.

    Moves are numbers, as the board shows them.
    """
    played = duel(policy, seat is Seat.FIRST, simulations).play(
        lambda line: typer.prompt(line, prompt_suffix=""), print
    )
    result = {None: "given up", 1.0: "you win", 0.0: "drawn", -1.0: "you lose"}
    print(result.get(played, f"you get {played}"))


def duel(path: Path, person_first: bool, simulations: int) -> Duel:
    """A game against the policy exported to `path`.

    Raises:
        ValueError: no export, one of another kind of world, or one that knows no values to search by.
    """
    from envs.ground.turn_game import turn_game_of
    from pipeline.duel.duel import Duel
    from pipeline.export.policy_file import read_policy
    from pipeline.search.policy import searching
    from pipeline.shipped.files import policy_at

    policy, described = read_policy(policy_at(path))
    game = turn_game_of(described.simulation, described.simulation_settings)
    if game is None or game.factor != -1:
        raise ValueError(f"{path}: got a policy of {described.world}, wanted one of a game of two by turns")
    searched = searching(policy, game, simulations, described.discount)
    if simulations and searched is None:
        wish = "wanted 0, or an export whose network says values (train.algorithm: alphazero or muzero)"
        raise ValueError(f"--simulations: got {simulations}, {wish}")

    def judge(rows: np.ndarray) -> np.ndarray:
        return policy.run(rows, None)["value"]

    return Duel(game, searched or policy, judge if "value" in policy.outputs else None, person_first)
