"""Did they get there, how straight, how soon and on how much fuel, per episode."""

from __future__ import annotations

import numpy as np

from envs.airspace.evaluation.conflicts import Columns
from envs.airspace.evaluation.control import share
from envs.airspace.evaluation.flight import KT_IN_NM_PER_S, STEP_S, Flight
from envs.airspace.simulation.traffic.atmosphere import KT_TO_MPS
from envs.airspace.simulation.traffic.performance import fuel_flow_kgps

_S_PER_H = 3600.0
_SMALLEST_NM = 1e-9


def mission(flight: Flight) -> Columns:
    """Columns (W,), of the time until arrival or the episode's end:

    arrived_share, all_arrived. flight_time_s: mean over aircraft that arrived; NaN where none did.
    flight_hours: of all aircraft together. track_nm, fuel_kg: mean over aircraft. These without the warm-up.
    arrivals: aircraft that arrived after the warm-up; of these, each from its start, within the warm-up or not:
    path_efficiency: mean of direct / flown distance. Direct is the distance from the start to the waypoint less what
        remained of it at arrival (up to 1 NM), so that straight flight has 1.
    detour_nm: mean of flown less direct distance. Both NaN where none did.
    delays_s: a list of each one's time less that of the direct distance at the speed it came with, the least first.
    """
    num_aircraft = np.maximum(1, flight.num_aircraft)
    active_s = np.where(flight.active[:-1] & flight.flown[:, :, None], flight.active_s, 0.0)
    counted_s = np.where(flight.commanding, active_s, 0.0)
    steps_nm, direct_nm = _step_tracks_nm(flight, active_s), _direct_nm(flight)
    flown_nm, counted_nm = steps_nm.sum(0), np.where(flight.commanding, steps_nm, 0.0).sum(0)
    late = flight.arrived & (counted_s.sum(0) > 0.0)
    num_arrived, num_late = flight.arrived.sum(1), late.sum(1)
    return {
        "arrived_share": num_arrived / num_aircraft,
        "all_arrived": num_arrived == flight.num_aircraft,
        "flight_time_s": share(active_s.sum(0).sum(1, where=flight.arrived), num_arrived),
        "flight_hours": counted_s.sum((0, 2)) / _S_PER_H,
        "track_nm": counted_nm.sum(1) / num_aircraft,
        "arrivals": num_late,
        "path_efficiency": share(share(direct_nm, flown_nm).sum(1, where=late), num_late),
        "detour_nm": share((flown_nm - direct_nm).sum(1, where=late), num_late),
        "delays_s": _delays_s(flight, active_s.sum(0) - _direct_s(flight, direct_nm), late),
        "fuel_kg": _fuel_kg(flight, counted_s).sum(1) / num_aircraft,
    }


def _delays_s(flight: Flight, delay_s: np.ndarray, late: np.ndarray) -> np.ndarray:
    """(W,) of lists, for `delay_s` and `late` (W, A)."""
    lists = np.empty(flight.num_worlds, object)
    for w in range(flight.num_worlds):
        lists[w] = np.sort(delay_s[w, late[w]])
    return lists


def _direct_s(flight: Flight, direct_nm: np.ndarray) -> np.ndarray:
    """(W, A): time for the direct distance (W, A) at the airspeed when it became active, in the wind along the course.

    Infinite where the wind is so strong that it would not get there.
    """
    heading = np.radians(_at_start(flight, flight.heading_deg))
    tas_kt, course = _at_start(flight, flight.tas_kt), flight.waypoint_nm - _at_start(flight, flight.position_nm)
    wind_kt = _at_start(flight, flight.velocity_kt) - tas_kt[..., None] * np.stack(
        [np.sin(heading), np.cos(heading)], -1
    )
    along = course / np.maximum(np.hypot(course[..., 0], course[..., 1]), _SMALLEST_NM)[..., None]
    tail_kt = (wind_kt * along).sum(-1)
    cross_kt2 = (wind_kt**2).sum(-1) - tail_kt**2
    ground_kt = np.sqrt(np.maximum(tas_kt**2 - cross_kt2, 0.0)) + tail_kt
    return _S_PER_H * np.divide(direct_nm, ground_kt, out=np.full(direct_nm.shape, np.inf), where=ground_kt > 0.0)


def _step_tracks_nm(flight: Flight, active_s: np.ndarray) -> np.ndarray:
    """(T, W, A): distance flown over the ground in each step, until arrival; about 0.05 % too long at constant weaving.

    A whole step: Simpson's rule over the ground speed, with the speed in the middle that the cubic through both ends'
    positions and velocities has (Hermite: 1.5 (p1 - p0) / h - (v0 + v1) / 4). A step with the arrival in it: the mean
    of both ends' speeds, for since its arrival the aircraft has kept its speed.
    """
    velocity, speed = flight.velocity_kt, np.hypot(flight.velocity_kt[..., 0], flight.velocity_kt[..., 1])
    mean_kt = 0.5 * (speed[:-1] + speed[1:])
    chord_kt = np.diff(flight.position_nm, axis=0) / (STEP_S * KT_IN_NM_PER_S)
    middle = 1.5 * chord_kt - 0.25 * (velocity[:-1] + velocity[1:])
    whole_kt = (2.0 * mean_kt + 4.0 * np.hypot(middle[..., 0], middle[..., 1])) / 6.0
    return np.where(active_s == STEP_S, whole_kt, mean_kt) * active_s * KT_IN_NM_PER_S


def _direct_nm(flight: Flight) -> np.ndarray:
    """(W, A): from where each aircraft became active to its waypoint, without what remains of it."""
    offset = flight.waypoint_nm - _at_start(flight, flight.position_nm)
    return np.hypot(offset[..., 0], offset[..., 1]) - flight.remaining_nm


def _at_start(flight: Flight, states: np.ndarray) -> np.ndarray:
    """(W, A, ..): of states (T + 1, W, A, ..) those in which each aircraft became active."""
    first = flight.active.argmax(0)
    worlds, slots = np.ogrid[: flight.num_worlds, : flight.num_slots]
    return states[first, worlds, slots]


def _fuel_kg(flight: Flight, active_s: np.ndarray) -> np.ndarray:
    """(W, A): fuel burnt, OpenAP's flow at each step's mean TAS and acceleration, at middle mass in level flight."""
    tas_kt, burnt_kg = flight.tas_kt, np.zeros(active_s.shape)
    for row, (name, alt_ft) in enumerate(flight.types):
        at = (active_s > 0.0) & (flight.kind == row)
        before, after, seconds = tas_kt[:-1][at], tas_kt[1:][at], active_s[at]
        acceleration_mps2 = (after - before) * KT_TO_MPS / seconds
        burnt_kg[at] = seconds * fuel_flow_kgps(name, alt_ft, 0.5 * (before + after), acceleration_mps2)
    return burnt_kg.sum(0)
