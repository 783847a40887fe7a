"""Facts about the built-in aircraft types."""

import dataclasses

import numpy as np
import pytest

from envs.airspace.simulation.traffic.aircraft import AIRCRAFT_TYPES_10000FT, NUM_ACCELERATIONS, AircraftType
from envs.airspace.simulation.traffic.atmosphere import density_kgpm3, pressure_pa, tas_from_cas

TYPES = tuple(AIRCRAFT_TYPES_10000FT.values())
A320 = AIRCRAFT_TYPES_10000FT["A320"]


def tas_at_10000_ft(cas_kt: float) -> float:
    return tas_from_cas(cas_kt, pressure_pa(10_000.0), density_kgpm3(10_000.0))


def grid_kt(kind: AircraftType) -> np.ndarray:
    return kind.tas_grid_kt[0] + kind.tas_grid_kt[1] * np.arange(NUM_ACCELERATIONS)


def test_five_types_are_built_in_under_their_own_names() -> None:
    assert list(AIRCRAFT_TYPES_10000FT) == ["A320", "B738", "A332", "B744", "E190"]
    assert [kind.name for kind in TYPES] == list(AIRCRAFT_TYPES_10000FT)


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_the_table_covers_the_speed_range(kind: AircraftType) -> None:
    assert grid_kt(kind)[0] <= tas_at_10000_ft(kind.cas_min_kt)
    assert grid_kt(kind)[-1] >= tas_at_10000_ft(kind.cas_max_kt)


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_the_numbers_are_those_of_the_trial_against_bluesky(kind: AircraftType) -> None:
    at_250_kt = np.interp(tas_at_10000_ft(250.0), grid_kt(kind), kind.acceleration_mps2)
    assert 0.62 <= at_250_kt <= 0.88
    assert min(kind.acceleration_mps2) >= 0.5
    assert 124.0 <= kind.cas_min_kt <= 140.0
    assert 309.0 <= kind.cas_max_kt <= 350.0


def test_a_type_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        A320.name = "B738"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("change", "wish"),
    [
        ({"cas_min_kt": 400.0}, "wanted 0 < min < max"),
        ({"cas_min_kt": 0.0}, "wanted 0 < min < max"),
        ({"tas_grid_kt": (150.0, 0.0)}, "wanted one above 0"),
        ({"acceleration_mps2": (1.0,)}, "wanted 24 accelerations above 0"),
        ({"acceleration_mps2": (0.0,) * 24}, "wanted 24 accelerations above 0"),
    ],
)
def test_an_impossible_type_is_refused(change: dict, wish: str) -> None:
    with pytest.raises(ValueError, match=f"A320: got .*{wish}"):
        dataclasses.replace(A320, **change)
