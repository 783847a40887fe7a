"""Facts about DVC: it runs what is stale, all of it and nothing else."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from conftest import ROOT, TINY, Checkout, change_params

CODE = ("envs", "pipeline", "flows", "my_envs")
STAGES = {
    "check",
    "scenarios@airspace",
    "tune@airspace",
    "train@airspace-generic-0",
    "evaluate@airspace-generic-0",
    "export@airspace-generic",
    "report",
}
GIT = ("git", "-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false")


class DvcCheckout(Checkout):
    """A checkout of its own, code included, under git and DVC."""

    def call(self, *words: str) -> str:
        variables = {name: value for name, value in os.environ.items() if not name.startswith(("DVC_", "GIT_"))}
        variables |= {"DVC_NO_ANALYTICS": "true", "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
        done = subprocess.run(words, cwd=self.folder, env=variables, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def stale(self) -> set[str]:
        """The stages that `dvc repro` would look at again."""
        said = self.call("dvc", "status", "--json")
        return set(json.loads(said[said.index("{") :]))

    def repro(self, *words: str) -> set[str]:
        """The stages that `dvc repro` ran."""
        said = self.call("dvc", "repro", *words)
        return {line.split("'")[1] for line in said.splitlines() if line.startswith("Running stage")}


def new_dvc_checkout(folder: Path, timesteps: int = TINY["train.total_timesteps"]) -> DvcCheckout:
    """A git repository of the code, small and with its graph."""
    for name in CODE:
        shutil.copytree(ROOT / name, folder / name)
    shutil.copytree(ROOT / "data/custom_scenarios", folder / "data/custom_scenarios")
    for name in ("params.yaml", "dvc.yaml", ".dvcignore", ".gitignore"):
        shutil.copy2(ROOT / name, folder / name)
    shutil.copytree(ROOT / ".dvc", folder / ".dvc", ignore=shutil.ignore_patterns("cache", "tmp"))
    change_params(folder / "params.yaml", TINY | {"train.total_timesteps": timesteps})
    checkout = DvcCheckout(folder)
    checkout.call("git", "init", "-q")
    checkout.call("git", "add", "-A")
    checkout.call(*GIT, "commit", "-q", "-m", "first")
    return checkout


def test_dvc_runs_what_is_stale_and_nothing_else(finished: Checkout, tmp_path: Path) -> None:
    """What the stages have left elsewhere is committed, which is faster; `make test-flows` has DVC run them all."""
    checkout = new_dvc_checkout(tmp_path / "checkout")
    assert checkout.stale() == STAGES
    shutil.copytree(finished.folder / "data", checkout.folder / "data", dirs_exist_ok=True)
    checkout.run_well("tune")
    next(checkout.folder.glob("tune-*.log")).unlink()
    checkout.call("dvc", "commit", "--force")
    assert checkout.call("git", "status", "--porcelain").split() == ["??", "dvc.lock"], "git sees more than the lock"
    assert checkout.repro() == set(), "nothing is stale after all stages"
    first = checkout.learning_curve()

    checkout.change({"evaluate.seed": 1})
    stale = checkout.stale()
    assert "evaluate@airspace-generic-0" in stale
    assert not stale & {"scenarios@airspace", "train@airspace-generic-0"}, "a value of evaluate retrains nothing"

    checkout.change({"train.hyperparameters": {**TINY["train.hyperparameters"], "gamma": 0.9}})
    assert checkout.repro("train@airspace-generic-0") == {"train@airspace-generic-0"}
    assert (checkout.training()["hyperparameters"]["gamma"], checkout.training()["resumed"]) == (0.9, 0)
    second = checkout.learning_curve()
    assert second["agent_steps"][0] == 0, "other parameters begin at step 0"
    assert second["mean_return"].iloc[-1] != first["mean_return"].iloc[-1]

    with (checkout.folder / "pipeline/report/templates/scenarios.html.j2").open("a") as source:
        source.write("<!-- edited -->\n")
    assert checkout.repro("scenarios@airspace") == {"scenarios@airspace"}
    assert "train@airspace-generic-0" not in checkout.stale(), "another page about the same scenarios retrains nothing"

    with (checkout.folder / "envs/airspace/simulation/reward.py").open("a") as source:
        source.write("# edited\n")
    assert checkout.stale() >= {"scenarios@airspace", "train@airspace-generic-0"}
