"""Facts about the tables made from OpenAP."""

import numpy as np
import pytest
from openap import FuelFlow, prop

from envs.airspace.simulation.traffic.aircraft import AIRCRAFT_TYPES_10000FT
from envs.airspace.simulation.traffic.atmosphere import cas_from_tas, density_kgpm3, pressure_pa, speed_of_sound_kt
from envs.airspace.simulation.traffic.performance import aircraft_type, aircraft_types, fuel_flow_kgps, known_types


@pytest.mark.parametrize("name", AIRCRAFT_TYPES_10000FT)
def test_the_table_in_envs_equals_openap(name: str) -> None:
    assert aircraft_type(name, 10_000.0) == AIRCRAFT_TYPES_10000FT[name]


def test_every_type_of_openap_has_a_table() -> None:
    assert len(known_types()) > 50
    assert list(aircraft_types(known_types(), 10_000.0)) == list(known_types())


def test_at_high_levels_mmo_caps_the_speed_range() -> None:
    alt_ft = 36_000.0
    mmo_kt = 0.80 * speed_of_sound_kt(alt_ft)
    capped = cas_from_tas(mmo_kt, pressure_pa(alt_ft), density_kgpm3(alt_ft))
    assert aircraft_type("A320", alt_ft).cas_max_kt == pytest.approx(capped, abs=1e-3)
    assert capped < aircraft_type("A320", 10_000.0).cas_max_kt


def test_no_thrust_is_lost_between_the_segments_of_the_formula() -> None:
    below, above = aircraft_type("A320", 10_000.0), aircraft_type("A320", 10_000.1)
    assert below.acceleration_mps2 == pytest.approx(above.acceleration_mps2, abs=1e-3)


@pytest.mark.parametrize(
    ("name", "alt_ft", "accelerations_mps2"),
    # at 250 and 300 kt TAS, computed with BlueSky 1.1.1's own thrust and drag
    [
        ("A320", 5_000.0, [1.124, 0.9166]),
        ("E190", 20_000.0, [0.7259, 0.6606]),
        ("PC24", 32_000.0, [0.7173, 0.6407]),
        ("PC24", 35_500.0, [0.6, 0.555]),
    ],
)
def test_acceleration_is_blueskys(name: str, alt_ft: float, accelerations_mps2: list[float]) -> None:
    kind = aircraft_type(name, alt_ft)
    tas_kt = kind.tas_grid_kt[0] + kind.tas_grid_kt[1] * np.arange(24)
    acceleration = np.interp([250.0, 300.0], tas_kt, kind.acceleration_mps2)
    assert acceleration == pytest.approx(accelerations_mps2, abs=2e-3)


def test_a_table_has_a_sample_where_the_acceleration_meets_its_lower_bound() -> None:
    steps = np.diff(AIRCRAFT_TYPES_10000FT["B744"].acceleration_mps2)
    last_fall = np.flatnonzero(steps)[-1]
    assert 0 < last_fall < len(steps) - 1
    assert steps[last_fall] < steps[last_fall - 1] < 0.0  # a sample beyond the corner would make the last fall smaller


@pytest.mark.parametrize(("name", "near"), [("A32O", "A320"), ("a320", "A320"), ("GLF7", "GLF6")])
def test_an_unknown_type_names_near_ones(name: str, near: str) -> None:
    with pytest.raises(ValueError, match=f"unknown aircraft type '{name}', did you mean .*'{near}'.* known: A124, "):
        aircraft_type(name, 10_000.0)


def test_an_unknown_type_like_no_other_names_all() -> None:
    with pytest.raises(ValueError, match="unknown aircraft type '777777', known: A124, "):
        aircraft_type("777777", 10_000.0)


@pytest.mark.parametrize("alt_ft", [999.0, 41_000.0])
def test_a_level_that_the_type_cannot_fly_is_refused(alt_ft: float) -> None:
    with pytest.raises(ValueError, match=f"A320: got a level of {alt_ft:g} ft, wanted 1000 .. 36286 ft"):
        aircraft_type("A320", alt_ft)


def test_fuel_flow_is_openaps() -> None:
    """OpenAP asked by itself, number by number, halfway between empty and maximum take-off mass."""
    model = FuelFlow("A320")
    mass_kg = 0.5 * (prop.aircraft("A320")["oew"] + prop.aircraft("A320")["mtow"])
    tas_kt, acceleration_mps2 = np.array([220.0, 288.7, 330.0]), np.array([0.0, 0.4, -0.2])
    expected = [
        model.enroute(mass=mass_kg, tas=tas, alt=10_000.0, acc=change)
        for tas, change in zip(tas_kt, acceleration_mps2, strict=True)
    ]
    assert fuel_flow_kgps("A320", 10_000.0, tas_kt, acceleration_mps2) == pytest.approx(expected)


def test_fuel_of_an_unknown_type_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown aircraft type 'A32O'"):
        fuel_flow_kgps("A32O", 10_000.0, np.array([288.7]), np.zeros(1))
