"""Flights for tests whose places can be worked out by hand: 1 NM a step, north or east."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from envs.airspace.pictures.flight import Flight, of_recording
from envs.airspace.pictures.room import scene_of
from envs.ground.scene import Scene


def recording(
    east_nm: Sequence[float] = (0.0, 8.0),
    num_steps: int = 4,
    separation_nm: Sequence[float] | None = None,
    leaves_at: int | None = None,
) -> pd.DataFrame:
    """Aircraft A1, A2, .. side by side, flying north from 0 NM at 1 NM a step of 10 s towards waypoints at 20 NM.

    Args:
        separation_nm: of each step from 0 to `num_steps`, the same for all; default: 8 NM.
        leaves_at: the step in which A1 arrives and leaves.
    """
    separation_nm = [8.0] * (num_steps + 1) if separation_nm is None else separation_nm
    rows = []
    for step in range(num_steps + 1):
        for a, east in enumerate(east_nm):
            gone = a == 0 and leaves_at is not None and step >= leaves_at
            rows.append(
                {
                    "step": step,
                    "time_s": 10.0 * step,
                    "agent": f"A{a + 1}",
                    "east_nm": east,
                    "north_nm": float(min(step, leaves_at) if gone and leaves_at is not None else step),
                    "heading_deg": 0.0,
                    "cas_kt": 250.0 + step,
                    "waypoint_east_nm": east,
                    "waypoint_north_nm": 20.0,
                    "separation_nm": separation_nm[step] if len(east_nm) > 1 else np.inf,
                    "present": not gone,
                    "arrived": gone,
                }
            )
    return pd.DataFrame(rows)


def flight(*args: object, **values: object) -> Flight:
    """The same as arrays."""
    return of_recording(recording(*args, **values), "by hand")  # type: ignore[arg-type]


def scene(*args: object, **values: object) -> Scene:
    """The same as it is drawn."""
    return scene_of(flight(*args, **values))
