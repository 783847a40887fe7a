"""A world that another simulator flies: our commands, separation, arrivals and observations around its motion."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pandas as pd
from numba import njit

from envs.airspace.simulation.batch import AirspaceBatch
from envs.airspace.simulation.compiled.dynamics import command
from envs.airspace.simulation.compiled.kernel import begin_step, observe_worlds, scratch
from envs.airspace.simulation.compiled.lanes import gather_commands
from envs.airspace.simulation.compiled.separation import closest_squared
from envs.airspace.simulation.compiled.worlds import LOSS_NM, REWARD_PARTS, TICKS_PER_STEP
from envs.airspace.simulation.disturbance_settings import Wind
from envs.airspace.simulation.rules import Performance
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic.aircraft import performance_of
from envs.airspace.simulation.traffic.scenario import Scenario
from envs.airspace.simulation.traffic.traffic_settings import ARRIVAL_NM
from envs.ground.play import Episodes, Played, Space, play
from envs.ground.policy import Policy
from envs.ground.steering import Steering
from envs.ground.world import DRAWN


@dataclass(frozen=True)
class Motion:
    """Where A aircraft are in the scenario's frame: position (A, 2) in NM, heading (degrees), TAS and CAS (kt)."""

    position_nm: np.ndarray
    heading_deg: np.ndarray
    tas_kt: np.ndarray
    cas_kt: np.ndarray


class Simulator(Protocol):
    """Whatever moves the aircraft of one world; it is told headings in the scenario's frame."""

    def begin(self, scenario: Scenario, wind: Wind) -> Motion:
        """Put the aircraft at the scenario's start."""
        ...

    def turn(self, aircraft: int, heading_deg: float) -> None:
        """Command a heading."""
        ...

    def change_speed(self, aircraft: int, cas_kt: float) -> None:
        """Command a calibrated airspeed."""
        ...

    def tick(self) -> Motion:
        """Fly one second."""
        ...


class OutsideBatch(AirspaceBatch):
    """One world of given scenarios, flown by a simulator outside; stepped and read like any batch of one world.

    Rewards are not counted: all parts stay zero.
    """

    def __init__(
        self,
        settings: AirspaceSettings,
        scenarios: tuple[Scenario, ...],
        simulator: Simulator,
        *,
        discount: float,
        performance: Performance,
    ) -> None:
        """Allocate the world; no episode has begun before `begin`."""
        super().__init__(
            settings,
            1,
            0,
            scenarios=scenarios,
            discount=discount,
            performance=performance,
            min_slots=settings.procedural.max_aircraft,  # as elsewhere, so that a seed draws the same actions
        )
        self.simulator = simulator

    def _start(self, which: np.ndarray) -> None:
        """Begin a given scenario, here and in the simulator."""
        scenario = int(self.worlds.scenario[0])
        assert scenario != DRAWN, "drawn traffic has no scenario to hand to a simulator"
        assert self._disturbances[0] == self._undisturbed, "a simulator outside knows no disturbances"
        super()._start(which)
        self._take(self.simulator.begin(self.scenarios[scenario], self.settings.wind))
        self._observe()

    def step(self, actions: np.ndarray) -> None:
        """Fly 10 s with these actions (1, A, 2)."""
        worlds = self.worlds
        if worlds.done[0]:
            return
        active = worlds.active[0].copy()
        self._begin_step(active, np.asarray(actions[0], np.float64))
        for _ in range(TICKS_PER_STEP):
            self._tick(self.simulator.tick())
        self._conclude_step(active)

    def _begin_step(self, active: np.ndarray, actions: np.ndarray) -> None:
        """Remember what the step starts from, and hand the commands of active aircraft to the simulator."""
        worlds = self.worlds
        _give_commands(worlds.records, actions, self._rules)
        worlds.separation[0] = np.inf
        for a in np.flatnonzero(active):
            if worlds.applied_action[0, a, 0] != 0.0:
                self.simulator.turn(int(a), float(worlds.commanded_heading[0, a]))
            if worlds.applied_action[0, a, 1] != 0.0:
                self.simulator.change_speed(int(a), float(worlds.commanded_cas[0, a]))

    def _tick(self, motion: Motion) -> None:
        """Take one second of motion: separation within it, then arrivals at its end."""
        worlds, n = self.worlds, len(motion.tas_kt)
        worlds.los_seconds[0] += _separate(worlds.records, motion.position_nm - worlds.position[0, :n])
        self._take(motion)
        active = worlds.active[0].copy()
        worlds.flight_time[0, active] += 1.0
        worlds.waypoint_distance[0, active] = np.hypot(*(worlds.waypoint[0, active] - worlds.position[0, active]).T)
        for a in np.flatnonzero(active & (worlds.waypoint_distance[0] <= ARRIVAL_NM)):
            self._arrive(int(a), motion)

    def _arrive(self, a: int, motion: Motion) -> None:
        """Aircraft `a` has reached its waypoint: it holds heading and speed, and from now on may count no more."""
        worlds = self.worlds
        worlds.arrived[0, a], worlds.active[0, a] = True, False
        worlds.present[0, a] = self.settings.episode.after_arrival == "continue"
        self.simulator.turn(a, float(motion.heading_deg[a]))
        self.simulator.change_speed(a, float(motion.cas_kt[a]))

    def _conclude_step(self, active: np.ndarray) -> None:
        """Bring the world up to date and observe for those who were active."""
        worlds, limit = self.worlds, self.settings.episode.max_steps
        worlds.seen_separation[0] = worlds.separation[0]
        worlds.step_separation[0] = worlds.separation[0].min()
        worlds.min_separation[0] = min(worlds.min_separation[0], worlds.step_separation[0])
        worlds.step[0] += 1
        worlds.done[0] = not worlds.active[0].any() or worlds.step[0] >= limit
        self._observe()

    def _take(self, motion: Motion) -> None:
        """Take over the simulator's state of all that are present; who has left stays where it was."""
        worlds, here = self.worlds, np.flatnonzero(self.worlds.present[0])
        bearing = np.radians(motion.heading_deg[here])
        worlds.position[0, here], worlds.heading[0, here] = motion.position_nm[here], motion.heading_deg[here]
        worlds.direction[0, here] = np.stack([np.sin(bearing), np.cos(bearing)], -1)
        worlds.tas[0, here], worlds.cas[0, here] = motion.tas_kt[here], motion.cas_kt[here]

    def _observe(self) -> None:
        observe_worlds(self.worlds.records, np.zeros(1, np.int64), self._rules, self.worlds.observation)


@dataclass(frozen=True)
class OutsideAirspace(Space):
    """An airspace whose one world is flown by a simulator outside."""

    simulator: Simulator = field(kw_only=True)

    def batch(self, num_worlds: int) -> AirspaceBatch:
        """The one world."""
        assert num_worlds == 1, "a simulator outside flies one world at a time"
        return OutsideBatch(
            self.settings, self.scenarios, self.simulator, discount=self.discount, performance=performance_of
        )


def fly_outside(
    airspace: OutsideAirspace, episodes: Episodes, actor: Policy | Steering, *, stochastic: bool = False
) -> Played:
    """Fly episodes of given scenarios one by one, all recorded; what comes of it has no columns of rewards."""
    flown = play(airspace, episodes, actor, stochastic=stochastic, record=range(len(episodes)), worlds_per_block=1)
    return Played(_unpaid(flown.episodes), {row: _unpaid(frame) for row, frame in flown.recordings.items()})


def _unpaid(table: pd.DataFrame) -> pd.DataFrame:
    paid = {"return", *(f"reward_{part}" for part in REWARD_PARTS)}
    return table.drop(columns=[name for name in table.columns if name in paid])


@njit(cache=True)
def _give_commands(worlds, actions, rules):
    """Begin a step of the one world, and turn the actions (A, 2) of who is active into commands."""
    world = worlds[0]
    rows, air, _ = scratch(world.num_aircraft)
    begin_step(world, actions, rows, air, 0)
    for a in range(world.num_aircraft):
        command(rows, a, air, rules[0])
        gather_commands(world, a, rows, 0)


@njit(cache=True)
def _separate(worlds, move):
    """Lower `separation` by the closest approaches in a tick's moves (A, 2); True where a pair was below 5 NM."""
    world, lost = worlds[0], False
    for a in range(world.num_aircraft):
        for b in range(a + 1, world.num_aircraft):
            if not (world.present[a] and world.present[b]):
                continue
            east, north = world.position[b, 0] - world.position[a, 0], world.position[b, 1] - world.position[a, 1]
            distance = np.sqrt(closest_squared(east, north, move[b, 0] - move[a, 0], move[b, 1] - move[a, 1]))
            world.separation[a] = min(world.separation[a], distance)
            world.separation[b] = min(world.separation[b], distance)
            if distance < LOSS_NM:
                lost = world.pair_los[a, b] = True
    return lost
