"""params.yaml as typed, frozen records: read once, checked before any work begins."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar, get_args

from pydantic import BaseModel, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from envs.airspace.settings import AirspaceSettings
from envs.record import Record
from pipeline.proof_params import Baselines, Proof
from pipeline.shift_params import Shifts

R = TypeVar("R", bound=Record)

Count = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]


class DrawnSet(Record):
    """A fixed set of procedural episodes."""

    num_episodes: Count
    only_conflicting: bool
    only_solvable: bool


class Scenarios(Record):
    """Stage scenarios: what is flown outside of training."""

    seed: Seed
    suite: tuple[str, ...]
    validation: DrawnSet
    test: DrawnSet
    proof: Proof


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
    bootstrap_resamples: Annotated[int, Field(ge=100)]
    memorisation_variants: Count
    memorisation_jitter_nm: Annotated[float, Field(ge=0)]
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
    baselines: Baselines
    scenarios: Scenarios
    train: Train
    presets: dict[str, dict[str, dict[str, Any]]]
    evaluate: Evaluate
    shifts: Shifts
    export: Export
    report: Report
    tracking: Tracking

    @model_validator(mode="after")
    def _distinct_seeds(self) -> Self:
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError(f"seeds: got {list(self.seeds)}, wanted each one once")
        return self


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
    inherited = params.train.model_dump(mode="json")
    if overrides.get("algorithm", inherited["algorithm"]) != inherited["algorithm"]:
        inherited["hyperparameters"] = {}
    merged = check(Train, _merge(inherited, overrides), source, f"policies.{policy}.")
    said_by = {key: f"policies.{policy}" if key in overrides else "train" for key in ("preset", "algorithm")}
    preset = params.presets[known(merged.preset, params.presets, f"{source}: {said_by['preset']}.preset")]
    place = f"{source}: {said_by['algorithm']}.algorithm (presets.{merged.preset})"
    algorithm = known(merged.algorithm, preset, place)
    hyperparameters = _merge(preset[algorithm], merged.hyperparameters)
    return merged.model_copy(update={"hyperparameters": hyperparameters})


def known(name: str, names: Any, place: str) -> str:
    """`name` itself where it is among `names`.

    Raises:
        ParamsError: it is not; with the nearest name and all known ones.
    """
    if name in names:
        return name
    raise ParamsError(f"{place}: unknown {name!r},{_nearest(name, list(names))} known: {', '.join(names)}")


def check(record: type[R], values: Any, source: str, section: str = "") -> R:
    """The record with these plain values.

    Raises:
        ParamsError: one line per unknown, missing, mistyped or out-of-range key, each starting with `source` and the
            key; `section` is what stands before the record's own keys.
    """
    try:
        return record.from_values(values)
    except ValidationError as error:
        lines = [f"{source}: {section}{line}" for line in _say_all(record, error.errors())]
        raise ParamsError("\n".join(lines)) from None


class _PlainConstructor(SafeConstructor):
    """Reads a date as the text that it is."""


_PlainConstructor.add_constructor("tag:yaml.org,2002:timestamp", SafeConstructor.construct_yaml_str)


def _read_yaml(path: Path) -> Any:
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = _PlainConstructor
    try:
        return yaml.load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ParamsError(f"{path}: not found, wanted the file of parameters (run from the project's root)") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise ParamsError(f"{path}: {where}not yaml: {error.problem or error.context}") from None
    except (YAMLError, UnicodeDecodeError) as error:
        raise ParamsError(f"{path}: not yaml: {str(error).splitlines()[0]}") from None


def _merge(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`under` with the values of `over`, section by section."""
    merged = dict(under)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merge(merged[key], value) if both else value
    return merged


_WISHES = {
    "bool_type": "true or false",
    "dict_type": "keys with values",
    "float_type": "a number",
    "greater_than": "more than {gt}",
    "greater_than_equal": "{ge} or more",
    "int_from_float": "a whole number",
    "int_type": "a whole number",
    "less_than": "less than {lt}",
    "less_than_equal": "{le} or less",
    "literal_error": "{expected}",
    "model_type": "keys with values",
    "string_pattern_mismatch": "letters, digits, _ and - only, _ and - not first",
    "string_type": "text",
    "too_short": "at least {min_length}",
    "tuple_type": "a list",
}
"""What was wanted, by pydantic's name of the problem; others are told in pydantic's own words."""


def _say_all(record: type[BaseModel], problems: Any) -> list[str]:
    """Pydantic's findings, one line per key: the branches of a union together, nothing of what holds a wrong key."""
    said: dict[str, list[str]] = {}
    for problem in problems:
        place = [part for part in problem["loc"] if isinstance(part, int) or not _is_type_tag(part)]
        said.setdefault(".".join(str(part) for part in place), []).append(_say(record, place, problem))
    innermost = [key for key in said if not any(other.startswith(f"{key}.") for other in said)]
    return [f"{key}: {_join(said[key])}".removeprefix(": ") for key in innermost]


def _join(branches: list[str]) -> str:
    """`got x, wanted a` and `got x, wanted b` as `got x, wanted a or b`."""
    return " or ".join([branches[0], *(branch.partition(", wanted ")[2] for branch in branches[1:])])


def _say(record: type[BaseModel], place: list[Any], problem: Any) -> str:
    """What is wrong with the value at this place, and what was wanted."""
    kind, got = problem["type"], problem["input"]
    if kind == "missing":
        return "missing"
    if kind == "extra_forbidden":
        siblings = _fields_at(record, place[:-1])
        return f"unknown key,{_nearest(place[-1], siblings)} known: {', '.join(siblings)}"
    if kind == "value_error":
        return str(problem["msg"]).removeprefix("Value error, ")
    context = problem.get("ctx", {})
    wish = f"wanted {_WISHES[kind].format(**context)}" if kind in _WISHES else problem["msg"].removeprefix("Input ")
    return f"got {got!r}, {wish}"


def _nearest(name: Any, names: list[str]) -> str:
    near = difflib.get_close_matches(str(name), names, n=1)
    return f" did you mean {near[0]!r}?" if near else ""


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
