"""Facts about the report and its pictures."""

import re

import numpy as np
import pandas as pd
import pytest

from envs.airspace.pictures.room import PICTURES
from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground.scene import Scene
from pipeline.pictures import panels, paths
from pipeline.pictures.player import LOSS_COLOUR
from pipeline.report.page import Report, WorldReport, learning_titles, render
from pipeline.report.policies import PolicyReport
from pipeline.report.subject import Subject
from pipeline.report.tables import matrix_rows
from pipeline.report.verdict import verdict

OUTSIDE = re.compile(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//|@import|url\(\s*["']?http|fetch\(""", re.IGNORECASE)
AIRSPACE = Subject.of("airspace", AirspaceSettings())
SUITE = tuple(f"scenario_{number}" for number in range(14))


def flights(set_name="suite", scenario="head_on", mode="deterministic", seed=0, **values) -> dict:
    """One row of the scenarios table: flawless, unless `values` say otherwise."""
    row = {"set": set_name, "scenario": scenario, "mode": mode, "seed": seed, "episodes": 1, "los_episodes": 0}
    row |= {"los_rate": 0.0, "los_low": 0.0, "los_high": 0.79, "min_separation_nm": 5.5, "mean_min_separation_nm": 6.0}
    row |= {"arrived_share": 1.0, "all_arrived_rate": 1.0, "flight_time_s": 480.0, "num_agents": 4}
    row |= {"return_mean": 12.0, "return_low": 11.0, "return_high": 13.0, "reward_progress": 4.5, "reward_drift": -0.25}
    row |= {"difficulty": 1.23}
    row |= values
    return row | {"leading": row["los_rate"]}


LOST = {"los_episodes": 1, "los_rate": 1.0, "los_low": 0.21, "los_high": 1.0, "min_separation_nm": 4.21}
TEST = {"set_name": "test", "scenario": "procedural", "episodes": 10_000}


def suite(seed=0, lost=()) -> list[dict]:
    return [flights(scenario=name, seed=seed, **(LOST if name in lost else {})) for name in SUITE]


def scene(separation_nm=(9.0, 4.0, 9.0), name="head_on") -> Scene:
    rows = []
    for step, separation in enumerate(separation_nm):
        for name, east in (("A1", 0.0), ("A2", 9.0)):
            row = {"step": step, "time_s": 10.0 * step, "agent": name, "type": "A320", "east_nm": east}
            row |= {"north_nm": 1.0 * step, "heading_deg": 0.0, "cas_kt": 250.0, "waypoint_east_nm": east}
            row |= {"waypoint_north_nm": 20.0, "separation_nm": separation, "present": True, "arrived": False}
            rows.append(row)
    return PICTURES.scene(pd.DataFrame(rows), name)


def curve() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "agent_steps": [0, 1_000_000],
            "los_rate": [0.9, 0.0],
            "arrived_share": [0.1, 1.0],
            "mean_return": [-30.0, 12.0],
        }
    )


def policy(rows, name="mixed", seeds=(0,), curves=None, scenes=None) -> PolicyReport:
    training = {"agent_steps": 3_000_000, "seconds": 412.0, "stopped_because": "budget spent"}
    return PolicyReport(name, seeds, seeds[-1], training, curves or {}, pd.DataFrame(rows), scenes or {})


def page(*policies: PolicyReport) -> str:
    return render(Report("A report", {"git commit": "3f2a9c1"}, [WorldReport(AIRSPACE, policies)]))


def said_of(policy: PolicyReport):
    return verdict(policy, AIRSPACE)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_a_full_report_loads_nothing_from_outside():
    full = policy(suite(), curves={0: curve()}, scenes={"head_on": scene()})
    assert not OUTSIDE.search(page(full))


def test_equal_reports_are_equal_text():
    full = policy(suite(), curves={0: curve()}, scenes={"head_on": scene()})
    assert page(full) == page(full)


def test_a_suite_flown_flawlessly_but_losses_on_unseen_traffic_are_partly_safe():
    rows = [*suite(), flights(**TEST, los_episodes=21, los_rate=0.0021, los_low=0.0014, los_high=0.0032)]
    rows.append(flights(**TEST, mode="hold", los_episodes=8900, los_rate=0.89))
    said = said_of(policy(rows))
    assert said.grade == "partly"
    assert said.suite.startswith("14 of 14 suite scenarios flown")
    unseen = plain(said.unseen)
    assert "0.21 % of unseen procedural episodes (Wilson 95 % [0.14 to 0.32 %], 10,000 episodes)" in unseen
    assert "doing nothing (hold) loses it in 89.0 %" in unseen


def test_no_loss_anywhere_is_said_to_be_none_seen():
    assert said_of(policy([*suite(), flights(**TEST)])).answer == "no loss of separation seen"


def test_one_seed_that_fails_makes_the_policy_unsafe_and_is_counted():
    said = said_of(policy([*suite(0), *suite(1, lost=("scenario_3", "scenario_5"))], seeds=(0, 1)))
    assert (said.grade, said.answer) == ("bad", "no, it loses separation on the suite")
    assert "13 of 14 suite scenarios (mean; 12 to 14 over 2 seeds; exported seed 1: 12)" in said.suite
    assert said.failures[0] == "scenario_3: separation lost with 1 of 2 seeds, smallest 4.21 NM"


def test_aircraft_that_do_not_arrive_are_a_failure():
    said = said_of(policy([flights(arrived_share=0.9)]))
    assert (said.grade, said.answer) == ("bad", "no, on the suite not everyone arrives")
    assert said.failures == ["head_on: not everyone arrived"]


def test_stochastic_flights_do_not_enter_the_verdict():
    assert said_of(policy([*suite(), flights(mode="stochastic", **LOST), flights(**TEST)])).grade == "good"


def test_a_policy_that_flew_nothing_is_not_called_safe():
    said = said_of(policy([]))
    assert said.grade == "unknown"
    assert "No scenarios were flown" in page(policy([]))


def test_seeds_are_shown_as_mean_and_range_with_their_number():
    rows = [flights(mode="stochastic", seed=0, episodes=100, los_rate=0.02, los_low=0.01, los_high=0.07)]
    rows.append(flights(mode="stochastic", seed=1, episodes=100, los_rate=0.04, los_low=0.02, los_high=0.1))
    html = plain(page(policy(rows, seeds=(0, 1))))
    assert ">3.00 %<small>2.00 to 4.00 %\n[1.00 to 10.0 %]\nn = 100 \N{MULTIPLICATION SIGN} 2 seeds</small>" in html


def test_a_missing_separation_is_a_dash():
    html = page(policy([flights(min_separation_nm=np.nan, num_agents=1)]))
    assert '<td data-value="nan">\N{EN DASH}</td>' in html


def test_names_with_markup_stay_text():
    risky = policy(suite(), name="<img src=x>&$a$", curves={0: curve()}, scenes={"<b>$x_1$": scene((np.nan, np.nan))})
    html = page(risky)
    assert "<img" not in html
    assert "<b>" not in html
    assert "&lt;img src=x&gt;&amp;$a$/0" in html


def test_without_curves_or_recordings_the_page_says_so():
    html = page(policy(suite()))
    assert "No learning curves" in html
    assert "No recorded episodes" in html


def test_a_report_without_policies_says_so():
    assert "No policies" in page()


def test_the_scope_and_the_facts_stand_in_the_report():
    html = page(policy(suite()))
    assert "horizontal manoeuvres at one flight level" in html
    assert "<dt>git commit</dt><dd>3f2a9c1</dd>" in html


def test_every_reward_part_has_a_column():
    html = page(policy(suite()))
    assert ">drift</button>" in html
    assert ">\N{MINUS SIGN}0.25</td>" in html


def test_a_learning_curve_names_every_run():
    runs = {"mixed/0": curve(), "mixed/1": curve(), "rings/0": curve()}
    drawing = panels.learning_curve(runs, learning_titles(AIRSPACE), ("los_rate", "arrived_share"))
    assert all(f">{run}</text>" in drawing for run in ("mixed/0", "mixed/1", "rings/0"))


def test_drawings_have_no_date_and_no_repeated_names():
    ends = ("los_low", "los_high")
    drawing = panels.leading_by_scenario(pd.DataFrame(suite()), ends, "LoS", ("mvp", "hold"), True)
    assert drawing.startswith("<svg")
    assert "metadata" not in drawing
    assert 'id="figure_1"' not in drawing


def test_flown_paths_are_red_where_separation_is_lost():
    lost = panels.svg(paths.trajectories({"head_on": scene()}, 5))
    kept = panels.svg(paths.trajectories({"head_on": scene((9.0, 6.0, 9.0))}, 5))
    assert LOSS_COLOUR in lost
    assert "4.00 NM, separation lost" in lost
    assert LOSS_COLOUR not in kept


@pytest.mark.parametrize("num", [0, 1, 7])
def test_small_multiples_are_as_many_as_the_recordings(num):
    figure = paths.trajectories({f"episode {i}": scene() for i in range(num)}, 5)
    assert sum(bool(axes.get_title()) for axes in figure.axes) == num


def test_an_episode_that_ends_at_its_start_can_be_drawn():
    assert "no pair" in panels.svg(paths.trajectories({"still": scene((np.inf,))}, 5))


def test_scenarios_can_be_sorted_by_difficulty() -> None:
    html = page(policy(suite()))
    assert '<th scope="col" aria-sort="none"><button type="button">difficulty</button></th>' in html
    assert html.count('<td data-value="1.23">1.23') == len(SUITE)


def test_the_matrix_shows_each_policy_on_each_scenario() -> None:
    ours = policy([*suite(lost=("scenario_3",)), flights(mode="hold", scenario="scenario_3", **LOST)], name="ours")
    rows = {row["name"]: row["cells"] for row in matrix_rows([ours, policy([], name="unflown")], AIRSPACE)}
    assert list(rows) == ["ours, deterministic", "hold"]
    assert [rows["ours, deterministic"][name].lost for name in ("scenario_2", "scenario_3")] == [False, True]
    assert plain(rows["hold"]["scenario_3"].text) == "100 %"
    assert rows["hold"]["scenario_2"].text == "\N{EN DASH}"
    assert "<h2>Transfer matrix</h2>" in page(ours)


def test_a_single_episode_has_no_interval_in_the_table() -> None:
    html = plain(page(policy([flights(los_low=np.nan, los_high=np.nan)])))
    assert ">0 %<small>n = 1</small>" in html
