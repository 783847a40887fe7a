"""Results of training runs in the form that marl-eval reads (Gorsane et al., "Towards a standardised performance
evaluation protocol for cooperative MARL", NeurIPS 2022).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class RunResults:
    """One training run: agent-steps and values by metric at each evaluation, and the final values by metric.

    Final values are one per metric, or one per test episode.
    """

    evaluations: tuple[tuple[int, Mapping[str, float]], ...]
    final: Mapping[str, tuple[float, ...]]


Results = Mapping[str, Mapping[str, Mapping[str, RunResults]]]
"""By task, algorithm and run."""


def marl_eval(environment: str, results: Results) -> dict[str, Any]:
    """The raw data that marl-eval reads, ready for json.

    By environment, task, algorithm and run: step_1, step_2 .. each with step_count and a list of values by metric, and
    absolute_metrics with a list of values by metric.

    Raises:
        ValueError: tasks of different algorithms, algorithms of different numbers of runs, or runs of different metrics
            or numbers of evaluations or values, which marl-eval cannot stack. The message names the first that differs.
    """
    _check_even(results)
    return {
        environment: {
            task: {
                algorithm: {run: _as_values(result) for run, result in runs.items()}
                for algorithm, runs in algorithms.items()
            }
            for task, algorithms in results.items()
        }
    }


def _as_values(result: RunResults) -> dict[str, Any]:
    steps = {
        f"step_{number}": {"step_count": count} | {name: [float(value)] for name, value in values.items()}
        for number, (count, values) in enumerate(result.evaluations, 1)
    }
    return steps | {"absolute_metrics": {name: list(map(float, values)) for name, values in result.final.items()}}


def _check_even(results: Results) -> None:
    """All tasks alike, all algorithms alike, all runs alike: compared with the first of each."""
    tasks = {task: sorted(algorithms) for task, algorithms in results.items()}
    _check_alike("algorithms", tasks.items())
    algorithms = [(f"{task}: {name}", runs) for task, by_name in results.items() for name, runs in by_name.items()]
    _check_alike("number of runs", ((place, len(runs)) for place, runs in algorithms))
    runs = [(f"{place}: {run}", result) for place, by_run in algorithms for run, result in by_run.items()]
    _check_alike("number of evaluations", ((place, len(run.evaluations)) for place, run in runs))
    _check_alike("metrics", ((place, _metrics(run)) for place, run in runs))


def _metrics(run: RunResults) -> tuple[Any, ...]:
    """The metrics of all evaluations, and those at the end with their numbers of values."""
    final = sorted((name, len(values)) for name, values in run.final.items())
    return *sorted({tuple(sorted(values)) for _, values in run.evaluations}), *final


def _check_alike(what: str, found: Iterable[tuple[str, Any]]) -> None:
    wanted: tuple[str, Any] | None = None
    for place, value in found:
        wanted = wanted or (place, value)
        if value != wanted[1]:
            raise ValueError(f"marl-eval: {place}: {what}: got {value}, wanted {wanted[1]} as in {wanted[0]}")
