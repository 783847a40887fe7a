"""The flow that runs DVC's stages: in the working tree, or as an experiment beside it.

Usage: python -m flows.experiment --help
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import typer
from prefect import flow
from prefect.runtime import flow_run
from prefect.states import Completed, Failed, State
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from envs.ground.record import Name
from flows import copies, dvc_command, judging, stage_runs
from flows.names import name_of
from flows.server import connected
from pipeline.ground.checks import known
from pipeline.ground.paths import PARAMS, git_commit, repository_root
from pipeline.settings.params import Params, read_params

Stage = Literal["check", "scenarios", "tune", "train", "evaluate", "export", "report"]
Override = Annotated[str, Field(pattern=r"^(\+{0,2}[A-Za-z_][\w.]*=.+|~[A-Za-z_][\w.]*)$")]
Seed = Annotated[int, Field(ge=0, lt=2**32)]

_SHOWN_OVERRIDES = 2


class Experiment(BaseModel):
    """What to run, and where."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    place: Literal["experiment", "workspace"] = Field(
        default="experiment",
        description="experiment: in a temporary copy, kept by DVC under a name; workspace: in the working tree itself",
    )
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")] | None = Field(
        default=None,
        description="How the experiment's name begins; the run's id follows. Up to 40 small letters, digits and "
        "dashes. None: what is changed, say num-worlds-128",
    )
    stages: tuple[Stage, ...] = Field(
        default=(), description="Stages to bring up to date, with all that they depend on; none: all stages"
    )
    worlds: tuple[Name, ...] = Field(
        default=(), description="Worlds to run, each with a section of params.yaml; none: its `worlds`"
    )
    policies: tuple[Name, ...] = Field(default=(), description="Of params.yaml; none: all of them")
    seeds: tuple[Seed, ...] = Field(
        default=(), description="One training run for each; none: the seeds of params.yaml", max_length=100
    )
    overrides: tuple[Override, ...] = Field(
        default=(), description="As dvc exp run -S takes them, say train.total_timesteps=1000000; experiments only"
    )

    judge: bool = Field(
        default=False, description="Fail where an export is worse than the champion by more than params.yaml allows"
    )

    share: bool = Field(default=False, description="Push the experiment to git's origin and to DVC's default remote")
    commit: str | None = Field(default=None, description="The commit that this clone has to be at")

    @model_validator(mode="after")
    def _exports_are_judged(self) -> Self:
        if self.judge and self.stages and not {"export", "report"} & set(self.stages):
            raise ValueError(f"got judge with stages {', '.join(self.stages)}, wanted export or report among them")
        return self

    @model_validator(mode="after")
    def _overrides_are_for_experiments(self) -> Self:
        if self.place == "workspace" and self.overrides:
            raise ValueError("overrides are for experiments; edit params.yaml to change the workspace")
        if self.place == "workspace" and self.share:
            raise ValueError("share is for experiments; commit and push the workspace")
        return self


def title(experiment: Experiment) -> str:
    """What it is, in a line: where, which stages, what differs."""
    parts = [
        experiment.name or experiment.place,
        "+".join(experiment.stages) or "all stages",
        *(["worlds " + ",".join(experiment.worlds)] if experiment.worlds else []),
        *(["policies " + ",".join(experiment.policies)] if experiment.policies else []),
        *(["seeds " + ",".join(map(str, experiment.seeds))] if experiment.seeds else []),
        *experiment.overrides[:_SHOWN_OVERRIDES],
        *([f"{more} more"] if (more := len(experiment.overrides) - _SHOWN_OVERRIDES) > 0 else []),
    ]
    return ", ".join(parts)


def _flow_run_name() -> str:
    return f"{title(Experiment.model_validate(flow_run.parameters['experiment']))} ({_short_id()})"


@flow(name="experiment", flow_run_name=_flow_run_name, persist_result=False)
def run_experiment(experiment: Experiment) -> State[None]:
    """Run DVC's stages, show how far they are, and publish what they found."""
    return told(lambda: _run(experiment))


def told(work: Callable[[], None]) -> State[None]:
    """How work ended: a person's mistake is told as it stands, without a traceback around it."""
    try:
        work()
    except ValueError as error:
        return Failed(message=str(error), data=error)
    return Completed()


def _run(experiment: Experiment) -> None:
    root = repository_root()
    params = read_params(root / PARAMS)
    check_commit(experiment.commit, root)
    for world in experiment.worlds:
        known(world, params.sections, f"{PARAMS}: worlds")
    for policy in experiment.policies:
        known(policy, params.policies, f"{PARAMS}: policies")
    with ThreadPoolExecutor(max_workers=1) as beside:
        shows = not experiment.stages or bool({"evaluate", "export", "report"} & set(experiment.stages))
        publish = beside.submit(_load_publish) if shows else None
        name = _run_stages(experiment, params, root)
        if publish is not None:
            publish.result()(root, params, title(experiment), name)
    if experiment.judge:
        worlds, policies = experiment.worlds or params.worlds, experiment.policies or tuple(params.policies)
        judging.judge(root, product(worlds, policies), name)


def _load_publish() -> Callable[[Path, Params, str, str | None], None]:
    """What shows the findings, with MLflow behind it: loading takes seconds, which pass while stages run."""
    from flows import findings
    from pipeline.tracking.store import connect

    connect()
    return findings.publish


def _run_stages(experiment: Experiment, params: Params, root: Path) -> str | None:
    """Run them in the working tree, or as an experiment beside it, whose name is returned."""
    if experiment.place == "workspace":
        for stage in chosen_stages(dvc_command.stage_names(root), experiment, params):
            stage_runs.reproduce(stage, root, params.flows)
        return None
    overrides = all_overrides(experiment, params)
    name = f"{experiment.name or name_of(overrides)}-{_short_id()}"
    if overrides:
        dvc_command.check_overrides(overrides, root)
    copies.run(name, experiment.stages, overrides, root, params.flows)
    if experiment.share:
        dvc_command.share(name, root)
    return name


def check_commit(wanted: str | None, root: Path) -> None:
    """Raise ValueError where this clone is at another commit than the one that asks."""
    if wanted is None:
        return
    commit = git_commit()
    if commit != wanted:
        raise ValueError(f"{root}: is at commit {commit[:12]}, wanted {wanted[:12]}: git fetch, git checkout {wanted}")


def all_overrides(experiment: Experiment, params: Params) -> list[str]:
    """All that differs from params.yaml, in dvc's words: worlds, seeds, policies left out, and single values."""
    worlds = [f"worlds=[{','.join(experiment.worlds)}]"] if experiment.worlds else []
    seeds = [f"seeds=[{','.join(map(str, experiment.seeds))}]"] if experiment.seeds else []
    left_out = [name for name in params.policies if experiment.policies and name not in experiment.policies]
    return [*worlds, *seeds, *(f"~policies.{name}" for name in left_out), *experiment.overrides]


def chosen_stages(names: Iterable[str], experiment: Experiment, params: Params) -> list[str]:
    """The wanted ones of the working tree's stages.

    Raises:
        ValueError: a seed or a world that params.yaml does not run.
    """
    for world in experiment.worlds:
        known(world, params.worlds, f"{PARAMS}: worlds: of the workspace")
    unknown = sorted(set(experiment.seeds) - set(params.seeds))
    if unknown:
        raise ValueError(f"{PARAMS}: seeds: got {unknown}, wanted some of {list(params.seeds)} in the workspace")
    policies, seeds = experiment.policies or tuple(params.policies), experiment.seeds or params.seeds
    worlds = experiment.worlds or params.worlds
    trained = {f"{world}-{policy}" for world in worlds for policy in policies}
    items = {"", *worlds, *trained, *(f"{name}-{seed}" for name in trained for seed in seeds)}
    split = [(name, *name.partition("@")) for name in names]
    wanted = experiment.stages or {stage for _, stage, _, _ in split}
    return [name for name, stage, _, item in split if stage in wanted and item in items]


def _short_id() -> str:
    """The end of the run's id: the beginning is a time, and scheduled runs may share it."""
    return str(flow_run.id)[-8:]


def main(
    place: Annotated[str, typer.Option(help="experiment (kept by DVC under a name) or workspace")] = "experiment",
    name: Annotated[str | None, typer.Option(help="how the experiment's name begins; else what is changed")] = None,
    stage: Annotated[list[str] | None, typer.Option(help="bring up to date; all stages without it")] = None,
    world: Annotated[list[str] | None, typer.Option(help="to run; those of params.yaml without it")] = None,
    policy: Annotated[list[str] | None, typer.Option(help="of params.yaml; all of them without it")] = None,
    seed: Annotated[
        list[int] | None, typer.Option(help="a training run for each; those of params.yaml without")
    ] = None,
    override: Annotated[list[str] | None, typer.Option("--set-param", "-S", help="KEY=VALUE over params.yaml")] = None,
    judge: Annotated[bool, typer.Option(help="fail where an export is worse than the champion")] = False,
) -> None:
    """Run stages under Prefect: seen on the server of `make ui` where that is up, else recorded for the next time."""
    values: dict[str, Any] = {"place": place, "name": name, "stages": stage, "worlds": world, "policies": policy}
    values |= {"seeds": seed, "overrides": override, "judge": judge}
    with tell_mistakes():
        experiment = Experiment.model_validate({key: value for key, value in values.items() if value is not None})
        with connected(root := repository_root(), read_params(root / PARAMS).flows.prefect_port):
            run_experiment(experiment)


@contextmanager
def tell_mistakes() -> Iterator[None]:
    """End with a line for each mistake of a person, and no traceback."""
    try:
        yield
    except ValidationError as error:
        places = [".".join(map(str, found["loc"])) or error.title for found in error.errors()]
        lines = [f"error: {place}: {found['msg']}" for place, found in zip(places, error.errors(), strict=True)]
        sys.exit("\n".join(lines))
    except ValueError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    app()
