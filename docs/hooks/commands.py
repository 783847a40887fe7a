"""The reference of the command `murmuration`, made from the command itself."""

from __future__ import annotations

import re

import typer
from typer.cli import get_docs_for_click

from pipeline.cli import app


def page() -> str:
    """Every command with its arguments and options, as Markdown; the title says what the page is."""
    command = typer.main.get_command(app)
    told = get_docs_for_click(obj=command, ctx=typer.Context(command), name="murmuration")
    return "# Commands\n\n" + re.sub(r"\A# `murmuration`\n", "", told)
