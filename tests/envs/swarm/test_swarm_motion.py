"""Discs: forces, friction, pushes, carrying together; they never overlap, and no energy comes from nowhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planes_by_hand import act, batch_of, scenario

from envs.swarm.simulation.batch import SwarmBatch
from envs.swarm.simulation.compiled.choosing import KINDS
from envs.swarm.simulation.settings import TICKS_PER_STEP, SwarmSettings

ALONE = scenario([(30.0, 30.0)])


def test_a_push_against_friction_gives_the_speed_of_the_formula() -> None:
    batch, speed = batch_of(ALONE), 0.0
    for _ in range(3):
        act(batch, (1.0, 0.0, 0.0))
        for _ in range(TICKS_PER_STEP):
            speed = (speed + 8.0 / 1.0 * 0.1) / (1.0 + 2.0 / 1.0 * 0.1)
    assert batch.worlds.vx_mps[0, 0] == pytest.approx(speed)
    assert batch.worlds.vy_mps[0, 0] == 0.0


def test_a_push_is_no_stronger_aslant() -> None:
    straight, aslant = batch_of(ALONE), batch_of(ALONE)
    act(straight, (1.0, 0.0, 0.0))
    act(aslant, (1.0, 1.0, 0.0))
    speed = np.hypot(aslant.worlds.vx_mps[0, 0], aslant.worlds.vy_mps[0, 0])
    assert speed == pytest.approx(straight.worlds.vx_mps[0, 0])


def test_who_is_hit_goes_on_with_who_hit_it_and_momentum_is_kept() -> None:
    batch = batch_of(scenario([(20.0, 30.0), (21.05, 30.2)]), body={"friction_kgps": 1e-9})
    batch.worlds.vx_mps[0, 0], batch.worlds.mass_kg[0, 1] = 3.0, 2.0
    act(batch)
    worlds = batch.worlds
    momentum = [float((worlds.mass_kg[0] * speed).sum()) for speed in (worlds.vx_mps[0], worlds.vy_mps[0])]
    assert momentum == pytest.approx([3.0, 0.0], abs=1e-8)
    across = np.array([worlds.x_m[0, 1] - worlds.x_m[0, 0], worlds.y_m[0, 1] - worlds.y_m[0, 0]])
    apart = np.array([worlds.vx_mps[0, 1] - worlds.vx_mps[0, 0], worlds.vy_mps[0, 1] - worlds.vy_mps[0, 0]])
    assert across @ apart >= -1e-9
    assert worlds.vx_mps[0, 1] > 0.0


def test_an_obstacle_is_slid_along_and_a_wall_stops() -> None:
    batch = batch_of(scenario([(26.0, 30.4), (58.0, 5.0)], obstacles=((30.0, 30.0, 2.0),)))
    for _ in range(12):
        act(batch, (1.0, 0.0, 0.0), (1.0, 0.0, 0.0))
    assert batch.worlds.x_m[0, 0] > 33.0
    assert batch.worlds.x_m[0, 1] == pytest.approx(59.5)
    assert batch.worlds.vx_mps[0, 1] == 0.0


def test_what_needs_two_carriers_does_not_move_for_one_and_comes_home_with_two() -> None:
    own = scenario([(29.0, 40.0), (31.0, 40.0)], hives=((30.0, 30.0),), resources=((30.0, 40.0, 20.0, 2),))
    batch = batch_of(own)
    act(batch, (0.0, -1.0, 1.0))
    act(batch, (0.0, -1.0, 1.0))
    assert batch.worlds.y_m[0, 0] == 40.0
    assert batch.worlds.state.resources["y_m"][0, 0] == 40.0
    act(batch, (0.0, -1.0, 1.0), (0.0, -1.0, 1.0))
    speed = 0.0
    for _ in range(TICKS_PER_STEP):  # two pushes; two carriers and as much load; their friction and the load's
        speed = (speed + 2 * 8.0 / 4.0 * 0.1) / (1.0 + (2 * 2.0 + 2 * 1.0) / 4.0 * 0.1)
    assert batch.worlds.vy_mps[0, :2] == pytest.approx([-speed] * 2)
    while not batch.done[0]:
        act(batch, (0.0, -1.0, 1.0), (0.0, -1.0, 1.0))
    assert batch.worlds.over[0]
    assert batch.outcomes()["achieved"][0] == 1.0
    assert batch.worlds.delivered[0, :2].tolist() == [10.0, 10.0]
    assert batch.outcomes()["shared_value"][0] == 20.0


def test_who_lets_go_leaves_the_other_standing() -> None:
    own = scenario([(29.0, 40.0), (31.0, 40.0)], hives=((30.0, 30.0),), resources=((30.0, 40.0, 20.0, 2),))
    batch = batch_of(own)
    act(batch, (0.0, -1.0, 1.0), (0.0, -1.0, 1.0))
    act(batch, (0.0, -1.0, -1.0), (0.0, -1.0, 1.0))
    assert batch.worlds.held[0, :2].tolist() == [-1, 0]
    assert batch.worlds.vy_mps[0, 1] == 0.0
    assert batch.worlds.vy_mps[0, 0] < 0.0


def apart(batch: SwarmBatch) -> float:
    """By how much the nearest two discs, or a disc and a wall, are clear of each other."""
    worlds, radius = batch.worlds, batch.settings.body.radius_m
    alive, discs = worlds.there, worlds.state.obstacles
    place = np.stack([worlds.x_m, worlds.y_m], -1)
    far = np.linalg.norm(place[:, :, None] - place[:, None], axis=-1) - 2.0 * radius
    both = alive[:, :, None] & alive[:, None] & ~np.eye(batch.num_slots, dtype=bool)
    others = np.stack([discs["x_m"], discs["y_m"]], -1)
    blocked = np.linalg.norm(place[:, :, None] - others[:, None], axis=-1) - discs["radius_m"][:, None] - radius
    standing = alive[:, :, None] & (discs["there"][:, None] == 1)
    walls = np.minimum(place, worlds.side_m[:, None, None] - place).min(2) - radius
    free = [np.where(both, far, np.inf).min(), np.where(standing, blocked, np.inf).min()]
    return float(min(*free, np.where(alive, walls, np.inf).min()))


def energy(batch: SwarmBatch) -> np.ndarray:
    """All that there is, was spent and was lost, (W,)."""
    worlds = batch.worlds
    lying = (worlds.state.resources["value"] * worlds.state.resources["there"]).sum(1)
    return worlds.energy.sum(1) + worlds.state.hives["store"].sum(1) + lying + worlds.spent + worlds.lost


CROWDED = SwarmSettings.from_values(
    {
        "arena": {"side_m": {"low": 34.0, "high": 40.0}},
        "hive": {"store": 30.0},
        "health": {"strike_per_s": 40.0, "return_after_s": 1.0},
        "families": {name: {"weight": 0.0} for name in ("skirmish", "raid")},
    }
)


@settings(max_examples=6)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["random", "forage", "assign", "raid"]))
def test_discs_never_overlap_and_energy_is_kept_account_of(seed: int, rule: str) -> None:
    batch = SwarmBatch(CROWDED, 12, seed)
    batch.reset()
    first, rng = energy(batch), np.random.default_rng(seed)
    for _ in range(40):
        chosen = batch.choose(KINDS[rule], 1)
        batch.step(chosen + 0.3 * rng.standard_normal(chosen.shape))
        assert apart(batch) >= 0.0
        assert np.allclose(energy(batch), first, rtol=0.0, atol=1e-8)
