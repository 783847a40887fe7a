"""The report in short as Markdown, for pull requests: verdicts and the tables they rest on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.report.evidence_section import (
    BANDS,
    band_rows,
    published_rows,
    rate_figures,
    rate_rows,
    worst_words,
)
from pipeline.report.page import Report, WorldReport
from pipeline.report.policies import PolicyReport
from pipeline.report.subject import Subject
from pipeline.report.verdict import verdict

_NEEDS_ESCAPE = str.maketrans({"|": "\\|", "<": "&lt;", "\n": " "})


def render_markdown(report: Report) -> str:
    """The whole text; figures are those of the page."""
    several = len(report.worlds) > 1
    parts = [f"# {report.title}", *(part for world in report.worlds for part in _world(world, several))]
    commit = report.facts.get("git commit", "unknown")
    closing = [world.subject.say["closing"] for world in report.worlds]
    return "\n\n".join([*parts, f"From commit `{commit}`. {' '.join(dict.fromkeys(closing))}"]) + "\n"


def _world(world: WorldReport, several: bool) -> list[str]:
    parts = [_policy(policy, world.subject) for policy in world.policies]
    return [f"# World {world.subject.name}", *parts] if several else parts


def _policy(policy: PolicyReport, subject: Subject) -> str:
    said = verdict(policy, subject)
    lines = [f"## Is {policy.name} {subject.say['good']}? {said.answer}", f"{said.suite} {said.unseen}".strip()]
    lines += ["Fails in:\n" + "\n".join(f"- {failure}" for failure in said.failures)] if said.failures else []
    return "\n\n".join([*lines, *_tables(policy, subject)])


def _tables(policy: PolicyReport, subject: Subject) -> list[str]:
    evidence, played = policy.evidence, subject.say["played"]
    if evidence is None:
        return []
    worst = "; ".join(worst_words(evidence, subject, 1))
    lines = [f"Elsewhere {subject.say['weakest']}: {worst}."] if worst else []
    suite = bool(evidence.solved)
    rates = [
        [row["name"], *([row["solved"]] if suite else []), *(_cell(cell) for cell in row["cells"])]
        for row in rate_rows(evidence, subject)
    ]
    names = [figure.words for figure in rate_figures(evidence, subject)]
    lines.append(_table([f"{played} by", *(["suite solved"] if suite else []), *names], rates))
    shifts = [[row[key] for key in ("name", *BANDS)] for row in band_rows(evidence.bands, subject)]
    lines += [_table([f"{subject.short} under shifts", *BANDS], shifts)] if shifts else []
    keys = ("scenarios", "mode", "published", "who", "ours", "yardstick")
    published = [[row[key] for key in keys] for row in published_rows(evidence.published)]
    header = ["scenarios", played, f"published {subject.short}", "by", "ours", subject.world.baselines.yardstick]
    return [*lines, _table(header, published)] if published else lines


def _cell(cell: dict[str, str]) -> str:
    return f"{cell['text']} {cell['small']}".strip()


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(str(word).translate(_NEEDS_ESCAPE) for word in line)} |" for line in lines)
