"""How many of somebody's BlueSky files are read, and fly: python -m benchmarks.bluesky_files FOLDER.

FOLDER has *.scn, at any depth: `scenario` of a checkout of BlueSky, say. Each file in which an aircraft is created is
read as it is, with waypoints straight ahead, and then with whatever a refusal asks for, until it is read or refused
without a wish. Each that was read is flown by the champion. Names such as EHAM need the environment of `make bluesky`.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from envs.airspace.outside.scn.reading import scenario_of_scn
from envs.airspace.simulation.traffic.scenario import Scenario
from envs.ground.outside import OWN
from envs.ground.play import Episodes
from pipeline.export.policy_file import read_policy
from pipeline.playing import play_export
from pipeline.shipped.files import policy_at

_CREATES = re.compile(r"^[^#>\n]*>([^#\n]*;)?\s*(CRE|CREATE)[\s,]+\S", re.IGNORECASE | re.MULTILINE)
_WISH = re.compile(r"--with (\w+)=([^\s,;]+)")
_MOST_WISHES = 20
_AHEAD = {"ahead_nm": "60"}


class Read(NamedTuple):
    """What became of a file: its scenario or the refusal, and the choices that it took."""

    scenario: Scenario | None
    refusal: str
    choices: dict[str, str]


def with_aircraft(folder: Path) -> dict[Path, str]:
    """The texts of a folder's scenario files in which aircraft are created, by path."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() == ".scn")
    texts = {path: path.read_text(encoding="utf-8", errors="replace") for path in paths}
    return {path: text for path, text in texts.items() if _CREATES.search(text)}


def read(path: Path, text: str, choices: dict[str, str]) -> Read:
    """Read a file with these choices."""
    try:
        return Read(scenario_of_scn(text, str(path), choices).scenario, "", choices)
    except ValueError as error:
        return Read(None, str(error).splitlines()[0].removeprefix(f"{path}: "), choices)


def read_as_wished(path: Path, text: str) -> Read:
    """Read a file with every first choice that a refusal names."""
    found = read(path, text, {})
    for _ in range(_MOST_WISHES):
        wished = _WISH.search(found.refusal)
        if found.scenario is not None or not wished:
            break
        name, value = wished.groups()
        before = found.choices.get(name, "").split(",") if name == "leave_out" else []
        if value in before or (name in found.choices and name != "leave_out"):
            break
        found = read(path, text, found.choices | {name: ",".join(filter(None, [*before, value]))})
    return found


def main(folder: Path) -> None:
    """Read and fly all, and print what came of it."""
    texts = with_aircraft(folder)
    wished = {path: read_as_wished(path, text) for path, text in texts.items()}
    scenarios = {path: found.scenario for path, found in wished.items() if found.scenario is not None}
    kept = [path for path in scenarios if not {"speeds", "leave_out"} & wished[path].choices.keys()]
    losses = {path: _lost(scenario) for path, scenario in scenarios.items()}
    table = Table("", "files", title=str(folder))
    table.add_row("with aircraft", str(len(texts)))
    table.add_row("read as they are", _read_with(texts, {}))
    table.add_row("read with ahead_nm=60", _read_with(texts, _AHEAD))
    table.add_row("read with what refusals ask for", str(len(scenarios)))
    table.add_row("of these with no speed changed and no instruction left out", str(len(kept)))
    table.add_row("of these with two aircraft or more", str(sum(one.num_aircraft > 1 for one in scenarios.values())))
    table.add_row("flown to their end by the champion", str(len(losses)))
    table.add_row("flown without a loss of separation", str(sum(not lost for lost in losses.values())))
    Console().print(table, _refused(wished))


def _read_with(texts: dict[Path, str], choices: dict[str, str]) -> str:
    return str(sum(read(path, text, choices).scenario is not None for path, text in texts.items()))


def _lost(scenario: Scenario) -> bool:
    """Whether separation is lost where the champion flies."""
    player, described = read_policy(policy_at(Path("airspace")))
    played = play_export(player, described, scenario, Episodes.of_scenarios([0], 1, 0), False, OWN)
    return bool(played[OWN].episodes["los"].iloc[0])


def _refused(wished: dict[Path, Read]) -> Table:
    """Refusals that are alike but for names and numbers, with one file of each."""
    refused = {path: found.refusal for path, found in wished.items() if found.scenario is None}
    alike = {path: re.sub(r"line \d+: |'.*?'|[\d.]+|\(.*?\)", "", refusal)[:70] for path, refusal in refused.items()}
    table = Table("files", "refusal", "such as", title="refused")
    for words, count in Counter(alike.values()).most_common():
        path = next(path for path, own in alike.items() if own == words)
        table.add_row(str(count), refused[path][:150], path.name)
    return table


if __name__ == "__main__":
    main(Path(sys.argv[1]))
