"""How a search chooses where to look: PUCT, and Gumbel's way at the root and below it."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from pipeline.search.tree import IMPOSSIBLE, NOWHERE

MAX_VISIT_INIT, VALUE_SCALE = 50.0, 0.1
"""Completed values count (50 + most visits) * 0.1 beside logits (Danihelka et al., 2022, section 3.4)."""
_TINY = 1e-300
_EPSILON = 1e-8


def considered_visits(num_considered: int, num_simulations: int) -> np.ndarray:
    """How often what the root looks at next has been visited, by simulation (S,): sequential halving.

    All considered choices are visited equally often, then the better half, and so on (Karnin et al., "Almost optimal
    exploration in multi-armed bandits", ICML 2013).
    """
    if num_considered <= 1:
        return np.arange(num_simulations)
    rounds, left, visits, found = (
        math.ceil(math.log2(num_considered)),
        num_considered,
        [0] * num_considered,
        list[int](),
    )
    while len(found) < num_simulations:
        for _ in range(max(1, num_simulations // (rounds * left))):
            found += visits[:left]
            visits[:left] = [count + 1 for count in visits[:left]]
        left = max(2, left // 2)
    return np.array(found[:num_simulations])


@njit(cache=True, nogil=True)
def priors(logits, out):
    """The softmax of logits (n,), 0 of what cannot be chosen."""
    most, total = logits.max(), 0.0
    for a in range(len(logits)):
        out[a] = math.exp(logits[a] - most) if logits[a] > IMPOSSIBLE else 0.0
        total += out[a]
    for a in range(len(logits)):
        out[a] /= total


@njit(cache=True, nogil=True)
def completed(logits, visits, total, raw, prior, out):
    """How much the values of choices (n,) count beside their logits.

    Of choices that were not visited the value is mixed: of what the network says of the node, and of the visited ones
    by their priors (Danihelka et al., "Policy improvement by planning with Gumbel", ICLR 2022, appendix D). Values are
    laid between 0 and 1.
    """
    priors(logits, prior)
    weight, weighted, count, most = 0.0, 0.0, 0, 0
    for a in range(len(logits)):
        count += visits[a]
        most = max(most, visits[a])
        if visits[a]:
            weight += max(prior[a], _TINY)
            weighted += max(prior[a], _TINY) * total[a] / visits[a]
    mixed = (raw + count * weighted / weight) / (count + 1) if count else raw
    low, high = np.inf, -np.inf
    for a in range(len(logits)):
        out[a] = total[a] / visits[a] if visits[a] else mixed
        low, high = min(low, out[a]), max(high, out[a])
    for a in range(len(logits)):
        out[a] = (MAX_VISIT_INIT + most) * VALUE_SCALE * (out[a] - low) / max(high - low, _EPSILON)


@njit(cache=True, nogil=True)
def improve(tree, gumbel, weights, likes):
    """Write of each root the improved policy to `weights` (W, n), and how much choices are liked to `likes` (W, n).

    Args:
        gumbel: (W, n) draws; likes count them, policies do not. What cannot be chosen is liked -inf.
    """
    num_choices = gumbel.shape[1]
    values, prior, wanted = np.zeros(num_choices), np.zeros(num_choices), np.zeros(num_choices)
    for w in range(len(gumbel)):
        logits = tree.logits[w, 0]
        completed(logits, tree.visits[w, 0], tree.total[w, 0], tree.raw[w, 0], prior, values)
        for a in range(num_choices):
            possible = logits[a] > IMPOSSIBLE
            wanted[a] = logits[a] + values[a] if possible else IMPOSSIBLE
            likes[w, a] = gumbel[w, a] + logits[a] + values[a] if possible else -np.inf
        priors(wanted, weights[w])


@njit(cache=True, nogil=True)
def _best_at_root(logits, gumbel, visits, values, wanted):
    """The choice that was visited `wanted` times and is liked most."""
    best, most = NOWHERE, -np.inf
    for a in range(len(logits)):
        if logits[a] > IMPOSSIBLE and visits[a] == wanted:
            like = gumbel[a] + logits[a] + values[a]
            if like > most:
                best, most = a, like
    return best


@njit(cache=True, nogil=True)
def _best_below(logits, visits, values, prior):
    """The choice whose share of visits lacks most to what values and logits want."""
    most_liked = (logits + values).max()
    whole = 0.0
    for a in range(len(logits)):
        prior[a] = math.exp(logits[a] + values[a] - most_liked) if logits[a] > IMPOSSIBLE else 0.0
        whole += prior[a]
    count, best, most = visits.sum(), NOWHERE, -np.inf
    for a in range(len(logits)):
        if logits[a] > IMPOSSIBLE:
            lack = prior[a] / whole - visits[a] / (1.0 + count)
            if lack > most:
                best, most = a, lack
    return best


@njit(cache=True, nogil=True)
def _best_by_puct(logits, visits, total, exploration, prior):
    """The choice with the largest value and bonus (Silver et al., 2017); one that was not visited has the value 0."""
    priors(logits, prior)
    root, best, most = math.sqrt(visits.sum()), NOWHERE, -np.inf
    for a in range(len(logits)):
        if logits[a] > IMPOSSIBLE:
            value = total[a] / visits[a] if visits[a] else 0.0
            like = value + exploration * prior[a] * root / (1.0 + visits[a])
            if like > most:
                best, most = a, like
    return best


@njit(cache=True, nogil=True)
def find_leaves(tree, gumbel, wanted, exploration, parents, vias):
    """Walk down each tree to a choice that has no node yet, or leads to where the game has ended.

    Args:
        gumbel: (W, n) of the root; wanted: (W,) visits of what the root looks at. Empty gumbel (W, 0): PUCT everywhere.
        exploration: of PUCT.
        parents, vias: (W,) overwritten with the node and its choice.
    """
    num_choices = tree.logits.shape[2]
    values, prior = np.zeros(num_choices), np.zeros(num_choices)
    for w in range(len(parents)):
        node = 0
        while True:
            logits, visits, total = tree.logits[w, node], tree.visits[w, node], tree.total[w, node]
            if gumbel.shape[1] == 0:
                choice = _best_by_puct(logits, visits, total, exploration, prior)
            else:
                completed(logits, visits, total, tree.raw[w, node], prior, values)
                if node == 0:
                    choice = _best_at_root(logits, gumbel[w], visits, values, wanted[w])
                else:
                    choice = _best_below(logits, visits, values, prior)
            parents[w], vias[w] = node, choice
            node = tree.child[w, node, choice]
            if node == NOWHERE or tree.ended[w, node]:
                break
