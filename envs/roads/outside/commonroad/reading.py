"""From a CommonRoad file to a scenario: its cars, each on its way, and what of the file is not in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from envs.ground.outside import Taken
from envs.roads.outside.commonroad.files import Body, File, Task, parse
from envs.roads.outside.commonroad.lanelets import Lanelet, Network
from envs.roads.outside.commonroad.rights import SHOWN, first_stop, goes_first, limits_of, times_of
from envs.roads.outside.commonroad.ways import planned_line, recorded_line
from envs.roads.simulation.geometry.documents import MOST_CARS, STEP_S, scenario_from

WORDS: Mapping[str, str] = {
    "cars": "so many, those nearest to the planned one (else to the middle), where there are more",
    "limit_mps": "the speed limit of lanelets that name none (m/s)",
    "leave_out": "ids of obstacles without which the file is to be read",
}
"""What a person may decide, each in a few words."""

_DRIVEN = {"car", "truck", "bus", "taxi", "motorcycle", "priorityVehicle", "unknown"}
_EGO_M = (4.5, 1.8)
_LEAST_LIMIT_MPS, _MOST_LIMIT_MPS = 13.9, 60.0
_SHORTEST_M = 5.0
_ASIDE_M = 0.35


@dataclass(frozen=True, eq=False)
class _Car:
    """A car on its way: points a metre apart, the lanelet of each, and where along it the car begins."""

    id: str
    line_m: np.ndarray
    lanes: Sequence[Lanelet | None]
    s_m: float
    speed_mps: float
    time_s: float
    length_m: float
    width_m: float


def scenario_of_commonroad(text: str, source: str, choices: Mapping[str, str]) -> Taken:
    """The scenario of a file; all of its cars are driven, the recorded ones, too.

    Raises:
        ValueError: naming source, element and wish, for what cannot be read, or cannot be left out.
    """
    return _Fitting(parse(text, source), source, choices).fit()


class _Fitting:
    """Fits one file into a scenario; what is not as the file says is remarked."""

    def __init__(self, file: File, source: str, choices: Mapping[str, str]) -> None:
        self._file, self._source = file, source
        self._most = int(self._chosen(choices, "cars", MOST_CARS, MOST_CARS))
        self._limit = self._chosen(choices, "limit_mps", 0.0, _MOST_LIMIT_MPS)
        out = {ref.strip() for ref in choices.get("leave_out", "").split(",")} - {""}
        self._out, self._network = out, Network(file.lanelets.values())
        self._remarks: list[str] = []

    def fit(self) -> Taken:
        """The scenario, and what of the file is not in it."""
        bodies = [body for body in self._file.bodies if body.id not in self._out]
        cars = [*self._planned(), *self._recorded(bodies)]
        if not cars:
            self._refuse("obstacle", "got no car that drives on a lanelet, and no planning problem, wanted one")
        cars = self._nearest(cars)
        self._check_others(bodies, cars)
        document = self._document(cars)
        self._tell()
        document["notes"] += "".join(f" Not in it: {remark}." for remark in self._remarks)
        return Taken(scenario_from(document, self._source), tuple(self._remarks))

    def _planned(self) -> Iterator[_Car]:
        for task in self._file.tasks:
            try:
                line = planned_line(task, _EGO_M[0], self._network)
            except ValueError as error:
                raise ValueError(f"{self._source}: planningProblem {task.id}: {error}") from error
            yield self._car(f"EGO{task.id}", line, task, *_EGO_M)

    def _recorded(self, bodies: Sequence[Body]) -> Iterator[_Car]:
        lost = []
        for body in bodies:
            if body.still or body.kind not in _DRIVEN:
                continue
            line = recorded_line(body, self._network)
            car = None if line is None else self._car(f"CAR{body.id}", line, body, body.length_m, body.width_m)
            if car is None or not any(car.lanes) or len(car.line_m) - 1 - car.s_m < _SHORTEST_M:
                lost.append(body.id)
            else:
                yield car
        if lost:
            self._remarks.append(f"obstacles on no lanelet, or at its end: {_listed(lost)}")

    def _car(self, name: str, line: np.ndarray, begin: Body | Task, length_m: float, width_m: float) -> _Car:
        time_s = begin.time_s if isinstance(begin, Body) else 0.0
        s_m = float(np.hypot(*(line[0] - (begin.path_m[0] if isinstance(begin, Body) else begin.place_m))))
        return _Car(name, line, self._network.along(line), s_m, begin.speed_mps, time_s, length_m, width_m)

    def _nearest(self, cars: list[_Car]) -> list[_Car]:
        if len(cars) > self._most == MOST_CARS:
            self._refuse("obstacle", f"got {len(cars)} cars, wanted at most {MOST_CARS}, or --with cars={MOST_CARS}")
        begins = np.array([car.line_m[int(car.s_m)] for car in cars])
        middle = begins[0] if cars[0].id.startswith("EGO") else begins.mean(0)
        order = np.argsort(np.hypot(*(begins - middle).T), kind="stable")
        if len(cars) > self._most:
            self._remarks.append(f"cars farther away: {_listed(cars[n].id for n in order[self._most :])}")
        return [cars[n] for n in sorted(order[: self._most])]

    def _check_others(self, bodies: Sequence[Body], cars: Sequence[_Car]) -> None:
        """Refuse who stands or goes where a car drives, and is no car."""
        away: dict[str, list[str]] = {}
        for body in bodies:
            if not body.still and body.kind in _DRIVEN:
                continue
            if body.kind != "roadBoundary" and self._in_the_way(body, cars):
                wish = f"wanted cars alone where cars drive, or --with leave_out={body.id}"
                self._refuse(f"obstacle {body.id}", f"got a {'still ' * body.still}{body.kind}, {wish}")
            away.setdefault(body.kind, []).append(body.id)
        for kind, refs in away.items():
            self._remarks.append(f"{kind}, where no car drives: {_listed(refs)}")

    def _in_the_way(self, body: Body, cars: Sequence[_Car]) -> bool:
        reach = 0.5 * float(np.hypot(body.length_m, body.width_m) if body.still else body.width_m)
        for car in cars:
            near = ((car.line_m[:, None] - body.path_m[None]) ** 2).sum(-1).min()
            if near < (reach + 0.5 * car.width_m + _ASIDE_M) ** 2:
                return True
        return False

    def _document(self, cars: Sequence[_Car]) -> dict[str, Any]:
        lines = [car.line_m for car in cars]
        middle = np.round(0.5 * (np.concatenate(lines).max(0) + np.concatenate(lines).min(0)), 1)
        widest = max(car.width_m for car in cars)
        near = self._network.near(lines)
        limit, stops = self._default_limit(cars), [self._stop(car) for car in cars]
        lit = list(dict.fromkeys(light for _, light in stops if light))
        before = goes_first(lines, [car.lanes for car in cars], self._file.signs)
        ways = [self._way(n, car, middle, limit, *stops[n], lit) for n, car in enumerate(cars)]
        road = {
            "kind": "lines",
            "family": "map",
            "lane_m": 6.0 if widest > 3.0 else 3.5,
            "limit_mps": limit,
            "touch_m": round(min(widest + 0.1, 3.4), 2),
            "ways": ways,
            "lamps": [self._times(ref) for ref in lit],
            "before": [[int(r), int(q)] for r, q in np.argwhere(before > 0.0)],
            "edges_m": [_rounded(line - middle) for line in near.edges()],
            "middle_m": [_rounded(line - middle) for line in near.lane_lines()],
            "aside_m": round(0.5 * widest + _ASIDE_M, 2),
        }
        rows = sorted((_row(n, car) for n, car in enumerate(cars)), key=lambda row: row["enters_s"])
        notes = f"From {self._file.name} of CommonRoad; its place ({middle[0]:g}, {middle[1]:g}) is 0, 0 here."
        return {"scenario_name": self._name(), "seed": 0, "notes": notes, "road": road, "cars": rows}

    def _way(
        self, n: int, car: _Car, middle: np.ndarray, limit: float, stop_m: float, light: str, lit: list[str]
    ) -> dict[str, Any]:
        return {
            "entry": n,
            "exit": n,
            "line_m": _rounded(car.line_m - middle),
            "limits": limits_of(car.lanes, limit),
            "stop_m": stop_m if light else None,
            "light": lit.index(light) if light else None,
        }

    def _stop(self, car: _Car) -> tuple[float, str]:
        stop = first_stop(car.line_m, car.lanes, car.s_m + 0.5 * car.length_m, self._file.lights)
        if np.isfinite(stop.second_m):
            self._refuse(car.id, "got two lights on its way, wanted one")
        return stop.stop_m, stop.light

    def _times(self, ref: str) -> dict[str, float]:
        try:
            return times_of(self._file.lights[ref])
        except ValueError as error:
            raise ValueError(f"{self._source}: trafficLight {ref}: {error}") from error

    def _default_limit(self, cars: Sequence[_Car]) -> float:
        missing = {lane.id for car in cars for lane in car.lanes if lane and not np.isfinite(lane.limit_mps)}
        fastest = max(car.speed_mps for car in cars)
        limit = self._limit or round(min(max(_LEAST_LIMIT_MPS, fastest), _MOST_LIMIT_MPS), 2)
        if missing:
            self._remarks.append(f"{len(missing)} lanelets name no speed limit: {limit:g} m/s there")
        return limit

    def _tell(self) -> None:
        """Remark what is taken of no file."""
        file = self._file
        if any(len(body.path_m) > 1 for body in file.bodies):
            self._remarks.append("when recorded cars were where: each is driven anew along the way that it took")
        if file.tasks:
            others = sorted({part for task in file.tasks for part in task.others})
            self._remarks.append(f"of goals: {_listed(others)}; whoever has passed its goal drives on to its way's end")
        signs = sorted({kind for own in file.signs.values() for kind, _ in own} - SHOWN - {""})
        if signs:
            self._remarks.append(f"signs: {_listed(signs)}")
        if file.unread:
            self._remarks.append(f"elements: {_listed(file.unread)}")
        if self._out:
            self._remarks.append(f"obstacles, as was asked for: {_listed(sorted(self._out))}")

    def _name(self) -> str:
        name = re.sub(r"[^A-Za-z0-9_.-]", "_", self._file.name or self._source.rpartition("/")[2].removesuffix(".xml"))
        return name[:60] or "map"

    def _chosen(self, choices: Mapping[str, str], name: str, default: float, most: float) -> float:
        if name not in choices:
            return default
        try:
            found = float(choices[name])
        except ValueError:
            found = 0.0
        if not 1.0 <= found <= most:
            raise ValueError(f"--with {name}: got {choices[name]!r}, wanted a number from 1 to {most:g}")
        return found

    def _refuse(self, place: str, why: str) -> None:
        raise ValueError(f"{self._source}: {place}: {why}")


def _row(n: int, car: _Car) -> dict[str, Any]:
    return {
        "id": car.id,
        "entry": n,
        "exit": n,
        "enters_s": round(round(car.time_s / STEP_S) * STEP_S, 6),
        "s_m": round(car.s_m, 3),
        "speed_mps": round(car.speed_mps, 4),
        "length_m": round(car.length_m, 3),
        "width_m": round(car.width_m, 3),
    }


def _rounded(line: np.ndarray) -> list[list[float]]:
    return [[round(float(x), 3), round(float(y), 3)] for x, y in line]


def _listed(names: Any) -> str:
    """At most eight of them."""
    found = list(names)
    return ", ".join(found[:8]) + (f" and {len(found) - 8} more" if len(found) > 8 else "")
