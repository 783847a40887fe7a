"""Facts about the reference of parameters that the site shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from docs.hooks.parameters import Parameter, page, parameters

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def found() -> dict[str, Parameter]:
    return {parameter.key: parameter for parameter in parameters(ROOT / "params.yaml")}


def keys(values: dict[str, Any], above: str = "") -> set[str]:
    """All keys of nested values; what stands in braces on one line is a value."""
    own = {f"{above}{key}": value for key, value in values.items()}
    return set(own).union(*(keys(value, f"{key}.") for key, value in own.items() if in_lines(value)))


def in_lines(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and not value.fa.flow_style()  # type: ignore[attr-defined]


def test_every_key_of_params_yaml_is_there(found: dict[str, Parameter]) -> None:
    values = YAML().load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    assert set(found) == keys(values)
    rows = page(ROOT / "params.yaml").splitlines()
    assert len([row for row in rows if row.startswith("| `")]) == len(found)


def test_a_key_has_its_value_what_it_may_be_and_its_comment(found: dict[str, Parameter]) -> None:
    worlds = found["train.num_worlds"]
    assert (worlds.value, worlds.allowed) == ("768", "whole number, at least 1, at most 1,000,000,000,000")
    assert worlds.comment == "worlds stepped together"
    assert found["train.device"].allowed == "`cpu` or `cuda` or `auto`"
    assert found["airspace.simulation.wind.speed_kt"].allowed.startswith("number")


def test_a_comment_of_several_lines_is_whole(found: dict[str, Parameter]) -> None:
    assert found["airspace.simulation.observation.layout"].comment.endswith("all others and a mask")


def test_no_record_that_was_renamed_leaves_a_key_without_what_it_may_be(found: dict[str, Parameter]) -> None:
    """But for sections, whose keys have it, and for what the records take as plain values."""
    plain = ("presets.", "pettingzoo.presets.", "airspace.presets", "policies.", ".simulation.", ".scenarios.")
    silent = [key for key, own in found.items() if own.value and not own.allowed and own.value[0] not in "{["]
    assert [key for key in silent if not any(part in f"{key}." for part in (*plain, "hyperparameters"))] == []
