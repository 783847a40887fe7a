"""Facts that need mctx, the search of another house: run by `make mctx`, in the environment of the extra."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import mctx
import numpy as np
import pytest

from pipeline.search.searching import search_gumbel

jax.config.update("jax_enable_x64", True)  # as ours: by rounding alone, single precision now and then looks elsewhere

NUM_STATES, NUM_CHOICES, NUM_WORLDS = 500, 6, 64


@dataclass(frozen=True)
class DrawnGame:
    """A game whose states lead anywhere, with what a network says of each; see pipeline/search/rules.py: Rules.

    Attributes:
        after, rewards, ended: (S, n), by state and choice.
        logits, allowed: (S, n), and values (S,), by state.
    """

    factor: float
    after: np.ndarray
    rewards: np.ndarray
    ended: np.ndarray
    logits: np.ndarray
    allowed: np.ndarray
    values: np.ndarray

    @classmethod
    def drawn(cls, seed: int, factor: float) -> DrawnGame:
        """By a seed; one choice in ten ends the game, one in five cannot be made."""
        rng, shape = np.random.default_rng(seed), (NUM_STATES, NUM_CHOICES)
        allowed = rng.random(shape) > 0.2
        allowed[:, 0] = True
        after, rewards = rng.integers(NUM_STATES, size=shape), rng.normal(size=shape)
        values = np.float32(rng.normal(size=NUM_STATES))
        return cls(factor, after, rewards, rng.random(shape) < 0.1, np.float32(rng.normal(size=shape)), allowed, values)

    def follow(self, states: np.ndarray, choices: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """See Rules.follow."""
        at = states[:, 0], choices
        return self.after[at][:, None], self.rewards[at], self.ended[at]

    def see(self, states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See Rules.see: the state's own number."""
        return np.float32(states), self.allowed[states[:, 0]]

    def ask(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What the network says of rows (N, 1)."""
        states = rows[:, 0].astype(np.int64)
        return self.logits[states], self.values[states]


def theirs(
    game: DrawnGame, states: np.ndarray, num_simulations: int, num_considered: int, key: jax.Array
) -> mctx.PolicyOutput:
    """What mctx makes of the same game."""
    masked = jnp.where(game.allowed, jnp.array(game.logits, jnp.float64), jnp.finfo(jnp.float32).min)
    values = jnp.array(game.values, jnp.float64)

    def follow(_: None, __: jax.Array, choices: jax.Array, at: jax.Array) -> tuple[mctx.RecurrentFnOutput, jax.Array]:
        after = jnp.array(game.after)[at, choices]
        discount = jnp.where(jnp.array(game.ended)[at, choices], 0.0, game.factor)
        reward = jnp.array(game.rewards)[at, choices]
        found = mctx.RecurrentFnOutput(
            reward=reward, discount=discount, prior_logits=masked[after], value=values[after]
        )
        return found, after

    roots = jnp.array(states[:, 0])
    return mctx.gumbel_muzero_policy(
        None,
        key,
        mctx.RootFnOutput(prior_logits=masked[roots], value=values[roots], embedding=roots),
        follow,
        num_simulations,
        invalid_actions=jnp.array(~game.allowed[states[:, 0]]),
        max_num_considered_actions=num_considered,
    )


@pytest.mark.parametrize("factor", [-1.0, -0.97, 0.9])
@pytest.mark.parametrize(("num_simulations", "num_considered"), [(1, 4), (8, 4), (50, 6), (120, 3)])
def test_the_same_choices_and_weights(factor: float, num_simulations: int, num_considered: int) -> None:
    game, key = DrawnGame.drawn(num_simulations, factor), jax.random.PRNGKey(num_considered)
    states = np.arange(NUM_WORLDS)[:, None]
    drawn = np.array(jax.random.gumbel(jax.random.split(key)[1], (NUM_WORLDS, NUM_CHOICES)), np.float64)
    ours = search_gumbel(game, states, game.ask, num_simulations, num_considered, drawn)
    other = theirs(game, states, num_simulations, num_considered, key)
    np.testing.assert_array_equal(ours.choices, other.action)
    np.testing.assert_allclose(ours.weights, other.action_weights, atol=2e-5)
