"""Stage check: refuse whatever params.yaml has wrong, anywhere in it, before any other stage deletes what it made.

DVC removes a stage's outputs before it runs its command; this one goes first. What it writes of a world, on which all
its stages depend, changes with environments of one's own alone; what it writes of a policy, on which its training
depends, with what that begins with; all values of params.yaml, on which the report depends, with any of them, while
an edited comment ends here. Usage: python -m pipeline.stages.check.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from envs.ground.doors import simulation
from pipeline.ground import files
from pipeline.ground.digests import digest_folder
from pipeline.ground.paths import BEGUN, CHECKED, CHECKED_PARAMS, OWN_ENVIRONMENTS, PARAMS, begun, checked
from pipeline.settings.params import Params, read_params
from pipeline.settings.worlds import check_all, simulation_settings


def main() -> None:
    """Read and check everything, and write data/checked."""
    files.words("", "")
    params = read_params(PARAMS)
    check_all(params, str(PARAMS))
    from pipeline.learning.rehearsal import rehearse  # loads what learns; most mistakes are told before

    begin_with = rehearse(params, str(PARAMS))
    values = json.dumps(params.model_dump(mode="json"), indent=1) + "\n"
    write_all(CHECKED, {CHECKED_PARAMS: values} | {checked(world): told(world, params) for world in params.sections})
    write_all(BEGUN, {begun(*training): told_beginning(found) for training, found in begin_with.items()})


def write_all(folder: Path, texts: Mapping[Path, str]) -> None:
    """Write these files of a folder, and let all others go."""
    for path, text in texts.items():
        files.write_text(path, text)
    for path in folder.rglob("*"):
        if path.is_file() and path not in texts:
            path.unlink()


def told(world: str, params: Params) -> str:
    """What is written of a world: that it was checked, and where it has sources of one's own, a digest of all those.

    Raises:
        ValueError: a source that lies where DVC does not look for changes.
    """
    sources = simulation(world).sources(simulation_settings(params, world, str(PARAMS)))
    for source in sources:
        if not Path(source).resolve().is_relative_to(OWN_ENVIRONMENTS.resolve()):
            wish = f"wanted a file below {OWN_ENVIRONMENTS}, where editing it makes its policies train anew"
            raise ValueError(f"{PARAMS}: {world}.simulation: got {source}, {wish}")
    lines = [f"{PARAMS}: {world} has been checked"]
    lines += [f"{OWN_ENVIRONMENTS}: {digest_folder(OWN_ENVIRONMENTS)}"] if sources else []
    return "\n".join(lines) + "\n"


def told_beginning(found: Mapping[str, Any]) -> str:
    """What is written of a training: what it begins with, and a digest of that."""
    return f"begins with {found['folder']}: {found['digest']}\n" if found else "begins with nothing\n"


if __name__ == "__main__":
    files.run(main)
