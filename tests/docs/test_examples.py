"""Facts about the examples: scripts say what they promise, notebooks run from the first cell to the last."""

from __future__ import annotations

import json
import os
import re
import runpy
import shutil
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


def run_script(name: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What a script prints, run in the tests' own process."""
    runpy.run_path(str(EXAMPLES / name), run_name="__main__")
    return capsys.readouterr().out


def run_cells(notebook: Path) -> dict[str, Any]:
    """The names that a notebook's cells leave, run one after the other."""
    names: dict[str, Any] = {}
    for number, cell in enumerate(json.loads(notebook.read_text(encoding="utf-8"))["cells"]):
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), f"{notebook.name}, cell {number}", "exec"), names)
    return names


def test_a_rule_of_ones_own_flies_the_airspace(capsys: pytest.CaptureFixture[str]) -> None:
    told = run_script("fly_by_rule.py", capsys)
    assert len(re.findall(r"^aircraft_\d+: return -?\d+\.\d$", told, re.M)) >= 2


def test_resolvers_are_compared_on_the_same_episodes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    told = run_script("compare_resolvers.py", capsys)
    shares = {name: int(share) for name, share in re.findall(r"^(\w+) .*lost in (\d+)%", told, re.M)}
    assert shares.keys() == {"hold", "mvp"}
    assert shares["mvp"] < shares["hold"]


@pytest.mark.long
def test_stable_baselines_learns_in_the_airspace_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert re.search(r"^\d+ rows; mean return -?\d+\.\d before", run_script("learn_with_sb3.py", capsys))


@pytest.mark.long
def test_the_notebooks_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "examples").mkdir()
    for name in ("params.yaml", "examples/gather.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(ROOT)]))
    trained = run_cells(EXAMPLES / "train_and_play.ipynb")
    assert trained["run"].page.is_file()
    looked = run_cells(EXAMPLES / "look_at_evaluation.ipynb")
    assert set(looked["by_mode"].index) >= {"deterministic", "nothing", "random"}


@pytest.mark.parametrize("notebook", sorted(EXAMPLES.glob("*.ipynb")), ids=lambda path: path.name)
def test_notebooks_are_kept_without_outputs(notebook: Path) -> None:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    assert [
        cell for cell in cells if cell["cell_type"] == "code" and (cell["outputs"] or cell["execution_count"])
    ] == []
