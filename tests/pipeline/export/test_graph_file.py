"""Facts about looking into a network's file that others wrote."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from conftest import ROOT

from pipeline.export.graph_file import numbers_of, read_graph

CHAMPION = ROOT / "champions/airspace/generic/policy.onnx"


def test_the_numbers_of_a_whole_file_are_read() -> None:
    graph = read_graph(CHAMPION)
    assert all(np.isfinite(numbers_of(tensor, CHAMPION)).all() for tensor in graph.initializer)


def test_a_file_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    (tmp_path / "it.onnx").write_bytes(CHAMPION.read_bytes()[:1000])
    with pytest.raises(ValueError, match=r"it\.onnx: not a whole ONNX model \(truncated\?\)"):
        read_graph(tmp_path / "it.onnx")


def test_numbers_in_another_file_are_not_looked_for(tmp_path: Path) -> None:
    model = onnx.load(str(CHAMPION))
    tensor = model.graph.initializer[0]
    tensor.data_location = onnx.TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "../../etc/passwd"
    (tmp_path / "it.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(ValueError, match=rf"it\.onnx: {tensor.name}: its numbers lie in another file"):
        read_graph(tmp_path / "it.onnx")


def test_fewer_numbers_than_a_shape_says_are_refused(tmp_path: Path) -> None:
    model = onnx.load(str(CHAMPION))
    tensor = next(own for own in model.graph.initializer if own.raw_data)
    tensor.raw_data = tensor.raw_data[:4]
    with pytest.raises(ValueError, match=rf"it\.onnx: {tensor.name}: not the numbers that its shape says"):
        numbers_of(tensor, tmp_path / "it.onnx")
