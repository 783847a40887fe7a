"""Numbers of the report as words."""

from __future__ import annotations

import math
from collections.abc import Callable

import pandas as pd

NOT_KNOWN = "\N{EN DASH}"
PERCENT = "\N{NO-BREAK SPACE}%"
MINUS = "\N{MINUS SIGN}"


def percent(rate: float) -> str:
    """A rate in 0..1 as percent, with two decimals below ten and none at the ends."""
    if not math.isfinite(rate):
        return NOT_KNOWN
    number = 100 * rate
    if number in (0.0, 100.0):
        return f"{number:.0f}{PERCENT}"
    return f"{number:.{2 if number < 10 or number > 99 else 1}f}{PERCENT}"


def low_to_high(values: pd.Series, words: Callable[[float], str]) -> str:
    """The least and the largest."""
    low, high = words(values.min()), words(values.max())
    return f"{low.removesuffix(PERCENT)} to {high}"


def in_brackets(low: float, high: float, words: Callable[[float], str]) -> str:
    """An interval."""
    return f"[{words(low).removesuffix(PERCENT)} to {words(high)}]"


def signed(number: float) -> str:
    """A number with two decimals, of either sign."""
    return f"{number:.2f}".replace("-", MINUS)


def figure_words(is_share: bool) -> Callable[[float], str]:
    """How a figure is told in tables: as percent, or as a number."""
    return percent if is_share else in_two


def in_words(value: float | str | None) -> str:
    """A fact of the training as words: thousands apart, no needless decimals."""
    if value is None:
        return NOT_KNOWN
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 100 or float(value).is_integer() else f"{value:,.3g}"


def share_of(rate: float) -> str:
    """A rate in 0..1 as percent, with three digits."""
    return f"{100 * rate:.3g}{PERCENT}" if math.isfinite(rate) else NOT_KNOWN


def number_of(number: float) -> str:
    """A number with three digits, thousands apart from 1,000 on."""
    if not math.isfinite(number):
        return NOT_KNOWN
    rounded = round(number, 4) + 0.0  # what is smaller is rounding, and -0 is 0
    return (f"{rounded:,.0f}" if abs(rounded) >= 1000.0 else f"{rounded:.3g}").replace("-", MINUS)


def in_two(number: float) -> str:
    """A number with two decimals; from 100 on whole."""
    if not math.isfinite(number):
        return NOT_KNOWN
    return (f"{number:,.0f}" if abs(number) >= 100.0 else f"{number:.2f}").replace("-", MINUS)
