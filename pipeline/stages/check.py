"""Stage check: refuse whatever params.yaml has wrong, anywhere in it, before any other stage deletes what it made.

DVC removes a stage's outputs before it runs its command; this one goes first. What it writes of a world, on which all
its stages depend, changes with environments of one's own alone. Usage: python -m pipeline.stages.check.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from envs.ground.doors import simulation
from pipeline.algorithms.table import check_algorithm
from pipeline.ground import files
from pipeline.ground.digests import digest_folder
from pipeline.ground.paths import CHECKED, OWN_ENVIRONMENTS, PARAMS, checked
from pipeline.learning.rehearsal import rehearse
from pipeline.settings.params import read_params
from pipeline.settings.worlds import check_all, simulation_settings


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
    own = {
        world: simulation(world).sources(simulation_settings(params, world, str(PARAMS))) for world in params.sections
    }
    texts = {checked(world): told(world, sources) for world, sources in own.items()}
    for path, text in texts.items():
        files.write_text(path, text)
    for path in CHECKED.iterdir():
        if path not in texts:
            path.unlink()


def told(world: str, sources: Collection[str]) -> str:
    """What is written of a world: that it was checked, and where it has sources of one's own, a digest of all those.

    Raises:
        ValueError: a source that lies where DVC does not look for changes.
    """
    for source in sources:
        if not Path(source).resolve().is_relative_to(OWN_ENVIRONMENTS.resolve()):
            wish = f"wanted a file below {OWN_ENVIRONMENTS}, where editing it makes its policies train anew"
            raise ValueError(f"{PARAMS}: {world}.simulation: got {source}, {wish}")
    lines = [f"{PARAMS}: {world} has been checked"]
    lines += [f"{OWN_ENVIRONMENTS}: {digest_folder(OWN_ENVIRONMENTS)}"] if sources else []
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    files.run(main)
