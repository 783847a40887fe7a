"""Searches many positions at once: Gumbel's way with sequential halving at the root, or PUCT."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.search.choosing import considered_visits, find_leaves, improve, priors
from pipeline.search.rules import Ask, Rules
from pipeline.search.tree import IMPOSSIBLE, Tree, attach, back_up, expand, new_tree


@dataclass(frozen=True)
class Searched:
    """What came of W searches.

    Attributes:
        choices: (W,) int64, what to choose: of PUCT the most visited.
        weights: (W, n) what the policy should be: of Gumbel's way by completed values, of PUCT shares of visits.
        visits: (W, n) int64, of the root's choices.
        values: (W,) of the roots, for who is to move: the mean over visits and what the network says.
    """

    choices: np.ndarray
    weights: np.ndarray
    visits: np.ndarray
    values: np.ndarray


def search_gumbel(
    rules: Rules, states: np.ndarray, ask: Ask, num_simulations: int, num_considered: int, gumbel: np.ndarray
) -> Searched:
    """Search from states (W, S) that have not ended (Danihelka et al., 2022).

    Args:
        num_considered: so many choices of the root, those liked most, are looked at.
        gumbel: (W, n) draws from the Gumbel distribution; zeros: no chance.

    Raises:
        ValueError: no simulation, or nothing to consider.
    """
    if num_simulations < 1 or num_considered < 1:
        raise ValueError(f"search: got {num_simulations} simulations of {num_considered} choices, wanted 1 or more")
    tree = _planted(rules, states, ask, num_simulations)
    possible = (tree.logits[:, 0] > IMPOSSIBLE).sum(1)
    orders = {
        int(count): considered_visits(min(num_considered, int(count)), num_simulations) for count in np.unique(possible)
    }
    wanted = np.stack([orders[int(count)] for count in possible])
    _grow(rules, states, ask, tree, gumbel, wanted, 0.0)
    weights, likes = np.zeros(gumbel.shape), np.zeros(gumbel.shape)
    improve(tree, gumbel, weights, likes)
    visits = tree.visits[:, 0].copy()
    choices = np.where(visits == visits.max(1)[:, None], likes, -np.inf).argmax(1)
    return Searched(choices, weights, visits, _root_values(tree))


def search_puct(
    rules: Rules,
    states: np.ndarray,
    ask: Ask,
    num_simulations: int,
    exploration: float,
    mixed_in: tuple[np.ndarray, float] | None = None,
) -> Searched:
    """Search from states (W, S) that have not ended (Silver et al., "Mastering the game of Go without human knowledge",
    Nature 2017).

    Args:
        exploration: how much the bonus counts.
        mixed_in: noise (W, n), of which each row sums up to 1 over what can be chosen, and its share of the root's
            priors; None: none.

    Raises:
        ValueError: no simulation.
    """
    if num_simulations < 1:
        raise ValueError(f"search: got {num_simulations} simulations, wanted 1 or more")
    tree = _planted(rules, states, ask, num_simulations)
    if mixed_in is not None:
        _mix_in(tree, *mixed_in)
    nothing = np.zeros((len(states), 0))
    _grow(rules, states, ask, tree, nothing, np.zeros((len(states), num_simulations), np.int64), exploration)
    visits = tree.visits[:, 0].copy()
    return Searched(visits.argmax(1), visits / visits.sum(1, keepdims=True), visits, _root_values(tree))


def gumbel_draws(rng: np.random.Generator, num_worlds: int, num_choices: int) -> np.ndarray:
    """(W, n) draws for `search_gumbel`."""
    return rng.gumbel(size=(num_worlds, num_choices))


def _planted(rules: Rules, states: np.ndarray, ask: Ask, num_simulations: int) -> Tree:
    """Trees whose roots are known, with room for a node of each simulation."""
    rows, allowed = rules.see(states)
    logits, values = ask(rows)
    tree = new_tree(len(states), num_simulations + 1, allowed.shape[1])
    expand(tree, 0, logits.astype(np.float64), values.astype(np.float64), allowed, np.zeros(len(states), bool))
    return tree


def _grow(
    rules: Rules,
    states: np.ndarray,
    ask: Ask,
    tree: Tree,
    gumbel: np.ndarray,
    wanted: np.ndarray,
    exploration: float,
) -> None:
    """Look once more, as often as there are columns of `wanted` (W, simulations), in all trees at once."""
    worlds = np.arange(len(states))
    known = np.zeros((len(states), wanted.shape[1] + 1, states.shape[1]), states.dtype)
    known[:, 0] = states
    parents, vias = np.zeros(len(states), np.int64), np.zeros(len(states), np.int64)
    for node in range(1, wanted.shape[1] + 1):
        find_leaves(tree, gumbel, np.ascontiguousarray(wanted[:, node - 1]), exploration, parents, vias)
        after, rewards, ended = rules.follow(known[worlds, parents], vias)
        known[:, node] = after
        rows, allowed = rules.see(after)
        logits, values = ask(rows)
        expand(tree, node, logits.astype(np.float64), values.astype(np.float64), allowed, ended)
        attach(tree, node, parents, vias, rewards.astype(np.float64))
        back_up(tree, parents, vias, rules.factor)


def _mix_in(tree: Tree, noise: np.ndarray, share: float) -> None:
    prior = np.zeros(noise.shape[1])
    for w in range(len(noise)):
        priors(tree.logits[w, 0], prior)
        possible = tree.logits[w, 0] > IMPOSSIBLE
        mixed = (1.0 - share) * prior + share * noise[w]
        tree.logits[w, 0] = np.where(possible, np.log(np.maximum(mixed, 1e-30)), IMPOSSIBLE)


def _root_values(tree: Tree) -> np.ndarray:
    visits, total = tree.visits[:, 0].sum(1), tree.total[:, 0].sum(1)
    return np.asarray((tree.raw[:, 0] + total) / (visits + 1))
