"""A joint plan that keeps everybody apart: min-conflicts search over the candidates in the lanes.

S. Minton et al., "Minimizing conflicts", Artificial Intelligence 58 (1992); where nobody alone can do better, pairs
that still conflict weigh more (P. Morris, "The breakout method", AAAI 1993). Nothing is drawn: same state, same plan.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from envs.airspace.baselines.shield.compiled.pairs import lanes_against
from envs.airspace.simulation.compiled.lanes import LANES

_SWEEPS = 12
_MOST_LOOKS, _LOOKS_PER_PAIR = 3000, 4
"""So many lanes of an aircraft are held against another's, at the most: it bounds the time of a decision."""
_NEVER = 1e9


@njit(cache=True)
def _weigh_lanes(losses, a, chosen, weight, costs):
    """Write the weight of the losses of aircraft `a` in each lane (LANES,), the others flying as chosen (n,)."""
    for i in range(LANES):
        costs[i] = 0.0 if losses.tracks.straight[a, i] else _NEVER
    for b in range(chosen.shape[0]):
        if b == a:
            continue
        lost = lanes_against(losses, a, b, chosen[b])
        for i in range(LANES):
            costs[i] += weight[a, b] if (lost >> np.uint32(i)) & np.uint32(1) else 0.0


@njit(cache=True)
def _weigh_more(losses, chosen, weight):
    """Add to the weights (n, n) of the pairs that lose separation as chosen."""
    for a in range(chosen.shape[0]):
        for b in range(chosen.shape[0]):
            if b != a and (lanes_against(losses, a, b, chosen[b]) >> np.uint32(chosen[a])) & np.uint32(1):
                weight[a, b] += 1.0


@njit(cache=True)
def _sweep(losses, chosen, weight, costs):
    """Give each aircraft that loses separation the lane with the least weight; how many lost it, and who changed."""
    lost = changed = 0
    for a in range(chosen.shape[0]):
        _weigh_lanes(losses, a, chosen, weight, costs)
        if costs[chosen[a]] == 0.0:
            continue
        lost += 1
        best = chosen[a]
        for i in range(LANES):
            if costs[i] < costs[best]:
                best = i
        changed += best != chosen[a]
        chosen[a] = best
    return lost, changed


@njit(cache=True)
def _out_of_time(losses, count):
    return losses.looks[0] > _MOST_LOOKS + _LOOKS_PER_PAIR * count * (count - 1) // 2


@njit(cache=True)
def _search_from(losses, chosen, best):
    """Change the lanes chosen (n,) until nobody loses separation, and keep the best of them; who lost it there."""
    weight, costs = np.ones((chosen.shape[0], chosen.shape[0])), np.empty(LANES)
    fewest = chosen.shape[0] + 1
    for _ in range(_SWEEPS):
        before = chosen.copy()
        lost, changed = _sweep(losses, chosen, weight, costs)
        if lost < fewest:
            fewest, best[:] = lost, before
        if lost == 0 or _out_of_time(losses, chosen.shape[0]):
            break
        if changed == 0:
            _weigh_more(losses, chosen, weight)
    return fewest


@njit(cache=True)
def search(losses, chosen, beginnings):
    """Write the best lanes found from all flying in one of `beginnings` to chosen (n,); how many lose separation there.

    In a sweep who lost it is told as the turn comes, so that 0 is exact and any other number near.
    """
    fewest, best, current = chosen.shape[0] + 1, chosen.copy(), chosen.copy()
    for lane in beginnings:
        current[:] = lane
        lost = _search_from(losses, current, best)
        if lost < fewest:
            fewest, chosen[:] = lost, best
        if fewest == 0 or _out_of_time(losses, chosen.shape[0]):
            break
    return fewest
