"""The flow that tries out parameters: a grid or an Optuna study whose trials are experiments of DVC, run to their end.

Usage: python -m flows.sweep --help
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import typer
from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture, as_completed
from prefect.runtime import flow_run
from prefect.states import State
from prefect.task_runners import ThreadPoolTaskRunner
from pydantic import BaseModel, ConfigDict, Field, model_validator

from flows import copies, dvc_command, elsewhere
from flows.experiment import Experiment, Override, Seed, Stage, tell_mistakes, told
from flows.next_steps import next_steps
from flows.server import connected
from pipeline.ground.paths import MODELS, PARAMS, git_commit, repository_root, study
from pipeline.settings.params import read_params
from pipeline.settings.search_space import Searched, Value
from pipeline.settings.sections import Flows
from pipeline.tuning.study import Method, Study, check_method

MOST_AT_ONCE = 16
Tried = tuple[str, dict[str, float]]
"""What a trial's experiment is called, and its figures."""

Figure = Literal["shortfall", "return"]
FIGURES: dict[str, Callable[[dict[str, Any]], float]] = {
    "shortfall": lambda trained: trained["validation"]["shortfall"],
    "return": lambda trained: trained["validation"]["mean_return"],
}
"""What a trial is judged by, from training.json, averaged over policies and seeds."""

LARGER_IS_BETTER = {"return"}
"""Of these figures; of the others smaller is better."""


class Sweep(BaseModel):
    """What to try out, and how long."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,35}$")] = Field(
        description="Of the sweep and its experiments: up to 36 small letters, digits and dashes. "
        "The same name again goes on with it"
    )
    space: tuple[Searched, ...] = Field(min_length=1, description="The parameters to vary")
    method: Method = Field(default="tpe", description="grid: all combinations of values; tpe: near what was good")
    trials: int = Field(default=20, ge=1, le=10_000, description="In all, earlier runs of the sweep included")
    place: Literal["here", "workers"] = Field(
        default="here", description="workers: each trial on whichever machine has a free worker (docs/scaling.md)"
    )
    at_once: int = Field(default=1, ge=1, le=MOST_AT_ONCE, description="Trials beside each other")
    figure: Figure = Field(
        default="shortfall",
        description="On validation episodes. shortfall: rates of failures plus what shares lack to 1",
    )
    stages: tuple[Stage, ...] = Field(default=("evaluate",), description="Of each trial, with all they depend on")
    seeds: tuple[Seed, ...] = Field(default=(), description="Training runs per trial; none: those of params.yaml")
    overrides: tuple[Override, ...] = Field(default=(), description="Of all trials, say train.total_timesteps=1000000")
    sampler_seed: Seed = Field(default=0, description="Decides which parameters are tried")

    @model_validator(mode="after")
    def _the_method_takes_the_space(self) -> Self:
        check_method(self.method, self.space)
        return self

    def settings(self) -> dict[str, Any]:
        """All that decides what a trial is; how many there are, how many at once and where does not."""
        return self.model_dump(mode="json", exclude={"trials", "at_once", "place"})


def _flow_run_name() -> str:
    sweep = Sweep.model_validate(flow_run.parameters["sweep"])
    return f"sweep {sweep.name}: {', '.join(searched.key for searched in sweep.space)}"


@flow(
    name="sweep",
    flow_run_name=_flow_run_name,
    persist_result=False,
    task_runner=ThreadPoolTaskRunner(max_workers=MOST_AT_ONCE),  # type: ignore[arg-type]
)
def run_sweep(sweep: Sweep) -> State[None]:
    """Try out parameters, and show what came of it."""
    return told(lambda: _run(sweep))


def _run(sweep: Sweep) -> None:
    root = repository_root()
    flows, running = read_params(root / PARAMS).flows, copies.Running()
    for end in (0, -1):
        dvc_command.check_overrides(trial_overrides(sweep, corner(sweep, end)), root)
    known = Study(study(sweep.name), sweep.method, sweep.space, sweep.sampler_seed, sweep.settings())

    def start(number: int, point: dict[str, Value]) -> PrefectFuture[Tried]:
        return try_out.submit(f"{sweep.name}-{number:03d}", point, sweep, root, flows, running)

    try:
        search(sweep, known, start)
    finally:
        running.end()
    show(sweep, known)


def search(sweep: Sweep, known: Study, start: Callable[[int, dict[str, Value]], PrefectFuture[Tried]]) -> None:
    """Start trials, so many at once, and tell the study what came of them."""
    under_way: dict[PrefectFuture[Tried], int] = {}
    left = sweep.trials - known.finished()
    while True:
        while left > 0 and len(under_way) < sweep.at_once and (asked := known.ask()) is not None:
            under_way[start(*asked)] = asked[0]
            left -= 1
        if not under_way:
            return
        ended = next(as_completed(list(under_way)))
        number = under_way.pop(ended)
        result = ended.result(raise_on_failure=False)
        failed = not isinstance(result, tuple)
        name, figures = (f"{sweep.name}-{number:03d}", {}) if failed else result
        tell(sweep, known, number, name, figures)


def tell(sweep: Sweep, known: Study, number: int, name: str, figures: dict[str, float]) -> None:
    """Tell the study what came of a trial; none of the figures means that it failed."""
    small = _turned(sweep.figure, figures[sweep.figure]) if figures else None
    known.tell(number, small, {"experiment": name, **figures})


def _turned(figure: Figure, value: float) -> float:
    """From a figure to what the study makes small, and back."""
    return -value if figure in LARGER_IS_BETTER else value


@task(name="trial", task_run_name="{name}", cache_policy=NO_CACHE, persist_result=False)
def try_out(
    name: str, point: dict[str, Value], sweep: Sweep, root: Path, flows: Flows, running: copies.Running
) -> Tried:
    """Run one trial as an experiment; returns what it is called and its figures."""
    overrides = trial_overrides(sweep, point)
    get_run_logger().info("%s: %s", name, ", ".join(overrides))
    dvc_command.check_overrides(overrides, root)
    if sweep.place == "workers":
        name = _try_elsewhere(Experiment(name=name, stages=sweep.stages, overrides=overrides), root, running)
    else:
        copies.run(name, sweep.stages, overrides, root, flows, running)
    figures = trial_figures(root, name)
    get_run_logger().info("%s: %s", name, figures)
    return name, figures


def common_overrides(sweep: Sweep) -> tuple[str, ...]:
    """What all trials change in params.yaml, in dvc's words."""
    seeds = (f"seeds=[{','.join(map(str, sweep.seeds))}]",) if sweep.seeds else ()
    return (*seeds, *sweep.overrides)


def trial_overrides(sweep: Sweep, point: Mapping[str, Value]) -> tuple[str, ...]:
    """What one trial changes in params.yaml: what all of them do, and its own parameters."""
    return (*common_overrides(sweep), *(f"{_reach(key)}={json.dumps(value)}" for key, value in point.items()))


def corner(sweep: Sweep, end: Literal[0, -1]) -> dict[str, Value]:
    """The parameters at one end of the space: what is refused there is refused before any trial begins."""
    return {searched.key: searched.tried[end] for searched in sweep.space}


def _try_elsewhere(experiment: Experiment, root: Path, running: copies.Running) -> str:
    shared = experiment.model_copy(update={"share": True, "commit": git_commit()})
    return elsewhere.run(shared, root, running)


def trial_figures(root: Path, experiment: str) -> dict[str, float]:
    """All figures of an experiment, averaged over its policies and seeds."""
    files = dvc_command.outputs(root, experiment)
    trained = [json.loads(files.read_text(path)) for path in files.glob(f"{MODELS}/*/*/*/training.json")]
    return {name: sum(figure(one) for one in trained) / len(trained) for name, figure in FIGURES.items()}


def show(sweep: Sweep, known: Study) -> None:
    """Publish the table of trials, what mattered, and what to type to take the best.

    Raises:
        ValueError: no trial came to a figure.
    """
    rows = table(sweep, known)
    create_table_artifact([_rounded(row) for row in rows], key=f"sweep-{sweep.name}", description="Best trial first")
    best = page(sweep, rows, known.importance())
    create_markdown_artifact(best, key=f"sweep-{sweep.name}-best", description=f"Best trial by {sweep.figure}")
    if not known.finished():
        raise ValueError(f"sweep {sweep.name}: none of {len(rows)} trials came to a figure; see their logs")


def table(sweep: Sweep, known: Study) -> list[dict[str, Value]]:
    """One row per trial, the best first; the figure with its own sign."""
    rows = known.table()
    return [row | {"figure": _shown(sweep.figure, row["figure"])} for row in rows]


def _shown(figure: Figure, value: Value) -> Value:
    return _turned(figure, value) if isinstance(value, float) else value


def _has_figure(row: dict[str, Value]) -> bool:
    return isinstance(row["figure"], float)


def page(sweep: Sweep, rows: list[dict[str, Value]], importance: dict[str, float]) -> str:
    """Markdown: the best trial, how much each parameter mattered, and what to type next."""
    if not rows or not _has_figure(rows[0]):
        return "No trial came to a figure."
    best = rows[0]
    finished = sum(_has_figure(row) for row in rows)
    lines = [f"Best of {finished} trials by {sweep.figure}: **{best['experiment']}**, {best['figure']:.4g}, with", ""]
    lines += [f"- `{searched.key}`: {best[searched.key]}" for searched in sweep.space]
    if common := common_overrides(sweep):
        lines += ["", "and, as in all its trials,", "", *(f"- `{override}`" for override in common)]
    lines += ["", "| parameter | importance |", "|---|---|"]
    lines += [f"| `{key}` | {share:.0%} |" for key, share in importance.items()] or ["| not known yet | |"]
    return "\n".join([*lines, "", *next_steps(str(best["experiment"]))])


def _reach(key: str) -> str:
    """A hyperparameter may stand in the preset only: ++ adds it over that."""
    return f"++{key}" if ".hyperparameters." in key else key


def _rounded(row: dict[str, Value]) -> dict[str, str]:
    return {key: f"{value:.4g}" if isinstance(value, float) else str(value) for key, value in row.items()}


def among(text: str) -> Searched:
    """KEY=VALUE,VALUE,..."""
    key, _, values = text.partition("=")
    return Searched(key=key, values=tuple(_value(key, word) for word in values.split(",") if word))


def between(text: str) -> Searched:
    """KEY=LOW:HIGH or KEY=LOW:HIGH:log; whole numbers where both are."""
    key, _, ends = text.partition("=")
    low, _, rest = ends.partition(":")
    high, _, scale = rest.partition(":")
    if scale not in ("", "log"):
        raise ValueError(f"--between {text}: got {scale!r} at the end, wanted log or nothing")
    values = [_value(key, low), _value(key, high)]
    if not all(isinstance(value, int | float) for value in values):
        raise ValueError(f"--between {text}: wanted KEY=LOW:HIGH, two numbers")
    whole = all(isinstance(value, int) for value in values)
    return Searched(key=key, low=float(low), high=float(high), log=scale == "log", whole=whole)


def _value(key: str, word: str) -> Value:
    try:
        return json.loads(word)
    except json.JSONDecodeError:
        return word
    except (ValueError, RecursionError):
        raise ValueError(f"{key}: got {word[:40]}..., wanted a number or a word") from None


def main(
    name: Annotated[str, typer.Argument(help="of the sweep; the same again goes on with it")],
    values: Annotated[list[str] | None, typer.Option("--among", help="KEY=VALUE,VALUE,... to try")] = None,
    ranges: Annotated[list[str] | None, typer.Option("--between", help="KEY=LOW:HIGH or KEY=LOW:HIGH:log")] = None,
    method: Annotated[str, typer.Option(help="tpe, or grid: all combinations")] = "tpe",
    trials: Annotated[int, typer.Option(help="in all, earlier runs included")] = 20,
    at_once: Annotated[int, typer.Option(help="trials beside each other")] = 1,
    place: Annotated[str, typer.Option(help="here, or workers: on other machines (docs/scaling.md)")] = "here",
    figure: Annotated[str, typer.Option(help=f"to judge trials by: {', '.join(FIGURES)}")] = "shortfall",
    seed: Annotated[list[int] | None, typer.Option(help="a training run for each, per trial")] = None,
    override: Annotated[list[str] | None, typer.Option("--set-param", "-S", help="KEY=VALUE for all trials")] = None,
) -> None:
    """Try out parameters; each trial is an experiment of DVC."""
    given: dict[str, Any] = {"name": name, "method": method, "trials": trials, "at_once": at_once, "figure": figure}
    given["place"] = place
    with tell_mistakes():
        space = [*(among(text) for text in values or []), *(between(text) for text in ranges or [])]
        sweep = Sweep.model_validate(given | {"space": space, "seeds": seed or (), "overrides": override or ()})
        with connected(root := repository_root(), read_params(root / PARAMS).flows.prefect_port):
            run_sweep(sweep)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    app()
