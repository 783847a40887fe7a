"""From tables of episodes to the rates that are compared: of one policy, and beside rules on the same episodes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from envs.ground.columns import Columns
from envs.roads.evaluation.table import MEANS

COUNTS = ("num_arrived", "num_collided", "num_off_road", "num_red_light", "num_at_fault", "num_lost")
COUNTED = (
    *("failed", "entered", "delay_s", *COUNTS, *MEANS),
    *("near_misses", "hard_brakes", "km", "vehicle_hours", "arm_hours"),
)
"""The columns that rates are made of."""
_PER_KM = 1000.0


def ratios(columns: Columns) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Part and whole of each rate, over whatever the arrays are of: episodes (N,), or runs and episodes (R, N).

    arrived_cars, collided_cars, off_road_cars, red_light_cars, at_fault_cars, lost_cars: of cars that entered.
    MEANS: per car. losses_per_vehicle_hour: cars that were lost, per hour of one car's driving. hard_brakes_per_km.
    near_misses_per_1000km. throughput_per_arm: arrivals per hour and arm. delay_mean_s: of who arrived.

    Args:
        columns: those of COUNTED.
    """
    entered = columns["entered"]
    of_cars = {f"{name.removeprefix('num_')}_cars": (columns[name], entered) for name in COUNTS}
    means = {name: (columns[name] * entered, entered) for name in MEANS}
    delays = np.nan_to_num(columns["delay_s"]) * columns["num_arrived"]
    return (
        of_cars
        | means
        | {
            "losses_per_vehicle_hour": (columns["num_lost"], columns["vehicle_hours"]),
            "hard_brakes_per_km": (columns["hard_brakes"], columns["km"]),
            "near_misses_per_1000km": (columns["near_misses"] * _PER_KM, columns["km"]),
            "throughput_per_arm": (columns["num_arrived"], columns["arm_hours"]),
            "delay_mean_s": (delays, columns["num_arrived"]),
        }
    )


def beside(columns: Columns) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Part and whole of what is held beside rules.

    risk_ratio: cars lost over those that `hold` loses in the same episodes. extra_delay_s: mean delay of who arrived
    less that with `reserve`, per episode in which some car did with both.

    Args:
        columns: those of COUNTED, and the same of the rules: num_lost_of_hold, say.
    """
    ours, theirs = columns["delay_s"], columns["delay_s_of_reserve"]
    both = np.isfinite(ours) & np.isfinite(theirs)
    return {
        "risk_ratio": (columns["num_lost"], columns["num_lost_of_hold"]),
        "extra_delay_s": (np.where(both, ours - theirs, 0.0), both.astype(float)),
    }


def figures(parts: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> dict[str, float]:
    """Each rate over all episodes: sum of parts over sum of wholes, NaN where that is 0."""
    return {name: quotient(part.sum(), whole.sum()) for name, (part, whole) in parts.items()}


def numbers(columns: Columns) -> dict[str, np.ndarray]:
    """What rates are made of, ours and the rules', as numbers (N,)."""
    wanted = [name for name in columns if name.partition("_of_")[0] in COUNTED]
    return {str(name): np.asarray(columns[name], np.float64) for name in wanted}


def quotient(part: float, whole: float) -> float:
    """part / whole, NaN where the whole is 0."""
    return float(part / whole) if whole else float(np.nan)
