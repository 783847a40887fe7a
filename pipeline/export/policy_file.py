"""policy.json: everything needed to fly an exported policy without params.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field, field_validator

from envs.ground.doors import baselines, simulation
from envs.ground.record import Name, NotNegative, Positive, Record, Share
from envs.ground.world import Simulation
from pipeline.ground.checks import check, known, told_at
from pipeline.ground.files import read_json
from pipeline.ground.parts import check_parts
from pipeline.ground.paths import ONNX
from pipeline.policies.deployed import LearnedPolicy, OnnxPolicy
from pipeline.policies.envelope import Envelope, WithinEnvelope

FORMAT = 4
NOT_FINITE = (
    "A row of obs or memory with NaN or infinity gives that row an action without meaning: NaN, or any choice. The "
    "network does not say so; refuse such rows before it, as `murmuration fly` does."
)
"""What whoever runs policy.onnx without this project has to know."""
_POLICY_JSON = "policy.json"
_LARGEST_MEMORY = 10**6


def registered_name(world: str, policy: str) -> str:
    """What the registry calls a policy."""
    return f"{world}-{policy}"


class Tested(Record):
    """What the policy was tested on, and who takes over outside of it.

    Attributes:
        ranges: the least and largest number of each feature, in the order of the observation.
        margin: the share of its range by which each may leave it, at either end.
        rule: of the world's baselines.
        rules: their settings, as plain values.
    """

    ranges: tuple[tuple[float, float], ...]
    margin: NotNegative
    rule: Name
    rules: dict[str, Any]


class PolicyFile(Record):
    """The content of policy.json.

    Attributes:
        memory_size: how many numbers the policy remembers of each agent.
        decision_interval_s: None where the world knows no seconds.
        settings: of the world's simulation, as plain values; `simulation_settings` checks them.
        not_finite: what comes of an observation that is no number; see NOT_FINITE.
    """

    format: int
    name: Name
    world: Name
    observation: tuple[str, ...]
    action: tuple[str, ...]
    squashing: str
    memory_size: Annotated[int, Field(ge=0, le=_LARGEST_MEMORY)]
    decision_interval_s: Positive | None
    discount: Share
    units: dict[str, str]
    settings: dict[str, Any]
    training: dict[str, Any]
    evaluation: dict[str, Any]
    tested: Tested
    selection: str
    parity: dict[str, float]
    hashes: dict[str, str]
    not_finite: str

    @field_validator("hashes")
    @classmethod
    def _of_the_model(cls, hashes: dict[str, str]) -> dict[str, str]:
        if not hashes.get("model", "").isalnum():
            raise ValueError(f"got {str(hashes.get('model'))[:40]!r} for model, wanted the hash of its weights")
        return hashes

    @property
    def registered_name(self) -> str:
        """What the registry calls it: world and policy."""
        return registered_name(self.world, self.name)

    @property
    def simulation(self) -> Simulation:
        """The first room of its world."""
        return simulation(self.world)

    @property
    def simulation_settings(self) -> Any:
        """What it was trained to play in, as the world's own record."""
        return self.simulation.settings.from_values(self.settings)

    def watched(self, policy: LearnedPolicy) -> WithinEnvelope:
        """The policy within its envelope, and beyond it the rule."""
        room = baselines(self.world)
        rule = room.make(room.settings.from_values(self.tested.rules))[self.tested.rule]
        envelope = Envelope.around(self.tested.ranges, self.tested.margin, self.observation)
        return WithinEnvelope(policy, envelope, rule)


def read_policy(path: Path) -> tuple[OnnxPolicy, PolicyFile]:
    """Load policy.onnx and the policy.json beside it; `path` names the file or its folder.

    Raises:
        ValueError: a file that is missing, not as it was exported, or of another layout than this version observes.
    """
    if path.is_file() and path.suffix != Path(ONNX).suffix:
        raise ValueError(f"{path}: wanted an exported policy: its folder or {ONNX}")
    onnx = path / ONNX if path.is_dir() else path
    if not onnx.exists():
        raise ValueError(f"{onnx}: not found, wanted an exported policy (policy.onnx)")
    check_parts(onnx.parent, (onnx.name, _POLICY_JSON))
    described = onnx.with_name(_POLICY_JSON)
    values = read_json(described)
    if values.get("format") != FORMAT:
        raise ValueError(f"{described}: format: got {str(values.get('format'))[:40]}, wanted {FORMAT}")
    content, policy = check(PolicyFile, values, str(described)), OnnxPolicy(onnx)
    _check_layout(policy, content, onnx)
    return policy, content


def _check_layout(policy: OnnxPolicy, content: PolicyFile, onnx: Path) -> None:
    described = onnx.with_name(_POLICY_JSON)
    with told_at(str(described)):
        world = content.simulation
    settings = check(world.settings, content.settings, str(described), "settings.")
    refused = world.refuses_to_learn(settings)
    if refused:
        raise ValueError(f"{described}: settings.{refused}")
    now = world.features(settings)
    if content.action != world.actions(settings):
        raise ValueError(f"{described}: action: got {content.action}, wanted {world.actions(settings)}")
    if content.observation != now:
        different = [name for name in content.observation if name not in now] or ["their order"]
        message = f"another observation layout: {len(content.observation)} numbers, {len(now)} here"
        raise ValueError(f"{described}: {message}; differs in {', '.join(different[:3])}")
    if policy.num_features != len(now):
        raise ValueError(f"{onnx}: takes {policy.num_features} numbers, {described.name} describes {len(now)}")
    _check_tested(content, str(described))
    if policy.memory_size != content.memory_size:
        raise ValueError(f"{onnx}: remembers {policy.memory_size} numbers, policy.json describes {content.memory_size}")
    if policy.action_size != len(content.action):
        raise ValueError(f"{onnx}: gives {policy.action_size} numbers, policy.json describes {len(content.action)}")
    found, wanted = policy.commands(), world.commands(settings)
    same = found is wanted if found is None or wanted is None else np.array_equal(found, wanted)
    if not same:
        raise ValueError(f"{onnx}: {_count(found)}, policy.json describes {_count(wanted)}")


def _check_tested(content: PolicyFile, described: str) -> None:
    tested, room = content.tested, baselines(content.world)
    rules = check(room.settings, tested.rules, described, "tested.rules.")
    known(tested.rule, room.make(rules), f"{described}: tested.rule")
    if len(tested.ranges) != len(content.observation):
        wish = f"wanted {len(content.observation)}, as many as are observed"
        raise ValueError(f"{described}: tested.ranges: got {len(tested.ranges)}, {wish}")
    for name, (low, high) in zip(content.observation, tested.ranges, strict=True):
        if low > high:
            raise ValueError(f"{described}: tested.ranges: {name}: got {low:g} to {high:g}, wanted the least first")


def _count(commands: np.ndarray | None) -> str:
    return "continuous actions" if commands is None else f"{len(commands)} discrete actions"
