"""Facts about what experiments leave behind, with real dvc."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from checkouts import FlowsCheckout, new_flows_checkout
from graph_in_seconds import SLEEPS
from test_process_tree import wait_for

from flows import dvc_command, leftovers

OWNER = f"""
from pathlib import Path
from flows import dvc_command, leftovers
root = Path.cwd()
with leftovers.none_left("killed", root) as caches:
    with dvc_command.experiment("killed", ["train"], ["train.total_timesteps={SLEEPS}"], root, caches) as output:
        while True:
            list(output.until_next_stage())
"""


@pytest.fixture
def checkout(tmp_path: Path) -> FlowsCheckout:
    """One whose caches DVC would keep in the folder `machine` beside it."""
    checkout = new_flows_checkout(tmp_path / "checkout")
    (checkout.folder / ".dvc/config.local").write_text(f"[core]\n    site_cache_dir = {tmp_path / 'machine'}\n")
    return checkout


def left(checkout: FlowsCheckout) -> list[Path]:
    """Temporary copies, DVC's notes of them, and our own."""
    tmp = checkout.folder / ".dvc/tmp"
    patterns = ("exps/standalone/tmp*", "exps/run/*", "murmuration-experiments/*")
    return sorted(path for pattern in patterns for path in tmp.glob(pattern))


@pytest.mark.long
def test_nothing_is_left_of_an_experiment_but_itself(checkout: FlowsCheckout) -> None:
    root = checkout.folder
    with (
        leftovers.none_left("kept", root) as caches,
        dvc_command.experiment("kept", ["train"], [], root, caches) as output,
    ):
        list(output.until_next_stage())
        while output.stage() is not None:
            list(output.until_next_stage())
    assert left(checkout) == []
    assert not (root.parent / "machine").exists()
    assert dvc_command.has_experiment("kept", root)


@pytest.mark.long
def test_what_a_killed_one_left_goes_when_the_next_begins_and_what_lives_stays(checkout: FlowsCheckout) -> None:
    root = checkout.folder
    with subprocess.Popen([sys.executable, "-c", OWNER], cwd=root, env=checkout.environment()) as owner:
        wait_for(lambda: any(process.info["name"] == "sleep" for process in checkout.processes()))
        with leftovers.none_left("beside", root):
            assert len(left(checkout)) == 6
        for process in [psutil.Process(owner.pid), *psutil.Process(owner.pid).children(recursive=True)]:
            process.kill()
    assert len(left(checkout)) == 4
    with leftovers.none_left("next", root):
        assert [path.name for path in left(checkout)] == ["next", "next.lock"]
    assert left(checkout) == []
