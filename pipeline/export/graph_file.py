"""A network of ONNX as a graph, for those who look at it rather than run it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from google.protobuf.message import DecodeError


def read_graph(path: Path) -> onnx.GraphProto:
    """The graph of a file that holds all of its numbers itself.

    Raises:
        ValueError: it is no ONNX, or says that its numbers lie elsewhere; names it.
    """
    try:
        graph = onnx.load(str(path), load_external_data=False).graph
    except DecodeError as error:
        raise ValueError(f"{path}: not a whole ONNX model (truncated?): {error}") from None
    names = [name for node in graph.node for name in (node.op_type, *node.input, *node.output)]
    if not all(isinstance(name, str) for name in (*names, *(tensor.name for tensor in graph.initializer))):
        raise ValueError(f"{path}: not a whole ONNX model (truncated?): a name in it is no text")
    elsewhere = [tensor.name for tensor in graph.initializer if tensor.external_data]
    if elsewhere:
        raise ValueError(f"{path}: {elsewhere[0]}: its numbers lie in another file, wanted all in this one")
    return graph


def numbers_of(tensor: onnx.TensorProto, path: Path) -> np.ndarray:
    """What a tensor of the file holds.

    Raises:
        ValueError: fewer or other numbers than its shape says; names file and tensor.
    """
    try:
        return onnx.numpy_helper.to_array(tensor)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"{path}: {tensor.name}: not the numbers that its shape says ({error})") from None
