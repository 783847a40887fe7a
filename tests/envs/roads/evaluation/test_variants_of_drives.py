"""Facts about variants of a junction: the same cars on the same routes, a little earlier, later, slower or faster."""

from __future__ import annotations

import numpy as np

from envs.ground import doors
from envs.roads.evaluation.settings import Jitter
from envs.roads.evaluation.variants import vary
from envs.roads.simulation.settings import STEP_S

SUITE = doors.scenarios("roads").suite()["four_from_all_sides"]


def test_entries_and_speeds_move_within_their_bounds_and_all_else_stays() -> None:
    jitter, changed = Jitter(entry_s=1.0, speed_share=0.1), 0
    for seed in range(20):
        found = vary(SUITE, jitter, np.random.default_rng(seed))
        place = [found.ids.index(name) for name in SUITE.ids]
        steps = found.entry_step[place] - SUITE.entry_step
        assert np.abs(steps).max() <= round(1.0 / STEP_S)
        assert found.entry_step.min() >= 0
        assert (np.diff(found.entry_step) >= 0).all()
        ratio = found.speed_mps[place] / SUITE.speed_mps
        assert (np.abs(ratio - 1.0) <= 0.1).all()
        for name in ("route", "s_m", "length_m", "width_m"):
            np.testing.assert_array_equal(getattr(found, name)[place], getattr(SUITE, name))
        changed += bool(steps.any()) and bool((ratio != 1.0).any())
    assert changed >= 15


def test_without_jitter_it_is_the_same_and_a_seed_decides_it() -> None:
    same = vary(SUITE, Jitter(entry_s=0.0, speed_share=0.0), np.random.default_rng(0))
    np.testing.assert_array_equal(same.entry_step, SUITE.entry_step)
    np.testing.assert_array_equal(same.speed_mps, SUITE.speed_mps)
    one, other = (vary(SUITE, Jitter(entry_s=1.0, speed_share=0.1), np.random.default_rng(4)) for _ in range(2))
    assert one.digest() == other.digest()
