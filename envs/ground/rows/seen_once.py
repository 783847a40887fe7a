"""Lets environments that PettingZoo made parallel out of turns compute each observation once a step, not twice.

Its conversion also looks before every agent's turn, and throws that away; SuperSuit's wrappers convert on and on.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from pettingzoo import ParallelEnv
from pettingzoo.utils.conversions import aec_to_parallel_wrapper
from pettingzoo.utils.wrappers import BaseParallelWrapper


def seen_once(env: ParallelEnv) -> ParallelEnv:
    """The same environment, to be asked for before it is wrapped further, and after each of SuperSuit's wrappers.

    Observations are the same, unless they change while the agents of one step take their turns.
    """
    if not isinstance(env, aec_to_parallel_wrapper):
        return env
    turns: Any = env.aec_env
    turns.last = partial(turns.last, observe=False)  # one more wrapper around it would cost as much again
    return BaseParallelWrapper(env)  # what is wrapped is not taken apart
