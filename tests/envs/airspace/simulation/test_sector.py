"""Sector traffic: how many enter, who waits, what is counted, and what a row is before its aircraft enters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from envs.airspace.simulation.batch import AirspaceBatch
from envs.airspace.simulation.compiled.dynamics import ARRIVAL_NM as ARRIVAL_IN_FLIGHT_NM
from envs.airspace.simulation.compiled.worlds import LOSS_NM, TICKS_PER_STEP
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic.scenario import Scenario
from envs.airspace.simulation.traffic.traffic_settings import ARRIVAL_NM, SECTOR, STEP_S
from envs.airspace.simulation.vector_env import AirspaceVectorEnv
from envs.ground.compiled_world.batch import set_num_threads
from tests.envs.airspace.simulation.worlds_by_hand import drawn, traffic

LEAVE = {"after_arrival": "leave"}
CALM = {"radius_nm": 20.0, "density_per_10000_nm2": 30.0, "warm_up_s": 600.0}
CROWDED = {"radius_nm": 20.0, "density_per_10000_nm2": 150.0, "warm_up_s": 0.0}
"""16 aircraft in 350 s."""


def sector(num_worlds: int, max_steps: int, values: dict[str, float], seed: int = 0, **settings: Any) -> AirspaceBatch:
    """Worlds of sector traffic, just begun."""
    episode = {"max_steps": max_steps, **LEAVE}
    return drawn(num_worlds, seed, traffic="sector", episode=episode, sector=values, **settings)


def hold(batch: AirspaceBatch) -> Iterator[Any]:
    """Step to the end with nobody acting."""
    while not batch.worlds.done.all():
        batch.step(np.zeros((batch.num_worlds, batch.num_slots, 2)))
        yield batch.worlds


def test_the_constants_of_the_settings_are_those_of_flight() -> None:
    assert ARRIVAL_NM == ARRIVAL_IN_FLIGHT_NM
    assert STEP_S == TICKS_PER_STEP


def test_the_number_of_entries_is_the_rate_that_little_asks_for() -> None:
    """250 kt CAS are 288.73 kt TAS. 50 NM: 90.03 NM across on average, less 1 NM: 1110.0 s; 23.56 inside: 101.9."""
    values = {"radius_nm": 50.0, "density_per_10000_nm2": 30.0}
    procedural = {"cas_kt": {"low": 250.0, "high": 250.0}}
    settings = AirspaceSettings.from_values(
        {"traffic": "sector", "episode": {"max_steps": 480, **LEAVE}, "sector": values, "procedural": procedural}
    )
    assert settings.sector.area_nm2 == pytest.approx(7853.98, abs=0.01)
    assert settings.sector.crossing_s(settings.procedural) == pytest.approx(1110.0, abs=0.5)
    assert settings.most_drawn == 1 + 102


def test_the_density_asked_for_is_reached_on_average() -> None:
    batch = sector(400, 160, CALM)
    for worlds in hold(batch):
        assert worlds.present.sum(1).max() <= 14
    counted_s = 1600.0 - 600.0
    inside = batch.worlds.flown_seconds.mean() / counted_s
    assert inside / batch.settings.sector.area_nm2 * 10_000.0 == pytest.approx(30.0, rel=0.05)


def test_the_first_enters_at_once_and_the_others_evenly_in_their_order() -> None:
    worlds = sector(200, 160, CALM).worlds
    steps = worlds.entry_step
    assert (worlds.num_aircraft == steps.shape[1]).all()
    assert (steps[:, 0] == 0).all()
    assert (np.diff(steps, axis=1) >= 0).all()
    assert steps.max() < 160
    assert steps[:, 1:].mean() == pytest.approx(79.5, abs=3.0)
    assert np.histogram(steps[:, 1:], 4, (0, 160))[0].min() > 0.2 * steps[:, 1:].size
    assert worlds.active[:, 0].all()
    assert (worlds.family == SECTOR).all()


def test_the_ways_lead_straight_across_from_edge_to_edge() -> None:
    worlds = sector(200, 160, CALM).worlds
    assert np.hypot(*np.moveaxis(worlds.position, -1, 0)) == pytest.approx(20.0)
    assert np.hypot(*np.moveaxis(worlds.waypoint, -1, 0)) == pytest.approx(20.0)
    assert worlds.waypoint_distance.min() >= 20.0 * np.sqrt(2.0) - 1e-9
    assert worlds.waypoint_distance.mean() == pytest.approx(20.0 * 4.0 * np.sqrt(2.0) / np.pi, rel=0.01)
    assert worlds.drift.max() < 1e-6


def closest_within(worlds: Any, w: int, a: int, b: int, seconds: float) -> float:
    """The smallest distance (NM) of two aircraft that fly straight on, by small steps."""
    hours = np.linspace(0.0, seconds / 3600.0, 2000)[:, None]
    ways = [worlds.position[w, n] + hours * worlds.tas[w, n] * worlds.direction[w, n] for n in (a, b)]
    return float(np.hypot(*(ways[0] - ways[1]).T).min())


def test_nobody_enters_near_another_or_into_a_conflict_and_who_waits_enters_later() -> None:
    batch = sector(60, 35, CROWDED)
    before, waited, entered_late, entries = batch.worlds.present.copy(), 0, 0, 0
    for worlds in hold(batch):
        come = worlds.present & ~before & ~worlds.done[:, None]
        late = worlds.entry_step < worlds.step[:, None]
        waits = late & ~worlds.present & ~worlds.arrived
        waited, entered_late, entries = waited + waits.sum(), entered_late + (come & late).sum(), entries + come.sum()
        for w, a in np.argwhere(come):
            others = [b for b in np.flatnonzero(worlds.present[w]) if b != a]
            assert worlds.separation[w, a] >= 6.0
            assert min((closest_within(worlds, w, a, b, 120.0) for b in others), default=99.0) >= LOSS_NM - 1e-4
        assert (worlds.entry_step <= worlds.step[:, None])[worlds.present].all()
        before = worlds.present.copy()
    assert min(waited, entered_late) > 50
    assert entries > 400


@pytest.mark.parametrize(("key", "value"), [("entry_separation_nm", 20.0), ("entry_look_ahead_s", 600.0)])
def test_stricter_rules_of_entry_let_more_wait(key: str, value: float) -> None:
    usual, strict = sector(40, 35, CROWDED), sector(40, 35, {**CROWDED, key: value})
    waiting = []
    for batch in (usual, strict):
        *_, worlds = hold(batch)
        waiting.append(worlds.num_waiting.sum())
    assert waiting[1] > waiting[0] + 40


def test_losses_in_the_warm_up_are_paid_for_but_not_counted() -> None:
    counted, warm = sector(40, 35, CROWDED), sector(40, 35, {**CROWDED, "warm_up_s": 200.0})
    lost_before, smallest = np.zeros(40, np.int64), np.full(40, np.inf)
    for one, other in zip(hold(counted), hold(warm), strict=True):
        np.testing.assert_array_equal(one.position, other.position)
        np.testing.assert_array_equal(one.reward_parts, other.reward_parts)
        if one.step[0] == 20:
            lost_before, flown_before = one.los_seconds.copy(), one.flown_seconds.copy()
            assert other.los_seconds.sum() == other.flown_seconds.sum() == other.pair_los.sum() == 0
            assert np.isinf(other.min_separation).all()
        elif one.step[0] > 20:
            smallest = np.minimum(smallest, one.step_separation)
    one, other = counted.worlds, warm.worlds
    assert lost_before.sum() > 100
    np.testing.assert_array_equal(other.los_seconds, one.los_seconds - lost_before)
    np.testing.assert_array_equal(other.flown_seconds, one.flown_seconds - flown_before)
    np.testing.assert_array_equal(other.min_separation, smallest)
    assert 0 < other.pair_los.sum() < one.pair_los.sum()
    assert not (other.pair_los & ~one.pair_los).any()


def test_what_is_done_to_a_row_before_its_aircraft_enters_has_no_effect() -> None:
    rng = np.random.default_rng(0)
    calm, wild = (sector(20, 35, CROWDED, disturbance={"action_delay": 2}) for _ in range(2))
    for _ in range(35):
        own = rng.uniform(-1, 1, (20, calm.num_slots, 2))
        active = calm.worlds.active[:, :, None]
        calm.step(np.where(active, own, 0.0))
        wild.step(np.where(active, own, rng.uniform(-1, 1, own.shape)))
        for name in ("position", "heading", "tas", "reward", "active", "observation"):
            np.testing.assert_array_equal(getattr(calm.worlds, name), getattr(wild.worlds, name), err_msg=name)


def test_an_aircraft_sees_and_is_seen_from_the_moment_it_enters_and_acts_in_the_next_step() -> None:
    batch = sector(40, 35, CROWDED)
    before, seen = batch.worlds.active.copy(), 0
    for _ in range(30):
        heading = batch.worlds.heading.copy()
        batch.step(np.ones((40, batch.num_slots, 2)))
        worlds = batch.worlds
        waits = ~worlds.present & ~worlds.arrived
        assert (worlds.observation[waits] == 0.0).all()
        assert (worlds.reward[waits] == 0.0).all()
        assert (worlds.heading[~before] == heading[~before])[~worlds.arrived[~before]].all()
        come = worlds.active & ~before
        observation = worlds.observation[come]
        assert (worlds.reward[come] == 0.0).all()
        assert observation[:, 1] == pytest.approx(np.ones(come.sum()), abs=1e-6)  # the waypoint straight ahead
        assert (observation[:, 4:6] == 0.0).all()  # both rates: nothing to compare with
        in_company = come & (worlds.present.sum(1) > 1)[:, None]
        assert (worlds.observation[in_company][:, 6] == 1.0).all()  # somebody is there
        seen, before = seen + come.sum(), worlds.active.copy()
    assert seen > 200


def test_who_has_crossed_leaves_and_counts_no_more() -> None:
    batch = sector(20, 120, CALM)
    *_, worlds = hold(batch)
    assert (worlds.arrived & ~worlds.present).sum() > 60
    assert not (worlds.arrived & worlds.present).any()
    expected_s = 3600.0 * (worlds.waypoint_distance[worlds.arrived]) / 300.0
    assert (worlds.flight_time[worlds.arrived] > 300.0).all()
    assert (expected_s < 20.0).all()  # within 1 NM of the waypoint


def test_at_its_end_the_rows_of_a_sector_say_who_was_cut_off() -> None:
    batch = sector(20, 12, CROWDED)
    *_, worlds = hold(batch)
    assert worlds.done.all()
    np.testing.assert_array_equal(worlds.row_truncated, worlds.active)
    np.testing.assert_array_equal(worlds.row_terminated, ~worlds.active)
    assert (worlds.num_waiting > 0).any()


def test_a_row_is_not_done_while_it_waits_nor_when_its_aircraft_enters() -> None:
    batch = sector(10, 35, CROWDED)
    face = AirspaceVectorEnv(batch)
    face.reset(seed=1)
    entered = 0
    for step in range(1, 36):
        acted = face.active
        face.step_async(np.zeros((face.num_envs, 2)))
        _, rewards, terminated, truncated, _ = face.step_wait()
        assert (rewards[~acted] == 0.0).all()
        if step < 35:
            assert not (terminated | truncated)[~acted].any()
            entered += (face.active & ~acted).sum()
        else:
            assert (terminated | truncated).all()
            assert not truncated[~acted].any()
    assert entered > 60
    assert face.finished.read()["episodes"] == 10


def test_a_sector_is_the_same_alone_in_company_and_on_two_threads() -> None:
    actions = np.random.default_rng(1).uniform(-1, 1, (35, 40, 16, 2))
    flights = []
    for num_threads in (1, 2):
        set_num_threads(num_threads)
        batch = sector(40, 35, CROWDED, seed=3)
        flights.append([bytes(fly_on(batch, action)) for action in actions])
    set_num_threads(10_000)
    assert flights[0] == flights[1]
    batch, alone = sector(40, 35, CROWDED, seed=3), sector(1, 35, CROWDED)
    alone.worlds.episode_seed[:] = batch.worlds.episode_seed[33]
    alone.begin(np.array([0]), np.array([-1]), batch.worlds.episode_seed[33:34].copy())
    for action in actions:
        fly_on(batch, action)
        fly_on(alone, action[33:34])
        for name in batch.worlds.records.dtype.names:
            if name != "rng":
                assert batch.worlds.records[name][33].tobytes() == alone.worlds.records[name][0].tobytes(), name
        assert batch.worlds.observation[33].tobytes() == alone.worlds.observation[0].tobytes()


def fly_on(batch: AirspaceBatch, action: np.ndarray) -> bytes:
    batch.step(np.ascontiguousarray(action))
    return batch.worlds.records.tobytes() + batch.worlds.observation.tobytes()


def test_a_scenario_handed_in_is_flown_whole_beside_sectors() -> None:
    given: Scenario = traffic((0.0, 0.0, 0.0, 0.0, 5.0), (10.0, 0.0, 0.0, 10.0, 50.0), alt_ft=10_000.0, cas_kt=250.0)
    settings = AirspaceSettings.from_values(
        {"traffic": "sector", "episode": {"max_steps": 35, **LEAVE}, "sector": {**CROWDED, "warm_up_s": 300.0}}
    )
    batch = AirspaceBatch(settings, 2, 0, scenarios=[given], discount=0.97, min_slots=settings.most_drawn)
    batch.begin(np.arange(2), np.array([0, -1]), np.ones(2, np.uint64))
    worlds = batch.worlds
    assert worlds.active[0].sum() == worlds.num_aircraft[0] == 2
    assert (worlds.num_waiting[0], worlds.warm_up_steps[0]) == (0, 0)
    assert worlds.min_separation.tolist() == [10.0, np.inf]
    assert worlds.num_waiting[1] == settings.most_drawn - worlds.active[1].sum() > 0
    batch.begin(np.arange(2), np.array([-1, 0]), np.ones(2, np.uint64))
    assert worlds.active.sum(1).tolist()[1] == 2
    assert (worlds.num_waiting[1], worlds.warm_up_steps[1], worlds.entry_step[1].max()) == (0, 0, 0)
