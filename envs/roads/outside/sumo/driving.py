"""Cars that SUMO moves: by its own drivers, or as fast as our policies and rules tell them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numba import njit

from envs.ground.steering import Steering
from envs.roads.outside.sumo.net import plain_of
from envs.roads.outside.sumo.simulator import Seen, Sumo
from envs.roads.simulation.batch import RoadsBatch
from envs.roads.simulation.compiled.kernel import observe_worlds
from envs.roads.simulation.compiled.motion import locate
from envs.roads.simulation.compiled.signals import GREEN, RED, shown
from envs.roads.simulation.compiled.worlds import ARRIVED, COLLIDED, DRIVES, WAITS, WHEELBASE_SHARE
from envs.roads.simulation.geometry.scenario import Scenario
from envs.roads.simulation.settings import STEP_S, TICK_S, TICKS_PER_STEP, RoadsSettings

OWN = "own"
"""The kind of driver that is told its speeds."""


@dataclass(frozen=True)
class Driven:
    """What became of the A cars of a scenario.

    Attributes:
        lost, arrived: (A,) bool.
        delay_s: (A,), from the moment at which it may enter, above its way at the limit; NaN: it did not arrive.
        track: a row per step and car on the road: step, car, x_m, y_m, speed_mps.
    """

    lost: np.ndarray
    arrived: np.ndarray
    delay_s: np.ndarray
    track: pd.DataFrame


class SumoBatch(RoadsBatch):
    """One world that is seen as SUMO has it; it is not stepped."""

    def __init__(self, settings: RoadsSettings, scenario: Scenario) -> None:
        """Show this scenario."""
        super().__init__(settings, 1, 0, scenarios=(scenario,))
        self.begin(np.zeros(1, np.int64), np.zeros(1, np.int64), np.zeros(1, np.uint64))
        self.worlds.active[0], self.worlds.status[0] = False, WAITS

    def take(self, seen: Mapping[int, Seen], gone: Mapping[int, int], step: int) -> None:
        """Show the cars that are there, by number, and what became of the others."""
        worlds = self.worlds
        worlds.step[0] = step
        for a in range(worlds.num_cars[0]):
            there = a in seen
            worlds.active[0, a], worlds.status[0, a] = there, DRIVES if there else gone.get(a, WAITS)
            if there:
                own = seen[a]
                fresh = worlds.x_m[0, a] == 0.0 and worlds.y_m[0, a] == 0.0
                before = own.speed_mps if fresh else worlds.speed_mps[0, a]
                worlds.jerk_mps3[0, a] = ((own.speed_mps - before) / STEP_S - worlds.acceleration_mps2[0, a]) / STEP_S
                worlds.acceleration_mps2[0, a] = (own.speed_mps - before) / STEP_S
                worlds.x_m[0, a], worlds.y_m[0, a], worlds.yaw_rad[0, a] = own.x_m, own.y_m, own.yaw_rad
                worlds.speed_mps[0, a] = own.speed_mps
        _place(self.worlds.records, self.table)
        self.observation[:] = 0.0
        observe_worlds(
            self.worlds.records, np.zeros(1, np.int64), self.table, self._rules, self._scratches, self.observation
        )

    def accelerations(self, actions: np.ndarray) -> np.ndarray:
        """What actions (1, A, 2) ask for, (A,) m/s2."""
        limits, wanted = self.settings.actions, np.clip(actions[0, :, 0], -1.0, 1.0)
        return np.asarray(wanted * np.where(wanted > 0.0, limits.max_acceleration_mps2, limits.max_braking_mps2))


def drive(
    scenario: Scenario,
    kinds: Mapping[str, Mapping[str, str]],
    drivers: Mapping[int, str],
    settings: RoadsSettings,
    steering: Steering | None = None,
) -> Driven:
    """Drive a scenario in SUMO.

    Args:
        kinds: SUMO's kinds of drivers beside OWN.
        drivers: the kind of each car; those of OWN do what `steering` says, but keep to their lanes' middle.
    """
    sumo = Sumo(plain_of(scenario.roads.ground, scenario.name), {OWN: {}, **kinds})
    try:
        return _Run(sumo, scenario, drivers, settings, steering).drive()
    finally:
        sumo.close()


class _Run:
    """One drive of one scenario."""

    def __init__(
        self,
        sumo: Sumo,
        scenario: Scenario,
        drivers: Mapping[int, str],
        settings: RoadsSettings,
        steering: Steering | None,
    ) -> None:
        self._sumo, self._scenario, self._drivers, self._steering = sumo, scenario, drivers, steering
        self._batch = SumoBatch(settings, scenario)
        self._number = {name: a for a, name in enumerate(scenario.ids)}
        self._told = [a for a in range(scenario.num_cars) if drivers[a] == OWN]
        self._rows: list[tuple[int, int, float, float, float]] = []
        self._arrived_s = np.full(scenario.num_cars, np.nan)

    def drive(self) -> Driven:
        """Until all are gone, or the episode's end."""
        if self._steering is not None:
            self._steering.begin(self._batch, 0)
        self._enter(0)
        self._show(0.0)
        self._sumo.begin()
        for step in range(self._batch.max_steps):
            self._step(step)
            if len(self._sumo.arrived | self._sumo.lost) == self._scenario.num_cars:
                break
        names = self._scenario.ids
        lost, arrived = (np.array([name in found for name in names]) for found in (self._sumo.lost, self._sumo.arrived))
        track = pd.DataFrame(self._rows, columns=["step", "car", "x_m", "y_m", "speed_mps"])
        return Driven(lost, arrived, self._arrived_s - self._alone_s(), track)

    def _enter(self, step: int) -> None:
        scenario = self._scenario
        for a in np.flatnonzero(scenario.entry_step == step):
            begin = float(scenario.s_m[a]), float(scenario.speed_mps[a]), float(scenario.length_m[a])
            kind = self._drivers[int(a)]
            self._sumo.add(scenario.ids[a], int(scenario.route[a]), kind, *begin, kind == OWN)

    def _step(self, step: int) -> None:
        seen = self._seen()
        self._rows += [(step, a, own.x_m, own.y_m, own.speed_mps) for a, own in seen.items()]
        asked = np.zeros(self._scenario.num_cars)
        if self._told:
            gone = {self._number[name]: ARRIVED for name in self._sumo.arrived}
            gone |= {self._number[name]: COLLIDED for name in self._sumo.lost}
            self._batch.take(seen, gone, step)
            assert self._steering is not None
            asked = self._batch.accelerations(self._steering.steer(self._batch, None))
        for tick in range(TICKS_PER_STEP):
            self._show(step * STEP_S + tick * TICK_S)
            if tick == TICKS_PER_STEP - 1:
                self._enter(step + 1)  # SUMO puts down in this tick who drives from the next one on
            for a in self._told:
                if a in seen and self._scenario.ids[a] not in self._sumo.arrived | self._sumo.lost:
                    self._sumo.tell(self._scenario.ids[a], seen[a].speed_mps + (tick + 1) * TICK_S * float(asked[a]))
            before = set(self._sumo.arrived)
            self._sumo.tick()
            for name in self._sumo.arrived - before:
                self._arrived_s[self._number[name]] = self._sumo.now_s

    def _seen(self) -> dict[int, Seen]:
        return {self._number[name]: own for name, own in self._sumo.seen().items()}

    def _show(self, time_s: float) -> None:
        """Show our lights."""
        roads = self._scenario.roads
        if not roads.num_signals:
            return
        words = {GREEN: "G", RED: "r"}
        lights = self._batch.table.lights[0]
        colours = {g: words.get(shown(lights[g], time_s)[0], "y") for g in range(roads.num_signals)}
        by_entry = {f"in{a}": colours[int(g)] for a, g in zip(roads.entry, roads.signal, strict=True) if g >= 0}
        self._sumo.light(by_entry | {"part0": colours[0]})

    def _alone_s(self) -> np.ndarray:
        scenario = self._scenario
        metres = scenario.roads.length_m[scenario.route] - scenario.s_m
        begin_s = STEP_S * scenario.entry_step
        return np.asarray(begin_s + metres / scenario.roads.limit_mps[scenario.route].max(1))


@njit(cache=True)
def _place(worlds, table):
    """Find where on their routes the cars of the one world are that drive."""
    world = worlds[0]
    for a in range(world.num_cars):
        if not world.active[a]:
            continue
        world.direction[a, 0], world.direction[a, 1] = np.cos(world.yaw_rad[a]), np.sin(world.yaw_rad[a])
        line = table.lines[world.road, world.route[a]]
        world.last_s_m[a] = world.s_m[a]
        locate(world, a, table.points, line)
        world.steering_rad[a] = np.arctan(WHEELBASE_SHARE * world.length_m[a] * world.curvature_per_m[a])
        world.yaw_rate_radps[a] = world.speed_mps[a] * world.curvature_per_m[a]
        world.lateral_mps2[a] = world.speed_mps[a] ** 2 * world.curvature_per_m[a]
