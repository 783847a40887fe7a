"""Refusals of what people wrote: where it stands, what came, what was wanted, and what is near."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from envs.ground.record import Record

R = TypeVar("R", bound=Record)

_WISHES = {
    "bool_type": "true or false",
    "dict_type": "keys with values",
    "float_type": "a number",
    "greater_than": "more than {gt}",
    "greater_than_equal": "{ge} or more",
    "int_from_float": "a whole number",
    "int_type": "a whole number",
    "less_than": "less than {lt}",
    "less_than_equal": "{le} or less",
    "literal_error": "{expected}",
    "model_type": "keys with values",
    "string_pattern_mismatch": "letters, digits, _ and - only, _ and - not first",
    "string_too_long": "{max_length} characters at most",
    "string_type": "text",
    "too_long": "a list of at most {max_length}",
    "too_short": "a list of at least {min_length}",
    "tuple_type": "a list",
}
"""What was wanted, by pydantic's name of the problem; others are told in pydantic's own words."""

_MOST_SHOWN = 200
"""Of a value that is refused, in characters."""


class ParamsError(ValueError):
    """params.yaml says something that cannot be; the message names file, key, value and wish, a line for each."""


def known(name: str, names: Any, place: str) -> str:
    """`name` itself where it is among `names`.

    Raises:
        ParamsError: it is not; with the nearest name and all known ones.
    """
    if name in names:
        return name
    raise ParamsError(f"{place}: unknown {name!r},{_nearest(name, list(names))} known: {', '.join(names)}")


@contextmanager
def told_at(place: str, record: type[Record] | None = None) -> Iterator[None]:
    """Tell what is refused inside by `place`; where the message begins with a key of `record`, by the whole key.

    Raises:
        ParamsError: for any ValueError; one that is a ParamsError already names its own place.
    """
    try:
        yield
    except ParamsError:
        raise
    except ValueError as error:
        first = re.split(r"[.:\s]", str(error), maxsplit=1)[0]
        inside = record is not None and first in record.model_fields
        raise ParamsError(f"{place}{'.' if inside else ': '}{error}") from error


def check(record: type[R], values: Any, source: str, section: str = "") -> R:
    """The record with these plain values.

    Raises:
        ParamsError: one line per unknown, missing, mistyped or out-of-range key, each starting with `source` and the
            key; `section` is what stands before the record's own keys.
    """
    try:
        return record.from_values(values)
    except ValidationError as error:
        lines = [f"{source}: {section}{line}" for line in _say_all(record, error.errors())]
        raise ParamsError("\n".join(lines)) from None


def first_told(record: type[BaseModel], error: ValidationError) -> str:
    """The first of pydantic's findings: key, what came, what was wanted."""
    return _say_all(record, error.errors())[0]


def _say_all(record: type[BaseModel], problems: Any) -> list[str]:
    """Pydantic's findings, one line per key: the branches of a union together, nothing of what holds a wrong key."""
    said: dict[str, list[str]] = {}
    for problem in problems:
        place = _place(problem)
        said.setdefault(".".join(str(part) for part in place), []).append(_say(record, place, problem))
    innermost = [key for key in said if not any(other.startswith(f"{key}.") for other in said)]
    return [f"{key}: {_join(said[key])}".removeprefix(": ") for key in innermost]


def _place(problem: Any) -> list[Any]:
    """Where it is, without pydantic's names for branches of unions; an unknown key is a person's, whatever it is."""
    *way, last = problem["loc"] or [""]
    kept = [part for part in way if isinstance(part, int) or not _is_type_tag(part)]
    own = problem["type"] == "extra_forbidden" or isinstance(last, int) or not _is_type_tag(last)
    return [*kept, last] if problem["loc"] and own else kept


def _join(branches: list[str]) -> str:
    """`got x, wanted a` and `got x, wanted b` as `got x, wanted a or b`."""
    return " or ".join([branches[0], *(branch.partition(", wanted ")[2] for branch in branches[1:])])


def _say(record: type[BaseModel], place: list[Any], problem: Any) -> str:
    """What is wrong with the value at this place, and what was wanted."""
    kind, got = problem["type"], problem["input"]
    if kind == "missing":
        return "missing"
    if kind == "extra_forbidden":
        siblings = _fields_at(record, place[:-1])
        return f"unknown key,{_nearest(place[-1], siblings)} known: {', '.join(siblings)}"
    if kind == "value_error":
        return str(problem["msg"]).removeprefix("Value error, ")
    context = problem.get("ctx", {})  # pydantic leaves it out where there are no limits to name
    wish = f"wanted {_WISHES[kind].format(**context)}" if kind in _WISHES else problem["msg"].removeprefix("Input ")
    return f"got {_shown(got)}, {wish}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."


def _nearest(name: Any, names: list[str]) -> str:
    near = difflib.get_close_matches(str(name), names, n=1)
    return f" did you mean {near[0]!r}?" if near else ""


def _is_type_tag(part: str) -> bool:
    """Whether pydantic put this part into a location to name a branch of a union."""
    return "[" in part or part in ("str", "int", "float", "none")


def _fields_at(record: type[BaseModel], place: list[Any]) -> list[str]:
    """The keys known at a place in nested records."""
    current: Any = record
    for part in place:
        field = getattr(current, "model_fields", {}).get(part)
        if field is None:
            return []
        branches = [field.annotation, *get_args(field.annotation)]
        current = next((branch for branch in branches if hasattr(branch, "model_fields")), None)
    return list(getattr(current, "model_fields", {}))


def merge(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`under` with the values of `over`, section by section."""
    merged = dict(under)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = merge(merged[key], value) if both else value
    return merged
