"""Facts about roads as SUMO's plain XML: what they need of SUMO itself, `make sumo` runs."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from envs.roads.outside.sumo.net import Plain, plain_of
from envs.roads.scenarios.suite import SUITE
from envs.roads.simulation.geometry.roads import Roads

ARMS = ("tee_out_of_the_side_road", "four_askew", "signals_two_phases")


def points(shape: str) -> np.ndarray:
    return np.array([place.split(",") for place in shape.split()], float)


def along(plain: Plain, way: int) -> np.ndarray:
    """All points of the lanes that a way goes along."""
    edges = {edge.get("id"): points(edge.get("shape", "")) for edge in ET.fromstring(plain.edges)}
    first, last = plain.ways[way]
    turns = {(own.get("from"), own.get("to")): points(own.get("shape", "")) for own in ET.fromstring(plain.connections)}
    return np.concatenate([edges[first], turns[first, last], edges[last]])


def way_of(roads: Roads, way: int) -> np.ndarray:
    return roads.point_m[way, : int(roads.length_m[way]) + 1]


@pytest.mark.parametrize("name", ARMS)
def test_sumos_lanes_lie_where_our_ways_do(name: str) -> None:
    roads = SUITE[name].roads
    plain = plain_of(roads.ground, name)
    assert len(plain.ways) == roads.num_routes
    for way in range(roads.num_routes):
        theirs, ours = along(plain, way), way_of(roads, way)
        apart = np.hypot(*(theirs[:, None] - ours[None]).transpose(2, 0, 1))
        assert apart.min(1).max() < 0.8  # an exit's lane is that of one of its ways, whose points lie elsewhere on it
        assert apart.min(0).max() < 1.1


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("tee_by_the_right", "right_before_left"),
        ("tee_out_of_the_side_road", "priority"),
        ("signals_two_phases", "traffic_light"),
    ],
)
def test_a_junction_has_the_rights_of_its_arms(name: str, kind: str) -> None:
    nodes = {node.get("id"): node for node in ET.fromstring(plain_of(SUITE[name].roads.ground, name).nodes)}
    assert nodes["middle"].get("type") == kind


def test_a_main_road_comes_before_its_side_road() -> None:
    plain = plain_of(SUITE["tee_out_of_the_side_road"].roads.ground, "tee")
    ranks = {edge.get("id"): int(edge.get("priority", "0")) for edge in ET.fromstring(plain.edges)}
    assert (ranks["in0"], ranks["in1"], ranks["in2"]) == (2, 2, 1)


def test_other_roads_are_refused_by_their_kind() -> None:
    with pytest.raises(ValueError, match=r"^road.kind: got 'ring', wanted arms, or lines with one way$"):
        plain_of(SUITE["roundabout_of_four"].roads.ground, "ring")
