"""Aircraft performance from OpenAP, as the tables that the airspace flies with: the only reader of OpenAP.

OpenAP takes a second to import; functions do so when they are called.

The rules are those by which BlueSky 1.1.1 flies OpenAP's data in clean level flight. Its thrust is not the one of
openap.Thrust (which knows each engine's cruise point) but an older form with one reference point for all engines; its
drag and speed limits are OpenAP's own.
"""

from __future__ import annotations

import difflib
import math
import warnings
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from envs.airspace.simulation.traffic.aircraft import NUM_ACCELERATIONS, AircraftType
from envs.airspace.simulation.traffic.atmosphere import (
    FT_TO_M,
    KT_TO_MPS,
    cas_from_tas,
    density_kgpm3,
    pressure_pa,
    speed_of_sound_kt,
    tas_from_cas,
)

if TYPE_CHECKING:
    from openap import FuelFlow

_LOWEST_ALT_FT = 1000.0  # below it BlueSky flies with flaps
_MIN_ACCELERATION_MPS2 = 0.5
_LBF_IN_N = 4.448
_ENROUTE_SPEEDS = ("initclimb_vcas", "climb_const_vcas", "cruise_mean_vcas", "descent_const_vcas", "finalapp_vcas")


def aircraft_types(names: Iterable[str], alt_ft: float) -> dict[str, AircraftType]:
    """Return the performance of several types by name, at `alt_ft`; raises ValueError as `aircraft_type` does."""
    return {name: aircraft_type(name, alt_ft) for name in names}


@cache
def aircraft_type(name: str, alt_ft: float) -> AircraftType:
    """Return the performance of a type (ICAO designator such as A320) in level flight at `alt_ft` (ft).

    Raises ValueError for a type that OpenAP does not know, naming near ones, and for a level outside 1000 ft .. the
    type's ceiling.
    """
    _check_name(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # OpenAP warns of every synonym it uses; BlueSky uses them too
        cas_min_kt, cas_max_kt = _cas_range_kt(name, alt_ft)
        lowest, step = _tas_grid_kt(name, cas_min_kt, cas_max_kt, alt_ft)
        tas_kt = lowest + step * np.arange(NUM_ACCELERATIONS)
        acceleration = _acceleration_mps2(name, tas_kt, alt_ft)
    table = tuple(round(float(a), 5) for a in acceleration)
    return AircraftType(name, cas_min_kt, cas_max_kt, (lowest, step), table)


@cache
def known_types() -> tuple[str, ...]:
    """Return the designators that `aircraft_type` accepts, sorted."""
    from openap import prop

    return tuple(sorted({name.upper() for name in prop.available_aircraft(use_synonym=True)}))


def fuel_flow_kgps(name: str, alt_ft: float, tas_kt: np.ndarray, acceleration_mps2: np.ndarray) -> np.ndarray:
    """Return OpenAP's fuel flow (N,) in kg/s of a type in clean level flight at middle mass.

    Args:
        tas_kt, acceleration_mps2: (N,) true airspeed and its change; thrust is drag plus mass times acceleration.

    Raises ValueError for a type that OpenAP does not know.
    """
    _check_name(name)
    flow = _fuel_flow(name).enroute(_middle_mass_kg(name), tas_kt, alt_ft, vs=0.0, acc=acceleration_mps2)
    return np.reshape(flow, tas_kt.shape)  # OpenAP makes a number of a single element


@cache
def _fuel_flow(name: str) -> FuelFlow:
    from openap import FuelFlow

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return FuelFlow(name, use_synonym=True)


@cache
def _middle_mass_kg(name: str) -> float:
    """Return the mass halfway between empty and maximum take-off, as BlueSky takes it."""
    from openap import prop

    aircraft = prop.aircraft(name, use_synonym=True)
    return 0.5 * (aircraft["oew"] + aircraft["mtow"])


def _check_name(name: str) -> None:
    known = known_types()
    if name in known:
        return
    near = difflib.get_close_matches(name.upper(), known, n=3, cutoff=0.5)
    hint = f" did you mean {' or '.join(repr(n) for n in near)}?" if near else ""
    raise ValueError(f"unknown aircraft type {name!r},{hint} known: {', '.join(known)}")


def _cas_range_kt(name: str, alt_ft: float) -> tuple[float, float]:
    """Return the type's CAS range (kt) at a level: the extremes of WRAP's speeds in flight, the upper capped by MMO."""
    from openap import WRAP

    wrap = WRAP(ac=name, use_synonym=True)
    ceiling_ft = wrap.cruise_max_alt()["default"] * 1000.0 / FT_TO_M
    if not _LOWEST_ALT_FT <= alt_ft <= ceiling_ft:
        raise ValueError(f"{name}: got a level of {alt_ft:g} ft, wanted {_LOWEST_ALT_FT:g} .. {ceiling_ft:.0f} ft")
    speeds = [getattr(wrap, speed)() for speed in _ENROUTE_SPEEDS]
    mmo_kt = wrap.cruise_max_mach()["default"] * speed_of_sound_kt(alt_ft)
    highest = min(
        max(speed["maximum"] for speed in speeds) / KT_TO_MPS,
        cas_from_tas(mmo_kt, pressure_pa(alt_ft), density_kgpm3(alt_ft)),
    )
    return round(min(speed["minimum"] for speed in speeds) / KT_TO_MPS, 3), round(highest, 3)


def _tas_grid_kt(name: str, cas_min_kt: float, cas_max_kt: float, alt_ft: float) -> tuple[float, float]:
    """Return the lowest speed and the step (kt TAS) of a table that covers a CAS range with a little on either side.

    Where the acceleration falls to its lower bound within the range, the step is widened until a sample lies on that
    corner: a straight line across it would be off by up to 2 %, which is 0.1 kt in a change of speed.
    """
    pressure, density = pressure_pa(alt_ft), density_kgpm3(alt_ft)
    lowest = math.floor(tas_from_cas(cas_min_kt, pressure, density))
    highest = tas_from_cas(cas_max_kt, pressure, density)
    step = math.ceil(10.0 * (highest - lowest) / (NUM_ACCELERATIONS - 1)) / 10.0
    corner = _corner_kt(name, np.arange(lowest, highest, 0.05), alt_ft)
    samples = math.floor((corner - lowest) / step)
    return float(lowest), round((corner - lowest) / samples, 4) if samples > 0 else step


def _corner_kt(name: str, tas_kt: np.ndarray, alt_ft: float) -> float:
    """Return the speed from which on the acceleration stays at its lower bound, 0 if there is none."""
    above = np.flatnonzero(_acceleration_mps2(name, tas_kt, alt_ft) > _MIN_ACCELERATION_MPS2)
    return float(tas_kt[above[-1] + 1]) if len(above) and above[-1] + 1 < len(tas_kt) else 0.0


def _acceleration_mps2(name: str, tas_kt: np.ndarray, alt_ft: float) -> np.ndarray:
    """Return (largest thrust - clean drag) / mass, at least 0.5 m/s2, at half empty plus half maximum take-off mass."""
    from openap import Drag, prop

    aircraft, mass_kg = prop.aircraft(name, use_synonym=True), _middle_mass_kg(name)
    engine = prop.engine(aircraft["engine"]["default"])
    thrust_n = _largest_thrust_n(aircraft["engine"]["number"] * engine["max_thrust"], tas_kt, alt_ft)
    drag_n = Drag(name, use_synonym=True).clean(mass_kg, tas_kt, alt_ft)
    return np.maximum(_MIN_ACCELERATION_MPS2, (thrust_n - drag_n) / mass_kg)


def _largest_thrust_n(static_thrust_n: float, tas_kt: np.ndarray, alt_ft: float) -> np.ndarray:
    """Return the largest thrust (N) of all engines in level flight.

    Bartel and Young, "Simplified Thrust and Fuel Consumption Models for Modern Two-Shaft Turbofan Engines" (2008),
    equations 15 to 19, at zero climb rate, with the reference point Mach 0.8 at 35,000 ft; the thrust there after
    Svoboda, "Turbofan engine database as a preliminary design tool" (2000): 200 lbf + 0.2 static thrust.
    """
    reference_n = 200.0 * _LBF_IN_N + 0.2 * static_thrust_n
    pressure = pressure_pa(alt_ft) / pressure_pa(35000.0)
    if alt_ft > 35000.0:
        mach_ratio = tas_kt / speed_of_sound_kt(alt_ft) / 0.8
        return reference_n * ((1.0824 - 0.4204 * mach_ratio) * math.log(pressure) + mach_ratio**-0.11)
    reference_cas_kt = cas_from_tas(0.8 * speed_of_sound_kt(35000.0), pressure_pa(35000.0), density_kgpm3(35000.0))
    cas_kt = np.array([cas_from_tas(tas, pressure_pa(alt_ft), density_kgpm3(alt_ft)) for tas in tas_kt])
    cas_ratio = cas_kt / reference_cas_kt
    pressure_above = min(pressure, pressure_pa(10000.0) / pressure_pa(35000.0))
    ratio = cas_ratio**-0.1 * pressure_above ** (0.8633 - 0.355 * cas_ratio)
    # below 10,000 ft thrust grows linearly with pressure; above, the last term is zero
    return reference_n * (ratio + (0.47379 - 0.12043 * cas_ratio) * (pressure - pressure_above))
