"""What rules know of roads and cars: plain arrays, named, that compiled code takes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Net(NamedTuple):
    """N roads of a pool, as Roads has each: R routes, P points a metre apart, G signals; m, s, rad, m/s."""

    point_m: np.ndarray  # (N, R, P, 2)
    heading_rad: np.ndarray  # (N, R, P)
    curvature_per_m: np.ndarray  # (N, R, P)
    limit_mps: np.ndarray  # (N, R, P)
    left_m: np.ndarray  # (N, R, P)
    right_m: np.ndarray  # (N, R, P)
    length_m: np.ndarray  # (N, R)
    stop_m: np.ndarray  # (N, R)
    signal: np.ndarray  # (N, R)
    cycle_s: np.ndarray  # (N, G)
    green_from_s: np.ndarray  # (N, G)
    green_until_s: np.ndarray  # (N, G)
    amber_s: np.ndarray  # (N, G)
    meets_from_m: np.ndarray  # (N, R, R)
    meets_until_m: np.ndarray  # (N, R, R)
    priority: np.ndarray  # (N, R, R)


class Cars(NamedTuple):
    """W worlds of S cars; places are of the middles of their boxes.

    `drives`: its action counts. `there`: it may be met, a wreck that stays is, too. `order`: who came first.
    """

    road: np.ndarray  # (W,)
    time_s: np.ndarray  # (W,)
    drives: np.ndarray  # (W, S)
    there: np.ndarray  # (W, S)
    x_m: np.ndarray  # (W, S)
    y_m: np.ndarray  # (W, S)
    yaw_rad: np.ndarray  # (W, S)
    speed_mps: np.ndarray  # (W, S)
    length_m: np.ndarray  # (W, S)
    width_m: np.ndarray  # (W, S)
    route: np.ndarray  # (W, S)
    s_m: np.ndarray  # (W, S)
    d_m: np.ndarray  # (W, S)
    order: np.ndarray  # (W, S)


class Law(NamedTuple):
    """How a car follows, see envs/roads/baselines/compiled/following.py."""

    spacing_m: float
    headway_s: float
    acceleration_mps2: float
    braking_mps2: float
    exponent: float
    reach_m: float
