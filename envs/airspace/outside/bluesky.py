"""The open air traffic simulator BlueSky as a place to fly in: the only reader of BlueSky, which is an extra."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Self

import numpy as np

from envs.airspace.outside.batch import Motion
from envs.airspace.simulation.disturbance_settings import Wind
from envs.airspace.simulation.traffic.atmosphere import FT_TO_M, KT_TO_MPS
from envs.airspace.simulation.traffic.geodesy import convergence_deg, frame_from_lat_lon, lat_lon_from_frame
from envs.airspace.simulation.traffic.scenario import Centre, Scenario

INSTALL = "run `make bluesky`, then use the commands in .venv-bluesky/bin"
_TICK_S = 1.0
_GRID_DEG = np.linspace(-90.0, 90.0, 181), np.linspace(-180.0, 180.0, 361)
_LEVELS_M = np.array([1.0, 30_000.0])


@dataclass(frozen=True)
class Flight:
    """Where A aircraft are: latitude and longitude, true heading (degrees), true and calibrated airspeed (kt)."""

    lat_deg: np.ndarray
    lon_deg: np.ndarray
    heading_deg: np.ndarray
    tas_kt: np.ndarray
    cas_kt: np.ndarray


@dataclass(frozen=True)
class Traffic:
    """A aircraft at the start: type, latitude, longitude, true heading (degrees), CAS (kt) and level (ft) of each."""

    types: tuple[str, ...]
    lat_deg: np.ndarray
    lon_deg: np.ndarray
    heading_deg: np.ndarray
    cas_kt: np.ndarray
    alt_ft: np.ndarray

    @classmethod
    def of(cls, scenarios: Sequence[Scenario]) -> Self:
        """All aircraft of these scenarios, one after the other; BlueSky does not keep them from one another."""
        places = [lat_lon_from_frame(scenario.position_nm, scenario.centre) for scenario in scenarios]
        turns = [convergence_deg(*place, scenario.centre) for place, scenario in zip(places, scenarios, strict=True)]
        headings = [scenario.heading_deg + turn for scenario, turn in zip(scenarios, turns, strict=True)]
        return cls(
            types=tuple(name for scenario in scenarios for name in scenario.types),
            lat_deg=np.concatenate([lat for lat, _ in places]),
            lon_deg=np.concatenate([lon for _, lon in places]),
            heading_deg=np.concatenate(headings) % 360.0,
            cas_kt=np.concatenate([scenario.cas_kt for scenario in scenarios]),
            alt_ft=np.concatenate([np.full(scenario.num_aircraft, scenario.centre.alt_ft) for scenario in scenarios]),
        )


class BlueSky:
    """BlueSky in this process, detached, in ticks of 1 s. It keeps its state in its modules: one flight at a time."""

    def __init__(self) -> None:
        """Start BlueSky; the first time it prepares its navigation data, in its own environment, for some 10 s.

        Raises:
            ValueError: BlueSky is not installed, with what to do.
        """
        self._bluesky = _start()

    def begin(self, traffic: Traffic, wind: Wind, centre: Centre) -> None:
        """Put aircraft where they start, without conflict detection, in a wind that is uniform in the centre's frame.

        Forgets those before.

        Raises:
            ValueError: an aircraft type that BlueSky would quietly replace by another.
        """
        simulator = self._bluesky
        with _quiet():
            simulator.settings.simdt = _TICK_S
            simulator.sim.reset()
            simulator.traf.cd.setmethod("OFF")
        if wind.speed_kt > 0.0:  # before the aircraft: they are created with the track that it gives them
            simulator.traf.wind.addpointvne(*wind_grid(wind, centre))
        for a, name in enumerate(traffic.types):
            self._create(a, name, traffic)

    def turn(self, aircraft: int, heading_deg: float) -> None:
        """Command HDG: turn to a true heading (in wind: to the track that this heading gives at present)."""
        self._bluesky.traf.ap.selhdgcmd(aircraft, heading_deg % 360.0)

    def change_speed(self, aircraft: int, cas_kt: float) -> None:
        """Command SPD: fly a calibrated airspeed (kt)."""
        self._bluesky.traf.ap.selspdcmd(aircraft, cas_kt * KT_TO_MPS)

    def tick(self) -> None:
        """Fly one second."""
        self._bluesky.sim.step()

    def load(self, path: Path) -> tuple[tuple[str, ...], Traffic]:
        """Callsigns and traffic after BlueSky itself has read a scenario file (.scn) and flown nothing of it yet."""
        simulator = self._bluesky
        with _quiet():
            simulator.settings.simdt = _TICK_S
            simulator.sim.reset()
            simulator.stack.simstack.ic(str(path.resolve()))
            simulator.sim.hold()
            simulator.sim.step()
        traf = simulator.traf
        now = self.flight()
        level = np.array(traf.alt) / FT_TO_M
        return tuple(traf.id), Traffic(tuple(traf.type), now.lat_deg, now.lon_deg, now.heading_deg, now.cas_kt, level)

    def waypoints(self) -> tuple[np.ndarray, np.ndarray]:
        """Latitude and longitude (A,) of the waypoint that each aircraft is flying to by its own navigation."""
        active = self._bluesky.traf.actwp
        return np.array(active.lat), np.array(active.lon)

    def flight(self) -> Flight:
        """Where all aircraft are now, in the order in which they were created."""
        traf = self._bluesky.traf
        speeds = np.array(traf.tas) / KT_TO_MPS, np.array(traf.cas) / KT_TO_MPS
        return Flight(np.array(traf.lat), np.array(traf.lon), np.array(traf.hdg), *speeds)

    def _create(self, a: int, name: str, traffic: Traffic) -> None:
        traf = self._bluesky.traf
        place = float(traffic.lat_deg[a]), float(traffic.lon_deg[a]), float(traffic.heading_deg[a])
        traf.cre(f"AC{a:05d}", name, *place, float(traffic.alt_ft[a]) * FT_TO_M, float(traffic.cas_kt[a]) * KT_TO_MPS)
        flown = str(traf.perf.actype[-1])
        if flown.upper() != name.upper():
            raise ValueError(f"aircraft type {name!r}: BlueSky has no performance for it and would fly {flown}")


class BlueSkyInFrame:
    """BlueSky as seen from the frame of scenarios that share one centre: east/north in NM, headings from its north.

    A heading of the frame is told to BlueSky as the true heading that it is where the aircraft is at that moment.
    """

    def __init__(self, simulator: BlueSky) -> None:
        """Fly in this BlueSky."""
        self._simulator = simulator
        self._centre = Centre()
        self._turned_deg = np.zeros(0)

    def begin(self, scenario: Scenario, wind: Wind) -> Motion:
        """See Simulator.begin."""
        return self.begin_all([scenario], wind)

    def begin_all(self, scenarios: Sequence[Scenario], wind: Wind) -> Motion:
        """Begin several at once, which do not notice each other.

        Raises:
            ValueError: their centres differ.
        """
        self._centre = scenarios[0].centre
        for scenario in scenarios:
            if scenario.centre != self._centre:
                raise ValueError(f"scenario {scenario.name!r}: centre: got {scenario.centre}, wanted {self._centre}")
        self._simulator.begin(Traffic.of(scenarios), wind, self._centre)
        return self._motion()

    def turn(self, aircraft: int, heading_deg: float) -> None:
        """See Simulator.turn."""
        self._simulator.turn(aircraft, heading_deg + float(self._turned_deg[aircraft]))

    def change_speed(self, aircraft: int, cas_kt: float) -> None:
        """See Simulator.change_speed."""
        self._simulator.change_speed(aircraft, cas_kt)

    def tick(self) -> Motion:
        """See Simulator.tick."""
        self._simulator.tick()
        return self._motion()

    def _motion(self) -> Motion:
        now = self._simulator.flight()
        self._turned_deg = convergence_deg(now.lat_deg, now.lon_deg, self._centre)
        position_nm = frame_from_lat_lon(now.lat_deg, now.lon_deg, self._centre)
        return Motion(position_nm, (now.heading_deg - self._turned_deg) % 360.0, now.tas_kt, now.cas_kt)


def named_place(name: str, lat_deg: float, lon_deg: float) -> tuple[float, float, float | None] | None:
    """Latitude, longitude and, of a runway (EHAM/RW18L), true heading of a name in BlueSky's navigation data.

    Of several of one name it is the nearest to the given latitude and longitude. None: the name is not there.

    Raises:
        ValueError: BlueSky is not installed, with what to do.
    """
    _start()
    from bluesky.tools.position import Position

    with _quiet():
        found = Position(name, lat_deg, lon_deg)
    return None if found.error else (float(found.lat), float(found.lon), found.refhdg)


def wind_grid(wind: Wind, centre: Centre) -> tuple[np.ndarray, ...]:
    """Latitude and longitude (N,) of a grid over the globe, wind there (2, N) towards north and east (m/s), two levels.

    BlueSky interpolates between the points. Elsewhere than at the centre the frame's north is not true north, so a wind
    that is uniform in the frame is told with another true direction at each point.
    """
    lat, lon = (axis.ravel() for axis in np.meshgrid(*_GRID_DEG, indexing="ij"))
    towards = np.radians(wind.from_deg + 180.0 + convergence_deg(lat, lon, centre))
    north, east = wind.speed_kt * KT_TO_MPS * np.cos(towards), wind.speed_kt * KT_TO_MPS * np.sin(towards)
    return lat, lon, np.stack([north, north]), np.stack([east, east]), _LEVELS_M


def _start() -> ModuleType:
    """Import and initialise BlueSky once per process; its files go to a folder of the environment it is in."""
    try:
        import bluesky
    except ModuleNotFoundError as error:
        if error.name != "bluesky":
            raise
        raise ValueError(f"the simulator bluesky is not installed: {INSTALL}") from None
    if bluesky.sim is None:
        folder = Path(sys.prefix) / "bluesky"
        folder.mkdir(exist_ok=True)
        with _quiet():
            bluesky.init(mode="sim", detached=True, workdir=str(folder))
    return bluesky


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what BlueSky tells about itself off the standard output, which is for results."""
    with contextlib.redirect_stdout(io.StringIO()):
        yield
