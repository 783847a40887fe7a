"""A batch of airspaces: W independent worlds of up to A aircraft, stepped together on arrays allocated once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from envs.airspace.simulation.action_grid import ActionGrid
from envs.airspace.simulation.compiled.kernel import draw_episodes, observe_worlds, start_worlds, step_worlds
from envs.airspace.simulation.compiled.lanes import LANES
from envs.airspace.simulation.compiled.observation import layout
from envs.airspace.simulation.compiled.start import start_dtype
from envs.airspace.simulation.compiled.worlds import FIELDS
from envs.airspace.simulation.disturbance_settings import Disturbance, Wind
from envs.airspace.simulation.disturbances import tabulate_disturbances
from envs.airspace.simulation.draws import tabulate_draws
from envs.airspace.simulation.entities import as_flat
from envs.airspace.simulation.randomisation import named_types
from envs.airspace.simulation.recording import frame_of, names_of, tabulate_outcomes
from envs.airspace.simulation.rules import Performance, as_record, built_in_performance, flatten, tabulate
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic.atmosphere import density_kgpm3, pressure_pa
from envs.airspace.simulation.traffic.scenario import Scenario
from envs.airspace.simulation.traffic.traffic_settings import PROCEDURAL_ALT_FT
from envs.ground.compiled_world.batch import CompiledBatch, threads_for
from envs.ground.compiled_world.records import Worlds
from envs.ground.world import DRAWN

DEFAULT_DISCOUNT = 0.97


class AirspaceBatch(CompiledBatch):
    """W worlds with room for A aircraft each.

    Data sheet:
        actions: (W, A, 2) float, normalised heading and speed change in [-1, 1]
        observations: (W, A, D) float32, see envs/airspace/simulation/compiled/observation.py
        rewards: (W, A) float64, the sum of reward parts
        one step: 10 s of flight in ticks of 1 s
        All state is in `worlds`. A world's numbers depend on its seed and its actions only.

    It is the `Batch` (envs/ground/world.py) of this world.
    """

    num_actions = 2

    def __init__(
        self,
        settings: AirspaceSettings,
        num_worlds: int,
        seed: int,
        *,
        scenarios: Sequence[Scenario] = (),
        discount: float,
        performance: Performance = built_in_performance,
        min_slots: int = 0,
        types: Sequence[str] = (),
    ) -> None:
        """Allocate the worlds; no episode has begun before `reset` or `begin`.

        Args:
            seed: decides what every world draws, world by world.
            scenarios: drawn from, uniformly, at each reset; where there are none, traffic is drawn procedurally.
            discount: the learner's gamma, which the team potential needs.
            performance: gives aircraft types that are not built in.
            types: further aircraft types that disturbances may name.
            min_slots: room for at least so many aircraft, where drawn traffic is flown beside given scenarios.

        Raises:
            ValueError: no world, or an aircraft type without performance.
        """
        sizes = [scenario.num_aircraft for scenario in scenarios] or [settings.most_drawn]
        super().__init__(num_worlds, max([*sizes, min_slots]))
        self.settings, self.scenarios, self.max_steps = settings, tuple(scenarios), settings.episode.max_steps
        flat = as_flat(settings, self.num_slots)
        self.worlds = Worlds(FIELDS, num_worlds, self.num_slots, len(layout(flat)))
        self._rules, self._draws = as_record(flatten(flat, discount)), tabulate_draws(settings)
        self._grid = ActionGrid(settings.actions) if settings.actions.kind == "discrete" else None
        self.num_choices = 0 if self._grid is None else len(self._grid)
        self._extra_types = tuple(types)
        self._types = self._list_types()
        self._fleet = tabulate([performance(*key) for key in self._types])
        self._starts = self._tabulate_starts()
        self._undisturbed = self.disturbance(settings.wind, settings.disturbance, {})
        self._disturbances = np.repeat(self._undisturbed[None], num_worlds)
        self.seed(seed)

    def reset(self, which: np.ndarray | None = None) -> None:
        """Begin new episodes in the worlds `which` (N,) (default: all), drawing seed and scenario."""
        which = np.arange(self.num_worlds) if which is None else which
        distinct = np.uint64(self.settings.procedural.distinct_episodes or 0)
        draw_episodes(self.worlds.records, which.astype(np.int64), self._split, len(self.scenarios), distinct)
        self._disturbances[which] = self._drawn_disturbances(which)
        self._start(which)

    def begin(
        self,
        which: np.ndarray,
        scenarios: np.ndarray,
        episode_seeds: np.ndarray,
        disturbances: np.ndarray | None = None,
    ) -> None:
        """Begin given episodes: world `which[n]` flies scenario `scenarios[n]` (DRAWN: of `episode_seeds[n]`).

        Args:
            disturbances: records (N,) made by `disturbance`; default: those of the settings, drawn and not.
        """
        room = self.num_slots >= self.settings.most_drawn
        assert room or np.all(scenarios != DRAWN), "drawn traffic needs min_slots of settings.most_drawn"
        self.worlds.scenario[which], self.worlds.episode_seed[which] = scenarios, episode_seeds
        self._disturbances[which] = self._drawn_disturbances(which) if disturbances is None else disturbances
        self._start(which)

    def step(self, actions: np.ndarray) -> None:
        """Fly 10 s with these actions (W, A, 2); worlds that have ended stand still. Results are in `worlds`."""
        worlds, wanted = self.worlds, np.ascontiguousarray(actions, np.float64)
        known = (self._fleet, self._rules)
        with threads_for(-(-self.num_worlds // LANES)):
            step_worlds(worlds.records, *known, wanted, worlds.observation, worlds.terminal_observation)

    @property
    def fleet(self) -> np.ndarray:
        """The table of aircraft types (K,), see FLEET of envs/airspace/simulation/rules.py."""
        return self._fleet

    @property
    def sizes(self) -> np.ndarray:
        """See CompiledBatch.sizes."""
        return self.worlds.num_aircraft

    @property
    def present(self) -> np.ndarray:
        """(W, A) bool."""
        return self.worlds.present

    def outcomes(self) -> dict[str, np.ndarray]:
        """See Batch.outcomes."""
        return tabulate_outcomes(self.worlds)

    def frame(self, rows: np.ndarray, actions: np.ndarray) -> dict[str, np.ndarray]:
        """See Batch.frame."""
        return frame_of(self.worlds, rows, actions)

    def agents(self, row: int) -> dict[str, list[str]]:
        """See Batch.agents."""
        return names_of(self.worlds, row, self.scenarios, self.settings.procedural.aircraft_types)

    def allowed(self) -> np.ndarray | None:
        """Which of n choices each aircraft has now, (W, A, n) bool; None where actions are continuous."""
        return None if self._grid is None else self._grid.allowed(self.worlds)

    def disturbance(
        self, wind: Wind, everyone: Disturbance, single: Mapping[int, Disturbance], scenario: int = DRAWN
    ) -> np.ndarray:
        """The record () of these disturbances for a world that flies `scenario`: `everyone`, but slots in `single`.

        Raises:
            ValueError: an aircraft type that this batch has no table of (see the constructor's `types`).
        """
        slots = self.worlds.records.dtype["present"].shape[0]
        return tabulate_disturbances(slots, wind, everyone, single, partial(self._kind, alt_ft=self._alt_ft(scenario)))

    def _start(self, which: np.ndarray) -> None:
        """Begin the episodes that the worlds `which` (N,) name."""
        which, worlds, tables = which.astype(np.int64), self.worlds, (self._starts, self._draws, self._disturbances)
        start_worlds(worlds.records, which, self._fleet, self._rules, *tables)
        worlds.observation[which] = 0.0
        observe_worlds(worlds.records, which, self._rules, worlds.observation)

    def _drawn_disturbances(self, which: np.ndarray) -> np.ndarray:
        """The records (N,) of the worlds `which` (N,): as set, and what is drawn by their episodes' seeds."""
        records = np.repeat(self._undisturbed[None], len(which))
        randomise, wind = self.settings.randomise, self.settings.wind
        if not randomise.draws:
            return records
        levels = np.array([self._alt_ft(scenario) for scenario in self.worlds.scenario[which]])
        for alt_ft in np.unique(levels):
            there = levels == alt_ft
            part = records[there]
            randomise.draw(part, self.worlds.episode_seed[which[there]], wind, partial(self._kind, alt_ft=alt_ft))
            records[there] = part
        return records

    def _alt_ft(self, scenario: int) -> float:
        return PROCEDURAL_ALT_FT if scenario == DRAWN else self.scenarios[scenario].centre.alt_ft

    def _kind(self, name: str, alt_ft: float) -> int:
        """The row of an aircraft type in the fleet table.

        Raises:
            ValueError: a type that this batch has no table of.
        """
        if (name, alt_ft) not in self._types:
            known = ", ".join(sorted({known for known, level in self._types if level == alt_ft}))
            raise ValueError(f"aircraft_type: unknown {name!r} at {alt_ft:g} ft, known here: {known}")
        return self._types.index((name, alt_ft))

    def _list_types(self) -> list[tuple[str, float]]:
        """The rows of the fleet table, type and level: first the procedural types."""
        names = [(name, PROCEDURAL_ALT_FT) for name in self.settings.procedural.aircraft_types]
        others = {(name, scenario.centre.alt_ft) for scenario in self.scenarios for name in scenario.types}
        named = {*self._extra_types, *named_types(self.settings.randomise)}
        if self.settings.disturbance.aircraft_type:
            named.add(self.settings.disturbance.aircraft_type)
        levels = {PROCEDURAL_ALT_FT, *(scenario.centre.alt_ft for scenario in self.scenarios)}
        others |= {(name, alt_ft) for name in named for alt_ft in levels}
        return names + sorted(others - set(names))

    def _tabulate_starts(self) -> np.ndarray:
        """The scenarios as records (S + 1,); the last holds the level of procedural traffic."""
        scenarios = self.scenarios
        starts = np.zeros(len(scenarios) + 1, start_dtype(self.worlds.records.dtype["present"].shape[0]))
        levels = [scenario.centre.alt_ft for scenario in scenarios] + [PROCEDURAL_ALT_FT]
        starts["pressure"] = [pressure_pa(alt_ft) for alt_ft in levels]
        starts["density"] = [density_kgpm3(alt_ft) for alt_ft in levels]
        for start, scenario in zip(starts, scenarios, strict=False):
            n = start["num_aircraft"] = scenario.num_aircraft
            start["position"][:n], start["waypoint"][:n] = scenario.position_nm, scenario.waypoint_nm
            start["heading"][:n], start["cas"][:n] = scenario.heading_deg % 360.0, scenario.cas_kt
            start["kind"][:n] = [self._types.index((name, scenario.centre.alt_ft)) for name in scenario.types]
        return starts
