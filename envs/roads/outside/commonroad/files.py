"""What does a CommonRoad file say: lanelets, lights, signs, who is on the road, and who is to be planned for."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import NoReturn
from xml.etree.ElementTree import Element

import numpy as np

from envs.roads.outside.commonroad.lanelets import Lanelet

VERSIONS = ("2017a", "2018b", "2020a")
_OBSTACLES = {"obstacle", "dynamicObstacle", "staticObstacle", "environmentObstacle", "phantomObstacle"}
_STILL = {"static", "staticObstacle", "environmentObstacle"}


@dataclass(frozen=True)
class Light:
    """A traffic light: its colours in their order with seconds each, when the first begins, and for which turns."""

    phases: tuple[tuple[str, float], ...]
    offset_s: float
    turns: str
    active: bool


@dataclass(frozen=True, eq=False)
class Body:
    """Who stands or moves: kind, size, first state (m, rad, m/s, s), and all its places (T, 2) from there on."""

    id: str
    kind: str
    still: bool
    length_m: float
    width_m: float
    heading_rad: float
    speed_mps: float
    time_s: float
    path_m: np.ndarray


@dataclass(frozen=True, eq=False)
class Task:
    """A planning problem: where its car begins, and lanelets, or places (N, 2), of which it is to reach one."""

    id: str
    place_m: np.ndarray
    heading_rad: float
    speed_mps: float
    lanelets: tuple[str, ...]
    places_m: np.ndarray
    others: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class File:
    """All that is taken of a file, and the names of its elements that are not."""

    name: str
    lanelets: dict[str, Lanelet]
    lights: dict[str, Light]
    signs: dict[str, tuple[tuple[str, float | None], ...]]
    bodies: tuple[Body, ...]
    tasks: tuple[Task, ...]
    unread: tuple[str, ...]


def parse(text: str, source: str) -> File:
    """Read a file.

    Raises:
        ValueError: no XML, no CommonRoad, another version, or an element without what it must have.
    """
    return _Reader(source).read(text)


class _Reader:
    """Reads one file; what is wrong is told by source, element and id."""

    def __init__(self, source: str) -> None:
        self._source, self._place = source, "commonRoad"

    def read(self, text: str) -> File:
        """See `parse`."""
        root = self._root(text)
        self._step_s = self._number(root.get("timeStepSize"), "timeStepSize")
        parts: dict[str, list[Element]] = {}
        for element in root:
            parts.setdefault("obstacle" if element.tag in _OBSTACLES else element.tag, []).append(element)
        signs = dict(map(self._sign, parts.pop("trafficSign", [])))
        lights = dict(map(self._light, parts.pop("trafficLight", [])))
        lanelets = [self._lanelet(element, signs) for element in parts.pop("lanelet", [])]
        bodies = [body for element in parts.pop("obstacle", []) if (body := self._body(element))]
        tasks = [self._task(element) for element in parts.pop("planningProblem", [])]
        told = tuple(sorted(set(parts) - {"location", "scenarioTags", "intersection"}))
        by_id = {lanelet.id: lanelet for lanelet in lanelets}
        return File(root.get("benchmarkID", ""), by_id, lights, signs, tuple(bodies), tuple(tasks), told)

    def _root(self, text: str) -> Element:
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            self._refuse("got a document type, wanted none")
        try:
            root = ET.fromstring(text.encode())
        except ET.ParseError as error:
            self._refuse(f"got no XML ({error}), wanted CommonRoad's")
        if root.tag != "commonRoad":
            self._refuse(f"got <{root.tag}>, wanted <commonRoad>")
        if root.get("commonRoadVersion") not in VERSIONS:
            self._refuse(
                f"commonRoadVersion: got {root.get('commonRoadVersion')!r}, wanted one of {', '.join(VERSIONS)}"
            )
        return root

    def _lanelet(self, element: Element, signs: dict[str, tuple[tuple[str, float | None], ...]]) -> Lanelet:
        self._place = f"lanelet {element.get('id')}"
        left, right = (self._points(self._one(element, name)) for name in ("leftBound", "rightBound"))
        sides = {side: element.find(side) for side in ("adjacentLeft", "adjacentRight")}
        told = [*self._refs(element, "trafficSignRef"), *self._refs(element, "stopLine/trafficSignRef")]
        limits = [value for ref in told for kind, value in signs.get(ref, ()) if value and kind in ("274", "R2-1")]
        own = element.findtext("speedLimit")
        limit = self._number(own, "speedLimit") if own else (min(limits) if limits else math.inf)
        lights = [*self._refs(element, "trafficLightRef"), *self._refs(element, "stopLine/trafficLightRef")]
        return Lanelet(
            id=str(element.get("id")),
            left_m=left,
            right_m=right,
            successors=self._refs(element, "successor"),
            left_beside=_beside(sides["adjacentLeft"]),
            right_beside=_beside(sides["adjacentRight"]),
            limit_mps=limit,
            lights=tuple(dict.fromkeys(lights)),
            signs=tuple(dict.fromkeys(told)),
            kinds=tuple(kind.text or "" for kind in element.findall("laneletType")),
        )

    def _sign(self, element: Element) -> tuple[str, tuple[tuple[str, float | None], ...]]:
        self._place = f"trafficSign {element.get('id')}"
        found = []
        for part in element.findall("trafficSignElement"):
            value = part.findtext("additionalValue")
            kind = part.findtext("trafficSignID") or ""
            numeric = kind in ("274", "R2-1") and value
            found.append((kind, self._number(value, "additionalValue") if numeric else None))
        return str(element.get("id")), tuple(found)

    def _light(self, element: Element) -> tuple[str, Light]:
        self._place = f"trafficLight {element.get('id')}"
        phases = tuple(
            (part.findtext("color") or "", self._step_s * self._number(part.findtext("duration"), "duration"))
            for part in element.findall("cycle/cycleElement")
        )
        offset = element.findtext("cycle/timeOffset")
        offset_s = self._step_s * self._number(offset, "timeOffset") if offset else 0.0
        active = element.findtext("active", "true") == "true"
        return str(element.get("id")), Light(phases, offset_s, element.findtext("direction", "all"), active)

    def _body(self, element: Element) -> Body | None:
        self._place = f"obstacle {element.get('id')}"
        role = element.findtext("role") or element.tag
        still, kind = role in _STILL, element.findtext("type") or "unknown"
        length_m, width_m, middle = self._size(element)
        first = element.find("initialState")
        if first is None:
            place, heading, speed, time_s = middle, 0.0, 0.0, 0.0
            kind = kind if still else "phantom"
        else:
            place, heading, speed, time_s = self._state(first)
        if element.find("occupancySet") is not None and element.find("trajectory") is None:
            kind = f"{kind} with an occupancy set"
        states = [place, *(self._position(state) for state in element.findall("trajectory/state"))]
        return Body(str(element.get("id")), kind, still, length_m, width_m, heading, speed, time_s, np.array(states))

    def _size(self, element: Element) -> tuple[float, float, np.ndarray]:
        """Length, width and middle of a shape."""
        boxes = element.find("shape/rectangle"), element.find("shape/circle"), element.find("shape/polygon")
        if boxes[0] is not None:
            sides = [self._number(boxes[0].findtext(name), name) for name in ("length", "width")]
            return sides[0], sides[1], self._xy(boxes[0].find("center"))
        if boxes[1] is not None:
            across = 2.0 * self._number(boxes[1].findtext("radius"), "radius")
            return across, across, self._xy(boxes[1].find("center"))
        if boxes[2] is None:
            return 0.0, 0.0, np.zeros(2)
        corners = self._points(boxes[2])
        sides = np.ptp(corners, axis=0)
        return float(sides[0]), float(sides[1]), corners.mean(0)

    def _task(self, element: Element) -> Task:
        self._place = f"planningProblem {element.get('id')}"
        place, heading, speed, _ = self._state(self._one(element, "initialState"))
        goals = element.findall("goalState")
        refs = tuple(str(ref.get("ref")) for goal in goals for ref in goal.findall("position/lanelet"))
        areas = [area for goal in goals for area in goal.findall("position/*") if area.tag != "lanelet"]
        places = [self._middle(area) for area in areas]
        others = tuple(sorted({part.tag for goal in goals for part in goal} - {"position"}))
        wanted = np.array(places).reshape(-1, 2)
        return Task(str(element.get("id")), place, heading, speed, refs, wanted, others)

    def _middle(self, area: Element) -> np.ndarray:
        if area.tag == "polygon":
            return np.asarray(self._points(area).mean(0))
        return self._xy(area.find("center"))

    def _state(self, state: Element) -> tuple[np.ndarray, float, float, float]:
        values = [self._scalar(state, name) for name in ("orientation", "velocity", "time")]
        return self._position(state), values[0], max(values[1], 0.0), self._step_s * values[2]

    def _position(self, state: Element) -> np.ndarray:
        point = state.find("position/point")
        area = next(iter(state.findall("position/*")), None)
        if point is None and area is None:
            self._refuse("position: got none, wanted a point")
        return self._xy(point) if point is not None else self._middle(area)  # type: ignore[arg-type]

    def _scalar(self, state: Element, name: str) -> float:
        """An exact value, or the middle of an interval; 0 where there is none."""
        exact = state.findtext(f"{name}/exact")
        if exact is not None:
            return self._number(exact, name)
        ends = [state.findtext(f"{name}/{end}") for end in ("intervalStart", "intervalEnd")]
        return 0.0 if None in ends else 0.5 * sum(self._number(end, name) for end in ends)

    def _points(self, element: Element) -> np.ndarray:
        found = np.array([self._xy(point) for point in element.findall("point")]).reshape(-1, 2)
        if len(found) < 2:
            self._refuse(f"{element.tag}: got {len(found)} points, wanted two or more")
        return found

    def _xy(self, element: Element | None) -> np.ndarray:
        if element is None:
            return np.zeros(2)
        return np.array([self._number(element.findtext(axis), axis) for axis in ("x", "y")])

    def _refs(self, element: Element, path: str) -> tuple[str, ...]:
        return tuple(str(found.get("ref")) for found in element.findall(path))

    def _one(self, element: Element, name: str) -> Element:
        found = element.find(name)
        if found is None:
            self._refuse(f"{name}: missing")
        return found

    def _number(self, text: str | None, name: str) -> float:
        try:
            found = float(text or "")
        except ValueError:
            found = math.nan
        if not math.isfinite(found) or abs(found) > 1e7:
            self._refuse(f"{name}: got {text!r}, wanted a number")
        return found

    def _refuse(self, why: str) -> NoReturn:
        raise ValueError(f"{self._source}: {self._place}: {why}")


def _beside(element: Element | None) -> tuple[str, bool] | None:
    """A neighbour's id, and whether it is driven the same way."""
    return None if element is None else (str(element.get("ref")), element.get("drivingDir") == "same")
