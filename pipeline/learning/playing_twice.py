"""Plays some episodes of a world twice, by random actions: is there no fault, and are they the same again?"""

from __future__ import annotations

import math
import time

import numpy as np

from envs.ground.defaults import Random
from envs.ground.play import Space
from envs.ground.world import DRAWN, Batch

MOST_STEPS = 1000
MOST_S = 5.0
"""Slow worlds are looked at for so long only, and as long again the second time."""


def play_twice(space: Space, name: str) -> None:
    """Play the episodes of seeds 0, 1 .. in one world of the space, as many as there is time for.

    Raises:
        ValueError: whatever the world refuses; an episode in which nobody acts, or that is another one the second time.
    """
    batch, played = space.batch(1), list[list[int]]()
    left, deadline = MOST_STEPS, time.monotonic() + MOST_S
    while left > 0 and time.monotonic() < deadline:
        played.append(_episode(batch, name, len(played), left, deadline))
        left -= len(played[-1])
    for seed, before in enumerate(played):
        again = _episode(batch, name, seed, len(before) - 1, math.inf)
        step = next((n for n, pair in enumerate(zip(before, again, strict=False)) if pair[0] != pair[1]), None)
        if step is not None:
            wish = "wanted an environment that is deterministic given the seed of its reset"
            differs = f"step {step} of the episode of seed {seed} differs when it is played again"
            raise ValueError(f"{name}: ignores its seed: {differs}, {wish}")


def _episode(batch: Batch, name: str, seed: int, most_steps: int, deadline: float) -> list[int]:
    """What is seen, paid and ends at each step of an episode, as a number each; to its end, or as far as it may go."""
    batch.begin(np.array([0]), np.array([DRAWN]), np.array([seed], np.uint64))
    rule, acted, trace = Random(), False, [_look(batch)]
    rule.begin(batch, 0)
    actions = np.zeros((1, batch.num_slots, batch.num_actions))
    batch.frame(np.array([0]), actions)  # recordings want it
    while not batch.done[0] and len(trace) <= most_steps and time.monotonic() < deadline:
        acted |= bool(batch.active.any())
        actions = np.where(batch.active[:, :, None], rule.steer(batch, None), 0.0)
        batch.step(actions)
        trace.append(_look(batch))
    if batch.done[0]:
        batch.outcomes()
        if not acted:
            raise ValueError(f"{name}: the episode of seed {seed}: nobody ever acts, wanted an agent that does")
    return trace


def _look(batch: Batch) -> int:
    return hash(tuple(np.asarray(own).tobytes() for own in (batch.observation, batch.reward, batch.active, batch.done)))
