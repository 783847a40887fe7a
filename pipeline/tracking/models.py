"""An exported policy as a model of MLflow's, which `mlflow models serve` answers for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

_NEEDS = ("mlflow", "onnx", "onnxruntime")


def write_model(onnx_file: Path, folder: Path, example: Mapping[str, np.ndarray] | None = None) -> None:
    """Write `folder` anew: MLmodel with the signature, the network as ONNX, an example of its inputs.

    Args:
        example: its inputs by name, some rows of each; None: two rows of zeros.
    """
    import onnx
    from mlflow.models import ModelSignature
    from mlflow.onnx import save_model
    from mlflow.types import Schema

    network = onnx.load(str(onnx_file))
    inputs, outputs = (list(map(_spec, part)) for part in (network.graph.input, network.graph.output))
    if example is None:
        example = {spec.name: np.zeros((2, *spec.shape[1:]), spec.type) for spec in inputs}
    save_model(
        network,
        str(folder),
        signature=ModelSignature(Schema(inputs), Schema(outputs)),
        input_example=dict(example),
        pip_requirements=[f"{name}=={version(name)}" for name in _NEEDS],
        onnx_execution_providers=["CPUExecutionProvider"],
        save_as_external_data=False,
    )


def _spec(value: Any) -> Any:
    """The name, type and shape of an input or output; sizes that are free are -1."""
    import onnx
    from mlflow.types import TensorSpec

    tensor = value.type.tensor_type
    sizes = [size.dim_value if size.HasField("dim_value") else -1 for size in tensor.shape.dim]
    return TensorSpec(np.dtype(onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type)), sizes, value.name)
