"""What a person types next about an experiment: the same words on every page."""

from __future__ import annotations

from flows.dvc_command import COMPARE

NOT_MADE = "ERROR: Checkout failed for following targets"
"""What dvc says where an experiment leaves out stages whose outputs this clone has not made either."""


def next_steps(experiment: str) -> list[str]:
    """Markdown: take it into the working tree, keep it, compare it."""
    typed = {
        f"dvc exp apply {experiment}": "its parameters and what it made, into the working tree",
        "dvc repro": "make the rest",
        f"dvc exp branch {experiment} {experiment}": "keep it as a branch of git",
        COMPARE: "compare with others",
    }
    return [
        "```sh",
        *(f"{command}  # {why}" for command, why in typed.items()),
        "```",
        "",
        f"Where no stage has made some outputs yet, say the report, `dvc exp apply` ends with `{NOT_MADE}`,",
        "and names them. This is expected: all else is applied, and `dvc repro` makes them.",
    ]
