"""A batch of roads: W independent worlds of up to S cars, stepped together on arrays allocated once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from envs.ground.compiled_world.batch import CompiledBatch, threads_for
from envs.ground.compiled_world.records import Worlds
from envs.ground.world import DRAWN
from envs.roads.simulation.action_grid import commands_of
from envs.roads.simulation.compiled.kernel import (
    BLOCK,
    choose_roads,
    draw_episodes,
    observe_worlds,
    start_worlds,
    step_worlds,
)
from envs.roads.simulation.compiled.observation import layout
from envs.roads.simulation.compiled.scratch import scratch_dtype
from envs.roads.simulation.compiled.table import Table
from envs.roads.simulation.compiled.worlds import FIELDS
from envs.roads.simulation.geometry.roads import Roads
from envs.roads.simulation.geometry.scenario import Scenario
from envs.roads.simulation.pool import NUM_SPLITS, drawn_roads, split_of, tabulate
from envs.roads.simulation.recording import frame_of, tabulate_outcomes
from envs.roads.simulation.rules import as_record, flatten, tabulate_disturbances, tabulate_draws
from envs.roads.simulation.settings import STEP_S, Disturbance, RoadsSettings

_OF_A_START = ("route", "entry_step", "s_m", "speed_mps", "length_m", "width_m")


class RoadsBatch(CompiledBatch):
    """W worlds with room for S cars each.

    Data sheet:
        actions: (W, S, 2) float, normalised acceleration and offset (or steering angle) in [-1, 1]
        observations: (W, S, D) float32, see envs/roads/simulation/compiled/observation.py
        rewards: (W, S) float64, the sum of reward parts
        one step: 0.2 s in ticks of 0.1 s
        All state is in `worlds`: x_m, y_m, yaw_rad, speed_mps .. (W, S), road and step (W,); any is an attribute of the
        batch, too. `roads` are what `road` counts. A world's numbers depend on its seed and its actions only.

    It is the `Batch` (envs/ground/world.py) of this world.
    """

    num_actions = 2
    step_s = STEP_S

    def __init__(
        self,
        settings: RoadsSettings,
        num_worlds: int,
        seed: int,
        *,
        scenarios: Sequence[Scenario] = (),
        min_slots: int = 0,
    ) -> None:
        """Allocate the worlds; no episode has begun before `reset` or `begin`.

        Args:
            seed: decides what every world draws, world by world.
            scenarios: drawn from, uniformly, at each reset; where there are none, episodes are drawn.
            min_slots: room for at least so many cars, where drawn cars drive beside given scenarios.

        Raises:
            ValueError: no world.
        """
        sizes = [scenario.num_cars for scenario in scenarios] or [settings.most_drawn]
        super().__init__(num_worlds, max([*sizes, min_slots]))
        self.settings, self.scenarios, self.max_steps = settings, tuple(scenarios), settings.episode.max_steps
        self.worlds = Worlds(FIELDS, num_worlds, self.num_slots, len(layout(settings.observation)))
        self._rules, self._draws = as_record(flatten(settings)), tabulate_draws(settings.cars)
        self._scratches = self._make_scratches()
        commands = commands_of(settings.actions)
        self.num_choices = 0 if commands is None else len(commands)
        self.roads: tuple[Roads, ...] = tuple(scenario.roads for scenario in scenarios)
        self._pools = np.zeros((NUM_SPLITS, 2), np.int64)
        self._table: Table | None = None
        self._starts = self._tabulate_starts()
        self._undisturbed = self.disturbance(settings.disturbance, {})
        self._disturbances = np.repeat(self._undisturbed[None], num_worlds)
        self.seed(seed)

    def reset(self, which: np.ndarray | None = None) -> None:
        """Begin new episodes in the worlds `which` (N,) (default: all), drawing seed and scenario."""
        which = np.arange(self.num_worlds) if which is None else which.astype(np.int64)
        self._disturbances[which] = self._undisturbed
        draw_episodes(self.worlds.records, which, self._split, len(self.scenarios))
        self._start(which)

    def begin(self, which: np.ndarray, scenario: np.ndarray, seed: np.ndarray, shift: np.ndarray | None = None) -> None:
        """Begin given episodes: world `which[n]` drives scenario `scenario[n]` (DRAWN: of `seed[n]`).

        Args:
            shift: records (N,) made by `disturbance`; default: those of the settings.
        """
        room = self.num_slots >= self.settings.most_drawn
        assert room or np.all(scenario != DRAWN), "drawn cars need min_slots of settings.most_drawn"
        self.worlds.scenario[which], self.worlds.episode_seed[which] = scenario, seed
        self._disturbances[which] = self._undisturbed if shift is None else shift
        self._start(which.astype(np.int64))

    def step(self, actions: np.ndarray) -> None:
        """Drive 0.2 s with these actions (W, S, 2); worlds that have ended stand still. Results are in `worlds`."""
        worlds, wanted = self.worlds, np.ascontiguousarray(actions, np.float64)
        known = (self._table, self._rules, self._scratches)
        with threads_for(-(-self.num_worlds // BLOCK)):
            step_worlds(worlds.records, *known, wanted, worlds.observation, worlds.terminal_observation)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "worlds":
            raise AttributeError(name)
        return getattr(self.worlds, name)

    @property
    def sizes(self) -> np.ndarray:
        """See CompiledBatch.sizes."""
        return self.worlds.num_cars

    @property
    def present(self) -> np.ndarray:
        """(W, S) bool: the slot has a car in this episode, which may not have entered yet, or have left."""
        return np.arange(self.num_slots) < self.worlds.num_cars[:, None]

    @property
    def table(self) -> Table:
        """All roads as compiled code reads them."""
        assert self._table is not None, "no episode has begun"
        return self._table

    def outcomes(self) -> dict[str, np.ndarray]:
        """See Batch.outcomes."""
        return tabulate_outcomes(self.worlds, self.roads)

    def frame(self, rows: np.ndarray, actions: np.ndarray) -> dict[str, np.ndarray]:
        """See Batch.frame."""
        return frame_of(self.worlds, rows, actions)

    def agents(self, row: int) -> dict[str, list[str]]:
        """See Batch.agents."""
        scenario, road = int(self.worlds.scenario[row]), self.roads[int(self.worlds.road[row])]
        drawn = [f"CAR{a + 1}" for a in range(int(self.worlds.num_cars[row]))]
        names = drawn if scenario == DRAWN else list(self.scenarios[scenario].ids)
        return {"agent": names, "ground": [road.ground.model_dump_json()] * len(names)}

    def allowed(self) -> np.ndarray | None:
        """Any choice is to be had; None where actions are continuous, too."""
        return None

    def disturbance(self, everyone: Disturbance, single: Mapping[int, Disturbance]) -> np.ndarray:
        """The record () of these disturbances: `everyone`, but slots in `single`."""
        return tabulate_disturbances(self.worlds.records.dtype["status"].shape[0], everyone, dict(single))

    def set_state(self, state: dict[str, Any]) -> None:
        """Take over arrays from `get_state`."""
        super().set_state(state)
        everyone = np.arange(self.num_worlds)
        self._pave(everyone)
        choose_roads(self.worlds.records, everyone, self._pools)

    def _start(self, which: np.ndarray) -> None:
        """Begin the episodes that the worlds `which` (N,) name."""
        self._pave(which)
        worlds = self.worlds
        drawn = (self._starts, self._draws, self._pools, self._disturbances)
        start_worlds(worlds.records, which, self._table, self._rules, *drawn)
        worlds.observation[which] = 0.0
        observe_worlds(worlds.records, which, self._table, self._rules, self._scratches, worlds.observation)

    def _pave(self, which: np.ndarray) -> None:
        """Draw the roads of all splits that the worlds `which` (N,) need and that are not there yet."""
        drawn = which[self.worlds.scenario[which] == DRAWN]
        wanted = {int(split) for split in split_of(self.worlds.episode_seed[drawn])}
        missing = sorted(split for split in wanted if self._pools[split, 1] == 0)
        for split in missing:
            roads = drawn_roads(self.settings.roads, self.settings.num_roads, split)
            self._pools[split] = len(self.roads), len(roads)
            self.roads += roads
        self._pools[NUM_SPLITS - 1] = self._pools[NUM_SPLITS - 2]
        if missing or self._table is None:
            self._table = tabulate(self.roads)

    def _make_scratches(self) -> np.ndarray:
        """One for each block of worlds."""
        slots, rules = self.worlds.records.dtype["status"].shape[0], self._rules.dtype
        kind = scratch_dtype(slots, rules["looks"].shape[0], rules["courses"].shape[0])
        return np.zeros(-(-self.num_worlds // BLOCK), kind)

    def _tabulate_starts(self) -> np.ndarray:
        """The scenarios as records (C,), one more than there are."""
        slot = self.worlds.records.dtype["status"].shape
        numbers = [(name, self.worlds.records.dtype[name].base, slot) for name in _OF_A_START]
        kind = np.dtype([("road", np.int64), ("num_cars", np.int64), *numbers], align=True)
        starts = np.zeros(len(self.scenarios) + 1, kind)
        for road, (start, scenario) in enumerate(zip(starts, self.scenarios, strict=False)):
            start["road"], start["num_cars"] = road, scenario.num_cars
            for name in _OF_A_START:
                start[name][: scenario.num_cars] = getattr(scenario, name)
        return starts
