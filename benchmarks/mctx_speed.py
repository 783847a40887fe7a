"""Searches of connect four a second, ours beside mctx's, with the same network: run by `make mctx`.

Both search the same positions by the true rules, all at once, mctx with as many threads as it likes. The first
search of each, which compiles, is not counted.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import mctx
import numpy as np
import torch
from gymnasium import spaces

from benchmarks.table import compare
from envs.boards.simulation.games import GAMES
from envs.boards.simulation.room import SIMULATION
from envs.ground.turn_game import TurnGame, turn_game_of
from pipeline.policies.residual import PlanesResidual
from pipeline.search.searching import search_gumbel

jax.config.update("jax_enable_x64", True)  # boards are whole numbers of 64 bits

NUM_WORLDS, NUM_SIMULATIONS, ROUNDS = 512, 32, 5
GAME = GAMES["connect_four"]
Weights = Mapping[str, np.ndarray]


class Network(torch.nn.Module):
    """The network that boards are learned with by default."""

    def __init__(self) -> None:
        super().__init__()
        seen = spaces.Box(0.0, 1.0, (2 * GAME.num_cells,), np.float32)
        self.sees = PlanesResidual(seen, 0, 2, GAME.rows, GAME.columns, features=256, filters=64, blocks=0, window=4)
        self.says = torch.nn.Sequential(
            torch.nn.Linear(256, 128), torch.nn.ReLU(), torch.nn.Linear(128, GAME.num_choices + 1)
        )

    def forward(self, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits (N, n) and values (N,) of rows (N, D)."""
        said = self.says(self.sees(rows))
        return said[:, :-1], torch.tanh(said[:, -1])

    def ask(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See pipeline/search/rules.py: Ask."""
        with torch.inference_mode():
            logits, values = self(torch.from_numpy(rows))
        return logits.numpy(), values.numpy()


def judge(weights: Weights, rows: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The same network in JAX."""

    def linear(name: str, numbers: jax.Array) -> jax.Array:
        return numbers @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    planes = rows.reshape(-1, 2, GAME.rows, GAME.columns)
    squares = jax.lax.conv(planes, weights["sees.sees.0.weight"], (1, 1), "VALID")
    squares = jax.nn.relu(squares + weights["sees.sees.0.bias"][:, None, None])
    features = jax.nn.relu(linear("sees.sees.3", squares.reshape(len(rows), -1)))
    said = linear("says.2", jax.nn.relu(linear("says.0", features)))
    return said[:, :-1], jnp.tanh(said[:, -1])


def see(states: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Rows (W, D) of states (W, 2), as BoardsBatch has them, and which columns are free, (W, n)."""
    across, down = jnp.meshgrid(jnp.arange(GAME.columns), jnp.arange(GAME.rows))
    at = across * (GAME.rows + 1) + GAME.rows - 1 - down
    planes = (states[:, :, None, None] >> at) & 1
    top = 1 << (jnp.arange(GAME.columns) * (GAME.rows + 1) + GAME.rows - 1)
    return planes.reshape(len(states), -1).astype(jnp.float32), ((states.sum(1)[:, None] & top) == 0)


def follow(states: jax.Array, choices: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """States (W, 2), rewards and whether the games have ended, (W,), after choices (W,)."""
    own, other = states[:, 0], states[:, 1]
    first = jnp.int64(1) << (choices.astype(jnp.int64) * (GAME.rows + 1))
    cell = ((own | other) + first) & (((1 << GAME.rows) - 1) * first)
    placed, won = own | cell, jnp.zeros(len(states), bool)
    for shift in (1, GAME.rows, GAME.rows + 1, GAME.rows + 2):
        two = placed & (placed >> shift)
        won |= (two & (two >> (2 * shift))) != 0
    full = (placed | other) == GAME.numbers[4]
    return jnp.stack([other, placed], 1), jnp.where(won, 1.0, jnp.where(cell == 0, -1.0, 0.0)), won | full | (cell == 0)


def searched_by_mctx(weights: Weights) -> Callable[[np.ndarray, jax.Array], Any]:
    """A compiled search of positions (W, 2)."""

    def after(_: None, __: jax.Array, choices: jax.Array, states: jax.Array) -> tuple[Any, jax.Array]:
        states, rewards, ended = follow(states, choices)
        rows, free = see(states)
        logits, values = judge(weights, rows)
        found = mctx.RecurrentFnOutput(
            reward=rewards.astype(jnp.float32),
            discount=jnp.where(ended, 0.0, -1.0).astype(jnp.float32),
            prior_logits=jnp.where(free, logits, jnp.finfo(jnp.float32).min),
            value=values,
        )
        return found, states

    @jax.jit
    def search(states: jax.Array, key: jax.Array) -> Any:
        rows, free = see(states)
        logits, values = judge(weights, rows)
        root = mctx.RootFnOutput(prior_logits=logits, value=values, embedding=states)
        return mctx.gumbel_muzero_policy(
            None, key, root, after, NUM_SIMULATIONS, invalid_actions=~free, max_num_considered_actions=GAME.num_choices
        )

    return lambda states, key: jax.block_until_ready(search(jnp.array(states), key))


def positions(game: TurnGame, seed: int) -> np.ndarray:
    """States (W, 2) after some random moves that have ended no game."""
    rng, states = np.random.default_rng(seed), np.repeat(game.begin()[None], NUM_WORLDS, 0)
    for _ in range(8):
        likes = np.where(game.see(states)[1], rng.random((NUM_WORLDS, GAME.num_choices)), -1.0)
        moved, _, ended = game.follow(states, likes.argmax(1))
        states = np.where(ended[:, None], states, moved)
    return states


def main() -> None:
    """Compare weights once, then measure in turn."""
    torch.manual_seed(0)
    network, key = Network().eval(), jax.random.PRNGKey(0)
    game = turn_game_of(SIMULATION, SIMULATION.settings.from_values({"game": GAME.name}))
    assert game is not None
    states = positions(game, 0)
    drawn = jax.random.gumbel(jax.random.split(key)[1], (NUM_WORLDS, GAME.num_choices), jnp.float32)
    gumbel = np.array(drawn, np.float64)
    theirs = searched_by_mctx({name: own.numpy() for name, own in network.state_dict().items()})

    def ours(num_threads: int) -> Any:
        torch.set_num_threads(num_threads)
        return search_gumbel(game, states, network.ask, NUM_SIMULATIONS, GAME.num_choices, gumbel)

    found, other = ours(1), theirs(states, key)
    alike = (found.choices == np.array(other.action)).mean()
    print(f"the same choice in {alike:.1%} of {NUM_WORLDS} positions (theirs in single precision)")

    def rate(run: Callable[[], Any]) -> float:
        began = time.perf_counter()
        run()
        return NUM_WORLDS * NUM_SIMULATIONS / (time.perf_counter() - began)

    title = f"Searches of {NUM_WORLDS} positions of {GAME.name} at once, {NUM_SIMULATIONS} simulations each"
    measures: dict[str, Callable[[], float]] = {"mctx": partial(rate, partial(theirs, states, key))}
    for count in sorted({1, os.cpu_count() or 1}):
        measures[f"ours, {count} thread(s)"] = partial(rate, partial(ours, count))
    compare(title, "simulations/s", measures, ROUNDS)


if __name__ == "__main__":
    main()
