"""Tensors and plain values on disk: equal to the last bit, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

from pipeline.policies.tensor_files import read_tensors, write_tensors

VALUES: dict[str, Any] = {
    "optimizer": {"state": {0: {"step": torch.tensor(3.0), "seen": torch.ones(2, 3).T}}, "betas": (0.9, 0.999)},
    "words": ["a", None, True, 1, 0.1 + 0.2, float("inf"), {}, [], ()],
    "numbers": [
        torch.tensor([1, 2]),
        torch.tensor([True]),
        torch.zeros(0, 4),
        torch.tensor([0.1], dtype=torch.float64),
    ],
}


def same(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor):
        return isinstance(other, torch.Tensor) and one.dtype == other.dtype and torch.equal(one, other)
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def test_all_comes_back_equal_also_keys_that_are_numbers(tmp_path: Path) -> None:
    write_tensors(tmp_path / "file", VALUES)
    assert same(read_tensors(tmp_path / "file"), VALUES)


def test_a_tensor_that_stands_in_two_places_comes_back_in_both(tmp_path: Path) -> None:
    shared = torch.arange(6.0)
    write_tensors(tmp_path / "file", {"whole": shared, "again": shared, "part": shared[2:4]})
    assert same(read_tensors(tmp_path / "file"), {"whole": shared, "again": shared, "part": torch.tensor([2.0, 3.0])})


def test_equal_values_are_equal_files_that_others_read(tmp_path: Path) -> None:
    for name in ("one", "other"):
        write_tensors(tmp_path / name, VALUES)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
    read = safetensors.torch.load_file(tmp_path / "one")
    assert torch.equal(read["/optimizer/state/0/seen"], torch.ones(3, 2))


def test_what_is_neither_tensor_nor_plain_value_is_refused_by_its_place(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="/a/1: got a set, wanted a tensor or a plain value"):
        write_tensors(tmp_path / "file", {"a": [1, {2}]})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        {"murmuration": "not JSON"},
        {"murmuration": json.dumps({"format": 9, "values": {"mapping": []}})},
        {"murmuration": json.dumps({"format": 2, "values": {"tensor": "nowhere"}})},
        {"murmuration": json.dumps({"format": 2, "values": {"unknown": []}})},
        {"murmuration": "[" * 100_000},
    ],
)
def test_safetensors_of_others_are_refused_by_name(metadata: dict[str, str] | None, tmp_path: Path) -> None:
    safetensors.torch.save_file({"a": torch.ones(1)}, tmp_path / "file", metadata)
    with pytest.raises(ValueError, match=r"file: wanted safetensors of format 2, run `dvc repro train` again"):
        read_tensors(tmp_path / "file")
