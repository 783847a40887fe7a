"""How much room is left between cars: exact distances of oriented boxes."""

from __future__ import annotations

from itertools import combinations

import numpy as np

_CORNERS = np.array([(0.5, 0.5), (-0.5, 0.5), (-0.5, -0.5), (0.5, -0.5)])


def smallest_gap_m(place_m: np.ndarray, yaw_rad: np.ndarray, size_m: np.ndarray) -> np.ndarray:
    """The smallest distance (T,) between two of A boxes, 0 where two touch; NaN where there are not two.

    Args:
        place_m: (T, A, 2), of their middles, NaN: not there. yaw_rad: (T, A). size_m: (A, 2), length and width.
    """
    found = np.full(len(place_m), np.inf)
    for a, b in combinations(range(place_m.shape[1]), 2):
        both = np.isfinite(place_m[:, [a, b]]).all((1, 2))
        boxes = (_corners(place_m[both, c], yaw_rad[both, c], size_m[c]) for c in (a, b))
        found[both] = np.minimum(found[both], _gap_m(*boxes))
    return np.where(np.isfinite(found), found, np.nan)


def _corners(place_m: np.ndarray, yaw_rad: np.ndarray, size_m: np.ndarray) -> np.ndarray:
    """(N, 4, 2), around."""
    cosine, sine = np.cos(yaw_rad), np.sin(yaw_rad)
    turn = np.stack([np.stack([cosine, sine], -1), np.stack([-sine, cosine], -1)], 1)
    return np.asarray(place_m[:, None] + (_CORNERS * size_m) @ turn)


def _gap_m(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The distances (N,) of convex boxes (N, 4, 2); 0 where they overlap."""
    apart = np.minimum(_from_edges(one, other), _from_edges(other, one))
    return np.where(_overlap(one, other), 0.0, apart)


def _from_edges(points: np.ndarray, box: np.ndarray) -> np.ndarray:
    """The smallest distance (N,) of points (N, K, 2) from the edges of boxes (N, 4, 2)."""
    along = np.roll(box, -1, 1) - box
    to = points[:, :, None] - box[:, None]
    share = np.clip((to * along[:, None]).sum(-1) / np.maximum((along**2).sum(-1), 1e-12)[:, None], 0.0, 1.0)
    away = to - share[..., None] * along[:, None]
    return np.asarray(np.hypot(away[..., 0], away[..., 1]).min((1, 2)))


def _overlap(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Whether no side of either separates them, (N,)."""
    apart = np.zeros(len(one), bool)
    for box in (one, other):
        for side in (box[:, 1] - box[:, 0], box[:, 2] - box[:, 1]):
            p, q = ((corners * side[:, None]).sum(-1) for corners in (one, other))
            apart |= (p.max(1) < q.min(1)) | (q.max(1) < p.min(1))
    return ~apart
