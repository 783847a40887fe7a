"""Stage scenarios: the suite, hand-written scenarios, and drawn sets for validation and test, all checked."""

from __future__ import annotations

from pathlib import Path

from envs.airspace.scenario import Scenario
from envs.airspace.suite import SUITE
from pipeline import stage
from pipeline.flying import Airspace
from pipeline.params import DrawnSet, known, read_params
from pipeline.paths import CUSTOM_SCENARIOS, PARAMS, SCENARIOS
from pipeline.performance import aircraft_type
from pipeline.progress import say
from pipeline.scenario_files import read_folder, write_scenario
from pipeline.scenario_sets import draw_set


def main() -> None:
    """Read and check everything, then write data/scenarios."""
    params = read_params(PARAMS)
    for name in params.scenarios.suite:
        known(name, SUITE, f"{PARAMS}: scenarios.suite")
    custom = read_folder(CUSTOM_SCENARIOS)
    shared = sorted(set(custom) & set(SUITE))
    if shared:
        raise ValueError(f"{CUSTOM_SCENARIOS}: scenario_name {shared[0]!r} is the suite's, wanted a name of its own")
    airspace = Airspace(params.airspace, (), 1.0, aircraft_type)
    sets: dict[str, DrawnSet] = {"validation": params.scenarios.validation, "test": params.scenarios.test}
    tables = {
        name: draw_set(airspace, name, wanted.num_episodes, params.scenarios.seed, wanted.only_conflicting)
        for name, wanted in sets.items()
    }
    write_scenarios(SCENARIOS / "suite", {name: SUITE[name] for name in params.scenarios.suite})
    write_scenarios(SCENARIOS / "custom", custom)
    for name, table in tables.items():
        stage.write_parquet(SCENARIOS / f"{name}.parquet", table)
        say(f"scenarios: {name}: {len(table)} drawn, {(table.hold_min_separation_nm < 5).mean():.0%} in conflict")
    say(f"scenarios: {len(params.scenarios.suite)} of the suite, {len(custom)} from {CUSTOM_SCENARIOS}")


def write_scenarios(folder: Path, scenarios: dict[str, Scenario]) -> None:
    """Write a file per scenario; files of scenarios that are no longer wanted go."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, scenario in scenarios.items():
        write_scenario(scenario, folder / f"{name}.json")
    for path in folder.glob("*.json"):
        if path.stem not in scenarios:
            path.unlink()


if __name__ == "__main__":
    stage.run(main)
