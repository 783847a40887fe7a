"""A world's numbers depend on its seed and its actions only: alone, among others, in threads, and after a break."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from envs.ground.compiled_world.batch import set_num_threads
from envs.ground.world import DRAWN, SPLITS
from envs.roads.simulation.batch import RoadsBatch
from envs.roads.simulation.settings import RoadsSettings

SETTINGS = RoadsSettings.from_values({"num_roads": 8})
NOISY = {"position_noise_m": 0.2, "velocity_noise_mps": 0.3, "dropped_objects": 0.2, "action_delay": 2}
NUM = 40


def seeds(count: int = NUM) -> np.ndarray:
    test = np.uint64(SPLITS["test"]) << np.uint64(62)
    return np.random.default_rng(0).integers(0, 2**62, count, dtype=np.uint64) | test


def drive(batch: RoadsBatch, episodes: np.ndarray, steps: int = 60) -> dict[str, np.ndarray]:
    """Begin and drive drawn episodes by actions that each episode's seed decides."""
    everyone = np.arange(batch.num_worlds)
    batch.begin(everyone, np.full(len(episodes), DRAWN), episodes)
    draws = [np.random.default_rng(int(seed)) for seed in episodes]
    for _ in range(steps):
        batch.step(np.stack([rng.uniform(-1.0, 1.0, (batch.num_slots, 2)) for rng in draws]))
    return batch.get_state()


def of_world(state: dict[str, np.ndarray], world: int) -> dict[str, Any]:
    """All of one world's state but its generator of episodes."""
    record = state["records"][world]
    names = [name for name in state["records"].dtype.names if name != "rng"]
    return {name: record[name].tobytes() for name in names} | {"seen": state["observation"][world].tobytes()}


def same(first: dict[str, np.ndarray], second: dict[str, np.ndarray]) -> bool:
    """Whether two states are the same bits, field by field: what lies between fields is nobody's."""
    names = first["records"].dtype.names
    assert names is not None
    records = all(first["records"][name].tobytes() == second["records"][name].tobytes() for name in names)
    return records and first["observation"].tobytes() == second["observation"].tobytes()


@pytest.mark.parametrize("changes", [{}, {"disturbance": NOISY}])
def test_a_world_is_the_same_bits_alone_and_among_others(changes: dict[str, Any]) -> None:
    settings = SETTINGS.from_values(SETTINGS.model_dump(mode="json") | changes)
    together = drive(RoadsBatch(settings, NUM, 0), seeds())
    for world in (0, 17, NUM - 1):
        alone = drive(RoadsBatch(settings, 1, 5), seeds()[world : world + 1])
        assert of_world(alone, 0) == of_world(together, world)


def test_threads_change_no_bit() -> None:
    found = []
    for threads in (1, 2):
        set_num_threads(threads)
        found.append(drive(RoadsBatch(SETTINGS, NUM, 0), seeds()))
    assert same(*found)


def test_a_batch_goes_on_from_its_state() -> None:
    batch, other = RoadsBatch(SETTINGS, NUM, 0), RoadsBatch(SETTINGS, NUM, 9)
    drive(batch, seeds(), 20)
    other.set_state(batch.get_state())
    actions = np.random.default_rng(1).uniform(-1.0, 1.0, (NUM, batch.num_slots, 2))
    for one in (batch, other):
        for _ in range(10):
            one.step(actions)
        one.reset(np.flatnonzero(one.done))
    assert same(batch.get_state(), other.get_state())


def test_equal_seeds_draw_equal_episodes_and_others_draw_others() -> None:
    drawn = []
    for seed in (0, 0, 1):
        batch = RoadsBatch(SETTINGS, NUM, seed)
        batch.reset()
        drawn.append(batch.episode_seed.copy())
    assert (drawn[0] == drawn[1]).all()
    assert (drawn[0] != drawn[2]).all()


def test_worlds_that_have_ended_stand_still() -> None:
    batch = RoadsBatch(RoadsSettings.from_values({"num_roads": 8, "episode": {"max_steps": 5}}), NUM, 0)
    state = drive(batch, seeds(), 5)
    assert batch.done.all()
    batch.step(np.ones((NUM, batch.num_slots, 2)))
    assert same(state, batch.get_state())


def test_outcomes_tell_what_became_of_the_cars() -> None:
    batch = RoadsBatch(SETTINGS, NUM, 0)
    batch.begin(np.arange(NUM), np.full(NUM, DRAWN), seeds())
    while not batch.done.all():
        batch.step(np.zeros((NUM, batch.num_slots, 2)))
    found = batch.outcomes()
    lost = found["collided"] + found["off_road"] + found["ran_red"]
    assert ((lost > 0.0) == found["failed"]).all()
    assert (found["arrived"] + lost <= 1.0 + 1e-9).all()
    assert found["failed"].any()
    assert (found["arrived"] > 0.0).any()
    parts = [found[name] for name in found if name.startswith("reward_")]
    assert found["return"] == pytest.approx(np.sum(parts, 0))


def test_who_does_not_respond_drives_as_if_it_were_alone() -> None:
    settings = RoadsSettings.from_values(
        {"num_roads": 8, "cars": {"min_cars": 1, "max_cars": 1}, "disturbance": {"responds": False}}
    )
    batch = RoadsBatch(settings, NUM, 0)
    batch.begin(np.arange(NUM), np.full(NUM, DRAWN), seeds())
    while not batch.done.all():
        batch.step(np.full((NUM, batch.num_slots, 2), -1.0))
    found = batch.outcomes()
    assert (found["off_road"] == 0.0).all()
    assert (found["arrived"] + found["ran_red"] == 1.0).all()  # nobody else is there, but lights are


def test_late_actions_are_done_late() -> None:
    batch = RoadsBatch(RoadsSettings.from_values({"num_roads": 8, "disturbance": {"action_delay": 2}}), NUM, 0)
    batch.begin(np.arange(NUM), np.full(NUM, DRAWN), seeds())
    commanded = []
    for size in (1.0, 0.5, 0.0):
        batch.step(np.full((NUM, batch.num_slots, 2), size))
        commanded.append(batch.applied_action[:, 0, 0].copy())
    assert (np.array(commanded) == np.array([0.0, 0.0, 3.0])[:, None]).all()


def test_no_world_is_refused() -> None:
    with pytest.raises(ValueError, match="num_worlds: got 0, wanted 1 or more"):
        RoadsBatch(SETTINGS, 0, 0)
