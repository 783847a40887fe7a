"""Between latitude and longitude and a scenario's east/north frame, on a sphere.

The frame is the azimuthal equidistant projection around the centre (Snyder, "Map Projections: A Working Manual", 1987,
chapter 25): distances and bearings from the centre are true. Headings turn by the angle between north at the aircraft
and north of the frame.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from envs.airspace.simulation.traffic.atmosphere import NM_IN_M
from envs.airspace.simulation.traffic.scenario import Centre

EARTH_RADIUS_NM = 6_371_000.0 / NM_IN_M


def frame_from_lat_lon(lat_deg: ArrayLike, lon_deg: ArrayLike, centre: Centre) -> np.ndarray:
    """Return positions (A, 2), east and north in NM, of latitudes and longitudes (A,); true up to the antipode."""
    lat, lat0 = np.radians(lat_deg), np.radians(centre.lat_deg)
    ahead = np.radians(np.subtract(lon_deg, centre.lon_deg))
    # the point on the unit sphere, along east, north and up at the centre
    east = np.cos(lat) * np.sin(ahead)
    north = np.cos(lat0) * np.sin(lat) - np.sin(lat0) * np.cos(lat) * np.cos(ahead)
    up = np.sin(lat0) * np.sin(lat) + np.cos(lat0) * np.cos(lat) * np.cos(ahead)
    chord = np.hypot(east, north)
    angle = np.arctan2(chord, up)
    scale = EARTH_RADIUS_NM * np.divide(angle, chord, out=np.ones_like(chord), where=chord > 0.0)
    return np.stack([east * scale, north * scale], axis=-1)


def lat_lon_from_frame(position_nm: np.ndarray, centre: Centre) -> tuple[np.ndarray, np.ndarray]:
    """Return latitudes and longitudes (degrees, (A,)) of positions (A, 2), east and north in NM."""
    position = np.asarray(position_nm, dtype=np.float64) / EARTH_RADIUS_NM
    angle = np.hypot(position[:, 0], position[:, 1])
    east, north = (position * np.sinc(angle / np.pi)[:, None]).T  # np.sinc(x) is sin(pi x) / (pi x)
    up, lat0 = np.cos(angle), np.radians(centre.lat_deg)
    outward = up * np.cos(lat0) - north * np.sin(lat0)
    lat = np.arctan2(up * np.sin(lat0) + north * np.cos(lat0), np.hypot(east, outward))
    lon_deg = centre.lon_deg + np.degrees(np.arctan2(east, outward))
    return np.degrees(lat), np.where(np.abs(lon_deg) > 180.0, (lon_deg + 180.0) % 360.0 - 180.0, lon_deg)


def convergence_deg(lat_deg: ArrayLike, lon_deg: ArrayLike, centre: Centre) -> np.ndarray:
    """Return by how many degrees a true heading at a place (A,) exceeds the same direction's heading in the frame.

    It is what the bearing of the great circle from the centre has gained at the place, by Napier's analogy
    tan(gain / 2) = tan(longitude difference / 2) sin(mean latitude) / cos(half the latitude difference).
    """
    mean_lat = np.radians(np.add(lat_deg, centre.lat_deg) / 2.0)
    half_difference = np.radians(np.subtract(lat_deg, centre.lat_deg) / 2.0)
    half_ahead = np.radians(np.subtract(lon_deg, centre.lon_deg) / 2.0)
    sine, cosine = np.sin(half_ahead) * np.sin(mean_lat), np.cos(half_ahead) * np.cos(half_difference)
    return (np.degrees(2.0 * np.arctan2(sine, cosine)) + 180.0) % 360.0 - 180.0
