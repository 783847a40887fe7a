"""Facts about the player of episodes."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from importlib import resources
from typing import Any

import numpy as np
import pytest

from pipeline.pictures import player
from tests.pipeline.pictures.scenes_by_hand import film, scene

OUTSIDE = re.compile(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//|@import|url\(\s*["']?http|fetch\(""", re.IGNORECASE)


def data_of(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" data-part="data">(.*?)</script>', html, re.DOTALL)
    assert found
    read: dict[str, Any] = json.loads(found.group(1))
    return read


def first(**scenes: Any) -> dict[str, Any]:
    episode: dict[str, Any] = data_of(player.page(scenes, "x"))["episodes"][0]
    return episode


@pytest.mark.parametrize("made", [scene(), film()])
def test_a_page_loads_nothing_from_outside(made: Any) -> None:
    assert not OUTSIDE.search(player.page({"crossing": made}, "crossing"))


def test_places_are_embedded_to_a_thousandth_of_what_they_span() -> None:
    made = scene((0.0, 8.12345), num_steps=2)
    episode = first(x=made)
    assert episode["time"] == [0.0, 10.0, 20.0]
    assert episode["agents"][1]["id"] == "A2"
    assert episode["agents"][1]["x"] == [8.123] * 3
    assert episode["agents"][0]["y"] == [0.0, 1.0, 2.0]
    small = replace(made, place=made.place / 1000, goal=made.goal / 1000)
    assert first(x=small)["agents"][1]["x"] == [0.00812] * 3


def test_the_curve_and_what_goes_wrong_are_embedded() -> None:
    episode = first(x=scene(num_steps=2, curve=(8.5, 4.25, np.nan), alarm=(1,)))
    assert episode["curve"] == [8.5, 4.25, None]
    assert [agent["alarm"] for agent in episode["agents"]] == [[0, 1, 0]] * 2
    assert episode["words"] == ["step 0 done", "step 1 done", "step 2 done"]
    assert [agent["details"][1] for agent in episode["agents"]] == ["251 m/s"] * 2


def test_one_that_left_is_neither_shown_nor_anywhere() -> None:
    agent = first(x=scene(leaves_at=2))["agents"][0]
    assert agent["shown"] == [1, 1, 0, 0, 0]
    assert agent["finished"] == [0, 0, 1, 1, 1]
    assert agent["y"] == [0.0, 1.0, 2.0, None, None]


def test_each_look_is_embedded_once_and_what_is_not_known_is_null() -> None:
    made, own = scene(), film()
    data = data_of(player.page({"a": made, "b": own, "c": replace(made)}, "x"))
    assert [episode["look"] for episode in data["episodes"]] == [0, 1, 0]
    assert [(look["near"], look["limit"]) for look in data["looks"]] == [(5.0, 5.0), (None, None)]


def test_a_worlds_own_pictures_are_embedded_as_one_image() -> None:
    frames = first(x=film(num_steps=6))["frames"]
    assert frames["uri"].startswith("data:image/webp;base64,")
    assert (frames["width"], frames["height"]) == (40, 30)
    assert frames["samples"] == [0, 1, 2, 3, 4, 5, 6]
    assert first(x=scene())["frames"] is None


def test_names_with_markup_stay_text() -> None:
    html = player.page({"x": scene(ids=("</script><b>", "A2"))}, "<img src=x> & co")
    assert "<img" not in html
    assert "</script><b>" not in html
    assert data_of(html)["episodes"][0]["agents"][0]["id"] == "</script><b>"


def test_a_page_holds_every_script_once_each_below_300_lines() -> None:
    folder = resources.files("pipeline").joinpath("pictures", "templates")
    html = player.page({"x": scene()}, "x")
    assert {file.name for file in folder.iterdir() if file.name.startswith("player")} == set(player.SCRIPTS)
    for name in player.SCRIPTS:
        text = folder.joinpath(name).read_text(encoding="utf-8")
        assert html.count(text.strip()) == 1
        assert len(text.splitlines()) < 300


def test_a_page_of_many_has_a_title_and_all_episodes() -> None:
    html = player.page({"suite / head_on": scene(), "test / procedural 5": scene()}, "night")
    assert "<title>night</title>" in html
    assert len(data_of(html)["episodes"]) == 2


def test_many_episodes_share_one_player_and_are_listed_under_their_policy() -> None:
    near = scene(summary="4.25 m, too near")
    html = player.embed({"mixed / head_on": near, "mixed / apart": scene(), "solo": scene()})
    assert html.count('class="player"') == 1
    assert html.count('<optgroup label="mixed">') == 1
    assert "head_on: 4.25 m, too near</option>" in html
    assert "apart: smallest 8 m</option>" in html
    assert [episode["name"] for episode in data_of(html)["episodes"]] == ["mixed / head_on", "mixed / apart", "solo"]


def test_no_scenes_are_said_to_be_none() -> None:
    html = player.embed({})
    assert "No recorded episodes" in html
    assert "<script" not in html


def test_the_legend_is_the_worlds() -> None:
    words = " ".join(player.page({"x": scene(), "y": scene()}, "x").split())
    assert words.count("two that touch are 5 m apart</li>") == 1
    assert words.count("number: speed</li>") == 1
    assert words.count('<circle cx="22" cy="9" r="7"/>') == 1


@pytest.mark.parametrize(("step", "speed"), [(10.0, 20), (1.0, 2), (0.1, 1), (1000.0, 60)])
def test_it_begins_at_about_two_steps_in_a_second(step: float, speed: int) -> None:
    html = player.page({"x": scene(time=step * np.arange(5))}, "x")
    assert f'<option value="{speed}" selected>' in html


def test_a_film_has_neither_trails_nor_zoom() -> None:
    assert player.page({"x": film()}, "x").count("<label hidden>") == 2
    assert "<label hidden>" not in player.page({"x": film(), "y": scene()}, "x")
