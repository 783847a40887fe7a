"""The simulated worlds by name; they know nothing of files, experiments or learning."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

from pettingzoo import ParallelEnv

from envs.airspace.simulation.parallel_env import AirspaceParallelEnv

ENVIRONMENTS: dict[str, Callable[..., ParallelEnv]] = {
    "airspace_v0": AirspaceParallelEnv,
}
"""Constructors of PettingZoo ParallelEnvs; one that has `vector_env` offers a vectorised face of its own."""


def constructor(name: str) -> Callable[..., ParallelEnv]:
    """The constructor registered under `name`.

    Raises:
        ValueError: unknown name, with the nearest known one.
    """
    if name not in ENVIRONMENTS:
        near = difflib.get_close_matches(name, ENVIRONMENTS, n=1)
        hint = f", did you mean {near[0]!r}?" if near else ","
        raise ValueError(f"unknown environment {name!r}{hint} known: {', '.join(ENVIRONMENTS)}")
    return ENVIRONMENTS[name]


def make(name: str, **settings: Any) -> ParallelEnv:
    """One world of the environment `name` as a PettingZoo ParallelEnv."""
    return constructor(name)(**settings)
