"""Facts about the player of recorded episodes."""

import json
import re
from importlib import resources

import numpy as np
import pandas as pd
import pytest

from envs.airspace.pictures.scene import of_recording
from pipeline.pictures import player

OUTSIDE = re.compile(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//|@import|url\(\s*["']?http|fetch\(""", re.IGNORECASE)


def crossing(
    separations_nm: tuple[float, ...] = (9.0, 4.25, 8.0), names: tuple[str, ...] = ("A1", "A2")
) -> pd.DataFrame:
    """A row per step and aircraft; each flies 1 NM north per step, 9 NM beside the one before."""
    rows = [
        {
            "step": step,
            "time_s": 10.0 * step,
            "agent": name,
            "type": "A320",
            "east_nm": 9.0 * turn,
            "north_nm": step + 0.12345,
            "heading_deg": 0.0,
            "tas_kt": 288.7,
            "cas_kt": 250.0,
            "waypoint_east_nm": 9.0 * turn,
            "waypoint_north_nm": 20.0,
            "separation_nm": separation,
            "present": True,
            "active": True,
            "arrived": False,
            "action_heading": 0.0,
            "action_speed": 0.0,
            "reward_progress": 0.1,
        }
        for step, separation in enumerate(separations_nm)
        for turn, name in enumerate(names)
    ]
    return pd.DataFrame(rows)


def data_of(html: str) -> dict:
    found = re.search(r'<script type="application/json" data-part="data">(.*?)</script>', html, re.DOTALL)
    assert found
    return json.loads(found.group(1))


def test_a_page_loads_nothing_from_outside():
    assert not OUTSIDE.search(player.animation_page(crossing(), "crossing"))


def test_positions_are_embedded_with_three_decimals():
    episode = data_of(player.animation_page(crossing(), "crossing"))["episodes"][0]
    assert episode["time_s"] == [0.0, 10.0, 20.0]
    assert episode["aircraft"][1]["id"] == "A2"
    assert episode["aircraft"][1]["east"] == [9.0, 9.0, 9.0]
    assert episode["aircraft"][1]["north"] == [0.123, 1.123, 2.123]


def test_the_smallest_separation_of_an_episode_and_its_steps_is_embedded():
    recording = crossing()
    recording.loc[recording["step"].eq(0) & recording["agent"].eq("A2"), "separation_nm"] = 8.5
    episode = data_of(player.animation_page(recording, "crossing"))["episodes"][0]
    assert episode["smallest"] == [8.5, 4.25, 8.0]
    assert episode["minimum"] == 4.25


@pytest.mark.parametrize("alone", [np.nan, np.inf])
def test_an_aircraft_alone_has_no_separation(alone):
    episode = data_of(player.animation_page(crossing((alone, alone), ("A1",)), "solo"))["episodes"][0]
    assert episode["smallest"] == [None, None]
    assert episode["minimum"] is None


def test_an_aircraft_that_left_is_absent_and_its_separation_does_not_count():
    recording = crossing()
    gone = recording["step"].eq(1) & recording["agent"].eq("A2")
    recording.loc[gone, ["present", "separation_nm"]] = [False, 0.5]
    episode = data_of(player.animation_page(recording, "left"))["episodes"][0]
    assert episode["aircraft"][1]["present"] == [1, 0, 1]
    assert episode["smallest"] == [9.0, 4.25, 8.0]


def test_rows_that_a_recording_lacks_count_as_absent():
    recording = crossing()
    late = recording[~(recording["step"].eq(0) & recording["agent"].eq("A2"))]
    aircraft = data_of(player.animation_page(late, "spawned"))["episodes"][0]["aircraft"][1]
    assert aircraft["present"] == [0, 1, 1]
    assert aircraft["east"] == [None, 9.0, 9.0]


def test_the_order_of_rows_does_not_matter():
    shuffled = crossing().sort_values(["agent", "step"], ascending=[True, False])
    assert player.embed({"x": shuffled}) == player.embed({"x": crossing()})


def test_names_with_markup_stay_text():
    html = player.animation_page(crossing(names=("</script><b>", "A2")), "<img src=x> & co")
    assert "<img" not in html
    assert "</script><b>" not in html
    assert data_of(html)["episodes"][0]["aircraft"][0]["id"] == "</script><b>"


def test_unknown_columns_are_ignored():
    strange = crossing().assign(delay_steps=2, noise=[{"x": 1}] * 6)
    assert player.embed({"x": strange}) == player.embed({"x": crossing()})


def test_the_last_separation_of_one_that_leaves_counts():
    recording = crossing((9.0, 6.0, 4.0))
    leaving = recording["step"].eq(2) & recording["agent"].eq("A2")
    recording.loc[leaving, ["present", "arrived"]] = [False, True]
    recording.loc[recording["step"].eq(2) & recording["agent"].eq("A1"), "separation_nm"] = 4.5
    assert of_recording(recording, "x").smallest_nm.tolist() == [9.0, 6.0, 4.0]


def test_a_page_holds_every_script_once_each_below_300_lines():
    folder = resources.files("pipeline").joinpath("pictures", "templates")
    html = player.animation_page(crossing(), "x")
    assert {file.name for file in folder.iterdir() if file.name.startswith("player")} == set(player.SCRIPTS)
    for name in player.SCRIPTS:
        text = folder.joinpath(name).read_text(encoding="utf-8")
        assert html.count(text.strip()) == 1
        assert len(text.splitlines()) < 300


def test_a_page_of_many_has_a_title_and_all_episodes():
    html = player.page({"suite / head_on": crossing(), "test / procedural 5": crossing((9.0, 6.0))}, "night")
    assert "<title>night</title>" in html
    assert len(data_of(html)["episodes"]) == 2


def test_many_episodes_share_one_player_and_are_listed_under_their_policy():
    html = player.embed({"mixed / head_on": crossing(), "mixed / parallel": crossing((9.0, 6.0)), "solo": crossing()})
    assert html.count('class="player"') == 1
    assert html.count('<optgroup label="mixed">') == 1
    assert "head_on: minimum 4.25 NM, separation lost" in html
    assert "parallel: minimum 6.00 NM</option>" in html
    assert [episode["name"] for episode in data_of(html)["episodes"]] == ["mixed / head_on", "mixed / parallel", "solo"]


def test_no_recordings_are_said_to_be_none():
    html = player.embed({})
    assert "No recorded episodes" in html
    assert "<script" not in html


def test_a_missing_column_is_named():
    with pytest.raises(ValueError, match="'x': missing columns cas_kt"):
        player.embed({"x": crossing().drop(columns="cas_kt")})


def test_an_empty_recording_is_refused():
    with pytest.raises(ValueError, match="no rows"):
        player.animation_page(crossing().iloc[:0], "empty")


def test_the_legend_says_what_touching_circles_mean():
    assert "two that touch are 5 NM apart" in " ".join(player.animation_page(crossing(), "x").split())
