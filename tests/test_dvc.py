"""Facts about DVC: it runs what is stale, all of it and nothing else."""

import json
import os
import shutil
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from conftest import PATIENCE_S, ROOT, TINY, Checkout, change_params

from pipeline.ground.digests import digest_folder

pytestmark = pytest.mark.long

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


def variables() -> dict[str, str]:
    """The environment without another DVC's or git's own, and without telemetry."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DVC_", "GIT_"))}
    return inherited | {"DVC_NO_ANALYTICS": "true", "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}


class DvcCheckout(Checkout):
    """A checkout of its own, code included, under git and DVC."""

    def call(self, *words: str, fails: bool = False) -> str:
        done = subprocess.run(words, cwd=self.folder, env=variables(), capture_output=True, text=True, check=False)
        assert bool(done.returncode) is fails, f"{' '.join(words)}: {done.stdout}{done.stderr}"
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
    for given in ("begin_with", "custom_scenarios", "records"):
        shutil.copytree(ROOT / "data" / given, folder / "data" / given)
    for name in ("params.yaml", "dvc.yaml", ".dvcignore", ".gitignore"):
        shutil.copy2(ROOT / name, folder / name)
    shutil.copytree(ROOT / ".dvc", folder / ".dvc", ignore=shutil.ignore_patterns("cache", "tmp"))
    change_params(folder / "params.yaml", TINY | {"train.total_timesteps": timesteps})
    checkout = DvcCheckout(folder)
    checkout.call("git", "init", "-q")
    checkout.call("git", "add", "-A")
    checkout.call(*GIT, "commit", "-q", "-m", "first")
    return checkout


@pytest.fixture(scope="module")
def committed(finished: Checkout, tmp_path_factory: pytest.TempPathFactory) -> DvcCheckout:
    """What the stages have left elsewhere, committed, which is faster; `make test-flows` has DVC run them all."""
    checkout = new_dvc_checkout(tmp_path_factory.mktemp("committed") / "checkout")
    assert checkout.stale() == STAGES
    shutil.copytree(finished.folder / "data", checkout.folder / "data", dirs_exist_ok=True)
    checkout.run_well("tune")
    next(checkout.folder.glob("tune-*.log")).unlink()
    checkout.call("dvc", "commit", "--force")
    assert checkout.call("git", "status", "--porcelain").split() == ["??", "dvc.lock"], "git sees more than the lock"
    return checkout


@pytest.fixture
def made(committed: DvcCheckout, tmp_path: Path) -> DvcCheckout:
    """All stages have run; to change at will."""
    return DvcCheckout(Path(shutil.copytree(committed.folder, tmp_path / "checkout", symlinks=True)))


def test_dvc_runs_what_is_stale_and_nothing_else(made: DvcCheckout) -> None:
    assert made.repro() == set(), "nothing is stale after all stages"
    first = made.learning_curve()

    made.change({"evaluate.seed": 1})
    stale = made.stale()
    assert "evaluate@airspace-generic-0" in stale
    assert not stale & {"scenarios@airspace", "train@airspace-generic-0"}, "a value of evaluate retrains nothing"

    made.change({"train.hyperparameters": {**TINY["train.hyperparameters"], "gamma": 0.9}})
    assert made.repro("train@airspace-generic-0") == {"check", "train@airspace-generic-0"}
    assert (made.training()["hyperparameters"]["gamma"], made.training()["resumed"]) == (0.9, 0)
    second = made.learning_curve()
    assert second["agent_steps"][0] == 0, "other parameters begin at step 0"
    assert second["mean_return"].iloc[-1] != first["mean_return"].iloc[-1]

    with (made.folder / "envs/airspace/simulation/compiled/reward.py").open("a") as source:
        source.write("# edited\n")
    assert made.stale() >= {"check", "scenarios@airspace", "train@airspace-generic-0"}


def test_more_test_episodes_retrain_nothing(made: DvcCheckout) -> None:
    made.change({"scenarios.test.num_episodes": 11})
    assert made.repro("scenarios@airspace") == {"check", "scenarios@airspace"}
    assert made.stale() == {"evaluate@airspace-generic-0", "report"}


def test_a_policy_to_begin_with_is_an_input_of_training_alone(made: DvcCheckout) -> None:
    own = made.folder / "data/begin_with/first"
    shutil.copytree(made.folder / "data/models/airspace/generic/0", own)
    assert made.repro("check") == {"check"}
    assert made.stale() == set(), "nobody begins with it"
    made.change({"train.begin_with": "first", "train.keep_policies": 2})
    assert made.repro("train@airspace-generic-0") == {"check", "train@airspace-generic-0"}
    assert len(list((made.folder / "data/models/airspace/generic/0/ages").iterdir())) == 2
    shutil.copy2(made.folder / "data/models/airspace/generic/0/weights.safetensors", own)
    assert made.repro("check") == {"check"}
    assert {"train@airspace-generic-0", "tune@airspace"} <= made.stale()
    assert "scenarios@airspace" not in made.stale()


def test_what_a_training_leaves_comes_back_from_the_cache_and_nothing_is_stale(made: DvcCheckout) -> None:
    shutil.rmtree(made.folder / "data/models")
    made.call("dvc", "checkout")
    assert made.stale() == set()


def test_a_training_whose_dvc_was_killed_does_not_write_over_what_the_next_one_restores(made: DvcCheckout) -> None:
    stage = "train@airspace-generic-0"
    words = ["dvc", "repro", "--force", "--single-item", stage]
    with subprocess.Popen(words, cwd=made.folder, env=variables(), start_new_session=True) as dvc:
        orphan = wait_for_stage(dvc)
        dvc.kill()
    assert made.repro() == set()
    assert made.stale() == set()
    wait_for_end(orphan)
    assert made.stale() == set()


def wait_for_end(process: psutil.Process) -> None:
    deadline = time.monotonic() + PATIENCE_S
    with suppress(psutil.NoSuchProcess):
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < deadline, "it goes on without its dvc"
            time.sleep(0.01)


def wait_for_stage(dvc: subprocess.Popen[bytes]) -> psutil.Process:
    """The process of the training that dvc has started."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        for process in psutil.Process(dvc.pid).children(recursive=True):
            with suppress(psutil.Error):
                if "pipeline.stages.train" in process.cmdline():
                    return process
        time.sleep(0.01)
    raise AssertionError("dvc started no training")


def test_a_mistake_anywhere_is_refused_before_anything_is_deleted(made: DvcCheckout) -> None:
    before = digest_folder(made.folder / "data")
    made.change({"train.num_worlds": 9, "pettingzoo.simulation.max_steps": 0})
    said = made.call("dvc", "repro", fails=True)
    assert "error: params.yaml: pettingzoo.simulation.max_steps: got 0, wanted 1 or more" in said
    assert digest_folder(made.folder / "data") == before
    said = made.call("dvc", "exp", "run", "-S", "train.num_worlds=-1", fails=True)
    assert "error: params.yaml: " in said
    assert digest_folder(made.folder / "data") == before


def test_an_environment_of_ones_own_is_an_input_of_its_world_alone(made: DvcCheckout) -> None:
    own = made.folder / "my_envs/spread.py"
    own.write_text("from mpe2.simple_spread_v3 import parallel_env\n")
    assert made.repro("check") == {"check"}
    assert made.stale() == set(), "nobody plays in it"
    made.change({"pettingzoo.simulation.module": "my_envs/spread.py"})
    written = [made.folder / f"data/checked/{world}.txt" for world in ("airspace", "pettingzoo")]
    texts = []
    for line in ("", "# edited\n"):
        own.write_text(own.read_text() + line)
        assert made.repro("check") == {"check"}
        texts.append([path.read_text() for path in written])
    assert texts[0][0] == texts[1][0]
    assert texts[0][1] != texts[1][1]
