"""A batch of airspaces: W independent worlds of up to A aircraft, stepped together on arrays allocated once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numba
import numpy as np

from envs.airspace.atmosphere import density_kgpm3, pressure_pa
from envs.airspace.kernel import Starts, restart_worlds, step_worlds
from envs.airspace.rules import Performance, built_in_performance, flatten, flatten_draws, tabulate
from envs.airspace.scenario import Scenario
from envs.airspace.settings import AirspaceSettings
from envs.airspace.worlds import Worlds, allocate, observation_length

SPLITS = {"train": 0, "validation": 1, "test": 2}
"""Which episodes may be drawn where: the two highest bits of an episode's 64-bit seed."""

PROCEDURAL_ALT_FT = 10_000.0
DRAWN = -1
_DRAW_ALL = -2


class AirspaceBatch:
    """W worlds with room for A aircraft each.

    Data sheet:
        actions: (W, A, 2) float, normalised heading and speed change in [-1, 1]
        observations: (W, A, D) float32, see envs/airspace/observation.py
        rewards: (W, A) float64, the sum of reward parts
        one step: 10 s of flight in ticks of 1 s
        All state is in `worlds`. A world's numbers depend on its seed and its actions only.
    """

    def __init__(
        self,
        settings: AirspaceSettings,
        num_worlds: int,
        seed: int,
        *,
        scenarios: Sequence[Scenario] = (),
        discount: float,
        split: str = "train",
        performance: Performance = built_in_performance,
    ) -> None:
        """Allocate the worlds; no episode has begun before `reset` or `begin`.

        Args:
            seed: decides what every world draws, world by world.
            scenarios: drawn from, uniformly, at each reset; where there are none, traffic is drawn procedurally.
            discount: the learner's gamma, which the team potential needs.
            performance: gives aircraft types that are not built in.

        Raises:
            ValueError: no world, or an aircraft type without performance.
        """
        if num_worlds < 1:
            raise ValueError(f"num_worlds: got {num_worlds}, wanted 1 or more")
        self.settings, self.num_worlds, self.scenarios = settings, num_worlds, tuple(scenarios)
        sizes = [scenario.num_aircraft for scenario in scenarios] or [settings.procedural.max_aircraft]
        self.num_slots = max(sizes)
        self.worlds: Worlds = allocate(num_worlds, self.num_slots, observation_length(settings))
        self._rules, self._draws = flatten(settings, discount), flatten_draws(settings)
        self._fleet, self._starts = self._tabulate(performance)
        self._split = np.uint64(SPLITS[split]) << np.uint64(62)
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """Give every world its own generator, all from one seed; takes effect on the next draws."""
        self.worlds.rng[:] = np.random.SeedSequence(seed).generate_state(self.num_worlds, np.uint64)

    def reset(self, which: np.ndarray | None = None) -> None:
        """Begin new episodes in the worlds `which` (N,) (default: all), drawing seed and scenario."""
        worlds = np.arange(self.num_worlds) if which is None else which
        self._restart(worlds, np.full(len(worlds), _DRAW_ALL))

    def begin(self, which: np.ndarray, scenarios: np.ndarray, episode_seeds: np.ndarray) -> None:
        """Begin given episodes: world `which[n]` flies scenario `scenarios[n]` (DRAWN: traffic of `episode_seeds[n]`)."""
        self.worlds.episode_seed[which] = episode_seeds
        self._restart(which, scenarios)

    def step(self, actions: np.ndarray) -> None:
        """Fly 10 s with these actions (W, A, 2); worlds that have ended stand still. Results are in `worlds`."""
        step_worlds(self.worlds, self._fleet, self._rules, np.ascontiguousarray(actions, np.float64))

    def get_state(self) -> dict[str, np.ndarray]:
        """A copy of every array, enough to go on bit for bit."""
        return {name: array.copy() for name, array in self.worlds._asdict().items()}

    def set_state(self, state: dict[str, Any]) -> None:
        """Take over arrays from `get_state`."""
        for name, array in self.worlds._asdict().items():
            array[...] = state[name]

    def _restart(self, which: np.ndarray, scenarios: np.ndarray) -> None:
        which, scenarios = which.astype(np.int64), scenarios.astype(np.int64)
        restart_worlds(
            self.worlds, self._rules, self._starts, self._draws, which, scenarios, self._split, len(self.scenarios)
        )

    def _tabulate(self, performance: Performance) -> tuple[Any, Starts]:
        """The fleet table (rows first the procedural types) and the scenarios' starts as arrays."""
        names = [(name, PROCEDURAL_ALT_FT) for name in self.settings.procedural.aircraft_types]
        for scenario in self.scenarios:
            names += [(name, scenario.centre.alt_ft) for name in scenario.types]
        rows = {key: row for row, key in reversed(list(enumerate(names)))}
        fleet = tabulate([performance(*key) for key in names])
        return fleet, _starts(self.scenarios, self.num_slots, rows)


def _starts(scenarios: Sequence[Scenario], num_slots: int, rows: dict[tuple[str, float], int]) -> Starts:
    """The scenarios as arrays; one more row at the end holds the level of procedural traffic."""
    num = len(scenarios) + 1
    starts = Starts(
        num_aircraft=np.array([scenario.num_aircraft for scenario in scenarios] + [0]),
        position=np.zeros((num, num_slots, 2)),
        heading=np.zeros((num, num_slots)),
        cas=np.zeros((num, num_slots)),
        waypoint=np.zeros((num, num_slots, 2)),
        kind=np.zeros((num, num_slots), np.int64),
        pressure=np.full(num, pressure_pa(PROCEDURAL_ALT_FT)),
        density=np.full(num, density_kgpm3(PROCEDURAL_ALT_FT)),
    )
    for s, scenario in enumerate(scenarios):
        n, alt_ft = scenario.num_aircraft, scenario.centre.alt_ft
        starts.position[s, :n], starts.waypoint[s, :n] = scenario.position_nm, scenario.waypoint_nm
        starts.heading[s, :n], starts.cas[s, :n] = scenario.heading_deg % 360.0, scenario.cas_kt
        starts.kind[s, :n] = [rows[name, alt_ft] for name in scenario.types]
        starts.pressure[s], starts.density[s] = pressure_pa(alt_ft), density_kgpm3(alt_ft)
    return starts


def set_num_threads(num_threads: int) -> None:
    """Use this many threads for all batches of this process (more than the machine has: all it has)."""
    numba.set_num_threads(min(num_threads, numba.config.NUMBA_NUM_THREADS))
