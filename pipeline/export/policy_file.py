"""policy.json: everything needed to fly an exported policy without params.yaml."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from envs.airspace.simulation.action_grid import commands_of
from envs.airspace.simulation.observation import layout
from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground.record import Record
from pipeline.policies.deployed import OnnxPolicy

FORMAT = 1
UNITS = {
    "action": "heading change and speed change, each in [-1, 1] of the largest change in airspace.actions",
    "distance": "NM",
    "speed": "kt",
    "angle": "degrees, 0 north, clockwise",
    "time": "s",
}


class PolicyFile(Record):
    """The content of policy.json.

    `memory_size` is how many numbers the policy remembers of each aircraft; files older than memory do not say it.
    """

    format: int
    name: str
    environment: str
    observation: tuple[str, ...]
    action: tuple[str, ...]
    squashing: str
    memory_size: int = 0
    decision_interval_s: float
    discount: float
    units: dict[str, str]
    airspace: AirspaceSettings
    training: dict[str, Any]
    evaluation: dict[str, Any]
    selection: str
    parity: dict[str, float]
    hashes: dict[str, str]


def read_policy(path: Path) -> tuple[OnnxPolicy, PolicyFile]:
    """Load policy.onnx and the policy.json beside it; `path` names the file or its folder.

    Raises:
        ValueError: a file that is missing, truncated, or of another layout than this version observes.
    """
    onnx = path / "policy.onnx" if path.is_dir() else path
    policy, described = OnnxPolicy(onnx), onnx.with_name("policy.json")
    try:
        content = PolicyFile.from_values(json.loads(described.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise ValueError(f"{described}: not found, wanted beside {onnx.name}") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"{described}: not JSON (truncated?): line {error.lineno}, column {error.colno}") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{described}: {place}: {first['msg']}, wanted a file of format {FORMAT}") from None
    _check_layout(policy, content, onnx)
    return policy, content


def _check_layout(policy: OnnxPolicy, content: PolicyFile, onnx: Path) -> None:
    if content.airspace.observation.layout == "entities":
        place = f"{onnx.with_name('policy.json')}: airspace.observation.layout"
        raise ValueError(f"{place}: got entities, wanted a flat layout: exported policies take no dict")
    now = layout(content.airspace)
    if content.format != FORMAT:
        raise ValueError(f"{onnx.with_name('policy.json')}: format: got {content.format}, wanted {FORMAT}")
    if content.observation != now:
        different = [name for name in content.observation if name not in now] or ["their order"]
        message = f"another observation layout: {len(content.observation)} numbers, {len(now)} here"
        raise ValueError(f"{onnx}: {message}; differs in {', '.join(different[:3])}")
    if policy.num_features != len(now):
        raise ValueError(f"{onnx}: takes {policy.num_features} numbers, policy.json describes {len(now)}")
    if policy.memory_size != content.memory_size:
        raise ValueError(f"{onnx}: remembers {policy.memory_size} numbers, policy.json describes {content.memory_size}")
    found, described = policy.commands(), commands_of(content.airspace.actions)
    same = found is described if found is None or described is None else np.array_equal(found, described)
    if not same:
        raise ValueError(f"{onnx}: {_count(found)}, policy.json describes {_count(described)}")


def _count(commands: np.ndarray | None) -> str:
    return "continuous actions" if commands is None else f"{len(commands)} discrete actions"
