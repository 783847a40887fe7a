"""The reference of every parameter: params.yaml's values and comments, and what their records allow, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from envs.ground import doors
from pipeline.settings.params import Params, Section
from pipeline.settings.train import Train

Schema = Mapping[str, Any]
ROOMS = ("simulation", "baselines", "scenarios", "evaluation")
_BOUNDS = {"minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most", "exclusiveMaximum": "below"}


@dataclass(frozen=True)
class Parameter:
    """A key of params.yaml: where it stands, what it holds there, what it may hold, and what it is for."""

    path: tuple[str, ...]
    value: str
    allowed: str
    comment: str

    @property
    def key(self) -> str:
        """As after -S."""
        return ".".join(self.path)


def parameters(file: Path) -> list[Parameter]:
    """Every key of params.yaml in its order; of one that holds further keys the comment alone."""
    text = file.read_text(encoding="utf-8")
    values = YAML().load(text)
    return [
        Parameter(path, _shown(value), words(schema_at(path)), comment)
        for path, value, comment in _walk(values, text.splitlines(), ())
    ]


def page(file: Path) -> str:
    """The reference as Markdown: a table for each section."""
    found = parameters(file)
    lines = [
        "# Parameters",
        "",
        "Every key of `params.yaml`: its value there, what it may be, what it is for. Made from its comments, and",
        "from the records that check it. `dvc exp run -S KEY=VALUE` changes any of them, and so does",
        "`murmuration train --set KEY=VALUE`.",
    ]
    for heading, level, rows in _sections(found):
        lines += ["", f"{'#' * level} `{heading}`", "", *_table(rows, heading)]
    return "\n".join([*lines, ""])


def _sections(found: Sequence[Parameter]) -> Iterator[tuple[str, int, list[Parameter]]]:
    """A heading for each key of the top, and below a world's for each of its rooms, with what belongs there."""
    heads: dict[tuple[str, ...], list[Parameter]] = {}
    for parameter in found:
        depth = 2 if parameter.path[0] in doors.worlds() or parameter.path[0] == "presets" else 1
        heads.setdefault(parameter.path[:depth], []).append(parameter)
    for head, rows in heads.items():
        yield ".".join(head), 1 + len(head), rows


def _table(rows: Sequence[Parameter], heading: str) -> list[str]:
    lines = ["| key | value | may be | what for |", "|---|---|---|---|"]
    for row in rows:
        name = row.key.removeprefix(f"{heading}.")
        cells = [f"`{name}`", f"`{row.value}`" if row.value else "", row.allowed, row.comment]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return lines


def _walk(values: CommentedMap, lines: Sequence[str], path: tuple[str, ...]) -> Iterator[tuple[Any, Any, str]]:
    for key, value in values.items():
        comment = _comment(lines, *values.lc.key(key)) if not values.fa.flow_style() else ""
        yield (*path, str(key)), value, comment
        if isinstance(value, CommentedMap) and not value.fa.flow_style():
            yield from _walk(value, lines, (*path, str(key)))


def _comment(lines: Sequence[str], line: int, column: int) -> str:
    """The words after # on a key's line, and on the lines of nothing else that follow deeper than the key."""
    _, mark, said = lines[line].partition(" # ")
    spoken = [said.strip()] if mark else []
    for follows in lines[line + 1 :] if mark else ():
        bare = follows.lstrip()
        if not bare.startswith("# ") or len(follows) - len(bare) <= column:
            break
        spoken.append(bare[2:].strip())
    return " ".join(spoken)


def _shown(value: Any) -> str:
    """A value as it stands in yaml, on one line; nothing of one that holds further lines of keys."""
    if isinstance(value, CommentedMap):
        if value and not value.fa.flow_style():
            return ""
        return "{" + ", ".join(f"{key}: {_shown(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_shown(part) for part in value) + "]"
    return {None: "null", True: "true", False: "false"}.get(value, str(value)) if not _number(value) else str(value)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


# ---- what a key may hold


def schema_at(path: Sequence[str]) -> Schema:
    """What the records say of a key, as a JSON schema; of one that no record names, a hyperparameter, nothing."""
    record, rest = _record_of(path)
    whole = _whole(record)
    found: Schema = whole
    for key in rest:
        found = _below(_resolved(found, whole), key)
    return _inlined(found, whole)


@cache
def _whole(record: type[BaseModel]) -> Schema:
    return record.model_json_schema()


def _record_of(path: Sequence[str]) -> tuple[type[BaseModel], Sequence[str]]:
    """The record that checks a key, and where it stands therein."""
    if path[0] not in doors.worlds():
        return Params, path
    if len(path) > 1 and path[1] in ROOMS:
        return getattr(doors, path[1])(path[0]).settings, path[2:]
    return (Train, path[2:]) if path[1:2] == ("train",) else (Section, path[1:])


def _resolved(schema: Schema, whole: Schema) -> Schema:
    while "$ref" in schema:
        schema = whole["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema


def _below(schema: Schema, key: str) -> Schema:
    if key in schema.get("properties", {}):
        return schema["properties"][key]
    more = schema.get("additionalProperties")
    return more if isinstance(more, Mapping) else {}


def _inlined(schema: Schema, whole: Schema) -> Schema:
    """The same with references followed, as deep as words look."""
    schema = _resolved(schema, whole)
    inner = {"anyOf": [_inlined(part, whole) for part in schema["anyOf"]]} if "anyOf" in schema else {}
    if isinstance(schema.get("items"), Mapping):
        inner["items"] = _inlined(schema["items"], whole)
    return {**schema, **inner}


def words(schema: Schema) -> str:
    """A JSON schema in words: "whole number, at least 1"; of keys below, and of what may be anything, none."""
    if "anyOf" in schema:
        return " or ".join(said for said in map(words, schema["anyOf"]) if said)
    for name in ("enum", "const"):
        if name in schema:
            choices = schema[name] if name == "enum" else [schema[name]]
            return " or ".join(f"`{choice}`" for choice in choices)
    kind = schema.get("type")
    said = {"integer": "whole number", "number": "number", "string": "text", "boolean": "`true` or `false`"}.get(
        kind, ""
    )
    if kind == "null":
        return "`null`"
    if kind == "array":
        said = f"list, each {words(schema.get('items', {})) or 'a value'}"
    bounds = [f"{bound} {schema[name]:,}" for name, bound in _BOUNDS.items() if name in schema]
    return ", ".join([said, *bounds]) if said else ""
