"""Mutations of valid files, drawn from a seed: bytes cut, flipped or put in, JSON values replaced by others."""

from __future__ import annotations

import copy
import datetime
import decimal
import io
import json
import random
import re
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


def mutate_lines(content: bytes, rng: random.Random) -> bytes:
    """A word or a line of text replaced, doubled, taken out or moved."""
    lines = content.decode(errors="surrogateescape").split("\n")
    at = rng.randrange(len(lines))
    way = rng.choice(("word", "word", "word", "remove", "double", "move", "indent"))
    if way == "word":
        lines[at] = _with_another_word(lines[at], rng)
    elif way == "remove":
        del lines[at]
    elif way == "double":
        lines.insert(at, lines[at])
    elif way == "indent":
        lines[at] = " " * rng.randrange(5) + lines[at].lstrip()
    else:
        lines.insert(rng.randrange(len(lines)), lines.pop(at))
    return "\n".join(lines).encode(errors="surrogateescape")


_WORDS = (
    *("", "0", "-1", "1e400", "-1e308", "nan", ".nan", ".inf", "9" * 5000, "1:30", "0x10", "null", "~", "true", "x"),
    *("\x00", "\x1b[31m", "../x", "é" * 300, "[", "]", "{a: b}", "&a [*a]", "*a", "!!binary aGk=", "!!set {a}"),
    *("? [a]", "2001-01-01", "!!python/name:os.system", "\t", "'", '"', "#", ">", "|", "<<: {a: b}", "[" * 3000),
)
"""What stands where another word belongs."""


def _with_another_word(line: str, rng: random.Random) -> str:
    words = re.split(r"([\s,:;=>{}\[\]]+)", line)
    words[rng.randrange(len(words))] = rng.choice(_WORDS)
    return "".join(words)


def mutate_table(content: bytes, rng: random.Random) -> bytes:
    """A column of a Parquet file replaced, renamed, taken out; rows doubled, mixed or taken out."""
    import pandas as pd

    try:
        table = pd.read_parquet(io.BytesIO(content))
    except Exception:  # noqa: BLE001 - mutated before: no table any more
        return mutate_bytes(content, rng)
    if not len(table.columns) or not len(table):
        return mutate_bytes(content, rng)
    column = rng.choice(list(table.columns))
    way = rng.choice(("column", "column", "cell", "cell", "rename", "drop", "double", "mix", "none", "index"))
    if way == "column":
        table[column] = [rng.choice(_CELLS)] * len(table)
    elif way == "cell" and len(table):
        cells = list(table[column])
        cells[rng.randrange(len(cells))] = rng.choice(_CELLS)
        table[column] = cells
    elif way == "rename":
        table = table.rename(columns={column: rng.choice(("", "x", "episode", "set", "scenario", *table.columns))})
    elif way == "drop":
        table = table.drop(columns=column)
    elif way == "double":
        table = pd.concat([table, table.iloc[: rng.randrange(len(table)) + 1]], ignore_index=True)
    elif way == "mix":
        table = table.sample(frac=min(1.0, rng.random() + 0.01), random_state=rng.randrange(2**32))
    elif way == "none":
        table = table.iloc[:0]
    else:
        table = table.set_index(column)
    written = io.BytesIO()
    try:
        table.to_parquet(written)
    except (
        ValueError,
        TypeError,
        OverflowError,
        ArithmeticError,
    ):  # no table of Parquet's: two columns of a name and the like
        return mutate_bytes(content, rng)
    return written.getvalue()


_CELLS: tuple[Any, ...] = (
    *(None, True, 0, -1, 2**62, 1e308, float("nan"), float("inf"), "", "x", "<b>", b"x", [1, 2], {"a": 1}),
    *(datetime.date(2000, 1, 1), datetime.timedelta(1), decimal.Decimal("1.5")),
)


def mutate_tensors(content: bytes, rng: random.Random) -> bytes:
    """The header of a file of safetensors, or the plain values in it, changed as JSON is."""
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    if rng.random() < 0.3:
        text = mutate_json(json.dumps(header), rng)[0]
    else:
        header["__metadata__"]["murmuration"] = mutate_json(header["__metadata__"]["murmuration"], rng)[0]
        text = json.dumps(header)
    head = text.encode(errors="surrogatepass")
    return len(head).to_bytes(8, "little") + head + content[8 + size :]
