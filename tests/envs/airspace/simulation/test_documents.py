"""Facts about files of the airspace: what is read, what is written, and what is refused with which words."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs.airspace.scenarios.suite import SUITE
from envs.airspace.simulation.room import SIMULATION
from envs.airspace.simulation.traffic.scenario import Centre, Scenario
from envs.ground.names import NAME_WISH, WORD_WISH
from pipeline.scenarios import files

Document = dict[str, Any]


def read_scenario(path: Path) -> Scenario:
    return files.read_scenario(SIMULATION, path)


def write_scenario(scenario: Scenario, path: Path) -> None:
    files.write_scenario(SIMULATION, scenario, path)


def agent(name: str, lat: float, **changes: Any) -> Document:
    waypoint = {"lat": 51.0, "lon": 13.9}
    plain = {"id": name, "type": "A320", "lat": lat, "lon": 13.7, "hdg_deg": 90, "spd_kt": 250, "alt_ft": 10000}
    return {**plain, "waypoint": waypoint, **changes}


def document() -> Document:
    return {
        "scenario_name": "pair",
        "seed": 7,
        "notes": "two",
        "center": {"lat": 51.0, "lon": 13.7, "alt_ft": 10000},
        "sim_dt_s": 1,
        "agents": [agent("AC1", 51.0), agent("AC2", 51.5)],
    }


def write(folder: Path, content: Any, name: str = "pair.json") -> Path:
    (folder / name).write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return folder / name


def refusal(path: Path) -> str:
    with pytest.raises(ValueError, match=re.escape(str(path))) as caught:
        read_scenario(path)
    return str(caught.value).replace(f"{path}: ", "")


def changed(place: str, value: Any) -> Document:
    """The legal document with the value at a dotted place replaced."""
    whole = document()
    *way, last = [int(step) if step.isdigit() else step for step in place.split(".")]
    target: Any = whole
    for step in way:
        target = target[step]
    target[last] = value
    return whole


def without(place: str) -> Document:
    whole = document()
    *way, last = [int(step) if step.isdigit() else step for step in place.split(".")]
    target: Any = whole
    for step in way:
        target = target[step]
    del target[last]
    return whole


def test_a_legal_file_is_read(tmp_path: Path) -> None:
    scenario = read_scenario(write(tmp_path, document()))
    assert (scenario.name, scenario.seed, scenario.notes) == ("pair", 7, "two")
    assert scenario.centre == Centre(51.0, 13.7, 10_000.0)
    assert scenario.position_nm[1] == pytest.approx([0.0, 30.02], abs=0.01)
    assert scenario.heading_deg == pytest.approx([90.0, 90.0])
    assert scenario.cas_kt.tolist() == [250.0, 250.0]


def test_a_file_with_one_aircraft_is_legal(tmp_path: Path) -> None:
    assert read_scenario(write(tmp_path, changed("agents", [agent("AC1", 51.0)]))).num_aircraft == 1


def test_a_heading_east_of_the_centre_is_turned_into_the_frame(tmp_path: Path) -> None:
    scenario = read_scenario(write(tmp_path, changed("agents.0.lon", 14.7)))
    assert scenario.heading_deg[0] == pytest.approx(90.0 - 0.7772, abs=1e-4)


def test_a_type_outside_the_built_in_table_is_read(tmp_path: Path) -> None:
    assert read_scenario(write(tmp_path, changed("agents.0.type", "A333"))).types == ("A333", "A320")


def test_another_level_is_read(tmp_path: Path) -> None:
    whole = document()
    for place in (whole["center"], *whole["agents"]):
        place["alt_ft"] = 20000
    assert read_scenario(write(tmp_path, whole)).centre.alt_ft == 20_000.0


NUMBER_LAT = "wanted a number from -90 to 90 (degrees north)"
NUMBER_LON = "wanted a number from -180 to 180 (degrees east)"
FIELD_REFUSALS = [
    ("agents.1.spd_kt", "fast", "agents[1].spd_kt: got 'fast', wanted a number above 0, at most 1000 (kt)"),
    ("agents.1.spd_kt", "250", "agents[1].spd_kt: got '250', wanted a number above 0, at most 1000 (kt)"),
    ("agents.1.spd_kt", True, "agents[1].spd_kt: got True, wanted a number above 0, at most 1000 (kt)"),
    ("agents.1.spd_kt", 0, "agents[1].spd_kt: got 0, wanted a number above 0, at most 1000 (kt)"),
    ("agents.1.spd_kt", float("nan"), "agents[1].spd_kt: got nan, wanted a number above 0, at most 1000 (kt)"),
    ("agents.1.spd_kt", 100, "agents[1].spd_kt: got 100, wanted 130.238 .. 316.847 (kt CAS, A320 at 10000 ft)"),
    ("agents.1.spd_kt", 400, "agents[1].spd_kt: got 400, wanted 130.238 .. 316.847 (kt CAS, A320 at 10000 ft)"),
    ("agents.0.lat", 90.5, f"agents[0].lat: got 90.5, {NUMBER_LAT}"),
    ("agents.0.lat", None, f"agents[0].lat: got None, {NUMBER_LAT}"),
    ("agents.0.lon", -180.5, f"agents[0].lon: got -180.5, {NUMBER_LON}"),
    ("agents.0.waypoint.lat", -91, f"agents[0].waypoint.lat: got -91, {NUMBER_LAT}"),
    ("agents.0.waypoint.lon", float("inf"), f"agents[0].waypoint.lon: got inf, {NUMBER_LON}"),
    ("agents.0.waypoint", [51.0, 13.7], "agents[0].waypoint: got [51.0, 13.7], wanted an object of lat and lon"),
    ("agents.0.hdg_deg", float("-inf"), "agents[0].hdg_deg: got -inf, wanted a number from -360 to 360 (degrees true)"),
    ("agents.0.hdg_deg", 1e308, "agents[0].hdg_deg: got 1e+308, wanted a number from -360 to 360 (degrees true)"),
    ("agents.0.spd_kt", 1e308, "agents[0].spd_kt: got 1e+308, wanted a number above 0, at most 1000 (kt)"),
    ("agents.0.id", "", f"agents[0].id: got '', wanted {WORD_WISH}"),
    ("agents.0.id", 7, f"agents[0].id: got 7, wanted {WORD_WISH}"),
    ("agents.0.id", "AC\x001", f"agents[0].id: got 'AC\\x001', wanted {WORD_WISH}"),
    ("agents.0.id", "A" * 61, f"agents[0].id: got '{'A' * 56}..., wanted {WORD_WISH}"),
    ("agents.0.type", "", "agents[0].type: got '', wanted an aircraft type, say A320"),
    ("agents.1.id", "AC1", "agents[1].id: got 'AC1', the id of agents[0], wanted one of its own"),
    ("agents.1.alt_ft", 11000, "agents[1].alt_ft: got 11000, wanted center.alt_ft, 10000 (ft)"),
    ("agents.1.lat", 51.05, "agents[1].lat/lon: got 3.002 NM from agents[0] (AC1), wanted 5 NM or more"),
    ("agents.1.lat", 60.0, "agents[1].lat/lon: got 540.4 NM from center, wanted at most 500 NM"),
    ("agents.1.waypoint.lat", 40.0, "agents[1].waypoint: got 660.5 NM from center, wanted at most 500 NM"),
    ("agents.1", 3, "agents[1]: got 3, wanted an object"),
    ("agents", [], "agents: got [], wanted a list of 1 to 256 aircraft"),
    ("agents", {}, "agents: got {}, wanted a list of 1 to 256 aircraft"),
    ("center", None, "center: got None, wanted an object of lat, lon and alt_ft"),
    ("center.lat", 91, f"center.lat: got 91, {NUMBER_LAT}"),
    ("center.lon", "13.7", f"center.lon: got '13.7', {NUMBER_LON}"),
    ("center.alt_ft", -5, "center.alt_ft: got -5, wanted a number from 0 to 65000 (ft)"),
    ("scenario_name", None, f"scenario_name: got None, wanted {NAME_WISH}"),
    ("scenario_name", "../x", f"scenario_name: got '../x', wanted {NAME_WISH}"),
    ("scenario_name", "..", f"scenario_name: got '..', wanted {NAME_WISH}"),
    ("scenario_name", "a\\b", f"scenario_name: got 'a\\\\b', wanted {NAME_WISH}"),
    ("scenario_name", "a\x00b", f"scenario_name: got 'a\\x00b', wanted {NAME_WISH}"),
    ("scenario_name", "a\x1b[2J", f"scenario_name: got 'a\\x1b[2J', wanted {NAME_WISH}"),
    ("scenario_name", "a\u202eb", f"scenario_name: got 'a\\u202eb', wanted {NAME_WISH}"),
    ("scenario_name", "é" * 61, f"scenario_name: got '{'é' * 56}..., wanted {NAME_WISH}"),
    ("seed", 1.5, "seed: got 1.5, wanted a whole number from 0 to 4294967295"),
    ("seed", -1, "seed: got -1, wanted a whole number from 0 to 4294967295"),
    ("seed", 2**32, "seed: got 4294967296, wanted a whole number from 0 to 4294967295"),
    ("notes", 3, "notes: got 3, wanted a text of at most 10,000 characters"),
    ("sim_dt_s", 0.5, "sim_dt_s: got 0.5, wanted 1 (s), the tick of the simulation"),
    ("sim_dt_s", "1", "sim_dt_s: got '1', wanted 1 (s), the tick of the simulation"),
]


@pytest.mark.parametrize(("place", "value", "message"), FIELD_REFUSALS)
def test_a_bad_value_is_refused_by_field_value_and_wish(tmp_path: Path, place: str, value: Any, message: str) -> None:
    assert refusal(write(tmp_path, changed(place, value))) == message


PLACES = [
    *("scenario_name", "seed", "notes", "center", "center.lat", "center.lon", "center.alt_ft", "sim_dt_s", "agents"),
    *(f"agents.1.{field}" for field in ("id", "type", "lat", "lon", "hdg_deg", "spd_kt", "alt_ft", "waypoint")),
    *("agents.0.waypoint.lat", "agents.0.waypoint.lon"),
]


@pytest.mark.parametrize("place", PLACES)
def test_a_missing_field_is_named(tmp_path: Path, place: str) -> None:
    where = re.sub(r"\.(\d)", r"[\1]", place)
    assert refusal(write(tmp_path, without(place))).startswith(f"{where}: missing, wanted ")


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("agents.1.speed_kt", "agents[1].speed_kt: unknown key, did you mean 'spd_kt'? known: lat, lon, id, type"),
        ("agents.0.waypoint.latitude", "agents[0].waypoint.latitude: unknown key, did you mean 'lat'? known: lat, lon"),
        ("center.alt", "center.alt: unknown key, did you mean 'alt_ft'? known: lat, lon, alt_ft"),
        ("sceanrio_name", "sceanrio_name: unknown key, did you mean 'scenario_name'? known: scenario_name, seed"),
        ("zzz", "zzz: unknown key, known: scenario_name, seed"),
    ],
)
def test_an_unknown_key_is_refused_and_the_nearest_named(tmp_path: Path, place: str, message: str) -> None:
    assert refusal(write(tmp_path, changed(place, 1))).startswith(message)


def test_an_unknown_type_is_refused_and_the_nearest_named(tmp_path: Path) -> None:
    message = refusal(write(tmp_path, changed("agents.0.type", "A32O")))
    assert re.match(r"agents\[0\]\.type: unknown aircraft type 'A32O', did you mean .*'A320'.*\? known: ", message)


def test_a_level_that_a_type_cannot_fly_is_refused(tmp_path: Path) -> None:
    whole = changed("center.alt_ft", 45000)
    for each in whole["agents"]:
        each["alt_ft"] = 45000
    wish = "wanted 1000 .. 36286 ft"
    assert refusal(write(tmp_path, whole)).splitlines()[0] == f"agents[0].type: A320: got a level of 45000 ft, {wish}"


@pytest.mark.parametrize(("text", "got"), [("[]", "[]"), ("3", "3"), ("null", "None"), ('"x"', "'x'")])
def test_a_file_that_holds_no_object_is_refused(tmp_path: Path, text: str, got: str) -> None:
    assert refusal(write(tmp_path, text)) == f"got {got}, wanted an object"


def test_all_mistakes_of_a_file_are_listed(tmp_path: Path) -> None:
    whole = document()
    whole["agents"][0]["spd_kt"] = "fast"
    whole["agents"][1]["lat"] = 99
    whole["seed"] = None
    assert [line.split(":")[0] for line in refusal(write(tmp_path, whole)).splitlines()] == [
        "seed",
        "agents[0].spd_kt",
        "agents[1].lat",
    ]


@pytest.mark.parametrize("scenario", SUITE.values(), ids=SUITE)
def test_the_suite_survives_a_round_trip(tmp_path: Path, scenario: Scenario) -> None:
    write_scenario(scenario, tmp_path / "scenario.json")
    assert_same(read_scenario(tmp_path / "scenario.json"), scenario)


def assert_same(one: Scenario, other: Scenario) -> None:
    for exact in ("name", "ids", "types", "centre", "notes", "seed"):
        assert getattr(one, exact) == getattr(other, exact)
    assert one.cas_kt.tolist() == other.cas_kt.tolist()
    assert one.position_nm == pytest.approx(other.position_nm, abs=1e-9)
    assert one.waypoint_nm == pytest.approx(other.waypoint_nm, abs=1e-9)
    turn_deg = (one.heading_deg - other.heading_deg + 180.0) % 360.0 - 180.0
    assert turn_deg == pytest.approx(np.zeros(one.num_aircraft), abs=1e-9)


@given(
    centre=st.builds(Centre, st.floats(-80.0, 80.0), st.floats(-180.0, 180.0)),
    place=st.tuples(st.floats(-350.0, 350.0), st.floats(-350.0, 350.0)),
    waypoint=st.tuples(st.floats(-350.0, 350.0), st.floats(-350.0, 350.0)),
    heading_deg=st.floats(0.0, 360.0, exclude_max=True),
    cas_kt=st.floats(140.0, 309.0),
    notes=st.text(st.characters(codec="utf-8")),
)
def test_any_aircraft_survives_a_round_trip(
    tmp_path_factory: pytest.TempPathFactory,
    centre: Centre,
    place: tuple[float, float],
    waypoint: tuple[float, float],
    heading_deg: float,
    cas_kt: float,
    notes: str,
) -> None:
    arrays = (np.array([place]), np.array([heading_deg]), np.array([cas_kt]), np.array([waypoint]))
    scenario = Scenario("alone", ("AC1",), ("B744",), *arrays, centre=centre, notes=notes, seed=3)
    path = tmp_path_factory.mktemp("round_trip") / "scenario.json"
    write_scenario(scenario, path)
    assert_same(read_scenario(path), scenario)


def test_what_could_not_be_read_is_not_written(tmp_path: Path) -> None:
    arrays = (np.zeros((1, 2)), np.zeros(1), np.array([900.0]), np.zeros((1, 2)))
    with pytest.raises(ValueError, match=r"fast\.json: agents\[0\]\.spd_kt: got 900, wanted"):
        write_scenario(Scenario("fast", ("AC1",), ("A320",), *arrays), tmp_path / "fast.json")
    assert not list(tmp_path.iterdir())


def test_more_aircraft_than_a_world_has_places_for_are_refused(tmp_path: Path) -> None:
    message = refusal(write(tmp_path, changed("agents", [agent(f"AC{n}", 51.0) for n in range(257)])))
    assert message.startswith("agents: got [{")
    assert message.endswith("wanted a list of 1 to 256 aircraft")


def test_a_name_in_any_script_is_read(tmp_path: Path) -> None:
    for name in ("Übung <b>1", "演習", "rush hour [2]", "a" * 60):
        assert read_scenario(write(tmp_path, changed("scenario_name", name))).name == name


def test_built_in_types_are_read_without_openap(tmp_path: Path) -> None:
    path = write(tmp_path, document())
    code = "import json, sys; from pathlib import Path; "
    code += "from envs.airspace.simulation.traffic.documents import scenario_from"
    code += f"; scenario_from(json.loads(Path({str(path)!r}).read_text()), 'pair')"
    code += "; sys.exit('openap' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
