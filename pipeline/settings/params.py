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
from envs.ground.record import Name, Record, Seed, unknown
from pipeline.ground.checks import ParamsError, check, known, merge
from pipeline.settings.evaluate import Evaluate
from pipeline.settings.scenarios import Scenarios
from pipeline.settings.search_space import Value
from pipeline.settings.sections import Acceptance, Export, Flows, Report, Tracking, Tune
from pipeline.settings.train import Train

Values = dict[str, Any]


class Rooms(Record):
    """A world's own values, room by room, as plain values: each door knows the record of its room."""

    simulation: Values = Field(default_factory=dict)
    baselines: Values = Field(default_factory=dict)
    scenarios: Values = Field(default_factory=dict)
    evaluation: Values = Field(default_factory=dict)
    train: Values = Field(default_factory=dict)


class Section(Rooms):
    """The section of a world: its values, ready ones by name, and which of these are laid over its own."""

    preset: str | None = None
    presets: dict[Name, Rooms] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _preset_is_known(self) -> Self:
        if self.preset is not None and self.preset not in self.presets:
            raise ValueError(f"preset: {unknown(self.preset, self.presets)}")
        return self

    @property
    def rooms(self) -> Rooms:
        """Its values, those of the chosen preset over its own."""
        over = self.presets[self.preset].model_dump(mode="json") if self.preset else {}
        own = self.model_dump(mode="json", include=set(Rooms.model_fields))
        return Rooms.from_values(merge(own, over))


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
    values = _read_yaml(path)
    sections: dict[str, Any] = {}
    if isinstance(values, dict):
        sections = {name: values[name] for name in doors.worlds() if name in values}
        values = {key: value for key, value in values.items() if key not in sections}
        _refuse_unknown_sections(values, str(path))
        checked = {name: check(Section, value or {}, str(path), f"{name}.") for name, value in sections.items()}
        values["sections"] = {name: section.model_dump(mode="json") for name, section in checked.items()}
    params = check(Params, values, str(path))
    for name in params.worlds:
        known(name, params.sections, f"{path}: worlds")
    for policy in params.policies:
        train_settings(params, params.worlds[0], policy, str(path))
    return params


def _refuse_unknown_sections(values: dict[str, Any], source: str) -> None:
    """Raise ParamsError for a top-level key that is neither a section nor a world."""
    names = [name for name in Params.model_fields if name != "sections"]
    for key in values:
        known(str(key), [*names, *doors.worlds()], source)


def train_settings(params: Params, world: str, policy: str, source: str = "params.yaml") -> Train:
    """What policy `policy` trains with: preset, then the section train, then WORLD.train, then its own overrides.

    A policy that names another algorithm than the section train inherits none of its hyperparameters.

    Raises:
        ParamsError: an unknown policy or preset, or an override that `train` does not know.
    """
    overrides = params.policies[known(policy, params.policies, f"{source}: policies")] or {}
    of_world = params.sections[known(world, params.sections, f"{source}: worlds")].rooms.train
    inherited = merge(params.train.model_dump(mode="json"), of_world)
    check(Train, inherited, source, f"{world}.train.")
    if overrides.get("algorithm", inherited["algorithm"]) != inherited["algorithm"]:
        inherited["hyperparameters"] = {}
    merged = check(Train, merge(inherited, overrides), source, f"policies.{policy}.")
    said_by = {
        key: f"policies.{policy}" if key in overrides else f"{world}.train" if key in of_world else "train"
        for key in ("preset", "algorithm")
    }
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
