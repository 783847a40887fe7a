"""Compose the report: one HTML page that says first whether each policy is good, and opens without a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from envs.ground.outcomes import judged
from pipeline.evaluation.judged import OURS
from pipeline.ground.templates import template
from pipeline.pictures import panels, paths, player
from pipeline.report.evidence_section import evidence_section
from pipeline.report.policies import PolicyReport
from pipeline.report.subject import Subject
from pipeline.report.tables import (
    has_difficulty,
    matrix_rows,
    reward_parts,
    reward_rows,
    scenario_figures,
    scenario_rows,
)
from pipeline.report.verdict import verdict
from pipeline.report.words import NOT_KNOWN, in_words

PICTURE_COLUMNS = 5
RETURN = "mean_return"


@dataclass(frozen=True)
class WorldReport:
    """A world and its policies; `ranking` is what pipeline/report/ranking.py makes of all of them."""

    subject: Subject
    policies: Sequence[PolicyReport]
    ranking: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """A report on some worlds; `facts` says what it was generated from (commit, hashes, parameters)."""

    title: str
    facts: dict[str, str]
    worlds: Sequence[WorldReport]


def render(report: Report) -> str:
    """The whole report as one self-contained HTML page."""
    return template("report/report.html.j2").render(
        report=report, worlds=[_world(world) for world in report.worlds], value=in_words
    )


def _world(world: WorldReport) -> dict[str, Any]:
    """Everything that the template shows of a world."""
    policies, subject = world.policies, world.subject
    curves = {f"{policy.name}/{seed}": curve for policy in policies for seed, curve in policy.curves.items()}
    scenes = {f"{policy.name} / {name}": scene for policy in policies for name, scene in policy.scenes.items()}
    titles = learning_titles(subject)
    return {
        "name": subject.name,
        "subject": subject,
        "say": subject.say,
        "ranking": world.ranking,
        "sections": [_section(policy, subject) for policy in policies],
        "training_keys": list(dict.fromkeys(key for policy in policies for key in policy.training)),
        "learning_curve": Markup(panels.learning_curve(curves, titles, set(titles) - {RETURN})),
        "num_runs": len(curves),
        "published": [(n, f"{steps:,}", f"{hours:g}") for n, steps, hours in subject.world.evaluation.trainings],
        "ours": [_training_words(policy) for policy in policies],
        "matrix": matrix_rows(policies, subject),
        "player": Markup(player.embed(scenes)),
        "num_recordings": len(scenes),
        "modes": OURS,
        "rules": subject.rules,
    }


def learning_titles(subject: Subject) -> dict[str, str]:
    """The columns of a learning curve that are drawn, and what they are."""
    found = {outcome.figure: outcome.words for outcome in judged(subject.world.outcomes)}
    return {name: f"validation: {words}" for name, words in (found | {RETURN: "mean return"}).items()}


def _section(policy: PolicyReport, subject: Subject) -> dict[str, Any]:
    table, parts = policy.scenarios, reward_parts(policy.scenarios)
    drawn = panels.svg(paths.trajectories(policy.scenes, PICTURE_COLUMNS)) if policy.scenes else ""
    often = f"where {subject.say['played']} more than once"
    bars = f"{subject.leading.words}; bar: {subject.interval} 95 % interval, {often}"
    ends = (subject.low, subject.high)
    return {
        "policy": policy,
        "verdict": verdict(policy, subject),
        "shown": None if policy.evidence is None else evidence_section(policy.evidence, subject),
        "figures": scenario_figures(table, subject),
        "scenarios": scenario_rows(table, subject),
        "has_difficulty": has_difficulty(table),
        "parts": [part.removeprefix("reward_").replace("_", " ") for part in parts],
        "rewards": reward_rows(policy.rows("deterministic"), parts),
        "num_seeds": len(policy.seeds),
        "by_scenario": Markup(panels.leading_by_scenario(table, ends, bars, subject.rules, subject.percent)),
        "paths": Markup(drawn),
        "paths_note": subject.say["paths"].format(num=len(policy.scenes)),
    }


def _training_words(policy: PolicyReport) -> tuple[str, str, str]:
    """The policy, its steps in all and until the best one, and hours."""
    known = {name: policy.training.get(name) for name in ("agent_steps", "best_agent_steps", "seconds")}
    seconds = known["seconds"]
    hours = NOT_KNOWN if not isinstance(seconds, int | float) else f"{seconds / 3600:.2g}"
    return policy.name, f"{in_words(known['agent_steps'])} (best: {in_words(known['best_agent_steps'])})", hours
