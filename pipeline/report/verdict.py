"""The answer to "is this policy good?", in a word and in sentences."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from envs.ground.outcomes import Outcome, judged
from pipeline.evaluation.judged import OURS
from pipeline.report.policies import PolicyReport
from pipeline.report.subject import Subject
from pipeline.report.words import figure_words, in_brackets, low_to_high


@dataclass(frozen=True)
class Verdict:
    """A grade (good, partly, bad, unknown), a word, sentences; failures: suite scenarios that are not solved."""

    grade: str
    answer: str
    suite: str
    unseen: str
    failures: list[str]


def verdict(policy: PolicyReport, subject: Subject) -> Verdict:
    """Whether the policy is good, from its deterministic episodes; every seed must solve the whole suite.

    Where the world says of no episode that it is solved, good is to do better than its baselines.
    """
    suite, test = (policy.rows("deterministic", name) for name in ("suite", "test"))
    failures = [
        _failure(str(name), rows, subject)
        for name, rows in (suite.groupby("scenario", sort=False) if subject.judges else ())
        if not _clear(rows, subject).all()
    ]
    grade, answer = _grade(suite, test, subject) if subject.judges else _beside(policy, subject)
    return Verdict(grade, answer, _suite_words(policy, suite, subject), _unseen_words(policy, test, subject), failures)


def _grade(suite: pd.DataFrame, test: pd.DataFrame, subject: Subject) -> tuple[str, str]:
    played, unseen = subject.say["played"], subject.say["unseen"]
    wrong = [outcome for outcome in judged(subject.world.outcomes) if not _good(suite, outcome).all()]
    if wrong:
        said = f"on the suite not always: {wrong[0].short or wrong[0].name}"
        return "bad", f"no, {subject.say.get(f'bad.{wrong[0].name}', said)}"
    if suite.empty and test.empty:
        return "unknown", f"not known: nothing was {played}"
    lapses = not _good(test, judged(subject.world.outcomes)[0]).all()
    if suite.empty:
        return ("partly", f"on {unseen} not always") if lapses else ("good", subject.say["none_seen"])
    if test.empty:
        return "partly", f"on the suite yes; nothing unseen was {played}"
    return ("partly", f"on the suite yes, on {unseen} not always") if lapses else ("good", subject.say["none_seen"])


def _beside(policy: PolicyReport, subject: Subject) -> tuple[str, str]:
    """Whether the leading figure is better than every rule's, by the intervals of the differences."""
    table = pd.DataFrame() if policy.evidence is None else policy.evidence.differences
    if table.empty:
        return "unknown", "not known: there is no baseline to compare with"
    better, worse = ("lower", "higher") if subject.low_is_good else ("higher", "lower")
    said = {better: "better than {}", worse: "worse than {}", "undecided": "beside {} the data do not decide"}
    by_verdict = {found: list(table.loc[table["verdict"] == found, "rule"]) for found in said}
    words = "; ".join(said[found].format(" and ".join(rules)) for found, rules in by_verdict.items() if rules)
    if by_verdict[worse]:
        return "bad", words
    return ("partly" if by_verdict["undecided"] else "good"), words


def _suite_words(policy: PolicyReport, suite: pd.DataFrame, subject: Subject) -> str:
    if suite.empty or not subject.judges:
        return ""
    counts = _clear(suite, subject).groupby(suite["seed"]).sum()
    total, exported = suite["scenario"].nunique(), counts.get(policy.exported_seed)
    number = f"{counts.mean():.3g} of {total}"
    seeds = ""
    if len(counts) > 1:
        spread = "each" if counts.nunique() == 1 else f"mean; {counts.min()} to {counts.max()}"
        own = "" if exported is None else f"; exported seed {policy.exported_seed}: {exported}"
        seeds = f" ({spread} over {len(counts)} seeds{own})"
    return f"{number} suite scenarios{seeds} {subject.say['solved']}."


def _unseen_words(policy: PolicyReport, test: pd.DataFrame, subject: Subject) -> str:
    if test.empty:
        return f"Nothing unseen was {subject.say['played']}."
    told = figure_words(subject.percent)
    shown = test[test["seed"] == policy.exported_seed]
    row = (shown if len(shown) else test).iloc[0]
    spread, own = "", ""
    if len(test) > 1:
        spread = f"mean; {low_to_high(test['leading'], told)} over {len(test)} seeds; seed {row['seed']}: "
        own = f"{told(row['leading'])}, "
    ends = in_brackets(row[subject.low], row[subject.high], told)
    interval = f"{subject.interval} 95 % {ends}, " if math.isfinite(row[subject.low]) else ""
    rules = {mode: told(float(policy.rows(mode, "test")["leading"].mean())) for mode in policy.modes(subject)}
    beside = "".join(f"; {mode} {value}" for mode, value in rules.items() if mode not in OURS)
    words = subject.leading.words
    return subject.say["unseen_rate"].format(
        Words=words[:1].upper() + words[1:],
        rate=told(test["leading"].mean()),
        details=f"{spread}{own}{interval}{row['episodes']:,} episodes",
        beside=beside,
        nobody=rules.get(subject.world.baselines.nobody, told(math.nan)),
        yardstick=rules.get(subject.world.baselines.yardstick, told(math.nan)),
    )


def _failure(name: str, rows: pd.DataFrame, subject: Subject) -> str:
    words = []
    figures = {each.figure: getattr(rows[each.figure], each.over)() for each in subject.world.outcomes}
    for outcome in judged(subject.world.outcomes):
        wrong = int((~_good(rows, outcome)).sum())
        seeds = f" with {wrong} of {len(rows)} seeds" if len(rows) > 1 else ""
        said = subject.say.get(f"failed.{outcome.name}", f"{outcome.short or outcome.name}{{seeds}}")
        words += [said.format(seeds=seeds, **figures)] if wrong else []
    return f"{name}: {'; '.join(words)}"


def _clear(rows: pd.DataFrame, subject: Subject) -> pd.Series:
    """Per row, whether all its episodes are solved."""
    clear = pd.Series(True, rows.index)
    for outcome in judged(subject.world.outcomes):
        clear &= _good(rows, outcome)
    return clear


def _good(rows: pd.DataFrame, outcome: Outcome) -> pd.Series:
    """Per row, whether an outcome is as it should be in all its episodes."""
    if rows.empty:
        return pd.Series(dtype=bool)
    return rows[outcome.figure] == 0.0 if outcome.kind == "failure" else rows[outcome.figure] >= 1.0
