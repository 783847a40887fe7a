"""All stages of the roads, small: what one room promises another keeps, from scenarios to the page."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from conftest import STAGES, Checkout, new_checkout
from small_roads import SMALL

ARGUMENTS = {
    "scenarios": ("roads",),
    "train": ("roads", "generic", "0"),
    "evaluate": ("roads", "generic", "0"),
    "export": ("roads", "generic"),
}


@pytest.fixture(scope="module")
def driven(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    checkout = new_checkout(tmp_path_factory.mktemp("roads") / "checkout")
    checkout.change(SMALL)
    for stage in STAGES:
        outcome = checkout.run(stage, *ARGUMENTS.get(stage, ()))
        assert outcome.status == 0, f"{stage}: {outcome.said}"
    return checkout


@pytest.mark.long
def test_every_set_is_driven_by_the_policy_and_by_every_rule(driven: Checkout) -> None:
    folder = driven.folder / "data/evaluation/roads/generic/0"
    figures = json.loads((folder / "figures.json").read_text())
    by = {"deterministic", "stochastic", "hold", "idm", "idm_yield", "proposals", "reserve"}
    assert set(figures["suite"]) == set(figures["test"]) == by
    assert 0.0 <= figures["test"]["reserve"]["vmax_score"] <= 1.0
    table = pd.read_csv(folder / "memorisation.csv")
    assert set(table["scenario"]) == {"merge_in_turn", "four_lefts"}
    assert table["worst_change"].str.startswith("speeds changed by").all()
    assert len(pd.read_csv(folder / "shifts.csv")) > 0


@pytest.mark.long
def test_the_page_shows_the_roads_and_the_export_names_its_rule(driven: Checkout) -> None:
    assert "four_lefts" in (driven.folder / "data/report/index.html").read_text()
    described = json.loads((driven.folder / "data/export/roads/generic/policy.json").read_text())
    assert described["tested"]["rule"] == "idm_yield"
    assert described["parity"]["largest_difference"] <= 1e-5
