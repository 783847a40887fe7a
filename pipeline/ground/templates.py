"""Templates of pages, by room and file: "report/report.html.j2" is pipeline/report/templates/report.html.j2."""

from __future__ import annotations

from importlib import resources

import jinja2


def template(name: str) -> jinja2.Template:
    """The template "ROOM/FILE"; it escapes what it is given."""
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(source), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(name)


def source(name: str) -> str:
    """The text of "ROOM/FILE", a template or a script."""
    room, file = name.split("/")
    return resources.files("pipeline").joinpath(room, "templates", file).read_text(encoding="utf-8")
