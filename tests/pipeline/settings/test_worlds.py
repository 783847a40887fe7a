"""The world is an axis: each has a section of its name, checked room by room whether it runs or not."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from envs.ground import doors
from pipeline.ground.checks import ParamsError, told_at
from pipeline.settings.params import Params, read_params, section_of, train_settings
from pipeline.settings.train import Train
from pipeline.settings.worlds import check_all, simulation_settings

VALUES = YAML(typ="safe", pure=True).load((Path(__file__).parents[3] / "params.yaml").read_text(encoding="utf-8"))
FLAT = {"net_arch": [64]}
PRESETS = {"small": {"ppo": {"gamma": 0.9, "policy_kwargs": FLAT}, "a2c": {"gamma": 0.8}}, "large": {"ppo": {}}}
EMPTY: dict[str, Any] = {room: {} for room in ("simulation", "baselines", "scenarios", "evaluation", "train")}
DRAWN = {name: {"only_conflicting": False, "only_solvable": False} for name in ("validation", "test")}
CURRICULUM = {"every_timesteps": 1, "num_episodes": 1}
WINDY = {"wind": {"from_deg": 400.0}}
Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "params.yaml"


def read(file: Path, change: Change) -> Params:
    """Parameters of our own, changed, and all checked; pettingzoo does not run."""
    values = copy.deepcopy(VALUES)
    values |= {"policies": {"generic": {}}, "presets": PRESETS, "worlds": ["airspace"]}
    values["train"] |= {"preset": "small", "algorithm": "ppo", "hyperparameters": {}, "simulation": {}}
    values["airspace"]["train"] = {}
    values["pettingzoo"]["train"] = {}
    values["boards"]["train"] = {}
    values["triangles"]["train"] = {}
    for world in ("roads", "boards", "swarm", "triangles"):
        values[world]["presets"] = {}  # one of them trains by a preset of the project's own
    change(values)
    file.write_text(json.dumps(values), encoding="utf-8")  # JSON is yaml
    params = read_params(file)
    check_all(params, str(file))
    return params


def refusal(file: Path, change: Change) -> str:
    """The message without the file's name."""
    with pytest.raises(ParamsError) as refused:
        read(file, change)
    assert str(refused.value).startswith(f"{file}: ")
    return str(refused.value).removeprefix(f"{file}: ")


def setting(*keys_and_value: Any) -> Change:
    """A change of one value."""
    *way, last, value = keys_and_value

    def change(values: dict[str, Any]) -> None:
        for key in way:
            values = values[key]
        values[last] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (setting("worlds", []), "worlds: got [], wanted a list of at least 1"),
        (setting("worlds", ["airspace", "airspace"]), "worlds: got ['airspace', 'airspace'], wanted each one once"),
        (
            setting("worlds", ["airspac"]),
            "worlds: unknown 'airspac', did you mean 'airspace'? known: airspace, boards",
        ),
        (
            lambda values: values.pop("airspace"),
            "airspace: missing, wanted a section of this world, say {simulation: {",
        ),
        (lambda values: values["airspace"].pop("baselines"), "airspace.baselines: missing"),
        (setting("airspace", None), "airspace.simulation: missing"),
        (setting("airspace", "rooms", {}), "airspace.rooms: unknown key, known: simulation, baselines, scenarios, eva"),
        (setting("airspace", "evaluation", 3), "airspace.evaluation: got 3, wanted keys with values"),
        (setting("seaspace", EMPTY), "unknown 'seaspace', did you mean 'airspace'? known: seeds, policies, worlds, "),
    ],
)
def test_a_world_that_cannot_run_is_told(file: Path, change: Change, message: str) -> None:
    assert refusal(file, change).startswith(message)


def test_a_world_may_not_be_called_like_a_section(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "worlds", lambda: ("airspace", "train"))
    told = "train: got a world of this name (envs/train), wanted one of no section's"
    assert refusal(file, lambda values: None) == told


def test_a_section_of_empty_rooms_takes_all_defaults(file: Path) -> None:
    params = read(file, setting("pettingzoo", EMPTY | {"scenarios": DRAWN}))
    assert simulation_settings(params, "pettingzoo") == doors.simulation("pettingzoo").settings()
    assert section_of(params, "pettingzoo").train == {}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            setting("pettingzoo", "simulation", "modul", "x"),
            "pettingzoo.simulation.modul: unknown key, did you mean 'mod",
        ),
        (
            setting("pettingzoo", "scenarios", "test", {}),
            "pettingzoo.scenarios.test.only_conflicting: got true, wanted",
        ),
        (setting("pettingzoo", "train", "num_worlds", 0), "pettingzoo.train.num_worlds: got 0, wanted 1 or more"),
        (
            setting("pettingzoo", "train", "preset", "smal"),
            "pettingzoo.train.preset: unknown 'smal', did you mean 'smal",
        ),
        (
            setting("pettingzoo", "train", "simulation", {"max_steps": 0}),
            "pettingzoo.train.simulation.max_steps: got 0",
        ),
    ],
)
def test_a_world_that_does_not_run_is_checked(file: Path, change: Change, message: str) -> None:
    assert refusal(file, change).startswith(message)


def test_of_a_world_that_does_not_run_nothing_is_made(file: Path) -> None:
    named = setting("pettingzoo", "simulation", "module", "not_installed")
    read(file, named)

    def run_it(values: dict[str, Any]) -> None:
        named(values)
        values["worlds"] = ["pettingzoo"]

    assert refusal(file, run_it).startswith("pettingzoo.simulation.module: not_installed cannot be imported: ")


def test_changes_for_one_worlds_training_are_no_mistake_in_worlds_that_do_not_run(file: Path) -> None:
    params = read(file, setting("train", "simulation", {"procedural": {"max_aircraft": 9}}))
    assert train_settings(params, "airspace", "generic").simulation == {"procedural": {"max_aircraft": 9}}


@pytest.mark.parametrize("layer", [("train",), ("airspace", "train"), ("policies", "generic")])
def test_a_mistake_in_what_is_trained_in_is_told_by_the_key_that_says_it(file: Path, layer: tuple[str, ...]) -> None:
    message = refusal(file, setting(*layer, "simulation", WINDY))
    assert message == f"{'.'.join(layer)}.simulation.wind.from_deg: got 400.0, wanted less than 360.0"
    lessons = {"lessons": [{"simulation": WINDY, "solved_share": 0.5}]}
    message = refusal(file, setting(*layer, "curriculum", CURRICULUM | lessons))
    assert message.startswith(f"{'.'.join(layer)}.curriculum.lessons.0.simulation.wind.from_deg: got 400.0")


def trained(file: Path, train: dict[str, Any], world: dict[str, Any], policy: dict[str, Any]) -> Train:
    """The settings of a policy by what the layers say."""

    def change(values: dict[str, Any]) -> None:
        values["train"] |= train
        values["airspace"]["train"], values["policies"]["generic"] = world, policy

    return train_settings(read(file, change), "airspace", "generic")


def test_a_policy_goes_before_its_world_before_train_before_the_preset(file: Path) -> None:
    layers = [{"hyperparameters": {"n_steps": n, f"key_{n}": n}, "num_worlds": n} for n in (1, 2, 3)]
    found = trained(file, *layers)
    assert found.num_worlds == 3
    wanted = {"gamma": 0.9, "policy_kwargs": FLAT, "n_steps": 3, "key_1": 1, "key_2": 2, "key_3": 3}
    assert found.hyperparameters == wanted
    wind = [{"simulation": {"wind": {"speed_kt": speed}}} for speed in (1.0, 2.0)]
    assert trained(file, *wind, {"simulation": {"wind": {"from_deg": 9.0}}}).simulation == {
        "wind": {"speed_kt": 2.0, "from_deg": 9.0}
    }


def test_a_world_that_trains_by_another_algorithm_inherits_no_hyperparameters(file: Path) -> None:
    found = trained(file, {"hyperparameters": {"n_steps": 7}}, {"algorithm": "a2c"}, {})
    assert found.hyperparameters == {"gamma": 0.8}
    again = trained(file, {"hyperparameters": {"n_steps": 7}}, {"algorithm": "a2c"}, {"algorithm": "ppo"})
    assert again.hyperparameters == PRESETS["small"]["ppo"]


def test_the_preset_that_a_world_names_is_told_by_its_key(file: Path) -> None:
    message = refusal(file, setting("airspace", "train", {"preset": "large", "algorithm": "a2c"}))
    assert message == "airspace.train.algorithm (presets.large): unknown 'a2c', known: ppo"


def test_what_is_refused_inside_is_told_by_its_place() -> None:
    record = doors.simulation("airspace").settings
    for said, told in {"wind: too much": "here.wind: too much", "all: too much": "here: all: too much"}.items():
        with pytest.raises(ParamsError, match=f"^{told}$"), told_at("here", record):
            raise ValueError(said)
    with pytest.raises(ParamsError, match=r"^elsewhere$"), told_at("here", record):
        raise ParamsError("elsewhere")
