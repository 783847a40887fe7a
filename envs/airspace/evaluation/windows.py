"""Windows of time in two series of flags, matched one to one by how much they overlap."""

from __future__ import annotations

import numpy as np
from numba import njit

from envs.airspace.evaluation.flight import STEP_S

TRUTH_GROWTH = round(30.0 / STEP_S)
ALERT_GROWTH = round(10.0 / STEP_S)
AFTERMATH = round(60.0 / STEP_S)
"""In steps: by how much windows of either kind grow on both sides, and how long is looked at after a truth's end."""

OVERLAP = 0.3
"""Smallest intersection over union of a match."""

NUM_FINDINGS = 5


def match_windows(
    truth: np.ndarray, alert: np.ndarray, watched: np.ndarray, separation_nm: np.ndarray, loss_nm: float
) -> np.ndarray:
    """Match the windows of N series.

    Args:
        truth, alert: (N, T) bool, True only where watched.
        watched: (N, T) bool, one run of steps; windows do not grow beyond it.
        separation_nm: (N, T) smallest separation within each step; inf where nobody flew.
        loss_nm: below it separation is lost.

    Returns:
        (N, 5) int64: windows of truth, of alert, matches, sum over matches of the truth's first step minus the alert's
        (before growing), and matches without loss of separation in the 60 s after the grown truth's end (where that
        reaches the end of the watch: in its last 60 s).
    """
    findings = np.zeros((len(truth), NUM_FINDINGS), np.int64)
    _match_all(truth, alert, watched, separation_nm, loss_nm, findings)
    return findings


@njit(cache=True)
def _match_all(truth, alert, watched, separation, loss_nm, findings):
    """Fill `findings` (N, 5)."""
    num_steps = truth.shape[1]
    truths, alerts = np.empty((num_steps, 3), np.int64), np.empty((num_steps, 3), np.int64)
    free = np.empty(num_steps, np.bool_)
    for n in range(truth.shape[0]):
        begin, end = _extent(watched[n])
        num_truths = _windows(truth[n], begin, end, TRUTH_GROWTH, truths)
        num_alerts = _windows(alert[n], begin, end, ALERT_GROWTH, alerts)
        findings[n, 0], findings[n, 1] = num_truths, num_alerts
        free[:] = True
        for i in range(num_truths):
            best = _best(truths[i], alerts[:num_alerts], free)
            if best >= 0:
                free[best] = False
                findings[n, 2] += 1
                findings[n, 3] += truths[i, 2] - alerts[best, 2]
                findings[n, 4] += _keeps_apart(separation[n], truths[i, 1], begin, end, loss_nm)


@njit(cache=True)
def _extent(flags):
    """The first True and the one after the last."""
    begin, end = 0, 0
    for t in range(flags.shape[0]):
        if flags[t]:
            begin = t if end == 0 else begin
            end = t + 1
    return begin, end


@njit(cache=True)
def _windows(flags, begin, end, growth, windows):
    """Fill (grown first step, grown first step after, first step) of each run of True, and return their number."""
    count = 0
    for t in range(begin, end):
        if flags[t]:
            if t == begin or not flags[t - 1]:
                windows[count, 0], windows[count, 2] = max(begin, t - growth), t
                count += 1
            windows[count - 1, 1] = min(end, t + 1 + growth)
    return count


@njit(cache=True)
def _best(window, others, free):
    """The free one of `others` of largest intersection over union, at least 0.3, the earliest of equals; -1: none."""
    best, largest = -1, 0.0
    for i in range(others.shape[0]):
        shared = min(window[1], others[i, 1]) - max(window[0], others[i, 0])
        if free[i] and shared > 0:
            overlap = shared / (max(window[1], others[i, 1]) - min(window[0], others[i, 0]))
            if overlap >= OVERLAP and overlap > largest:
                best, largest = i, overlap
    return best


@njit(cache=True)
def _keeps_apart(separation, after, begin, end, loss_nm):
    """Whether no step of the 60 s from `after` on, or of the last 60 s of the watch, saw a loss of separation."""
    first = after if after < end else max(begin, end - AFTERMATH)
    smallest = np.inf
    for t in range(first, min(end, first + AFTERMATH)):
        smallest = min(smallest, separation[t])
    return smallest >= loss_nm
