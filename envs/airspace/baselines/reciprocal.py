"""The baseline orca: optimal reciprocal collision avoidance, by the package pyrvo (the authors' RVO2 library, bound).

J. van den Berg, S. Guy, M. Lin and D. Manocha, "Reciprocal n-body collision avoidance", Robotics Research (2011). Each
aircraft is a disc of half the separation minimum that takes on half of every avoidance, and may take any velocity at
once: the limits of turns and of speed changes are not known to it, they are applied afterwards.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from envs.airspace.baselines.direct import course_deg, towards
from envs.airspace.baselines.settings import Orca
from envs.airspace.baselines.voltage_potential import air_velocity_kt
from envs.airspace.simulation.batch import AirspaceBatch
from envs.airspace.simulation.compiled.worlds import LOSS_NM, TICKS_PER_STEP

_S_PER_H = 3600.0
_NEIGHBOURS = 10
_FAR_NM = 10_000.0
"""Where those are put who are not there, each by itself."""


class Reciprocal:
    """Steers each aircraft to the velocity that orca finds; undisturbed to the waypoint at the speed it came with."""

    def __init__(self, settings: Orca) -> None:
        """Keep apart as `settings` say; pyrvo is not needed before an episode begins."""
        self._horizon_s = settings.time_horizon_s
        self._radius_nm = settings.margin * LOSS_NM / 2.0

    def begin(self, batch: AirspaceBatch, first: int) -> None:
        """See Steering.begin.

        Raises:
            ValueError: pyrvo is not installed.
        """
        self._cas_kt = batch.worlds.cas.copy()
        self._simulators = [self._simulator(int(count)) for count in batch.worlds.num_aircraft]

    def _simulator(self, num_aircraft: int) -> Any:
        reach_nm = 2.0 * self._radius_nm + self._horizon_s * 2.0 * 600.0 / _S_PER_H  # nobody faster closes from beyond
        found = _pyrvo().RVOSimulator(
            float(TICKS_PER_STEP), reach_nm, _NEIGHBOURS, self._horizon_s, self._horizon_s, self._radius_nm, 1.0
        )
        for a in range(num_aircraft):
            found.add_agent((_FAR_NM * (a + 1), 0.0))
        return found

    def steer(self, batch: AirspaceBatch, noise: np.ndarray | None) -> np.ndarray:
        """See Steering.steer."""
        worlds, velocity_kt = batch.worlds, air_velocity_kt(batch)
        course, tas_kt = np.radians(course_deg(batch)), np.maximum(worlds.tas, 1.0)
        cruise_kt = worlds.tas * self._cas_kt / np.maximum(worlds.cas, 1.0)  # near enough over small changes of speed
        preferred_kt = cruise_kt[..., None] * np.stack([np.sin(course), np.cos(course)], -1)
        chosen_kt = velocity_kt.copy()
        for w in np.flatnonzero(~worlds.done).tolist():
            self._choose(w, batch, velocity_kt[w], preferred_kt[w], chosen_kt[w])
        heading_deg = np.degrees(np.arctan2(chosen_kt[..., 0], chosen_kt[..., 1]))
        speed_kt = np.hypot(chosen_kt[..., 0], chosen_kt[..., 1])
        return towards(batch, heading_deg, worlds.cas * speed_kt / tas_kt)

    def _choose(
        self, w: int, batch: AirspaceBatch, velocity_kt: np.ndarray, preferred_kt: np.ndarray, chosen_kt: np.ndarray
    ) -> None:
        """Fill `chosen_kt` (A, 2) of world w for who is present."""
        simulator, worlds = self._simulators[w], batch.worlds
        fastest_kt = worlds.tas[w] * worlds.cas_range[w, :, 1] / np.maximum(worlds.cas[w], 1.0)
        present, position_nm = worlds.present[w], worlds.position[w]
        for a in range(int(worlds.num_aircraft[w])):
            there = bool(present[a])
            simulator.set_agent_position(a, position_nm[a] if there else (_FAR_NM * (a + 1), 0.0))
            simulator.set_agent_velocity(a, velocity_kt[a] / _S_PER_H * there)
            simulator.set_agent_pref_velocity(a, preferred_kt[a] / _S_PER_H * there)
            simulator.set_agent_max_speed(a, float(fastest_kt[a]) / _S_PER_H)
        simulator.do_step()
        for a in np.flatnonzero(present[: int(worlds.num_aircraft[w])]).tolist():
            found = simulator.get_agent_velocity(a)
            chosen_kt[a] = found.x * _S_PER_H, found.y * _S_PER_H


def _pyrvo() -> ModuleType:
    try:
        import pyrvo
    except ModuleNotFoundError as error:
        if error.name != "pyrvo":
            raise
        wish = "pip install --no-deps pyrvo==0.4.3, or set it to false"
        raise ValueError(
            f"airspace.baselines.orca.fly: got true, but the package pyrvo is not installed: {wish}"
        ) from None
    return pyrvo
