"""Facts about the traffic that evaluate draws for itself."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

from envs.airspace.evaluation.axes import axes, by_density, by_number
from envs.airspace.evaluation.room import EVALUATION
from envs.airspace.evaluation.settings import EvaluationSettings, Numbers, SectorTraffic
from envs.airspace.simulation.room import SIMULATION
from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground.play import Episodes, Space
from envs.ground.steering import Nothing
from pipeline.evaluation.measuring import Contestant, play_measured
from pipeline.settings.params import read_params
from pipeline.settings.worlds import evaluation_settings

AIRSPACE = AirspaceSettings.from_values(
    {
        "procedural": {"held_out": {"num_aircraft": [3]}, "cas_kt": {"low": 250.0, "high": 250.0}},
        "sector": {"radius_nm": 12.0, "warm_up_s": 100.0},
    }
)
SECTOR = SectorTraffic(densities_per_10000_nm2=(20.0, 50.0), flight_hours=2.0, counted_s=295.0)


SETTINGS = evaluation_settings(read_params(ROOT / "params.yaml"), "airspace")
NUMBERS = Numbers(num_aircraft=(2, 3), num_episodes=20)


def wanted(**changes) -> EvaluationSettings:
    return SETTINGS.model_copy(update={"numbers": NUMBERS, "sector": SECTOR} | changes)


def play(settings: AirspaceSettings, count: int, room: int = 0):
    airspace, seeds = Space(SIMULATION, settings, (), 0.97, room=room), np.arange(count, dtype=np.uint64)
    return play_measured(airspace, Episodes.drawn(seeds), Contestant("hold", Nothing()), EVALUATION, 512).episodes


def test_there_is_an_axis_by_number_and_one_by_density() -> None:
    number, density = axes(AIRSPACE, wanted())
    assert [number.set_name(place) for place in number.sets] == ["aircraft_2", "aircraft_3"]
    assert [density.set_name(place) for place in density.sets] == ["density_20", "density_50"]
    figures = {figure.name for figure in EVALUATION.figures}
    assert {number.figure, density.figure} == {"los_rate", "los_per_flight_hour"} <= figures


def test_a_set_by_number_has_exactly_so_many_aircraft_also_what_training_holds_out() -> None:
    sets = by_number(AIRSPACE, wanted()).sets
    assert {place: count for place, (_, count) in sets.items()} == {2.0: 20, 3.0: 20}
    assert {place: SIMULATION.room(settings) for place, (settings, _) in sets.items()} == {2.0: 2, 3.0: 3}
    for place, (settings, count) in sets.items():
        assert set(play(settings, count)["num_agents"]) == {int(place)}


def test_a_sector_counts_so_long_after_its_warm_up() -> None:
    found, _ = by_density(AIRSPACE, SECTOR).sets[50.0]
    assert (found.traffic, found.episode.after_arrival) == ("sector", "leave")
    assert (found.sector.density_per_10000_nm2, found.episode.max_steps) == (50.0, 10 + 30)


@pytest.mark.parametrize("density", [20.0, 50.0])
def test_there_are_as_many_sectors_as_the_flight_hours_take(density: float) -> None:
    """Counted hours of straight flight; in so small sectors numbers of aircraft are rounded, upwards for the lesser."""
    found = by_density(AIRSPACE, SECTOR.model_copy(update={"flight_hours": 30.0})).sets[density]
    assert 30.0 <= play(*found)["flight_hours"].sum() < 45.0


def test_more_aircraft_than_there_is_room_for_are_refused_by_name() -> None:
    many = SectorTraffic(densities_per_10000_nm2=(5000.0,), flight_hours=1.0, counted_s=3600.0)
    with pytest.raises(ValueError, match=r"^sector\.densities_per_10000_nm2 5000.*aircraft would enter"):
        by_density(AIRSPACE, many)


def test_room_that_nobody_uses_changes_no_figure() -> None:
    """The simulator's arrays are larger, and fewer worlds fly together."""
    settings, _ = by_density(AIRSPACE, SECTOR).sets[20.0]
    pd.testing.assert_frame_equal(play(settings, 6), play(settings, 6, room=16))
