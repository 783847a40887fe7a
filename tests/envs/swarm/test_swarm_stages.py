"""All stages of the swarm, small: what one room promises another keeps, from scenarios to the page."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from conftest import STAGES, Checkout, new_checkout
from small_swarm import SMALL

ARGUMENTS = {
    "scenarios": ("swarm",),
    "train": ("swarm", "generic", "0"),
    "evaluate": ("swarm", "generic", "0"),
    "export": ("swarm", "generic"),
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    checkout = new_checkout(tmp_path_factory.mktemp("swarm") / "checkout")
    checkout.change(SMALL)
    for stage in STAGES:
        outcome = checkout.run(stage, *ARGUMENTS.get(stage, ()))
        assert outcome.status == 0, f"{stage}: {outcome.said}"
    return checkout


@pytest.mark.long
def test_every_set_is_played_by_the_policy_and_by_every_rule(finished: Checkout) -> None:
    folder = finished.folder / "data/evaluation/swarm/generic/0"
    figures = json.loads((folder / "figures.json").read_text())
    by = {"deterministic", "stochastic", "nothing", "random", "raid", "guard", "mixed", "forage", "assign"}
    assert set(figures["suite"]) == set(figures["test"]) == by
    assert figures["test"]["assign"]["of_assign"] == 1.0
    assert figures["test"]["nothing"]["value_per_agent_minute"] == 0.0
    assert set(pd.read_csv(folder / "curves.csv")["axis"]) == {"agents", "rule"}
    assert len(pd.read_csv(folder / "shifts.csv")) > 0


@pytest.mark.long
def test_the_page_shows_the_swarm_and_the_export_names_its_rule(finished: Checkout) -> None:
    assert "war_of_two" in (finished.folder / "data/report/index.html").read_text()
    described = json.loads((finished.folder / "data/export/swarm/generic/policy.json").read_text())
    assert described["tested"]["rule"] == "forage"
    assert described["parity"]["largest_difference"] <= 1e-5
