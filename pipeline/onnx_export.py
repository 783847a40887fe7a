"""A policy as one ONNX file, checked against torch."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
import torch

from pipeline.deployed import OnnxPolicy
from pipeline.network import DeployedNetwork


def export_onnx(network: DeployedNetwork, num_features: int, path: Path, opset: int) -> None:
    """Write `network` with input `obs` (N, D) and the outputs that its OUTPUTS name."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the legacy exporter, deprecated, is the one that writes a single file
        torch.onnx.export(
            network.eval(),
            (torch.zeros(2, num_features),),
            buffer,  # type: ignore[arg-type]
            input_names=["obs"],
            output_names=list(network.OUTPUTS),
            dynamic_axes={name: {0: "rows"} for name in ("obs", *network.OUTPUTS)},
            opset_version=opset,
            dynamo=False,
        )
    path.write_bytes(buffer.getvalue())


def check_parity(network: DeployedNetwork, path: Path, obs: np.ndarray, tolerance: float, name: Path) -> float:
    """The largest difference between torch and ONNX Runtime on observations (N, D).

    Raises:
        ValueError: it is larger than `tolerance`; `name` is what the file is called in the message.
    """
    with torch.no_grad():
        expected = [output.numpy() for output in network.eval()(torch.from_numpy(obs))]
    actual = OnnxPolicy(path).session.run(list(network.OUTPUTS), {"obs": obs})
    difference = max(float(np.abs(a - b).max()) for a, b in zip(expected, actual, strict=True))
    if not difference <= tolerance:
        raise ValueError(f"{name}: differs from torch by {difference:.2e}, wanted {tolerance:.0e} at most")
    return difference
