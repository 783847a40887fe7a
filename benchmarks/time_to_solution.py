"""How long from the start of a process until training solves the suite, which it never trains on?

Solved: three evaluations in a row fly all its scenarios deterministically without loss of separation, everyone
arriving. Each seed is a process of its own, so that imports and compiled code that is read back count as well; code
is compiled before. Evaluations count, too: the clock never stops.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from contextlib import suppress
from typing import Any

_STARTED = time.perf_counter()
IN_A_ROW = 3


def learn(changes: dict[str, Any], seed: int, total: int, every: int, limit_s: float) -> dict[str, Any]:
    """Train in this process, with `changes` of the section train, until the suite is solved, or one of the limits.

    Args:
        total: most agent-steps; schedules end with them.
        every: agent-steps between two evaluations.
        limit_s: seconds since the process began.
    """
    from benchmarks.unwatched import unwatched
    from envs.airspace.scenarios.suite import SUITE
    from envs.airspace.simulation.room import SIMULATION
    from envs.ground.play import Episodes, Space, play
    from pipeline.algorithms.learner import Learner
    from pipeline.ground.paths import PARAMS
    from pipeline.ground.threads import set_threads
    from pipeline.policies.deployed import TorchPolicy
    from pipeline.settings.params import read_params

    params = read_params(PARAMS)
    params = params.model_copy(update={"train": params.train.model_copy(update=changes)})
    assignment, learner = unwatched(params, seed)
    set_threads(assignment.simulation, assignment.train.torch_threads, assignment.train.environment_threads)
    space = Space(SIMULATION, assignment.settings, tuple(SUITE.values()), assignment.discount)
    suite = Episodes.of_scenarios(range(len(SUITE)), 1, seed)

    solved = list[int]()

    def examine(learner: Learner) -> None:
        """Play the suite between two rollouts; raises StopIteration where that is enough."""
        if learner.num_timesteps < every * (len(solved) + 1):
            return
        played = play(space, suite, TorchPolicy(learner.actor()))
        solved.append(int((~played.episodes.los & played.episodes.all_arrived).sum()))
        if solved[-IN_A_ROW:] == [len(SUITE)] * IN_A_ROW or time.perf_counter() - _STARTED > limit_s:
            raise StopIteration

    with suppress(StopIteration):
        learner.learn(total, examine)
    is_solved = solved[-IN_A_ROW:] == [len(SUITE)] * IN_A_ROW
    seconds = time.perf_counter() - _STARTED
    return {"solved": is_solved, "seconds": seconds, "steps": learner.num_timesteps, "suite": solved}


def main() -> None:
    """Print a line per preset and seed, and the medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--presets", nargs="+", default=["fast", "reference"])
    parser.add_argument("--num-worlds", type=int, help="stepped together; not given: as in params.yaml")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2, 3, 4])
    parser.add_argument("--timesteps", type=int, default=8_000_000, help="agent-steps; schedules end with them")
    parser.add_argument("--every", type=int, default=250_000, help="agent-steps between two evaluations")
    parser.add_argument("--limit", type=float, default=300.0, help="seconds until a run is given up")
    parser.add_argument("--alone", action="store_true", help="the first preset and seed, in this process")
    chosen = parser.parse_args()
    words = [f"--{name}={getattr(chosen, name)}" for name in ("timesteps", "every", "limit")]
    given = {} if chosen.num_worlds is None else {"num_worlds": chosen.num_worlds}
    words += [f"--num-worlds={number}" for number in given.values()]
    if chosen.alone:
        try:
            changes = {"preset": chosen.presets[0], **given}
            found = learn(changes, chosen.seeds[0], chosen.timesteps, chosen.every, chosen.limit)
        except ValueError as error:
            sys.exit(f"error: {error}")
        print(json.dumps(found))
        return
    for preset in chosen.presets:
        seconds = []
        for seed in chosen.seeds:
            call = [sys.executable, "-m", __spec__.name, "--alone", f"--presets={preset}", f"--seeds={seed}", *words]
            ended = subprocess.run(call, stdout=subprocess.PIPE, text=True)
            if ended.returncode:
                sys.exit(ended.returncode)  # it has said why
            run = json.loads(ended.stdout.splitlines()[-1])
            seconds.append(run["seconds"] if run["solved"] else float("inf"))
            word = "solved" if run["solved"] else "not solved"
            print(f"{preset}, seed {seed}: {word} after {run['seconds']:.0f} s, {run['steps']:,} steps; {run['suite']}")
        solved, median = sum(each < float("inf") for each in seconds), statistics.median(seconds)
        print(f"{preset}: {solved} of {len(seconds)} solved, median {median:.0f} s (inf: not solved)")


if __name__ == "__main__":
    main()
