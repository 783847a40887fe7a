"""Trees of W searches as arrays of equal size: N nodes of n choices each, node 0 the root."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

NOWHERE = -1
IMPOSSIBLE = -1e9
"""The logit of what cannot be chosen."""


class Tree(NamedTuple):
    """What is known of each node and of each choice there.

    Values are for who is to move at the node. `total` sums what came of a choice: its reward, and `factor` times the
    value of what followed.
    """

    child: np.ndarray  # (W, N, n) int64, NOWHERE: not looked at
    visits: np.ndarray  # (W, N, n) int64
    total: np.ndarray  # (W, N, n) float64
    logits: np.ndarray  # (W, N, n) float64, IMPOSSIBLE: cannot be chosen
    raw: np.ndarray  # (W, N) float64, what the network says of the node; 0 where the game has ended
    ended: np.ndarray  # (W, N) bool
    parent: np.ndarray  # (W, N) int64
    via: np.ndarray  # (W, N) int64, the parent's choice that leads here
    reward: np.ndarray  # (W, N) float64, of that choice


def new_tree(num_worlds: int, num_nodes: int, num_choices: int) -> Tree:
    """W trees with room for N nodes, of which nothing is known."""
    nodes, choices = (num_worlds, num_nodes), (num_worlds, num_nodes, num_choices)
    return Tree(
        np.full(choices, NOWHERE, np.int64),
        np.zeros(choices, np.int64),
        np.zeros(choices),
        np.full(choices, IMPOSSIBLE),
        np.zeros(nodes),
        np.zeros(nodes, bool),
        np.full(nodes, NOWHERE, np.int64),
        np.full(nodes, NOWHERE, np.int64),
        np.zeros(nodes),
    )


@njit(cache=True, nogil=True)
def expand(tree, node, logits, raw, allowed, ended):
    """Say of node `node` of each tree what the network says, (W, n) and (W,), what can be chosen and what has ended."""
    for w in range(len(raw)):
        tree.ended[w, node] = ended[w]
        tree.raw[w, node] = 0.0 if ended[w] else raw[w]
        most = IMPOSSIBLE
        for a in range(logits.shape[1]):
            if allowed[w, a]:
                most = max(most, logits[w, a])
        for a in range(logits.shape[1]):
            tree.logits[w, node, a] = logits[w, a] - most if allowed[w, a] else IMPOSSIBLE


@njit(cache=True, nogil=True)
def attach(tree, node, parents, vias, rewards):
    """Make node `node` of each tree what its leaf's choice leads to; where that has a node already nothing is done."""
    for w in range(len(parents)):
        if tree.child[w, parents[w], vias[w]] == NOWHERE:
            tree.child[w, parents[w], vias[w]] = node
            tree.parent[w, node], tree.via[w, node], tree.reward[w, node] = parents[w], vias[w], rewards[w]


@njit(cache=True, nogil=True)
def back_up(tree, parents, vias, factor):
    """Count a visit of each tree's leaf (its node and choice), and of all choices on the way there."""
    for w in range(len(parents)):
        node = tree.child[w, parents[w], vias[w]]
        value = tree.raw[w, node]
        while tree.parent[w, node] != NOWHERE:
            came, via = tree.parent[w, node], tree.via[w, node]
            value = tree.reward[w, node] + factor * value
            tree.visits[w, came, via] += 1
            tree.total[w, came, via] += value
            node = came
