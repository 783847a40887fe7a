"""One episode as it is drawn: what pages, films, windows and small drawings take of any world."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

Symbol = Literal["circles", "alarm", "goal", "ahead", "finished", ""]


@dataclass(frozen=True, eq=False)
class Look:
    """How all episodes of a world are drawn.

    Attributes:
        unit: of places and lengths.
        seconds: False: time counts steps.
        shape: of an agent. outline: a symbol of so many pixels, in a circle of `radius`; the others are as large as
            `radius` says, a dot's radius, half the length of a car, half the side of a piece; 0: a few pixels.
        outline: (M, 2) corners of the symbol that points up, in pixels, right and down.
        goal_radius: of the ring around a goal.
        near: two agents nearer than this are joined in red, with their distance; NaN: none are.
        ahead: how far in time the line ahead of each reaches; 0: none.
        up: the word at an arrow that points up: "N"; '': no arrow.
        curve_words, curve_unit, limit: what is plotted, and a line across it (NaN: none).
        legend: symbols and what they mean, in their order; a symbol of '' has words alone.
    """

    unit: str = ""
    seconds: bool = True
    shape: Literal["outline", "dot", "car", "piece"] = "dot"
    outline: np.ndarray = field(default_factory=lambda: np.zeros((0, 2)))
    radius: float = 0.0
    goal_radius: float = 0.0
    near: float = math.nan
    ahead: float = 0.0
    up: str = ""
    curve_words: str = ""
    curve_unit: str = ""
    limit: float = math.nan
    legend: tuple[tuple[Symbol, str], ...] = ()


@dataclass(frozen=True, eq=False)
class Scene:
    """One episode: A agents at T samples seen from above, or the world's own pictures, and a curve below.

    Attributes:
        ids: A names; '' and no details: it has no label.
        time: (T,), the first is 0.
        place: (T, A, 2), right and up; NaN: not known. One that is shown goes on to its place at the next sample, and
            where that is not known it stays until then.
        course: (T, A) degrees, clockwise from up; NaN: none.
        shown: (T, A) bool, there from this sample on.
        finished: (T, A) bool, has got what it wanted: drawn hollow.
        alarm: (T, A) bool, something went wrong with it since the sample before: drawn red.
        goal: (A, 2), NaN: none.
        curve: (T,), NaN: not known.
        details: a row per sample of A texts, each below the name; (): none.
        words: a text per sample; (): none.
        summary: of the whole episode in a few words: "smallest distance 4.25 m".
        lines: walls, lanes, cells of a board, each (M, 2).
        frames: T pictures (H, W, 3) uint8 of the world's own, shown in place of agents; None: none.
    """

    look: Look
    ids: tuple[str, ...]
    time: np.ndarray
    place: np.ndarray
    course: np.ndarray
    shown: np.ndarray
    finished: np.ndarray
    alarm: np.ndarray
    goal: np.ndarray
    curve: np.ndarray
    details: Sequence[Sequence[str]] = ()
    words: Sequence[str] = ()
    summary: str = ""
    lines: tuple[np.ndarray, ...] = ()
    frames: Sequence[np.ndarray] | None = None

    @property
    def known(self) -> np.ndarray:
        """(T, A) bool: has a place."""
        return np.isfinite(self.place).all(2)

    @property
    def alarming(self) -> np.ndarray:
        """(T,) bool: something went wrong with somebody since the sample before."""
        return np.asarray(self.alarm.any(1))

    @property
    def end(self) -> float:
        """The time of the last sample."""
        return float(self.time[-1])

    @property
    def step(self) -> float:
        """The time from sample to sample, the middle of all; 1 where there is only one sample."""
        return float(np.median(np.diff(self.time))) if len(self.time) > 1 else 1.0
