"""The settings as flat numbers, the form in which compiled code reads them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from envs.roads.simulation.settings import Cars, Disturbance, Range, RoadsSettings


class Rules(NamedTuple):
    """RoadsSettings, flattened."""

    steers: bool
    max_acceleration: float
    max_braking: float
    max_offset: float
    max_steering: float
    max_steering_rate: float
    num_neighbours: int
    see_conflicts: bool
    see_courses: bool
    courses: np.ndarray  # (C,), m/s2
    holding: int  # the course that holds the speed
    looks: np.ndarray  # (T,), s ahead, at which courses look for contact
    progress_per_m: float
    collision: float
    off_road: float
    red_light: float
    ttc: float
    comfort: float
    speeding_per_mps: float
    arrival: float
    time_per_s: float
    max_steps: int
    stay: bool
    entry_gap: float
    entry_headway: float


NEAR_S, NEAR_EVERY_S, FAR_EVERY_S = 1.0, 0.2, 0.4
"""Courses look for contact each 0.2 s within the first second, then about each 0.4 s up to the end of what they see."""


def looks_s(ahead_s: float) -> np.ndarray:
    """The times (T,) at which courses look so far ahead."""
    near = np.arange(NEAR_EVERY_S, NEAR_S + 0.5 * NEAR_EVERY_S, NEAR_EVERY_S)
    return np.append(near, np.linspace(NEAR_S, ahead_s, 1 + round((ahead_s - NEAR_S) / FAR_EVERY_S))[1:])


def as_record(numbers: NamedTuple) -> np.ndarray:
    """The named numbers as an array (1,) of one record, which compiled code takes by a single pointer."""
    arrays = {name: np.asarray(value) for name, value in numbers._asdict().items()}
    dtype = np.dtype([(name, array.dtype, array.shape) for name, array in arrays.items()])
    return np.array([tuple(arrays.values())], dtype)


def flatten(settings: RoadsSettings) -> Rules:
    """The rules that the kernel follows."""
    actions, seen, reward = settings.actions, settings.observation, settings.reward
    courses = seen.courses_mps2 if seen.layout == "courses" else (0.0,)
    return Rules(
        steers=actions.kind == "bicycle",
        max_acceleration=actions.max_acceleration_mps2,
        max_braking=actions.max_braking_mps2,
        max_offset=actions.max_offset_m,
        max_steering=actions.max_steering_rad,
        max_steering_rate=actions.max_steering_rate_radps,
        num_neighbours=seen.num_neighbours,
        see_conflicts=seen.layout != "plain",
        see_courses=seen.layout == "courses",
        courses=np.array(courses),
        holding=courses.index(0.0),
        looks=looks_s(seen.look_ahead_s),
        progress_per_m=reward.progress_per_m,
        collision=reward.collision,
        off_road=reward.off_road,
        red_light=reward.red_light,
        ttc=reward.ttc_step,
        comfort=reward.comfort_step,
        speeding_per_mps=reward.speeding_per_mps,
        arrival=reward.arrival,
        time_per_s=reward.time_per_s,
        max_steps=settings.episode.max_steps,
        stay=settings.episode.after_crash == "stay",
        entry_gap=settings.cars.entry_gap_m,
        entry_headway=settings.cars.entry_headway_s,
    )


class Draws(NamedTuple):
    """Cars, flattened."""

    min_cars: int
    max_cars: int
    flow: np.ndarray  # (2,), vehicles per hour and arm
    entries_within: float
    speed_share: np.ndarray
    length: np.ndarray
    width: np.ndarray
    truck_share: float
    truck_length: float
    truck_width: float


def tabulate_draws(cars: Cars) -> np.ndarray:
    """What decides which cars are drawn, as an array (1,) of one record."""
    return as_record(
        Draws(
            min_cars=cars.min_cars,
            max_cars=cars.max_cars,
            flow=_ends(cars.flow_per_h),
            entries_within=cars.entries_within_s,
            speed_share=_ends(cars.entry_speed_share),
            length=_ends(cars.length_m),
            width=_ends(cars.width_m),
            truck_share=cars.truck_share,
            truck_length=cars.truck_length_m,
            truck_width=cars.truck_width_m,
        )
    )


def _ends(interval: Range) -> np.ndarray:
    return np.array([interval.low, interval.high])


def disturbance_dtype(num_slots: int) -> np.dtype:
    """The record of one world's disturbances, with room for `num_slots` cars."""
    slot = (num_slots,)
    return np.dtype(
        [
            ("friction", np.float64, slot),
            ("action_delay", np.int64, slot),
            ("position_noise", np.float64, slot),
            ("velocity_noise", np.float64, slot),
            ("dropped", np.float64, slot),
            ("responds", np.uint8, slot),
        ],
        align=True,
    )


def tabulate_disturbances(num_slots: int, everyone: Disturbance, single: dict[int, Disturbance]) -> np.ndarray:
    """One world's record, shape (): `everyone` in all slots but those in `single`."""
    record = np.zeros((), disturbance_dtype(num_slots))
    for a in range(num_slots):
        wanted = single.get(a, everyone)
        record["friction"][a], record["action_delay"][a] = wanted.friction, wanted.action_delay
        record["position_noise"][a], record["velocity_noise"][a] = wanted.position_noise_m, wanted.velocity_noise_mps
        record["dropped"][a], record["responds"][a] = wanted.dropped_objects, wanted.responds
    return record
