"""The roads' fifth room as its door shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from envs.ground.rooms import Begun, InBrowser
from envs.ground.scene import Look, Scene, Symbol
from envs.roads.pictures.drive import RECORDING_COLUMNS, Drive, of_recording

_KMH = 3.6
_LEGEND: tuple[tuple[Symbol, str], ...] = (
    ("alarm", "red: a crash, off the road, or over a red light"),
    ("goal", "ring: where a route ends"),
    ("ahead", "line ahead: the next second at this speed"),
    ("finished", "hollow: arrived (\N{CHECK MARK})"),
    ("", "number under the name: speed in km/h"),
)

LOOK = Look(
    unit="m",
    shape="car",
    radius=2.25,
    goal_radius=1.5,
    ahead=1.0,
    curve_words="smallest room between two cars",
    curve_unit="m",
    limit=0.0,
    legend=_LEGEND,
)


class RoadsPictures:
    """See envs/ground/rooms.py: Pictures."""

    columns = RECORDING_COLUMNS

    def scene(self, recording: pd.DataFrame, name: str) -> Scene:
        """See Pictures.scene."""
        return scene_of(of_recording(recording, name))

    def in_browser(self, settings: Any, begun: Mapping[str, Begun]) -> InBrowser:
        """See Pictures.in_browser: this world has no scripts."""
        raise ValueError("it has no scripts that drive its cars in a browser (in_browser of its room of pictures)")


def scene_of(drive: Drive) -> Scene:
    """A drive from above, and the smallest room between two cars below."""
    there = drive.seen & np.isfinite(drive.place_m).all(2)
    return Scene(
        look=LOOK,
        ids=drive.ids,
        time=drive.time_s,
        place=np.where(there[..., None], drive.place_m, np.nan),
        course=90.0 - np.degrees(drive.yaw_rad),
        shown=drive.drives,
        finished=drive.arrived,
        alarm=drive.lost,
        goal=drive.goal_m,
        curve=drive.gap_m,
        details=[[f"{_KMH * speed:.0f} km/h" for speed in row] for row in drive.speed_mps.tolist()],
        words=[_words(drive, sample) for sample in range(len(drive.time_s))],
        summary=_summary(drive),
        lines=(*drive.roads.outline_m, *drive.roads.middle_m),
    )


def _words(drive: Drive, sample: int) -> str:
    words = f"arrived {int(drive.arrived[sample].sum())} of {len(drive.ids)}"
    if not drive.roads.num_signals:
        return words
    green = drive.green(sample)
    return f"{words}, green: {'arms ' + ', '.join(map(str, green)) if green else 'nobody'}"


def _summary(drive: Drive) -> str:
    lost = int(drive.lost.any(0).sum())
    known = drive.gap_m[np.isfinite(drive.gap_m)]
    words = [f"smallest room {known.min():.2f} m"] if len(known) else ["never two cars"]
    return ", ".join([*words, *([f"{lost} lost"] if lost else [])])


PICTURES = RoadsPictures()
