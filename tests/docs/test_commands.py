"""What the documents tell readers to type is what check takes."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from conftest import ROOT
from dvc.utils.hydra import apply_overrides, get_hydra_sweeps

from pipeline.settings.params import read_params
from pipeline.settings.worlds import check_all

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BY_READERS = {"worlds=[meadow]"}
"""Values of worlds that readers make themselves."""


def commands(document: Path) -> Iterator[tuple[str, ...]]:
    """The values that each `dvc exp run` of a document's blocks sets; a line that ends with \\ goes on in the next."""
    text = re.sub(r"\\\n\s+", "", document.read_text(encoding="utf-8"))
    for line in re.findall(r"^ {4,}dvc exp run .*-S .*$", text, re.MULTILINE):
        words = shlex.split(line, comments=True)
        values = tuple(word for before, word in pairwise(words) if before == "-S")
        yield from (tuple(one["params.yaml"]) for one in get_hydra_sweeps({"params.yaml": list(values)}))


WRITTEN = [
    (document, values) for document in DOCUMENTS for values in commands(document) if not BY_READERS & set(values)
]


def test_the_documents_tell_many() -> None:
    assert len(WRITTEN) > 30


@pytest.mark.long
@pytest.mark.parametrize(
    ("document", "values"), [pytest.param(*one, id=f"{one[0].stem}: {' '.join(one[1])}") for one in WRITTEN]
)
def test_what_a_document_tells_to_set_is_accepted(document: Path, values: tuple[str, ...], tmp_path: Path) -> None:
    file = tmp_path / "params.yaml"
    shutil.copy(ROOT / "params.yaml", file)
    apply_overrides(file, list(values))
    check_all(read_params(file), str(file))
