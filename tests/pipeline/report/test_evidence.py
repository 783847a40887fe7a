"""Facts about what the report rests on: pooled over the right units, and beside the baselines in the same traffic."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

from envs.airspace.evaluation.settings import EvaluationSettings
from envs.airspace.simulation.settings import AirspaceSettings, Episode
from envs.airspace.simulation.traffic.traffic_settings import HeldOut, Procedural, Range
from envs.ground.evaluating import Axis
from pipeline.evaluation.resampling import Bootstrap
from pipeline.report.evidence import Run, gather_evidence, mean_over_runs, slices
from pipeline.report.evidence_section import evidence_section, rate_rows
from pipeline.report.markdown import render_markdown
from pipeline.report.model_card import Envelope, Schooling, model_card
from pipeline.report.page import Report, WorldReport, render
from pipeline.report.policies import PolicyReport
from pipeline.report.subject import Subject
from pipeline.settings.params import read_params
from pipeline.settings.worlds import evaluation_settings

SETTINGS = AirspaceSettings()
AIRSPACE = Subject.of("airspace", SETTINGS)
MODES = ("deterministic", "stochastic", "orca", "mvp", "direct", "hold")
NUMBER = Axis("aircraft", "number of aircraft", "aircraft", "los_rate", "episodes with LoS", {2.0: (SETTINGS, 10)})
DENSITY = Axis("density", "density", "", "los_per_flight_hour", "pairs with LoS", {10.0: (SETTINGS, 10)})


def flown(set_name: str, mode: str, los: list[bool], scenario: str = "procedural") -> pd.DataFrame:
    """Episodes of crossings and random traffic in turn, of two and three aircraft."""
    count = len(los)
    table = {"episode": range(count), "episode_seed": range(count), "scenario": scenario, "set": set_name}
    table |= {"mode": mode, "los": los, "los_pairs": np.array(los, int), "conflicts": 2, "flight_hours": 0.5}
    table |= {"steps": 30, "return": np.where(los, -1.0, 1.0), "arrived_share": 1.0}
    table |= {"conflicts_los": np.array(los, int), "all_arrived": True, "track_nm": 50.0, "fuel_kg": 5.0}
    table |= {"arrivals": 2, "detour_nm": np.where(los, 3.0, 1.0), "hours_at_limit": 0.125}
    table |= {"instructions_per_flight": 3.0, "consecutive": 4, "reversals": np.array(los, int)}
    table |= {"delays_s": [np.array([0.0, 30.0 if lost else 10.0]) for lost in los]}
    table |= {"family": ["crossing", "random"] * (count // 2) if set_name != "suite" else ""}
    table |= {"num_agents": [2, 3] * (count // 2) if set_name != "suite" else 2}
    return pd.DataFrame(table | {"min_separation_nm": np.where(los, 4.0, 6.0)})


def run(lost: int) -> Run:
    """A policy that lost the first `lost` of ten unseen episodes, orca two, others all; hold fails in head_on."""
    los = {mode: [True] * 10 for mode in MODES} | {"orca": [True] * 2 + [False] * 8}
    los |= {mode: [True] * lost + [False] * (10 - lost) for mode in ("deterministic", "stochastic")}
    test = [flown("test", mode, values) for mode, values in los.items()]
    suite = [flown("suite", mode, [mode == "hold"], "head_on") for mode in MODES]
    rates = [(mode, size, 0.1 * size * (mode != "orca") * lost) for mode in MODES for size in (1.0, 2.0)]
    shifts = pd.DataFrame(rates, columns=["mode", "size", "leading"]).assign(
        shift_family="speed", band="micro", shifted="all", size_label="+", episodes=10, left_out=1, arrived_share=1.0
    )
    varied = {"scenario": ["head_on"], "variants": 5, "leading": 0.4, "los_low": 0.1, "los_high": 0.8}
    varied |= {"min_separation_nm": 3.21, "worst_change": "turned by 7.0 degrees, mirrored"}
    drawn = [flown(name, mode, values) for name in ("density_10", "aircraft_2") for mode, values in los.items()]
    teams = pd.DataFrame({"others": "mvp", "share": [0.0, 1.0], "leading": [0.2, 0.1 * lost]})
    return Run(pd.concat([*test, *suite, *drawn], ignore_index=True), shifts, pd.DataFrame(varied), teams)


def evidence(*runs: Run):
    return gather_evidence(runs, runs[0], AIRSPACE, (NUMBER, DENSITY), Bootstrap(0.95, 300, np.random.default_rng(0)))


def rates(*runs: Run) -> pd.DataFrame:
    return evidence(*runs).rates.set_index(["mode", "figure"])


def test_a_policy_stands_beside_the_rules_in_the_same_episodes() -> None:
    table = rates(run(1))
    assert table.loc[("deterministic", "los_rate"), "value"] == 0.1
    assert table.loc[("orca", "risk_ratio"), "value"] == 0.2
    assert table.loc[("hold", "intrusion_prevention"), "value"] == 0.5
    assert set(table["unit"]) == {"episode"}


def test_with_several_seeds_the_run_is_the_unit_and_rules_count_once() -> None:
    table = rates(run(1), run(3))
    ours, rule = table.loc[("deterministic", "los_rate")], table.loc[("orca", "los_rate")]
    assert (ours["value"], ours["unit"], ours["num_units"]) == (0.2, "run", 2)
    assert (rule["value"], rule["unit"], rule["num_units"]) == (0.2, "episode", 10)


def test_what_the_way_costs_stands_beside_the_rates() -> None:
    """Of ten flights in which one of four commands flips where separation was lost: once, of 40."""
    table = rates(run(1))["value"]
    told = {name: table["deterministic", name] for name in ("oscillation", "at_speed_limit", "delay_median_s")}
    assert told == pytest.approx({"oscillation": 1 / 40, "at_speed_limit": 0.25, "delay_median_s": 5.0})
    assert (table["deterministic", "instructions_per_flight"], table["hold", "delay_99_s"]) == (3.0, 30.0)


def test_the_suite_counts_scenarios_that_the_worst_seed_solved() -> None:
    found = evidence(run(0)).solved
    assert (found["deterministic"], found["hold"]) == ((1, 1), (0, 1))


def test_rates_stand_over_density_and_number_with_the_hours_flown() -> None:
    """Of ten episodes of half an hour the policy loses one and three pairs, the rule two: per hour a fifth of that."""
    table = evidence(run(1), run(3)).axes["density"][1].set_index(["mode", "figure"])
    ours, rule = table.loc[("deterministic", "los_per_flight_hour")], table.loc[("orca", "los_per_flight_hour")]
    assert (ours["place"], ours["value"], ours["low"], ours["high"]) == (10.0, pytest.approx(0.4), 0.2, 0.6)
    assert rule["value"] == pytest.approx(0.4)
    assert table.loc[("deterministic", "flight_hours"), "value"] == table.loc[("mvp", "flight_hours"), "value"] == 10.0
    assert table.loc[("deterministic", "detour_nm"), "value"] == pytest.approx(0.2 * 3.0 + 0.8 * 1.0)
    assert evidence(run(1)).axes["aircraft"][1].set_index(["mode", "figure"]).loc[("hold", "los_rate"), "value"] == 1.0


def test_a_set_that_a_seed_did_not_fly_is_named() -> None:
    other = run(1)
    other = replace(other, episodes=other.episodes[other.episodes["set"] != "density_10"])
    with pytest.raises(ValueError, match="set 'density_10' was not played with every seed"):
        evidence(run(1), other)


def test_mixed_teams_are_averaged_over_seeds() -> None:
    assert evidence(run(1), run(3)).teams["leading"].tolist() == pytest.approx([0.2, 0.2])


def test_slices_begin_with_the_worst() -> None:
    """Of ten episodes the first is lost: a crossing of two aircraft."""
    table = slices(run(1).episodes.query("set == 'test'"), AIRSPACE, 0.95).set_index("slice")
    assert set(table.index[:2]) == {"crossing", "2 aircraft"}
    assert table.loc["crossing", ["episodes", "leading", "orca", "hold"]].tolist() == [5, 0.2, 0.2, 1.0]
    assert table.loc["random", "leading"] == 0.0


def test_shifts_are_averaged_over_seeds() -> None:
    table = mean_over_runs([run(1).shifts, run(3).shifts]).set_index(["mode", "size"])
    assert table.loc[("deterministic", 2.0), "leading"] == pytest.approx(0.4)
    assert len(table) == 2 * len(MODES)
    bands = evidence(run(1), run(3)).bands.set_index("mode")
    assert bands.loc["deterministic", "leading"] == pytest.approx(0.3)
    assert bands.loc["deterministic", ["episodes", "left_out"]].tolist() == [20, 2]


def envelope(**sets: AirspaceSettings) -> Envelope:
    speed = {"changes": "speed_kt", "micro": [5], "macro": [], "aircraft": ["all"]}
    wind = {"micro": [], "macro": [35.0], "from_deg": [0.0, 180.0]}
    shifts = {"scenarios": [], "repetitions": 1, "families": {"speed": speed}, "wind": wind}
    values = evaluation_settings(read_params(ROOT / "params.yaml"), "airspace").model_dump(mode="json")
    return Envelope(sets, (NUMBER, DENSITY), EvaluationSettings.from_values(values | {"shifts": shifts}))


def test_a_model_card_says_where_it_was_tested_and_how_it_fails() -> None:
    schooling = Schooling("procedural", AirspaceSettings())
    card = model_card(AIRSPACE, envelope(test=SETTINGS), schooling, evidence(run(1)), ["head_on: lost"], 0)
    assert card["tested envelope"].startswith(
        "test: 2 to 4 aircraft of A320 at one level, 220 to 280 kt CAS, wind 0 kt"
    )
    assert card["tested shifts"] == "speed 5; wind up to 35 kt from 2 directions"
    assert card["known failures"].splitlines()[0] == "head_on: lost"
    assert "densities of 10 aircraft" in card["tested envelope"]
    assert "shifted suite, speed +, all: 20" in card["known failures"]
    assert "the suite turned, mirrored and jittered, head_on: " in card["known failures"]
    assert card["memory"].startswith("none")
    schooling = Schooling(["head_on"], AirspaceSettings())
    seen = model_card(AIRSPACE, envelope(test=SETTINGS), schooling, evidence(run(1)), [], 128)
    assert "head_on: on these its figures say nothing" in seen["trained on"]
    assert seen["memory"].startswith("128 numbers per aircraft: the input memory is zeros at the first step")


@pytest.mark.parametrize(
    ("ended", "wanted"),
    [
        ([], ["2 aircraft"]),
        ([500], ["until 500 agent-steps 2 aircraft", "then 2 to 3 aircraft"]),
        ([500, 1500], ["until 500 agent-steps 2 aircraft", "then until 1,500 agent-steps 2 to 3 aircraft",
                       "then 2 to 4 aircraft"]),
    ],
)  # fmt: skip
def test_a_model_card_tells_the_lessons_that_were_reached(ended: list[int], wanted: list[str]) -> None:
    airspaces = [AirspaceSettings(procedural=Procedural(max_aircraft=largest)) for largest in (2, 3, 4)]
    schooling = Schooling("procedural", airspaces[2], airspaces[:2], ended)
    card = model_card(AIRSPACE, envelope(test=SETTINGS), schooling, evidence(run(1)), [], 0)
    told = card["trained on"].removeprefix("procedural traffic only, ").split("; ")
    assert [part.split(" of A320")[0] for part in told if "aircraft of" in part] == wanted


def test_a_model_card_never_claims_what_was_held_out() -> None:
    held_out = HeldOut(families=("area", "merging"), num_aircraft=(3,), cas_kt=Range(low=240.0, high=250.0))
    drawn = Procedural(held_out=held_out)
    sector = AirspaceSettings(traffic="sector", episode=Episode(after_arrival="leave"))
    schooling = Schooling("procedural", AirspaceSettings(procedural=drawn))
    card = model_card(AIRSPACE, envelope(dense=sector), schooling, evidence(run(1)), [], 0)
    dense, _ = card["tested envelope"].split("; also")
    assert dense.startswith("dense: a sector of 30 aircraft per 10,000 NM\N{SUPERSCRIPT TWO}, aircraft of A320")
    assert "families" not in dense
    told = card["trained on"]
    assert "only, 2, 4 aircraft of A320 at one level, 220 to 280 kt without 240 to 250 kt CAS" in told
    assert "families crossing, chasing, head_on, converging, random, overtaken_stream; no named" in told


def report() -> Report:
    found = evidence(run(1))
    policy = PolicyReport("a|<b>", [0], 0, {}, {}, pd.DataFrame([]), {}, found, {"intended use": "none"})
    return Report("Title", {"git commit": "3f2a9c1"}, [WorldReport(AIRSPACE, [policy])])


def test_the_page_and_the_text_tell_the_same_rates() -> None:
    page, text = render(report()), render_markdown(report())
    for row in rate_rows(evidence(run(1)), AIRSPACE):
        assert row["name"] in page
        assert all(cell["text"] in page and cell["text"] in text for cell in row["cells"])
    assert "<dt>intended use</dt><dd>none</dd>" in page
    assert "3f2a9c1" in text


def test_all_sections_draw_and_load_nothing() -> None:
    shown = evidence_section(evidence(run(1)), AIRSPACE)
    assert shown["closeness"].startswith("<svg")
    assert shown["shifts"].count("speed") >= 1
    assert shown["rests_on"] == "10 episodes"
    assert shown["variants"][0]["worst"] == "3.21 NM, turned by 7.0 degrees, mirrored"
    assert shown["worst_shifts"][0].startswith("speed +, all: 20")
