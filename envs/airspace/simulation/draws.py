"""The settings of drawn traffic as one record of numbers, the form in which compiled code reads them."""

from __future__ import annotations

from typing import Any

import numpy as np

from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic.traffic_settings import FAMILIES, MAX_AIRCRAFT, Procedural, Range, Sector


def tabulate_draws(settings: AirspaceSettings) -> np.ndarray:
    """An array (1,) of one record: ranges as (2,), named FAMILY_KEY; types are rows 0..num_kinds-1 of the fleet."""
    numbers = _general(settings.procedural) | _families(settings.procedural) | _sector(settings)
    arrays = {name: np.asarray(value) for name, value in numbers.items()}
    dtype = np.dtype([(name, array.dtype, array.shape) for name, array in arrays.items()])
    return np.array([tuple(arrays.values())], dtype)


def _general(drawn: Procedural) -> dict[str, Any]:
    counts = np.zeros(MAX_AIRCRAFT, np.int64)
    counts[: len(drawn.counts)] = drawn.counts
    held = drawn.held_out.cas_kt
    return {
        "family_weights": np.array(drawn.weights),
        "counts": counts,  # the first num_counts may be drawn
        "num_counts": len(drawn.counts),
        "cas_kt": _ends(drawn.cas_kt),
        "held_out_cas_kt": np.zeros(2) if held is None else _ends(held),  # its inside is never drawn
        "equal_speed_share": drawn.equal_speed_share,
        "start_separation": drawn.start_separation_nm,
        "num_kinds": len(drawn.aircraft_types),
    }


def _families(drawn: Procedural) -> dict[str, np.ndarray]:
    ranges: dict[str, np.ndarray] = {}
    for family in FAMILIES:
        own = getattr(drawn, family)
        ranges |= {f"{family}_{name}": _ends(getattr(own, name)) for name in type(own).model_fields}
    return ranges


def _sector(settings: AirspaceSettings) -> dict[str, Any]:
    sector: Sector = settings.sector
    chosen = settings.traffic == "sector"
    return {
        "is_sector": chosen,
        "sector_radius": sector.radius_nm,
        "sector_entries": settings.most_drawn if chosen else 0,
        "sector_steps": settings.episode.max_steps,
        "sector_warm_up_steps": sector.warm_up_steps,
    }


def _ends(interval: Range) -> np.ndarray:
    return np.array([interval.low, interval.high])
