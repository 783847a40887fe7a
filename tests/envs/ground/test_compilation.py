"""Compiled code is never older than the sources, and equal sources are compiled once."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import ROOT
from numba.core.caching import IndexDataCacheFile

from envs.ground.compiled import compilation
from envs.ground.compiled.record_sizes import room_for

PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
import envs.ground.compiled.elementary as module
assert module.__file__.startswith(sys.argv[1])
from envs.airspace.simulation.traffic.atmosphere import tas_from_cas
print(tas_from_cas(250.0, 69681.0, 0.9046), sum(tas_from_cas.stats.cache_misses.values()))
"""


KEYS = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from envs.ground.compiled.compilation import content_key
envs = Path(sys.argv[1]).resolve() / "envs/airspace"
print(content_key(envs / "simulation/compiled"), content_key(envs / "scenarios"))
"""


def run(program: str, *words: str, **environment: str) -> list[str]:
    ran = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, env=os.environ | environment, cwd=ROOT
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.split()


def copy_of_envs(folder: Path) -> Path:
    """A copy of another age."""
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "envs", folder / "envs", ignore=ignore, copy_function=shutil.copy)
    return folder


def tas(folder: Path, cache: Path) -> tuple[float, int]:
    """A number that compiled code in the copy gives, and how often it had to be compiled."""
    number, misses = run(PROGRAM, str(folder), NUMBA_CACHE_DIR=str(cache))
    return float(number), int(misses)


def test_equal_sources_are_compiled_once_and_a_changed_copy_has_rules_of_its_own(tmp_path: Path) -> None:
    first, second, changed = (copy_of_envs(tmp_path / name) for name in ("first", "second", "changed"))
    callee = changed / "envs/ground/compiled/elementary.py"
    callee.write_text(callee.read_text().replace("    return root * root\n", "    return 1.0 * root\n"))
    number, misses = tas(first, tmp_path / "cache")
    assert misses == 1
    assert tas(second, tmp_path / "cache") == (number, 0)
    other, misses = tas(changed, tmp_path / "cache")
    assert misses == 1, "compiled anew, although its own file is as before"
    assert other != number
    assert tas(first, tmp_path / "cache") == (number, 0)


@pytest.mark.parametrize("called", ["simulation/traffic/atmosphere.py", "simulation/compiled/separation.py"])
def test_code_is_compiled_anew_when_what_it_calls_in_a_folder_below_has_changed(tmp_path: Path, called: str) -> None:
    first, changed = (copy_of_envs(tmp_path / name) for name in ("first", "changed"))
    callee = changed / "envs/airspace" / called
    callee.write_text(callee.read_text() + "\n# changed\n")
    before, after = run(KEYS, str(first)), run(KEYS, str(changed))
    assert all(one != other for one, other in zip(before, after, strict=True))


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(compilation, "cache_root", lambda: tmp_path / "file")
    with pytest.raises(ValueError, match=r"file/airspace-.*wanted one that can be written to, see NUMBA_CACHE_DIR"):
        compilation.cache_folder.__wrapped__(ROOT / "envs/airspace")


def test_what_was_not_used_for_long_is_forgotten_beyond_a_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for age_days in range(compilation.MOST_FOLDERS + 4):
        folder = tmp_path / f"airspace-{age_days}"
        folder.mkdir()
        time_s = folder.stat().st_mtime - age_days * 86_400.0
        os.utime(folder, (time_s, time_s))
    monkeypatch.setattr(compilation, "cache_root", lambda: tmp_path)
    used = compilation.cache_folder.__wrapped__(ROOT / "envs/airspace")
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {used.name, *(f"airspace-{age_days}" for age_days in range(compilation.MOST_FOLDERS - 1))}


def save_some(folder: str, which: int) -> None:
    compilation.prepare()
    file = IndexDataCacheFile(folder, "function", "stamp")
    for number in range(40):
        file.save((which, number), (which, number))


def test_processes_that_compile_one_function_at_once_do_not_mix_their_code_up(tmp_path: Path) -> None:
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(save_some, [str(tmp_path)] * 2, range(2)))
    file = IndexDataCacheFile(str(tmp_path), "function", "stamp")
    keys = [(which, number) for which in range(2) for number in range(40)]
    assert [file.load(key) for key in keys] == keys


TOGETHER = """
import sys, time
from pathlib import Path
from envs.airspace.simulation.traffic.atmosphere import tas_from_cas
folder, which = Path(sys.argv[1]), int(sys.argv[2])
(folder / f"ready-{which}").touch()
while not (folder / f"ready-{1 - which}").exists():
    time.sleep(0.001)
tas_from_cas(250.0, 69681.0, 0.9046)
print(sum(tas_from_cas.stats.cache_misses.values()), sum(tas_from_cas.stats.cache_hits.values()))
"""


def test_of_two_processes_that_want_a_function_at_once_one_compiles_it(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        words = [(TOGETHER, str(tmp_path), which) for which in "01"]
        ran = list(pool.map(lambda own: run(*own, NUMBA_CACHE_DIR=str(tmp_path / "cache")), words))
    assert sorted(ran) == [["0", "1"], ["1", "0"]]


NAMES = """
import sys
import numpy as np, numba
for size in sys.argv[1:]:  # numba counts types as it meets them
    numba.from_dtype(np.dtype([("other", np.float64, (int(size),))]))
from envs.airspace.simulation.compiled.worlds import FIELDS
from envs.ground.compiled_world.records import record_dtype
from numba.core.itanium_mangler import mangle_type
print(*(mangle_type(numba.from_dtype(record_dtype(FIELDS, slots))) for slots in (4, 8)))
"""


def test_worlds_of_another_size_have_another_name_and_the_same_in_every_process() -> None:
    small, large = run(NAMES)
    assert small != large
    assert run(NAMES, "1", "2", "3") == [small, large]


def test_records_are_of_few_sizes() -> None:
    assert [room_for(slots) for slots in (1, 8, 9, 64, 65)] == [8, 8, 64, 64, 512]
