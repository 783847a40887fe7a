"""A road as SUMO's plain XML: nodes, edges and connections, whose lanes lie where our ways do."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from xml.sax.saxutils import quoteattr

import numpy as np

from envs.roads.simulation.geometry.building import roads_of
from envs.roads.simulation.geometry.families.arms import Arms
from envs.roads.simulation.geometry.ground_plans import ArmsGround, GroundPlan, LinesGround
from envs.roads.simulation.geometry.lines import toward
from envs.roads.simulation.geometry.roads import Roads

MIDDLE = "middle"


@dataclass(frozen=True)
class Plain:
    """The texts of SUMO's node, edge and connection files, and the edges that each way (R,) goes along."""

    nodes: str
    edges: str
    connections: str
    ways: tuple[tuple[str, ...], ...]


def plain_of(ground: GroundPlan, name: str) -> Plain:
    """A road with arms that meet in one place, or a single way along a line.

    Raises:
        ValueError: naming the kind, for any other road.
    """
    roads = roads_of(ground, name)
    if isinstance(ground, ArmsGround):
        return _arms(ground, roads)
    if isinstance(ground, LinesGround) and roads.num_routes == 1:
        return _line(roads)
    raise ValueError(f"road.kind: got {ground.kind!r}, wanted arms, or lines with one way")


def _arms(ground: ArmsGround, roads: Roads) -> Plain:
    own = Arms(np.radians(ground.arms_deg), ground.entry_m, ground.exit_m, ground.lane_m, ground.corner_m)
    alone = "traffic_light" if ground.lights else "unregulated"
    sides = {"right": "right_before_left", "main": "priority", "nobody": alone}
    corners = [
        own.reach_m * toward(angle) + side * ground.lane_m * np.array([-np.sin(angle), np.cos(angle)])
        for angle in own.angle_rad
        for side in (-1.0, 1.0)
    ]
    nodes = [_node(MIDDLE, np.zeros(2), type=sides[ground.rights], shape=_shape(np.array(corners)))]
    edges, connections = [], []
    for arm, angle in enumerate(own.angle_rad):
        begin, end = ((own.reach_m + length) * toward(angle) for length in (ground.entry_m, ground.exit_m))
        nodes += [_node(f"from{arm}", begin), _node(f"to{arm}", end)]
        entry, leave = (np.flatnonzero(each == arm) for each in (roads.entry, roads.exit))
        rank = 2 if arm in ground.main_arms else 1
        if len(entry):
            points = roads.point_m[entry[0], : int(ground.entry_m) + 1]
            edges.append(_edge(f"in{arm}", f"from{arm}", MIDDLE, points, roads, rank))
        if len(leave):
            last = int(roads.length_m[leave[0]])
            points = roads.point_m[leave[0], last - int(ground.exit_m) : last + 1]
            edges.append(_edge(f"out{arm}", MIDDLE, f"to{arm}", points, roads, rank))
    for r, (entry_arm, exit_arm) in enumerate(zip(roads.entry, roads.exit, strict=True)):
        last = int(roads.length_m[r]) - int(ground.exit_m)
        points = roads.point_m[r, int(ground.entry_m) : last + 1]
        connections.append(_connection(f"in{entry_arm}", f"out{exit_arm}", points))
    ways = tuple((f"in{a}", f"out{b}") for a, b in zip(roads.entry, roads.exit, strict=True))
    return Plain(_file("nodes", nodes), _file("edges", edges), _file("connections", connections), ways)


def _line(roads: Roads) -> Plain:
    last, stop = int(roads.length_m[0]), roads.stop_m[0]
    places = [0, last] if np.isinf(stop) else [0, int(stop), last]
    kinds = ["priority", "traffic_light" if roads.num_signals else "priority", "priority"]
    names = ["from", MIDDLE, "to"] if len(places) == 3 else ["from", "to"]
    nodes = [_node(names[n], roads.point_m[0, at], type=kinds[n]) for n, at in enumerate(places)]
    edges = [
        _edge(f"part{n}", names[n], names[n + 1], roads.point_m[0, places[n] : places[n + 1] + 1], roads, 1)
        for n in range(len(places) - 1)
    ]
    parts = tuple(f"part{n}" for n in range(len(edges)))
    connections = [_connection(one, other) for one, other in pairwise(parts)]
    return Plain(_file("nodes", nodes), _file("edges", edges), _file("connections", connections), (parts,))


def _node(name: str, place: np.ndarray, **others: str) -> str:
    return element("node", id=name, x=f"{place[0]:.3f}", y=f"{place[1]:.3f}", **others)


def _edge(name: str, begin: str, end: str, points: np.ndarray, roads: Roads, priority: int) -> str:
    values = {"from": begin, "to": end, "numLanes": "1", "priority": str(priority), "spreadType": "center"}
    limit = f"{float(roads.limit_mps.max()):.3f}"
    return element("edge", id=name, speed=limit, shape=_shape(points), **values)


def _connection(begin: str, end: str, points: np.ndarray | None = None) -> str:
    shape = {} if points is None or len(points) < 2 else {"shape": _shape(points)}
    return element("connection", **{"from": begin, "to": end, "fromLane": "0", "toLane": "0"}, **shape)


def _shape(points: np.ndarray) -> str:
    return " ".join(f"{x:.3f},{y:.3f}" for x, y in points)


def element(tag: str, **values: str) -> str:
    """A line of XML."""
    return f"  <{tag} {' '.join(f'{name}={quoteattr(value)}' for name, value in values.items())}/>"


def _file(tag: str, rows: list[str]) -> str:
    return "\n".join([f"<{tag}>", *rows, f"</{tag}>", ""])
