"""Facts about `murmuration experiments`, in a checkout in which DVC has kept some."""

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from conftest import ROOT

from pipeline import cli
from pipeline.experiments.kept import Row
from pipeline.experiments.table import age, changes

PARAMS = """\
train: {num_worlds: 1, noise: 0.5}
policies: {generic: {}}
seeds: [0]
"""
GRAPH = """\
stages:
  evaluate:
    matrix: {world: [airspace, mpe], seed: [0, 1]}
    cmd: python evaluate.py ${item.world} ${item.seed}
    params: [train, policies, seeds]
    metrics: ["data/evaluation/${item.world}/generic/${item.seed}/metrics.json": {cache: false}]
"""
EVALUATE = """\
import json, pathlib, sys
world, seed = sys.argv[1], int(sys.argv[2])
text = pathlib.Path("params.yaml").read_text()
worlds = int(text.partition("num_worlds: ")[2].split()[0].strip(",}"))
if worlds == 99:
    sys.exit("error: not today")
figures = {"score": worlds + seed, "lost": 0.25, "lost_rule": 0.5} | ({"only_here": 1.0} if world == "mpe" else {})
folder = pathlib.Path(f"data/evaluation/{world}/generic/{seed}")
folder.mkdir(parents=True, exist_ok=True)
(folder / "metrics.json").write_text(json.dumps(figures))
"""
DVC = """\
import sys
from dvc.cli import main
RUN = ["exp", "run", "-q", "--temp", "-n"]
for words in (
    ["repro", "-q"],
    [*RUN, "more", "-S", "train.num_worlds=7"],
    [*RUN, "fewer", "-S", "train.num_worlds=-3", "-S", "~train.noise", "-S", "seeds=[0,1]"],
):
    assert main(words) == 0, words
"""
GIT = ("git", "-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false")


def call(folder: Path, *words: str) -> None:
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("DVC_", "GIT_"))}
    variables["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{variables['PATH']}"
    who = {f"GIT_{role}_{key}": "test" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
    done = subprocess.run(words, cwd=folder, env=variables | who, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A commit, two experiments that began at it, and a working tree that differs."""
    folder = tmp_path_factory.mktemp("experiments")
    for name, text in {"params.yaml": PARAMS, "dvc.yaml": GRAPH, "evaluate.py": EVALUATE}.items():
        (folder / name).write_text(text)
    shutil.copytree(ROOT / ".dvc", folder / ".dvc", ignore=shutil.ignore_patterns("cache", "tmp"))
    (folder / ".gitignore").write_text("__pycache__\n")
    call(folder, "git", "init", "-q")
    call(folder, "git", "add", "-A")
    call(folder, *GIT, "commit", "-q", "-m", "first")
    call(folder, sys.executable, "-c", DVC)
    call(folder, "git", "add", "-A")
    (folder / "params.yaml").write_text(PARAMS.replace("0.5", "0.75"))
    return folder


@pytest.fixture
def experiments(checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    def command(*words: str) -> str:
        monkeypatch.chdir(checkout)
        monkeypatch.setattr(sys, "argv", ["murmuration", "experiments", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return str(ended.value.code) if ended.value.code else capsys.readouterr().out

    return command


def test_the_best_is_first_and_what_was_changed_is_named(experiments) -> None:
    lines = experiments().splitlines()
    assert lines[0].split() == [
        *("experiment", "world/policy", "score", "lost", "lost_rule", "only_here", "state", "age", "changed")
    ]
    cells = [line.split() for line in lines[1:]]
    assert [row[0] for row in cells] == ["more", "more", "workspace", "workspace", "fewer", "fewer", cells[-1][0]]
    assert cells[0][1:6] == ["airspace/generic", "7.5", "0.25", "0.5", "-"]
    assert lines[1].endswith("train.num_worlds=7")
    assert lines[3].endswith("train.noise=0.75")
    assert lines[5].endswith("train.num_worlds=-3 seeds=[0, 1] ~train.noise")
    assert "not evaluated" in lines[-1], "the commit itself holds no figures"


def test_json_tells_all_of_each_policy(experiments) -> None:
    rows = json.loads(experiments("--json", "--sort=-only_here"))
    assert [row["world"] for row in rows[:3]] == ["mpe"] * 3
    fewer = next(row for row in rows if (row["experiment"], row["world"]) == ("fewer", "mpe"))
    assert fewer["figures"] == {"score": -2.5, "lost": 0.25, "lost_rule": 0.5, "only_here": 1.0}
    assert fewer["changed"] == {"train.num_worlds": -3, "train.noise": None, "seeds": [0, 1]}
    assert (fewer["seeds"], fewer["state"]) == (2, "finished")
    assert datetime.now(UTC) - datetime.fromisoformat(fewer["created"]) < timedelta(hours=1)


def test_csv_has_a_column_for_each_figure(experiments) -> None:
    rows = list(csv.DictReader(io.StringIO(experiments("--csv"))))
    assert rows[0]["experiment"] == "more"
    assert json.loads(rows[0]["changed"]) == {"train.num_worlds": 7}
    assert [row["only_here"] for row in rows[:2]] == ["", "1.0"]


def test_chosen_figures_are_shown_in_the_order_asked(experiments) -> None:
    lines = experiments("--figure", "lost_rule", "--figure", "score", "--sort=-score").splitlines()
    assert lines[0].split()[2:4] == ["lost_rule", "score"]
    assert lines[1].startswith("fewer")


def test_a_figure_that_nobody_has_is_refused_with_those_that_there_are(experiments) -> None:
    known = "score, lost, lost_rule, only_here"
    assert experiments("--figure", "los") == f"error: --figure: got los, wanted some of {known}"
    assert experiments("--sort", "los") == f"error: --sort: got los, wanted one of {known}"
    assert experiments("--csv", "--json") == "error: got --json and --csv, wanted one of them"


def test_where_nothing_is_kept_it_says_what_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["murmuration", "experiments"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    message = str(ended.value.code)
    assert message.startswith(f"error: {tmp_path}: ")
    assert message.endswith("wanted a checkout under git and DVC with a commit")
    assert "\n" not in message


def test_age_is_told_in_the_largest_unit() -> None:
    now = datetime(2030, 1, 10, tzinfo=UTC)
    passed = [timedelta(seconds=5), timedelta(minutes=90), timedelta(days=3, hours=5)]
    assert [age(now - each, now) for each in passed] == ["5 s", "1 h", "3 d"]
    assert age(None, now) == "-"


def test_many_changes_are_counted() -> None:
    changed = {f"key{number}": number for number in range(5)}
    row = Row("x", changed, "", "", 0, {}, "finished", None)
    assert changes(row) == "key0=0 key1=1 key2=2 and 2 more"
    long = Row("x", {"key": "v" * 200}, "", "", 0, {}, "finished", None)
    assert len(changes(long)) == 60
