"""params.yaml as typed, frozen records: read once, checked before any work begins."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from envs.ground import doors
from envs.ground.record import Name, Record, Seed
from pipeline.ground.checks import ParamsError, check, known, merge
from pipeline.settings.evaluate import Evaluate
from pipeline.settings.scenarios import Scenarios
from pipeline.settings.search_space import Value
from pipeline.settings.sections import Acceptance, Export, Flows, Report, Tracking, Tune
from pipeline.settings.train import Train

Values = dict[str, Any]


class Section(Record):
    """A world's own values, room by room, as plain values: each door knows the record of its room."""

    simulation: Values
    baselines: Values
    scenarios: Values
    evaluation: Values
    train: Values


class Params(Record):
    """The whole of params.yaml; `sections` holds those of the worlds, each of which stands at the top level there."""

    seeds: Annotated[tuple[Seed, ...], Field(min_length=1)]
    policies: Annotated[dict[Name, dict[str, Any] | None], Field(min_length=1)]
    worlds: Annotated[tuple[Name, ...], Field(min_length=1)]
    sections: dict[Name, Section]
    scenarios: Scenarios
    train: Train
    presets: dict[str, dict[str, dict[str, Any]]]
    tune: Tune
    evaluate: Evaluate
    export: Export
    report: Report
    tracking: Tracking
    acceptance: Acceptance
    flows: Flows

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for key in ("seeds", "worlds"):
            named = getattr(self, key)
            if len(set(named)) < len(named):
                raise ValueError(f"{key}: got {list(named)}, wanted each one once")
        return self


def read_params(path: Path) -> Params:
    """Read params.yaml and check its general sections; those of worlds are checked by who opens their doors.

    Raises:
        ParamsError: not there, not yaml, or any key unknown, missing, mistyped or out of range.
    """
    values, source = _read_yaml(path), str(path)
    if isinstance(values, dict):
        values = _gather_sections(values, source)
    params = check(Params, values, source)
    for world in params.worlds:
        for policy in params.policies:
            train_settings(params, world, policy, source)
    return params


def _gather_sections(values: dict[str, Any], source: str) -> dict[str, Any]:
    """The values with the worlds' sections, which stand at the top, below `sections`.

    Raises:
        ParamsError: a key that is neither a section nor a world, or a world called like a section.
    """
    general, worlds = [name for name in Params.model_fields if name != "sections"], doors.worlds()
    for name in general:
        if name in worlds:
            raise ParamsError(f"{source}: {name}: got a world of this name (envs/{name}), wanted one of no section's")
    for key in values:
        known(str(key), [*general, *worlds], source)
    own = {name: check(Section, values[name] or {}, source, f"{name}.") for name in worlds if name in values}
    sections = {name: section.model_dump(mode="json") for name, section in own.items()}
    return {key: value for key, value in values.items() if key not in own} | {"sections": sections}


def section_of(params: Params, world: str, source: str = "params.yaml") -> Section:
    """A world's own values.

    Raises:
        ParamsError: no world of this name, or one without a section.
    """
    if world in doors.worlds() and world not in params.sections:
        rooms = ", ".join(f"{room}: {{}}" for room in Section.model_fields)
        raise ParamsError(f"{source}: {world}: missing, wanted a section of this world, say {{{rooms}}}")
    return params.sections[known(world, params.sections, f"{source}: worlds")]


def training_layers(params: Params, world: str, policy: str, source: str = "params.yaml") -> dict[str, Values]:
    """What says how a policy trains, by its key, each over those before: train, WORLD.train, policies.POLICY.

    Raises:
        ParamsError: an unknown world or policy.
    """
    of_world = section_of(params, world, source).train
    own = params.policies[known(policy, params.policies, f"{source}: policies")] or {}
    return {"train": params.train.model_dump(mode="json"), f"{world}.train": of_world, f"policies.{policy}": own}


def train_settings(params: Params, world: str, policy: str, source: str = "params.yaml") -> Train:
    """What policy `policy` trains with: preset, then the section train, then WORLD.train, then its own overrides.

    Who names another algorithm than the layers before inherits none of their hyperparameters.

    Raises:
        ParamsError: an unknown policy or preset, or an override that `train` does not know.
    """
    values: Values = {}
    said_by = dict.fromkeys(("preset", "algorithm"), "train")
    layers = training_layers(params, world, policy, source)
    for place, layer in layers.items():
        if layer.get("algorithm", values.get("algorithm")) != values.get("algorithm"):
            values = values | {"hyperparameters": {}}
        values = merge(values, layer)
        merged = check(Train, values, source, f"{place}.")
        said_by |= {key: place for key in said_by if key in layer}
    preset = params.presets[known(merged.preset, params.presets, f"{source}: {said_by['preset']}.preset")]
    place = f"{source}: {said_by['algorithm']}.algorithm (presets.{merged.preset})"
    algorithm = known(merged.algorithm, preset, place)
    hyperparameters = merge(preset[algorithm], merged.hyperparameters)
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
        values = merge(values, nested)
    return check(Train, values, source, "train.")


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
