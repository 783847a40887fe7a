"""Facts about a world that another simulator flies; here the other simulator is our own dynamics, tick by tick."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numba import njit

from envs.airspace.outside.batch import Motion, OutsideAirspace, OutsideBatch, fly_outside
from envs.airspace.scenarios.suite import SUITE
from envs.airspace.simulation.batch import AirspaceBatch
from envs.airspace.simulation.compiled.dynamics import accelerate, move, read_airspeed, turn
from envs.airspace.simulation.compiled.kernel import scratch
from envs.airspace.simulation.compiled.lanes import gather, spread, spread_air
from envs.airspace.simulation.disturbance_settings import Wind
from envs.airspace.simulation.room import SIMULATION
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic.performance import aircraft_type
from envs.airspace.simulation.traffic.scenario import Scenario
from envs.ground.play import Episodes, Played, Space, play
from envs.ground.steering import Nothing
from tests.envs.airspace.simulation.worlds_by_hand import steady, traffic

SEEN_AT_STEP_ENDS = ("observation", "separation", "waypoint_distance", "heading", "tas", "cas", "applied_action")
COUNTED = ("min_separation", "los_seconds", "flight_time", "arrived", "active", "present", "pair_los", "done", "step")


@njit
def fly_tick(worlds: Any, fleet: Any) -> None:
    """One second of the first world."""
    world = worlds[0]
    rows, air, _ = scratch(world.num_aircraft)
    spread_air(world, air, 0)
    for a in range(world.num_aircraft):
        world.was_active[a] = False  # who is active and where it has come from is the outside's business
        spread(world, a, rows, 0)
        accelerate(rows, a, fleet)
        turn(rows, a)
        move(rows, a, air, False)
        read_airspeed(rows, a, air)
        gather(world, a, rows, 0)


class OwnDynamics:
    """A simulator that flies as ours does."""

    def __init__(self, settings: AirspaceSettings, performance: Any) -> None:
        self._settings, self._performance = settings, performance

    def begin(self, scenario: Scenario, wind: Wind) -> Motion:
        assert wind == self._settings.wind
        self._batch = AirspaceBatch(
            self._settings, 1, 0, scenarios=[scenario], discount=1.0, performance=self._performance
        )
        self._batch.reset()
        return self._motion()

    def turn(self, aircraft: int, heading_deg: float) -> None:
        self._batch.worlds.commanded_heading[0, aircraft] = heading_deg

    def change_speed(self, aircraft: int, cas_kt: float) -> None:
        worlds = self._batch.worlds
        stands = (worlds.cas[0, aircraft], worlds.tas[0, aircraft])
        worlds.commanded_cas[0, aircraft] = cas_kt
        worlds.commanded_tas[0, aircraft] = stands[1] if cas_kt == stands[0] else self._tas_kt(cas_kt)

    def tick(self) -> Motion:
        fly_tick(self._batch.worlds.records, self._batch._fleet)
        return self._motion()

    def _tas_kt(self, cas_kt: float) -> float:
        from envs.airspace.simulation.traffic.atmosphere import tas_from_cas

        world = self._batch.worlds.records[0]
        return float(tas_from_cas(cas_kt, world["pressure"], world["density"]))

    def _motion(self) -> Motion:
        worlds, n = self._batch.worlds, int(self._batch.worlds.num_aircraft[0])
        parts = (worlds.position, worlds.heading, worlds.tas, worlds.cas)
        return Motion(*(part[0, :n].copy() for part in parts))


def both(scenario: Scenario, performance: Any = aircraft_type, **values: Any) -> tuple[AirspaceBatch, OutsideBatch]:
    """The same world at the start of a scenario: flown by the batch, and flown outside."""
    settings = AirspaceSettings.from_values(values)
    own = AirspaceBatch(
        settings,
        1,
        0,
        scenarios=[scenario],
        discount=1.0,
        performance=performance,
        min_slots=settings.procedural.max_aircraft,
    )
    simulator = OwnDynamics(settings, performance)
    outside = OutsideBatch(settings, (scenario,), simulator, discount=1.0, performance=performance)
    for batch in (own, outside):
        batch.begin(np.array([0]), np.array([0]), np.zeros(1, np.uint64))
    return own, outside


def assert_alike(own: AirspaceBatch, outside: OutsideBatch) -> None:
    for name in (*SEEN_AT_STEP_ENDS, *COUNTED):
        one, other = getattr(own.worlds, name), getattr(outside.worlds, name)
        np.testing.assert_allclose(other, one, rtol=0.0, atol=2e-6 if name in SEEN_AT_STEP_ENDS else 1e-9, err_msg=name)


@pytest.mark.parametrize("after_arrival", ["continue", "leave"])
@pytest.mark.parametrize("name", ["t_formation", "cross_3p1", "merge_2x2", "chase_4all"])
def test_flown_outside_by_our_dynamics_a_world_is_as_in_the_batch(name: str, after_arrival: str) -> None:
    own, outside = both(
        SUITE[name],
        episode={"after_arrival": after_arrival, "max_steps": 60},
        wind={"from_deg": 200.0, "speed_kt": 30.0},
        observation={"layout": "intent", "num_neighbours": 2},
    )
    rng = np.random.default_rng(3)
    assert_alike(own, outside)
    for _ in range(60):
        actions = rng.uniform(-1.0, 1.0, (1, own.num_slots, 2)) * (0.4, 1.0)
        own.step(actions)
        outside.step(actions)
        assert_alike(own, outside)
    assert own.worlds.done[0]


def test_who_arrives_holds_the_heading_that_it_has() -> None:
    own, outside = both(traffic((0, 0, 0, 0, 3.5), (20, 0, 0, 20, 90)), steady)
    turning = np.zeros((1, own.num_slots, 2))
    turning[0, :2, 0] = 1.0
    for batch in (own, outside):
        for step in range(6):
            batch.step(turning if step == 2 else np.zeros_like(turning))
    assert list(outside.worlds.arrived[0, :2]) == [True, False]
    assert 0.0 < outside.worlds.heading[0, 0] < 18.0  # it was under way to 18 degrees
    assert outside.worlds.heading[0, 1] == pytest.approx(18.0)
    assert_alike(own, outside)


def test_a_world_that_has_ended_stands_still() -> None:
    _, outside = both(traffic((0, 0, 0, 0, 90)), steady, episode={"max_steps": 1})
    nothing = np.zeros((1, outside.num_slots, 2))
    outside.step(nothing)
    before = outside.worlds.position.copy()
    outside.step(nothing)
    assert outside.worlds.done[0]
    assert outside.worlds.step[0] == 1
    np.testing.assert_array_equal(outside.worlds.position, before)


def test_an_episode_flown_outside_gives_the_same_table_without_rewards() -> None:
    flown = fly_twice("merge_3p1")
    one, other = (each.episodes for each in flown)
    unpaid = [name for name in one.columns if not name.startswith("reward_") and name != "return"]
    assert list(other.columns) == unpaid
    numbers = [name for name in unpaid if name not in ("scenario", "family")]
    np.testing.assert_allclose(other[numbers].astype(float), one[numbers].astype(float), rtol=1e-9)


def test_an_episode_flown_outside_is_recorded_in_full() -> None:
    one, other = (each.recordings[0] for each in fly_twice("head_on"))
    assert list(other.columns) == [name for name in one.columns if not name.startswith("reward_")]
    assert other["step"].max() == one["step"].max()
    np.testing.assert_allclose(other["north_nm"], one["north_nm"], atol=1e-9)


def fly_twice(name: str) -> tuple[Played, Played]:
    settings = AirspaceSettings()
    what = SIMULATION, settings, (SUITE[name],), 0.97
    episodes = Episodes.of_scenarios([0], 1, seed=5)
    theirs = OutsideAirspace(*what, simulator=OwnDynamics(settings, aircraft_type))
    return play(Space(*what), episodes, Nothing(), record=[0]), fly_outside(theirs, episodes, Nothing())
