"""The baseline mvp: modified voltage potential, with the waypoint as soon as a conflict is over.

The method is that of J. Hoekstra, R. van Gent and R. Ruigrok, "Designing for safety: the free flight air traffic
management concept" (2002), with the correction for the zone's tangent and the recovery rules of the open simulator
BlueSky, in two dimensions: predict the closest approach of each pair, and shift one's own velocity so far that it moves
to the edge of the zone. Every aircraft does so for all its conflicts at once, and adds the shifts up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from envs.airspace.baselines.direct import course_deg, towards, wrap_deg
from envs.airspace.baselines.reports import Reports, air_velocity_kt, reports
from envs.airspace.baselines.settings import Mvp
from envs.airspace.simulation.batch import AirspaceBatch
from envs.airspace.simulation.compiled.worlds import LOSS_NM

_SECONDS_PER_HOUR = 3600.0
_SMALLEST_DCPA_NM = 10.0 / 1852.0  # 10 m, as BlueSky: below, the side to pass on is chosen, the same for both
_SMALLEST_SPEED_KT = 0.1  # of a pair, relative; slower ones neither close nor part
_SHORTEST_H = 1.0 / _SECONDS_PER_HOUR
_BOUNCING_DEG = 30.0  # nearly parallel aircraft at the zone's edge go on resolving


@dataclass(frozen=True)
class Encounters:
    """How all aircraft (first index) see all others (second): arrays (W, A, A), vectors (W, A, A, 2) east and north."""

    pairs: np.ndarray  # two different aircraft, the first present, the second heard of
    position_nm: np.ndarray
    velocity_kt: np.ndarray
    distance_nm: np.ndarray
    tcpa_h: np.ndarray
    cpa_nm: np.ndarray  # position at the closest approach
    dcpa_nm: np.ndarray

    def of(self, chosen: np.ndarray) -> Encounters:
        """Those pairs (W, A, A) that are chosen, in a row: arrays (N,), vectors (N, 2)."""
        return Encounters(**{name: values[chosen] for name, values in vars(self).items()})


class VoltagePotential:
    """Resolves conflicts by modified voltage potential; else flies to the waypoint at the speed it came with."""

    def __init__(self, settings: Mvp) -> None:
        """Look ahead and keep margins as `settings` say."""
        self._settings = settings

    def begin(self, batch: AirspaceBatch, first: int) -> None:
        """See Steering.begin."""
        self._used = slice(int(batch.worlds.num_aircraft.max()))  # the rest of the room costs nothing
        self._resolving = np.zeros((batch.num_worlds, self._used.stop, self._used.stop), bool)
        self._cas_kt = batch.worlds.cas.copy()

    def steer(self, batch: AirspaceBatch, noise: np.ndarray | None) -> np.ndarray:
        """See Steering.steer."""
        worlds, used, zone_nm = batch.worlds, self._used, LOSS_NM * self._settings.margin
        told = reports(batch)
        seen = encounters(batch, told, used)
        conflicts = in_conflict(seen, self._settings.look_ahead_s)
        tracks_deg = np.degrees(np.arctan2(told.velocity_kt[:, None, used, 0], told.velocity_kt[:, None, used, 1]))
        track_deg = wrap_deg(worlds.heading[:, used, None] - tracks_deg)
        self._resolving = (self._resolving | conflicts) & ~_is_over(seen, track_deg, zone_nm)
        shifts_kt = np.zeros((*conflicts.shape, 2))
        shifts_kt[conflicts] = -_pair_shift_kt(seen.of(conflicts), zone_nm)
        velocity_kt = air_velocity_kt(batch)
        velocity_kt[:, used] += shifts_kt.sum(2)
        heading_deg = np.degrees(np.arctan2(velocity_kt[..., 0], velocity_kt[..., 1]))
        tas_kt = np.hypot(velocity_kt[..., 0], velocity_kt[..., 1])
        # CAS grows in proportion to TAS near enough over the 10 kt that one step allows.
        ratio = np.divide(tas_kt, worlds.tas, out=np.ones_like(tas_kt), where=worlds.tas > 0.0)
        busy = np.zeros(tas_kt.shape, bool)
        busy[:, used] = self._resolving.any(2)
        return towards(
            batch,
            np.where(busy, heading_deg, course_deg(batch)),
            np.where(busy, worlds.cas * ratio, self._cas_kt),
        )


def encounters(batch: AirspaceBatch, told: Reports, used: slice = slice(None)) -> Encounters:
    """All pairs of the slots `used` as they are now, and at the closest approach of their straight extrapolation.

    Args:
        told: what is known of the second of each pair; the first knows itself.
    """
    worlds = batch.worlds
    velocity, position = air_velocity_kt(batch)[:, used], worlds.position[:, used]
    position_nm = told.position_nm[:, None, used] - position[:, :, None, :]
    velocity_kt = told.velocity_kt[:, None, used] - velocity[:, :, None, :]
    speed2 = np.maximum(_dot(velocity_kt, velocity_kt), _SMALLEST_SPEED_KT**2)
    tcpa_h = -_dot(position_nm, velocity_kt) / speed2
    cpa_nm = position_nm + velocity_kt * tcpa_h[..., None]
    slots = np.arange(batch.num_slots)[used]
    present = worlds.present[:, used] & (slots < worlds.num_aircraft[:, None])
    pairs = told.heard[:, None, used] & present[:, :, None] & (slots[:, None] != slots)
    distance_nm, dcpa_nm = (np.hypot(vector[..., 0], vector[..., 1]) for vector in (position_nm, cpa_nm))
    return Encounters(pairs, position_nm, velocity_kt, distance_nm, tcpa_h, cpa_nm, dcpa_nm)


def in_conflict(seen: Encounters, look_ahead_s: float) -> np.ndarray:
    """Pairs (W, A, A) that are inside 5 NM, or enter it within the look-ahead, both flying straight on."""
    speed_kt = np.maximum(np.hypot(seen.velocity_kt[..., 0], seen.velocity_kt[..., 1]), _SMALLEST_SPEED_KT)
    half_h = np.sqrt(np.maximum(0.0, LOSS_NM**2 - seen.dcpa_nm**2)) / speed_kt
    enters = seen.tcpa_h - half_h < look_ahead_s / _SECONDS_PER_HOUR
    return seen.pairs & (seen.dcpa_nm < LOSS_NM) & (seen.tcpa_h + half_h > 0.0) & enters


def _dot(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Products of vectors (.., 2); a sum over so short an axis takes numpy several times as long."""
    return one[..., 0] * other[..., 0] + one[..., 1] * other[..., 1]


def _is_over(seen: Encounters, track_deg: np.ndarray, zone_nm: float) -> np.ndarray:
    """Pairs that have passed each other, are apart, and do not fly on nearly parallel at the zone's edge."""
    passed = _dot(seen.position_nm, seen.velocity_kt) > 0.0
    bouncing = (np.abs(track_deg) < _BOUNCING_DEG) & (seen.distance_nm < zone_nm)
    return ~seen.pairs | (passed & (seen.distance_nm >= LOSS_NM) & ~bouncing)


def _pair_shift_kt(seen: Encounters, zone_nm: float) -> np.ndarray:
    """The change of relative velocity (.., 2) that moves each closest approach out to the edge of the zone.

    Outside of the zone it is stretched by 1 / cos(asin(zone / distance) - asin(dcpa / distance)), so that the new
    straight path touches the zone instead of cutting its corner.
    """
    distance = np.maximum(seen.distance_nm, _SMALLEST_DCPA_NM)
    aside = np.stack([seen.position_nm[..., 1], -seen.position_nm[..., 0]], -1) / distance[..., None]
    opposed = seen.dcpa_nm <= _SMALLEST_DCPA_NM
    cpa = np.where(opposed[..., None], aside * _SMALLEST_DCPA_NM, seen.cpa_nm)
    dcpa = np.where(opposed, _SMALLEST_DCPA_NM, seen.dcpa_nm)
    outside = (zone_nm < distance) & (dcpa < distance)
    zone_sine, dcpa_sine = (np.where(outside, nm / distance, 0.0) for nm in (zone_nm, dcpa))
    needed = zone_nm / np.cos(np.arcsin(zone_sine) - np.arcsin(dcpa_sine)) - dcpa
    return needed[..., None] * cpa / (np.maximum(np.abs(seen.tcpa_h), _SHORTEST_H) * dcpa)[..., None]
