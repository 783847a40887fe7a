"""Did aircraft manoeuvre when there was a conflict, and only then: windows of conflict against windows of manoeuvres.

A published study calls this "hallucination": a manoeuvre without conflict is a ghost conflict, a conflict without
manoeuvre a missed one (Panigrahi, "Simulation and quantification of ML-based hallucination effects on safety margins in
en route control", master's thesis, TU Dresden 2025; its code is public as Somnathab3/ATC_Hallucination). Two variants:

`study`, per episode, as there: truth is a step in which two active aircraft have TCPA in 0 .. 120 s and DCPA below
5 NM; alert is a step in which an active aircraft manoeuvres while another has TCPA in 0 .. 120 s and DCPA below 6 NM.
The study's code clamps TCPA into that range before it takes DCPA, which would add pairs that are inside 5 NM but
parting, and pairs that are close within 120 s but closest later; here it is not clamped.

`state_based`, per aircraft: truth is a step in which it is in a conflict (`conflicts.py`: 5 NM, 300 s); alert is a step
in which it, or the other of the two, manoeuvres while that pair is in conflict by a zone of 6 NM. Either may solve it.

In both: a manoeuvre is an instruction (`control.py`) that is not navigation; an alert counts where it is one in 2 of
the last 3 steps; nothing counts after an aircraft's arrival. Windows are runs of such steps; truth grows by 30 s,
alerts by 10 s on both sides, within the flight. They are matched one to one: each truth, in order of time, takes the
free alert of largest intersection over union, of at least 0.3.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from envs.airspace.evaluation.approach import closest_approach, relative
from envs.airspace.evaluation.conflicts import Columns, aircraft_flags, conflict_steps
from envs.airspace.evaluation.control import instructed, share
from envs.airspace.evaluation.flight import STEP_S, Flight
from envs.airspace.evaluation.windows import NUM_FINDINGS, match_windows
from envs.airspace.simulation.compiled.worlds import LOSS_NM

ALERT_ZONE_NM = 6.0
STUDY_HORIZON_S = 120.0
TOWARDS_WAYPOINT_DEG = 1.0
VARIANTS = ("study", "state_based")

Series = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Truth, alert, watched (bool) and smallest separation (NM) by step, all (T, W, S), of whole worlds or of aircraft."""


def agreement(flight: Flight) -> Columns:
    """Columns (W,), each with the prefix `study_` and `state_based_` (there summed over the episode's aircraft):

    truth_windows, alert_windows, matched; false_alerts = alert_windows - matched (ghost conflicts);
    missed = truth_windows - matched. precision, recall, f1: matched of alert windows, of truth windows, and 2 matched /
    (both); NaN where there are none. alert_s: time in alert, before growing; watched_s: time under watch;
    duty_cycle: alert_s / watched_s. lead_time_s: mean over matches of the truth's begin minus the alert's, before
    growing (negative: the alert came later). resolved: matches after whose grown truth no separation is lost for 60 s
    (or in the flight's last 60 s, where it reaches the end); resolved_share: of matched.
    """
    manoeuvres = _manoeuvres(flight)
    return _columns("study", *_study(flight, manoeuvres)) | _columns("state_based", *_state_based(flight, manoeuvres))


def _manoeuvres(flight: Flight) -> np.ndarray:
    """(T, W, A) bool: instructed, and not to bring the heading over 1 degree nearer to the waypoint's bearing."""
    flags = np.zeros(flight.commanding.shape, np.bool_)
    _scan_manoeuvres(
        flight.position_nm, flight.waypoint_nm, flight.heading_deg, flight.change, flight.commanding, flags
    )
    return flags


@njit(cache=True)
def _scan_manoeuvres(position, waypoint, heading_deg, change, commanding, flags):
    """Fill `flags` (T, W, A)."""
    for t, w, a in np.ndindex(flags.shape):
        turned, sped = instructed(change[t, w, a])
        if commanding[t, w, a] and (turned or sped):
            east, north = waypoint[w, a, 0] - position[t, w, a, 0], waypoint[w, a, 1] - position[t, w, a, 1]
            off_deg = math.degrees(math.atan2(east, north)) - heading_deg[t, w, a]
            nearer_deg = _turn_deg(off_deg) - _turn_deg(off_deg - change[t, w, a, 0])
            flags[t, w, a] = nearer_deg <= TOWARDS_WAYPOINT_DEG


@njit(cache=True, inline="always")
def _turn_deg(angle_deg):
    """The angle as a turn of 0 to 180 degrees, the short way round."""
    return abs((angle_deg + 180.0) % 360.0 - 180.0)


def _study(flight: Flight, manoeuvres: np.ndarray) -> Series:
    """One series per world."""
    truth = np.any(_near_pairs(flight, LOSS_NM, flight.active), axis=2, keepdims=True)
    near = aircraft_flags(_near_pairs(flight, ALERT_ZONE_NM, flight.present), flight.pairs, flight.num_slots)
    alert = np.any(manoeuvres & near, axis=2, keepdims=True)
    smallest = np.min(flight.pair_separation_nm, axis=2, keepdims=True, initial=np.inf)
    watched = flight.counted[..., None]
    return truth, _two_of_three(alert) & watched, watched, smallest


def _near_pairs(flight: Flight, zone_nm: float, counting: np.ndarray) -> np.ndarray:
    """(T, W, P) bool: both count at the step's start, TCPA is in 0 .. 120 s, and DCPA below `zone_nm`."""
    flags = np.zeros(flight.pair_separation_nm.shape, np.bool_)
    _scan_near(
        flight.position_nm,
        flight.velocity_kt,
        counting,
        flight.pairs,
        flight.counted,
        zone_nm,
        STUDY_HORIZON_S,
        flags,
    )
    return flags


@njit(cache=True)
def _scan_near(position, velocity, counting, pairs, counted, zone_nm, horizon_s, flags):
    """Fill `flags` (T, W, P)."""
    for t in range(flags.shape[0]):
        for w in range(flags.shape[1]):
            if not counted[t, w]:
                continue
            for p in range(pairs.shape[0]):
                a, b = pairs[p, 0], pairs[p, 1]
                if counting[t, w, a] and counting[t, w, b]:
                    east, north, east_kt, north_kt = relative(position, velocity, t, w, a, b)
                    tcpa_s, dcpa_nm = closest_approach(east, north, east_kt, north_kt)
                    flags[t, w, p] = 0.0 <= tcpa_s <= horizon_s and dcpa_nm < zone_nm


def _state_based(flight: Flight, manoeuvres: np.ndarray) -> Series:
    """One series per aircraft."""
    pairs, num_slots = flight.pairs, flight.num_slots
    either = manoeuvres[:, :, pairs[:, 0]] | manoeuvres[:, :, pairs[:, 1]]
    truth = aircraft_flags(conflict_steps(flight, LOSS_NM), pairs, num_slots)
    alert = aircraft_flags(conflict_steps(flight, ALERT_ZONE_NM) & either, pairs, num_slots)
    watched = flight.commanding
    return truth & watched, _two_of_three(alert & watched) & watched, watched, _nearest_nm(flight)


def _nearest_nm(flight: Flight) -> np.ndarray:
    """(T, W, A): each aircraft's smallest separation within each step."""
    nearest = np.full(flight.active_s.shape, np.inf)
    _lower(flight.pair_separation_nm, flight.pairs, nearest)
    return nearest


@njit(cache=True)
def _lower(separation, pairs, nearest):
    for t, w, p in np.ndindex(separation.shape):
        for slot in pairs[p]:
            nearest[t, w, slot] = min(nearest[t, w, slot], separation[t, w, p])


def _two_of_three(flags: np.ndarray) -> np.ndarray:
    """True where at least two of this step and the two before are True, along the first axis."""
    count = flags.astype(np.int8)
    count[1:] += flags[:-1]
    count[2:] += flags[:-2]
    return count >= 2


def _columns(variant: str, truth: np.ndarray, alert: np.ndarray, watched: np.ndarray, nearest: np.ndarray) -> Columns:
    """Match the windows of all series (T, W, S) and add up those of each world."""
    num_steps, num_worlds, num_series = truth.shape
    series = [part.transpose(1, 2, 0).reshape(-1, num_steps) for part in (truth, alert, watched, nearest)]
    found = match_windows(series[0], series[1], series[2], series[3], LOSS_NM)
    findings = found.reshape(num_worlds, num_series, NUM_FINDINGS).sum(1)
    truths, alerts, matched, lead_steps, resolved = findings.T
    alert_s, watched_s = STEP_S * alert.sum((0, 2)), STEP_S * watched.sum((0, 2))
    columns = {
        "truth_windows": truths,
        "alert_windows": alerts,
        "matched": matched,
        "false_alerts": alerts - matched,
        "missed": truths - matched,
        "precision": share(matched, alerts),
        "recall": share(matched, truths),
        "f1": share(2 * matched, truths + alerts),
        "alert_s": alert_s,
        "watched_s": watched_s,
        "duty_cycle": share(alert_s, watched_s),
        "lead_time_s": STEP_S * share(lead_steps, matched),
        "resolved": resolved,
        "resolved_share": share(resolved, matched),
    }
    return {f"{variant}_{name}": column for name, column in columns.items()}
