"""The airspace's fifth room as its door shows it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from envs.airspace.pictures.flight import RECORDING_COLUMNS, Flight, of_recording
from envs.airspace.pictures.in_browser import in_browser
from envs.airspace.simulation.compiled.worlds import LOSS_NM
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic.traffic_settings import ARRIVAL_NM
from envs.ground.rooms import Begun, InBrowser
from envs.ground.scene import Look, Scene, Symbol

_RIGHT_HALF = ((0, -10), (1.6, -3), (9, 2), (9, 4), (1.6, 2.2), (1.2, 6.5), (4, 8.6), (4, 10), (0, 9))
_LEGEND: tuple[tuple[Symbol, str], ...] = (
    ("circles", f"circles of {LOSS_NM / 2:g} NM radius: two that touch are {LOSS_NM:g} NM apart"),
    ("alarm", f"red: separation lost, the pair is below {LOSS_NM:g} NM"),
    ("goal", f"waypoint, reached within {ARRIVAL_NM:g} NM (the ring)"),
    ("ahead", "line ahead: the next minute on the present course"),
    ("finished", "hollow: arrived (\N{CHECK MARK})"),
    ("", "number under the name: CAS in kt"),
)

LOOK = Look(
    unit="NM",
    shape="outline",
    outline=np.array([*_RIGHT_HALF, *((-x, y) for x, y in _RIGHT_HALF[-2:0:-1])], np.float64),
    radius=LOSS_NM / 2,
    goal_radius=ARRIVAL_NM,
    near=LOSS_NM,
    ahead=60.0,
    up="N",
    curve_words="smallest separation",
    curve_unit="NM",
    limit=LOSS_NM,
    legend=_LEGEND,
)


class AirspacePictures:
    """See envs/ground/rooms.py: Pictures."""

    columns = RECORDING_COLUMNS

    def scene(self, recording: pd.DataFrame, name: str) -> Scene:
        """See Pictures.scene."""
        return scene_of(of_recording(recording, name))

    def in_browser(self, settings: AirspaceSettings, begun: Mapping[str, Begun]) -> InBrowser:
        """See Pictures.in_browser."""
        return in_browser(LOOK, settings, begun)


def scene_of(flight: Flight) -> Scene:
    """A flight from above, north up, and its smallest separation below."""
    num_arrived, num_ever = flight.arrived.sum(1), int(flight.seen.any(0).sum())
    return Scene(
        look=LOOK,
        ids=flight.ids,
        time=flight.time_s,
        place=np.where(flight.seen[..., None], flight.position_nm, np.nan),
        course=flight.heading_deg,
        shown=flight.present,
        finished=flight.arrived,
        alarm=flight.lost,
        goal=flight.waypoint_nm,
        curve=flight.smallest_nm,
        details=[[f"{cas:.0f} kt" if np.isfinite(cas) else "" for cas in row] for row in flight.cas_kt.tolist()],
        words=[f"arrived {count} of {num_ever}" for count in num_arrived.tolist()],
        summary=_summary(flight.minimum_nm),
    )


def _summary(minimum_nm: float | None) -> str:
    if minimum_nm is None:
        return "no pair"
    lost = ", separation lost" if minimum_nm < LOSS_NM else ""
    return f"minimum {minimum_nm:.2f} NM{lost}"


PICTURES = AirspacePictures()
