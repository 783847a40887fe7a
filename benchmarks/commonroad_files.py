"""How many of somebody's CommonRoad files are read, and can be driven: python -m benchmarks.commonroad_files FOLDER.

FOLDER has *.xml, at any depth: `tests/test_scenarios` and `tutorials` of a checkout of commonroad-io, say. Each file of
CommonRoad is read as it is; what was read is proven solvable as the stage scenarios does, and driven by rules and,
where an export is named, by its policy.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table

from envs.ground.outcomes import solved
from envs.ground.play import Episodes, Space, play
from envs.ground.policy import Policy
from envs.ground.steering import Steering
from envs.roads.baselines.room import BASELINES
from envs.roads.outside.commonroad.reading import scenario_of_commonroad
from envs.roads.scenarios.room import SCENARIOS
from envs.roads.simulation.geometry.scenario import Scenario
from envs.roads.simulation.room import OUTCOMES, SIMULATION
from pipeline.export.policy_file import read_policy
from pipeline.ground.paths import PARAMS
from pipeline.settings.params import Params, read_params
from pipeline.settings.worlds import baselines_settings, scenarios_settings, simulation_settings

_RULES = ("hold", "idm", "idm_yield", "proposals", "reserve")
_BEGIN = 4000
_WORLD = "roads"
_LOST = ("collided", "off_road", "ran_red")


def files_of(folder: Path) -> dict[str, str]:
    """The texts of a folder's CommonRoad files by name; of two of one name the first."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*.xml")):
        text = path.read_text(encoding="utf-8", errors="replace")
        if "<commonRoad" in text[:_BEGIN]:
            found.setdefault(path.name, text)
    return found


def read(texts: Mapping[str, str]) -> tuple[dict[str, Scenario], dict[str, str]]:
    """Scenarios, and refusals, by file."""
    scenarios, refused = {}, {}
    for name, text in texts.items():
        try:
            scenarios[name] = scenario_of_commonroad(text, name, {}).scenario
        except ValueError as error:
            refused[name] = str(error).splitlines()[0].removeprefix(f"{name}: ")
    return scenarios, refused


def driven(scenario: Scenario, who: Mapping[str, Steering | Policy], params: Params) -> pd.DataFrame:
    """A row for each of `who`, and the row `proof` where an order of passage solves it."""
    space = Space(SIMULATION, simulation_settings(params, _WORLD), (scenario,))
    episodes = Episodes.of_scenarios([0], 1, 0)
    rows = [play(space, episodes, actor).episodes.iloc[0].rename(name) for name, actor in who.items()]
    way = SCENARIOS.search(scenarios_settings(params, _WORLD), space, episodes, 0)[0]
    if way is not None:
        rows.append(play(space, episodes, SCENARIOS.steering_of([way])).episodes.iloc[0].rename("proof"))
    return pd.DataFrame(rows)


def main() -> None:
    """Read, prove and drive all, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("folder", type=Path)
    parser.add_argument("--export", type=Path, help="a policy's export")
    chosen = parser.parse_args()
    params, texts = read_params(PARAMS), files_of(chosen.folder)
    scenarios, refused = read(texts)
    rules = BASELINES.make(baselines_settings(params, _WORLD))
    who: dict[str, Steering | Policy] = {name: rules[name] for name in _RULES}
    if chosen.export:
        who["policy"] = read_policy(chosen.export)[0]
    tables = {name: driven(scenario, who, params) for name, scenario in scenarios.items()}
    Console(width=150).print(_told(texts, scenarios, tables, list(who)), _refused(refused))


def _told(
    texts: Mapping[str, str], scenarios: Mapping[str, Scenario], tables: Mapping[str, pd.DataFrame], who: list[str]
) -> Table:
    counts = [scenario.num_cars for scenario in scenarios.values()]
    proven = [name for name, table in tables.items() if "proof" in table.index]
    page = Table("", "files", "of those proven solvable", "cars that arrive there", "cars lost there")
    page.add_row("CommonRoad's", str(len(texts)))
    page.add_row(f"read, {min(counts, default=0)} to {max(counts, default=0)} cars", str(len(scenarios)))
    page.add_row("of these with two cars or more", str(sum(count > 1 for count in counts)))
    page.add_row("proven solvable", str(len(proven)))
    for name in who:
        there = pd.DataFrame([tables[file].loc[name] for file in proven])
        clean = sum(_solved(table.loc[[name]]) for table in tables.values())
        cars = there["num_agents"].astype(float)
        lost = sum((there[key].astype(float) * cars).sum() for key in _LOST) / cars.sum()
        arrived = (there["arrived"].astype(float) * cars).sum() / cars.sum()
        clean_there = sum(_solved(tables[file].loc[[name]]) for file in proven)
        page.add_row(f"all arrive, by {name}", str(clean), str(clean_there), f"{arrived:.1%}", f"{lost:.1%}")
    return page


def _solved(row: pd.DataFrame) -> bool:
    return bool(solved(row.infer_objects(), OUTCOMES)[0])


def _refused(refused: Mapping[str, str]) -> Table:
    """Refusals that are alike but for names and numbers, with one file of each."""
    alike = {name: re.sub(r"\d[\d.]*", "N", refusal)[:90] for name, refusal in refused.items()}
    page = Table("files", "refused", "such as")
    for words, count in Counter(alike.values()).most_common():
        name = next(name for name, own in alike.items() if own == words)
        page.add_row(str(count), refused[name][:170], name)
    return page


if __name__ == "__main__":
    main()
