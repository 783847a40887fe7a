"""A small package with a world, a network and an algorithm: built, installed without a network, and trained with."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from pipeline.ground.files import read_json, write_text
from pipeline.ground.templates import source
from pipeline.worlds.new_world import world_files

pytestmark = pytest.mark.long

PROJECT = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "murmuration-nearby"
version = "0.3"

[project.entry-points."murmuration.worlds"]
nearby = "murmuration_nearby"

[project.entry-points."murmuration.algorithms"]
clipped_a2c = "murmuration_nearby.learning:CLIPPED_A2C"

[project.entry-points."murmuration.networks"]
widened = "murmuration_nearby.learning:Widened"

[tool.setuptools.packages.find]
include = ["murmuration_nearby*"]

[tool.setuptools.package-data]
murmuration_nearby = ["section.yaml"]
"""
LEARNING = '''
"""A2C whose advantages are clipped, and a layer more before its network."""

import numpy as np
import torch
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor

from pipeline.algorithms.on_policy import ActiveRolloutBuffer, SharedA2C
from pipeline.algorithms.sb3_kind import SB3Kind


class ClippedAdvantages(ActiveRolloutBuffer):
    """A rollout whose advantages lie in [-2, 2]."""

    def compute_returns_and_advantage(self, last_values, dones):
        super().compute_returns_and_advantage(last_values, dones)
        self.advantages = np.clip(self.advantages, -2.0, 2.0)


class ClippedA2C(SharedA2C):
    """A2C over active rows with clipped advantages."""

    GIVEN = {"rollout_buffer_class": ClippedAdvantages}


CLIPPED_A2C = SB3Kind(ClippedA2C)


class Widened(BaseFeaturesExtractor):
    """obs (N, D) -> features (N, width)."""

    def __init__(self, observation_space, width):
        super().__init__(observation_space, width)
        self.numbers = {"width": width}
        self.layer = torch.nn.Linear(observation_space.shape[0], width)

    def forward(self, observations):
        return torch.tanh(self.layer(observations))
'''
PRESET = """{n_steps: 8, gamma: 0.95, policy_kwargs: {features_extractor: widened,
 features_extractor_kwargs: {width: 12}, net_arch: [8], activation_fn: tanh}}"""
FEW = {
    "presets.general.clipped_a2c": " ".join(PRESET.split()),
    "scenarios.validation.num_episodes": "5",
    "nearby.scenarios.validation.num_episodes": "5",
    "nearby.scenarios.test.num_episodes": "5",
    "train.torch_threads": "1",
    "evaluate.memorisation_variants": "2",
    "evaluate.stochastic_episodes": "1",
    "tracking.system_metrics": "false",
}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the built package was installed into."""
    sources, folder = tmp_path_factory.mktemp("sources"), tmp_path_factory.mktemp("installed")
    write_text(sources / "pyproject.toml", PROJECT)
    package = sources / "murmuration_nearby"
    for path, text in world_files("nearby").items():
        if path.is_relative_to("envs/nearby"):
            write_text(package / path.relative_to("envs/nearby"), text.replace("envs.nearby", "murmuration_nearby"))
    write_text(package / "section.yaml", source("worlds/section.yaml").replace("WORLD", "nearby"))
    write_text(package / "learning.py", LEARNING)
    options = ("-q", "--no-index", "--no-deps", "--no-build-isolation", "--target", str(folder))
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(sources)], check=True, capture_output=True)
    return folder


def murmuration(installed: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": f"{installed}{os.pathsep}{ROOT}"}
    call = [sys.executable, "-m", "pipeline.cli", *words]
    return subprocess.run(call, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_its_world_is_trained_in_by_its_algorithm_through_its_network(installed: Path, tmp_path: Path) -> None:
    settings = [word for key, value in FEW.items() for word in ("--set", f"{key}={value}")]
    asked = ("train", "nearby", "--algorithm", "clipped_a2c", "--steps", "600", "--num-worlds", "2", "--into", "run")
    done = murmuration(installed, tmp_path, *asked, *settings)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    trained = read_json(tmp_path / "run/data/models/nearby/generic/0/training.json")
    assert trained["algorithm"] == "clipped_a2c"
    assert (tmp_path / "run/data/export/nearby/generic/policy.onnx").stat().st_size > 1000
    checked = (tmp_path / "run/data/checked/nearby.txt").read_text()
    assert "plug-in murmuration-nearby 0.3: " in checked
    begun = (tmp_path / "run/data/begun/nearby/generic.txt").read_text()
    assert begun.count("plug-in murmuration-nearby 0.3: ") == 2


def test_who_has_it_not_is_told_so(installed: Path, tmp_path: Path) -> None:
    done = murmuration(tmp_path, tmp_path, "train", "nearby")
    assert done.returncode == 1
    assert "world: unknown 'nearby'" in done.stderr


ASKS = """
import sys
from pipeline.cli import app
try:
    app(["--help"], prog_name="murmuration")
finally:
    print("murmuration_nearby" in sys.modules)
"""


def test_help_imports_none_of_it(installed: Path, tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": f"{installed}{os.pathsep}{ROOT}"}
    call = [sys.executable, "-c", ASKS]
    done = subprocess.run(call, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.endswith("False\n"), done.stderr


def test_the_doctor_names_its_plugins(installed: Path, tmp_path: Path) -> None:
    said = murmuration(installed, tmp_path, "doctor").stdout
    for name in ("nearby", "clipped_a2c", "widened"):
        assert f"plug-in {name}" in said
    assert "of murmuration-nearby 0.3" in said
