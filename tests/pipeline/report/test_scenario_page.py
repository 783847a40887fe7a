"""The page about scenarios says what was proven, and does not hide what was not."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from envs.ground.defaults import DefaultScenarios
from pipeline.report.scenario_page import Chapter, render


class Roads(DefaultScenarios):
    """A room with words."""

    told = {  # noqa: RUF012
        "hold_late": "late",
        "hold_distance_m": "distance, m",
        "hold_closest_s": "at, s",
        "hold_pair": "of",
        "hold_crashes": "crashes",
    }
    methods = {"hold": "nobody acts", "rule": "margin {margin:g}", "search": "a search"}  # noqa: RUF012
    hard = "how few random plans solve it"


SOLVED = {"plan_distance_m": "smallest distance, m", "plan_time_s": "solved after, s"}


def row(name: str = "head_on", **values: object) -> dict[str, Any]:
    """A solved scenario, unless `values` say otherwise."""
    solved: dict[str, Any] = {"scenario": name, "num_agents": 2, "conflicting": True, "hold_late": False}
    solved |= {
        "hold_distance_m": 0.25,
        "hold_crashes": 3,
        "hold_closest_s": 224.45,
        "hold_pair": "a, b",
        "solved": True,
        "method": "rule",
    }
    solved |= {"plan": json.dumps({"method": "rule", "margin": 1.05}), "plan_distance_m": 9.48, "plan_time_s": 450.0}
    return solved | {"difficulty": 0.49} | values


UNSOLVED = {"solved": False, "method": "none", "plan": "", "plan_distance_m": np.nan, "plan_time_s": np.nan}


def chapter(*rows: dict[str, Any], drawn: dict[str, pd.DataFrame] | None = None) -> Chapter:
    pictures = {own["scenario"]: "<svg></svg>" for own in rows}
    return Chapter("roads", "cars", Roads(), SOLVED, pd.DataFrame(rows), pictures, drawn or {})


def page(*rows: dict[str, Any], drawn: dict[str, pd.DataFrame] | None = None) -> str:
    return render([chapter(*rows, drawn=drawn)])


def cells(html: str, name: str) -> list[str]:
    """The text of a row's cells."""
    found = re.search(rf'<tr><th scope="row">{name}</th>(.*?)</tr>', html, re.DOTALL)
    assert found
    return [re.sub(r"<[^>]*>", " ", cell).strip() for cell in re.findall(r"<td.*?>(.*?)</td>", found[1], re.DOTALL)]


def headers(html: str) -> list[str]:
    return [re.sub(r"<[^>]*>", "", found) for found in re.findall(r'<th scope="col".*?</th>', html)]


def test_a_row_says_what_happens_if_nobody_acts_and_what_solved_it() -> None:
    picture, count, *rest = cells(page(row()), "head_on")
    assert (picture, count) == ("", "2")
    assert rest[:5] == ["no", "0.25", "224", "a, b", "3"]
    assert rest[5].split() == ["rule", "margin", "1.05"]
    assert rest[6:] == ["9.48", "450", "0.49"]


def test_the_headers_are_the_worlds_words() -> None:
    words = headers(page(row()))
    assert words[:8] == ["scenario", "picture", "cars", "late", "distance, m", "at, s", "of", "crashes"]
    assert words[8:] == ["found by", "smallest distance, m", "solved after, s", "difficulty"]
    assert "tried in this order: hold, rule, search. Difficulty is how few random plans solve it." in page(row())


def test_the_first_number_is_red_where_the_scenario_conflicts() -> None:
    assert page(row()).count('class="lost">') == 1
    assert page(row(conflicting=False)).count('class="lost">') == 0


def test_scenarios_without_a_way_are_named_first_of_all() -> None:
    html = page(row(), row("ring", **UNSOLVED))
    assert "No way to solve ring was found." in html
    assert cells(html, "ring")[7].split() == ["none", "no", "way", "was", "found"]
    assert cells(html, "ring")[8:10] == ["\N{EN DASH}"] * 2
    assert "No way to solve" not in page(row())


def test_what_is_not_a_number_stays_last_when_sorted() -> None:
    html = page(row("ring", **UNSOLVED, hold_pair="", hold_distance_m=np.inf, hold_closest_s=np.nan))
    assert html.count('<td data-value="nan"') == 5


def test_drawn_sets_are_summed_up_by_family() -> None:
    rows = [row(difficulty=1.0), row(difficulty=3.0, method="search"), row(difficulty=2.0, **UNSOLVED)]
    table = pd.DataFrame(rows).assign(family=["merging", "merging", "random"], num_agents=[2, 3, 4])
    html = page(row(), drawn={"test": table})
    assert "Drawn: test" in html
    assert cells(html, "merging")[:4] == ["2", "2.50", "100.0%", "0.25"]
    assert cells(html, "merging")[4:8] == ["0.0%", "50.0%", "50.0%", "0.0%"]
    assert cells(html, "merging")[8:] == ["1.20", "2.00", "2.80"]
    assert cells(html, "all")[7] == "33.3%"
    assert headers(html)[-8:] == ["distance, m, median", "hold", "rule", "search", "none", *headers(html)[-3:]]


def test_a_world_that_proves_nothing_tells_how_many_episodes_are_drawn_and_no_more() -> None:
    table = pd.DataFrame([row(**UNSOLVED)] * 5).assign(family="")
    bare = replace(
        chapter(row()), room=DefaultScenarios(), solved={}, proofs=pd.DataFrame([row()]).iloc[:0], pictures={}
    )
    html = render([replace(bare, drawn={"test": table})])
    assert headers(html) == ["family", "episodes", "cars, mean"]
    assert cells(html, "all") == ["5", "2.00"]
    assert "Named scenarios" not in html
    assert "solve" not in html[html.index("<main>") : html.index("</main>")]


def test_several_worlds_have_a_chapter_each() -> None:
    html = render([chapter(row()), replace(chapter(row("ring")), world="skies")])
    assert [found for found in re.findall(r"<h2>(.*?)</h2>", html) if found] == ["roads", "skies"]
    assert "<h2>" not in page(row())
    assert html.count("Named scenarios") == 2


def test_names_are_escaped() -> None:
    assert "<b>bold</b>" not in page(row("<b>bold</b>", **UNSOLVED))
