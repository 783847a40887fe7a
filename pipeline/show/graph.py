"""An exported policy as plain values that templates/network.js runs: the part of its graph that `action` needs."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from pipeline.export.graph_file import numbers_of, read_graph
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
    graph = read_graph(path)
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
    tensors = {tensor.name: _numbers(tensor, path) for tensor in graph.initializer if tensor.name in needed}
    constants = [node for node in nodes if node.op_type == "Constant"]
    tensors |= {node.output[0]: _value_of(node, path) for node in constants}
    ordered = [node for node in reversed(nodes) if node.op_type != "Constant"]
    return {
        "input": INPUT,
        "output": OUTPUT,
        "tensors": tensors,
        "nodes": [
            {
                "operator": node.op_type,
                "inputs": list(node.input),
                "result": _first(node, path),
                "attributes": _attributes(node, path),
            }
            for node in ordered
        ],
    }


def _first(node: onnx.NodeProto, path: Path) -> str:
    if not node.output:
        raise ValueError(f"{path}: {node.op_type}: has no output, wanted one")
    return node.output[0]


def _attributes(node: onnx.NodeProto, path: Path) -> dict[str, Any]:
    return {own.name: _plain(own, path) for own in node.attribute}


def _value_of(node: onnx.NodeProto, path: Path) -> Any:
    """Of a constant."""
    found = _attributes(node, path)
    if "value" not in found or not node.output:
        raise ValueError(f"{path}: {node.name or 'a constant'}: has no value, wanted one")
    return found["value"]


def _plain(attribute: onnx.AttributeProto, path: Path) -> Any:
    """As JSON has it: a number, a text, a list of numbers, or a tensor."""
    try:
        value = onnx.helper.get_attribute_value(attribute)
        value = value.decode() if isinstance(value, bytes) else value
    except ValueError as error:
        raise ValueError(f"{path}: attribute {attribute.name!r}: {error}") from None
    if isinstance(value, onnx.TensorProto):
        return _numbers(value, path)
    if isinstance(value, int | float | str):
        return value
    if not isinstance(value, Iterable) or not all(isinstance(part, int | float) for part in value):
        raise ValueError(f"{path}: attribute {attribute.name!r}: got {type(value).__name__}, wanted numbers or text")
    return list(value)


def _numbers(tensor: onnx.TensorProto, path: Path) -> dict[str, Any]:
    array = numbers_of(tensor, path)
    if array.dtype.kind in "iub":
        return {"shape": list(array.shape), "integers": array.ravel().astype(int).tolist()}
    if array.dtype.kind != "f" or not np.isfinite(array).all():
        raise ValueError(f"{path}: {tensor.name}: got {array.dtype} or what is not finite, wanted finite numbers")
    coded = base64.b64encode(np.ascontiguousarray(array, "<f4").tobytes()).decode()
    return {"shape": list(array.shape), "floats": coded}
