"""An exported policy as plain values that templates/network.js runs: the part of its graph that `action` needs."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from pipeline.ground.templates import source

INPUT, OUTPUT = "obs", "action"


def operators() -> frozenset[str]:
    """Those that the script knows, by ONNX's names."""
    table = source("show/network.js").split("const OPERATORS = {")[1].split("\n};")[0]
    return frozenset(re.findall(r"\b([A-Z]\w+)(?=[:,])", table))


def graph_of(path: Path) -> dict[str, Any]:
    """The nodes in their order and the tensors by name, as JSON has them; numbers in base64, float32.

    Raises:
        ValueError: an operator that the script does not know, or another input than the observation.
    """
    graph = onnx.load(str(path)).graph
    nodes, needed = [], {OUTPUT}
    for node in reversed(graph.node):
        if needed & set(node.output):
            nodes.append(node)
            needed |= set(node.input)
    unknown = sorted({node.op_type for node in nodes} - operators() - {"Constant"})
    if unknown:
        raise ValueError(f"{path}: {', '.join(unknown)}: no operator that the page knows, wanted a policy without it")
    others = sorted(given.name for given in graph.input if given.name in needed and given.name != INPUT)
    if others:
        raise ValueError(f"{path}: takes {', '.join(others)}, the page knows policies that take {INPUT} alone")
    tensors = {tensor.name: _numbers(tensor) for tensor in graph.initializer if tensor.name in needed}
    constants = [node for node in nodes if node.op_type == "Constant"]
    tensors |= {node.output[0]: _attributes(node)["value"] for node in constants}
    ordered = [node for node in reversed(nodes) if node.op_type != "Constant"]
    return {
        "input": INPUT,
        "output": OUTPUT,
        "tensors": tensors,
        "nodes": [
            {
                "operator": node.op_type,
                "inputs": list(node.input),
                "result": node.output[0],
                "attributes": _attributes(node),
            }
            for node in ordered
        ],
    }


def _attributes(node: onnx.NodeProto) -> dict[str, Any]:
    values = {own.name: onnx.helper.get_attribute_value(own) for own in node.attribute}
    return {name: _numbers(own) if isinstance(own, onnx.TensorProto) else _plain(own) for name, own in values.items()}


def _plain(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value if isinstance(value, int | float) else list(value)


def _numbers(tensor: onnx.TensorProto) -> dict[str, Any]:
    array = onnx.numpy_helper.to_array(tensor)
    if array.dtype.kind in "iub":
        return {"shape": list(array.shape), "integers": array.ravel().astype(int).tolist()}
    coded = base64.b64encode(np.ascontiguousarray(array, "<f4").tobytes()).decode()
    return {"shape": list(array.shape), "floats": coded}
