"""What yaml may say and JSON cannot: refused by its key, before anything walks through it."""

from __future__ import annotations

from typing import Any

from pipeline.ground.checks import ParamsError

MOST_VALUES = 10**6
"""Of a file: aliases make few lines say more than any memory holds."""
_DEEPEST = 50
_LARGEST = 2**64
_WISH = "wanted plain values: numbers, text, true, false, null, lists, keys with values"


def check_plain(values: Any, source: str) -> None:
    """Check that values are what JSON has, in some million places at most, whole numbers below 2^64.

    Raises:
        ParamsError: naming `source`, key, what came and what was wanted.
    """
    left = MOST_VALUES
    waiting: list[tuple[tuple[Any, ...], Any]] = [((), values)]
    while waiting:
        way, value = waiting.pop()
        left -= 1
        if left < 0 or len(way) > _DEEPEST:
            raise ParamsError(f"{_place(source, way)}: values within values without end (aliases?), {_WISH}")
        _check_one(value, _place(source, way))
        if isinstance(value, dict | list):
            waiting += [
                ((*way, key), own) for key, own in (value.items() if isinstance(value, dict) else enumerate(value))
            ]


def _check_one(value: Any, place: str) -> None:
    if not (value is None or isinstance(value, bool | int | float | str | dict | list)):
        raise ParamsError(f"{place}: got a {type(value).__name__}, {_WISH}")
    if isinstance(value, int) and abs(value) >= _LARGEST:
        raise ParamsError(f"{place}: got a whole number of {value.bit_length()} bits, wanted one below 2^64")
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str | int):
                raise ParamsError(f"{place}: got the key {str(key)[:40]!r}, wanted one that is text")


def _place(source: str, way: tuple[Any, ...]) -> str:
    return ": ".join(filter(None, (source, ".".join(str(part)[:40] for part in way[:8]))))
