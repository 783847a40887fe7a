"""Facts about the champion: how it is judged, promoted and rolled back, and what is written down of it."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from conftest import Checkout, change_params

from pipeline import cli
from pipeline.export.policy_file import read_policy
from pipeline.ground.parts import write_sums
from pipeline.ground.paths import PROMOTIONS
from pipeline.release.promotions import promoted_as, read_promotions, succession
from pipeline.tracking import registry

EXPORT = "data/export/airspace/generic"
ALL_PASS = {"acceptance.failure_ceiling": 1.0, "acceptance.failure_margin": 1.0, "acceptance.share_margin": 1.0}


@pytest.fixture
def murmuration(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Runs the command in a finished checkout; returns what it printed, or the message it refused with."""
    monkeypatch.chdir(checkout.folder)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    checkout.change(ALL_PASS)

    def command(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["murmuration", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return capsys.readouterr().out if ended.value.code in (0, None) else str(ended.value.code)

    return command


def other_weights(model_hash: str) -> Path:
    """The same export under another hash, as another training would leave it."""
    folder = Path(shutil.copytree(EXPORT, f"other-{model_hash}"))
    described = json.loads((folder / "policy.json").read_text())
    described["hashes"]["model"] = model_hash
    (folder / "policy.json").write_text(json.dumps(described))
    write_sums(folder)
    return folder


def never_acting(model_hash: str) -> Path:
    """An export whose network has no weights: it flies straight on, into every conflict."""
    folder = other_weights(model_hash)
    network = onnx.load(str(folder / "policy.onnx"))
    for tensor in network.graph.initializer:
        numbers = onnx.numpy_helper.to_array(tensor)
        if numbers.dtype.kind == "f":
            tensor.CopyFrom(onnx.numpy_helper.from_array(np.zeros_like(numbers), tensor.name))
    onnx.save(network, str(folder / "policy.onnx"))
    write_sums(folder)
    return folder


def promotions() -> list[dict[str, Any]]:
    return [json.loads(line) for line in PROMOTIONS.read_text().splitlines()]


def test_promotions_and_rollbacks_are_told_and_written_down(murmuration: Callable[..., str]) -> None:
    assert "airspace-generic: version 1 is champion; commit" in murmuration("promote", EXPORT, "--why", "the first")
    assert "has these weights, and is champion already" in murmuration("promote", EXPORT, "--why", "again")
    second = str(other_weights("b" * 64))
    assert "version 2 is champion, after version 1" in murmuration("promote", second, "--why", "fewer losses")
    assert "champion's" in murmuration("judge", EXPORT)
    assert "version 1 is champion, after version 2" in murmuration(
        "rollback", "airspace-generic", "--why", "it dithers"
    )
    champion = registry.champion("airspace-generic")
    assert champion is not None
    assert (champion.number, (champion.folder() / "policy.onnx").read_bytes()) == (
        1,
        Path(EXPORT, "policy.onnx").read_bytes(),
    )
    assert "no champion before version 1" in murmuration("rollback", "airspace-generic", "--why", "further")

    first, better, back = promotions()
    assert [entry["action"] for entry in (first, better, back)] == ["promote", "promote", "rollback"]
    assert [entry["why"] for entry in (first, better, back)] == ["the first", "fewer losses", "it dithers"]
    assert {(entry["world"], entry["policy"]) for entry in (first, better, back)} == {("airspace", "generic")}
    assert all(entry["who"] for entry in (first, better, back))
    assert {"model", "scenarios", "params", "code", "git_commit", "onnx", "parts"} == set(first["hashes"])
    assert better["figures"]["los_difference"] == 0.0, "the same weights, flown beside themselves"
    assert (back["figures"], back["hashes"]) == (first["figures"], first["hashes"])


def test_a_policy_that_fails_is_promoted_only_on_request(murmuration: Callable[..., str], checkout: Checkout) -> None:
    change_params(checkout.folder / "params.yaml", {"acceptance.failure_ceiling": 0.0})
    straight = str(never_acting("c" * 64))
    said = murmuration("promote", straight, "--why", "the first")
    assert "LoS rate: +" in said
    assert "wanted +0.00% at most: " in said
    assert not PROMOTIONS.exists()
    assert "fails" in murmuration("judge", straight)
    assert "version 1 is champion" in murmuration("promote", straight, "--why", "to begin with", "--despite")


def test_a_change_without_a_reason_is_refused(murmuration: Callable[..., str]) -> None:
    assert "--why: got nothing" in murmuration("promote", EXPORT, "--why", " ")
    assert registry.champion("airspace-generic") is None


def test_a_record_that_differs_from_mlflow_is_told(murmuration: Callable[..., str]) -> None:
    murmuration("promote", EXPORT, "--why", "the first")
    PROMOTIONS.unlink()
    assert "says that version None of airspace-generic is champion" in murmuration("judge", EXPORT)


def test_a_line_that_is_no_promotion_is_named(murmuration: Callable[..., str]) -> None:
    murmuration("promote", EXPORT, "--why", "the first")
    PROMOTIONS.write_text(PROMOTIONS.read_text() + '{"time": 1')
    assert f"{PROMOTIONS}, line 2: line 1 column 11: not JSON" in murmuration("judge", EXPORT)
    PROMOTIONS.write_text(PROMOTIONS.read_text().replace('"version":1', '"version":"1"').splitlines()[0])
    assert f"{PROMOTIONS}, line 1: version: got '1', wanted a whole number" in murmuration("judge", EXPORT)


def change_kept_files(version: int) -> None:
    """The files that MLflow keeps of a version, changed with sums that fit: only the record still knows better."""
    folder = registry.version("airspace-generic", version).folder()
    described = json.loads((folder / "policy.json").read_text())
    described["evaluation"]["note"] = "better than it is"
    (folder / "policy.json").write_text(json.dumps(described))
    write_sums(folder)


def test_a_champion_whose_files_are_not_those_that_were_promoted_is_refused(murmuration: Callable[..., str]) -> None:
    murmuration("promote", EXPORT, "--why", "the first")
    second = str(other_weights("b" * 64))
    change_kept_files(1)
    for words in (("judge", EXPORT), ("promote", second, "--why", "fewer losses")):
        said = murmuration(*words)
        assert "SHA256SUMS: of version 1 of airspace-generic: its SHA-256 is " in said
        assert f"{PROMOTIONS} says {promotions()[0]['hashes']['parts'][:12]}" in said
    assert len(promotions()) == 1


def test_nobody_goes_back_to_files_that_are_not_those_that_were_promoted(murmuration: Callable[..., str]) -> None:
    murmuration("promote", EXPORT, "--why", "the first")
    murmuration("promote", str(other_weights("b" * 64)), "--why", "fewer losses")
    change_kept_files(1)
    said = murmuration("rollback", "airspace-generic", "--why", "it dithers")
    assert "SHA256SUMS: of version 1 of airspace-generic: its SHA-256 is " in said
    assert [entry["action"] for entry in promotions()] == ["promote", "promote"]


def test_the_same_weights_exported_with_other_figures_are_a_version_of_their_own(
    murmuration: Callable[..., str],
) -> None:
    murmuration("promote", EXPORT, "--why", "the first")
    murmuration("promote", str(other_weights("b" * 64)), "--why", "fewer losses")
    described = json.loads(Path(EXPORT, "policy.json").read_text())
    Path(EXPORT, "policy.json").write_text(json.dumps(described, indent=1))
    write_sums(Path(EXPORT))
    assert "version 3 is champion, after version 2" in murmuration("promote", EXPORT, "--why", "measured anew")
    assert "airspace/generic passes" in murmuration("judge", EXPORT).replace(EXPORT, "airspace/generic")
    champion = registry.champion("airspace-generic")
    assert champion is not None
    assert (champion.folder() / "policy.json").read_text() == Path(EXPORT, "policy.json").read_text()


def test_an_export_is_told_as_what_it_was_promoted(murmuration: Callable[..., str]) -> None:
    described = read_policy(Path(EXPORT))[1]
    assert promoted_as(described, Path(EXPORT)) == ""
    murmuration("promote", EXPORT, "--why", "the first")
    assert promoted_as(described, Path(EXPORT)) == f"{PROMOTIONS}: promoted as version 1, with just these files"
    Path(EXPORT, "LICENSES.txt").write_text("none")
    write_sums(Path(EXPORT))
    assert "its weights are those of version 1, other files differ" in promoted_as(described, Path(EXPORT))


def test_rolling_back_goes_one_champion_further_each_time(murmuration: Callable[..., str]) -> None:
    for letter in "bcb":
        other = Path(f"other-{letter * 64}")
        folder = other if other.exists() else other_weights(letter * 64)
        murmuration("promote", str(folder), "--why", letter)
    for why in ("one", "two"):
        murmuration("rollback", "airspace-generic", "--why", why)
    assert [entry.version for entry in read_promotions()] == [1, 2, 1, 2, 1]
    assert [entry.why for entry in succession(read_promotions(), "airspace-generic")] == ["b"]
    assert succession(read_promotions(), "airspace-special") == []
