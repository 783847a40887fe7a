"""How close did it get: separation and its loss, per episode."""

from __future__ import annotations

import numpy as np

from envs.airspace.evaluation.conflicts import Columns
from envs.airspace.evaluation.flight import Flight
from envs.airspace.simulation.compiled.worlds import LOSS_NM
from envs.airspace.simulation.traffic.atmosphere import FT_TO_M, NM_IN_M

NEAR_NM = 1.0
NEAR_MID_AIR_NM = 500.0 * FT_TO_M / NM_IN_M
"""500 ft: the horizontal part of the standard near mid-air collision (FAA Aeronautical Information Manual, chapter 7,
near midair collision reporting)."""


def safety(flight: Flight) -> Columns:
    """Columns (W,), of the counted steps:

    min_separation_nm: smallest distance of two present aircraft, by ticks where the recording is; inf where alone.
    los: below 5 NM at some moment. los_pairs: pairs that were. los_seconds: seconds in which some pair was.
    below_1nm, near_mid_air: closer than 1 NM, closer than 500 ft at some moment (all fly at one level).
    """
    counted = flight.counted[:, :, None]
    by_pair = np.min(flight.pair_separation_nm, axis=0, where=counted, initial=np.inf)
    smallest = np.min(by_pair, axis=1, initial=np.inf)
    return {
        "min_separation_nm": smallest,
        "los": smallest < LOSS_NM,
        "los_pairs": (by_pair < LOSS_NM).sum(1),
        "los_seconds": flight.los_seconds.astype(np.float64),
        "below_1nm": smallest < NEAR_NM,
        "near_mid_air": smallest < NEAR_MID_AIR_NM,
    }
