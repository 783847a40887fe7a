"""Benchmarks run when somebody asks a question; until then nobody notices that what they import has moved."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module, util
from pathlib import Path
from types import ModuleType

import pytest
from conftest import ROOT

OURS = ("envs", "pipeline")


def imported(path: Path) -> Iterator[tuple[str, str]]:
    """Module and name of what a file imports of ours."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in OURS:
            yield from ((node.module, each.name) for each in node.names)


def is_there(module: ModuleType, name: str) -> bool:
    """Whether a module has a name, or a package a module of it."""
    inside = hasattr(module, "__path__") and util.find_spec(f"{module.__name__}.{name}") is not None
    return hasattr(module, name) or inside


@pytest.mark.parametrize("path", sorted((ROOT / "benchmarks").glob("*.py")), ids=lambda path: path.stem)
def test_what_a_benchmark_imports_of_ours_is_there(path: Path) -> None:
    assert not [f"{module}: {name}" for module, name in imported(path) if not is_there(import_module(module), name)]
