"""Numbers as scenario files write them: degrees, minutes and seconds, flight levels, Mach, exponents."""

from __future__ import annotations

import math
import re

from envs.airspace.simulation.traffic.atmosphere import (
    cas_from_tas,
    density_kgpm3,
    pressure_pa,
    speed_of_sound_kt,
    tas_from_cas,
)

_HIGHEST_CAS_KT = 1000.0
_MOST_PARTS = 3
_MOST_SHOWN = 60
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(E[+-]?[0-9]+)?")


def number(text: str) -> float | None:
    """A finite number as Python writes it, perhaps with an exponent; None: it is none."""
    found = float(text) if _NUMBER.fullmatch(text.upper()) else math.nan
    return found if math.isfinite(found) else None


def degrees(text: str, sides: str) -> float | None:
    """Degrees of a number, or of N52.5, S52'30 or E004'30'15.5 (degrees, minutes, seconds); None: neither.

    sides: the letters of the positive and the negative side, "NS" or "EW".
    """
    plain = number(text)
    if plain is not None:
        return plain
    found = re.fullmatch(rf"([{sides}]?)(-?)([0-9.'\"°]*)([{sides}]?)", text.upper())
    parts = [number(part) for part in re.split("['\"°]", found[3]) if part] if found else []
    if not found or not 1 <= len(parts) <= _MOST_PARTS or None in parts:
        return None
    total = sum(part / 60.0**power for power, part in enumerate(parts) if part is not None)
    return -total if found[2] or sides[1] in (found[1], found[4]) else total


def shown(text: str) -> str:
    """What came, in quotes, for a message: its beginning."""
    return repr(text[:_MOST_SHOWN])


def altitude_ft(text: str) -> float | None:
    """Feet of a number, or of FL and hundreds of feet; None: neither."""
    level = text.upper()
    if level.startswith("FL"):
        hundreds = number(level.removeprefix("FL"))
        return None if hundreds is None else 100.0 * hundreds
    return number(level)


def heading_deg(text: str) -> float | None:
    """Degrees true of 090, T090 or 090T; None: no number, or one from magnetic north."""
    return number(text.upper().removesuffix("T").removeprefix("T"))


def cas_kt(text: str) -> float | None:
    """Calibrated airspeed (kt) of a number up to 1000; None: none, or more than anybody flies."""
    found = number(text)
    return found if found is not None and abs(found) <= _HIGHEST_CAS_KT else None


def mach(text: str) -> float | None:
    """Mach of M0.78, M.78, M78 or .78; None: none, as a number of 1 or more is calibrated airspeed.

    As BlueSky has it (`txt2spd` in tools/misc.py): digits after an M are those behind the point.
    """
    found = re.fullmatch(r"M(?:0?\.)?([0-9]+)", text.upper())
    if found:
        return number(f"0.{found[1]}")
    plain = number(text)
    return plain if plain is not None and 0.1 < plain < 1.0 else None


def tas_from_mach_kt(mach_number: float, alt_ft: float) -> float:
    """True airspeed (kt) at a Mach number: Mach times sqrt(1.4 R T), T of the standard atmosphere (ICAO Doc 7488)."""
    return mach_number * speed_of_sound_kt(alt_ft)


def tas_from_cas_kt(calibrated_kt: float, alt_ft: float) -> float:
    """True airspeed of a calibrated one, both in kt, at a level of the standard atmosphere."""
    return float(tas_from_cas(calibrated_kt, pressure_pa(alt_ft), density_kgpm3(alt_ft)))


def cas_from_tas_kt(true_kt: float, alt_ft: float) -> float:
    """Calibrated airspeed of a true one, both in kt, at a level of the standard atmosphere."""
    return float(cas_from_tas(true_kt, pressure_pa(alt_ft), density_kgpm3(alt_ft)))
