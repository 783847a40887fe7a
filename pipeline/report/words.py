"""Numbers of the report as words."""

from __future__ import annotations

import math
from collections.abc import Callable

import pandas as pd

NOT_KNOWN = "\N{EN DASH}"
PERCENT = "\N{NO-BREAK SPACE}%"


def percent(rate: float) -> str:
    """Return a rate in 0..1 as percent, with two decimals below ten and none at the ends."""
    if not math.isfinite(rate):
        return NOT_KNOWN
    number = 100 * rate
    if number in (0.0, 100.0):
        return f"{number:.0f}{PERCENT}"
    return f"{number:.{2 if number < 10 or number > 99 else 1}f}{PERCENT}"


def low_to_high(values: pd.Series, words: Callable[[float], str]) -> str:
    low, high = words(values.min()), words(values.max())
    return f"{low.removesuffix(PERCENT)} to {high}"


def in_brackets(low: float, high: float) -> str:
    return f"[{percent(low).removesuffix(PERCENT)} to {percent(high)}]"


def signed(number: float) -> str:
    return f"{number:.2f}".replace("-", "\N{MINUS SIGN}")


def in_words(value: float | str | None) -> str:
    """Return a fact of the training as words: thousands apart, no needless decimals."""
    if value is None:
        return NOT_KNOWN
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 100 or float(value).is_integer() else f"{value:,.3g}"
