"""Closest approach and entry of straight tracks, against geometry worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from envs.airspace.evaluation.approach import predict


def predicted(offset_nm: tuple[float, float], velocity_kt: tuple[float, float], zone_nm: float = 5.0) -> list[float]:
    return [float(part) for part in predict(np.array(offset_nm), np.array(velocity_kt), zone_nm)]


def test_head_on_traffic_meets_in_the_middle() -> None:
    """36 NM apart at 720 kt together, 0.2 NM/s: closest after 180 s, 5 NM apart after 31 NM or 155 s."""
    assert predicted((0.0, 36.0), (0.0, -720.0)) == pytest.approx([180.0, 0.0, 155.0])


def test_crossing_traffic_passes_at_the_distance_of_a_point_from_a_line() -> None:
    """The other is 16 NM west and 10 NM north and moves by (360, -360) kt relative: it passes 26 / sqrt(2) NM further
    on, (16 - 10) / sqrt(2) NM away, and enters sqrt(25 - 18) NM before that."""
    speed = 360.0 * math.sqrt(2.0) / 3600.0
    tcpa_s = 26.0 / math.sqrt(2.0) / speed
    expected = [tcpa_s, 6.0 / math.sqrt(2.0), tcpa_s - math.sqrt(7.0) / speed]
    assert predicted((-16.0, 10.0), (360.0, -360.0)) == pytest.approx(expected)


def test_at_50_kt_entry_comes_360_s_before_the_closest_point() -> None:
    tcpa_s, dcpa_nm, entry_s = predicted((0.0, 10.0), (0.0, -50.0))
    assert dcpa_nm == 0.0
    assert tcpa_s - entry_s == pytest.approx(360.0)


@pytest.mark.parametrize("velocity_kt", [(0.0, 0.0), (0.05, -0.05)])
def test_a_pair_without_relative_speed_keeps_its_distance(velocity_kt: tuple[float, float]) -> None:
    assert predicted((3.0, 4.1), velocity_kt) == pytest.approx([0.0, math.hypot(3.0, 4.1), math.inf])


def test_inside_the_zone_entry_is_now_even_when_parting() -> None:
    tcpa_s, dcpa_nm, entry_s = predicted((0.0, 3.0), (0.0, 360.0))
    assert (tcpa_s, dcpa_nm, entry_s) == pytest.approx((-30.0, 0.0, 0.0))


@pytest.mark.parametrize(("offset", "velocity"), [((0.0, 6.0), (0.0, 360.0)), ((5.1, 20.0), (0.0, -360.0))])
def test_who_parts_or_passes_outside_never_enters(offset: tuple[float, float], velocity: tuple[float, float]) -> None:
    assert predicted(offset, velocity)[2] == math.inf


def test_a_wider_zone_is_entered_earlier() -> None:
    """6 NM instead of 5 at 0.2 NM/s: 5 s."""
    assert predicted((0.0, 36.0), (0.0, -720.0), 6.0)[2] == pytest.approx(150.0)
