"""Facts about the door to BlueSky that hold without it (the others: benchmarks/check_bluesky.py)."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from envs.airspace.outside.bluesky import BlueSky, BlueSkyInFrame, Traffic, wind_grid
from envs.airspace.scenarios.suite import SUITE
from envs.airspace.simulation.disturbance_settings import Wind
from envs.airspace.simulation.traffic.documents import document_of
from envs.airspace.simulation.traffic.scenario import Centre


def test_traffic_starts_where_the_scenario_files_say(tmp_path: Path) -> None:
    scenarios = [SUITE["merge_2x2"], replace(SUITE["t_formation"], centre=Centre(-33.0, 151.0, 24_000.0))]
    traffic = Traffic.of(scenarios)
    agents = [agent for scenario in scenarios for agent in document_of(scenario, tmp_path / "x.json")["agents"]]
    assert traffic.types == tuple(agent["type"] for agent in agents)
    fields = {"lat_deg": "lat", "lon_deg": "lon", "heading_deg": "hdg_deg", "cas_kt": "spd_kt", "alt_ft": "alt_ft"}
    for field, key in fields.items():
        np.testing.assert_allclose(getattr(traffic, field), [agent[key] for agent in agents], rtol=0.0, atol=1e-9)


def test_a_wind_of_the_frame_is_told_with_its_true_direction_at_each_place() -> None:
    lat, lon, north, east, _ = wind_grid(Wind(from_deg=270.0, speed_kt=35.0), Centre(51.0, 13.0))

    def towards(lat_deg: float, lon_deg: float) -> float:
        here = (lat == lat_deg) & (lon == lon_deg)
        return float(np.degrees(np.arctan2(east[0, here], north[0, here]))[0])

    np.testing.assert_allclose(np.hypot(north, east), 35.0 * 1852.0 / 3600.0, rtol=1e-5)
    assert towards(51.0, 13.0) == pytest.approx(90.0)
    assert towards(40.0, 13.0) == pytest.approx(90.0)
    # A degree further east north has turned by 1 degree times the sine of the latitude.
    assert towards(51.0, 14.0) == pytest.approx(90.0 + np.sin(np.radians(51.0)), abs=1e-4)
    assert towards(51.0, 12.0) == pytest.approx(90.0 - np.sin(np.radians(51.0)), abs=1e-4)


def test_without_bluesky_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bluesky", None)  # as if it were not installed
    with pytest.raises(ValueError, match=r"the simulator bluesky is not installed: run `make bluesky`"):
        BlueSky()


def test_scenarios_flown_together_share_their_centre() -> None:
    elsewhere = replace(SUITE["head_on"], centre=Centre(50.0, 8.0))
    frame = BlueSkyInFrame(object.__new__(BlueSky))  # refused before anything is started
    with pytest.raises(ValueError, match=r"scenario 'head_on': centre: got Centre\(lat_deg=50.0"):
        frame.begin_all([SUITE["parallel"], elsewhere], Wind())
