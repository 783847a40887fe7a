"""Rules that look at the worlds' state steer through the same normalised actions and limits as a policy."""

from __future__ import annotations

import numpy as np
import pytest

from envs.airspace.baselines.direct import Direct, course_deg, towards, turn_radius_nm
from envs.airspace.scenarios.suite import SUITE
from envs.airspace.simulation.batch import AirspaceBatch
from envs.airspace.simulation.room import SIMULATION
from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground.play import Episodes, Space, play
from envs.ground.steering import ByObservation, Nothing, as_steering
from tests.envs.airspace.simulation.worlds_by_hand import traffic, world


@pytest.mark.parametrize(
    ("waypoint", "action"),
    [((0.0, 40.0), 0.0), ((40.0, 40.0), 1.0), ((-40.0, 40.0), -1.0), ((40.0 * np.tan(np.radians(9.0)), 40.0), 0.5)],
    ids=["ahead", "45 degrees right", "45 degrees left", "9 degrees right"],
)
def test_direct_turns_to_the_waypoint_within_the_limits(waypoint: tuple[float, float], action: float) -> None:
    batch = world((0.0, 0.0, 0.0, *waypoint))
    assert Direct().steer(batch, None)[0, 0] == pytest.approx([action, 0.0])


def test_turns_go_the_short_way_round() -> None:
    batch = world((0.0, 0.0, 350.0, 0.0, 40.0))
    assert towards(batch, np.full((1, 1), 359.0), batch.worlds.cas)[0, 0, 0] == pytest.approx(0.5)
    assert towards(batch, np.full((1, 1), 8.0), batch.worlds.cas)[0, 0, 0] == pytest.approx(1.0)
    assert towards(batch, np.full((1, 1), -19.0), batch.worlds.cas)[0, 0, 0] == pytest.approx(-0.5)


def test_speeds_are_asked_for_in_shares_of_10_kt() -> None:
    batch = world((0.0, 0.0, 0.0, 0.0, 40.0))
    for cas_kt, action in ((365.0, 0.5), (300.0, -1.0), (358.0, -0.2)):
        assert towards(batch, batch.worlds.heading, np.full((1, 1), cas_kt))[0, 0] == pytest.approx([0.0, action])


def test_the_turning_circle_at_360_kt_has_a_radius_of_4_nm() -> None:
    """185.2 m/s: 185.2^2 / (9.80665 * tan 25 degrees) = 34299 / 4.57291 = 7500.5 m."""
    assert turn_radius_nm(np.array(360.0)) == pytest.approx(7500.5 / 1852.0, abs=1e-3)


def test_a_waypoint_inside_the_turning_circle_is_not_circled_for_ever() -> None:
    rows = ((0.0, 0.0, 0.0, 4.0, 0.0), (50.0, 0.0, 0.0, 58.0, 0.0))  # 4 NM aside: the centre; 8 NM: on the circle
    batch = world(*rows)
    assert course_deg(batch)[0] == pytest.approx([0.0, 90.0])
    direct = Direct()
    while not batch.worlds.done.all():
        batch.step(direct.steer(batch, None))
    assert batch.worlds.arrived.all()


def test_direct_arrives_from_any_heading_at_any_distance() -> None:
    rng = np.random.default_rng(0)
    rows = [(0.0, 0.0, rng.uniform(0, 360), *rng.uniform(-25, 25, 2)) for _ in range(150)]
    rows = [row for row in rows if np.hypot(*row[3:]) > 1.0]
    starts = tuple(traffic(row, cas_kt=250.0, alt_ft=10_000.0, name=f"{n}") for n, row in enumerate(rows))
    flown = play(
        Space(SIMULATION, AirspaceSettings(), starts, 0.97),
        Episodes.of_scenarios(range(len(rows)), 1, 0),
        Direct(),
    ).episodes
    assert flown["all_arrived"].all()


def test_a_policy_that_sees_observations_and_steering_fly_the_same() -> None:
    class Nobody:
        memory_size = 0

        def act(self, obs: np.ndarray, noise: np.ndarray | None, allowed: np.ndarray | None = None) -> np.ndarray:
            return np.zeros((len(obs), 2))

    airspace = Space(SIMULATION, AirspaceSettings(), tuple(SUITE.values()), 0.97)
    episodes = Episodes.of_scenarios(range(14), 1, 0)
    assert isinstance(as_steering(Nobody()), ByObservation)
    assert play(airspace, episodes, Nothing()).episodes.equals(play(airspace, episodes, Nobody()).episodes)


def test_steering_is_told_which_episodes_a_block_flies_and_cannot_move_the_inactive() -> None:
    class Watching(Direct):
        begun: list[tuple[int, int]]

        def begin(self, batch: AirspaceBatch, first: int) -> None:
            self.begun = [*getattr(self, "begun", []), (first, batch.num_worlds)]

        def steer(self, batch: AirspaceBatch, noise: np.ndarray | None) -> np.ndarray:
            return np.repeat(np.where(batch.worlds.active, 0.0, 1.0)[..., None], 2, -1)

    airspace = Space(SIMULATION, AirspaceSettings(), (SUITE["chase_4all"],), 0.97)
    steering = Watching()
    flown = play(airspace, Episodes.of_scenarios([0], 5, 0), steering, record=[0], worlds_per_block=2)
    assert steering.begun == [(0, 2), (2, 2), (4, 1)]
    assert (flown.recordings[0]["heading_deg"] == 0.0).all()
    assert (flown.recordings[0]["action_heading"] == 0.0).all()
