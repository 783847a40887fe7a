"""Facts about the example of docs/worlds.md: it keeps PettingZoo's rules, and is seen as the page says."""

from __future__ import annotations

import numpy as np
from pettingzoo.test import parallel_api_test

from envs.ground.defaults import Random
from envs.ground.doors import simulation
from envs.ground.play import Episodes, Played, Space, play
from envs.ground.world import Planes

ROOM = simulation("pettingzoo")
SETTINGS = ROOM.settings.from_values(
    {"module": "examples/gather.py", "max_steps": 60, "outcomes": {"brought": {"kind": "share"}}}
)


def played() -> Played:
    return play(Space(ROOM, SETTINGS), Episodes.drawn(np.arange(20, dtype=np.uint64)), Random(), record=range(20))


def test_it_is_a_pettingzoo_environment() -> None:
    parallel_api_test(ROOM.environment(SETTINGS), num_cycles=300)


def test_it_has_images_and_two_roles_of_which_one_chooses_among_more() -> None:
    assert ROOM.planes(SETTINGS) == Planes(first=0, channels=3, height=8, width=8)
    assert ROOM.features(SETTINGS)[-3:] == ("seen_191", "is_gatherer", "is_cart")
    batch = ROOM.batch(SETTINGS, 1)
    batch.begin(np.array([0]), np.array([-1]), np.array([0], np.uint64))
    allowed = batch.allowed()
    assert allowed is not None
    assert allowed.sum(2).tolist() == [[5, 5, 9]]


def test_a_gatherer_that_has_brought_its_fruit_leaves_while_the_others_go_on() -> None:
    found = played()
    brought = (found.episodes["brought"] * 2).astype(int)
    assert {0, 1} <= set(brought)
    for episode, frames in found.recordings.items():
        before_the_last = frames[frames["step"] == frames["step"].max() - 1].set_index("agent")["active"]
        assert before_the_last["cart"]
        if brought[episode] < 2:
            assert (~before_the_last).sum() == brought[episode]


def test_the_same_seeds_give_the_same_episodes() -> None:
    assert played().episodes.equals(played().episodes)


def test_it_draws_itself() -> None:
    assert bytes(played().recordings[0]["frame"].iloc[0]).startswith(b"\x89PNG")
