"""Stage check: refuse whatever params.yaml has wrong, anywhere in it, before any other stage deletes what it made.

DVC removes a stage's outputs before it runs its command; this one goes first, and what it writes is the same as long as
nothing is refused. Usage: python -m pipeline.stages.check.
"""

from __future__ import annotations

from pipeline.algorithms.table import check_algorithm
from pipeline.ground import files
from pipeline.ground.paths import CHECKED, PARAMS
from pipeline.learning.rehearsal import rehearse
from pipeline.settings.params import read_params
from pipeline.settings.worlds import check_all


def main() -> None:
    """Read and check everything, and write data/checked."""
    files.words("", "")
    params = read_params(PARAMS)
    check_all(params, str(PARAMS))
    for preset, sets in params.presets.items():
        for algorithm, hyperparameters in sets.items():
            check_algorithm(algorithm, hyperparameters, f"{PARAMS}: presets.{preset}")
    for world in params.worlds:
        rehearse(params, world, str(PARAMS))
    files.write_text(CHECKED, f"{PARAMS} has been checked\n")


if __name__ == "__main__":
    files.run(main)
