"""Reciprocal avoidance: who chooses within the half-planes keeps apart; beside the authors' library, where it is there.

The library's binding is the extra `orca` (pip install --no-deps pyrvo==0.4.3); it computes in single precision.
"""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.airspace.baselines.compiled.half_planes import choose

ZONE_NM, HORIZON_H, SHORTEST_H, FASTEST_KT = 6.0, 600.0 / 3600.0, 10.0 / 3600.0, 320.0
SEEDS = st.integers(0, 2**32 - 1)
COUNTS = st.integers(2, 10)


def traffic(seed: int, count: int, speed_kt: float = 250.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions, velocities and wishes (A, 2) of aircraft, no two of them within the zone."""
    rng, places = np.random.default_rng(seed), list[np.ndarray]()
    while len(places) < count:
        place = rng.uniform(-30.0, 30.0, 2)
        if all(np.hypot(*(place - other)) > ZONE_NM for other in places):
            places.append(place)
    angle = rng.uniform(0.0, 2.0 * np.pi, (2, count))
    velocity, wanted = speed_kt * np.stack([np.sin(angle), np.cos(angle)], -1)
    return np.array(places), velocity, wanted


def chosen(place: np.ndarray, velocity: np.ndarray, wanted: np.ndarray, **changed: Any) -> np.ndarray:
    """What each of one world's aircraft chooses, (A, 2); all act, and have heard of all, unless said otherwise."""
    everybody = np.ones((1, len(place)), bool)
    seen = {
        "acts": everybody,
        "position": place[None],
        "velocity": velocity[None],
        "wanted": wanted[None],
        "fastest": np.full((1, len(place)), FASTEST_KT),
        "heard": everybody,
        "others": place[None],
        "others_kt": velocity[None],
        "shares": np.full((1, len(place)), 0.5),
    } | {name: np.asarray(value)[None] for name, value in changed.items()}
    found = velocity[None].copy()
    choose(*seen.values(), ZONE_NM, HORIZON_H, SHORTEST_H, found)
    return found[0]


def smallest_nm(place: np.ndarray, velocity: np.ndarray) -> float:
    """The smallest distance of two aircraft within the horizon, flying straight on."""
    a, b = np.triu_indices(len(place), 1)
    apart, speed = place[b] - place[a], velocity[b] - velocity[a]
    after = np.clip(-(apart * speed).sum(1) / np.maximum((speed**2).sum(1), 1e-9), 0.0, HORIZON_H)
    return float(np.hypot(*(apart + after[:, None] * speed).T).min())


@settings(max_examples=100, deadline=None)
@given(seed=SEEDS)
def test_a_pair_that_chooses_keeps_apart_for_the_horizon(seed: int) -> None:
    place, velocity, wanted = traffic(seed, 2)
    found = chosen(place, velocity, wanted)
    if np.hypot(*found.T).max() < FASTEST_KT - 1e-6:  # else what is needed may be beyond the largest speed
        assert smallest_nm(place, found) >= ZONE_NM - 1e-6


@settings(max_examples=100, deadline=None)
@given(seed=SEEDS)
def test_beside_one_that_does_not_avoid_all_of_it_is_taken(seed: int) -> None:
    place, velocity, wanted = traffic(seed, 2)
    found = chosen(place, velocity, wanted, acts=[True, False], shares=[0.5, 1.0])
    assert (found[1] == velocity[1]).all()
    if np.hypot(*found[0]) < FASTEST_KT - 1e-6:
        assert smallest_nm(place, found) >= ZONE_NM - 1e-6


@settings(max_examples=50, deadline=None)
@given(seed=SEEDS, count=COUNTS, angle=st.floats(0.0, 2.0 * np.pi))
def test_turning_and_moving_a_world_turns_what_is_chosen(seed: int, count: int, angle: float) -> None:
    given = traffic(seed, count)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    place, velocity, wanted = (part @ turn for part in given)
    moved = place + np.array([40.0, -70.0])
    assert chosen(moved, velocity, wanted) == pytest.approx(chosen(*given) @ turn, abs=1e-3)


@settings(max_examples=50, deadline=None)
@given(seed=SEEDS, count=COUNTS)
def test_the_order_of_aircraft_decides_nothing(seed: int, count: int) -> None:
    given, order = traffic(seed, count), np.random.default_rng(seed).permutation(count)
    assert (chosen(*(part[order] for part in given)) == chosen(*given)[order]).all()


def test_a_world_chooses_the_same_bits_alone_and_among_others() -> None:
    worlds = [traffic(seed, 6) for seed in range(200)]
    place, velocity, wanted = (np.stack(parts) for parts in zip(*worlds, strict=True))
    everybody, found = np.ones(place.shape[:2], bool), velocity.copy()
    fastest, shares = np.full(everybody.shape, FASTEST_KT), np.full(everybody.shape, 0.5)
    own = (everybody, place, velocity, wanted, fastest, everybody, place, velocity, shares)
    choose(*own, ZONE_NM, HORIZON_H, SHORTEST_H, found)
    assert all((found[w] == chosen(*world)).all() for w, world in enumerate(worlds))


def test_who_was_never_heard_of_is_not_avoided() -> None:
    place, velocity = np.array([[0.0, -20.0], [0.0, 20.0]]), np.array([[0.0, 250.0], [0.0, -250.0]])
    found = chosen(place, velocity, velocity, heard=[True, False])
    assert found[0] == pytest.approx(velocity[0])
    assert abs(found[1, 0]) > 10.0


@pytest.mark.skipif(importlib.util.find_spec("pyrvo") is None, reason="pyrvo is not installed: the extra orca")
@pytest.mark.parametrize("count", [2, 4, 10])
def test_the_authors_library_chooses_the_same_to_single_precision(count: int) -> None:
    """Where whether half-planes have a common point hangs on rounding, what is chosen may differ: 1 in 1000 of ten."""
    pairs = [(chosen(*given), by_library(*given)) for given in (traffic(seed, count) for seed in range(100))]
    apart_kt = np.concatenate([np.hypot(*(ours - theirs).T) for ours, theirs in pairs])
    assert np.quantile(apart_kt, 0.99) < 0.1


def by_library(place: np.ndarray, velocity: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """What pyrvo chooses: in NM and hundredths of an hour, as its constants are made for numbers of about 1."""
    import pyrvo

    horizon = 100.0 * HORIZON_H
    simulator = pyrvo.RVOSimulator(100.0 * SHORTEST_H, 1e4, len(place), horizon, horizon, ZONE_NM / 2.0, 1.0)
    for a in range(len(place)):
        simulator.add_agent(tuple(place[a]))
        simulator.set_agent_velocity(a, tuple(velocity[a] / 100.0))
        simulator.set_agent_pref_velocity(a, tuple(wanted[a] / 100.0))
        simulator.set_agent_max_speed(a, FASTEST_KT / 100.0)
    simulator.do_step()
    found = [simulator.get_agent_velocity(a) for a in range(len(place))]
    return 100.0 * np.array([[one.x, one.y] for one in found])
