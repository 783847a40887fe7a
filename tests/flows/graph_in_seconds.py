"""A stage that takes no time: what the tests of flows run in place of scenarios, train, evaluate, export and report.

Usage: python graph_in_seconds.py STAGE OUTPUT [WORLD POLICY SEED]. Training obeys train.total_timesteps of params.yaml:
SLEEPS sleeps for ten minutes, with a child; CRASHES is killed the first time; REFUSES names a person's mistake.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

GRAPH = """\
stages:
  scenarios:
    matrix: {world: "${worlds}"}
    cmd: python graph_in_seconds.py scenarios data/scenarios/${item.world}/all.json
    deps: [graph_in_seconds.py]
    params: [scenarios]
    outs: ["data/scenarios/${item.world}"]
  train:
    matrix: {world: "${worlds}", policy: "${policies}", seed: "${seeds}"}
    cmd: >-
      python graph_in_seconds.py train data/models/${item.world}/${item.policy}/${item.seed}/training.json
      ${item.world} ${item.policy} ${item.seed}
    deps: ["data/scenarios/${item.world}"]
    params: [train]
    outs: ["data/models/${item.world}/${item.policy}/${item.seed}/training.json"]
  evaluate:
    matrix: {world: "${worlds}", policy: "${policies}", seed: "${seeds}"}
    cmd: python graph_in_seconds.py evaluate data/evaluation/${item.world}/${item.policy}/${item.seed}/metrics.json
    deps: ["data/models/${item.world}/${item.policy}/${item.seed}"]
    params: [evaluate]
    outs: ["data/evaluation/${item.world}/${item.policy}/${item.seed}/figures.json"]
    metrics: ["data/evaluation/${item.world}/${item.policy}/${item.seed}/metrics.json"]
"""
"""Its dvc.yaml."""

SLEEPS, CRASHES, REFUSES = 777_000, 888_000, 999_000
PLAYED = {"episodes": 8, "lost_rate": 0.25, "lost_low": 0.07, "lost_high": 0.59}
OUTCOME = {"name": "lost", "words": "episodes that are lost", "kind": "failure"}
FIGURES = {
    "outcomes": [OUTCOME],
    "rules": {"nothing": "nobody acts"},
    "test": dict.fromkeys(("deterministic", "nothing"), PLAYED),
}


def main() -> None:
    stage, output = sys.argv[1], Path(sys.argv[2])
    if stage == "train":
        train(*sys.argv[3:])
    output.parent.mkdir(parents=True, exist_ok=True)
    written = {"evaluate": {"test_lost": PLAYED["lost_rate"]}, "train": trained()}
    output.write_text(json.dumps(written.get(stage, {})))
    if stage == "evaluate":
        output.with_name("figures.json").write_text(json.dumps(FIGURES))
    print(f"{stage}: done", flush=True)


def trained() -> dict:
    """The more worlds, the worse."""
    validation = {"shortfall": number("num_worlds") / 1e4, "mean_return": 0.0}
    return {"model_hash": "0" * 64, "validation": validation}


def number(key: str) -> int:
    """Of the section train."""
    found = re.search(rf"^train:.*?\b{key}: (\d+)", Path("params.yaml").read_text(), re.DOTALL | re.MULTILINE)
    assert found is not None
    return int(found[1])


def train(world: str, policy: str, seed: str) -> None:
    steps, state = number("total_timesteps"), Path(os.environ["DVC_ROOT"]) / "checkpoints" / "crashed"
    print(f"train {world}/{policy}/{seed}: 10.0 of 20.0 k steps, 5.0 k/s, lost 50.0%, 2 s left", flush=True)
    if steps == SLEEPS:
        subprocess.Popen(["sleep", "600"])
        time.sleep(600)
    if steps == CRASHES and not state.exists():
        state.parent.mkdir(exist_ok=True)
        state.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if steps == REFUSES:
        sys.exit("error: params.yaml: train.total_timesteps: not today")


if __name__ == "__main__":
    main()
