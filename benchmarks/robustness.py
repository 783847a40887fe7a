"""What does a policy lose when something goes wrong? python -m benchmarks.robustness [FOLDER OF AN EXPORT ..]

The test set of data/scenarios/airspace, flown with one departure at a time for all aircraft: commands that come late,
noisy and lost reports, wind, a quarter that heeds nothing. Policies beside orca and mvp, on the same episodes; nothing
here is a scenario that training or validation knows. Intervals are of these episodes alone (Wilson).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground import doors
from envs.ground.compiled_world.batch import set_num_threads
from envs.ground.intervals import wilson
from envs.ground.play import Episodes, Space, play
from envs.ground.policy import Policy
from envs.ground.steering import Steering
from pipeline.export.policy_file import PolicyFile, read_policy
from pipeline.ground import paths
from pipeline.ground.checks import merge
from pipeline.scenarios.sets import read_sets
from pipeline.settings.params import read_params
from pipeline.settings.worlds import baselines_settings
from pipeline.shipped.files import params_here, shipped_policy

DEPARTURES: Mapping[str, Mapping[str, Any]] = {
    "none": {},
    "commands 10 s late": {"disturbance": {"action_delay": 1}},
    "20 s": {"disturbance": {"action_delay": 2}},
    "30 s": {"disturbance": {"action_delay": 3}},
    "positions with 0.25 NM of noise": {"disturbance": {"position_noise_nm": 0.25}},
    "0.5 NM": {"disturbance": {"position_noise_nm": 0.5}},
    "velocities with 20 kt": {"disturbance": {"velocity_noise_kt": 20.0}},
    "half of the reports lost": {"disturbance": {"dropped_reports": 0.5}},
    "wind of 35 kt": {"wind": {"from_deg": 45.0, "speed_kt": 35.0}},
    "a quarter heeds nothing": {"randomise": {"disturbance": {"responds": {"choice": [False], "share": 0.25}}}},
}
_CONFIDENCE, _RULES = 0.95, ("orca", "mvp")


class _Pairs:
    """Counts pairs of aircraft of which at least one heeds its commands, and those that lost separation."""

    def __init__(self) -> None:
        self.lost, self.all = 0, 0
        self._batch: Any = None

    def begin(self, batch: Any, first: int) -> None:
        """See Watch.begin."""
        self._batch = batch

    def keep(self) -> None:
        """See Watch.keep."""

    def end(self) -> None:
        """See Watch.end."""
        worlds = self._batch.worlds
        there = np.arange(worlds.num_slots) < worlds.num_aircraft[:, None]
        heeds = worlds.responds & there
        either = (heeds[:, :, None] | heeds[:, None, :]) & there[:, :, None] & there[:, None, :]
        either &= np.triu(np.ones(either.shape[1:], bool), 1)
        self.lost += int((worlds.pair_los & either).sum())
        self.all += int(either.sum())


def show(exports: list[Path]) -> None:
    """Print a row per departure and who flies, each as soon as it is flown."""
    params, place = read_params(params_here()), str(params_here())
    seeds = read_sets(doors.simulation("airspace"), paths.scenarios("airspace")).drawn["test"]
    rules = doors.baselines("airspace").make(baselines_settings(params, "airspace", place))
    read = {str(export): read_policy(export) for export in exports}
    first = next(iter(read.values()))[1]
    actors: dict[str, tuple[Policy | Steering, PolicyFile]] = read | {name: (rules[name], first) for name in _RULES}
    table = Table(title=f"{len(seeds)} test episodes, {_CONFIDENCE:.0%} intervals")
    for column in ("departure", "", "episodes with LoS, %", "pairs with LoS, %", "everybody arrives, %"):
        table.add_column(column, justify="right")
    console = Console()
    for departure, changes in DEPARTURES.items():
        for name, (acts, described) in actors.items():
            settings = AirspaceSettings.from_values(merge(described.settings, dict(changes)))
            space = Space(described.simulation, settings, (), described.discount)
            row = figures_of(space, Episodes.drawn(seeds), acts)
            table.add_row(departure, name, *row)
            console.print(f"{departure} | {name} | {' | '.join(row)}", highlight=False)
    console.print(table)


def figures_of(space: Space, episodes: Episodes, acts: Policy | Steering) -> tuple[str, ...]:
    """Episodes that lose separation, pairs of which one heeds its commands that do, episodes in which all arrive."""
    pairs = _Pairs()
    found = play(space, episodes, acts, watch=pairs).episodes
    lost, arrived = int(found["los"].sum()), int((found["arrived_share"] == 1.0).sum())
    return _percent(lost, len(found)), _percent(pairs.lost, pairs.all), _percent(arrived, len(found))


def _percent(count: int, among: int) -> str:
    low, high = wilson(count, among, _CONFIDENCE)
    return f"{100 * count / among:.2f} ({100 * low:.2f} to {100 * high:.2f})"


if __name__ == "__main__":
    set_num_threads(1)
    show([Path(name) for name in sys.argv[1:]] or [shipped_policy("airspace")])
