"""How many threads compute: those of torch, and those that step worlds."""

from __future__ import annotations

import torch

from envs.ground.world import Simulation


def set_threads(simulation: Simulation, torch_threads: int, environment_threads: int) -> None:
    """Use so many from now on, in this process.

    In this order: numba, starting its threads, tells OpenMP to use all cores, and torch does what OpenMP was told last.
    """
    simulation.set_num_threads(environment_threads)
    torch.set_num_threads(torch_threads)
