"""Properties of any episode: flags, company, threads and neighbours' order; finite numbers from any finite input.

Beside test_batch.py, which turns, moves and permutes whole scenarios.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from envs.airspace.simulation.batch import AirspaceBatch
from envs.airspace.simulation.compiled.dynamics import ARRIVAL_NM
from envs.airspace.simulation.compiled.observation import NEIGHBOUR
from envs.airspace.simulation.compiled.worlds import REWARD_PARTS
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic.aircraft import AIRCRAFT_TYPES_10000FT
from envs.airspace.simulation.traffic.scenario import FARTHEST_NM, Scenario, close_starts
from envs.ground.compiled_world.batch import set_num_threads
from tests.envs.airspace.simulation.worlds_by_hand import traffic

MAX_STEPS = 8
few = settings(max_examples=20, deadline=None, derandomize=True)
seeds = st.integers(0, 2**32 - 1)
after_arrivals, time_limits = st.sampled_from(["continue", "leave"]), st.sampled_from(["bootstrap", "task"])
TYPES = tuple(AIRCRAFT_TYPES_10000FT)


def chosen(**sections: Any) -> AirspaceSettings:
    return AirspaceSettings.from_values(sections)


def near_waypoints(rng: np.random.Generator, num_aircraft: int) -> Scenario:
    """Aircraft that head at waypoints of which some are within reach of a short episode."""
    position = rng.uniform(-14, 14, (num_aircraft, 2))
    while close_starts(position):
        position = rng.uniform(-14, 14, (num_aircraft, 2))
    heading = rng.uniform(0, 360, num_aircraft)
    ahead = np.stack([np.sin(np.radians(heading)), np.cos(np.radians(heading))], -1)
    rows = np.column_stack([position, heading, position + ahead * rng.uniform(0.5, 8, (num_aircraft, 1))])
    return traffic(*map(tuple, rows), cas_kt=rng.uniform(220, 300, num_aircraft), alt_ft=10_000.0)


def begin(scenarios: list[Scenario], checked: AirspaceSettings) -> AirspaceBatch:
    """World w at the start of scenario w."""
    which = np.arange(len(scenarios))
    batch = AirspaceBatch(checked, len(scenarios), 0, scenarios=scenarios, discount=0.97)
    batch.begin(which, which, which.astype(np.uint64))
    return batch


@few
@given(seeds, st.integers(1, 4), after_arrivals, time_limits)
def test_flags_say_who_arrived_and_who_was_cut_off(seed: int, count: int, after_arrival: str, time_limit: str) -> None:
    rng = np.random.default_rng(seed)
    episode = {"max_steps": MAX_STEPS, "after_arrival": after_arrival, "time_limit": time_limit}
    batch = begin([near_waypoints(rng, count)], chosen(episode=episode))
    worlds, ended = batch.worlds, np.zeros(count, int)
    for step in range(1, MAX_STEPS + 1):
        before = worlds.arrived[0].copy()
        batch.step(rng.uniform(-0.3, 0.3, (1, count, 2)))
        arrived, now = worlds.arrived[0], worlds.arrived[0] & ~before
        all_arrived, at_limit = bool(arrived.all()), step == MAX_STEPS
        assert not (before & ~arrived).any()
        assert (worlds.was_active[0] == ~before).all()
        assert worlds.step[0] == step
        assert worlds.done[0] == (all_arrived or at_limit)
        close = np.linalg.norm(worlds.waypoint[0] - worlds.position[0], axis=-1) <= ARRIVAL_NM
        assert arrived[close & (~before)].all()
        assert (worlds.present[0] == (~arrived if after_arrival == "leave" else True)).all()
        late = ~arrived & at_limit
        assert (worlds.row_truncated[0] == (late & (time_limit == "bootstrap"))).all()
        punished = late & (time_limit == "task")
        assert (worlds.row_terminated[0] == (now | punished | (before & worlds.done[0]))).all()
        assert (worlds.reward_parts[0, :, REWARD_PARTS.index("arrival")] > 0).tolist() == now.tolist()
        assert (worlds.reward_parts[0, :, REWARD_PARTS.index("timeout")] < 0).tolist() == punished.tolist()
        assert not worlds.reward_parts[0, before].any()
        ended += ~before & (worlds.row_terminated[0] | worlds.row_truncated[0])
        if worlds.done[0]:
            break
    assert ended.tolist() == [1] * count


@few
@given(seeds, st.integers(2, 40), after_arrivals)
def test_a_world_alone_is_bit_for_bit_one_row_of_many(seed: int, num_worlds: int, after_arrival: str) -> None:
    rng = np.random.default_rng(seed)
    scenarios = [near_waypoints(rng, 1 + w % 4) for w in range(num_worlds)]
    w, checked = int(rng.integers(num_worlds)), chosen(episode={"max_steps": MAX_STEPS, "after_arrival": after_arrival})
    many, alone = begin(scenarios, checked), begin([scenarios[w]], checked)
    alone.worlds.rng[0] = many.worlds.rng[w]
    alone.begin(np.array([0]), np.array([0]), np.array([w], np.uint64))
    count = scenarios[w].num_aircraft
    for actions in rng.uniform(-1.0, 1.0, (MAX_STEPS, num_worlds, many.num_slots, 2)):
        many.step(actions)
        alone.step(actions[w : w + 1, :count])
        for field in set(many.worlds.records.dtype.names) - {"scenario"}:
            assert many.worlds.records[field][w].tobytes() == alone.worlds.records[field][0].tobytes(), field
        for field in ("observation", "terminal_observation"):
            one, other = getattr(many.worlds, field)[w, :count], getattr(alone.worlds, field)[0]
            assert one.tobytes() == other.tobytes(), field


@pytest.fixture(scope="module")
def _all_threads_afterwards() -> Iterator[None]:
    yield
    set_num_threads(10_000)


@pytest.mark.usefixtures("_all_threads_afterwards")
@settings(few, max_examples=5)
@given(seeds, st.integers(33, 200))
def test_the_number_of_threads_changes_no_bit(seed: int, num_worlds: int) -> None:
    actions, flights = np.random.default_rng(seed).uniform(-1.0, 1.0, (4, num_worlds, 4, 2)), []
    for num_threads in (1, 2):
        set_num_threads(num_threads)
        batch = AirspaceBatch(chosen(), num_worlds, seed, discount=0.97)
        batch.reset()
        for action in actions:
            batch.step(action)
        flights.append(batch.worlds.records.tobytes() + batch.worlds.observation.tobytes())
    assert flights[0] == flights[1]


@few
@given(seeds, st.integers(1, 6), st.integers(1, 4), st.sampled_from(sorted(NEIGHBOUR)))
def test_neighbours_are_the_nearest_and_come_nearest_first(seed: int, count: int, seen: int, layout: str) -> None:
    rng = np.random.default_rng(seed)
    batch = begin([near_waypoints(rng, count)], chosen(observation={"layout": layout, "num_neighbours": seen}))
    batch.step(rng.uniform(-1.0, 1.0, (1, count, 2)))
    position, heading = batch.worlds.position[0], np.radians(batch.worlds.heading[0])
    place, width = NEIGHBOUR[layout].index("position_forward"), len(NEIGHBOUR[layout])
    for a in range(count):
        apart = np.delete(position, a, axis=0) - position[a]
        forward = apart @ np.array([np.sin(heading[a]), np.cos(heading[a])])
        right = apart @ np.array([np.cos(heading[a]), -np.sin(heading[a])])
        nearest = np.argsort(np.hypot(forward, right))[:seen]
        fields = batch.worlds.observation[0, a, 6 : 6 + seen * width].reshape(seen, width)[
            : len(nearest), place : place + 2
        ]
        np.testing.assert_allclose(fields * 15.0, np.column_stack([forward, right])[nearest], rtol=0.0, atol=1e-4)


@few
@given(st.floats(0.0, 60.0), st.lists(st.floats(25.0, 75.0), min_size=3, max_size=3), st.permutations(range(4)))
def test_neighbours_equally_far_are_ordered_clockwise_from_the_nose(
    first: float, gaps: list[float], order: list[int]
) -> None:
    around = first + np.cumsum([0.0, *gaps])  # gaps of 25 degrees are 5.2 NM here
    spread = 12.0 * np.stack([np.sin(np.radians(around)), np.cos(np.radians(around))], -1)[order]
    rows = [(0.0, 0.0, 0.0, 0.0, 90.0), *((*point, 0.0, 0.0, 90.0) for point in spread)]
    batch = begin(
        [traffic(*rows, cas_kt=250.0, alt_ft=10_000.0)],
        chosen(observation={"layout": "relative_cpa", "num_neighbours": 4}),
    )
    forward, right = batch.worlds.observation[0, 0, 6:].reshape(4, 7)[:, 1:3].T
    np.testing.assert_allclose(np.degrees(np.arctan2(right, forward)) % 360.0, around, rtol=0.0, atol=1e-3)


any_number = st.floats(allow_nan=False, allow_infinity=False)
place = st.one_of(st.floats(-FARTHEST_NM, FARTHEST_NM), st.floats(-50.0, 50.0))
row = st.tuples(place, place, any_number, place, place)
limits = st.sampled_from([lambda kind: kind.cas_min_kt, lambda kind: kind.cas_max_kt, lambda kind: 1e-300])


@few
@given(
    st.lists(row, min_size=1, max_size=3),
    st.lists(st.tuples(any_number, any_number), min_size=3, max_size=3),
    st.sampled_from(TYPES),
    limits,
    st.sampled_from([0.0, 150.0]),
    time_limits,
)
def test_any_finite_input_gives_finite_numbers(
    rows: list, actions: list, kind: str, limit: Any, wind_kt: float, time_limit: str
) -> None:
    with np.errstate(over="ignore", invalid="ignore"):
        assume(not close_starts(np.array(rows)[:, :2]))
    cas_kt, count = limit(AIRCRAFT_TYPES_10000FT[kind]), len(rows)
    scenario = traffic(*rows, cas_kt=cas_kt, alt_ft=10_000.0)
    scenario = Scenario(**{**vars(scenario), "types": (kind,) * count})
    batch = begin(
        [scenario],
        chosen(wind={"speed_kt": wind_kt, "from_deg": 100.0}, episode={"time_limit": time_limit, "max_steps": 3}),
    )
    for _ in range(3):
        batch.step(np.array(actions)[None, :count])
        for field in ("observation", "reward", "reward_parts", "position", "heading", "tas", "cas", "drift"):
            assert np.isfinite(getattr(batch.worlds, field)).all(), field
        assert np.abs(batch.worlds.observation).max() <= 10.0
