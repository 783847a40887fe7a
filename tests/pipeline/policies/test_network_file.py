"""A network on disk: every kind comes back with equal bits, by tensors and plain values alone."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from gymnasium import spaces
from stable_baselines3.sac import policies as sac

from pipeline.export.onnx_export import export_onnx
from pipeline.policies import network_values
from pipeline.policies.deployed import MEMORY, OnnxPolicy, TorchPolicy
from pipeline.policies.model_files import read_inheritance, read_model, read_network, write_model
from pipeline.policies.network import (
    LOG_STD_MAX,
    LOG_STD_MIN,
    ChoosingNetwork,
    DeployedNetwork,
    DeterministicNetwork,
    GaussianNetwork,
    GreedyNetwork,
    NetworkByRole,
    SquashedNetwork,
    ValuedNetwork,
)
from pipeline.policies.network_values import as_values, network_from
from pipeline.policies.parts import EXTRACTORS, Body, Normalization
from pipeline.policies.tensor_files import read_tensors, write_tensors

SEEN = 19
NUMBERS: dict[str, dict[str, Any]] = {
    "flat": {},
    "pooling": {"first": 6, "num_slots": 4, "slot_width": 3, "width": 8},
    "attention": {"first": 6, "num_slots": 4, "slot_width": 3, "presence": 0, "width": 8, "heads": 2},
    "groups": {
        "kind": "attention",
        "groups": [
            {"first": 2, "num_slots": 2, "slot_width": 3, "presence": None},
            {"first": 9, "num_slots": 3, "slot_width": 2, "presence": 1},
        ],
        "width": 4,
        "heads": 2,
    },
    "cnn": {"first": 1, "channels": 2, "height": 3, "width": 3, "features": 5},
    "residual": {
        **{"first": 1, "channels": 2, "height": 3, "width": 3},
        **{"features": 5, "filters": 4, "blocks": 2, "window": 2},
    },
}
NORMALIZATION = Normalization(np.linspace(-1, 1, SEEN), np.linspace(0.5, 2, SEEN), 1e-8, 10.0)


def body(extractor: str, outputs: int, lstm_layers: int = 0) -> Body:
    features = EXTRACTORS[extractor](spaces.Box(-1, 1, (SEEN,), np.float32), **NUMBERS[extractor])
    lstm = torch.nn.LSTM(features.features_dim, 7, lstm_layers) if lstm_layers else None
    first = torch.nn.Linear(7 if lstm else features.features_dim, 6)
    return Body(features, torch.nn.Sequential(first, torch.nn.Tanh(), torch.nn.Linear(6, outputs)), lstm)


def network(kind: str, extractor: str = "flat", lstm_layers: int = 0, norm: bool = True) -> DeployedNetwork:
    torch.manual_seed(0)
    if kind == "by_role":
        return NetworkByRole([own_network(part, extractor, lstm_layers, norm) for part in ("choosing",) * 2], 0)
    return own_network(kind, extractor, lstm_layers, norm)


def own_network(kind: str, extractor: str, lstm_layers: int, norm: bool) -> DeployedNetwork:
    own, normalization = body(extractor, 3, lstm_layers), NORMALIZATION if norm else None
    if kind == "squashed":
        return SquashedNetwork(own, normalization, torch.nn.Linear(3, 5), torch.nn.Linear(3, 5))
    if kind == "valued":
        return ValuedNetwork(body(extractor, 4, lstm_layers), normalization, torch.arange(6.0).reshape(3, 2))
    if kind == "deterministic":
        return DeterministicNetwork(own, normalization)
    if kind in ("choosing", "greedy"):
        made = ChoosingNetwork if kind == "choosing" else GreedyNetwork
        return made(own, normalization, torch.arange(6.0).reshape(3, 2))
    return GaussianNetwork(own, normalization, torch.tensor([-1.0, 0.0, 1.0]), (-torch.ones(3), torch.ones(3)))


def outputs(own: DeployedNetwork) -> list[torch.Tensor]:
    rng = np.random.default_rng(0)
    given = {"obs": rng.normal(size=(50, SEEN)), MEMORY: rng.uniform(-1, 1, size=(50, own.memory_size))}
    given["obs"][:, [6, 9, 12, 15]] = rng.integers(0, 2, (50, 4))
    with torch.no_grad():
        return list(own(*(torch.tensor(given[name], dtype=torch.float32) for name in own.inputs)))


KINDS = [
    *((kind, "flat", 0, True) for kind in network_values.KINDS),
    *(("gaussian", extractor, 0, False) for extractor in EXTRACTORS),
    ("choosing", "pooling", 2, True),
    ("by_role", "flat", 1, True),
]


@pytest.mark.parametrize(("kind", "extractor", "lstm_layers", "norm"), KINDS)
def test_a_network_comes_back_with_equal_bits(
    kind: str, extractor: str, lstm_layers: int, norm: bool, tmp_path: Path
) -> None:
    own = network(kind, extractor, lstm_layers, norm)
    write_model(tmp_path, as_values(own), {}, pd.DataFrame({"agent_steps": [1]}), {"world": "w"})
    again = read_network(tmp_path / "network.safetensors")
    assert type(again) is type(own)
    assert (again.inputs, again.outputs, again.memory_size) == (own.inputs, own.outputs, own.memory_size)
    for one, other in zip(outputs(own), outputs(again), strict=True):
        assert torch.equal(one, other)


MANY_SLOTS = {"first": 6, "num_slots": 15, "slot_width": 7, "presence": 0, "width": 64, "heads": 4}


def many_slots() -> GaussianNetwork:
    """Attention to fifteen neighbours, whose sums ONNX Runtime takes in another order for a row alone."""
    torch.manual_seed(0)
    features = EXTRACTORS["attention"](spaces.Box(-1, 1, (111,), np.float32), **MANY_SLOTS)
    own = Body(features, torch.nn.Sequential(torch.nn.Linear(features.features_dim, 3)))
    return GaussianNetwork(own, None, torch.zeros(3), (-torch.ones(3), torch.ones(3)))


@pytest.mark.parametrize("described", [*KINDS, None], ids=str)
def test_a_row_is_answered_alike_by_onnx_whatever_rows_stand_beside_it(
    described: tuple[str, str, int, bool] | None, tmp_path: Path
) -> None:
    own, num_features = (network(*described), SEEN) if described else (many_slots(), 111)
    export_onnx(own, num_features, tmp_path / "policy.onnx", opset=17)
    policy, rng = OnnxPolicy(tmp_path / "policy.onnx"), np.random.default_rng(0)
    obs = rng.normal(size=(64, num_features)).astype(np.float32)
    memory = rng.uniform(-1, 1, size=(64, own.memory_size)).astype(np.float32) if own.memory_size else None
    whole = policy.run(obs, memory)
    for size in (1, 2, 3, 17):
        places = [slice(first, first + size) for first in range(0, 64, size)]
        parts = [policy.run(obs[rows], None if memory is None else memory[rows]) for rows in places]
        for name, values in whole.items():
            assert np.array_equal(np.concatenate([part[name] for part in parts]), values), (size, name)


def test_no_kind_of_network_and_no_extractor_is_left_out() -> None:
    assert {kind for kind, *_ in KINDS} == set(network_values.KINDS)
    assert {extractor for _, extractor, *_ in KINDS} == set(EXTRACTORS)


def test_any_number_of_actions_goes_through(tmp_path: Path) -> None:
    own = network("squashed")
    assert TorchPolicy(own).act(np.zeros((4, SEEN), np.float32), np.ones((4, 5))).shape == (4, 5)
    choosing = TorchPolicy(network("choosing"))
    assert choosing.act(np.zeros((4, SEEN), np.float32), np.ones((4, 2))).shape == (4, 2)


def test_the_file_holds_tensors_and_plain_values_only(tmp_path: Path) -> None:
    write_model(tmp_path, as_values(network("gaussian", "pooling")), {}, pd.DataFrame({"a": [1]}), {})
    values = read_tensors(tmp_path / "network.safetensors")

    def kinds(part: Any) -> set[type]:
        inner = list(part.values()) if isinstance(part, dict) else part if isinstance(part, list | tuple) else []
        return {type(part)}.union(*map(kinds, inner))

    assert kinds(values) <= {dict, list, int, float, str, bool, type(None), torch.Tensor}
    assert values["kind"] == "gaussian"
    assert values["body"]["features"] == {"kind": "pooling", "seen": SEEN, "numbers": NUMBERS["pooling"]}


def test_equal_networks_are_equal_files(tmp_path: Path) -> None:
    for folder in ("one", "other"):
        write_model(tmp_path / folder, as_values(network("gaussian")), {}, pd.DataFrame({"a": [1]}), {})
    assert (tmp_path / "one/network.safetensors").read_bytes() == (tmp_path / "other/network.safetensors").read_bytes()


def test_reading_a_network_draws_nothing() -> None:
    values = as_values(network("choosing", "cnn", 1))
    before = torch.get_rng_state()
    network_from(values)
    assert torch.equal(torch.get_rng_state(), before)


class Trap:
    """Would run code of its own when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("caught",)


def test_a_file_that_would_run_code_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"trap": Trap()}, tmp_path / "one")
    (tmp_path / "other").write_bytes(pickle.dumps(Trap(), protocol=2))
    for name in ("one", "other"):
        with pytest.raises(ValueError, match=rf"{name}: not a whole file of safetensors"):
            read_network(tmp_path / name)
    assert capsys.readouterr().out == ""


def told(kind: str, seen: int, numbers: dict[str, Any], layers: Sequence[tuple[int, int]] = ()) -> dict[str, Any]:
    """A body as files have it, of any size."""
    linear = [{"inputs": inputs, "outputs": outputs} for inputs, outputs in layers]
    return {"features": {"kind": kind, "seen": seen, "numbers": numbers}, "lstm": None, "layers": linear}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "cubic"}, "not the network that it says it is: kind: got 'cubic', wanted 'gaussian', 'squashed'"),
        ({"kind": 1.5}, "not the network that it says it is: kind: got 1.5"),
        ({"limit": -1.0}, "not the network that it says it is: limit: got -1.0, wanted more than 0"),
        ({"more": 1}, "not the network that it says it is: more: unknown key"),
        ({"weights": 3}, "not the network that it says it is: weights: got a int, wanted tensors by name"),
        ({"weights": {"low": torch.tensor([torch.nan])}}, "not the network .*: weights.low: got a number that is not"),
        ({"weights": {"low": torch.zeros(2).double()}}, "not the network .*: weights.low: got torch.float64, wanted"),
        ({"weights": {}}, "not the network that it says it is"),
        ({"body": {"features": {"kind": "flat", "seen": 3, "numbers": {}}, "lstm": None, "layers": []}}, "not the net"),
        (
            {"body": told("flat", 10**12, {})},
            "not the .*: body.features.seen: got 1000000000000, wanted 1000000 or less",
        ),
        (
            {"body": told("cnn", 19, {**NUMBERS["cnn"], "width": 10**6})},
            "not the .*: got columns 1 to 6000001, wanted 19",
        ),
        ({"body": told("pooling", 19, {})}, "not the network .*: numbers.first: missing, wanted for pooling"),
        ({"body": told("flat", 19, {}, [(10**6, 10**6)] * 9)}, "not the network that it says it is: Error"),
    ],
)
def test_a_network_that_is_not_one_is_refused_by_name(changes: dict[str, Any], words: str, tmp_path: Path) -> None:
    write_tensors(tmp_path / "network.safetensors", {**as_values(network("gaussian")), **changes})
    with pytest.raises(ValueError, match=rf"network\.safetensors: {words}"):
        read_network(tmp_path / "network.safetensors")


def test_files_that_are_missing_or_truncated_are_named(tmp_path: Path) -> None:
    write_model(tmp_path, as_values(network("gaussian")), {"weights": {}}, pd.DataFrame({"a": [1]}), {})
    assert read_inheritance(tmp_path / "weights.safetensors")["weights"] == {}
    for name in ("network.safetensors", "training.json"):
        whole = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(whole[: len(whole) // 2])
        with pytest.raises(ValueError, match=rf"{name}: .*truncated"):
            read_model(tmp_path)
        (tmp_path / name).unlink()
        with pytest.raises(ValueError, match=rf"{name}: not found, run `dvc repro train` first"):
            read_model(tmp_path)
        (tmp_path / name).write_bytes(whole)
    read_model(tmp_path)


@pytest.mark.parametrize(("parts", "first"), [([], 0), ([network("gaussian"), network("squashed")], 0), (None, -1)])
def test_roles_of_no_or_different_networks_are_refused(
    parts: list[DeployedNetwork], first: int, tmp_path: Path
) -> None:
    told = [as_values(part) for part in parts] if parts is not None else [as_values(network("gaussian"))]
    write_tensors(tmp_path / "network.safetensors", {"kind": "by_role", "first": first, "parts": told})
    with pytest.raises(
        ValueError, match=r"network\.safetensors: not the network that it says it is: (parts|first): got"
    ):
        read_network(tmp_path / "network.safetensors")


def test_deviations_end_where_stable_baselines3_has_it() -> None:
    assert (LOG_STD_MIN, LOG_STD_MAX) == (sac.LOG_STD_MIN, sac.LOG_STD_MAX)


def test_features_of_a_plugin_that_is_not_installed_are_told() -> None:
    values = as_values(network("gaussian"))
    values["body"]["features"] = {"kind": "widened", "seen": SEEN, "numbers": {"width": 4}}
    with pytest.raises(ValueError, match="features_extractor: unknown 'widened', known: flat, pooling"):
        network_from(values)
