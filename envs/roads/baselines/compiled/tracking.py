"""By which angle of its wheels a car follows its route, where actions steer."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from envs.roads.baselines.compiled.paths import place

_LOOK_AHEAD_M, _LOOK_AHEAD_S = 2.5, 0.35


@njit(cache=True, error_model="numpy")
def pursue(cars, net, wheelbase_share, offset_m, steering):
    """Write to `steering` (W, S) the angle of the wheels of all that drive: atan(2 L sin(alpha) / distance).

    R. C. Coulter, "Implementation of the pure pursuit path tracking algorithm", CMU-RI-TR-92-01; the rear axle follows.
    """
    for w, i in np.ndindex(cars.drives.shape):
        if not cars.drives[w, i]:
            continue
        n, r, wheelbase = cars.road[w], cars.route[w, i], wheelbase_share * cars.length_m[w, i]
        cosine, sine = math.cos(cars.yaw_rad[w, i]), math.sin(cars.yaw_rad[w, i])
        rear_x, rear_y = cars.x_m[w, i] - 0.5 * wheelbase * cosine, cars.y_m[w, i] - 0.5 * wheelbase * sine
        goal_s = cars.s_m[w, i] - 0.5 * wheelbase + _LOOK_AHEAD_M + _LOOK_AHEAD_S * cars.speed_mps[w, i]
        x, y, _ = place(net.point_m[n, r], net.heading_rad[n, r], net.length_m[n, r], goal_s, offset_m[w, i])
        east, north = x - rear_x, y - rear_y
        aside = north * cosine - east * sine
        steering[w, i] = math.atan(2.0 * wheelbase * aside / (east * east + north * north))
