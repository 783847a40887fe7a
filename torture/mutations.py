"""Mutations of valid files, drawn from a seed: bytes cut, flipped or put in, JSON values replaced by others."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 1.5, 10**400, -(10**30), 1e308, float("nan"), float("inf")),
    *("", "x", "\x00", "é" * 50, "../x", "[bold]x[/bold]", [], {}, [[]], {"": None}, [None], [1] * 1000),
)
"""Values that stand where others belong."""


def mutate_bytes(content: bytes, rng: random.Random) -> bytes:
    """Cut off, flipped, put in or taken out."""
    changed = bytearray(content)
    way = rng.choice(("cut", "flip", "insert", "remove", "zero"))
    at = rng.randrange(len(changed))
    if way == "cut":
        del changed[at:]
    elif way == "flip":
        for _ in range(rng.choice((1, 4, 64))):
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    elif way == "insert":
        changed[at:at] = rng.randbytes(rng.choice((1, 16, 4096)))
    elif way == "remove":
        del changed[at : at + rng.choice((1, 16, 256))]
    else:
        changed[at : at + 64] = bytes(len(changed[at : at + 64]))
    return bytes(changed)


def mutate_json(text: str, rng: random.Random) -> tuple[str, str]:
    """One value replaced, taken out or doubled; the text, and what was done."""
    document = copy.deepcopy(json.loads(text))
    places = list(_places(document))
    holder, key, name = rng.choice(places)
    way = rng.choice(("replace", "replace", "replace", "remove", "rename"))
    if way == "remove" or (way == "rename" and isinstance(holder, list)):
        del holder[key]
        return json.dumps(document), f"{name} taken out"
    if way == "rename":
        holder[f"{key}x"] = holder.pop(key)
        return json.dumps(document), f"{name} renamed"
    value = rng.choice(ODD)
    holder[key] = value
    return json.dumps(document), f"{name} = {str(value)[:20]!r}"


def _places(document: Any, name: str = "") -> Iterator[tuple[Any, Any, str]]:
    """Each value of a document: what holds it, under which key, and its dotted name."""
    pairs = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in pairs:
        dotted = f"{name}.{key}".strip(".")
        yield document, key, dotted
        yield from _places(value, dotted)
