"""Ready sections of a world: laid over its own values, by name, and checked whether chosen or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, change_params

from benchmarks.tutorial_recipes import RECIPES
from pipeline.algorithms.table import check_algorithm
from pipeline.ground.checks import ParamsError
from pipeline.settings.params import Section, read_params, train_settings
from pipeline.settings.worlds import check_all, drawn_sets, simulation_settings, with_preset

PARAMS = read_params(ROOT / "params.yaml")
EMPTY: dict[str, Any] = {"simulation": {}, "baselines": {}, "scenarios": {}, "evaluation": {}, "train": {}}
PRESETS = PARAMS.sections["pettingzoo"].presets
TUTORIALS = [name for name in PRESETS if not name.startswith("metadrive_")]


def changed(folder: Path, values: dict[str, Any]) -> Path:
    """The project's params.yaml with other values."""
    file = folder / "params.yaml"
    file.write_text((ROOT / "params.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    change_params(file, values)
    return file


def test_a_preset_is_laid_over_the_sections_own_values() -> None:
    ready = {"simulation": {"arguments": {"b": 3}}, "train": {"num_worlds": 8}}
    own = {
        "simulation": {"module": "m", "arguments": {"a": 1, "b": 2}},
        "train": {"num_worlds": 1, "preset": "general"},
    }
    section = Section.from_values({**EMPTY, **own, "preset": "mine", "presets": {"mine": ready, "other": {}}})
    assert section.rooms.simulation == {"module": "m", "arguments": {"a": 1, "b": 3}}
    assert section.rooms.train == {"num_worlds": 8, "preset": "general"}


def test_without_a_preset_a_section_is_as_it_stands() -> None:
    section = Section.from_values(
        {**EMPTY, "train": {"num_worlds": 1}, "presets": {"mine": {"train": {"num_worlds": 8}}}}
    )
    assert section.rooms.train == {"num_worlds": 1}


def test_a_chosen_preset_decides_what_is_played_drawn_and_trained(tmp_path: Path) -> None:
    params = read_params(changed(tmp_path, {"pettingzoo.preset": "simple_spread"}))
    assert simulation_settings(params, "pettingzoo").max_steps == 25
    assert train_settings(params, "pettingzoo", "generic").total_timesteps == 98_304
    waterworld = with_preset(params, "pettingzoo", "waterworld")
    assert simulation_settings(waterworld, "pettingzoo").module == "pettingzoo.sisl.waterworld_v4"
    assert drawn_sets(waterworld, "pettingzoo")["test"].num_episodes == 50


def test_an_unknown_preset_is_named_with_the_nearest(tmp_path: Path) -> None:
    file = changed(tmp_path, {"pettingzoo.preset": "watrworld"})
    with pytest.raises(ParamsError, match=r"pettingzoo.*preset: unknown 'watrworld', did you mean 'waterworld'\?"):
        read_params(file)


def test_a_fault_in_a_preset_that_is_not_chosen_is_named(tmp_path: Path) -> None:
    file = changed(tmp_path, {"pettingzoo.presets.pistonball.simulation.max_steps": 0})
    with pytest.raises(ParamsError, match=r"preset pistonball: pettingzoo\.simulation\.max_steps: got 0, wanted 1 or"):
        check_all(read_params(file), str(file))


@pytest.mark.parametrize("name", PRESETS)
def test_what_a_preset_trains_with_is_accepted_by_its_algorithm(name: str) -> None:
    settings = train_settings(with_preset(PARAMS, "pettingzoo", name), "pettingzoo", "generic")
    check_algorithm(settings.algorithm, settings.hyperparameters, f"presets.{name}")
    assert settings.normalize_observation is ("cnn" not in str(settings.hyperparameters))  # bytes are in 0 .. 1 already


@pytest.mark.parametrize("name", TUTORIALS)
def test_both_sides_of_the_benchmark_see_one_environment_and_have_one_budget(name: str) -> None:
    params, recipe = with_preset(PARAMS, "pettingzoo", name), RECIPES[name]
    played_in = simulation_settings(params, "pettingzoo")
    assert (played_in.module, played_in.arguments) == (recipe.module, dict(recipe.arguments))
    theirs = [{wrapper.rpartition("_v")[0]: dict(own)} for wrapper, own in recipe.wrappers.items()]
    assert list(played_in.wrappers) == theirs
    assert train_settings(params, "pettingzoo", "generic").total_timesteps == recipe.budget


def test_every_recipe_has_a_preset() -> None:
    assert list(RECIPES) == TUTORIALS


def test_a_preset_where_there_are_none_is_refused_in_a_whole_sentence(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match=r"airspace.*preset: unknown 'fast', known: none$"):
        read_params(changed(tmp_path, {"airspace.presets": {}, "airspace.preset": "fast"}))


READY = [
    (world, name) for world, section in PARAMS.sections.items() if world != "pettingzoo" for name in section.presets
]


@pytest.mark.parametrize(("world", "name"), READY)
def test_naming_a_ready_section_is_all_that_it_takes(tmp_path: Path, world: str, name: str) -> None:
    file = changed(tmp_path, {"worlds": [world], f"{world}.preset": name})
    check_all(read_params(file), str(file))


@pytest.mark.parametrize("place", [("simulation",), ("validation", "simulation")])
def test_what_lies_below_a_ready_section_is_checked_by_itself(tmp_path: Path, place: tuple[str, ...]) -> None:
    train: dict[str, Any] = {"wind": {"from_deg": 400.0}}
    for key in reversed(place):
        train = {key: train}
    file = changed(tmp_path, {"airspace.preset": "robust", "airspace.train": train})
    told = rf"params\.yaml: airspace\.train\.{'.'.join(place)}\.wind\.from_deg: got 400\.0, wanted less than"
    with pytest.raises(ParamsError, match=told):
        check_all(read_params(file), str(file))
