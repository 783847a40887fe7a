"""The page about scenarios says what was proven, and does not hide what was not."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest

from envs.airspace.scenarios.room import SCENARIOS
from envs.airspace.scenarios.suite import SUITE
from envs.airspace.simulation.room import SIMULATION
from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground.play import Episodes, Space, play
from envs.ground.steering import Nothing
from pipeline.pictures.panels import draw_scenario
from pipeline.pictures.player import LOSS_COLOUR
from pipeline.report.scenario_page import render
from pipeline.scenarios.proofs import way_of

MVP = {"method": "mvp", "look_ahead_s": 300.0, "margin": 1.05}


def row(name: str = "head_on", **values: object) -> dict:
    """A solved scenario, unless `values` say otherwise."""
    solved = {"scenario": name, "num_agents": 2, "hold_los": True, "hold_min_separation_nm": 0.25}
    solved |= {"hold_los_seconds": 63, "hold_closest_s": 224.45, "hold_pair": "AC1, AC2", "solved": True}
    solved |= {"method": "mvp", "plan": json.dumps(MVP), "plan_min_separation_nm": 9.48, "plan_time_s": 450.0}
    return solved | {"difficulty": 0.49} | values


UNSOLVED = {"solved": False, "method": "none", "plan": "", "plan_min_separation_nm": np.nan, "plan_time_s": np.nan}


def page(*rows: dict, drawn: dict[str, pd.DataFrame] | None = None) -> str:
    return render(pd.DataFrame(rows), {own["scenario"]: "<svg></svg>" for own in rows}, drawn or {})


def cells(html: str, name: str) -> list[str]:
    """The text of a row's cells."""
    found = re.search(rf'<tr><th scope="row">{name}</th>(.*?)</tr>', html, re.DOTALL)
    assert found
    return [re.sub(r"<[^>]*>", " ", cell).strip() for cell in re.findall(r"<td.*?>(.*?)</td>", found[1], re.DOTALL)]


def test_a_row_says_what_happens_if_nobody_acts_and_what_solved_it() -> None:
    picture, count, *rest = cells(page(row()), "head_on")
    assert (picture, count) == ("", "2")
    assert rest[:4] == ["0.25", "224", "AC1, AC2", "63"]
    assert rest[4].split() == ["mvp", "look-ahead", "300", "s,", "margin", "1.05"]
    assert rest[5:] == ["9.48", "450", "0.49"]


def test_scenarios_without_a_plan_are_named_first_of_all() -> None:
    html = page(row(), row("ring", **UNSOLVED))
    assert "No conflict-free joint plan was found for ring." in html
    assert cells(html, "ring")[6].split() == ["none", "no", "plan", "was", "found"]
    assert cells(html, "ring")[7:9] == ["\N{EN DASH}"] * 2
    assert "No conflict-free joint plan" not in page(row())


def test_what_is_not_a_number_stays_last_when_sorted() -> None:
    html = page(row("ring", **UNSOLVED, hold_pair="", hold_min_separation_nm=np.inf, hold_closest_s=np.nan))
    assert html.count('<td data-value="nan"') == 4


def test_drawn_sets_are_summed_up_by_family() -> None:
    rows = [row(difficulty=1.0), row(difficulty=3.0, method="search"), row(difficulty=2.0, **UNSOLVED)]
    table = pd.DataFrame(rows).assign(family=["merging", "merging", "random"], num_agents=[2, 3, 4])
    html = page(row(), drawn={"test": table})
    assert "Drawn: test" in html
    assert cells(html, "merging")[:4] == ["2", "2.50", "100.0%", "0.25"]
    assert cells(html, "merging")[4:9] == ["0.0%", "0.0%", "50.0%", "50.0%", "0.0%"]
    assert cells(html, "merging")[9:] == ["1.20", "2.00", "2.80"]
    assert cells(html, "all")[8] == "33.3%"


def test_names_are_escaped() -> None:
    assert "<b>bold</b>" not in page(row("<b>bold</b>", **UNSOLVED))


@pytest.fixture(scope="module")
def recordings() -> list[pd.DataFrame]:
    """Head-on, flown by nobody and by mvp."""
    sky = Space(SIMULATION, AirspaceSettings(), (SUITE["head_on"],), 0.97)
    pilots = (Nothing(), SCENARIOS.steering_of([way_of(json.dumps(MVP))]))
    return [play(sky, Episodes.of_scenarios([0], 1, 0), pilot, record=[0]).recordings[0] for pilot in pilots]


def test_a_picture_shows_the_loss_if_nobody_acts_and_the_plan_beside_it(recordings: list[pd.DataFrame]) -> None:
    hold, plan = recordings
    without, with_plan = draw_scenario(hold, None), draw_scenario(hold, plan)
    assert LOSS_COLOUR in without
    assert LOSS_COLOUR in with_plan
    assert with_plan.count("<path") > without.count("<path")
    assert draw_scenario(hold, plan) == with_plan
    assert LOSS_COLOUR not in draw_scenario(plan, plan)
