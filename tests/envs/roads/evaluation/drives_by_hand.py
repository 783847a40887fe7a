"""Drives made by hand: cars that keep their speed and heading, or follow given ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from envs.roads.evaluation.drive import ARRIVED, Drive

STEP_S = 0.2


@dataclass(frozen=True)
class Track:
    """A car 4 by 2 m: where its middle is at first, and its speed by state, or one for all; `yaw_rad` the same.

    It enters at state `enters` and leaves after `steps` steps (None: never), with `status`.
    """

    x_m: float = 0.0
    y_m: float = 0.0
    yaw_rad: float | tuple[float, ...] = 0.0
    speed_mps: float | tuple[float, ...] = 10.0
    d_m: float = 0.0
    off_heading_rad: float = 0.0
    limit_mps: float = 10.0
    free_mps: float = 10.0
    enters: int = 0
    steps: int | None = None
    status: int = ARRIVED
    wanted: int | None = None
    entry: int = 0
    route_m: float = 1000.0


def drive(*tracks: Track, num_steps: int = 20, num_arms: int = 4) -> Drive:
    """One world of these cars."""
    shape = (num_steps + 1, 1, len(tracks))
    states = {name: np.zeros(shape) for name in ("x_m", "y_m", "yaw_rad", "speed_mps", "s_m", "free_m")}
    driving = np.zeros(shape, bool)
    for slot, track in enumerate(tracks):
        last = num_steps if track.steps is None else track.enters + track.steps
        driving[track.enters : last, 0, slot] = True
        for name, values in _states(track, num_steps, last).items():
            states[name][:, 0, slot] = values
    of_cars = {name: np.array([[getattr(track, name) for track in tracks]]) for name in ("status", "entry", "route_m")}
    of_states = {
        name: np.broadcast_to([[[getattr(track, name) for track in tracks]]], shape).astype(float)
        for name in ("d_m", "off_heading_rad", "limit_mps")
    }
    entered = np.array([[track.enters for track in tracks]])
    wanted = np.array([[track.enters if track.wanted is None else track.wanted for track in tracks]])
    return Drive(
        **states,
        **of_states,
        **of_cars,
        driving=driving,
        length_m=np.full(shape[1:], 4.0),
        width_m=np.full(shape[1:], 2.0),
        wanted_step=wanted,
        entered_step=entered,
        alone_s=states["s_m"][-1] / [[track.free_mps for track in tracks]],
        num_steps=np.array([num_steps]),
        num_arms=np.array([num_arms]),
        step_s=STEP_S,
    )


def _states(track: Track, num_steps: int, last: int) -> dict[str, np.ndarray]:
    """What it does from `enters` to `last`; before and after it stands still."""
    states = np.clip(np.arange(num_steps + 1), track.enters, last)
    speed, yaw = (np.broadcast_to(values, num_steps + 1) for values in (track.speed_mps, track.yaw_rad))
    speed, yaw = speed[states], yaw[states]
    moved = np.diff(states) * STEP_S * 0.5 * (speed[:-1] + speed[1:])
    east, north = (np.append(0.0, np.cumsum(moved * turned(yaw[:-1]))) for turned in (np.cos, np.sin))
    return {
        "x_m": track.x_m + east,
        "y_m": track.y_m + north,
        "yaw_rad": yaw,
        "speed_mps": speed,
        "s_m": np.append(0.0, np.cumsum(moved)),
        "free_m": track.free_mps * STEP_S * np.maximum(np.arange(num_steps + 1) - track.enters, 0),
    }
