"""Facts about the wheel: made from the sdist, installed beside no checkout, it flies, looks and plans there."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, Checkout

pytestmark = pytest.mark.long
BUILD = "import setuptools.build_meta as b; print(b.build_{}({!r}))"
SOURCES = ("envs", "pipeline", "flows", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE", "params.yaml")
SCENARIO = "suite/chase_3p1.json"

Call = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def wheel(finished: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from what an sdist holds, with a champion of one's own."""
    place = tmp_path_factory.mktemp("wheel")
    source = place / "source"
    source.mkdir()
    for name in SOURCES:
        subprocess.run(["cp", "-R", ROOT / name, source], check=True)
    shutil.copytree(finished.folder / "data/export/airspace/generic", source / "champions/airspace/generic")
    build(source, "sdist", place)
    shutil.unpack_archive(next(place.glob("*.tar.gz")), place)
    build(next(place.glob("murmuration-*/")), "wheel", place)
    return next(place.glob("*.whl"))


def build(source: Path, kind: str, into: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BUILD.format(kind, str(into))], cwd=source, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of its own that has the wheel, and all other packages from this one."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    own = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    words = [sys.executable, "-m", "pip", "--python", folder / "bin/python", "install", "-q", "--no-deps", wheel]
    subprocess.run([*words], check=True, capture_output=True)
    (own / "beside.pth").write_text(sysconfig.get_path("purelib"))
    return folder


@pytest.fixture
def call(installed: Path, finished: Checkout, tmp_path: Path) -> Call:
    """Run a program of that environment in a folder with two scenarios and nothing else."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "DVC_", "VIRTUAL"))}
    (tmp_path / "suite").mkdir()
    for name in ("chase_3p1", "head_on"):
        shutil.copy(finished.folder / f"data/scenarios/airspace/train/suite/{name}.json", tmp_path / "suite")

    def program(*words: str, status: int = 0) -> subprocess.CompletedProcess[str]:
        words = (str(installed / "bin" / words[0]), *words[1:])
        done = subprocess.run(words, cwd=tmp_path, env=kept, capture_output=True, text=True, check=False)
        assert done.returncode == status, f"{' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    return program


def test_the_wheel_holds_what_it_needs_and_no_tests(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    ours = [path for top in ("envs", "pipeline", "flows") for path in (ROOT / top).rglob("*") if path.is_file()]
    wanted = {path.relative_to(ROOT).as_posix() for path in ours if "__pycache__" not in path.parts}
    assert wanted - held == set()
    champion = {f"pipeline/shipped/champions/airspace/generic/{name}" for name in ("policy.onnx", "policy.json")}
    assert champion <= held
    tops = {name.split("/")[0] for name in held}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"envs", "pipeline", "flows"}


def test_it_flies_and_looks_outside_of_a_checkout(
    call: Call, installed: Path, finished: Checkout, tmp_path: Path
) -> None:
    ask = "from pipeline.shipped.files import shipped_policy; print(shipped_policy('airspace'))"
    policy = call("python", "-c", ask).stdout.strip()
    assert policy.startswith(str(installed.resolve()))
    flown = json.loads(call("murmuration", "fly", "airspace", SCENARIO, "--json", "--animate", "flight.html").stdout)
    here = [sys.executable, "-m", "pipeline.cli", "fly", str(finished.folder / "data/export/airspace/generic")]
    there = subprocess.run([*here, str(tmp_path / SCENARIO), "--json"], cwd=ROOT, capture_output=True, check=True)
    assert flown == json.loads(there.stdout), "as from the checkout"
    assert (tmp_path / "flight.html").stat().st_size > 10_000
    call("murmuration", "view", "suite/head_on.json", "--world", "airspace")
    assert (tmp_path / "suite/head_on.html").exists()
    call("murmuration", "show", "airspace", "--no-open", "--drawn", "1")
    assert (tmp_path / "show.html").stat().st_size > 50_000


def test_environments_and_trainings_begin_from_the_values_that_come_along(call: Call) -> None:
    steps = (
        "import envs; env = envs.make('airspace_v0'); env.reset(seed=0); print(len(env.agents) > 0)\n"
        "from pipeline.standalone.request import Request, plan\n"
        "print('total_timesteps: 123' in plan(Request('airspace', (0,), training={'total_timesteps': 123})).params)"
    )
    assert call("python", "-c", steps).stdout.split() == ["True", "True"]


@pytest.mark.parametrize(
    "words", [("judge", "x"), ("new-world", "x"), ("experiments",), ("promote", "x", "--why", "y")], ids=lambda x: x[0]
)
def test_what_needs_a_checkout_says_so_in_a_line(call: Call, words: tuple[str, ...]) -> None:
    said = call("murmuration", *words, status=1).stderr
    assert said.count("\n") == 1, said
    assert "checkout" in said


def test_the_doctor_knows_that_there_is_none(call: Call) -> None:
    assert "only the machine was examined" in call("murmuration", "doctor").stdout
