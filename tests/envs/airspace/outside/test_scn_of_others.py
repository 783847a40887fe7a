"""Facts about BlueSky files that others wrote: what is read, what is left out and told, what is refused with a wish."""

from __future__ import annotations

import re
import sys

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from envs.airspace.outside.room import OUTSIDE
from envs.airspace.outside.scn.choices import WORDS
from envs.airspace.outside.scn.quantities import cas_from_tas_kt, degrees, mach, tas_from_cas_kt, tas_from_mach_kt
from envs.airspace.outside.scn.reading import scenario_of_scn
from envs.airspace.simulation.traffic.scenario import Scenario
from envs.ground.outside import Taken

SOURCE = "given.scn"
ONE = "00:00:00.00>CRE AB1,A320,0.0,0.0,90,10000,250"
TWO = "00:00:00.00>CRE AB2,B738,0.0,1.0,270,10000,260"
WAY = "00:00:00.00>ADDWPT AB1,0.0,0.5"
OTHER_WAY = "00:00:00.00>ADDWPT AB2,0.0,0.5"
BOTH = (ONE, WAY, TWO, OTHER_WAY)
DEGREE_NM = np.radians(1.0) * 6_371_000.0 / 1852.0

PLACES = {
    "EHAM": (52.3, 4.8, None),
    "EDDC": (51.1, 13.8, None),
    "EHAM/RW18L": (52.32, 4.78, 183.2),
    "KJFK": (40.6, -73.8, None),
}


def navigation(name: str, lat: float, lon: float) -> tuple[float, float, float | None] | None:
    """Four places, instead of BlueSky's (benchmarks/check_bluesky.py asks that)."""
    return PLACES.get(name)


def take(*lines: str, **choices: str) -> Taken:
    return scenario_of_scn("\n".join(lines) + "\n", SOURCE, choices, navigation)


def read(*lines: str, **choices: str) -> Scenario:
    scenario = take(*lines, **choices).scenario
    assert isinstance(scenario, Scenario)
    return scenario


def refusal(*lines: str, **choices: str) -> str:
    with pytest.raises(ValueError, match=re.escape(SOURCE)) as refused:
        take(*lines, **choices)
    return str(refused.value)


def start_lon_deg(scenario: Scenario) -> np.ndarray:
    """Longitudes of starts on the equator."""
    return scenario.centre.lon_deg + scenario.position_nm[:, 0] / DEGREE_NM


def way_lon_deg(scenario: Scenario) -> np.ndarray:
    return scenario.centre.lon_deg + scenario.waypoint_nm[:, 0] / DEGREE_NM


def test_numbers_with_exponents_are_numbers() -> None:
    tiny = read(ONE.replace(",0.0,0.0,", ",-5.5e-17,1.1E-16,").replace("250", "2.5e2"), WAY)
    assert tiny.cas_kt[0] == 250.0
    np.testing.assert_allclose(start_lon_deg(tiny), 0.0, atol=1e-12)
    assert (degrees("1e-3", "EW"), degrees("E004'30", "EW"), degrees("4.5W", "EW")) == (0.001, 4.5, -4.5)


def test_commands_that_move_nobody_are_left_out_and_told() -> None:
    shown = ("00:00:00.00>PAN 0,0;ZOOM 2", "00:00:00.00>ASAS ON", "0:0:0>reso MVP", "00:00:00.00>AREA 1,1,-1,-1")
    ruler, later = "00:00:00.00>+++", "00:03:00.00>HOLD"
    taken = take(*shown, *BOTH, ruler, "00:00:00.00>TRAILS ON", "00:00:00.00>NOISE OFF", "00:00:00.00>SYMBOL", later)
    told = "left out, for they move nobody: PAN, ZOOM, ASAS, RESO, AREA, +++, TRAIL, NOISE, SYMBOL, HOLD"
    assert taken.left_out == (told,)
    assert taken.scenario.notes == told
    plain = read(*BOTH)
    np.testing.assert_array_equal(taken.scenario.position_nm, plain.position_nm)
    assert plain.notes == ""


def test_a_mach_number_is_a_speed_of_the_standard_atmosphere() -> None:
    """At FL350 it is 218.81 K, sound travels at sqrt(1.4 287.05287 218.81) = 296.54 m/s = 576.4 kt."""
    assert tas_from_mach_kt(0.78, 35_000.0) == pytest.approx(0.78 * 576.4, abs=0.05)
    for text in ("M0.78", "M.78", ".78", "0.78", "M78", "m0.78"):
        fast = read(ONE.replace("10000,250", f"FL350,{text}"), WAY)
        assert tas_from_cas_kt(fast.cas_kt[0], 35_000.0) == pytest.approx(0.78 * 576.4, abs=0.05)
    assert (mach("M8"), mach("M1.2"), mach("250"), mach("1.0"), mach("M")) == (0.8, None, None, None, None)


def test_who_has_no_waypoint_gets_one_straight_ahead_if_that_is_chosen() -> None:
    assert refusal(ONE).endswith(
        "AB1 has no waypoint, wanted ADDWPT AB1,lat,lon, or --with ahead_nm=60 for one straight ahead"
    )
    taken = take(ONE, ahead_nm="60")
    np.testing.assert_allclose(way_lon_deg(taken.scenario), 60.0 / DEGREE_NM)
    assert taken.scenario.notes == "read with ahead_nm=60; goes 60 NM straight ahead: AB1"


def test_the_start_is_the_time_of_the_first_aircraft() -> None:
    late = [line.replace("00:00:00.00", "00:01:31.72") for line in BOTH]
    assert read(*late).digest() == read(*BOTH).digest()


def test_who_comes_a_few_seconds_later_begins_so_much_farther_back() -> None:
    """At 260 kt CAS in 10,000 ft it flies 300 kt; in 9 s, 0.75 NM to the east of where it is created."""
    late = read(ONE, WAY, TWO.replace("00:00:00", "00:00:09"), OTHER_WAY.replace("00:00:00", "00:00:09"))
    moved_nm = (start_lon_deg(late) - start_lon_deg(read(*BOTH))) * DEGREE_NM
    np.testing.assert_allclose(moved_nm, [0.0, tas_from_cas_kt(260.0, 10_000.0) * 9.0 / 3600.0], rtol=2e-3, atol=1e-9)
    assert "as far back as it flies until its time: AB2" in late.notes


def test_later_aircraft_and_instructions_are_left_out_only_by_choice() -> None:
    third = "00:02:00.00>CRE AB3,A320,3.0,0.0,90,10000,250"
    later = (third, "00:02:00.00>ADDWPT AB3,3.0,1.0", "00:03:00.00>AB3 HDG 10", "00:03:00.00>HDG AB1,120")
    assert "CRE at 00:02:00.00 is later than the start" in refusal(ONE, WAY, third)
    assert "HDG at 00:03:00.00 is later than the start" in refusal(*BOTH, later[-1])
    taken = take(*BOTH, *later, leave_out="later")
    assert taken.scenario.ids == ("AB1", "AB2")
    assert taken.left_out[0] == "left out, for they come after the start: CRE, HDG"
    assert taken.left_out[1] == "left out with its aircraft: ADDWPT, HDG"


def test_who_is_alone_meets_nobody_so_instructions_are_left_out() -> None:
    orders = ("00:00:00.00>SPD AB1,220", "00:00:00.00>AB1 ALT FL200", "00:05:00.00>HDG AB1,120")
    assert take(ONE, WAY, *orders).left_out == ("left out, for nobody else is there: SPD, ALT, HDG",)
    assert refusal(*BOTH, orders[0]).endswith("wanted --with leave_out=SPD to read the file without it")
    assert take(*BOTH, orders[0], leave_out="SPD").left_out == ("left out, as chosen: SPD",)


def test_what_brings_others_in_is_refused_even_for_who_is_alone() -> None:
    for command in ("MCRE 3", "PCALL other.scn", "SWARM 3", "CRECONFS AB2,A320,AB1,90,2,300"):
        assert "--with leave_out=" in refusal(ONE, WAY, f"00:00:00.00>{command}")


def test_one_level_for_all_keeps_true_airspeeds() -> None:
    """109.92 kt CAS at 20 km is 200 m/s, 388.8 kt; so it is seen from above at FL200, too."""
    high = "65616.797900262463,109.92461605498562"
    lines = [line.replace("10000,250", high).replace("10000,260", high).replace("A320", "B744") for line in BOTH]
    flat = read(*lines, "00:00:00.00>ALT AB1,FL100", type="B744", level="FL200")
    assert flat.centre.alt_ft == 20_000.0
    true_kt = [tas_from_cas_kt(cas, 20_000.0) for cas in flat.cas_kt]
    np.testing.assert_allclose(true_kt, 200.0 / 0.514444, rtol=2e-4)
    assert "flies at 20000 ft, its true airspeed kept: AB1, AB2" in flat.notes
    assert "left out, for all stay at one level: ALT" in flat.notes


def test_levels_a_thousand_feet_apart_are_refused_and_one_of_them_can_be_chosen() -> None:
    above = TWO.replace("10000", "FL110")
    message = refusal(ONE, WAY, above, OTHER_WAY)
    assert "line 3: alt_ft: got 11000, wanted less than 1000 ft from AB1, --with only_level=10000" in message
    assert read(ONE, WAY, above, OTHER_WAY, only_level="10000").ids == ("AB1",)
    assert read(ONE, WAY, above, OTHER_WAY, level="FL100").ids == ("AB1", "AB2")


def test_who_is_above_the_atmosphere_that_we_know_is_refused_and_others_can_be_chosen() -> None:
    above = ONE.replace("10000", "97563.67")
    assert refusal(above, WAY).endswith("line 1: alt_ft: got 97563.7, wanted 0 .. 65617 (ft)")
    message = refusal(above, WAY, TWO, OTHER_WAY)
    assert message.endswith("wanted 0 .. 65617 (ft), or --with only_level=10000 for those who are there")
    assert read(above, WAY, TWO, OTHER_WAY, only_level="10000").ids == ("AB2",)


def test_levels_within_separation_are_one_level_at_true_airspeeds() -> None:
    near = read(ONE, WAY, TWO.replace("10000", "10900"), OTHER_WAY)
    assert near.centre.alt_ft == 10_000.0
    assert near.cas_kt[0] == 250.0
    assert near.cas_kt[1] == pytest.approx(cas_from_tas_kt(tas_from_cas_kt(260.0, 10_900.0), 10_000.0))


def test_types_and_speeds_that_nobody_flies_are_replaced_only_by_choice() -> None:
    odd = ONE.replace("A320", "SUPER").replace("250", "400")
    assert refusal(odd, WAY).endswith("; --with type=B744 flies it instead")
    assert refusal(odd, WAY, type="B744").endswith("(kt CAS, B744 at 10000 ft); --with speeds=limit takes the nearest")
    taken = take(odd, WAY, type="b744", speeds="limit")
    assert (taken.scenario.types, taken.scenario.cas_kt[0]) == (("B744",), 349.892)
    assert "flown by B744, for their types are not known: AB1" in taken.left_out


def test_a_route_is_its_first_or_its_last_waypoint() -> None:
    named = "00:00:00.00>DEFWPT HERE,0.0,0.7"
    route = ("00:00:00.00>AB1 ADDWPT HERE", "00:00:00.00>ADDWPT AB1 0.0,0.8,FL100,250", "00:00:00.00>DEST AB1 0.0,0.9")
    assert "a second waypoint of AB1" in refusal(ONE, TWO, OTHER_WAY, named, *route)
    for choice, lon in (("first", 0.7), ("last", 0.9)):
        one_of_two = read(ONE, TWO, OTHER_WAY, named, *route, route=choice)
        np.testing.assert_allclose(way_lon_deg(one_of_two), [lon, 0.5])
    assert way_lon_deg(read(ONE, named, *route)) == pytest.approx(0.7)
    first = read(ONE, named, *route[:2], "00:00:00.00>ADDWPT AB1 0.0,0.75,,,HERE", route="last")
    assert way_lon_deg(first) == pytest.approx(0.8)


def test_names_are_places_of_navigation_data() -> None:
    airborne = "00:00:00.00>CRE KL1 A320 EHAM RW18L * FL100 250"
    leaves = read(airborne, "00:00:00.00>ORIG KL1,EHAM", "00:00:00.00>DEST KL1   ,EDDC")
    np.testing.assert_allclose(leaves.heading_deg, 183.2, atol=5.0)  # turned by the frame's meridians
    assert np.hypot(*(leaves.waypoint_nm - leaves.position_nm)[0]) == pytest.approx(343.0, abs=1.0)
    assert "got 'EDDX', which BlueSky's navigation data have not" in refusal(airborne, "00:00:00.00>DEST KL1 EDDX")


def test_a_destination_across_the_ocean_is_brought_nearer() -> None:
    far = take("00:00:00.00>CRE KL1 A320 52.3 4.8 270 FL100 250", "00:00:00.00>DEST KL1 KJFK")
    way_nm = (far.scenario.waypoint_nm - far.scenario.position_nm)[0]
    assert np.hypot(*way_nm) == pytest.approx(400.0)
    assert "waypoint brought to 400 NM on the way to where it goes: KL1" in far.left_out


def test_names_without_navigation_data_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bluesky", None)  # as if it were not installed
    with pytest.raises(ValueError, match=r"given.scn: line 2: DEST: got 'EDDC', wanted degrees.* run `make bluesky`"):
        scenario_of_scn(f"{ONE}\n00:00:00.00>DEST AB1,EDDC", SOURCE, {})


def test_lines_go_on_after_a_backslash_and_broken_ones_are_skipped_by_choice() -> None:
    parted = ("00:00:00.00>CRE AB1,A320,\\", "0.0,0.0,90,10000,250")
    assert read(*parted, WAY).digest() == read(ONE, WAY).digest()
    assert "line 3: got ']0:00>HDG AB1 5', wanted one command such as" in refusal(ONE, WAY, "]0:00>HDG AB1 5")
    assert take(ONE, WAY, "]0:00>HDG AB1 5", leave_out="broken").left_out == ("left out, as chosen: BROKEN",)
    assert read(ONE.replace("00:00:00.00", "0:00:00:00"), WAY).digest() == read(ONE, WAY).digest()


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"ahead_nm": "-1"}, "--with ahead_nm: got '-1', wanted a number above 0, at most 250 (NM)"),
        ({"route": "second"}, "--with route: got 'second', wanted first or last"),
        ({"level": "FLX"}, "--with level: got 'FLX', wanted 0 .. 65000 ft, or FL and hundreds of feet"),
        ({"only_level": "high"}, "--with only_level: got 'high', wanted feet, or FL and hundreds of feet"),
        ({"type": "B7X8"}, "--with type: got 'B7X8', wanted one of A124"),
        ({"speeds": "any"}, "--with speeds: got 'any', wanted limit"),
    ],
)
def test_a_choice_that_cannot_be_is_refused_by_name(choices: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        take(*BOTH, **choices)


def test_every_choice_is_told_in_a_few_words() -> None:
    assert OUTSIDE.formats[".scn"].choices == WORDS
    assert all(WORDS.values())


def said(text: str, choices: dict[str, str]) -> None:
    """Read a text: a scenario, or a refusal whose every line names the file."""
    refusal = ""
    try:
        assert isinstance(scenario_of_scn(text, SOURCE, choices, navigation).scenario, Scenario)
    except ValueError as error:
        refusal = str(error)
    assert all(line.startswith(f"{SOURCE}: ") for line in refusal.split("\n") if refusal), refusal


@settings(max_examples=150, deadline=None, derandomize=True)
@given(text=st.text(max_size=200))
@example(text="0:0:0>")
@example(text="0:0:0>,")
@example(text="999999999:0:0>CRE")
@example(text="0:0:0>CRE ,,,,,,")
@example(text="\\")
def test_any_text_is_a_scenario_or_a_refusal(text: str) -> None:
    said(text, {})


WORDS_OF_LINES = """AB1 AB2 A320 B744 SUPER 0 0.5 -5e-17 1e308 1e999 nan N52'30 E004'30'15 * FL100 10000 250 .78 M0.8
    M99 90 T090 M090 EHAM RW18L EDDC 95 -180.1 HERE FLYBY ON OFF 65617 -11 ' ° ² FL M T"""
NAMES = "CRE cre ADDWPT DEST ORIG DEFWPT ALT HDG LNAV WIND SCEN PAN +++ AB1 MCRE X"
WORD = st.sampled_from(["", *WORDS_OF_LINES.split()])
NAME = st.sampled_from(NAMES.split())
TIME = st.sampled_from(["0:0:0", "00:00:00.00", "00:00:05.5", "01:00:00", "0:0", "]0:0:0", "999999999:9:9"])
LINE = st.builds(
    lambda time, name, words, end: f"{time}>{name} {','.join(words)}{end}",
    TIME,
    NAME,
    st.lists(WORD, max_size=8),
    st.sampled_from(["", ";PAN", "#", "\\", ","]),
)
CALLSIGN = st.sampled_from(["AB1", "AB2", "AB3"])
CREATED = st.builds(
    lambda time, callsign, kind, lat, lon, heading, level, speed: (
        f"{time}>CRE {callsign},{kind},{lat},{lon},{heading},{level},{speed}"
    ),
    st.sampled_from(["0:0:0", "0:0:0", "0:0:4.5", "0:1:0"]),
    CALLSIGN,
    st.sampled_from(["A320", "B744", "SUPER"]),
    st.integers(-8, 8).map(lambda steps: steps / 4),
    st.sampled_from(["0.0", "E001'30", "-179.9", "179.9", "1e-17"]),
    st.sampled_from(["0", "T090", "359.9", "*"]),
    st.sampled_from(["10000", "FL100", "FL105", "FL350", "65616.8"]),
    st.sampled_from(["250", "M0.78", "400"]),
)
ON_ITS_WAY = st.builds(
    lambda name, callsign, place: f"0:0:5>{name} {callsign} {place}",
    st.sampled_from(["ADDWPT", "DEST"]),
    CALLSIGN,
    st.sampled_from(["0.0,0.5", "EDDC", "KJFK", "1,1,FL200,,EDDC", "EHAM RW18L", "AB1"]),
)
LINES = st.lists(ON_ITS_WAY, max_size=4) | st.lists(ON_ITS_WAY | LINE, max_size=6)
MOST_CHOICES = {"ahead_nm": "60", "route": "last", "level": "FL200", "type": "B744", "speeds": "limit"}
CHOSEN = st.just(MOST_CHOICES) | st.fixed_dictionaries(
    {},
    optional={
        "ahead_nm": st.just("60"),
        "route": st.sampled_from(["first", "last"]),
        "level": st.sampled_from(["FL100", "65000", "0"]),
        "only_level": st.sampled_from(["FL100", "1e300"]),
        "type": st.just("B744"),
        "speeds": st.just("limit"),
        "leave_out": st.sampled_from(["later", "CRE", "later,ALT,HDG,broken", ""]),
    },
)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(created=st.lists(CREATED, max_size=3), lines=LINES, choices=CHOSEN)
def test_any_lines_with_any_choices_are_a_scenario_or_a_refusal(
    created: list[str], lines: list[str], choices: dict[str, str]
) -> None:
    said("\n".join([*created, *lines]), choices)
