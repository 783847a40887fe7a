"""Plans, their tracks, and which of them go together: by hand, and against what the batch says."""

from __future__ import annotations

import numpy as np
import pytest

from envs.airspace.scenarios.joint_plans import clear_share, find_combination, first_losses
from envs.airspace.scenarios.plan_tracks import Tracks, fly_tracks
from envs.airspace.scenarios.plans import FlyPlans, draw_plans, vary_plan
from envs.airspace.scenarios.settings import PlanBounds
from envs.airspace.scenarios.suite import SUITE
from envs.airspace.simulation.room import SIMULATION
from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground.play import Episodes, Space, play
from tests.envs.airspace.simulation.worlds_by_hand import world

BOUNDS = PlanBounds(max_angle_deg=80.0, max_first_step=30, max_steps_aside=30, max_speed_change_kt=60.0)
RNG = np.random.default_rng


def airspace(*names: str, **settings: object) -> Space:
    chosen = tuple(SUITE[name] for name in names)
    return Space(SIMULATION, AirspaceSettings.from_values(settings), chosen, 0.97)


def flown(steps: int, plan: tuple[float, float, float, float]) -> tuple[list[float], list[float]]:
    """Headings and speeds after each step of an aircraft at 360 kt, 360 kt limit, that flies north to its waypoint."""
    actions = {"max_heading_change_deg": 90.0, "max_speed_change_kt": 60.0}
    batch = world((0.0, 0.0, 0.0, 0.0, 90.0), actions=actions)
    steering = FlyPlans(np.array([[plan]]))
    steering.begin(batch, 0)
    headings, speeds = [], []
    for _ in range(steps):
        batch.step(steering.steer(batch, None))
        headings.append(round(float(batch.worlds.heading[0, 0]), 3))
        speeds.append(float(batch.worlds.cas[0, 0]))
    return headings, speeds


def test_a_plan_turns_aside_from_a_step_on_for_some_steps_and_then_back() -> None:
    headings, speeds = flown(6, (10.0, 2.0, 3.0, 0.0))
    assert headings[:5] == [0.0, 0.0, 10.0, 10.0, 10.0]
    assert headings[5] == pytest.approx(360.0 - 0.35, abs=0.1)  # back to the waypoint, 0.5 NM aside at 84 NM
    assert speeds == [360.0] * 6


def test_a_plan_changes_the_speed_from_the_start_on() -> None:
    headings, speeds = flown(4, (0.0, 0.0, 0.0, -30.0))
    assert headings == [0.0] * 4
    assert speeds == pytest.approx([340.0, 330.0, 330.0, 330.0])


def test_drawn_plans_fill_the_bounds_and_count_whole_steps() -> None:
    plans = draw_plans(RNG(0), 4000, 2, BOUNDS)
    assert plans.shape == (4000, 2, 4)
    assert plans.min((0, 1)) == pytest.approx([-80.0, 0.0, 0.0, -60.0], abs=0.5)
    assert plans.max((0, 1)) == pytest.approx([80.0, 30.0, 30.0, 60.0], abs=0.5)
    assert (plans[..., 1:3] == np.rint(plans[..., 1:3])).all()


def test_varied_plans_stay_near_and_within_the_bounds() -> None:
    plan = np.array([[70.0, 0.0, 10.0, 0.0]])
    varied = vary_plan(RNG(0), 2000, plan, BOUNDS)
    assert np.median(varied, 0)[0] == pytest.approx(plan[0], abs=3.0)
    assert (varied.max((0, 1)) <= [80.0, 30.0, 30.0, 60.0]).all()
    assert (varied.min((0, 1)) >= [-80.0, 0.0, 0.0, -60.0]).all()


def test_tracks_are_those_of_the_recording() -> None:
    sky = airspace("cross_3p1", "head_on")
    episodes = Episodes.of_scenarios([0, 1], 1, 0)
    plans = [draw_plans(RNG(n), 3, SUITE[name].num_aircraft, BOUNDS) for n, name in enumerate(("cross_3p1", "head_on"))]
    tracks = list(fly_tracks(sky, episodes, plans, worlds_per_block=4))
    assert [track.position_nm.shape for track in tracks] == [(3, 4, 101, 2), (3, 2, 101, 2)]
    for p in range(3):
        steering = FlyPlans(plans[0][p : p + 1])
        recording = play(sky, episodes.take(slice(0, 1)), steering, record=[0]).recordings[0]
        last = recording["step"].max()
        places = recording[["east_nm", "north_nm"]].to_numpy().reshape(last + 1, 4, 2)
        assert tracks[0].position_nm[p, :, : last + 1] == pytest.approx(places.transpose(1, 0, 2), abs=1e-4)
        arrived = recording[recording["arrived"]].groupby("agent", sort=False)["step"].min()
        assert sorted(tracks[0].arrival_step[p].tolist()) == sorted(arrived.tolist())


def test_after_the_last_arrival_tracks_go_straight_on_with_the_wind() -> None:
    sky = airspace("chase_4all", wind={"from_deg": 270.0, "speed_kt": 36.0})
    track = next(fly_tracks(sky, Episodes.of_scenarios([0], 1, 0), [np.zeros((1, 4, 4))], 8))
    first, last = track.arrival_step[0, 3], track.arrival_step.max()
    assert first + 5 < last < 90  # the leader flies on in the batch for a while, then the track goes on by itself
    moves = np.diff(track.position_nm[0, 3, first:], axis=0)
    assert moves == pytest.approx(np.broadcast_to(moves[:1], moves.shape), abs=1e-4)


def by_hand(*north_nm: tuple[float, ...], arrival_step: tuple[int, ...]) -> Tracks:
    """One plan each, due north or south, one position per step, 1 NM beside each other."""
    places = np.zeros((1, len(north_nm), len(north_nm[0]), 2), np.float32)
    places[0, :, :, 1] = north_nm
    return Tracks(np.zeros((1, len(north_nm), 4)), places, np.array([arrival_step]))


def test_the_first_loss_is_the_step_in_which_a_pair_comes_below_5_nm() -> None:
    tracks = by_hand((0.0, 3.0, 6.0, 9.0), (14.0, 11.0, 8.0, 5.0), arrival_step=(4, 4))
    assert first_losses(tracks, leave=False)[0, 1, 0, 0] == 2  # 14 NM, 8, and 2 at the end of the second step
    assert first_losses(tracks, leave=False, margin_nm=3.5)[0, 1, 0, 0] == 1
    apart = by_hand((0.0, 3.0, 6.0, 9.0), (14.0, 17.0, 20.0, 23.0), arrival_step=(4, 4))
    assert first_losses(apart, leave=False)[0, 1, 0, 0] == 4


def test_passing_within_a_step_is_a_loss() -> None:
    tracks = by_hand((0.0, 10.0), (10.0, 0.0), arrival_step=(1, 1))
    assert first_losses(tracks, leave=False)[0, 1, 0, 0] == 1


def test_an_aircraft_that_has_left_is_no_loss() -> None:
    tracks = by_hand((0.0, 3.0, 6.0, 9.0), (14.0, 11.0, 8.0, 5.0), arrival_step=(1, 4))
    assert first_losses(tracks, leave=True)[0, 1, 0, 0] == 4
    assert first_losses(tracks, leave=False)[0, 1, 0, 0] == 2


def test_a_loss_after_the_last_arrival_does_not_count_and_one_before_it_does() -> None:
    early = by_hand((0.0, 3.0, 6.0, 9.0), (14.0, 11.0, 8.0, 5.0), arrival_step=(1, 1))
    late = by_hand((0.0, 3.0, 6.0, 9.0), (14.0, 11.0, 8.0, 5.0), arrival_step=(1, 2))
    never = by_hand((0.0, 3.0, 6.0, 9.0), (14.0, 17.0, 20.0, 23.0), arrival_step=(1, 4))
    for tracks, conflicts in ((early, 0), (late, 1), (never, 4)):
        losses = first_losses(tracks, leave=False)
        assert find_combination(tracks, losses, RNG(0), tries=1)[1] == conflicts
        assert clear_share(tracks, losses, RNG(0), 99) == pytest.approx((99.5 if conflicts == 0 else 0.5) / 100)


def test_a_combination_is_found_where_there_is_just_one() -> None:
    """Three aircraft with eight plans each, of which exactly one triple does not conflict."""
    losses = np.full((3, 3, 8, 8), 1, np.int32)
    for a, b, p, q in ((0, 1, 5, 2), (0, 2, 5, 7), (1, 2, 2, 7)):
        losses[a, b, p, q] = 11
    tracks = Tracks(np.zeros((8, 3, 4)), np.zeros((8, 3, 11, 2), np.float32), np.full((8, 3), 4))
    chosen, conflicts = find_combination(tracks, losses, RNG(0), tries=200)
    assert (chosen.tolist(), conflicts) == ([5, 2, 7], 0)


def test_of_clear_combinations_that_with_early_arrivals_is_taken() -> None:
    arrival_step = np.array([[9, 9], [3, 9], [9, 2], [9, 9]])
    tracks = Tracks(np.zeros((4, 2, 4)), np.zeros((4, 2, 11, 2), np.float32), arrival_step)
    chosen, conflicts = find_combination(tracks, np.full((2, 2, 4, 4), 11, np.int32), RNG(0), tries=3)
    assert (chosen.tolist(), conflicts) == ([1, 2], 0)


@pytest.mark.parametrize("name", ["head_on", "cross_2x2", "merge_2x2"])
@pytest.mark.parametrize("after_arrival", ["continue", "leave"])
def test_the_share_of_clear_joint_plans_is_that_of_flights_in_the_batch(name: str, after_arrival: str) -> None:
    sky, count = airspace(name, episode={"after_arrival": after_arrival}), SUITE[name].num_aircraft
    table = play(sky, Episodes.of_scenarios([0], 600, 0), FlyPlans(draw_plans(RNG(1), 600, count, BOUNDS))).episodes
    in_batch = (~table["los"] & table["all_arrived"]).mean()
    tracks = next(fly_tracks(sky, Episodes.of_scenarios([0], 1, 0), [draw_plans(RNG(2), 100, count, BOUNDS)], 100))
    share = clear_share(tracks, first_losses(tracks, after_arrival == "leave"), RNG(3), 20_000)
    assert share == pytest.approx(in_batch, abs=0.08)


def test_joint_plans_are_clear_on_tracks_just_where_they_are_in_the_batch() -> None:
    sky, count = airspace("cross_4all"), 4
    plans = draw_plans(RNG(5), 300, count, BOUNDS)
    tracks = next(fly_tracks(sky, Episodes.of_scenarios([0], 1, 0), [plans], 300))
    losses = first_losses(tracks, leave=False)
    table = play(sky, Episodes.of_scenarios([0], 300, 0), FlyPlans(plans)).episodes
    last = np.minimum(tracks.arrival_step.max(1), 100)
    own = losses[:, :, np.arange(300), np.arange(300)]
    lost = np.array([(own[:, :, p][np.triu_indices(count, 1)] <= last[p]).any() for p in range(300)])
    close_call = np.abs(table["min_separation_nm"].to_numpy() - 5.0) < 0.1
    assert (lost == table["los"].to_numpy())[~close_call].all()
    assert close_call.mean() < 0.1
    assert 0.0 < lost.mean() <= 1.0
