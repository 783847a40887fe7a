"""The smallest distance within a step, against tracks worked out by hand and against the simulator's ticks."""

from __future__ import annotations

import numpy as np
import pytest
from flights_by_hand import Track, flight

from envs.airspace.evaluation.flight import Flight, all_pairs
from envs.airspace.evaluation.pair_separation import pair_separations, settle
from envs.airspace.evaluation.recorder import FlightRecorder
from envs.airspace.simulation.batch import AirspaceBatch
from envs.airspace.simulation.settings import AirspaceSettings


def distances(flown: Flight) -> list[float]:
    """Of the only pair of the only world, by step."""
    return flown.pair_separation_nm[:, 0, 0].tolist()


def test_the_closest_point_of_straight_tracks_lies_within_a_step() -> None:
    """Opposite tracks 3 NM apart sideways and 1 NM lengthwise, at 0.2 NM/s: abeam after 5 s."""
    opposite = flight(Track(0.0, 0.0, 0.0), Track(3.0, 1.0, 180.0), num_steps=2)
    assert distances(opposite) == pytest.approx([3.0, np.hypot(3.0, 1.0)])


def test_a_distance_that_grows_is_smallest_at_the_steps_start() -> None:
    assert distances(flight(Track(0.0, 0.0, 0.0), Track(0.0, 4.0, 0.0, tas_kt=396.0), num_steps=2)) == pytest.approx(
        [4.0, 4.1]
    )


def test_who_leaves_within_a_step_counts_until_then() -> None:
    """Head on, 4 NM apart, at 0.2 NM/s; after 6 s the other is gone: 2.8 NM, then alone."""
    leaving = Track(0.0, 4.0, 180.0, arrives_after_s=6.0, leaves=True)
    assert distances(flight(Track(0.0, 0.0, 0.0), leaving, num_steps=2)) == pytest.approx([2.8, np.inf])


def test_a_turn_is_followed_between_its_ends() -> None:
    """The other circles at 3 NM from the first, who stays (1 NM of arc in a step): 3 NM all the time, which the chord
    would make 2.96 NM."""
    angle = np.arange(4) / 3.0
    position, velocity = np.zeros((4, 1, 2, 2)), np.zeros((4, 1, 2, 2))
    position[:, 0, 1] = 3.0 * np.stack([np.sin(angle), np.cos(angle)], -1)
    velocity[:, 0, 1] = 360.0 * np.stack([np.cos(angle), -np.sin(angle)], -1)
    here, seconds = np.ones((4, 1, 2), np.bool_), np.full((3, 1, 2), 10.0)
    found = pair_separations(position, velocity, here, seconds, np.array([3]))
    assert found == pytest.approx(np.full((3, 1, 1), 3.0), abs=1e-3)


def test_steps_after_the_end_have_no_distance() -> None:
    states, here = np.zeros((4, 1, 2, 2)), np.ones((4, 1, 2), np.bool_)
    found = pair_separations(states, states, here, np.full((3, 1, 2), 10.0), np.array([2]))
    assert found[:, 0, 0].tolist() == [0.0, 0.0, np.inf]


def test_settling_gives_the_closest_pair_the_simulators_distance_and_others_no_less() -> None:
    """Pairs (0, 1), (0, 2), (1, 2) at 5.01, 6 and 7 NM; the simulator says 4.99 for 0 and 1, and 6.1 for 2."""
    separation = np.array([5.01, 6.0, 7.0])[None, None]
    settle(separation, np.array([4.99, 4.99, 6.1])[None, None])
    assert separation[0, 0].tolist() == [4.99, 6.1, 7.0]


def test_settling_leaves_who_is_alone_alone() -> None:
    separation = np.full((1, 1, 1), np.inf)
    settle(separation, np.full((1, 1, 2), np.inf))
    assert np.isinf(separation).all()


@pytest.mark.parametrize("after_arrival", ["continue", "leave"])
def test_distances_are_about_the_simulators(after_arrival: str) -> None:
    """Before settling, where the whole track between two states is a guess; aircraft steer at random."""
    settings = AirspaceSettings.from_values({"episode": {"after_arrival": after_arrival}})
    batch = AirspaceBatch(settings, 64, seed=3, discount=0.97)
    batch.reset()
    recorder, rng = FlightRecorder(batch), np.random.default_rng(4)
    recorder.keep()
    nearest = []
    for _ in range(60):
        batch.step(rng.uniform(-1.0, 1.0, (64, batch.num_slots, 2)))
        recorder.keep()
        nearest.append(np.array(batch.worlds.separation))
    flown = recorder.flight()
    guessed = pair_separations(flown.position_nm, flown.velocity_kt, flown.present, flown.active_s, flown.num_steps)
    expected = np.where(flown.flown[:60, :, None], np.array(nearest), np.inf)
    of_aircraft = np.full(expected.shape, np.inf)
    for p, pair in enumerate(all_pairs(batch.num_slots)):
        of_aircraft[:, :, pair] = np.minimum(of_aircraft[:, :, pair], guessed[:60, :, p, None])
    known = np.isfinite(expected)
    assert (np.isfinite(of_aircraft) == known).all()
    assert np.abs(of_aircraft[known] - expected[known]).max() < 0.015
