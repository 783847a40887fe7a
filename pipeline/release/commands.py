"""Commands about exports and the champion: judge, promote, rollback, verify; each imports what it needs when run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.ground import completions
from pipeline.ground.paths import PARAMS, PROMOTIONS

if TYPE_CHECKING:
    from pipeline.release.acceptance import Judgement
    from pipeline.release.promotions import Promotion

commands = typer.Typer()

ExportArgument = Annotated[
    Path,
    typer.Argument(
        help="An exported policy's folder, say data/export/airspace/generic.", autocompletion=completions.exports
    ),
]
Why = Annotated[str, typer.Option(help="The reason, for the record.")]


@commands.command("judge")
def judge_command(export: ExportArgument) -> None:
    """Fly an export beside the champion through the same episodes; status 1 if it is worse than params.yaml allows."""
    judgement = _judge(export)
    if judgement.failed:
        raise ValueError(judgement.words())
    print(judgement.words())


@commands.command("promote")
def promote_command(
    export: ExportArgument,
    why: Why,
    despite: Annotated[bool, typer.Option(help="Promote it also where it is judged to be worse.")] = False,
) -> None:
    """Make an export the champion (MLflow's alias), and append who, why, figures and hashes to promotions.jsonl."""
    from pipeline.export.policy_file import read_policy
    from pipeline.release.promotions import promote
    from pipeline.settings.params import read_params

    judgement = _judge(export)
    if judgement.failed and not despite:
        raise ValueError(f"{judgement.words()}\n--despite promotes it all the same")
    print(judgement.words())
    experiment = read_params(PARAMS).tracking.experiment
    _tell(promote(export, read_policy(export)[1], judgement.figures, why, experiment))


@commands.command("rollback")
def rollback_command(
    name: Annotated[str, typer.Argument(help="World and policy, say airspace-generic.")], why: Why
) -> None:
    """Make the champion before this one champion again, and append that to promotions.jsonl."""
    from pipeline.release.promotions import roll_back

    _tell(roll_back(name, why))


@commands.command("verify")
def verify_command(
    export: ExportArgument,
    reuse_cache: Annotated[
        bool, typer.Option(help="Take from DVC's cache what it knows, rather than train and fly anew.")
    ] = False,
) -> None:
    """Make an export again from its commit and parameters, in a clone of its own; status 1 if anything differs."""
    from pipeline.release.verifying import verify

    print(verify(export, reuse_cache))


def _judge(export: Path) -> Judgement:
    import numpy as np

    from pipeline.evaluation.resampling import Bootstrap
    from pipeline.export.policy_file import read_policy
    from pipeline.release.acceptance import judge_exports
    from pipeline.release.comparison import Wanted
    from pipeline.release.promotions import champion_files
    from pipeline.settings.params import read_params

    params = read_params(PARAMS)
    described = read_policy(export)[1]
    champion = champion_files(described.registered_name)
    evaluate, wanted = params.evaluate, params.acceptance
    bootstrap = Bootstrap(evaluate.confidence, evaluate.bootstrap_resamples, np.random.default_rng(evaluate.seed))
    traffic = Wanted(wanted.set, evaluate)
    return judge_exports(export, champion, traffic, wanted, bootstrap)


def _tell(change: Promotion) -> None:
    before = f", after version {change.replaced}" if change.replaced is not None else ""
    print(f"{change.registered_name}: version {change.version} is champion{before}; commit {PROMOTIONS}")
