"""Facts about the report of a world that says no more than its outcomes, or nothing at all."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground.defaults import DefaultBaselines, DefaultEvaluation
from envs.ground.outcomes import Outcome
from pipeline.evaluation.figures import by_scenario
from pipeline.evaluation.judged import Judged
from pipeline.evaluation.resampling import Bootstrap
from pipeline.report.evidence import MEMORISATION_COLUMNS, SHIFT_COLUMNS, TEAM_COLUMNS, Run, gather_evidence
from pipeline.report.markdown import render_markdown
from pipeline.report.page import Report, WorldReport, render
from pipeline.report.policies import PolicyReport
from pipeline.report.ranking import ranking
from pipeline.report.sentences import sentences
from pipeline.report.subject import Subject
from pipeline.report.verdict import verdict

MODES = ("deterministic", "stochastic", "nothing", "random")
CRASH = Outcome("crash", "episodes with a crash", "failure")
HOME = Outcome("home", "agents that come home", "share")


def subject(*outcomes: Outcome, name: str = "gather") -> Subject:
    return Subject(name, Judged(outcomes, DefaultEvaluation(), DefaultBaselines()))


def bootstrap() -> Bootstrap:
    return Bootstrap(0.95, 200, np.random.default_rng(0))


def episodes(mode: str, rewards: list[float], **columns: object) -> pd.DataFrame:
    count = len(rewards)
    table = {"set": "test", "mode": mode, "scenario": "procedural", "family": "", "episode": range(count)}
    table |= {"episode_seed": range(count), "num_agents": 3, "steps": 25, "info_food": 2.0, "return": rewards}
    return pd.DataFrame(table | columns)


def policy(told: Subject, *runs: pd.DataFrame, name: str = "mixed") -> PolicyReport:
    """A policy of as many seeds as tables, with all that the stage gathers but recordings and a card."""
    empty = [pd.DataFrame(columns=list(columns)) for columns in (SHIFT_COLUMNS, MEMORISATION_COLUMNS, TEAM_COLUMNS)]
    found = [Run(run, *empty) for run in runs]
    tables = [by_scenario(run, told.world, seed, 0.95).assign(difficulty=np.nan) for seed, run in enumerate(runs)]
    evidence = gather_evidence(found, found[0], told, (), bootstrap())
    curve = pd.DataFrame({"agent_steps": [0, 1000], "mean_return": [-30.0, 12.0], "crash_rate": 0.5, "home": 0.5})
    seeds = range(len(runs))
    scores = {seed: {"score": 1.0, "gates": {}, "parts": {}} for seed in seeds}
    curves = dict.fromkeys(seeds, curve)
    return PolicyReport(name, list(seeds), 0, {}, curves, pd.concat(tables), {}, evidence, {}, scores)


def paid(ours: list[float], nothing: float = 0.0, random: float = 1.0) -> pd.DataFrame:
    others = {"stochastic": ours, "nothing": [nothing] * len(ours), "random": [random] * len(ours)}
    return pd.concat([episodes(mode, values) for mode, values in ({"deterministic": ours} | others).items()])


GOOD = paid([8.0, 9.0, 10.0, 11.0])


def world(told: Subject, *policies: PolicyReport) -> WorldReport:
    return WorldReport(told, policies, ranking(policies, told, None, bootstrap()))


def page(*worlds: WorldReport) -> str:
    html = render(Report("Title", {"git commit": "3f2a9c1"}, worlds))
    return re.sub(r"\s+", " ", html.replace("\N{NO-BREAK SPACE}", " "))


def test_a_world_that_declares_nothing_is_told_by_its_return_beside_nobody_and_chance() -> None:
    told = subject()
    said = verdict(policy(told, GOOD), told)
    assert (said.grade, said.answer) == ("good", "better than random and nothing")
    assert said.unseen.startswith("Return in unseen episodes: 9.50 (Student 95 % [7.45 to 11.55], 4 episodes)")
    assert said.unseen.endswith("; nothing 0.00; random 1.00.")
    assert (said.suite, said.failures) == ("", [])


@pytest.mark.parametrize(
    ("rewards", "wanted"),
    [
        ([0.4, 0.5, 0.6, 0.5], ("bad", "better than nothing; worse than random")),
        ([-8.0, 8.0, -7.0, 9.0], ("partly", "beside random and nothing the data do not decide")),
    ],
)
def test_the_intervals_of_the_differences_decide_what_is_better(rewards: list[float], wanted: tuple[str, str]) -> None:
    said = verdict(policy(subject(), paid(rewards)), subject())
    assert (said.grade, said.answer) == wanted


def test_where_less_is_better_a_lower_number_wins() -> None:
    told = subject(Outcome("spent", "fuel spent", "number", better="lower", unit="kg"))
    table = pd.concat([episodes(mode, [0.0] * 3, spent=5.0 if mode in MODES[:2] else 7.0) for mode in MODES])
    assert verdict(policy(told, table), told).answer == "better than random and nothing"


def test_return_length_and_numeric_infos_stand_with_intervals_beside_the_baselines() -> None:
    html = page(world(subject(), policy(subject(), GOOD)))
    assert '<th scope="col">return</th><th scope="col">length, steps</th><th scope="col">food</th>' in html
    assert "the policy, deterministic</th><td>9.5<small>[8.5 to 10.5]</small></td><td>25<small>[25 to 25]" in html
    assert "nothing (nobody acts)</th><td>0<small>" in html
    assert ">validation: mean return</text>" in html


def test_sections_of_what_the_world_does_not_have_are_left_out() -> None:
    html = page(world(subject(), policy(subject(), GOOD)))
    for absent in (
        "Shifts",
        "suite",
        "Beside the published",
        "Over other",
        "difficulty",
        "Transfer",
        "gates",
        "How close",
    ):
        assert absent not in html, absent


def test_with_several_seeds_the_run_is_the_unit() -> None:
    told = subject()
    several = policy(told, GOOD, paid([18.0, 19.0, 20.0, 21.0]))
    assert (
        "Return in unseen episodes: 14.50 (mean; 9.50 to 19.50 over 2 seeds; seed 0: 9.50, "
        in verdict(several, told).unseen
    )
    assert "bootstrap intervals over 2 runs" in page(world(told, several))


def test_a_declared_failure_decides_in_the_words_of_its_declaration() -> None:
    told = subject(CRASH, HOME)
    table = pd.concat(
        [episodes(mode, [1.0] * 4, crash=[mode == "nothing", False, False, False], home=1.0) for mode in MODES]
    )
    said = verdict(policy(told, table), told)
    assert (said.grade, said.answer) == ("good", "no failure seen")
    assert said.unseen.startswith(
        "Episodes with a crash in unseen episodes: 0\N{NO-BREAK SPACE}% (Wilson 95 % [0 to 49.0"
    )
    text = render_markdown(Report("Title", {}, [world(told, policy(told, table))]))
    assert "| played by | crash rate | home | return | length, steps | food |" in text
    suite = table.assign(set="suite", scenario="maze", crash=True, home=0.5)
    failed = verdict(policy(told, pd.concat([table, suite])), told)
    assert (failed.grade, failed.answer) == ("bad", "no, on the suite not always: crash")
    assert failed.failures == ["maze: crash; home"]


def test_several_worlds_stand_in_parts_of_one_page_and_a_single_one_has_no_heading() -> None:
    both = [world(told, policy(told, GOOD)) for told in (subject(name="one"), subject(name="two"))]
    html = page(*both)
    assert [html.index(f'<h1 class="world" id="{name}">{name}</h1>') for name in ("one", "two")]
    assert html.count("<h2>Training</h2>") == 2
    assert "<h1 class" not in page(both[0])
    assert "# World two" in render_markdown(Report("Title", {}, both))
    assert "# World" not in render_markdown(Report("Title", {}, both[:1]))


def test_a_sentence_that_no_page_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown 'skope', known: scope, closing"):
        sentences({"skope": "Everything."})


def test_a_world_puts_sentences_in_its_own_words() -> None:
    say = Subject.of("airspace", AirspaceSettings()).say
    assert (say["good"], say["bad.los"]) == ("safe", "it loses separation on the suite")
    assert say["drawn_only"] != sentences({})["drawn_only"]
