"""Small CommonRoad files, written for these tests: a road to the east, and others that cross or join it."""

from __future__ import annotations

from collections.abc import Sequence

Bounds = tuple[Sequence[tuple[float, float]], Sequence[tuple[float, float]]]

EAST: Bounds = ([(0, 1.75), (100, 1.75)], [(0, -1.75), (100, -1.75)])
EAST_ON: Bounds = ([(100, 1.75), (200, 1.75)], [(100, -1.75), (200, -1.75)])
NORTH_OF_EAST: Bounds = ([(0, 5.25), (100, 5.25)], [(0, 1.75), (100, 1.75)])
NORTH: Bounds = ([(58.25, -60), (58.25, 60)], [(61.75, -60), (61.75, 60)])


def file_of(*parts: str, version: str = "2020a") -> str:
    """A file with a step of 0.1 s."""
    attributes = f'commonRoadVersion="{version}" benchmarkID="ZAM_ByHand-1_1_T-1" timeStepSize="0.1"'
    return f'<?xml version="1.0"?>\n<commonRoad {attributes}>{"".join(parts)}</commonRoad>'


def lanelet(ref: int, bounds: Bounds, inside: str = "") -> str:
    """A lanelet between two bounds."""
    left, right = ("".join(map(_point, bound)) for bound in bounds)
    return f'<lanelet id="{ref}"><leftBound>{left}</leftBound><rightBound>{right}</rightBound>{inside}</lanelet>'


def obstacle(
    ref: int,
    path: Sequence[tuple[float, float]],
    heading: float = 0.0,
    speed: float = 10.0,
    kind: str = "car",
    role: str = "dynamic",
) -> str:
    """Who stands or drives, 4.5 by 1.8 m, with a place each step."""
    states = "".join(f"<state>{_at(place, heading, speed, step)}</state>" for step, place in enumerate(path[1:], 1))
    trajectory = f"<trajectory>{states}</trajectory>" if states else ""
    shape = "<shape><rectangle><length>4.5</length><width>1.8</width></rectangle></shape>"
    first = f"<initialState>{_at(path[0], heading, speed, 0)}</initialState>"
    return f'<{role}Obstacle id="{ref}"><type>{kind}</type>{shape}{first}{trajectory}</{role}Obstacle>'


def task(ref: int, place: tuple[float, float], goal: int, speed: float = 8.0) -> str:
    """A planning problem from a place to the east, to a lanelet."""
    begin = f"<initialState>{_at(place, 0.0, speed, 0)}</initialState>"
    wanted = f'<goalState><time><exact>90</exact></time><position><lanelet ref="{goal}"/></position></goalState>'
    return f'<planningProblem id="{ref}">{begin}{wanted}</planningProblem>'


def light(ref: int, colours: Sequence[tuple[str, int]], offset: int = 0) -> str:
    """A traffic light by colours with steps each."""
    parts = "".join(
        f"<cycleElement><duration>{steps}</duration><color>{colour}</color></cycleElement>" for colour, steps in colours
    )
    return f'<trafficLight id="{ref}"><cycle>{parts}<timeOffset>{offset}</timeOffset></cycle></trafficLight>'


def sign(ref: int, kind: str, value: str = "") -> str:
    """A traffic sign."""
    more = f"<additionalValue>{value}</additionalValue>" if value else ""
    element = f"<trafficSignElement><trafficSignID>{kind}</trafficSignID>{more}</trafficSignElement>"
    return f'<trafficSign id="{ref}">{element}</trafficSign>'


def straight(begin: tuple[float, float], step: tuple[float, float], count: int) -> list[tuple[float, float]]:
    """Places a step apart."""
    return [(begin[0] + n * step[0], begin[1] + n * step[1]) for n in range(count)]


def _point(place: tuple[float, float]) -> str:
    return f"<point><x>{place[0]}</x><y>{place[1]}</y></point>"


def _at(place: tuple[float, float], heading: float, speed: float, step: int) -> str:
    numbers = {"orientation": heading, "velocity": speed, "time": step}
    values = "".join(f"<{name}><exact>{value}</exact></{name}>" for name, value in numbers.items())
    return f"<position>{_point(place)}</position>{values}"
