"""Stage check: refuse whatever params.yaml has wrong, anywhere in it, before any other stage deletes what it made.

DVC removes a stage's outputs before it runs its command; this one goes first. What it writes of a world, on which all
its stages depend, changes with environments of one's own alone; what it writes of a policy, on which its training
depends, with what that begins with and the records that it learns from; all values of params.yaml, on which the report
depends, with any of them, while an edited comment ends here. Usage: python -m pipeline.stages.check.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from envs.ground.doors import own_worlds, plugged, simulation
from envs.ground.packages import plugins
from pipeline.ground import files, progress
from pipeline.ground.digests import digest_folder
from pipeline.ground.parts import sha256
from pipeline.ground.paths import BEGUN, CHECKED, CHECKED_PARAMS, OWN_ENVIRONMENTS, PARAMS, begun, checked
from pipeline.settings.params import Params, read_params, read_sections, train_settings, training_layers
from pipeline.settings.worlds import check_all, simulation_settings

if TYPE_CHECKING:
    from pipeline.learning.rehearsal import Inputs

DVC_YAML = Path("dvc.yaml")


def main() -> None:
    """Read and check everything, and write data/checked."""
    files.words("", "")
    refuse_other_worlds(read_sections(PARAMS))
    params = read_params(PARAMS)
    check_all(params, str(PARAMS))
    for world in params.worlds:
        check_watched(world)
    from pipeline.learning.rehearsal import rehearse  # loads what learns; most mistakes are told before

    given = rehearse(params, str(PARAMS))
    for line in clashes():
        progress.say(line)
    values = json.dumps(params.model_dump(mode="json"), indent=1) + "\n"
    write_all(CHECKED, {CHECKED_PARAMS: values} | {checked(world): told(world, params) for world in params.sections})
    inputs = {own: told_inputs(found) + told_plugins(params, *own) for own, found in given.items()}
    write_all(BEGUN, {begun(*training): text for training, text in inputs.items()})


def refuse_other_worlds(params: Params) -> None:
    """Where a preset lacks an algorithm that others have, say first what the world lacks for it: no preset helps then.

    Raises:
        ValueError: the world is none for the algorithm.
    """
    known = {algorithm for preset in params.presets.values() for algorithm in preset}
    for world, policy in product(params.worlds, params.policies):
        layers = training_layers(params, world, policy, str(PARAMS)).values()
        preset, algorithm = (
            str([layer[key] for layer in layers if key in layer][-1]) for key in ("preset", "algorithm")
        )
        if algorithm in known - params.presets.get(preset, {}).keys():
            from pipeline.learning.rehearsal import refuse_other_world

            refuse_other_world(params, world, policy, algorithm, str(PARAMS))


def check_watched(world: str) -> None:
    """Refuse a plug-in's world where DVC runs the stages: the rooms that they depend on are none of the checkout's.

    Raises:
        ValueError: with what to do.
    """
    own = plugged(world)
    if own is not None and DVC_YAML.is_file():
        wish = f"wanted `ln -s {own.folder} envs/{world}`, through which it does, or `murmuration train {world}`"
        raise ValueError(f"{PARAMS}: worlds: {world} is of {own.package}, whose rooms DVC does not watch; {wish}")


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
    lines, own = [f"{PARAMS}: {world} has been checked"], plugged(world)
    if own is not None:
        lines.append(sources_of(own))
    lines += [f"{OWN_ENVIRONMENTS}: {digest_folder(OWN_ENVIRONMENTS)}"] if sources else []
    return "\n".join(lines) + "\n"


def clashes() -> tuple[str, ...]:
    """In a line each, what plug-ins offer by names that are taken."""
    from pipeline.algorithms.table import ALGORITHMS
    from pipeline.policies.parts import EXTRACTORS

    watched = {name for name in own_worlds() if Path("envs", name).is_symlink()}  # links to the plug-ins themselves
    return (
        *plugins.clashes(plugins.ALGORITHMS, ALGORITHMS),
        *plugins.clashes(plugins.NETWORKS, EXTRACTORS),
        *plugins.clashes(plugins.WORLDS, set(own_worlds()) - watched),
    )


def told_plugins(params: Params, world: str, policy: str) -> str:
    """What is written of the plug-ins that a policy trains with, so that another source of theirs trains it anew."""
    from pipeline.algorithms.table import ALGORITHMS
    from pipeline.policies.parts import EXTRACTORS

    train = train_settings(params, world, policy)
    features = train.hyperparameters.get("policy_kwargs", {}).get("features_extractor", "flat")
    found = (
        plugins.plugin(plugins.ALGORITHMS, train.algorithm, ALGORITHMS),
        plugins.plugin(plugins.NETWORKS, features, EXTRACTORS),
    )
    return "".join(f"{sources_of(own)}\n" for own in found if own is not None)


def sources_of(own: plugins.Plugin) -> str:
    """What is written of a plug-in: whose it is, and a digest of its sources, whichever version they say they are."""
    source = Path(own.source)
    digest = digest_folder(source) if source.is_dir() else sha256(source)
    return f"plug-in {own.package} {own.version}: {digest}"


def told_inputs(given: Inputs) -> str:
    """What is written of a training: what it begins with, the records that it learns from if any, and their digests."""
    begun, records = given.begun_with, given.records
    lines = [f"begins with {begun['folder']}: {begun['digest']}" if begun else "begins with nothing"]
    lines += [f"learns from {records['folder']}: {records['digest']}"] if records else []
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    files.run(main)
