"""Resume checkpoints: what names them, who holds them, and that no broken file is taken for a good one."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from pipeline.ground.digests import digest_code, digest_folder, digest_weights
from pipeline.learning.checkpoint import Checkpoint, key_of


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    folder = tmp_path / "inputs"
    (folder / "below").mkdir(parents=True)
    (folder / "one.json").write_text("1")
    (folder / "below" / "two.json").write_text("2")
    return folder


def test_equal_folders_have_equal_digests(inputs: Path) -> None:
    before = digest_folder(inputs)
    (inputs / "one.json").unlink()
    assert digest_folder(inputs) != before
    (inputs / "one.json").write_text("1")
    assert digest_folder(inputs) == before


def test_a_page_to_look_at_decides_nothing(tmp_path: Path) -> None:
    (tmp_path / "scenario.json").write_text("{}")
    before = digest_folder(tmp_path)
    (tmp_path / "index.html").write_text("<html>")
    assert digest_folder(tmp_path) == before


def test_a_folders_digest_changes_with_contents_and_names(inputs: Path) -> None:
    digests = [digest_folder(inputs)]
    (inputs / "below" / "two.json").write_text("3")
    digests.append(digest_folder(inputs))
    (inputs / "below" / "two.json").rename(inputs / "two.json")
    digests.append(digest_folder(inputs))
    assert len(set(digests)) == 3


def test_equal_weights_have_equal_digests() -> None:
    weights = {"a": torch.tensor([1.0, 2.0]), "b": torch.tensor([3.0])}
    assert digest_weights(weights) == digest_weights({"b": torch.tensor([3.0]), "a": torch.tensor([1.0, 2.0])})
    assert digest_weights(weights) != digest_weights({**weights, "b": torch.tensor([3.0000002])})


def test_the_codes_digest_changes_with_a_loaded_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = type(sys)("pipeline.made_up")
    module.__file__ = str(tmp_path / "made_up.py")
    Path(module.__file__).write_text("answer = 1")
    monkeypatch.setitem(sys.modules, "pipeline.made_up", module)
    before = digest_code()
    Path(module.__file__).write_text("answer = 2")
    assert digest_code() != before


def test_the_codes_digest_tells_of_what_a_loaded_module_loads_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = type(sys)("pipeline.made.up")
    module.__file__ = str(tmp_path / "up.py")
    for name in ("up.py", "later.py"):
        (tmp_path / name).write_text("answer = 1")
    monkeypatch.setitem(sys.modules, "pipeline.made.up", module)
    before = digest_code()
    (tmp_path / "later.py").write_text("answer = 2")
    changed = digest_code()
    assert changed != before
    later = type(sys)("pipeline.made.later")
    later.__file__ = str(tmp_path / "later.py")
    monkeypatch.setitem(sys.modules, "pipeline.made.later", later)
    assert digest_code() == changed


def test_a_key_is_of_settings_and_inputs(inputs: Path) -> None:
    settings: dict[str, Any] = {"seed": 0, "train": {"n_steps": 25, "gamma": 0.97}}
    key = key_of(settings, inputs)
    assert key == key_of({"train": {"gamma": 0.97, "n_steps": 25}, "seed": 0}, inputs)
    others = [{**settings, "seed": 1}, {**settings, "train": {"n_steps": 25, "gamma": 0.98}}, {"seed": 0}]
    (inputs / "one.json").write_text("other")
    assert len({key, key_of(settings, inputs), *(key_of(other, inputs) for other in others)}) == 5


def test_a_second_process_hears_that_it_is_busy(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from pipeline.learning.checkpoint import Checkpoint\n"
    code += "with Checkpoint(Path(sys.argv[1]), 'run').held(): pass"
    with Checkpoint(tmp_path, "run").held():
        other = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False)
    assert other.returncode != 0
    assert f"ValueError: {tmp_path / 'run'}: busy, another run is training just this" in other.stderr


def test_only_the_same_run_is_busy_and_only_until_it_ends(tmp_path: Path) -> None:
    with Checkpoint(tmp_path, "run").held():
        with Checkpoint(tmp_path, "other").held():
            pass
        with pytest.raises(ValueError, match="busy"), Checkpoint(tmp_path, "run").held():
            pass
    with Checkpoint(tmp_path, "run").held():
        pass


def test_a_failed_run_lets_go(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), Checkpoint(tmp_path, "run").held():
        raise KeyboardInterrupt
    with Checkpoint(tmp_path, "run").held():
        pass


def test_the_state_comes_back(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path, "run")
    assert checkpoint.load() is None
    assert checkpoint.run_id() is None
    checkpoint.save({"weights": torch.arange(3), "history": {"run_id": "abc"}})
    again = Checkpoint(tmp_path, "run")
    state = again.load()
    assert state is not None
    assert state["weights"].tolist() == [0, 1, 2]
    assert again.run_id() == "abc"
    again.remove()
    assert checkpoint.load() is None


def test_a_state_of_another_run_or_of_another_users_key_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint, other = Checkpoint(tmp_path, "run"), Checkpoint(tmp_path, "other")
    for each in (checkpoint, other):
        each.save({"weights": torch.arange(3)})
    assert checkpoint.file.stat().st_mode & 0o777 == 0o600
    checkpoint.file.write_bytes(other.file.read_bytes())
    with pytest.raises(ValueError, match=r"state\.pt: cannot be read \(not as you saved it: .*from elsewhere\)"):
        checkpoint.load()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "of another user"))
    with pytest.raises(ValueError, match="not as you saved it"):
        other.load()


class Trap:
    """Would run code of its own when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("caught",)


def test_a_state_from_elsewhere_runs_no_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checkpoint = Checkpoint(tmp_path, "run")
    checkpoint.folder.mkdir()
    for before in (b"", bytes(32)):
        buffer = io.BytesIO(before)
        buffer.seek(0, io.SEEK_END)
        torch.save({"trap": Trap()}, buffer)
        checkpoint.file.write_bytes(buffer.getvalue())
        with pytest.raises(ValueError, match="cannot be read"):
            checkpoint.load()
    assert capsys.readouterr().out == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_state_that_belongs_to_another_user_is_not_read(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path, "run")
    checkpoint.save({})
    os.chown(checkpoint.file, 12345, -1)
    with pytest.raises(ValueError, match="it belongs to user 12345, wanted your own"):
        checkpoint.load()


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_a_truncated_state_is_refused_by_name(tmp_path: Path, share: float) -> None:
    checkpoint = Checkpoint(tmp_path, "run")
    checkpoint.save({"weights": torch.zeros(1000)})
    whole = checkpoint.file.read_bytes()
    checkpoint.file.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ValueError, match=r"state\.pt: cannot be read .*; delete .*run to train from the start"):
        checkpoint.load()
    assert checkpoint.file.exists()


def test_what_is_no_state_is_refused_by_name(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path, "run")
    checkpoint.folder.mkdir()
    checkpoint.file.write_bytes(b"hello, this is no state\n" * 10)
    with pytest.raises(ValueError, match=r"state\.pt: cannot be read"):
        checkpoint.load()
