"""Facts about exported policies: ONNX does what torch does, and what does not fit is refused."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from conftest import Checkout

from pipeline.export.onnx_export import check_parity
from pipeline.export.policy_file import read_policy
from pipeline.policies.deployed import OnnxPolicy, TorchPolicy
from pipeline.policies.model_files import read_model


@pytest.fixture(scope="module")
def torch_policy(finished: Checkout) -> TorchPolicy:
    return read_model(finished.folder / "data/models/airspace/generic/0").policy


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


def test_parity_is_measured_and_a_difference_beyond_the_tolerance_refused(
    exported: Path, torch_policy: TorchPolicy
) -> None:
    path = exported / "policy.onnx"
    obs = 3 * observations(OnnxPolicy(path), 2000)
    difference = check_parity(torch_policy.network, path, obs, 1e-5, path)
    assert 0 < difference <= 1e-5
    with pytest.raises(ValueError, match=r"policy\.onnx: differs from torch by .* wanted 0e\+00 at most"):
        check_parity(torch_policy.network, path, obs, 0.0, path)


def test_another_policys_file_is_no_parity(exported: Path, torch_policy: TorchPolicy) -> None:
    path = exported / "policy.onnx"
    obs = observations(OnnxPolicy(path))
    model = onnx.load(path)
    weights = max(model.graph.initializer, key=lambda tensor: len(tensor.raw_data))
    weights.raw_data = (1.01 * np.frombuffer(weights.raw_data, np.float32)).tobytes()
    onnx.save(model, path)
    with pytest.raises(ValueError, match="differs from torch by"):
        check_parity(torch_policy.network, path, obs, 1e-5, path)


def test_the_stage_refuses_beyond_the_tolerance_and_leaves_the_old_description(
    checkout: Checkout, refuse: Callable[..., str]
) -> None:
    described = (checkout.folder / "data/export/airspace/generic/policy.json").read_bytes()
    checkout.change({"export.parity_tolerance": 1e-30})
    assert refuse("export").startswith("data/export/airspace/generic/policy.onnx: differs from torch by ")
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
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def see_one_neighbour_less(path: Path) -> None:
    settings = json.loads(path.read_text())["settings"]
    settings["observation"]["num_neighbours"] -= 1
    edit(path, settings=settings)


def see_a_dict(path: Path) -> None:
    settings = json.loads(path.read_text())["settings"]
    settings["observation"]["layout"] = "entities"
    edit(path, settings=settings)


BROKEN: dict[str, tuple[Callable[[Path], None], str]] = {
    "no onnx": (lambda folder: (folder / "policy.onnx").unlink(), r"policy\.onnx: not found"),
    "truncated onnx": (lambda folder: truncate(folder / "policy.onnx"), r"policy\.onnx: not a whole ONNX model"),
    "empty onnx": (lambda folder: (folder / "policy.onnx").write_bytes(b""), r"policy\.onnx: not a whole ONNX model"),
    "no json": (lambda folder: (folder / "policy.json").unlink(), r"policy\.json: not found, wanted beside"),
    "truncated json": (lambda folder: truncate(folder / "policy.json"), r"policy\.json: not JSON \(truncated\?\)"),
    "other format": (lambda folder: edit(folder / "policy.json", format=3), r"policy\.json: format: got 3, wanted 2"),
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
    "other settings": (lambda folder: see_one_neighbour_less(folder / "policy.json"), r"another observation layout"),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_policy_that_is_broken_is_refused_by_name(broken: str, exported: Path) -> None:
    damage, words = BROKEN[broken]
    damage(exported)
    with pytest.raises(ValueError, match=words) as caught:
        read_policy(exported)
    assert len(str(caught.value).splitlines()) == 1
