"""params.yaml as typed, frozen records: read once, checked before any work begins."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from envs.airspace.baselines.settings import Baselines
from envs.airspace.evaluation.shift_settings import Shifts
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic_settings import FAMILIES
from envs.ground import doors
from envs.ground.record import Count, Name, Record, Seed, Share
from envs.ground.world import Simulation
from pipeline.ground.checks import ParamsError, check, known
from pipeline.settings.evaluate import Evaluate
from pipeline.settings.scenarios import Scenarios, VariedSet
from pipeline.settings.search_space import Searched, Value
from pipeline.settings.train import Train

Port = Annotated[int, Field(ge=1024, le=65535)]


class Pruner(Record):
    """When a trial of the stage tune ends early."""

    startup_trials: Annotated[int, Field(ge=1)]
    warm_up_evaluations: Annotated[int, Field(ge=0)]


class Tune(Record):
    """Stage tune: training parameters to try out."""

    trials: Annotated[int, Field(ge=0)]
    policy: str
    seed: Seed
    space: tuple[Searched, ...]
    pruner: Pruner

    @model_validator(mode="after")
    def _of_training(self) -> Self:
        for searched in self.space:
            if not searched.key.startswith("train."):
                raise ValueError(f"space: got {searched.key}, wanted keys that begin with train.")
        if self.trials and not self.space:
            raise ValueError(f"got {self.trials} trials and no space, wanted at least one parameter to try out")
        return self


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


class Acceptance(Record):
    """What a policy has to reach, flown beside the champion through the same episodes."""

    set: Literal["test", "suite", "custom"]
    los_margin: Share
    los_ceiling: Share
    arrived_margin: Share


class Flows(Record):
    """When Prefect runs the stages: where its pages are, and what happens when a training crashes."""

    prefect_port: Port
    mlflow_port: Port
    runs_at_once: Count
    training_retries: Annotated[int, Field(ge=0, le=10)]
    retry_delay_s: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def _distinct_ports(self) -> Self:
        if self.prefect_port == self.mlflow_port:
            raise ValueError(f"got {self.prefect_port} for prefect_port and mlflow_port, wanted two ports")
        return self


class Params(Record):
    """The whole of params.yaml."""

    seeds: Annotated[tuple[Seed, ...], Field(min_length=1)]
    policies: Annotated[dict[Name, dict[str, Any] | None], Field(min_length=1)]
    airspace: AirspaceSettings
    baselines: Baselines
    scenarios: Scenarios
    train: Train
    presets: dict[str, dict[str, dict[str, Any]]]
    tune: Tune
    evaluate: Evaluate
    shifts: Shifts
    export: Export
    report: Report
    tracking: Tracking
    acceptance: Acceptance
    flows: Flows

    @model_validator(mode="after")
    def _distinct_seeds(self) -> Self:
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError(f"seeds: got {list(self.seeds)}, wanted each one once")
        return self


def read_params(path: Path) -> Params:
    """Read and check the whole of params.yaml, the policies' overrides included.

    Raises:
        ParamsError: not there, not yaml, or any key unknown, missing, mistyped or out of range.
    """
    params = check(Params, _read_yaml(path), str(path))
    for policy in params.policies:
        lesson_settings(
            doors.simulation("airspace"), params.airspace, train_settings(params, policy, str(path)), str(path)
        )
    for name, wanted in params.scenarios.test_sets.items():
        varied_airspace(params.airspace, name, wanted, str(path))
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


def varied_training(settings: Train, point: Mapping[str, Value], source: str = "params.yaml") -> Train:
    """Settings of training with some values changed, by their keys: train.num_worlds, train.hyperparameters.gamma.

    Raises:
        ParamsError: a key that `train` does not know, or a value that it refuses.
    """
    values = settings.model_dump(mode="json")
    for key, value in point.items():
        nested: Any = value
        for part in reversed(key.split(".")[1:]):
            nested = {part: nested}
        values = _merge(values, nested)
    return check(Train, values, source, "train.")


def training_settings(simulation: Simulation, settings: Any, train: Train, source: str = "params.yaml") -> Any:
    """What a policy is trained in: the world's simulation, with the changes of train.simulation.

    Raises:
        ParamsError: a change that the simulation does not know, or one of what the policy sees or does.
    """
    return _changed_for_training(simulation, settings, train.simulation, source, "train.simulation")


def lesson_settings(
    simulation: Simulation, settings: Any, train: Train, source: str = "params.yaml"
) -> tuple[Any, ...]:
    """What each lesson of train.curriculum is played in: what the policy is trained in, with the lesson's own changes.

    Raises:
        ParamsError: as `training_settings`, or a lesson that is never solved.
    """
    trained_in, found = training_settings(simulation, settings, train, source), []
    for number, lesson in enumerate(train.curriculum.lessons):
        keys = f"train.curriculum.lessons.{number}.simulation"
        changed = _changed_for_training(simulation, trained_in, lesson.simulation, source, keys)
        never = simulation.ends(changed)
        if never:
            raise ParamsError(f"{source}: {keys}.{never}")
        found.append(changed)
    return tuple(found)


def _changed_for_training(
    simulation: Simulation, settings: Any, changes: dict[str, Any], source: str, keys: str
) -> Any:
    """The simulation's settings with these changes, of which none may be of what a policy sees or does."""
    changed = check(simulation.settings, _merge(settings.model_dump(mode="json"), changes), source, f"{keys}.")
    differs = simulation.same_seen_and_done(changed, settings)
    if differs:
        raise ParamsError(f"{source}: {keys}.{differs}: wanted none, it is the same wherever the policy plays")
    return changed


def varied_airspace(
    airspace: AirspaceSettings, name: str, wanted: VariedSet, source: str = "params.yaml"
) -> AirspaceSettings:
    """What the test set `name` is flown in: the section airspace, with the set's families and its own changes.

    Raises:
        ParamsError: an unknown family, a change that `airspace` does not know, or a rule that no sector can keep.
    """
    values, place = airspace.model_dump(mode="json"), f"scenarios.test_sets.{name}."
    if wanted.families:
        chosen = {known(family, FAMILIES, f"{source}: {place}families") for family in wanted.families}
        drawn = values["procedural"]
        drawn["families"] = {family: float(family in chosen) for family in FAMILIES}
        drawn["held_out"]["families"] = [held for held in drawn["held_out"]["families"] if held not in chosen]
    settings = check(AirspaceSettings, _merge(values, wanted.airspace), source, f"{place}airspace.")
    if settings.traffic == "sector" and (wanted.only_conflicting or wanted.only_solvable):
        raise ParamsError(f"{source}: {place}only_conflicting, only_solvable: got true, wanted false for a sector")
    return settings


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
