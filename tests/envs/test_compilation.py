"""Compiled code is never older than the sources, whichever of them changed."""

import shutil
import subprocess
import sys
from pathlib import Path

from conftest import ROOT

PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from numba import njit
import envs.airspace.elementary as module
assert module.__file__.startswith(sys.argv[1])
from envs.airspace.atmosphere import tas_from_cas
print(tas_from_cas(250.0, 69681.0, 0.9046))
"""


def tas(folder: Path) -> float:
    ran = subprocess.run([sys.executable, "-c", PROGRAM, str(folder)], capture_output=True, text=True, cwd=folder)
    assert ran.returncode == 0, ran.stderr
    return float(ran.stdout)


def test_a_function_is_compiled_anew_when_one_that_it_calls_elsewhere_changed(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "envs", tmp_path / "envs", ignore=shutil.ignore_patterns("__pycache__"))
    before = tas(tmp_path)
    changed = tmp_path / "envs/airspace/elementary.py"
    changed.write_text(changed.read_text().replace("    return root * root\n", "    return 1.0 * root\n"))
    assert before != tas(tmp_path)


NAMES = """
import sys
import numpy as np, numba
for size in sys.argv[1:]:  # numba counts types as it meets them
    numba.from_dtype(np.dtype([("other", np.float64, (int(size),))]))
from envs.airspace.worlds import world_dtype
from numba.core.itanium_mangler import mangle_type
print(*(mangle_type(numba.from_dtype(world_dtype(slots))) for slots in (4, 8)))
"""


def names(*others: str) -> list[str]:
    ran = subprocess.run([sys.executable, "-c", NAMES, *others], capture_output=True, text=True, cwd=ROOT)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.split()


def test_worlds_of_another_size_have_another_name_and_the_same_in_every_process() -> None:
    small, large = names()
    assert small != large
    assert names("1", "2", "3") == [small, large]
