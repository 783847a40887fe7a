"""Readers of files that come from outside: valid files to begin with, how they are read, and what must hold."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from torture.cases import FailedError
from torture.checkouts import ROOT
from torture.mutations import mutate_bytes, mutate_json, mutate_lines, mutate_tensors

EXPORT = ROOT / "champions/airspace/generic"
Mutate = Callable[[bytes, Random], bytes]


@dataclass(frozen=True)
class Reader:
    """How one kind of file is read.

    Attributes:
        lay_out: fills an empty folder with valid files.
        file: of these, the one that is mutated.
        read: reads `file` of a folder, and looks at what it was given; raises FailedError where that cannot be.
        mutate: what else than single bytes is changed in such a file.
    """

    lay_out: Callable[[Path], object]
    file: str
    read: Callable[[Path], object]
    mutate: Mutate


def try_reader(reader: Reader, folder: Path, content: bytes) -> str:
    """Have `content` read in a folder that was laid out; what was said of it, '' where it was taken.

    Raises:
        FailedError: a wrong acceptance, or a refusal that does not name the file.
        Exception: whatever else the reader raises: a fault of ours.
    """
    path = folder / reader.file
    path.write_bytes(content)
    try:
        reader.read(folder)
    except ValueError as error:
        _check_told(type(error), str(error), path)
        return str(error)
    return ""


def _check_told(kind: type[ValueError], said: str, path: Path) -> None:
    """One line of our own for each mistake, the first with the file's name, or that of one beside it."""
    if kind.__module__.partition(".")[0] not in ("builtins", "pipeline", "envs") or kind is UnicodeDecodeError:
        raise FailedError(f"{kind.__name__}, wanted a ValueError of our own: {said[:200]}")
    if not any(name in said.split("\n")[0] for name in (path.name, str(path.parent))):
        raise FailedError(f"does not name {path.name}: {said[:200]}")
    if len(said) > _LONGEST:
        raise FailedError(f"{len(said)} characters: {said[:200]}")


_LONGEST = 20_000


def mutated_json(content: bytes, rng: Random) -> bytes:
    return mutate_json(content.decode(), rng)[0].encode(errors="surrogatepass")


def _scenario(folder: Path) -> None:
    shutil.copy(ROOT / "data/custom_scenarios/airspace/rush_hour.json", folder / "rush_hour.json")


def _read_scenario(folder: Path) -> None:
    _check_scenario(folder, "rush_hour.json")


def _scn(folder: Path) -> None:
    from envs.airspace.outside.room import OUTSIDE
    from envs.airspace.scenarios.suite import SUITE

    (folder / "start.scn").write_text(OUTSIDE.formats[".scn"].write(SUITE["merge_3p1"], "start.scn"))


def _read_scn(folder: Path) -> None:
    _check_scenario(folder, "start.scn")


def _commonroad(folder: Path) -> None:
    (folder / "road.xml").write_text(_ROAD)


def _read_commonroad(folder: Path) -> None:
    """What is taken has a name that is one, and comes back from a file of ours as it was."""
    from envs.roads.outside.room import OUTSIDE
    from envs.roads.simulation.room import SIMULATION
    from pipeline.scenarios.files import read_scenario, write_scenario

    scenario = read_scenario(SIMULATION, folder / "road.xml", OUTSIDE.formats)
    again = folder / f"{scenario.name}.json"
    write_scenario(SIMULATION, scenario, again)
    if read_scenario(SIMULATION, again).digest() != scenario.digest():
        raise FailedError("did not come back from a file as it was")


def _point(x: float, y: float) -> str:
    return f"<point><x>{x}</x>\n<y>{y}</y></point>\n"


_BEGIN = f"<position>{_point(20, 0)}</position>\n<time><exact>0</exact></time>\n<velocity><exact>8</exact></velocity>"
_ROAD = f"""<commonRoad commonRoadVersion="2020a"
benchmarkID="ZAM_One-1_1_T-1"
timeStepSize="0.1">
<lanelet id="1"><leftBound>{_point(0, 1.75)}{_point(100, 1.75)}</leftBound>
<rightBound>{_point(0, -1.75)}{_point(100, -1.75)}</rightBound>
<successor ref="1"/>
<trafficSignRef ref="4"/></lanelet>
<trafficSign id="4"><trafficSignElement><trafficSignID>274</trafficSignID>
<additionalValue>9</additionalValue></trafficSignElement></trafficSign>
<planningProblem id="2"><initialState>{_BEGIN}</initialState>
<goalState><position><lanelet ref="1"/></position></goalState></planningProblem>
</commonRoad>
"""


def _check_scenario(folder: Path, name: str) -> None:
    """What is taken has a name that is one, flies, and comes back from a file as it was."""
    from envs.airspace.outside.room import OUTSIDE
    from envs.airspace.simulation.room import SIMULATION
    from pipeline.scenarios.files import read_scenario, write_scenario

    scenario = read_scenario(SIMULATION, folder / name, OUTSIDE.formats)
    again = folder / f"{scenario.name}.json"
    if again.parent.resolve() != folder.resolve() or not scenario.name.isprintable():
        raise FailedError(f"took the name {scenario.name!r}")
    write_scenario(SIMULATION, scenario, again)
    back = read_scenario(SIMULATION, again)
    if back.ids != scenario.ids or abs(back.position_nm - scenario.position_nm).max() > 1e-6:
        raise FailedError("comes back from a file as another one")
    again.unlink()


def _params(folder: Path) -> None:
    shutil.copy(ROOT / "params.yaml", folder / "params.yaml")


def _read_params(folder: Path) -> None:
    from pipeline.settings.params import read_commented, read_params
    from pipeline.settings.worlds import check_sections

    path = folder / "params.yaml"
    params = read_params(path)
    check_sections(params, str(path))
    read_commented(path)


def _export(folder: Path) -> None:
    for path in EXPORT.iterdir():
        shutil.copy(path, folder / path.name)


def _read_export(folder: Path) -> None:
    """As one whose maker has written new sums, too; what is taken acts."""
    import numpy as np

    from pipeline.export.policy_file import read_policy
    from pipeline.ground.parts import write_sums
    from pipeline.release.verifying import read_origin

    write_sums(folder)
    policy, described = read_policy(folder)
    read_origin(folder)
    action = policy.act(np.zeros((2, len(described.observation)), np.float32), None)
    if action.shape != (2, len(described.action)) or not np.isfinite(action).all() or abs(action).max() > 1.0:
        raise FailedError(f"acts by {action!r}")


def _read_sums(folder: Path) -> None:
    from pipeline.ground.parts import check_parts

    check_parts(folder, ("policy.onnx",))


@cache
def _network() -> bytes:
    """A small network's file."""
    from tempfile import TemporaryDirectory

    import numpy as np
    import torch
    from gymnasium import spaces
    from stable_baselines3.common.torch_layers import FlattenExtractor

    from pipeline.policies.network import GaussianNetwork
    from pipeline.policies.network_values import as_values
    from pipeline.policies.parts import Body, Normalization
    from pipeline.policies.tensor_files import write_tensors

    seen = spaces.Box(-1.0, 1.0, (5,), np.float32)
    body = Body(
        FlattenExtractor(seen), torch.nn.Sequential(torch.nn.Linear(5, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))
    )
    network = GaussianNetwork(
        body, Normalization(np.zeros(5), np.ones(5), 1e-8, 10.0), torch.zeros(2), (-torch.ones(2), torch.ones(2))
    )
    with TemporaryDirectory() as place:
        write_tensors(Path(place) / "network", as_values(network))
        return (Path(place) / "network").read_bytes()


def _model(folder: Path) -> None:
    (folder / "network.safetensors").write_bytes(_network())
    (folder / "training.csv").write_text("agent_steps,loss\n100,0.5\n200,0.25\n")
    (folder / "training.json").write_text('{"world": "airspace", "model_hash": "ab", "seconds": 1.5}')


def _read_model(folder: Path) -> None:
    import torch

    from pipeline.policies.model_files import read_model

    network = read_model(folder).network
    assert isinstance(network, torch.nn.Module)


FILE_READERS: Mapping[str, Reader] = {
    "scenario": Reader(_scenario, "rush_hour.json", _read_scenario, mutated_json),
    "scn": Reader(_scn, "start.scn", _read_scn, mutate_lines),
    "commonroad": Reader(_commonroad, "road.xml", _read_commonroad, mutate_lines),
    "params": Reader(_params, "params.yaml", _read_params, mutate_lines),
    "policy.json": Reader(_export, "policy.json", _read_export, mutated_json),
    "policy.onnx": Reader(_export, "policy.onnx", _read_export, mutate_bytes),
    "origin.json": Reader(_export, "origin.json", _read_export, mutated_json),
    "SHA256SUMS": Reader(_export, "SHA256SUMS", _read_sums, mutate_lines),
    "network": Reader(_model, "network.safetensors", _read_model, mutate_tensors),
    "training.json": Reader(_model, "training.json", _read_model, mutated_json),
    "training.csv": Reader(_model, "training.csv", _read_model, mutate_lines),
}
"""By name; those of tables and of a checkout's state stand in torture/state_readers.py."""
