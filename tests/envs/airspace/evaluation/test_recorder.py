"""What a recorder kept says the same as the simulator's own sums."""

from __future__ import annotations

import numpy as np
import pytest

from envs.airspace.evaluation.flight import Flight
from envs.airspace.evaluation.recorder import FlightRecorder
from envs.airspace.evaluation.table import measure
from envs.airspace.scenarios.suite import SUITE
from envs.airspace.simulation.batch import AirspaceBatch
from envs.airspace.simulation.disturbance_settings import Disturbance, Wind
from envs.airspace.simulation.settings import AirspaceSettings

Flown = tuple[AirspaceBatch, Flight]


@pytest.fixture(scope="module", params=["continue", "leave"])
def flown(request: pytest.FixtureRequest) -> Flown:
    """The suite and 50 drawn episodes under commands at random, the first 20 of these without any."""
    values = {
        "episode": {"after_arrival": request.param},
        "procedural": {"aircraft_types": ["E190", "A320"]},
        "wind": {"from_deg": 30.0, "speed_kt": 20.0},
    }
    scenarios = list(SUITE.values())
    which = np.append(np.arange(len(scenarios)), [-1] * 50)
    settings = AirspaceSettings.from_values(values)
    batch = AirspaceBatch(settings, len(which), 0, scenarios=scenarios, discount=0.97, min_slots=settings.most_drawn)
    batch.begin(np.arange(len(which)), which, np.arange(len(which), dtype=np.uint64) * np.uint64(7919))
    recorder, rng = FlightRecorder(batch), np.random.default_rng(1)
    recorder.keep()
    while not batch.worlds.done.all():
        actions = rng.uniform(-1.0, 1.0, (len(which), batch.num_slots, 2))
        actions[len(scenarios) : len(scenarios) + 20] = 0.0
        batch.step(actions)
        recorder.keep()
    return batch, recorder.flight()


def test_figures_that_the_simulator_keeps_itself_are_the_same(flown: Flown) -> None:
    batch, flight = flown
    worlds, episodes = batch.worlds, measure(flight).episodes
    assert episodes["min_separation_nm"].to_numpy() == pytest.approx(worlds.min_separation, rel=1e-12)  # at starts
    assert episodes["los_pairs"].tolist() == worlds.pair_los.sum((1, 2)).tolist()
    assert episodes["los_seconds"].tolist() == worlds.los_seconds.tolist()
    assert episodes["arrived_share"].tolist() == (worlds.arrived.sum(1) / worlds.num_aircraft).tolist()
    flight_time = np.where(worlds.arrived, worlds.flight_time, 0.0).sum(1) / np.where(
        worlds.arrived.any(1), worlds.arrived.sum(1), np.nan
    )
    assert episodes["flight_time_s"].to_numpy() == pytest.approx(flight_time, nan_ok=True)
    assert episodes["flight_hours"].to_numpy() == pytest.approx(worlds.flight_time.sum(1) / 3600.0)


def test_every_loss_of_separation_belongs_to_a_conflict(flown: Flown) -> None:
    batch, flight = flown
    found = measure(flight).conflicts
    lost = found[found["los"]].groupby(["episode", "aircraft_a", "aircraft_b"]).size().index.tolist()
    assert lost == [tuple(pair) for pair in np.argwhere(batch.worlds.pair_los).tolist()]


def test_of_a_sector_the_warm_up_is_left_out_as_the_simulator_leaves_it_out() -> None:
    """Nobody acts, half of the time is warm-up: losses and hours of the rest, conflicts of that time only."""
    sector = {"radius_nm": 12.0, "density_per_10000_nm2": 80.0, "warm_up_s": 400.0}
    values = {"traffic": "sector", "sector": sector, "episode": {"max_steps": 80, "after_arrival": "leave"}}
    settings = AirspaceSettings.from_values(values)
    batch = AirspaceBatch(settings, 12, 0, discount=0.97)
    batch.begin(np.arange(12), np.full(12, -1), np.arange(12, dtype=np.uint64))
    recorder = FlightRecorder(batch)
    recorder.keep()
    while not batch.worlds.done.all():
        batch.step(np.zeros((12, batch.num_slots, 2)))
        recorder.keep()
    worlds, found = batch.worlds, measure(recorder.flight())
    assert found.episodes["min_separation_nm"].to_numpy() == pytest.approx(worlds.min_separation, rel=1e-12)
    assert found.episodes["los_pairs"].tolist() == worlds.pair_los.sum((1, 2)).tolist()
    assert worlds.pair_los.sum() > 0
    assert found.episodes["flight_hours"].to_numpy() == pytest.approx(worlds.flown_seconds / 3600.0)
    assert found.conflicts["time_in_s"].min() == 400.0
    assert found.episodes["conflicts"].sum() == len(found.conflicts)


def test_positions_follow_from_velocities(flown: Flown) -> None:
    """Those who never act fly straight, with the wind: 10 s of the velocity at the step's start."""
    _, flight = flown
    steady = slice(len(SUITE), len(SUITE) + 20)
    moved = np.diff(flight.position_nm[:5, steady], axis=0)
    expected = flight.velocity_kt[:4, steady] / 360.0
    there = flight.present[:4, steady] & flight.present[1:5, steady]
    assert moved[there] == pytest.approx(expected[there], abs=1e-9)


def test_commands_are_those_that_count(flown: Flown) -> None:
    _, flight = flown
    change = np.abs(flight.change[flight.commanding])
    assert ((change == 0.0) | (change >= 3.0)).all()
    assert change.max(0) == pytest.approx([18.0, 10.0], abs=0.5)
    assert (flight.change[~flight.commanding & flight.flown[..., None]] == 0.0).all()


def test_types_are_those_flown_with(flown: Flown) -> None:
    batch, flight = flown
    assert flight.types == (("E190", 10_000.0), ("A320", 10_000.0))
    suite, drawn = flight.kind[: len(SUITE)], flight.kind[len(SUITE) :]
    there = np.arange(batch.num_slots) < flight.num_aircraft[:, None]
    assert (suite[there[: len(SUITE)]] == 1).all()
    assert (drawn == batch.worlds.kind[len(SUITE) :])[there[len(SUITE) :]].all()
    assert set(drawn[there[len(SUITE) :]].tolist()) == {0, 1}


def test_winds_and_types_of_disturbances_are_those_flown_with() -> None:
    """A wind of 36 kt from the west in one world moves aircraft 0.1 NM east a step; in another an A320 is a B744."""
    scenarios = [SUITE["head_on"]]
    batch = AirspaceBatch(AirspaceSettings(), 3, 0, scenarios=scenarios, discount=0.97, min_slots=4, types=["B744"])
    windy = batch.disturbance(Wind(from_deg=270.0, speed_kt=36.0), Disturbance(), {}, 0)
    heavy = batch.disturbance(Wind(), Disturbance(), {1: Disturbance(aircraft_type="B744")}, 0)
    plain = batch.disturbance(Wind(), Disturbance(), {}, 0)
    batch.begin(np.arange(3), np.zeros(3, int), np.arange(3, dtype=np.uint64), np.stack([windy, heavy, plain]))
    recorder = FlightRecorder(batch, ("B744",))
    recorder.keep()
    batch.step(np.zeros((3, batch.num_slots, 2)))
    recorder.keep()
    flight = recorder.flight()
    assert flight.velocity_kt[0, :, 0, 0] == pytest.approx([36.0, 0.0, 0.0])
    moved = np.diff(flight.position_nm, axis=0)[0, :, 0]
    assert moved == pytest.approx(flight.velocity_kt[0, :, 0] / 360.0)
    assert [[flight.types[kind][0] for kind in row[:2]] for row in flight.kind] == [
        ["A320", "A320"],
        ["A320", "B744"],
        ["A320", "A320"],
    ]
