"""Roads and cars made by hand: straight routes, and cars on them."""

from __future__ import annotations

import numpy as np

from envs.roads.baselines.compiled.paths import allowed_mps
from envs.roads.baselines.traffic import Cars, Law, Net

LAW = Law(spacing_m=2.0, headway_s=2.0, acceleration_mps2=2.0, braking_mps2=4.0, exponent=4.0, reach_m=80.0)
"""V-Max's parameters."""


def straight(from_m: tuple[float, float], heading_rad: float, num_points: int = 101) -> np.ndarray:
    """(P, 2): a point every metre."""
    along = np.arange(num_points)[:, None] * (np.cos(heading_rad), np.sin(heading_rad))
    return along + from_m


def net(*routes: tuple[tuple[float, float], float], limit_mps: float = 10.0) -> Net:
    """One road of straight routes of 100 m, each by start and heading; nobody meets, nobody has priority, no lights."""
    count, points = len(routes), 101
    pairs = (1, count, count)
    return Net(
        point_m=np.stack([straight(*route) for route in routes])[None],
        heading_rad=np.stack([np.full(points, heading) for _, heading in routes])[None],
        curvature_per_m=np.zeros((1, count, points)),
        limit_mps=np.full((1, count, points), limit_mps),
        left_m=np.full((1, count, points), 5.25),
        right_m=np.full((1, count, points), 1.75),
        length_m=np.full((1, count), 100.0),
        stop_m=np.full((1, count), np.inf),
        signal=np.full((1, count), -1),
        cycle_s=np.full((1, 1), 60.0),
        green_from_s=np.zeros((1, 1)),
        green_until_s=np.full((1, 1), 20.0),
        amber_s=np.full((1, 1), 3.0),
        meets_from_m=np.full(pairs, np.inf),
        meets_until_m=np.full(pairs, np.inf),
        priority=np.zeros(pairs, np.int8),
    )


def crossing(priority: int = 1) -> Net:
    """Route 0 goes east, route 1 north; they cross at 50 m of both, and share 48 to 52 m. 1: route 0 goes first."""
    found = net(((-50.0, 0.0), 0.0), ((0.0, -50.0), np.pi / 2))
    for r, q in ((0, 1), (1, 0)):
        found.meets_from_m[0, r, q], found.meets_until_m[0, r, q] = 48.0, 52.0
    found.priority[0] = [[0, priority], [-priority, 0]]
    return found


def merge(priority: int = 1) -> Net:
    """Route 1 comes from the right at 0.2 rad and runs on in the lane of route 0 from 60 m of both on."""
    found = net(((0.0, 0.0), 0.0), ((0.0, 0.0), 0.0))
    slant = straight((60.0 - 60.0 * np.cos(0.2), -60.0 * np.sin(0.2)), 0.2)
    found.point_m[0, 1, :60], found.heading_rad[0, 1, :60] = slant[:60], 0.2
    for r, q in ((0, 1), (1, 0)):
        found.meets_from_m[0, r, q], found.meets_until_m[0, r, q] = 50.0, 100.0
    found.priority[0] = [[0, priority], [-priority, 0]]
    return found


def cars(road: Net, *given: tuple[int, float, float], time_s: float = 0.0, d_m: float = 0.0) -> Cars:
    """One world of cars of 4 by 2 m, each by route, place and speed."""
    route = np.array([[one[0] for one in given]])
    s, speed = (np.array([[float(one[n]) for one in given]]) for n in (1, 2))
    heading = road.heading_rad[0, route, s.astype(int)]
    left = np.stack([-np.sin(heading), np.cos(heading)], -1)
    forward = np.stack([np.cos(heading), np.sin(heading)], -1)
    place = road.point_m[0, route, s.astype(int)] + (s % 1.0)[..., None] * forward + d_m * left
    ones = np.ones(route.shape)
    return Cars(
        road=np.zeros(1, np.int64),
        time_s=np.array([time_s]),
        drives=ones.astype(bool),
        there=ones.astype(bool),
        x_m=place[..., 0].copy(),
        y_m=place[..., 1].copy(),
        yaw_rad=heading.copy(),
        speed_mps=speed,
        length_m=4.0 * ones,
        width_m=2.0 * ones,
        route=route,
        s_m=s,
        d_m=d_m * ones,
        order=np.arange(len(given))[None].astype(np.float64),
    )


def allowed(road: Net) -> np.ndarray:
    """Speeds that are allowed on it."""
    return allowed_mps(road.length_m, road.limit_mps, road.curvature_per_m, 2.0, 2.0)
