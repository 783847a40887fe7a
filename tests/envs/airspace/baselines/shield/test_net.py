"""What the net below whoever steers promises, and that it changes nothing where nothing is foreseen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.airspace.baselines.shield.compiled.decision import world_of
from envs.airspace.baselines.shield.compiled.records import MOST_STEPS, NO_TARGET, room_for
from envs.airspace.baselines.shield.compiled.tracks import roll_out
from envs.airspace.baselines.shield.net import Net, known_of, limits_of
from envs.airspace.simulation.batch import AirspaceBatch
from envs.airspace.simulation.compiled.lanes import LANES
from envs.airspace.simulation.compiled.worlds import LOSS_NM
from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground import doors
from envs.ground.steering import Nothing
from envs.ground.world import DRAWN
from tests.envs.airspace.simulation.worlds_by_hand import world

few = settings(max_examples=12, deadline=None, derandomize=True)
seeds = st.integers(0, 2**32 - 1)
HEAD_ON = ((0, -18, 0, 0, 18), (0, 18, 180, 0, -18))
APART = ((0, -18, 0, 0, 18), (60, 18, 180, 60, -18))


class Hunters:
    """Everybody turns to whom is nearest and flies as fast as it can: the worst that one may steer below a net."""

    def begin(self, batch: AirspaceBatch, first: int) -> None:
        """See Steering.begin."""

    def steer(self, batch: AirspaceBatch, noise: np.ndarray | None) -> np.ndarray:
        """See Steering.steer."""
        worlds = batch.worlds
        away = worlds.position[:, None] - worlds.position[:, :, None]
        apart = np.where(worlds.present[:, None] & ~np.eye(batch.num_slots, dtype=bool), np.hypot(*away.T).T, np.inf)
        east, north = np.take_along_axis(away, apart.argmin(2)[:, :, None, None], 2)[:, :, 0].transpose(2, 0, 1)
        turn = (np.degrees(np.arctan2(east, north)) - worlds.heading + 180.0) % 360.0 - 180.0
        return np.stack([np.clip(turn / 18.0, -1.0, 1.0), np.ones_like(turn)], -1)


class Wild:
    """Instructions at random, of a world by its number alone."""

    def begin(self, batch: AirspaceBatch, first: int) -> None:
        """See Steering.begin."""
        self._draws = [np.random.default_rng(int(seed)) for seed in batch.episode_seed]

    def steer(self, batch: AirspaceBatch, noise: np.ndarray | None) -> np.ndarray:
        """See Steering.steer."""
        return np.stack([rng.uniform(-1.0, 1.0, (batch.num_slots, 2)) for rng in self._draws])


def drawn(seed: int, num_worlds: int, count: int, **sections: Any) -> AirspaceBatch:
    """Worlds of so many aircraft at the beginning of episodes drawn from a seed."""
    values = {"procedural": {"min_aircraft": count, "max_aircraft": count}} | sections
    batch = AirspaceBatch(AirspaceSettings.from_values(values), num_worlds, 0, discount=0.97)
    which = np.arange(num_worlds)
    batch.begin(
        which, np.full(num_worlds, DRAWN), np.random.default_rng(seed).integers(0, 2**62, num_worlds, np.uint64)
    )
    return batch


def fly(batch: AirspaceBatch, net: Net) -> np.ndarray:
    """Play to the end; whether a plan was in hand after each decision, (T, W)."""
    in_hand = []
    net.begin(batch, 0)
    while not batch.done.all():
        batch.step(net.steer(batch, None))
        in_hand.append(net.in_hand.copy())
    return np.array(in_hand)


def random_actions(seed: int, count: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1.0, 1.0, (1, count, 2))


@few
@given(
    seeds,
    st.integers(2, 4),
    st.sampled_from([Hunters, Wild, Nothing]),
    st.sampled_from(["continue", "leave"]),
    st.integers(0, 3),
    st.sampled_from([0.0, 80.0]),
)
def test_a_plan_in_hand_is_never_lost_nor_is_separation(
    seed: int, count: int, acts: type, after_arrival: str, delay: int, wind_kt: float
) -> None:
    sections = {
        "episode": {"max_steps": 40, "after_arrival": after_arrival},
        "disturbance": {"action_delay": delay},
        "wind": {"from_deg": 70.0, "speed_kt": wind_kt},
    }
    batch = drawn(seed, 6, count, **sections)
    in_hand = fly(batch, Net(acts()))
    covered = in_hand[0]
    assert in_hand[:, covered].all()
    assert (batch.worlds.min_separation[covered] >= LOSS_NM).all()


def test_hunters_lose_separation_without_the_net_and_not_with_it() -> None:
    alone, shielded = drawn(1, 40, 4), drawn(1, 40, 4)
    while not alone.done.all():
        alone.step(Hunters().steer(alone, None))
    in_hand = fly(shielded, Net(Hunters()))
    assert (alone.worlds.min_separation < LOSS_NM).mean() > 0.9
    assert in_hand[0].mean() > 0.9
    assert (shielded.worlds.min_separation[in_hand[0]] >= LOSS_NM).all()


@few
@given(seeds, st.integers(1, 4))
def test_a_roll_out_is_the_flight_itself_bit_for_bit(seed: int, count: int) -> None:
    batch = drawn(seed, 1, count, wind={"from_deg": 10.0, "speed_kt": 40.0})
    for _ in range(seed % 5):
        batch.step(random_actions(seed, count))
    told = random_actions(seed + 1, count)
    tracks = room_for(count)
    tracks.slots[:] = np.arange(count)
    tracks.first[:], tracks.target[:] = told[0, :, :, None], NO_TARGET
    steps = roll_out(tracks, count, world_of(known_of(batch), 0), batch.fleet, limits_of(batch.settings)[0])
    assert 1 <= steps <= MOST_STEPS
    assert tracks.straight.all()
    for step in range(steps):
        batch.step(told if step == 0 else np.zeros_like(told))
        for lane in (0, LANES - 1):
            assert np.array_equal(tracks.position[:, 10 * (step + 1), :, lane], batch.worlds.position[0])


def one_of(batch: AirspaceBatch, w: int) -> AirspaceBatch:
    one = AirspaceBatch(batch.settings, 1, 0, discount=0.97)
    one.begin(np.zeros(1, int), np.full(1, DRAWN), batch.episode_seed[w : w + 1].copy())
    return one


def test_decisions_are_the_same_alone_and_in_company() -> None:
    together = drawn(5, 12, 4)
    fly(together, Net(Hunters()))
    for w in range(0, 12, 5):
        alone = one_of(together, w)
        fly(alone, Net(Hunters()))
        assert np.array_equal(alone.worlds.position[0], together.worlds.position[w])


def test_what_is_wanted_is_told_where_nothing_is_foreseen() -> None:
    batch, net = world(*APART), Net(Wild())
    net.begin(batch, 0)
    wild = Wild()
    wild.begin(batch, 0)
    for _ in range(5):
        wanted = wild.steer(batch, None)
        told = net.steer(batch, None)
        assert np.array_equal(told, wanted)
        batch.step(told)
    assert (net.tally.decisions, net.tally.changed) == (5, 0)


def test_two_that_meet_head_on_are_told_as_late_as_can_be_and_pass_at_5_nm() -> None:
    batch, net = world(*HEAD_ON), Net(Nothing())
    fly(batch, net)
    assert LOSS_NM <= batch.worlds.min_separation[0] < 5.2
    assert 0 < net.tally.changed < net.tally.decisions / 2
    assert net.tally.without_plan == 0


def test_of_two_one_that_does_not_respond_is_flown_around() -> None:
    batch, net = world(*HEAD_ON), Net(Nothing())
    batch.worlds.responds[0, 0] = False
    fly(batch, net)
    assert batch.worlds.min_separation[0] >= LOSS_NM
    assert batch.worlds.position[0, 0, 0] == 0.0


def test_with_lost_reports_nothing_is_promised_and_all_goes_on() -> None:
    batch = drawn(3, 6, 3, disturbance={"dropped_reports": 0.5, "position_noise_nm": 0.2})
    net = Net(Hunters())
    fly(batch, net)
    assert net.tally.changed > 0


def test_a_world_without_a_net_says_so() -> None:
    with pytest.raises(ValueError, match="shield: this world has none"):
        doors.shield("pettingzoo").below(Nothing())
    assert isinstance(doors.shield("airspace").below(Nothing()), Net)
