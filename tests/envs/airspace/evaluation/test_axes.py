"""Facts about the traffic that evaluate draws for itself."""

from __future__ import annotations

import numpy as np
import pytest
from pipeline.evaluation.drawn_traffic import by_density, by_number

from envs.airspace.simulation.room import SIMULATION
from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground.play import Episodes, Space
from envs.ground.steering import Nothing
from envs.ground.world import SPLITS
from pipeline.evaluation.measuring import Pilot, fly_measured
from pipeline.ground.checks import ParamsError
from pipeline.settings.evaluate import Numbers, SectorTraffic

AIRSPACE = AirspaceSettings.from_values(
    {
        "procedural": {"held_out": {"num_aircraft": [3]}, "cas_kt": {"low": 250.0, "high": 250.0}},
        "sector": {"radius_nm": 12.0, "warm_up_s": 100.0},
    }
)
SECTOR = SectorTraffic(densities_per_10000_nm2=(20.0, 50.0), flight_hours=2.0, counted_s=295.0)


def play(found, episodes: Episodes):
    airspace = Space(SIMULATION, found.settings, (), 0.97, room=found.room)
    return fly_measured(airspace, episodes, Pilot("hold", Nothing()), 512).episodes


def test_a_set_by_number_has_exactly_so_many_aircraft_also_what_training_holds_out() -> None:
    sets = by_number(AIRSPACE, Numbers(num_aircraft=(2, 3), num_episodes=20), 0)
    assert {name: len(found.seeds) for name, found in sets.items()} == {"aircraft_2": 20, "aircraft_3": 20}
    assert {found.room for found in sets.values()} == {3}
    for name, found in sets.items():
        flown = play(found, Episodes.drawn(found.seeds))
        assert set(flown["num_agents"]) == {int(name[-1])}


def test_sets_are_of_the_test_split_and_share_no_episode() -> None:
    sets = by_number(AIRSPACE, Numbers(num_aircraft=(2, 3), num_episodes=20), 0) | by_density(AIRSPACE, SECTOR, 0)
    seeds = np.concatenate([found.seeds for found in sets.values()])
    assert set((seeds >> np.uint64(62)).tolist()) == {SPLITS["test"]}
    assert len(set(seeds.tolist())) == len(seeds)
    again, other = (by_density(AIRSPACE, SECTOR, seed)["density_20"].seeds for seed in (0, 1))
    assert again.tolist() == sets["density_20"].seeds.tolist()
    assert again.tolist() != other.tolist()


def test_a_sector_counts_so_long_after_its_warm_up() -> None:
    found = by_density(AIRSPACE, SECTOR, 0)["density_50"].settings
    assert (found.traffic, found.episode.after_arrival) == ("sector", "leave")
    assert (found.sector.density_per_10000_nm2, found.episode.max_steps) == (50.0, 10 + 30)


@pytest.mark.parametrize("name", ["density_20", "density_50"])
def test_there_are_as_many_sectors_as_the_flight_hours_take(name: str) -> None:
    """Counted hours of straight flight; in so small sectors numbers of aircraft are rounded, upwards for the lesser."""
    found = by_density(AIRSPACE, SECTOR.model_copy(update={"flight_hours": 30.0}), 0)[name]
    assert 30.0 <= play(found, Episodes.drawn(found.seeds))["flight_hours"].sum() < 45.0


def test_more_aircraft_than_there_is_room_for_are_refused_by_name() -> None:
    wanted = SectorTraffic(densities_per_10000_nm2=(5000.0,), flight_hours=1.0, counted_s=3600.0)
    with pytest.raises(ParamsError, match=r"evaluate\.sector\.densities_per_10000_nm2 5000.*aircraft would enter"):
        by_density(AIRSPACE, wanted, 0)


def test_room_that_nobody_uses_changes_no_figure() -> None:
    """The simulator's arrays are larger, and fewer worlds fly together."""
    found = by_density(AIRSPACE, SECTOR, 0)["density_20"]
    few, many = (
        fly_measured(
            Space(SIMULATION, found.settings, (), 0.97, room=room),
            Episodes.drawn(found.seeds[:6]),
            Pilot("hold", Nothing()),
            512,
        ).episodes
        for room in (found.room, 16)
    )
    assert few.equals(many)
