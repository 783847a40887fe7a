"""SUMO in this process: the only reader of libsumo, an extra. Its state is the process's: one run at a time."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from envs.roads.outside.sumo.net import MIDDLE, Plain, element

INSTALL = "run `make sumo`, then use the commands in .venv-sumo/bin"
TICK_S = 0.1
_OPTIONS = {
    "--step-length": str(TICK_S),
    "--step-method.ballistic": "true",
    "--collision.action": "remove",
    "--collision.check-junctions": "true",
    "--collision.mingap-factor": "0",
    "--time-to-teleport": "-1",
    "--no-step-log": "true",
    "--no-warnings": "true",
    "--seed": "0",
}
_UNCHECKED = 0
"""TraCI's speed mode in which a car drives as fast as it is told, whoever is there."""


@dataclass(frozen=True)
class Seen:
    """A car as SUMO has it: its middle (m), yaw (rad), speed (m/s)."""

    x_m: float
    y_m: float
    yaw_rad: float
    speed_mps: float


class Sumo:
    """One road in SUMO, in ticks of 0.1 s."""

    def __init__(self, plain: Plain, kinds: Mapping[str, Mapping[str, str]]) -> None:
        """Build the net and start.

        Args:
            kinds: SUMO's attributes of kinds of drivers, by name.

        Raises:
            ValueError: SUMO is not installed, or netconvert refuses the net.
        """
        self._sumo: Any = _library()
        self._length: dict[str, float] = {}
        with tempfile.TemporaryDirectory() as folder:
            files = {"--net-file": _built(plain, Path(folder)), "--additional-files": _told(kinds, Path(folder))}
            options = _OPTIONS | {name: str(path) for name, path in files.items()}
            self._sumo.start(["sumo", *(word for pair in options.items() for word in pair)])
        for n, way in enumerate(plain.ways):
            self._sumo.route.add(f"way{n}", list(way))
        self.now_s = 0.0
        self.lost: set[str] = set()
        self.arrived: set[str] = set()

    def add(self, name: str, way: int, kind: str, s_m: float, speed_mps: float, length_m: float, told: bool) -> None:
        """Let a car enter as soon as SUMO finds it safe, or at once where it will be told its speeds."""
        self._sumo.vehicle.add(
            name, f"way{way}", kind, departPos=f"{s_m + 0.5 * length_m:.3f}", departSpeed=f"{speed_mps:.4f}"
        )
        self._sumo.vehicle.setLength(name, length_m)
        self._length[name] = length_m
        if told:
            self._sumo.vehicle.setSpeedMode(name, _UNCHECKED)

    def tell(self, name: str, speed_mps: float) -> None:
        """Have a car reach a speed within the next tick."""
        self._sumo.vehicle.setSpeed(name, max(speed_mps, 0.0))

    def begin(self) -> None:
        """Put down those who were added, before time 0."""
        self._sumo.simulationStep()

    def tick(self) -> None:
        """Drive a tenth of a second."""
        self._sumo.simulationStep()
        self.now_s += TICK_S
        crashed = {one.collider for one in self._sumo.simulation.getCollisions()}
        self.lost |= crashed | {one.victim for one in self._sumo.simulation.getCollisions()}
        self.arrived |= set(self._sumo.simulation.getArrivedIDList()) - self.lost

    def seen(self) -> dict[str, Seen]:
        """All cars on the road."""
        return {name: self._seen(name) for name in self._sumo.vehicle.getIDList()}

    def light(self, colours: Mapping[str, str]) -> None:
        """Show colours (G, y or r) by edge of entry."""
        links = self._sumo.trafficlight.getControlledLinks(MIDDLE)
        state = "".join(colours[link[0][0].rpartition("_")[0]] for link in links)
        self._sumo.trafficlight.setRedYellowGreenState(MIDDLE, state)

    def close(self) -> None:
        """End."""
        self._sumo.close()

    def _seen(self, name: str) -> Seen:
        vehicle: Any = self._sumo.vehicle
        front, yaw = vehicle.getPosition(name), np.radians(90.0 - vehicle.getAngle(name))
        half = 0.5 * self._length[name]
        place = front[0] - half * np.cos(yaw), front[1] - half * np.sin(yaw)
        return Seen(float(place[0]), float(place[1]), float(yaw), float(vehicle.getSpeed(name)))


def _told(kinds: Mapping[str, Mapping[str, str]], folder: Path) -> Path:
    """A file with the kinds of drivers."""
    rows = [element("vType", id=name, **values) for name, values in kinds.items()]
    path = folder / "kinds.add.xml"
    path.write_text("\n".join(["<additional>", *rows, "</additional>", ""]), encoding="utf-8")
    return path


def _built(plain: Plain, folder: Path) -> Path:
    import sumo

    net = folder / "road.net.xml"
    words = [str(Path(sumo.SUMO_HOME) / "bin/netconvert"), "--output-file", str(net)]
    words += ["--offset.disable-normalization", "true", "--no-turnarounds", "true", "--no-warnings", "true"]
    for name, text in (("node", plain.nodes), ("edge", plain.edges), ("connection", plain.connections)):
        path = folder / f"road.{name}.xml"
        path.write_text(text, encoding="utf-8")
        words += [f"--{name}-files", str(path)]
    ended = subprocess.run(words, capture_output=True, text=True)
    if ended.returncode:
        raise ValueError(f"netconvert: {ended.stderr.strip().splitlines()[0]}")
    return net


def _library() -> ModuleType:
    try:
        import libsumo
    except ModuleNotFoundError as error:
        if error.name != "libsumo":
            raise
        raise ValueError(f"the simulator sumo is not installed: {INSTALL}") from None
    return libsumo
