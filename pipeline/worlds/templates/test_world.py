"""Facts about the world WORLD: it keeps PettingZoo's rules, and its seeds decide everything."""

from __future__ import annotations

import numpy as np
from pettingzoo.test import parallel_api_test

from envs.ground.defaults import Random
from envs.ground.doors import simulation
from envs.ground.play import Episodes, Space, play


def space() -> Space:
    world = simulation("WORLD")
    return Space(world, world.settings())


def test_it_is_a_pettingzoo_environment() -> None:
    world = simulation("WORLD")
    parallel_api_test(world.environment(world.settings()), num_cycles=100)


def test_whole_episodes_are_the_same_by_the_same_seeds() -> None:
    episodes = Episodes.drawn(np.arange(5, dtype=np.uint64))
    first, second = (play(space(), episodes, Random()).episodes for _ in range(2))
    assert first.equals(second)
    assert first["return"].nunique() > 1
