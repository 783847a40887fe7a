"""The report in short as Markdown, for pull requests: verdicts and the tables they rest on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.report.evidence_section import RATES, band_rows, published_rows, rate_rows, worst_words
from pipeline.report.page import PolicyReport, Report, verdict

_NEEDS_ESCAPE = str.maketrans({"|": "\\|", "<": "&lt;", "\n": " "})


def render_markdown(report: Report) -> str:
    """The whole text; figures are those of the page."""
    parts = [f"# {report.title}", *(_policy(policy) for policy in report.policies)]
    commit = report.facts.get("git commit", "unknown")
    return "\n\n".join([*parts, f"From commit `{commit}`. Horizontal manoeuvres at one level, simulated."]) + "\n"


def _policy(policy: PolicyReport) -> str:
    said = verdict(policy)
    lines = [f"## Is {policy.name} safe? {said.answer}", f"{said.suite} {said.unseen}"]
    lines += ["Fails in:\n" + "\n".join(f"- {failure}" for failure in said.failures)] if said.failures else []
    evidence = policy.evidence
    if evidence is None:
        return "\n\n".join(lines)
    worst = "; ".join(worst_words(evidence, 1))
    lines += [f"Elsewhere it loses separation most often in: {worst}."] if worst else []
    rates = [[row["name"], row["solved"], *(_cell(cell) for cell in row["cells"])] for row in rate_rows(evidence)]
    lines.append(_table(["flown by", "suite solved", *RATES.values()], rates))
    shifts = [[row[key] for key in ("name", "none", "micro", "macro")] for row in band_rows(evidence.bands)]
    lines.append(_table(["LoS under shifts", "none", "micro", "macro"], shifts))
    keys = ("scenarios", "mode", "published", "who", "ours", "mvp")
    published = [[row[key] for key in keys] for row in published_rows(evidence.published)]
    if published:
        lines.append(_table(["scenarios", "flown", "published LoS", "by", "ours", "mvp"], published))
    return "\n\n".join(lines)


def _cell(cell: dict[str, str]) -> str:
    return f"{cell['text']} {cell['small']}".strip()


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(str(word).translate(_NEEDS_ESCAPE) for word in line)} |" for line in lines)
