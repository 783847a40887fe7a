"""The standard atmosphere, and calibrated against true airspeed in it.

All functions take and return single numbers and may be called from compiled code. Constants and formulas are those of
BlueSky (tools/aero.py) and OpenAP (aero.py), so that airspeeds agree with theirs to the last digits.
"""

from __future__ import annotations

import math

from numba import njit

from envs.ground.compiled.elementary import power_two_sevenths

G0 = 9.80665
"""Standard gravity, m/s2."""

FT_TO_M = 0.3048
KT_TO_MPS = 0.514444
NM_IN_M = 1852.0

GAS_CONSTANT = 287.05287
"""Specific gas constant of air, J/(kg K)."""

SEA_LEVEL_PRESSURE_PA = 101325.0
SEA_LEVEL_DENSITY_KGPM3 = 1.225
SEA_LEVEL_TEMPERATURE_K = 288.15
STRATOSPHERE_TEMPERATURE_K = 216.65
HIGHEST_ALT_FT = 65000.0
"""The two layers below hold up to about 20 km."""

_LAPSE_RATE_K_PER_M = 0.0065
_TROPOPAUSE_M = 11000.0
# g0 / (R * lapse rate) - 1 with R = 287.00, as BlueSky and OpenAP have it; with the R above it would be 4.25588, which
# changes the density at 10,000 ft by 0.007 % and 250 kt CAS by 0.01 kt TAS.
_DENSITY_EXPONENT = 4.256848030018761
_STRATOSPHERE_SCALE_M = 6341.552161


@njit(cache=True)
def temperature_k(alt_ft):
    """Return the standard temperature (K) at `alt_ft`, from sea level to 65,000 ft."""
    return max(SEA_LEVEL_TEMPERATURE_K - _LAPSE_RATE_K_PER_M * alt_ft * FT_TO_M, STRATOSPHERE_TEMPERATURE_K)


@njit(cache=True)
def density_kgpm3(alt_ft):
    """Return the standard density (kg/m3) at `alt_ft`, from sea level to 65,000 ft."""
    troposphere = SEA_LEVEL_DENSITY_KGPM3 * (temperature_k(alt_ft) / SEA_LEVEL_TEMPERATURE_K) ** _DENSITY_EXPONENT
    return troposphere * math.exp(-max(0.0, alt_ft * FT_TO_M - _TROPOPAUSE_M) / _STRATOSPHERE_SCALE_M)


@njit(cache=True)
def pressure_pa(alt_ft):
    """Return the standard pressure (Pa) at `alt_ft`, from sea level to 65,000 ft: p = rho R T."""
    return density_kgpm3(alt_ft) * GAS_CONSTANT * temperature_k(alt_ft)


@njit(cache=True)
def speed_of_sound_kt(alt_ft):
    """Return the speed of sound (kt) at `alt_ft`: sqrt(1.4 R T)."""
    return math.sqrt(1.4 * GAS_CONSTANT * temperature_k(alt_ft)) / KT_TO_MPS


@njit(cache=True, error_model="numpy", inline="always")
def _impact_pressure_pa(speed_mps, pressure, density):
    """Isentropic impact pressure of a subsonic flow: p ((1 + rho v^2 / 7p)^3.5 - 1)."""
    base = 1.0 + density * speed_mps * speed_mps / (7.0 * pressure)
    return pressure * (base * base * base * math.sqrt(base) - 1.0)  # base ** 3.5 without a call of pow


@njit(cache=True, error_model="numpy", inline="always")
def _speed_mps(impact_pressure, pressure, density):
    """Return the speed whose impact pressure is given: the inverse of `_impact_pressure_pa`."""
    return math.sqrt(7.0 * pressure / density * (power_two_sevenths(1.0 + impact_pressure / pressure) - 1.0))


@njit(cache=True, error_model="numpy", inline="always")
def tas_from_cas(cas_kt, pressure, density):
    """Return true airspeed (kt) of calibrated airspeed `cas_kt` >= 0 in air of a pressure (Pa) and density (kg/m3)."""
    impact = _impact_pressure_pa(cas_kt * KT_TO_MPS, SEA_LEVEL_PRESSURE_PA, SEA_LEVEL_DENSITY_KGPM3)
    return _speed_mps(impact, pressure, density) / KT_TO_MPS


@njit(cache=True, error_model="numpy", inline="always")
def cas_from_tas(tas_kt, pressure, density):
    """Return calibrated airspeed (kt) of true airspeed `tas_kt` >= 0 in air of a pressure (Pa) and density (kg/m3)."""
    impact = _impact_pressure_pa(tas_kt * KT_TO_MPS, pressure, density)
    return _speed_mps(impact, SEA_LEVEL_PRESSURE_PA, SEA_LEVEL_DENSITY_KGPM3) / KT_TO_MPS
