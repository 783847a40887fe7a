"""What a finished run has left, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.ground import paths
from pipeline.ground.files import read_json


@dataclass(frozen=True)
class Run:
    """A finished run: where its files lie, and its figures.

    Attributes:
        folder: all of it, laid out as a checkout; `params.yaml` there says every value that it was made with.
        world: its section of params.yaml, as in the names of folders; `pettingzoo` for an import path.
        policy: the policy's name, as in the names of folders.
        seeds: one training each.
        figures: by seed and name, on test episodes: the leading figure, outcomes, mean return and length of the policy
            and of each baseline, `test_return_mean_deterministic`, `test_return_mean_random`.
    """

    folder: Path
    world: str
    policy: str
    seeds: tuple[int, ...]
    figures: Mapping[int, Mapping[str, float]]

    @property
    def page(self) -> Path:
        """The report, one page that opens without a network."""
        return self.folder / paths.REPORT / "index.html"

    @property
    def export(self) -> Path:
        """The folder of the exported policy, of the best seed by validation."""
        return self.folder / paths.export(self.world, self.policy)

    @property
    def onnx(self) -> Path:
        """The exported policy."""
        return self.export / paths.ONNX

    def model(self, seed: int) -> Path:
        """The folder of a training: network.safetensors, weights.safetensors, training.json."""
        return self.folder / paths.model(self.world, self.policy, seed)

    def curve(self, seed: int) -> Path:
        """The learning curve of a training, a csv: a row for each validation, by agent_steps."""
        return self.model(seed) / paths.CURVE

    def evaluation(self, seed: int) -> Path:
        """The folder of a training's evaluation: episodes.parquet, figures.json, metrics.json and more."""
        return self.folder / paths.evaluation(self.world, self.policy, seed)


def read_run(folder: Path, world: str, policy: str, seeds: tuple[int, ...]) -> Run:
    """The run that was finished in a folder."""
    found = {seed: read_json(folder / paths.evaluation(world, policy, seed) / "metrics.json") for seed in seeds}
    return Run(folder, world, policy, seeds, found)
