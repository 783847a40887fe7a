"""Torch and the worlds use as many threads as they are told, each its own number."""

from __future__ import annotations

import subprocess
import sys

from conftest import ROOT

PROGRAM = """
import numba, numpy, torch
from envs.airspace.simulation.room import SIMULATION
from pipeline.ground.threads import set_threads

torch.get_num_threads()  # from now on torch uses what OpenMP was told last
set_threads(SIMULATION, 1, 2)
print(torch.get_num_threads(), numba.get_num_threads() == min(2, numba.config.NUMBA_NUM_THREADS))

@numba.njit(parallel=True)
def add_one(x):
    for n in numba.prange(len(x)):
        x[n] += 1.0

add_one(numpy.zeros(1000))
print(torch.get_num_threads())
"""


def test_threads_of_worlds_do_not_give_torch_more() -> None:
    """In a process of its own: only the first parallel code of a process starts threads."""
    told = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert told.split() == ["1", "True", "1"]
