"""Lights, stop lines, limits along a line, and who goes first where two lines meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from envs.roads.outside.commonroad.files import Light
from envs.roads.outside.commonroad.lanelets import Lanelet
from envs.roads.simulation.geometry.lines import wrapped

YIELDS, GOES_FIRST = {"205", "206", "R1-1", "R1-2"}, {"301", "306"}
SHOWN = {"274", "R2-1", *YIELDS, *GOES_FIRST}
"""Signs of which something is taken."""

_TURNS_RAD = np.radians(35.0)
_CROSSES_RAD, _ONCOMING_RAD = np.radians(30.0), np.radians(150.0)


@dataclass(frozen=True)
class Stop:
    """The first stop line with a light on a line: m along it, the light, and where a second one is; infinite: none."""

    stop_m: float
    light: str
    second_m: float


def first_stop(
    line_m: np.ndarray, lanes: Sequence[Lanelet | None], front_m: float, lights: Mapping[str, Light]
) -> Stop:
    """See Stop; lights behind `front_m` are past.

    Args:
        lanes: of each of the line's points.
    """
    found: list[tuple[float, str]] = []
    for lanelet in dict.fromkeys(lane for lane in lanes if lane is not None and lane.lights):
        last = max(n for n, lane in enumerate(lanes) if lane is lanelet)
        if last == len(lanes) - 1 and np.hypot(*(line_m[-1] - lanelet.middle_m[-1])) > 2.0:
            continue  # it ends before the stop line
        shown = [ref for ref in lanelet.lights if ref in lights and lights[ref].active]
        if last > front_m and shown:
            found.append((float(last), _for_turn(shown, lights, line_m, last)))
    if not found:
        return Stop(np.inf, "", np.inf)
    return Stop(*found[0], second_m=found[1][0] if len(found) > 1 else np.inf)


def _for_turn(shown: Sequence[str], lights: Mapping[str, Light], line_m: np.ndarray, at: int) -> str:
    """The light that a turn heeds: the one that is for it, else for all, else the first."""
    way = np.diff(line_m, axis=0)
    heading = np.unwrap(np.arctan2(way[:, 1], way[:, 0]))
    turned = heading[min(at + 30, len(heading) - 1)] - heading[min(at, len(heading) - 1)]
    turn = "straight" if abs(turned) < _TURNS_RAD else "left" if turned > 0.0 else "right"
    for wanted in (turn, "all"):
        for ref in shown:
            if wanted in lights[ref].turns.lower():
                return ref
    return shown[0]


def times_of(light: Light) -> dict[str, float]:
    """A light as `cycle_s`, `green_from_s`, `green_until_s`, `amber_s`, its cycle beginning at time 0.

    Raises:
        ValueError: it has no cycle, more than one green, or is green or amber over the cycle's end.
    """
    colours = [colour for colour, _ in light.phases]
    if colours.count("green") != 1:
        raise ValueError(f"cycle: got {colours.count('green')} greens, wanted one")
    seconds = [length for _, length in light.phases]
    cycle, at = sum(seconds), colours.index("green")
    amber = seconds[(at + 1) % len(seconds)] if colours[(at + 1) % len(seconds)] == "yellow" else 0.0
    begin = (sum(seconds[:at]) + light.offset_s) % cycle
    return {
        "cycle_s": cycle,
        "green_from_s": round(begin, 6),
        "green_until_s": round(begin + seconds[at], 6),
        "amber_s": amber,
    }


def limits_of(lanes: Sequence[Lanelet | None], default_mps: float) -> list[tuple[float, float]]:
    """From where which limit holds along a line, (m, m/s)."""
    found: list[tuple[float, float]] = []
    for n, lane in enumerate(lanes):
        limit = default_mps if lane is None or not np.isfinite(lane.limit_mps) else min(lane.limit_mps, 60.0)
        if lane is None and found:
            continue
        if not found or found[-1][1] != limit:
            found.append((float(n), limit))
    return [(0.0, found[0][1]), *found[1:]]


def goes_first(lines_m: Sequence[np.ndarray], lanes: Sequence[Sequence[Lanelet | None]], signs: Mapping) -> np.ndarray:
    """(R, R), 1: r goes before q where they come near each other, -1: q before r, 0: who comes first.

    By signs that stand on the way there; else who comes from the right, and who does not turn left before oncoming
    traffic; of two that run on in one lane who comes first.
    """
    found = np.zeros((len(lines_m), len(lines_m)))
    ranks = [_ranks(own, signs) for own in lanes]
    headings = [_headings(line) for line in lines_m]
    for r in range(len(lines_m)):
        for q in range(r):
            places = _meeting(lines_m[r], lines_m[q])
            if places is not None:
                found[r, q] = _before(headings[r], headings[q], ranks[r], ranks[q], *places)
                found[q, r] = -found[r, q]
    return found


def _ranks(lanes: Sequence[Lanelet | None], signs: Mapping) -> np.ndarray:
    """What the last sign before each point says: -1 yield, 1 go first, 0 nothing."""
    found, last = np.zeros(len(lanes)), 0.0
    for n, lane in enumerate(lanes):
        kinds = {kind for ref in (lane.signs if lane else ()) for kind, _ in signs.get(ref, ())}
        last = -1.0 if kinds & YIELDS else 1.0 if kinds & GOES_FIRST else last
        found[n] = last
    return found


def _headings(line_m: np.ndarray) -> np.ndarray:
    way = np.gradient(line_m, axis=0)
    return np.unwrap(np.arctan2(way[:, 1], way[:, 0]))


def _meeting(one: np.ndarray, other: np.ndarray) -> tuple[int, int] | None:
    """Where each of two lines first is nearer than 2 m to the other."""
    near = ((one[:, None] - other[None]) ** 2).sum(-1) < 4.0
    if not near.any():
        return None
    return int(np.argmax(near.any(1))), int(np.argmax(near.any(0)))


def _before(h_r: np.ndarray, h_q: np.ndarray, rank_r: np.ndarray, rank_q: np.ndarray, at_r: int, at_q: int) -> float:
    if rank_r[at_r] != rank_q[at_q]:
        return float(np.sign(rank_r[at_r] - rank_q[at_q]))
    r, q = h_r[max(at_r - 8, 0)], h_q[max(at_q - 8, 0)]
    apart = float(wrapped(q - r))
    if abs(apart) < _CROSSES_RAD:
        return 0.0
    if abs(apart) > _ONCOMING_RAD:
        left_r, left_q = (
            h[min(at + 12, len(h) - 1)] - h[max(at - 8, 0)] > _TURNS_RAD for h, at in ((h_r, at_r), (h_q, at_q))
        )
        return float(int(left_q) - int(left_r))
    return -1.0 if apart > 0.0 else 1.0
