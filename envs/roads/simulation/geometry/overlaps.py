"""Which of some oriented boxes overlap: separating axes (Gottschalk, Lin, Manocha, SIGGRAPH 1996)."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from envs.roads.simulation.geometry.lines import normal, toward


def overlapping(boxes: np.ndarray) -> list[tuple[int, int]]:
    """Pairs of N boxes (N, 5), x and y of the middle (m), heading (rad), length and width (m), that overlap."""
    corners = [_corners(box) for box in boxes]
    axes = [np.stack([toward(box[2]), normal(box[2])]) for box in boxes]
    pairs = combinations(range(len(boxes)), 2)
    return [(a, b) for a, b in pairs if not _apart(corners[a], corners[b], np.concatenate([axes[a], axes[b]]))]


def _corners(box: np.ndarray) -> np.ndarray:
    ahead, aside = 0.5 * box[3] * toward(box[2]), 0.5 * box[4] * normal(box[2])
    return np.stack([box[:2] + i * ahead + j * aside for i in (-1, 1) for j in (-1, 1)])


def _apart(one: np.ndarray, other: np.ndarray, axes: np.ndarray) -> bool:
    """Whether some axis separates the corners of two boxes."""
    p, q = one @ axes.T, other @ axes.T
    return bool(((p.max(0) < q.min(0)) | (q.max(0) < p.min(0))).any())
