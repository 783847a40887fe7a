"""Facts about the standard atmosphere and airspeeds in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs.airspace.simulation.traffic.atmosphere import (
    HIGHEST_ALT_FT,
    cas_from_tas,
    density_kgpm3,
    pressure_pa,
    speed_of_sound_kt,
    tas_from_cas,
    temperature_k,
)

LEVELS_FT = st.floats(0.0, HIGHEST_ALT_FT)
SPEEDS_KT = st.floats(1.0, 450.0)


def air(alt_ft: float) -> tuple[float, float]:
    return pressure_pa(alt_ft), density_kgpm3(alt_ft)


def test_250_kt_cas_at_10000_ft_is_288_7_kt_tas() -> None:
    assert tas_from_cas(250.0, *air(10_000.0)) == pytest.approx(288.7, abs=0.05)


def test_cas_is_tas_at_sea_level() -> None:
    assert tas_from_cas(250.0, *air(0.0)) == pytest.approx(250.0, abs=1e-3)


@pytest.mark.parametrize(
    ("alt_ft", "pressure", "density", "temperature"),
    [
        (0.0, 101_325.0, 1.225, 288.15),
        (10_000.0, 69_682.0, 0.9046, 268.34),
        (36_089.24, 22_632.0, 0.3639, 216.65),
        (50_000.0, 11_597.0, 0.1865, 216.65),
        (65_000.0, 5_640.0, 0.0907, 216.65),
    ],
)
def test_the_standard_atmosphere_is_icaos(alt_ft: float, pressure: float, density: float, temperature: float) -> None:
    assert pressure_pa(alt_ft) == pytest.approx(pressure, rel=1e-3)
    assert density_kgpm3(alt_ft) == pytest.approx(density, rel=1e-3)
    assert temperature_k(alt_ft) == pytest.approx(temperature, abs=0.01)


def test_the_speed_of_sound_at_sea_level_is_661_5_kt() -> None:
    assert speed_of_sound_kt(0.0) == pytest.approx(661.5, abs=0.1)


@given(LEVELS_FT, SPEEDS_KT)
def test_cas_and_tas_are_inverse(alt_ft: float, speed_kt: float) -> None:
    assert cas_from_tas(tas_from_cas(speed_kt, *air(alt_ft)), *air(alt_ft)) == pytest.approx(speed_kt, abs=1e-7)


@given(LEVELS_FT, SPEEDS_KT)
def test_tas_is_never_below_cas(alt_ft: float, cas_kt: float) -> None:
    assert tas_from_cas(cas_kt, *air(alt_ft)) >= cas_kt * (1.0 - 1e-4)


@given(LEVELS_FT, LEVELS_FT)
def test_pressure_and_density_fall_with_height(one_ft: float, other_ft: float) -> None:
    low_ft, high_ft = sorted((one_ft, other_ft))
    assert pressure_pa(low_ft) >= pressure_pa(high_ft)
    assert density_kgpm3(low_ft) >= density_kgpm3(high_ft)


def test_compiled_and_plain_functions_give_the_same_numbers() -> None:
    assert tas_from_cas.py_func(250.0, *air(10_000.0)) == tas_from_cas(250.0, *air(10_000.0))
