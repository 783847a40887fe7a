"""Round numbers for grids, axes and scales: .. 0.5, 1, 2, 5, 10, 20 .."""

from __future__ import annotations

import math

_CLOSE = 1e-9


def rounded_up(least: float) -> float:
    """The next round number that is not below."""
    power = 10.0 ** math.floor(math.log10(least))
    return float(next(number * power for number in (1, 2, 5, 10) if number * power >= least * (1 - _CLOSE)))


def rounded_down(most: float) -> float:
    """The last round number that is not above."""
    power = 10.0 ** math.floor(math.log10(most * (1 + _CLOSE)))
    return float(max(number * power for number in (1, 2, 5) if number * power <= most * (1 + _CLOSE)))
