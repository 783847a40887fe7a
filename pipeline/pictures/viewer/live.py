"""What an environment's `render` shows: a world of the airspace while it is flown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from envs.airspace.pictures.scene import Flight
from envs.airspace.simulation.worlds import TICKS_PER_STEP, Worlds
from pipeline.pictures.viewer.camera import ROOM, Camera, places_to_see
from pipeline.pictures.viewer.picture import HEIGHT, WIDTH, map_camera, picture
from pipeline.pictures.viewer.window import Window

_SAMPLED = ("step", "position", "waypoint", "heading", "cas", "separation", "present", "arrived")


class LiveViewer:
    """Keeps every step of the first world of a batch since its episode began, and draws it."""

    def __init__(self, title: str, frames_per_s: float) -> None:
        """Prepare to watch; a window opens when something is shown first.

        Args:
            frames_per_s: the most steps that a window shows in a second.
        """
        self._title, self._frames_per_s = title, frames_per_s
        self._samples: list[dict[str, np.ndarray]] = []
        self._names: Sequence[str] = ()
        self._camera: Camera | None = None
        self._window: Window | None = None
        self._shown = 0

    def follow(self, worlds: Worlds, names: Sequence[str]) -> None:
        """Take in the present state of world 0, whose A slots are called `names`; step 0 begins a new episode."""
        if worlds.step[0] == 0:
            self._samples, self._camera, self._shown = [], None, 0
        self._names = names
        self._samples.append({name: np.array(getattr(worlds, name)[0]) for name in _SAMPLED})

    def image(self) -> np.ndarray:
        """The present state as a picture (H, W, 3) uint8."""
        flight = self._flight()
        self._camera = _following(self._camera, flight)
        return picture(flight, flight.end_s, self._camera, max(flight.end_s, _SHORTEST_PLOT_S))

    def show(self) -> None:
        """Show the present state in a window; asked again before the next step, it does nothing.

        Raises:
            ValueError: there is no display.
        """
        if self._window is None:
            self._window = Window((WIDTH, HEIGHT), self._title)
        if self._window.is_open and self._shown != len(self._samples):
            self._window.show(self.image(), self._frames_per_s)
            self._shown = len(self._samples)

    def close(self) -> None:
        """Close the window, if there is one."""
        if self._window is not None:
            self._window.close()

    def _flight(self) -> Flight:
        """All samples of the slots in which there was an aircraft."""
        column = {name: np.stack([sample[name] for sample in self._samples]) for name in _SAMPLED}
        used = np.flatnonzero((column["present"] | column["arrived"]).any(0)).tolist()
        return Flight(
            ids=tuple(self._names[a] for a in used),
            types=("",) * len(used),
            step=column["step"],
            time_s=column["step"] * float(TICKS_PER_STEP),
            position_nm=column["position"][:, used],
            heading_deg=column["heading"][:, used],
            cas_kt=column["cas"][:, used],
            separation_nm=column["separation"][:, used],
            present=column["present"][:, used],
            arrived=column["arrived"][:, used],
            waypoint_nm=column["waypoint"][-1, used],
        )


_SHORTEST_PLOT_S = 300.0
"""The plot's time axis spans so much from the beginning, then grows."""


def _following(camera: Camera | None, flight: Flight) -> Camera:
    """The same view as long as all is inside."""
    places_nm = places_to_see(flight)
    if camera is not None and camera.sees(places_nm):
        return camera
    return map_camera(places_nm, ROOM)
