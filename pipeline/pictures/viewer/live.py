"""What an environment's `render` shows: one world of a batch while it is played."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from envs.ground.doors import pictures, simulation
from envs.ground.play import Recorder
from envs.ground.scene import Scene
from envs.ground.world import Batch
from pipeline.pictures.viewer.camera import ROOM, Camera, places_to_see
from pipeline.pictures.viewer.picture import HEIGHT, WIDTH, map_camera, picture
from pipeline.pictures.viewer.window import Window

_SHORTEST_PLOT_STEPS = 30
"""The plot's time axis spans so many steps from the beginning, then grows."""


class LiveViewer:
    """Records the first world of a batch since its episode began, and draws it as its world's pictures have it."""

    def __init__(self, world: str, title: str, frames_per_s: float) -> None:
        """Prepare to watch; a window opens when something is shown first.

        Args:
            world: its name, see envs/ground/doors.py.
            frames_per_s: the most steps that a window shows in a second.
        """
        self._pictures, self._step_s = pictures(world), simulation(world).step_s
        self._title, self._frames_per_s = title, frames_per_s
        self._camera: Camera | None = None
        self._window: Window | None = None
        self._num_seen = self._shown = 0

    def follow(self, batch: Batch, names: Sequence[str]) -> None:
        """Take in the present state of world 0, whose A slots are called `names`; step 0 begins a new episode."""
        if batch.steps[0] == 0:
            self._recorder, self._camera, self._num_seen, self._shown = Recorder([0], self._step_s), None, 0, 0
        self._recorder.keep(batch, np.zeros((1, batch.num_slots, batch.num_actions)))
        self._batch, self._names = batch, names
        self._num_seen += 1

    def image(self) -> np.ndarray:
        """The present state as a picture (H, W, 3) uint8."""
        scene = self._scene()
        shortest = _SHORTEST_PLOT_STEPS * (1.0 if math.isnan(self._step_s) else self._step_s)
        self._camera = _following(self._camera, scene)
        return picture(scene, scene.end, self._camera, max(scene.end, shortest))

    def show(self) -> None:
        """Show the present state in a window; asked again before the next step, it does nothing.

        Raises:
            ValueError: there is no display.
        """
        if self._window is None:
            self._window = Window((WIDTH, HEIGHT), self._title)
        if self._window.is_open and self._shown != self._num_seen:
            self._window.show(self.image(), self._frames_per_s)
            self._shown = self._num_seen

    def close(self) -> None:
        """Close the window, if there is one."""
        if self._window is not None:
            self._window.close()

    def _scene(self) -> Scene:
        recording = self._recorder.frames(self._batch)[0]
        called = dict(zip(recording["agent"].unique(), self._names, strict=False))
        return self._pictures.scene(recording.assign(agent=recording["agent"].map(called)), self._title)


def _following(camera: Camera | None, scene: Scene) -> Camera:
    """The same view as long as all is inside."""
    places = places_to_see(scene)
    if camera is not None and camera.sees(places):
        return camera
    return map_camera(scene, places, ROOM)
