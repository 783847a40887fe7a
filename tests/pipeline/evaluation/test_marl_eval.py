"""Results in the form that marl-eval's README asks for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipeline.evaluation.marl_eval import RunResults, marl_eval

RUN = RunResults(((1000, {"los_rate": 0.5}), (2000, {"los_rate": 0.25})), {"los_rate": (0.125,)})


def results(**changes: Any) -> dict[str, dict[str, dict[str, RunResults]]]:
    """Two tasks, two algorithms, two runs each; `changes` replace the second task's algorithms."""
    runs = {"seed_0": RUN, "seed_1": RUN}
    return {"head_on": {"ppo": runs, "trpo": runs}, "parallel": {"ppo": runs, "trpo": runs} | changes}


def test_the_form_is_environment_task_algorithm_run_step() -> None:
    found = json.loads(json.dumps(marl_eval("airspace_v0", results())))
    assert list(found) == ["airspace_v0"]
    assert list(found["airspace_v0"]) == ["head_on", "parallel"]
    assert list(found["airspace_v0"]["head_on"]) == ["ppo", "trpo"]
    assert found["airspace_v0"]["parallel"]["trpo"]["seed_1"] == {
        "step_1": {"step_count": 1000, "los_rate": [0.5]},
        "step_2": {"step_count": 2000, "los_rate": [0.25]},
        "absolute_metrics": {"los_rate": [0.125]},
    }


SHORT = RunResults(RUN.evaluations[:1], RUN.final)
OTHER = RunResults(RUN.evaluations, {"return": (1.0,)})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"a2c": {"seed_0": RUN, "seed_1": RUN}}, r"parallel: algorithms: got .*'a2c'.*as in head_on"),
        ({"trpo": {"seed_0": RUN}}, "parallel: trpo: number of runs: got 1, wanted 2 as in head_on: ppo"),
        ({"trpo": {"seed_0": RUN, "seed_1": SHORT}}, "parallel: trpo: seed_1: number of evaluations: got 1, wanted 2"),
        ({"trpo": {"seed_0": RUN, "seed_1": OTHER}}, "parallel: trpo: seed_1: metrics: got .*return"),
    ],
    ids=["algorithm", "runs", "evaluations", "metrics"],
)
def test_what_cannot_be_stacked_is_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"marl-eval: {message}"):
        marl_eval("airspace_v0", results(**changes))
