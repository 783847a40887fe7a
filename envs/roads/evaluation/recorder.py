"""Keeps what metrics need of a block of worlds while it is driven."""

from __future__ import annotations

import numpy as np

from envs.roads.evaluation.compiled.alone import free_drives, permitted_mps
from envs.roads.evaluation.drive import Drive
from envs.roads.simulation.batch import RoadsBatch
from envs.roads.simulation.compiled.table import CURVATURE, LIMIT, Table
from envs.roads.simulation.settings import STEP_S

_STATES = ("x_m", "y_m", "yaw_rad", "speed_mps", "s_m", "d_m", "limit_mps", "active", "heading_error")


class DriveRecorder:
    """Records all worlds of a batch: `keep` after `begin` and after every `step`, `drive` at the end.

    Memory is about 90 bytes per world, car and step.
    """

    def __init__(self, batch: RoadsBatch) -> None:
        """Record `batch`, in which all worlds begin an episode together."""
        self._batch = batch
        self._kept: dict[str, list[np.ndarray]] = {name: [] for name in _STATES}

    def keep(self) -> None:
        """Keep the present state."""
        for name, kept in self._kept.items():
            kept.append(np.array(getattr(self._batch.worlds, name)))

    def drive(self) -> Drive:
        """What was driven, with room for the cars that were there."""
        worlds = self._batch.worlds
        slots = slice(max(1, int(worlds.num_cars.max())))
        states = {name: np.stack(kept)[:, :, slots] for name, kept in self._kept.items()}
        cosine, sine = np.moveaxis(states.pop("heading_error"), -1, 0)
        driving = states.pop("active")
        lines = self._batch.table.lines[worlds.road[:, None], worlds.route[:, slots]]
        entered = np.where(worlds.entered_step[:, slots] >= 0, worlds.entered_step[:, slots], worlds.step[:, None])
        wanted = np.where(np.arange(worlds.num_slots) < worlds.num_cars[:, None], worlds.entry_step, self._never)
        free_m, alone_s = self._alone(states["s_m"], states["speed_mps"], driving)
        return Drive(
            **states,
            off_heading_rad=np.arctan2(sine, cosine),
            free_m=free_m,
            alone_s=alone_s,
            driving=driving,
            length_m=np.array(worlds.length_m[:, slots]),
            width_m=np.array(worlds.width_m[:, slots]),
            status=np.array(worlds.status[:, slots]),
            entry=lines["entry"],
            route_m=lines["length"],
            wanted_step=wanted[:, slots],
            entered_step=entered,
            num_steps=np.array(worlds.step),
            num_arms=self._batch.table.roads["num_entries"][worlds.road],
            step_s=STEP_S,
        )

    @property
    def _never(self) -> int:
        return self._batch.max_steps + 1

    def _alone(self, s_m: np.ndarray, speed_mps: np.ndarray, driving: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where each car would be, alone since it came (T + 1, W, S), and how long to the end of its route (W, S)."""
        worlds, found = self._batch.worlds, s_m.copy()
        permitted, length_m = _permitted(self._batch.table)
        route, first = np.ascontiguousarray(worlds.route[:, : s_m.shape[2]]), driving.argmax(0)
        alone_s, begun = np.zeros(route.shape), (np.array(worlds.road), route, s_m, speed_mps, first)
        free_drives(permitted, length_m, *begun, STEP_S, found, alone_s)
        return found, alone_s


def _permitted(table: Table) -> tuple[np.ndarray, np.ndarray]:
    """The speeds (N, R, P) that may be driven, and the lengths (N, R) of routes."""
    lines = table.lines
    places = np.minimum(np.arange(lines["count"].max()), np.maximum(lines["count"], 1)[..., None] - 1)
    rows = table.points[lines["first"][..., None] + places]
    length_m = np.ascontiguousarray(lines["length"])
    limit, curvature = (np.ascontiguousarray(rows[..., column]) for column in (LIMIT, CURVATURE))
    return permitted_mps(length_m, limit, curvature), length_m
