"""Tensors and plain values in one file of safetensors: who reads it runs nobody's code.

The header, which is JSON, tells each tensor's kind and shape; its metadata has the plain values, and where among them
the tensors stand.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch

from pipeline.ground.writing import write_atomically

FORMAT = 2
_LAYOUT = "murmuration"
_HEAD = 8
"""So many bytes at the file's start say how long its header is."""


def write_tensors(path: Path, values: Mapping[str, Any]) -> None:
    """Write a mapping of tensors, numbers, words, None, and lists, tuples and mappings of them.

    Raises:
        TypeError: something else stands in it.
        OSError: it could not be written; names `path`.
    """
    tensors: dict[str, torch.Tensor] = {}
    layout = {"format": FORMAT, "values": _lay_out(values, "", tensors)}
    content = safetensors.torch.save(tensors, {_LAYOUT: json.dumps(layout)})
    write_atomically(path, lambda beside: beside.write_bytes(content))


def read_tensors(path: Path) -> dict[str, Any]:
    """What `write_tensors` wrote, equal to the last bit.

    Raises:
        ValueError: a file that is missing, truncated, or of another layout; the message names it.
    """
    try:
        content = path.read_bytes()
        tensors = safetensors.torch.load(content)
    except FileNotFoundError:
        raise ValueError(f"{path}: not found, run `dvc repro train` first") from None
    except (OSError, safetensors.SafetensorError, KeyError) as error:  # KeyError: a kind of number that torch has not
        raise ValueError(f"{path}: not a whole file of safetensors (truncated?): {error}") from None
    header = json.loads(content[_HEAD : _HEAD + int.from_bytes(content[:_HEAD], "little")])
    try:
        layout = json.loads(header["__metadata__"][_LAYOUT])
        if layout["format"] == FORMAT:
            return dict(_from_layout(layout["values"], tensors))
    except (KeyError, TypeError, ValueError, RecursionError):  # somebody else's file
        pass
    raise ValueError(f"{path}: wanted safetensors of format {FORMAT}, run `dvc repro train` again")


def _lay_out(value: Any, place: str, tensors: dict[str, torch.Tensor]) -> Any:
    """`value` as JSON has it; its tensors go to `tensors`, by the place where they stand."""
    if isinstance(value, torch.Tensor):
        tensors[place] = value.detach().cpu().clone(memory_format=torch.contiguous_format)
        return {"tensor": place}
    if isinstance(value, Mapping):  # whose keys may be numbers
        return {"mapping": [[key, _lay_out(own, f"{place}/{key}", tensors)] for key, own in value.items()]}
    if isinstance(value, list | tuple):
        parts = [_lay_out(own, f"{place}/{number}", tensors) for number, own in enumerate(value)]
        return {"tuple": parts} if isinstance(value, tuple) else parts
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{place}: got a {type(value).__name__}, wanted a tensor or a plain value")


def _from_layout(laid_out: Any, tensors: Mapping[str, torch.Tensor]) -> Any:
    if isinstance(laid_out, list):
        return [_from_layout(own, tensors) for own in laid_out]
    match laid_out:
        case {"tensor": place}:
            return tensors[place]
        case {"mapping": pairs}:
            return {key: _from_layout(own, tensors) for key, own in pairs}
        case {"tuple": parts}:
            return tuple(_from_layout(own, tensors) for own in parts)
        case dict():
            raise ValueError(f"got {sorted(laid_out)}, wanted tensor, mapping or tuple")
    return laid_out
