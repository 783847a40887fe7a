"""Every key of params.yaml decides something: some code reads it, outside of checking and writing it down."""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any, get_args

import pytest
import torch
from conftest import ARGUMENTS, ROOT, STAGES, new_checkout
from sb3_contrib.ars.policies import ARSPolicy
from sb3_contrib.common.torch_layers import BatchRenorm1d
from sb3_contrib.qrdqn.policies import QRDQNPolicy
from stable_baselines3.dqn.policies import DQNPolicy
from stable_baselines3.td3.policies import TD3Policy

from envs import vectorize
from envs.airspace.simulation.room import SIMULATION
from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground import doors
from envs.ground.record import Record
from pipeline.algorithms.learner import Facts
from pipeline.algorithms.table import check_algorithm
from pipeline.policies.neighbours import NeighbourPooling
from pipeline.policies.parts import ACTIVATIONS
from pipeline.settings.params import Params, read_params
from pipeline.settings.sections import Acceptance, Flows
from pipeline.settings.train import SelfPlay
from tests.pipeline.algorithms.models import OF_SB3, actions_for, make_model

CHECKING = {"from_values", "model_validate_json"}
"""Functions below which a read is no use of a value: it is being checked."""

OUTSIDE_OF_STAGES: dict[type[Record], str] = {
    Flows: "flows/*.py",
    Acceptance: "pipeline/release/*.py",
    SelfPlay: "pipeline/learning/*.py",
}
"""Sections that no stage reads, and who does."""


def fields(record: type[Record]) -> Iterator[tuple[str, str]]:
    """All (class, field) below a record, the sections themselves left out."""
    for name, field in record.model_fields.items():
        kinds = [kind for kind in (field.annotation, *get_args(field.annotation)) if is_record(kind)]
        for kind in kinds:
            yield from fields(kind)
        if not kinds:
            yield record.__name__, name


def is_record(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Record)


def is_checking(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_name in CHECKING:
            return True
        frame = frame.f_back
    return False


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, str]]:
    """Collects (class, field) of every read of a record from now on; model_dump is none."""
    seen: set[tuple[str, str]] = set()

    def spy(record: Record, name: str) -> Any:
        kind = type(record)
        if name in kind.model_fields and (kind.__name__, name) not in seen and not is_checking(sys._getframe(1)):
            seen.add((kind.__name__, name))
        return object.__getattribute__(record, name)

    monkeypatch.setattr(Record, "__getattribute__", spy, raising=False)
    return seen


def rooms(world: str) -> Iterator[type[Record]]:
    """The records of a world's section."""
    yield doors.simulation(world).settings
    yield doors.baselines(world).settings
    yield doors.scenarios(world).settings
    yield doors.evaluation(world).settings


def run_all_stages(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few: dict[str, Any] = {"train.total_timesteps": 500, "evaluate.stochastic_episodes": 1, "tune.trials": 1}
    few["airspace.train.simulation"] = {"randomise": {"disturbance": {"heading_deg": {"uniform": [0.0, 1.0]}}}}
    new_checkout(folder).change({**few, "train.curriculum.lessons": [{"simulation": {}, "solved_share": 0.5}]})
    monkeypatch.chdir(folder)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    for stage in (*STAGES[1:], "tune"):  # check, the first, makes use of nothing
        monkeypatch.setattr(sys, "argv", [stage, *ARGUMENTS.get(stage, ())])
        importlib.import_module(f"pipeline.stages.{stage}").main()


@pytest.mark.long
def test_every_key_is_read_by_some_stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reads: set[tuple[str, str]]
) -> None:
    run_all_stages(tmp_path, monkeypatch)
    chooses = AirspaceSettings.from_values({"actions": {"kind": "discrete"}})
    assert SIMULATION.commands(chooses) is not None  # what stages ask for where agents choose
    elsewhere = {found for record in OUTSIDE_OF_STAGES for found in fields(record)}
    worlds = read_params(tmp_path / "params.yaml").worlds
    records = [Params, *(record for world in worlds for record in rooms(world))]
    wanted = {found for record in records for found in fields(record)}
    never = sorted(f"{record}.{field}" for record, field in wanted - elsewhere - reads)
    assert never == [], f"in params.yaml, and read by no stage: {', '.join(never)}"


@pytest.mark.parametrize(
    ("files", "field"), [(files, name) for record, files in OUTSIDE_OF_STAGES.items() for name in record.model_fields]
)
def test_every_key_that_no_stage_reads_is_read_elsewhere(files: str, field: str) -> None:
    """Effects are shown in tests/flows (ports, retries and the delay by test_server.py) and by test_acceptance.py."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in ROOT.glob(files)]
    assert field in {node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def test_checking_a_record_is_no_use_of_its_values(reads: set[tuple[str, str]]) -> None:
    params = read_params(ROOT / "params.yaml")
    params.model_dump()
    assert ("Range", "low") not in reads
    assert ("Export", "opset") not in reads
    assert params.export.opset
    assert {("Params", "export"), ("Export", "opset")} <= reads


def presets() -> list[tuple[str, str, dict[str, Any]]]:
    found = read_params(ROOT / "params.yaml").presets
    return [(preset, name, values) for preset, sets in found.items() for name, values in sets.items() if name in OF_SB3]


@pytest.mark.parametrize(("preset", "algorithm", "values"), presets())
def test_every_hyperparameter_of_a_preset_reaches_the_learner(
    preset: str, algorithm: str, values: dict[str, Any]
) -> None:
    check_algorithm(algorithm, values, preset)
    venv = vectorize("airspace_v0", {"actions": {"kind": actions_for(algorithm)}}, 2, 0)
    facts = Facts(SIMULATION.slots(AirspaceSettings()))
    model = make_model(algorithm, values, venv, 0, facts)
    assert {name: reached(model, name) for name in values} == values


CALLED_OTHERWISE = {"learning_rate": "lr_schedule", "delta_std": "delta_std_schedule"}
OF_THE_CRITIC = ("critic_pooling", "critic_width")


def reached(model: Any, name: str) -> Any:
    """The hyperparameter as the learner holds it, in the words of params.yaml."""
    if name == "policy_kwargs":
        return network_of(model.policy)
    if name == "action_noise":
        return as_said(model.noise)
    if name == "train_freq":
        return model.train_freq.frequency
    holder = model.policy if name in OF_THE_CRITIC else model
    value = getattr(holder, CALLED_OTHERWISE.get(name, name))
    return as_said(value) if callable(value) else value


def as_said(value: Any) -> Any:
    """A schedule in the words of params.yaml."""
    start, end = round(value(1.0), 12), round(value(0.0), 12)
    return start if start == end else {"start": start, "end": end}


def network_of(policy: Any) -> dict[str, Any]:
    """The actor's layers, and what else params.yaml says of networks, in its words."""
    layers = layers_of(policy)
    widths = [layer.out_features for layer in layers if isinstance(layer, torch.nn.Linear)]
    found: dict[str, Any] = {"net_arch": widths}
    if widths:
        found["activation_fn"] = next(type(own).__name__.lower() for own in layers if isinstance(own, ACTIVATED))
    batches = [layer for layer in layers if isinstance(layer, BatchRenorm1d)]
    if batches:
        found["renorm_warmup_steps"] = batches[0].warmup_steps
    if hasattr(policy, "quantile_net"):
        found["n_quantiles"] = policy.n_quantiles
    if hasattr(getattr(policy, "critic", None), "n_quantiles"):
        found["n_quantiles"] = policy.critic.n_quantiles
    if hasattr(policy, "lstm_actor"):
        found["lstm_hidden_size"] = policy.lstm_actor.hidden_size
    if isinstance(policy.features_extractor, NeighbourPooling):
        width = policy.features_extractor.both.out_features
        found |= {"features_extractor": "pooling", "features_extractor_kwargs": {"width": width}}
    return found


ACTIVATED = tuple(ACTIVATIONS.values())


def layers_of(policy: Any) -> list[Any]:
    """The layers of what acts, but the last one where that gives the answer."""
    if isinstance(policy, TD3Policy):
        return list(policy.actor.mu)[:-2]
    if isinstance(policy, DQNPolicy | QRDQNPolicy):
        return list(policy.q_net.q_net if isinstance(policy, DQNPolicy) else policy.quantile_net.quantile_net)[:-1]
    if isinstance(policy, ARSPolicy):
        return list(policy.action_net)[:-2]
    return list(policy.actor.latent_pi if hasattr(policy, "actor") else policy.mlp_extractor.policy_net)
