"""Numbers that are drawn anew for each episode, from its seed: what a person writes, and the drawing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any, Self

import numpy as np
from pydantic import Field, model_validator

from envs.ground.compiled.random_draws import advance, mix
from envs.ground.record import MOST, Record, Share

Number = Annotated[float, Field(ge=-MOST, le=MOST)]
Ends = tuple[Number, Number]
Choice = bool | int | float | str

_KINDS = ("uniform", "log_uniform", "normal", "ranges", "choice")
_FURTHEST = 3.0
"""Deviations from the mean at which normal numbers are cut off, so that their least and largest can be checked."""


class Distribution(Record):
    """What a value is drawn from (one of the five), and how often it is drawn at all."""

    uniform: Ends | None = None
    """From the first to the second."""
    log_uniform: Ends | None = None
    """The same, uniform in the logarithm."""
    normal: Ends | None = None
    """Mean and standard deviation; drawn again by the same number's place, never further than three deviations."""
    ranges: Annotated[tuple[Ends, ...], Field(min_length=1)] | None = None
    """Uniform over several ranges together: a wider one is drawn more often."""
    choice: Annotated[tuple[Choice, ...], Field(min_length=1)] | None = None
    """Each as often."""
    share: Share = 1.0
    """Of draws in which the value is drawn; in the others it stays as it is set."""
    alike: bool = False
    """Whether all agents of an episode draw the same."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        given = [kind for kind in _KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError(f"got {', '.join(given) or 'none'}, wanted one of {', '.join(_KINDS)}")
        for low, high in self._intervals():
            if low > high:
                raise ValueError(f"{given[0]}: got [{low:g}, {high:g}], wanted the lower end first")
        if self.log_uniform is not None and self.log_uniform[0] <= 0:
            raise ValueError(f"log_uniform: got {self.log_uniform[0]:g}, wanted a number above 0")
        if self.normal is not None and self.normal[1] < 0:
            raise ValueError(f"normal: got a deviation of {self.normal[1]:g}, wanted 0 or more")
        return self

    def _intervals(self) -> tuple[Ends, ...]:
        return self.ranges or tuple(ends for ends in (self.uniform, self.log_uniform) if ends)

    def extremes(self) -> tuple[Choice, ...]:
        """Values between which, or of which, all are: for checks of what may be drawn."""
        if self.choice is not None:
            return self.choice
        if self.normal is not None:
            mean, deviation = self.normal
            return (mean - _FURTHEST * deviation, mean + _FURTHEST * deviation)
        return tuple(end for ends in self._intervals() for end in ends)

    def of(self, numbers: np.ndarray) -> np.ndarray:
        """The values that numbers in [0, 1) stand for, by the inverse of the distribution function.

        Args:
            numbers: any shape. The result has it, too; of a choice, it holds places in the list, int64.
        """
        if self.choice is not None:
            return np.minimum((numbers * len(self.choice)).astype(np.int64), len(self.choice) - 1)
        if self.normal is not None:
            return self.normal[0] + self.normal[1] * _normal(numbers)
        if self.log_uniform is not None:
            low, high = np.log(self.log_uniform)
            return np.exp(low + (high - low) * numbers)
        return _of_ranges(self._intervals(), numbers)


def uniform_numbers(seeds: np.ndarray, stream: int, columns: int) -> np.ndarray:
    """Numbers in [0, 1), shape (N, columns), that depend on a row's seed, the stream and the column alone.

    SplitMix64 of the seed, a stream's own start: rows are the same whoever stands beside them.

    Args:
        seeds: (N,) uint64, of episodes; their two highest bits name the split, so splits never share a draw's seed.
        stream: another one for each value that is drawn.
    """
    with np.errstate(over="ignore"):
        start = mix.py_func(advance.py_func(seeds.astype(np.uint64) ^ mix.py_func(np.uint64(_STREAMS + stream))))
        steps = np.arange(1, columns + 1, dtype=np.uint64) * np.uint64(_STEP)
        drawn = mix.py_func(start[:, None] + steps[None, :])
    return (drawn >> np.uint64(11)).astype(np.float64) * 2.0**-53


_STREAMS, _STEP = 0x6A09E667F3BCC908, 0x9E3779B97F4A7C15


def _of_ranges(intervals: Sequence[Ends], numbers: np.ndarray) -> np.ndarray:
    lows = np.array([low for low, _ in intervals])
    widths = np.array([high - low for low, high in intervals])
    ends = np.cumsum(widths)
    along = numbers * ends[-1]
    place = np.minimum(np.searchsorted(ends, along, side="right"), len(lows) - 1)
    return lows[place] + np.clip(along - (ends[place] - widths[place]), 0.0, widths[place])


def _normal(numbers: np.ndarray) -> np.ndarray:
    """Standard normal numbers cut off at three deviations, by the inverse of the cut-off distribution function."""
    from scipy.special import ndtri

    outside = 0.5 * math.erfc(_FURTHEST / math.sqrt(2.0))
    return np.asarray(ndtri(outside + (1.0 - 2.0 * outside) * numbers), np.float64)


def value_of(distribution: Distribution, drawn: Any) -> Choice:
    """The value that a number of `Distribution.of` stands for."""
    return drawn if distribution.choice is None else distribution.choice[int(drawn)]
