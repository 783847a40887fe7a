"""The formulas of the plain airspace: air, turns, distances and what is paid, in NumPy."""

from __future__ import annotations

import math

import numpy as np

G0_MPS2 = 9.80665
GAS_JPKGK = 287.05287
KT_IN_MPS = 0.514444
FT_IN_M = 0.3048
SEA_LEVEL = (101325.0, 1.225)
"""Pressure (Pa) and density (kg/m3)."""

BANK_DEG = 25.0
ARRIVAL_NM = 1.0
LOSS_NM = 5.0
REFERENCE_CAS_KT = 250.0


def air(alt_ft: float) -> tuple[float, float]:
    """Pressure (Pa) and density (kg/m3) of the standard atmosphere in the troposphere, as BlueSky computes them.

    Raises:
        ValueError: a level above it.
    """
    height_m = alt_ft * FT_IN_M
    if height_m > 11000.0:
        raise ValueError(f"alt_ft: got {alt_ft:g}, wanted a level in the troposphere")
    temperature_k = 288.15 - 0.0065 * height_m
    density = SEA_LEVEL[1] * (temperature_k / 288.15) ** 4.256848030018761
    return density * GAS_JPKGK * temperature_k, density


def _impact_pa(speed_mps: np.ndarray, pressure: float, density: float) -> np.ndarray:
    """Impact pressure (Pa) of a compressible, subsonic flow."""
    return pressure * ((1.0 + density * speed_mps**2 / (7.0 * pressure)) ** 3.5 - 1.0)


def _speed_mps(impact_pa: np.ndarray, pressure: float, density: float) -> np.ndarray:
    return np.sqrt(7.0 * pressure / density * ((1.0 + impact_pa / pressure) ** (2.0 / 7.0) - 1.0))


def tas_kt_of_cas(cas_kt: np.ndarray, alt_ft: float) -> np.ndarray:
    """True airspeed of calibrated airspeed: the speed with the same impact pressure as that one at sea level."""
    return _speed_mps(_impact_pa(np.asarray(cas_kt) * KT_IN_MPS, *SEA_LEVEL), *air(alt_ft)) / KT_IN_MPS


def cas_kt_of_tas(tas_kt: np.ndarray, alt_ft: float) -> np.ndarray:
    """Calibrated airspeed of true airspeed."""
    return _speed_mps(_impact_pa(np.asarray(tas_kt) * KT_IN_MPS, *air(alt_ft)), *SEA_LEVEL) / KT_IN_MPS


def turn_rate_degps(tas_kt: np.ndarray) -> np.ndarray:
    """The rate of a level turn at 25 degrees of bank."""
    return np.degrees(G0_MPS2 * math.tan(math.radians(BANK_DEG)) / (tas_kt * KT_IN_MPS))


def wrapped_deg(angle_deg: np.ndarray) -> np.ndarray:
    """The angle the short way round, -180 .. 180."""
    return (angle_deg + 180.0) % 360.0 - 180.0


def unit(heading_deg: np.ndarray | float) -> np.ndarray:
    """East and north (.., 2) of length one along headings (..)."""
    angle = np.radians(heading_deg)
    return np.array([np.sin(angle), np.cos(angle)]).T


def smallest_distances_nm(start_nm: np.ndarray, end_nm: np.ndarray) -> np.ndarray:
    """The smallest distance (A, A) of each two while all fly straight from `start_nm` (A, 2) to `end_nm`."""
    apart = start_nm[:, None] - start_nm
    way = end_nm[:, None] - end_nm - apart
    length_squared = (way**2).sum(-1)
    part = -(apart * way).sum(-1) / np.where(length_squared > 0.0, length_squared, 1.0)
    closest = apart + np.clip(part, 0.0, 1.0)[..., None] * way
    return np.hypot(closest[..., 0], closest[..., 1])


def excess_drift_deg(drift_deg: float) -> float:
    """What of the angle between heading and waypoint bearing is beyond the free 8 degrees."""
    return max(0.0, drift_deg - 8.0)


def violation(separation_nm: float) -> float:
    """(5 - d)/5 below 5 NM, times 1 + 1.5 (1 - d) below 1 NM."""
    if separation_nm >= LOSS_NM:
        return 0.0
    steeper = 1.0 + 1.5 * (1.0 - separation_nm) if separation_nm < 1.0 else 1.0
    return (LOSS_NM - separation_nm) / LOSS_NM * steeper


def lack_of_margin(separation_nm: float, margin_nm: float) -> float:
    """How much of a margin beyond 5 NM is missing, 0 to 1."""
    return float(np.clip((LOSS_NM + margin_nm - separation_nm) / margin_nm, 0.0, 1.0))


def loses_separation(position_nm: np.ndarray, velocity_kt: np.ndarray, within_s: float) -> bool:
    """Whether one of some others, at relative positions and velocities (N, 2), comes below 5 NM in time."""
    for position, velocity in zip(position_nm, velocity_kt / 3600.0, strict=True):
        a, b, c = velocity @ velocity, 2.0 * position @ velocity, position @ position - LOSS_NM**2
        if c < 0.0 or b >= 0.0 or b * b <= 4.0 * a * c:
            continue
        if (-b - math.sqrt(b * b - 4.0 * a * c)) / (2.0 * a) < within_s:
            return True
    return False


_MASK = 2**64 - 1


def precedence(episode_seed: int, a: int) -> float:
    """The number in [0, 1) that aircraft `a` keeps through an episode: SplitMix64 (Steele, Lea, Flood, 2014)."""
    z = (episode_seed + (a + 1) * 0x9E3779B97F4A7C15) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return ((z ^ (z >> 31)) >> 11) / 2**53


def potential(separation_nm: float, num_present: int) -> float:
    """Phi: 0.5 s/5 up to 5 NM, 0.5 + 0.5 (s - 5)/5 up to 10 NM, then 1; 1 too with fewer than two present."""
    if num_present < 2 or separation_nm >= 10.0:
        return 1.0
    return 0.5 * separation_nm / 5.0 if separation_nm <= 5.0 else 0.5 + 0.5 * (separation_nm - 5.0) / 5.0
