"""params.yaml as typed, frozen records: read once, checked before any work begins."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from envs.ground import doors
from envs.ground.record import Name, Record, Seed, unknown
from pipeline.ground.checks import ParamsError, check, known, merge
from pipeline.ground.files import read_text
from pipeline.settings.evaluate import Evaluate
from pipeline.settings.plain_values import check_plain
from pipeline.settings.scenarios import Scenarios
from pipeline.settings.search_space import Value
from pipeline.settings.sections import Acceptance, Export, Flows, Report, Tracking, Tune
from pipeline.settings.train import Train

Values = dict[str, Any]
_WIDTH = 120
"""Of lines that are written."""
_MOST_BYTES, _MOST_SHOWN, _MOST_NESTED = 2**20, 60, 2000
"""Of the file: reading yaml takes seconds for each megabyte; of a value in a message; of signs that may nest."""


class Rooms(Record):
    """A world's own values, room by room, as plain values: each door knows the record of its room."""

    simulation: Values
    baselines: Values
    scenarios: Values
    evaluation: Values
    train: Values


class Preset(Record):
    """What is laid over a world's own values."""

    simulation: Values = Field(default_factory=dict)
    baselines: Values = Field(default_factory=dict)
    scenarios: Values = Field(default_factory=dict)
    evaluation: Values = Field(default_factory=dict)
    train: Values = Field(default_factory=dict)


class Section(Rooms):
    """The section of a world: its values, ready ones by name, and which of these are laid over its own."""

    preset: str | None = None
    presets: dict[Name, Preset] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _preset_is_known(self) -> Self:
        if self.preset is not None and self.preset not in self.presets:
            raise ValueError(f"preset: {unknown(self.preset, self.presets)}")
        return self

    @property
    def rooms(self) -> Rooms:
        """Its values, those of the chosen preset over its own."""
        own, over = ({room: getattr(values, room) for room in Rooms.model_fields} for values in (self, self.chosen))
        return Rooms.from_values(merge(own, over))

    @property
    def chosen(self) -> Preset:
        """The chosen preset."""
        return self.presets[self.preset] if self.preset is not None else Preset()


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
    params = read_sections(path)
    for world in params.worlds:
        for policy in params.policies:
            train_settings(params, world, policy, str(path))
    return params


def read_sections(path: Path) -> Params:
    """As `read_params`, before it is seen what policies train with."""
    values, source = _read_yaml(path, _load), str(path)
    check_plain(values, source)
    if isinstance(values, dict):
        values = _gather_sections(values, source)
    return check(Params, values, source)


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
    """A world's section.

    Raises:
        ParamsError: no world of this name, or one without a section.
    """
    if world in doors.worlds() and world not in params.sections:
        rooms = ", ".join(f"{room}: {{}}" for room in Rooms.model_fields)
        raise ParamsError(f"{source}: {world}: missing, wanted a section of this world, say {{{rooms}}}")
    return params.sections[known(world, params.sections, f"{source}: worlds")]


def training_layers(params: Params, world: str, policy: str, source: str = "params.yaml") -> dict[str, Values]:
    """What says how a policy trains, by its key, each over those before.

    Train, WORLD.train, WORLD.presets.PRESET.train where a preset is chosen, policies.POLICY.

    Raises:
        ParamsError: an unknown world or policy.
    """
    section = section_of(params, world, source)
    own = params.policies[known(policy, params.policies, f"{source}: policies")] or {}
    layers = {"train": params.train.model_dump(mode="json"), f"{world}.train": section.train}
    if section.preset is not None:
        layers[f"{world}.presets.{section.preset}.train"] = section.chosen.train
    return layers | {f"policies.{policy}": own}


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
    return merged.of_policy(policy).model_copy(update={"hyperparameters": hyperparameters})


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


def read_commented(path: Path) -> Values:
    """The values of params.yaml, to be changed in place and written by `commented`.

    Raises:
        ParamsError: not there, or not yaml.
    """
    return _read_yaml(path, YAML().load)


def commented(values: Values) -> str:
    """The text of params.yaml with these values, and the comments that it was read with.

    Raises:
        ParamsError: a value that yaml cannot hold.
    """
    yaml, text = YAML(), io.StringIO()
    yaml.width = _WIDTH
    try:
        yaml.dump(values, text)
    except YAMLError as error:
        raise ParamsError(f"{error}; wanted plain values: numbers, text, lists, keys with values") from None
    return text.getvalue()


def read_value(text: str) -> Any:
    """One value as it would stand in params.yaml: `3`, `true`, `[1, 2]`, `{a: b}`.

    Raises:
        ParamsError: it is not yaml.
    """
    shown = text[:_MOST_SHOWN]
    try:
        value = _load(text)
    except (YAMLError, ValueError, RecursionError) as error:
        why = (str(error).splitlines() or ["brackets without end"])[0]
        raise ParamsError(f"got {shown}, wanted a value as in yaml: {why}") from None
    check_plain(value, f"got {shown}")
    return value


def _load(text: str) -> Any:
    """Plain values of yaml 1.2. libyaml is five times as fast as Python, which has the last word on what is yaml."""
    if _read_alike(text):
        with contextlib.suppress(YAMLError):
            return _plain(pure=False).load(text)
    return _plain(pure=True).load(text)


def _read_alike(text: str) -> bool:
    """Whether libyaml refuses a text or reads it as Python does: no tag, tab, directive; not deeper than its stack."""
    usual = text.isascii() and not re.search(r"[!\t]|^%", text, re.MULTILINE)
    return usual and sum(map(text.count, "[{-?")) <= _MOST_NESTED


def _plain(*, pure: bool) -> YAML:
    yaml = YAML(typ="safe", pure=pure)
    yaml.Constructor = _PlainConstructor
    return yaml


def _read_yaml(path: Path, load: Callable[[str], Any]) -> Any:
    try:
        return load(read_text(path, _MOST_BYTES))
    except FileNotFoundError:
        raise ParamsError(f"{path}: not found, wanted the file of parameters (the root of a checkout)") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise ParamsError(f"{path}: {where}not yaml: {error.problem or error.context}") from None
    except YAMLError as error:
        raise ParamsError(f"{path}: not yaml: {str(error).splitlines()[0]}") from None
    except RecursionError:
        raise ParamsError(f"{path}: not yaml: brackets within brackets without end") from None
    except ValueError as error:  # of read_text, or a date or number that is none
        told = str(error).removeprefix(f"{path}: ")
        raise ParamsError(f"{path}: {told}, wanted yaml") from None
