"""A policy as one ONNX file, checked against torch."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from pipeline.ground.paths import ONNX
from pipeline.policies.deployed import MEMORY, OnnxPolicy
from pipeline.policies.network import DeployedNetwork


def export_onnx(network: DeployedNetwork, num_features: int, path: Path, opset: int) -> None:
    """Write `network` with input `obs` (N, D), with `memory` (N, M) where it remembers, and its `outputs`."""
    sizes = {"obs": num_features, MEMORY: network.memory_size}
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the legacy exporter, deprecated, is the one that writes a single file
        torch.onnx.export(
            network.eval(),
            tuple(torch.zeros(2, sizes[name]) for name in network.inputs),
            buffer,  # type: ignore[arg-type]
            input_names=list(network.inputs),
            output_names=list(network.outputs),
            dynamic_axes={name: {0: "rows"} for name in (*network.inputs, *network.outputs)},
            opset_version=opset,
            dynamo=False,
        )
    path.write_bytes(buffer.getvalue())


def as_exported(network: DeployedNetwork, num_features: int, opset: int) -> tuple[OnnxPolicy, bytes]:
    """What is evaluated, and the file of it that is exported: torch rounds otherwise, and by the number of rows."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / ONNX
        export_onnx(network, num_features, path, opset)
        return OnnxPolicy(path), path.read_bytes()


def check_takes(network: DeployedNetwork, num_features: int, folder: Path) -> None:
    """Refuse a network, read from `folder`, that takes other observations than the world gives now.

    Raises:
        ValueError: it does.
    """
    try:
        network.eval()(*(torch.zeros(1, size) for size in (num_features, network.memory_size) if size))
    except RuntimeError as error:
        found, wish = " ".join(str(error).split()), f"wanted one of {num_features} numbers, run `dvc repro train`"
        raise ValueError(f"{folder}: a network of another observation ({found}), {wish}") from None


def check_parity(
    network: DeployedNetwork,
    path: Path,
    obs: np.ndarray,
    tolerance: float,
    memory: np.ndarray | None = None,
) -> float:
    """The largest difference between torch and ONNX Runtime on observations (N, D), new memory included.

    Of numbers beyond 1, as values of choices may be, the difference is taken as a share of them: so does rounding.

    Args:
        tolerance: the largest difference that is allowed.
        memory: (N, M) beside the observations, where the network remembers.

    Raises:
        ValueError: the file is of another network, or the difference is larger.
    """
    policy = OnnxPolicy(path)
    if policy.outputs != list(network.outputs):
        answers, wanted = ", ".join(policy.outputs), ", ".join(network.outputs)
        raise ValueError(f"{path}: answers with {answers}, wanted {wanted}: of another training? run `dvc repro`")
    given = dict(zip(network.inputs, (obs, memory), strict=False))
    with torch.no_grad():
        expected = [output.numpy() for output in network.eval()(*map(torch.from_numpy, given.values()))]
    actual = policy.session.run(policy.outputs, given)
    pairs = zip(expected, actual, strict=True)
    difference = max(float((np.abs(a - b) / np.maximum(np.abs(a), 1.0)).max()) for a, b in pairs)
    if not difference <= tolerance:
        wish = f"wanted {tolerance:.0e} at most: of another training? run `dvc repro`"
        raise ValueError(f"{path}: differs from torch by {difference:.2e}, {wish}")
    return difference
