"""Facts about BlueSky's scenario files as we write and read them (that it loads them: benchmarks/check_bluesky.py)."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.airspace.outside.room import OUTSIDE
from envs.airspace.scenarios.suite import SUITE
from envs.airspace.simulation.room import SIMULATION
from envs.airspace.simulation.traffic.scenario import Centre, Scenario
from pipeline.scenarios import files

CRE = "00:00:00.00>CRE AB1,A320,51.0,13.7,90,10000,250"
OTHER = "00:00:00.00>CRE AB2,B738,51.0,14.7,270,FL100,260"
WAY = "00:00:00.00>ADDWPT AB1,51.0,14.2"
OTHER_WAY = "00:00:00.00>ADDWPT AB2,51.0,13.2"


def read_scenario(path: Path) -> Scenario:
    return files.read_scenario(SIMULATION, path, OUTSIDE.formats)


def write_scenario(scenario: Scenario, path: Path) -> None:
    files.write_scenario(SIMULATION, scenario, path, OUTSIDE.formats)


def read(folder: Path, *lines: str, name: str = "given.scn") -> Scenario:
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_scenario(folder / name)


def assert_same(one: Scenario, other: Scenario) -> None:
    words = ("name", "ids", "types", "notes", "seed", "centre")
    assert [getattr(one, name) for name in words] == [getattr(other, name) for name in words]
    np.testing.assert_array_equal(one.cas_kt, other.cas_kt)
    np.testing.assert_allclose(one.position_nm, other.position_nm, rtol=0.0, atol=1e-9)
    np.testing.assert_allclose(one.waypoint_nm, other.waypoint_nm, rtol=0.0, atol=1e-9)
    np.testing.assert_allclose(np.sin(np.radians(one.heading_deg - other.heading_deg)), 0.0, atol=1e-12)


@pytest.mark.parametrize("name", SUITE)
def test_a_scenario_comes_back_from_a_scn_file(name: str, tmp_path: Path) -> None:
    write_scenario(SUITE[name], tmp_path / "there.scn")
    assert_same(SUITE[name], read_scenario(tmp_path / "there.scn"))


def test_json_to_scn_and_back_is_the_same_json(tmp_path: Path) -> None:
    """The numbers of a file go through without a change in their last digit, however small they are."""
    odd = replace(
        SUITE["t_formation"],
        name="odd one",
        notes='two\nlines, # and "quotes", ünd mehr',
        seed=7,
        centre=Centre(-0.1, -179.9, 10_000.0),
        heading_deg=np.array([1e-7, 359.9999, 123.456]),
    )
    write_scenario(odd, tmp_path / "a.json")
    write_scenario(read_scenario(tmp_path / "a.json"), tmp_path / "b.scn")
    assert "E" not in (tmp_path / "b.scn").read_text().replace("CRE", "").upper().split("\n", 1)[1].replace(
        "ADDWPT", ""
    )
    assert_same(read_scenario(tmp_path / "a.json"), read_scenario(tmp_path / "b.scn"))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    lat=st.floats(-80, 80),
    lon=st.floats(-180, 180),
    heading=st.floats(0, 359.999),
    cas=st.floats(140, 300),
    east=st.floats(-200, 200),
    north=st.floats(-200, 200),
)
def test_any_aircraft_anywhere_comes_back(
    tmp_path_factory: pytest.TempPathFactory,
    lat: float,
    lon: float,
    heading: float,
    cas: float,
    east: float,
    north: float,
) -> None:
    alone = Scenario(
        name="alone",
        ids=("X-1",),
        types=("A320",),
        position_nm=np.array([[east, north]]),
        heading_deg=np.array([heading]),
        cas_kt=np.array([cas]),
        waypoint_nm=np.array([[north, east]]),
        centre=Centre(lat, lon, 10_000.0),
    )
    path = tmp_path_factory.mktemp("scn") / "alone.scn"
    write_scenario(alone, path)
    assert_same(alone, read_scenario(path))


def test_the_file_says_what_bluesky_has_to_do(tmp_path: Path) -> None:
    write_scenario(SUITE["head_on"], tmp_path / "head_on.scn")
    lines = (tmp_path / "head_on.scn").read_text().splitlines()
    assert lines[0].startswith('# murmuration: {"scenario_name": "head_on", "seed": 0')
    assert [line.split(",")[0] for line in lines[1:]] == [
        "00:00:00.00>CRE AC1",
        "00:00:00.00>ADDWPT AC1",
        "00:00:00.00>CRE AC2",
        "00:00:00.00>ADDWPT AC2",
    ]
    assert lines[1].split(",")[1] == "A320"
    assert lines[1].endswith(",13.7,0.0,10000.0,250.0")


def test_a_file_of_somebody_else_is_read(tmp_path: Path) -> None:
    scenario = read(
        tmp_path,
        "# two aircraft",
        "",
        "00:00:00.00>SCEN two of them",
        "0:0:0>PAN 51.0 13.7",
        "00:00:00.00 > create ab1 a320 N51'00'00 E013'42'00 090T FL100 250   # the first",
        OTHER,
        "00:00:00>DEST AB1 N51.0,E14.2",
        OTHER_WAY,
        "00:00:00.00>OP",
    )
    assert (scenario.name, scenario.ids, scenario.types) == ("two of them", ("AB1", "AB2"), ("A320", "B738"))
    assert (scenario.seed, scenario.notes) == (0, "left out, for they move nobody: PAN, OP")
    assert scenario.centre.lat_deg == pytest.approx(51.0, abs=0.01)
    assert scenario.centre.lon_deg == pytest.approx((13.7 + 14.7 + 14.2 + 13.2) / 4)
    assert scenario.centre.alt_ft == 10_000.0
    np.testing.assert_array_equal(scenario.cas_kt, [250.0, 260.0])
    one_degree_nm = 60.0 * np.cos(np.radians(51.0))
    np.testing.assert_allclose(np.diff(scenario.position_nm[:, 0]), one_degree_nm, rtol=2e-3)
    np.testing.assert_allclose(np.sin(np.radians(scenario.heading_deg)), [1.0, -1.0], atol=1e-4)


def test_degrees_minutes_and_seconds_are_added_up(tmp_path: Path) -> None:
    minutes = "00:00:00.00>CRE AB1,A320,S33'30'36,W070'15,90,10000,250"
    scenario = read(tmp_path, minutes, "00:00:00.00>ADDWPT AB1,-33.51,-70.25")
    assert scenario.centre.lat_deg == pytest.approx(-33.51)
    assert scenario.centre.lon_deg == pytest.approx(-70.25)
    np.testing.assert_allclose(scenario.position_nm, 0.0, atol=1e-6)


def test_a_file_without_a_name_is_named_after_itself(tmp_path: Path) -> None:
    assert read(tmp_path, CRE, WAY, name="rush.scn").name == "rush"


@pytest.mark.parametrize(
    ("lines", "number", "words"),
    [
        ((CRE, WAY, OTHER, OTHER_WAY, "00:01:00.00>HDG AB1,120"), 5, "HDG at 00:01:00.00 is later than the start"),
        ((CRE, WAY, OTHER, OTHER_WAY, "00:00:00.00>AB1 HDG 120"), 5, "HDG would change the encounter"),
        ((CRE, WAY, OTHER, OTHER_WAY, "00:00:00.00>ALT AB1,FL200"), 5, "ALT leads to another level"),
        ((CRE, WAY, OTHER, OTHER_WAY, "00:00:00.00>WIND 51,13.7,,270,30"), 5, "WIND would change the encounter"),
        ((CRE, WAY, OTHER.replace("00:00:00.00", "00:02:00.00"), OTHER_WAY), 4, "got 'AB2', wanted the callsign of"),
        ((CRE, WAY, OTHER.replace("00:00:00.00", "00:02:00.00")), 3, "CRE at 00:02:00.00 is later than the start"),
        ((CRE, WAY, "00:00:00.00>MCRE 5"), 3, "MCRE brings others in"),
        ((CRE, WAY, "00:00:00.00>SWARM 5"), 3, "SWARM is no command that is known here"),
        ((CRE, WAY, OTHER, OTHER_WAY, "00:00:00.00>ADDWPT AB1,51.0,15.0"), 5, "a second waypoint of AB1 cannot be"),
        ((CRE, "00:00:00.00>DEST AB1"), 2, "DEST: got no place, wanted latitude and longitude, or a name"),
        ((CRE, "00:00:00.00>ADDWPT AB1,51.0"), 2, "ADDWPT: got '51.0', wanted latitude and longitude in degrees"),
        (("00:00:00.00>ADDWPT AB7,51.0,14.2", CRE), 1, "got 'AB7', wanted the callsign of an aircraft created before"),
        ((CRE,), 1, "AB1 has no waypoint, wanted ADDWPT AB1,lat,lon, or --with ahead_nm=60 for one straight ahead"),
        ((CRE, WAY, CRE), 3, "got 'AB1', which is there already"),
        (
            (CRE.replace("250", "M0.98"), WAY),
            1,
            "spd_kt: got 554.389, wanted 130.238 .. 316.847 (kt CAS, A320 at 10000",
        ),
        ((CRE.replace("250", "fast"), WAY), 1, "CRE: speed: got 'fast', wanted a number (kt, or Mach as M0.78)"),
        ((CRE.replace(",90,", ",M090,"), WAY), 1, "heading: got 'M090', wanted a number (degrees true)"),
        ((CRE.replace(",10000", ",high"), WAY), 1, "altitude: got 'high', wanted a number (feet, or FL and hundreds)"),
        ((CRE.replace(",250", ""), WAY), 1, "spd_kt: got 0, wanted more than 0: who stands does not fly"),
        ((CRE + ",1", WAY), 1, "CRE: got '90 10000 250 1' after the place, wanted heading, altitude, speed"),
        ((CRE.split(",")[0], WAY), 1, "CRE: got 'AB1', wanted callsign, type, latitude, longitude"),
        ((CRE.replace("51.0", "91.0"), WAY), 1, "lat: got 91.0, wanted a number from -90 to 90"),
        ((CRE, WAY, "CRE AB3"), 3, "got 'CRE AB3', wanted one command such as 00:00:00.00>CRE"),
        ((CRE, WAY, OTHER.replace("FL100", "FL110"), OTHER_WAY), 3, "alt_ft: got 11000, wanted less than 1000 ft from"),
        ((CRE, WAY, OTHER.replace("B738", "B7X8"), OTHER_WAY), 3, "type: unknown aircraft type 'B7X8'"),
        ((CRE, WAY, OTHER.replace(",260", ",400"), OTHER_WAY), 3, "spd_kt: got 400, wanted 139.957"),
        ((CRE, WAY, OTHER.replace("14.7", "13.71"), OTHER_WAY), 3, "lat/lon: got 0.378 NM from agents[0] (AB1)"),
        ((CRE.replace("51.0", "95.0"), WAY), 1, "lat: got 95.0, wanted a number from -90 to 90"),
        (("# murmuration: {", CRE, WAY), 1, "after '# murmuration:': line 1 column 2: not JSON"),
        (('# murmuration: {"agents": []}', CRE, WAY), 1, "wanted an object of scenario_name, seed, notes, center"),
        (("# murmuration: " + "[" * 100_000, CRE, WAY), 1, "after '# murmuration:': brackets within brackets"),
        (('# murmuration: {"seed": ' + "5" * 5000 + "}", CRE, WAY), 1, "a number of thousands of digits"),
        ((CRE.replace("51.0", "1" + "'1" * 200), WAY), 1, "CRE: got "),
    ],
)
def test_what_cannot_be_represented_is_refused_by_name_and_line(
    lines: tuple[str, ...], number: int, words: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=re.escape(words)) as refused:
        read(tmp_path, *lines)
    assert str(refused.value).startswith(f"{tmp_path / 'given.scn'}: line {number}: ")


def test_a_file_without_aircraft_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"given.scn: got no aircraft, wanted at least one CRE"):
        read(tmp_path, "# nothing")


@pytest.mark.parametrize("callsign", ["ac1", "AC 1", "AC,1", "AC#1", "AC;1", "ÄC1"])
def test_a_callsign_that_bluesky_would_change_is_not_written(callsign: str, tmp_path: Path) -> None:
    scenario = replace(SUITE["head_on"], ids=("AC1", callsign))
    with pytest.raises(ValueError, match=r"ids: got .*, wanted a callsign that BlueSky keeps"):
        write_scenario(scenario, tmp_path / "x.scn")
    assert not list(tmp_path.iterdir())
