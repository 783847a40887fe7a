"""Facts about exported policies: ONNX does what torch does, and what does not fit is refused."""

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from conftest import Checkout

from pipeline.export.onnx_export import check_parity
from pipeline.export.policy_file import read_policy
from pipeline.ground.parts import SUMS, write_sums
from pipeline.policies.deployed import OnnxPolicy, TorchPolicy
from pipeline.policies.model_files import read_model


@pytest.fixture(scope="module")
def torch_policy(finished: Checkout) -> TorchPolicy:
    return TorchPolicy(read_model(finished.folder / "data/models/airspace/generic/0").network)


@pytest.fixture
def exported(finished: Checkout, tmp_path: Path) -> Path:
    """A copy of the exported policy."""
    return Path(shutil.copytree(finished.folder / "data/export/airspace/generic", tmp_path / "generic"))


def observations(policy: OnnxPolicy, num: int = 500) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(num, policy.num_features)).astype(np.float32)


def test_onnx_and_torch_act_alike(exported: Path, torch_policy: TorchPolicy) -> None:
    policy = OnnxPolicy(exported / "policy.onnx")
    obs = observations(policy)
    noise = np.random.default_rng(1).normal(size=(len(obs), 2))
    for drawn in (None, noise):
        assert policy.act(obs, drawn) == pytest.approx(torch_policy.act(obs, drawn), abs=1e-5)


def test_a_row_decides_alike_whatever_rows_stand_beside_it(exported: Path) -> None:
    policy = OnnxPolicy(exported / "policy.onnx")
    obs = observations(policy)
    whole = policy.act(obs, None)
    for size in (1, 3, 100):
        parts = [policy.act(obs[first : first + size], None) for first in range(0, len(obs), size)]
        assert np.array_equal(np.concatenate(parts), whole)


def test_parity_is_measured_and_a_difference_beyond_the_tolerance_refused(
    exported: Path, torch_policy: TorchPolicy
) -> None:
    path = exported / "policy.onnx"
    obs = 3 * observations(OnnxPolicy(path), 2000)
    difference = check_parity(torch_policy.network, path, obs, 1e-5)
    assert 0 < difference <= 1e-5
    with pytest.raises(ValueError, match=r"policy\.onnx: differs from torch by .* wanted 0e\+00 at most"):
        check_parity(torch_policy.network, path, obs, 0.0)


def test_another_policys_file_is_no_parity(exported: Path, torch_policy: TorchPolicy) -> None:
    path = exported / "policy.onnx"
    obs = observations(OnnxPolicy(path))
    model = onnx.load(path)
    weights = max(model.graph.initializer, key=lambda tensor: len(tensor.raw_data))
    weights.raw_data = (1.01 * np.frombuffer(weights.raw_data, np.float32)).tobytes()
    onnx.save(model, path)
    with pytest.raises(ValueError, match="differs from torch by"):
        check_parity(torch_policy.network, path, obs, 1e-5)


def test_the_stage_refuses_beyond_the_tolerance_and_leaves_the_old_description(
    checkout: Checkout, refuse: Callable[..., str]
) -> None:
    described = (checkout.folder / "data/export/airspace/generic/policy.json").read_bytes()
    checkout.change({"export.parity_tolerance": 1e-30})
    assert refuse("export").startswith("data/evaluation/airspace/generic/0/policy.onnx: differs from torch by ")
    assert (checkout.folder / "data/export/airspace/generic/policy.json").read_bytes() == described


def test_the_file_stands_alone_with_named_input_and_outputs(exported: Path) -> None:
    model = onnx.load(exported / "policy.onnx", load_external_data=False)
    onnx.checker.check_model(model)
    assert [tensor.name for tensor in model.graph.input] == ["obs"]
    assert [tensor.name for tensor in model.graph.output] == ["action", "mean", "log_std"]
    assert all(tensor.data_location == onnx.TensorProto.DEFAULT for tensor in model.graph.initializer)
    assert [entry.version for entry in model.opset_import if entry.domain == ""] == [17]


def test_any_number_of_rows_is_taken_and_actions_stay_in_their_range(exported: Path) -> None:
    policy = OnnxPolicy(exported / "policy.onnx")
    for num in (1, 3, 100):
        action = policy.act(100 * observations(policy, num), None)
        assert action.shape == (num, 2)
        assert np.abs(action).max() <= 1.0


def test_file_and_folder_name_the_same_policy(exported: Path) -> None:
    assert read_policy(exported)[1] == read_policy(exported / "policy.onnx")[1]


def edit(path: Path, **values: object) -> None:
    """Change values of policy.json, and the sums with it."""
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
    write_sums(path.parent)


def change_tested(path: Path, **changes: Callable[[Any], Any]) -> None:
    """Change what policy.json says of the envelope, by what it says now."""
    tested = json.loads(path.read_text())["tested"]
    edit(path, tested=tested | {name: change(tested[name]) for name, change in changes.items()})


def truncate(path: Path) -> None:
    empty_or_half(path, path.stat().st_size // 2)


def empty_or_half(path: Path, size: int = 0) -> None:
    """Cut a file short, and write the sums as if it had been exported like that."""
    path.write_bytes(path.read_bytes()[:size])
    write_sums(path.parent)


def replace(path: Path, content: bytes) -> None:
    """Put something else in a file's place, and write the sums as if it had been exported like that."""
    path.write_bytes(content)
    write_sums(path.parent)


def misname_an_operator(path: Path) -> None:
    """By bytes that are no text."""
    replace(path, path.read_bytes().replace(b"Clip", b"\xf2lip"))


def see_one_neighbour_less(path: Path) -> None:
    settings = json.loads(path.read_text())["settings"]
    settings["observation"]["num_neighbours"] -= 1
    edit(path, settings=settings)


def see_a_dict(path: Path) -> None:
    settings = json.loads(path.read_text())["settings"]
    settings["observation"]["layout"] = "entities"
    edit(path, settings=settings)


def fill(path: Path, value: float) -> None:
    """Give all weights this value."""
    network = onnx.load(str(path))
    for tensor in network.graph.initializer:
        numbers = onnx.numpy_helper.to_array(tensor)
        if numbers.dtype.kind == "f":
            tensor.CopyFrom(onnx.numpy_helper.from_array(np.full_like(numbers, value), tensor.name))
    onnx.save(network, str(path))
    write_sums(path.parent)


def rename_input(path: Path) -> None:
    network = onnx.load(str(path))
    for node in network.graph.node:
        node.input[:] = ["seen" if name == "obs" else name for name in node.input]
    network.graph.input[0].name = "seen"
    onnx.save(network, str(path))
    write_sums(path.parent)


BROKEN: dict[str, tuple[Callable[[Path], None], str]] = {
    "no onnx": (lambda folder: (folder / "policy.onnx").unlink(), r"policy\.onnx: not found"),
    "truncated onnx": (lambda folder: truncate(folder / "policy.onnx"), r"policy\.onnx: not a whole ONNX model"),
    "empty onnx": (lambda folder: empty_or_half(folder / "policy.onnx"), r"policy\.onnx: not a whole ONNX model"),
    "no json": (lambda folder: (folder / "policy.json").unlink(), r"policy\.json: not found, but SHA256SUMS beside it"),
    "an operator of no letters": (
        lambda folder: misname_an_operator(folder / "policy.onnx"),
        r"policy\.onnx: not a whole ONNX model",
    ),
    "a list": (
        lambda folder: replace(folder / "policy.json", b"[]"),
        r"policy\.json: got '\[\]', wanted keys with values",
    ),
    "no text": (lambda folder: replace(folder / "policy.json", b"{\xff"), r"policy\.json: byte 1: not UTF-8 text"),
    "brackets without end": (
        lambda folder: replace(folder / "policy.json", b"[" * 100_000),
        r"policy\.json: brackets within brackets without end",
    ),
    "truncated json": (lambda folder: truncate(folder / "policy.json"), r"policy\.json: .*not JSON: .*\(truncated\?\)"),
    "other format": (lambda folder: edit(folder / "policy.json", format=2), r"policy\.json: format: got 2, wanted 4"),
    "unknown key": (lambda folder: edit(folder / "policy.json", more=1), r"policy\.json: more: "),
    "other layout": (lambda folder: edit(folder / "policy.json", observation=["height"]), r"differs in height"),
    "other order": (
        lambda folder: edit(
            folder / "policy.json", observation=json.loads((folder / "policy.json").read_text())["observation"][::-1]
        ),
        r"differs in their order",
    ),
    "memory that is not there": (
        lambda folder: edit(folder / "policy.json", memory_size=8),
        r"policy\.onnx: remembers 0 numbers, policy\.json describes 8",
    ),
    "a dict": (
        lambda folder: see_a_dict(folder / "policy.json"),
        r"settings\.observation\.layout: got entities, wanted",
    ),
    "a name that is none": (
        lambda folder: edit(folder / "policy.json", name="../x"),
        r"policy\.json: name: got '\.\./x'",
    ),
    "no world": (lambda folder: edit(folder / "policy.json", world="sea"), r"policy\.json: world: unknown 'sea'"),
    "memory without end": (
        lambda folder: edit(folder / "policy.json", memory_size=10**9),
        r"policy\.json: memory_size:",
    ),
    "other actions": (lambda folder: edit(folder / "policy.json", action=["fly"]), r"policy\.json: action: got "),
    "no hash": (lambda folder: edit(folder / "policy.json", hashes={}), r"policy\.json: hashes: got 'None' for model"),
    "a range the wrong way round": (
        lambda folder: change_tested(folder / "policy.json", ranges=lambda known: [[1.0, 0.0], *known[1:]]),
        r"policy\.json: tested\.ranges: .*: got 1 to 0, wanted the least first",
    ),
    "a range too few": (
        lambda folder: change_tested(folder / "policy.json", ranges=lambda known: known[1:]),
        r"policy\.json: tested\.ranges: got \d+, wanted \d+, as many as are observed",
    ),
    "an unknown rule": (
        lambda folder: change_tested(folder / "policy.json", rule=lambda known: f"{known}x"),
        r"policy\.json: tested\.rule: unknown 'orcax', did you mean 'orca'\? known: ",
    ),
    "a rule's unknown setting": (
        lambda folder: change_tested(folder / "policy.json", rules=lambda known: known | {"more": 1}),
        r"policy\.json: tested\.rules\.more: ",
    ),
    "weights of NaN": (
        lambda folder: fill(folder / "policy.onnx", np.nan),
        r"policy\.onnx: gives numbers that are not",
    ),
    "another input": (
        lambda folder: rename_input(folder / "policy.onnx"),
        r"policy\.onnx: takes .*, wanted obs \(N, D\)",
    ),
    "other settings": (lambda folder: see_one_neighbour_less(folder / "policy.json"), r"another observation layout"),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_policy_that_is_broken_is_refused_by_name(broken: str, exported: Path) -> None:
    damage, words = BROKEN[broken]
    damage(exported)
    with pytest.raises(ValueError, match=words) as caught:
        read_policy(exported)
    assert len(str(caught.value).splitlines()) == 1


def test_a_network_that_the_sums_do_not_name_is_refused(exported: Path) -> None:
    shutil.copy(exported / "policy.onnx", exported / "other.onnx")
    with pytest.raises(ValueError, match=r"SHA256SUMS: other\.onnx is not in it"):
        read_policy(exported / "other.onnx")


PARTS = ("policy.onnx", "policy.json", "origin.json", "weights.safetensors", "sbom.cdx.json", "LICENSES.txt")


@pytest.mark.parametrize("name", PARTS)
def test_a_changed_byte_in_any_part_is_refused_by_name(name: str, exported: Path) -> None:
    content = bytearray((exported / name).read_bytes())
    content[len(content) // 2] ^= 1
    (exported / name).write_bytes(content)
    with pytest.raises(ValueError, match=rf"generic/{re.escape(name)}: changed since the export: its SHA-256 is "):
        read_policy(exported)


def test_a_missing_part_and_missing_sums_are_refused_by_name(exported: Path) -> None:
    (exported / "LICENSES.txt").unlink()
    with pytest.raises(ValueError, match=r"LICENSES\.txt: not found, but SHA256SUMS beside it names it"):
        read_policy(exported)
    (exported / SUMS).unlink()
    with pytest.raises(ValueError, match=r"SHA256SUMS: not found, wanted beside the parts of an export"):
        read_policy(exported)


@pytest.mark.parametrize(
    ("sums", "words"),
    [
        ("", r"policy\.onnx is not in it"),
        (f"{'0' * 64}  policy.onnx\n", r"policy\.json is not in it"),
        (f"{'0' * 64}  ../policy.onnx\n", r", line 1: got '0{40}', wanted a SHA-256 and the name of a file here"),
        ("half", r", line 1: got 'half', wanted"),
    ],
)
def test_sums_that_are_none_are_refused(sums: str, words: str, exported: Path) -> None:
    (exported / SUMS).write_text(sums)
    with pytest.raises(ValueError, match=rf"SHA256SUMS.*{words}"):
        read_policy(exported)


def test_the_sums_name_every_part_as_sha256sum_checks_them(exported: Path) -> None:
    named = dict(reversed(line.split("  ")) for line in (exported / SUMS).read_text().splitlines())
    assert named.keys() == set(PARTS)
    for name, digest in named.items():
        assert hashlib.sha256((exported / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_an_observation_that_is_no_number_is_refused_by_row_and_column(
    number: float, exported: Path, torch_policy: TorchPolicy
) -> None:
    policy = OnnxPolicy(exported / "policy.onnx")
    obs = observations(policy, 5)
    obs[3, 7] = number
    for player in (policy, torch_policy):
        with pytest.raises(ValueError, match=rf"^observation: row 3, column 7: got {number}, wanted a finite number$"):
            player.act(obs, None)


def test_policy_json_says_what_the_graph_does_with_no_number(exported: Path) -> None:
    policy, described = read_policy(exported)
    assert "NaN or infinity" in described.not_finite
    obs = observations(policy, 2)
    obs[0, 0] = np.nan
    action = policy.run(obs, None)["action"]
    assert np.isnan(action[0]).all()
    assert np.isfinite(action[1]).all(), "other rows are as they were"
