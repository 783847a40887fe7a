"""params.yaml as typed, frozen records: read once, checked before any work begins."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import BaseModel, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from envs.airspace.settings import AirspaceSettings
from envs.record import Record

R = TypeVar("R", bound=Record)

Count = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]


class DrawnSet(Record):
    """A fixed set of procedural episodes."""

    num_episodes: Count
    only_conflicting: bool


class Scenarios(Record):
    """Stage scenarios: what is flown outside of training."""

    seed: Seed
    suite: tuple[str, ...]
    validation: DrawnSet
    test: DrawnSet


class Validation(Record):
    """The periodic evaluation while training."""

    every_timesteps: Count
    flawless_to_stop: Count


class Train(Record):
    """Stage train: one policy shared by all aircraft."""

    environment: str
    algorithm: str
    preset: str
    hyperparameters: dict[str, Any]
    traffic: Literal["procedural"] | tuple[str, ...]
    num_worlds: Count
    total_timesteps: Count
    normalize_observation: bool
    normalize_reward: bool
    torch_threads: Count
    environment_threads: Count
    checkpoint_every_timesteps: Count
    validation: Validation


class Evaluate(Record):
    """Stage evaluate: what is flown, and how it is counted."""

    seed: Seed
    stochastic_episodes: Count
    worlds_per_block: Count
    confidence: Annotated[float, Field(gt=0, lt=1)]
    worst_recorded: Annotated[int, Field(ge=0)]
    environment_threads: Count


class Export(Record):
    """Stage export: the policy as one ONNX file."""

    opset: Annotated[int, Field(ge=17, le=20)]
    parity_tolerance: Annotated[float, Field(gt=0)]
    parity_observations: Count


class Report(Record):
    """Stage report: the page to look at."""

    title: str
    picture_columns: Count


class Tracking(Record):
    """Where runs are recorded."""

    experiment: Annotated[str, Field(min_length=1)]


class Params(Record):
    """The whole of params.yaml."""

    seeds: Annotated[tuple[Seed, ...], Field(min_length=1)]
    policies: Annotated[dict[Name, dict[str, Any] | None], Field(min_length=1)]
    airspace: AirspaceSettings
    scenarios: Scenarios
    train: Train
    presets: dict[str, dict[str, dict[str, Any]]]
    evaluate: Evaluate
    export: Export
    report: Report
    tracking: Tracking


class ParamsError(ValueError):
    """params.yaml says something that cannot be; the message names file, key, value and wish, a line for each."""


def read_params(path: Path) -> Params:
    """Read and check the whole of params.yaml, the policies' overrides included.

    Raises:
        ParamsError: not there, not yaml, or any key unknown, missing, mistyped or out of range.
    """
    params = check(Params, _read_yaml(path), str(path))
    for policy in params.policies:
        train_settings(params, policy, str(path))
    return params


def train_settings(params: Params, policy: str, source: str = "params.yaml") -> Train:
    """What policy `policy` trains with: preset, then train.hyperparameters, then its own overrides.

    A policy that names another algorithm than the section train inherits none of its hyperparameters.

    Raises:
        ParamsError: an unknown policy or preset, or an override that `train` does not know.
    """
    overrides = params.policies[known(policy, params.policies, f"{source}: policies")] or {}
    place = f"{source}: policies.{policy}"
    inherited = params.train.model_dump(mode="json")
    if overrides.get("algorithm", inherited["algorithm"]) != inherited["algorithm"]:
        inherited["hyperparameters"] = {}
    merged = check(Train, _merge(inherited, overrides), place)
    preset = params.presets[known(merged.preset, params.presets, f"{place}.preset")]
    algorithm = known(merged.algorithm, preset, f"{place}.algorithm (presets.{merged.preset})")
    return merged.model_copy(update={"hyperparameters": _merge(preset[algorithm], merged.hyperparameters)})


def known(name: str, names: Any, place: str) -> str:
    """`name` itself where it is among `names`.

    Raises:
        ParamsError: it is not; with the nearest name and all known ones.
    """
    if name in names:
        return name
    near = difflib.get_close_matches(name, list(names), n=1)
    hint = f" did you mean {near[0]!r}?" if near else ""
    raise ParamsError(f"{place}: unknown {name!r},{hint} known: {', '.join(names)}")


def check(record: type[R], values: Any, source: str) -> R:
    """The record with these plain values.

    Raises:
        ParamsError: one line per unknown, missing, mistyped or out-of-range key, each starting with `source`.
    """
    try:
        return record.from_values(values)
    except ValidationError as error:
        lines = [f"{source}: {_say(record, problem)}" for problem in error.errors()]
        raise ParamsError("\n".join(dict.fromkeys(lines))) from None


def _read_yaml(path: Path) -> Any:
    try:
        return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ParamsError(f"{path}: not found, wanted the file of parameters (run from the project's root)") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise ParamsError(f"{path}: {where}not yaml: {error.problem or error.context}") from None


def _merge(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`under` with the values of `over`, section by section."""
    merged = dict(under)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merge(merged[key], value) if both else value
    return merged


def _say(record: type[BaseModel], problem: Any) -> str:
    """One of pydantic's findings as `key: value, wish`."""
    place = [part for part in problem["loc"] if isinstance(part, int) or not _is_type_tag(part)]
    key = ".".join(str(part) for part in place)
    if problem["type"] == "extra_forbidden":
        siblings = _fields_at(record, place[:-1])
        near = difflib.get_close_matches(str(place[-1]), siblings, n=1)
        hint = f" did you mean {near[0]!r}?" if near else ""
        return f"{key}: unknown key,{hint} known: {', '.join(siblings)}"
    if problem["type"] == "missing":
        return f"{key}: missing"
    wish = problem["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return f"{key}: got {problem['input']!r}, {wish}" if key else wish


def _is_type_tag(part: str) -> bool:
    """Whether pydantic put this part into a location to name a branch of a union."""
    return "[" in part or part in ("str", "int", "float", "none")


def _fields_at(record: type[BaseModel], place: list[Any]) -> list[str]:
    """The keys known at a place in nested records."""
    current: Any = record
    for part in place:
        field = getattr(current, "model_fields", {}).get(part)
        if field is None:
            return []
        branches = [field.annotation, *get_args(field.annotation)]
        current = next((branch for branch in branches if hasattr(branch, "model_fields")), None)
    return list(getattr(current, "model_fields", {}))
