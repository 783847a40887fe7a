"""A small random generator per world (SplitMix64), so that a world's draws depend on its own seed only.

Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_S11, _S27, _S30, _S31 = np.uint64(11), np.uint64(27), np.uint64(30), np.uint64(31)
_TWO_TO_MINUS_53 = 1.0 / 9007199254740992.0


@njit(cache=True, inline="always")
def mix(z):
    """Scramble one uint64 into another (bijective)."""
    z = (z ^ (z >> _S30)) * _MIX_1
    z = (z ^ (z >> _S27)) * _MIX_2
    return z ^ (z >> _S31)


@njit(cache=True, inline="always")
def advance(state):
    """The generator state (uint64) after `state`; `mix` of it is the number drawn."""
    return state + _GAMMA


@njit(cache=True)
def uniform(world, low, high):
    """A float64 drawn uniformly from [low, high) by the world's `draw_state`, which is advanced."""
    world.draw_state = advance(world.draw_state)
    return low + (high - low) * (float(mix(world.draw_state) >> _S11) * _TWO_TO_MINUS_53)


@njit(cache=True, inline="always")
def precedence(seed, a):
    """A number in [0, 1) that aircraft `a` keeps through an episode (uint64 `seed`); two hardly ever have the same."""
    return float(mix(seed + _GAMMA * np.uint64(a + 1)) >> _S11) * _TWO_TO_MINUS_53


@njit(cache=True)
def integer(world, low, high):
    """An int64 drawn uniformly from low..high, both included."""
    return min(high, low + np.int64(uniform(world, 0.0, float(high - low + 1))))
