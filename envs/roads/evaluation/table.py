"""Tables of what was driven: a row per car, and a row per episode."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from envs.roads.evaluation.comfort import comfort
from envs.roads.evaluation.drive import Columns, Drive, share
from envs.roads.evaluation.lanes import lanes
from envs.roads.evaluation.progress import progress
from envs.roads.evaluation.safety import closeness, outcomes
from envs.roads.evaluation.scores import scores

METRICS: Mapping[str, Callable[[Drive], Columns]] = {
    "outcomes": outcomes,
    "closeness": closeness,
    "lanes": lanes,
    "comfort": comfort,
    "progress": progress,
}
"""What is measured of each car. A new metric is a function and a line here."""

MEANS = (
    *("vmax_score", "nuplan_score", "ttc_within_bound", "progress", "making_progress", "speed", "lanes", "direction"),
    *("comfort", "comfort_nuplan"),
)
"""Columns of cars whose means are columns of episodes."""
SUMS = ("arrived", "collided", "off_road", "red_light", "at_fault", "lost", "near_misses", "hard_brakes", "km")
_COUNTS = {name: f"num_{name}" for name in SUMS[:6]}
_S_PER_H = 3600.0


@dataclass(frozen=True)
class Measured:
    """One row per car that entered, one row per episode; `episode` joins them."""

    cars: pd.DataFrame
    episodes: pd.DataFrame


def measure(drive: Drive, first_episode: int = 0) -> Measured:
    """Measure a block of episodes, whose first has the number `first_episode`."""
    columns: Columns = {}
    for metric in METRICS.values():
        columns |= metric(drive)
    columns |= scores(columns)
    worlds, slots = np.nonzero(drive.entered)
    numbers = {"episode": first_episode + worlds, "car": slots, "entry": drive.entry[worlds, slots]}
    cars = pd.DataFrame(numbers | {name: values[worlds, slots] for name, values in columns.items()})
    episodes = {"episode": first_episode + np.arange(drive.num_worlds)} | of_episodes(drive, columns)
    return Measured(cars, pd.DataFrame(episodes))


def of_episodes(drive: Drive, cars: Columns) -> Columns:
    """Columns (W,): over the cars that entered.

    entered: how many; blocked: how many more wanted to and could not. num_arrived, num_collided, num_off_road,
    num_red_light, num_at_fault, num_lost; near_misses, hard_brakes, km, vehicle_hours: sums. MEANS: 1 where nobody
    entered. min_ttc_s, min_pet_s: the least (5 s; NaN where no two met). delay_s: mean of all that arrived; delays_s: a
    list of them, the least first.
    arm_hours: arms that cars came from, times the hours of the episode.
    """
    entered = drive.entered
    num = entered.sum(1)
    found: Columns = {"entered": num, "blocked": (~entered & (drive.wanted_step < drive.num_steps[:, None])).sum(1)}
    found |= {_COUNTS.get(name, name): cars[name].sum(1, where=entered) for name in SUMS}
    means = {name: share(np.asarray(cars[name], float).sum(1, where=entered), num) for name in MEANS}
    found |= {name: np.where(num > 0, values, 1.0) for name, values in means.items()}
    pets = np.where(entered, np.nan_to_num(cars["min_pet_s"], nan=np.inf), np.inf).min(1, initial=np.inf)
    return found | {
        "vehicle_hours": np.where(entered, cars["driven_s"], 0.0).sum(1) / _S_PER_H,
        "min_ttc_s": np.where(entered, cars["min_ttc_s"], 5.0).min(1, initial=5.0),
        "min_pet_s": np.where(np.isfinite(pets), pets, np.nan),
        "delays_s": _lists(cars["delay_s"]),
        "delay_s": share(np.nan_to_num(cars["delay_s"]).sum(1), np.isfinite(cars["delay_s"]).sum(1)),
        "arm_hours": drive.num_arms * drive.num_steps * drive.step_s / _S_PER_H,
    }


def _lists(delay_s: np.ndarray) -> np.ndarray:
    """(W,) of lists of what is known of (W, S)."""
    lists = np.empty(len(delay_s), object)
    for w, row in enumerate(delay_s):
        lists[w] = np.sort(row[np.isfinite(row)])
    return lists
