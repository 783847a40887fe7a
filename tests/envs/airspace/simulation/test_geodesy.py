"""Facts about the way between latitude and longitude and a scenario's frame."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs.airspace.simulation.traffic.geodesy import (
    EARTH_RADIUS_NM,
    convergence_deg,
    frame_from_lat_lon,
    lat_lon_from_frame,
)
from envs.airspace.simulation.traffic.scenario import Centre

DRESDEN = Centre(51.0, 13.7, 10_000.0)
CENTRES = st.builds(Centre, st.floats(-80.0, 80.0), st.floats(-180.0, 180.0))
PLACES_NM = st.tuples(st.floats(-350.0, 350.0), st.floats(-350.0, 350.0))


def lat_lon(east_nm: float, north_nm: float, centre: Centre) -> tuple[np.ndarray, np.ndarray]:
    return lat_lon_from_frame(np.array([[east_nm, north_nm]]), centre)


def test_the_centre_is_the_origin() -> None:
    assert frame_from_lat_lon([51.0], [13.7], DRESDEN).tolist() == [[0.0, 0.0]]
    assert [float(angle[0]) for angle in lat_lon(0.0, 0.0, DRESDEN)] == pytest.approx([51.0, 13.7], abs=1e-13)


def test_a_degree_of_latitude_is_60_04_nm_north() -> None:
    assert frame_from_lat_lon([52.0], [13.7], DRESDEN)[0] == pytest.approx([0.0, np.radians(EARTH_RADIUS_NM)], abs=1e-9)
    assert np.radians(EARTH_RADIUS_NM) == pytest.approx(60.04, abs=0.01)


def test_the_other_side_of_the_date_line_is_near() -> None:
    centre = Centre(0.0, 179.5)
    assert frame_from_lat_lon([0.0], [-179.5], centre)[0] == pytest.approx([60.04, 0.0], abs=0.01)
    assert lat_lon(60.04, 0.0, centre)[1] == pytest.approx([-179.5], abs=1e-3)


@given(CENTRES, PLACES_NM)
def test_positions_return_from_a_round_trip(centre: Centre, place: tuple[float, float]) -> None:
    assert frame_from_lat_lon(*lat_lon(*place, centre), centre)[0] == pytest.approx(place, abs=1e-9)


@given(CENTRES, PLACES_NM)
def test_longitudes_and_latitudes_are_in_range(centre: Centre, place: tuple[float, float]) -> None:
    lat_deg, lon_deg = lat_lon(*place, centre)
    assert abs(lat_deg[0]) <= 90.0
    assert abs(lon_deg[0]) <= 180.0


@given(CENTRES, PLACES_NM)
def test_distance_from_the_centre_is_the_great_circle(centre: Centre, place: tuple[float, float]) -> None:
    (lat_deg,), (lon_deg,) = lat_lon(*place, centre)
    lat, lat0, ahead = np.radians([lat_deg, centre.lat_deg, lon_deg - centre.lon_deg])
    haversine = np.sin((lat - lat0) / 2.0) ** 2 + np.cos(lat) * np.cos(lat0) * np.sin(ahead / 2.0) ** 2
    assert np.hypot(*place) == pytest.approx(2.0 * EARTH_RADIUS_NM * np.arcsin(np.sqrt(haversine)), abs=1e-6)


def test_east_of_the_centre_true_headings_exceed_those_of_the_frame() -> None:
    # one degree of longitude at 51 degrees north turns north by sin(51 degrees)
    turn_deg = convergence_deg([51.0, 51.0, 52.0], [14.7, 12.7, 13.7], DRESDEN)
    assert turn_deg == pytest.approx([0.7772, -0.7772, 0.0], abs=1e-4)
    assert convergence_deg([-51.0], [14.7], Centre(-51.0, 13.7)) == pytest.approx([-0.7772], abs=1e-4)


@given(CENTRES, st.tuples(st.floats(-50.0, 50.0), st.floats(-50.0, 50.0)), st.floats(0.0, 360.0))
def test_a_mile_flown_on_a_true_heading_is_a_mile_on_the_frames(
    centre: Centre, place: tuple[float, float], true_heading_deg: float
) -> None:
    here = lat_lon(*place, centre)
    step = np.array([[np.sin(np.radians(true_heading_deg)), np.cos(np.radians(true_heading_deg))]]) * 0.01
    there = lat_lon_from_frame(step, Centre(float(here[0][0]), float(here[1][0])))
    east, north = (frame_from_lat_lon(*there, centre)[0] - place) / 0.01
    off_deg = np.degrees(np.arctan2(east, north)) - (true_heading_deg - convergence_deg(*here, centre)[0])
    assert (off_deg + 180.0) % 360.0 - 180.0 == pytest.approx(0.0, abs=0.003)  # the projection shears by up to c^2 / 12
    assert np.hypot(east, north) == pytest.approx(1.0, abs=1e-4)
