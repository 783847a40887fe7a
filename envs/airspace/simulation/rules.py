"""The settings as flat numbers, the form in which compiled code reads them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from envs.airspace.simulation.compiled.observation import NEIGHBOUR
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic.aircraft import AIRCRAFT_TYPES_10000FT, NUM_ACCELERATIONS, AircraftType
from envs.airspace.simulation.traffic.atmosphere import KT_TO_MPS

Performance = Callable[[str, float], AircraftType]
"""Gives the aircraft type of a name at a level in feet; raises ValueError where it is not known."""


class Rules(NamedTuple):
    """AirspaceSettings and the learner's discount, flattened."""

    max_heading_change: float
    max_speed_change: float
    min_heading_change: float
    min_speed_change: float
    num_neighbours: int
    neighbour_width: int
    see_cpa: bool
    see_intent: bool
    see_courses: bool
    course_sine: np.ndarray  # (C,)
    course_cosine: np.ndarray
    look_ahead: float
    as_published: bool
    see_pending: int
    coast_reports: bool
    see_time: bool
    progress_per_km: float
    drift_per_deg: float
    violation_entry: float
    violation_step: float
    action: float
    time_per_s: float
    margin_step: float
    margin: float
    arrival: float
    arrival_conflict: float
    arrival_look_ahead: float
    timeout: float
    instruction: float
    track_per_km: float
    team_weight: float
    share_by_responsibility: bool
    discount: float
    max_steps: int
    leave: bool
    time_is_task: bool
    entry_separation: float
    entry_look_ahead: float


FLEET = np.dtype(
    [
        ("cas_min", np.float64),
        ("cas_max", np.float64),
        ("tas_low", np.float64),
        ("tas_step", np.float64),
        ("acceleration", np.float64, (NUM_ACCELERATIONS,)),  # kt/s over the TAS grid
    ]
)
"""One row of the table of aircraft types, at one level; speeds in kt."""


def as_record(numbers: NamedTuple) -> np.ndarray:
    """The named numbers as an array (1,) of one record, which compiled code takes by a single pointer."""
    arrays = {name: np.asarray(value) for name, value in numbers._asdict().items()}
    dtype = np.dtype([(name, array.dtype, array.shape) for name, array in arrays.items()])
    return np.array([tuple(array for array in arrays.values())], dtype)


def flatten(settings: AirspaceSettings, discount: float) -> Rules:
    """The rules that the kernel follows; `discount` is the learner's own gamma (for the team potential)."""
    actions, reward, episode = settings.actions, settings.reward, settings.episode
    layout, courses = settings.observation.layout, np.radians(settings.observation.courses_deg)
    return Rules(
        max_heading_change=actions.max_heading_change_deg,
        max_speed_change=actions.max_speed_change_kt,
        min_heading_change=actions.min_heading_change_deg,
        min_speed_change=actions.min_speed_change_kt,
        num_neighbours=settings.observation.num_neighbours,
        neighbour_width=len(NEIGHBOUR[layout]),
        see_cpa=layout in ("relative_cpa", "intent", "courses"),
        see_intent=layout in ("intent", "courses"),
        see_courses=layout == "courses",
        course_sine=np.sin(courses),
        course_cosine=np.cos(courses),
        look_ahead=settings.observation.look_ahead_s / 3600.0,
        as_published=layout == "study",
        see_pending=settings.observation.pending_actions,
        coast_reports=settings.observation.coast_reports,
        see_time=episode.time_limit == "task",
        progress_per_km=reward.progress_per_km,
        drift_per_deg=reward.drift_per_deg,
        violation_entry=reward.violation_entry,
        violation_step=reward.violation_step,
        action=reward.action,
        time_per_s=reward.time_per_s,
        margin_step=reward.margin_step,
        margin=reward.margin_nm,
        arrival=reward.arrival,
        arrival_conflict=reward.arrival_conflict,
        arrival_look_ahead=reward.arrival_look_ahead_s,
        timeout=reward.timeout,
        instruction=reward.instruction,
        track_per_km=reward.track_per_km,
        team_weight=reward.team.weight,
        share_by_responsibility=reward.team.share == "responsibility",
        discount=discount,
        max_steps=episode.max_steps,
        leave=episode.after_arrival == "leave",
        time_is_task=episode.time_limit == "task",
        entry_separation=settings.sector.entry_separation_nm,
        entry_look_ahead=settings.sector.entry_look_ahead_s,
    )


def tabulate(kinds: Sequence[AircraftType]) -> np.ndarray:
    """The fleet table (K,) of these types, in their order."""
    rows = [
        (kind.cas_min_kt, kind.cas_max_kt, *kind.tas_grid_kt, np.array(kind.acceleration_mps2) / KT_TO_MPS)
        for kind in kinds
    ]
    return np.array(rows, FLEET)


def built_in_performance(name: str, alt_ft: float) -> AircraftType:
    """The types that envs knows by itself, at 10,000 ft.

    Raises:
        ValueError: another type or level, whose performance has to be handed in.
    """
    if alt_ft != 10_000.0 or name not in AIRCRAFT_TYPES_10000FT:
        known = ", ".join(AIRCRAFT_TYPES_10000FT)
        raise ValueError(f"no performance for type {name!r} at {alt_ft:g} ft, built in: {known} at 10000 ft")
    return AIRCRAFT_TYPES_10000FT[name]
