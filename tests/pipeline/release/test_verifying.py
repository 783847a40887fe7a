"""Facts about making an export again: what it records, what is refused, what counts as different."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
from conftest import Checkout

from pipeline.export.origin import Origin, origin
from pipeline.ground.parts import write_sums
from pipeline.release.verifying import check_out, check_rebuildable, differences, elsewhere, read_origin, verify

GIT = ("git", "-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false")


@pytest.fixture
def copy(finished: Checkout, tmp_path: Path) -> Callable[[str], Path]:
    """Copies the finished export."""
    return lambda name: Path(shutil.copytree(finished.folder / "data/export/airspace/generic", tmp_path / name))


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A commit, and changes since."""
    folder = tmp_path / "repository"
    (folder / "envs").mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    (folder / "params.yaml").write_text("speed: 1\n")
    (folder / "dvc.lock").write_text("one\n")
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "first"]):
        subprocess.run([*GIT, *words], check=True)
    (folder / "params.yaml").write_text("speed: 2\n")
    (folder / "dvc.lock").write_text("two\n")
    return folder


def test_a_clone_holds_the_commit_and_what_was_changed_since(repository: Path, tmp_path: Path) -> None:
    made = origin({}, {})
    assert ("+speed: 2" in made.patch, "dvc.lock" in made.patch) == (True, False)
    check_rebuildable(made, repository)
    (repository / "params.yaml").write_text("speed: 3\n")
    check_out(made, tmp_path / "clone", reuse_cache=False)
    assert (tmp_path / "clone/params.yaml").read_text() == "speed: 2\n"
    assert (tmp_path / "clone/dvc.lock").read_text() == "one\n"


def test_what_git_does_not_know_cannot_be_made_again(repository: Path) -> None:
    (repository / "envs" / "new.py").touch()
    with pytest.raises(ValueError, match=r"not in git: envs/new\.py; add them"):
        check_rebuildable(origin({}, {}), repository)


def test_a_commit_that_is_not_here_is_named(repository: Path, tmp_path: Path) -> None:
    lost = origin({}, {}).model_copy(update={"git_commit": "0" * 40})
    with pytest.raises(ValueError, match=r"git .*checkout .*000"):
        check_out(lost, tmp_path / "clone", reuse_cache=False)


def test_an_export_made_outside_of_git_is_refused(copy: Callable[[str], Path]) -> None:
    folder = copy("one")
    made = read_origin(folder)
    assert (made.git_commit, made.patch) == ("unknown", "")
    assert {"torch", "numpy", "stable-baselines3"} <= made.libraries.keys()
    with pytest.raises(ValueError, match=r"one/origin\.json: git_commit: unknown, wanted"):
        verify(folder, reuse_cache=False)


def test_an_export_without_origin_is_refused(copy: Callable[[str], Path]) -> None:
    folder = copy("one")
    (folder / "origin.json").write_text('{"git_commit": 1}')
    write_sums(folder)
    with pytest.raises(ValueError, match=r"origin\.json: git_commit: got 1, wanted text"):
        verify(folder, reuse_cache=False)
    (folder / "origin.json").unlink()
    write_sums(folder)
    with pytest.raises(ValueError, match=r"origin\.json: not found"):
        verify(folder, reuse_cache=False)


def test_timings_make_no_difference_and_figures_do(copy: Callable[[str], Path]) -> None:
    one, other = copy("one"), copy("other")
    described = json.loads((other / "policy.json").read_text())
    described["training"]["seconds"] += 1
    (other / "policy.json").write_text(json.dumps(described))
    assert differences(one, other) == []
    described["training"]["validation"]["los_rate"] = 0.125
    described["hashes"]["model"] = "other"
    (other / "policy.json").write_text(json.dumps(described))
    found = differences(one, other)
    assert [line.split(":")[0] for line in found] == ["hashes.model", "training.validation.los_rate"]
    assert found[1].endswith("rebuilt 0.125")


def test_other_weights_are_told_with_how_much(copy: Callable[[str], Path]) -> None:
    one, other = copy("one"), copy("other")
    network = onnx.load(str(other / "policy.onnx"))
    first = network.graph.initializer[0]
    weights = onnx.numpy_helper.to_array(first).copy()
    weights.flat[0] += 0.5
    first.CopyFrom(onnx.numpy_helper.from_array(weights, first.name))
    onnx.save(network, str(other / "policy.onnx"))
    assert differences(one, other) == ["weights: by up to 5.0e-01"]


def test_another_library_is_named_as_a_possible_reason() -> None:
    here = origin({}, {})
    there: Origin = here.model_copy(update={"libraries": here.libraries | {"torch": "1.0"}, "machine": "Linux abacus"})
    assert [line.split(",")[0] for line in elsewhere(there)] == [
        "made with machine Linux abacus",
        "made with libraries.torch 1.0",
    ]
    assert elsewhere(here) == []
