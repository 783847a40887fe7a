"""params.yaml is read once and checked: each mistake is told with file, key, value, wish and the nearest known name."""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from envs.airspace.simulation.disturbance_settings import Wind
from envs.airspace.simulation.room import SIMULATION
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic.traffic_settings import FAMILIES
from envs.ground import doors
from pipeline.algorithms.table import check_algorithm
from pipeline.ground.checks import ParamsError
from pipeline.settings.params import Params, read_params, train_settings
from pipeline.settings.train import Train
from pipeline.settings.worlds import check_all, lesson_settings, simulation_settings, training_settings, varied_settings
from pipeline.stages import scenarios

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "params.yaml").read_text(encoding="utf-8")
VALUES = YAML(typ="safe", pure=True).load(TEXT)

PPO = {"learning_rate": 0.001, "n_steps": 25, "policy_kwargs": {"net_arch": [64], "activation_fn": "tanh"}}
A2C = {"learning_rate": 0.002, "n_steps": 8}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "params.yaml"


def values() -> dict[str, Any]:
    """The repository's parameters, with policies, presets and choices of our own."""
    found = copy.deepcopy(VALUES)
    presets = {"small": {"ppo": PPO, "a2c": A2C}, "large": {"ppo": {"n_steps": 200}}}
    found |= {"policies": {"generic": {}}, "presets": presets}
    found["airspace"]["train"] = {}
    for world in set(doors.worlds()) - {"airspace"}:
        del found[world]
    found["train"] |= {"preset": "small", "algorithm": "ppo", "hyperparameters": {}, "traffic": "procedural"}
    return found


def write(file: Path, changes: dict[str, str]) -> None:
    """Write params.yaml with yaml texts at dotted keys; an empty text leaves the key out."""
    content = values()
    for number, (key, text) in enumerate(changes.items()):
        *sections, last = key.split(".")
        section = content
        for name in sections:
            section = section[name]
        section[last] = f"change {number}"
        if not text:
            del section[last]
    flow = json.dumps(content)  # JSON is yaml
    for number, text in enumerate(changes.values()):
        flow = flow.replace(f'"change {number}"', text)
    file.write_text(flow, encoding="utf-8")


def read(file: Path, changes: dict[str, str]) -> Params:
    write(file, changes)
    found = read_params(file)
    check_all(found, str(file))
    return found


def refusal(file: Path, changes: dict[str, str]) -> list[str]:
    """The lines of the message, without the file's name, which begins each."""
    with pytest.raises(ParamsError) as refused:
        read(file, changes)
    lines = str(refused.value).splitlines()
    assert all(line.startswith(f"{file}: ") for line in lines)
    return [line.removeprefix(f"{file}: ") for line in lines]


def params(policies: dict[str, Any], **changes: Any) -> Params:
    """The parameters with these policies and changes to the section train."""
    found = values()
    found |= {"policies": policies, "train": found["train"] | changes}
    return Params.from_values(found | {"sections": {"airspace": found.pop("airspace")}})


def test_the_projects_own_params_are_accepted() -> None:
    found = read_params(ROOT / "params.yaml")
    for policy in found.policies:
        settings = train_settings(found, "airspace", policy)
        check_algorithm(settings.algorithm, settings.hyperparameters, "params.yaml")
    for preset in found.presets.values():
        for algorithm, hyperparameters in preset.items():
            check_algorithm(algorithm, hyperparameters, "params.yaml: presets")


def test_the_airspaces_simulation_equals_the_defaults() -> None:
    assert VALUES["airspace"]["simulation"] == AirspaceSettings().model_dump(mode="json")


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        ("train.num_wolrds", "2", "train.num_wolrds: unknown key, did you mean 'num_worlds'? known: algorithm"),
        ("train.num_worlds", "", "train.num_worlds: missing"),
        ("seeds", "", "seeds: missing"),
        ("train.num_worlds", "-3", "train.num_worlds: got -3, wanted 1 or more"),
        ("train.num_worlds", "2.5", "train.num_worlds: got 2.5, wanted a whole number"),
        ("train.num_worlds", '"3"', "train.num_worlds: got '3', wanted a whole number"),
        ("train.num_worlds", "null", "train.num_worlds: got None, wanted a whole number"),
        ("train.num_worlds", "true", "train.num_worlds: got True, wanted a whole number"),
        ("evaluate.confidence", '"3"', "evaluate.confidence: got '3', wanted a number"),
        ("evaluate.confidence", "95", "evaluate.confidence: got 95, wanted less than 1"),
        ("export.opset", "30", "export.opset: got 30, wanted 20 or less"),
        ("export.parity_tolerance", "0", "export.parity_tolerance: got 0, wanted more than 0"),
        ("train.normalize_reward", "yes", "train.normalize_reward: got 'yes', wanted true or false"),
        ("seeds", "0", "seeds: got 0, wanted a list"),
        ("seeds", "[]", "seeds: got [], wanted a list of at least 1"),
        ("report.title", "[1]", "report.title: got [1], wanted text"),
        ("train.hyperparameters", "3", "train.hyperparameters: got 3, wanted keys with values"),
        (
            "airspace.simulation.observation.layout",
            "cpa",
            "airspace.simulation.observation.layout: got 'cpa', wanted 'relative', 'rel",
        ),
        (
            "airspace.simulation.procedural.families.crosing",
            "1",
            "airspace.simulation.procedural.families.crosing: unknown key, did you m",
        ),
        (
            "airspace.simulation.procedural.min_aircraft",
            "64",
            "airspace.simulation.procedural: min_aircraft 64 lies above max_aircraft",
        ),
        (
            "airspace.simulation.wind.from_deg",
            "400",
            "airspace.simulation.wind.from_deg: got 400, wanted less than 360",
        ),
        ("policies", "{a b!: {}}", "policies.a b!: got 'a b!', wanted letters, digits, _ and - only, _ and - not fir"),
        ("policies", "{a: {preset: smal}}", "policies.a.preset: unknown 'smal', did you mean 'small'? known: small, l"),
        ("train.preset", "smal", "train.preset: unknown 'smal', did you mean 'small'? known: small, large"),
        (
            "train.algorithm",
            "pp0",
            "train.algorithm (presets.small): unknown 'pp0', did you mean 'ppo'? known: ppo, a2c",
        ),
        (
            "policies",
            "{a: {algorithm: pp0}}",
            "policies.a.algorithm (presets.small): unknown 'pp0', did you mean 'ppo'",
        ),
        ("policies", "{a: {num_wolrds: 3}}", "policies.a.num_wolrds: unknown key, did you mean 'num_worlds'? known: "),
        ("policies", "{a: {num_worlds: 0}}", "policies.a.num_worlds: got 0, wanted 1 or more"),
    ],
)
def test_a_mistake_is_told_with_key_value_and_wish(file: Path, key: str, text: str, message: str) -> None:
    (line,) = refusal(file, {key: text})
    assert line.startswith(message)


@pytest.mark.parametrize("traffic", ["procedual", "3", "{}"])
def test_traffic_of_neither_kind_is_told_in_one_line(file: Path, traffic: str) -> None:
    got = repr(YAML(typ="safe", pure=True).load(traffic))
    assert refusal(file, {"train.traffic": traffic}) == [
        f"train.traffic: got {got}, wanted 'procedural' or 'own' or a list"
    ]


def test_training_departs_from_the_section_airspace(file: Path) -> None:
    params = read(file, {"train.simulation": "{procedural: {max_aircraft: 9}, wind: {speed_kt: 5.0}}"})
    trained_in = training_settings(
        SIMULATION, simulation_settings(params, "airspace"), train_settings(params, "airspace", "generic")
    )
    assert (trained_in.procedural.max_aircraft, trained_in.wind.speed_kt) == (9, 5.0)
    assert trained_in.reward == simulation_settings(params, "airspace").reward


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ("{wnd: {}}", "train.simulation.wnd: unknown key, did you mean 'wind'?"),
        ("{procedural: {max_aircraft: 0}}", "train.simulation.procedural.max_aircraft: got 0, wanted 1 or more"),
        ("{observation: {num_neighbours: 2}}", "train.simulation.observation: wanted none, it is the same wherever"),
        ("{actions: {kind: discrete}}", "train.simulation.actions: wanted none, it is the same wherever"),
    ],
)
def test_training_cannot_depart_from_what_is_seen_and_done(file: Path, changes: str, message: str) -> None:
    (line,) = refusal(file, {"train.simulation": changes})
    assert line.startswith(message)


def test_lessons_depart_from_what_training_departs_to(file: Path) -> None:
    lessons = "[{simulation: {procedural: {max_aircraft: 3}}, solved_share: 0.5}]"
    changes = {"train.simulation": "{procedural: {max_aircraft: 9}, wind: {speed_kt: 5.0}}"}
    params = read(file, {**changes, "train.curriculum.lessons": lessons})
    (lesson,) = lesson_settings(
        SIMULATION, simulation_settings(params, "airspace"), train_settings(params, "airspace", "generic")
    )
    assert (lesson.procedural.max_aircraft, lesson.wind.speed_kt) == (3, 5.0)


@pytest.mark.parametrize(
    ("lesson", "message"),
    [
        ("simulation: {wnd: {}}, solved_share: 0.5", ".simulation.wnd: unknown key, did you mean 'wind'?"),
        (
            "simulation: {actions: {kind: discrete}}, solved_share: 0.5",
            ".simulation.actions: wanted none, it is the same",
        ),
        (
            "simulation: {traffic: sector, episode: {after_arrival: leave}}, solved_share: 0.5",
            ".simulation.traffic: got sector, wanted families",
        ),
        ("simulation: {}, solved_share: 0", ".solved_share: got 0, wanted more than 0"),
        ("simulation: {}", ".solved_share: missing"),
    ],
)
def test_a_lesson_that_cannot_be_given_is_told_by_its_place(file: Path, lesson: str, message: str) -> None:
    (line,) = refusal(file, {"train.curriculum.lessons": f"[{{{lesson}}}]"})
    assert line.startswith(f"train.curriculum.lessons.0{message}")


def test_lessons_before_named_scenarios_are_refused(file: Path) -> None:
    changes = {"train.curriculum.lessons": "[{simulation: {}, solved_share: 0.5}]", "train.traffic": "[head_on]"}
    (line,) = refusal(file, changes)
    assert line == "train: traffic: got ['head_on'], wanted procedural, as in curriculum.lessons"


def test_a_mistake_inside_a_list_is_told_by_its_place_alone(file: Path) -> None:
    assert refusal(file, {"seeds": "[0, -1]"}) == ["seeds.1: got -1, wanted 0 or more"]
    assert refusal(file, {"train.traffic": "[a, 1]"}) == ["train.traffic.1: got 1, wanted text"]


def test_all_mistakes_are_told_at_once(file: Path) -> None:
    expected = ["train.num_worlds: got 0, wanted 1 or more", "export.opset: got 3, wanted 17 or more"]
    assert refusal(file, {"train.num_worlds": "0", "export.opset": "3"}) == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: [1\nb: 2", "line 2, column 2: not yaml: expected ',' or ']'"),
        (b"seed: 1\nseed: 2", 'line 2, column 1: not yaml: found duplicate key "seed"'),
        (b"\ttrain: 1", "line 1, column 1: not yaml: found character '\\t'"),
        (b"a: *b", "line 1, column 4: not yaml: found undefined alias"),
        (b"a: \xff", "byte 3: not UTF-8 text (damaged?), wanted yaml"),
        (b"a: \x07", "not yaml: unacceptable character"),
        (b"", "got None, wanted keys with values"),
        (b"- 1", "got [1], wanted keys with values"),
    ],
)
def test_what_is_no_yaml_is_told_with_its_place(file: Path, content: bytes, message: str) -> None:
    file.write_bytes(content)
    with pytest.raises(ParamsError) as refused:
        read_params(file)
    assert str(refused.value).startswith(f"{file}: {message}")


def test_a_missing_file_is_named(file: Path) -> None:
    with pytest.raises(ParamsError, match=r"params\.yaml: not found, wanted the file of parameters"):
        read_params(file)


def test_a_number_may_have_an_exponent_without_a_point(file: Path) -> None:
    """PyYAML reads 3e-4 as text."""
    found = read(file, {"train.hyperparameters": "{learning_rate: 3e-4}", "evaluate.confidence": "9e-1"})
    assert found.evaluate.confidence == 0.9
    assert train_settings(found, "airspace", "generic").hyperparameters["learning_rate"] == 0.0003


def test_a_date_is_text(file: Path) -> None:
    assert read(file, {"report.title": "2020-01-01"}).report.title == "2020-01-01"


def test_records_cannot_be_changed() -> None:
    found = params({"generic": {}})
    with pytest.raises(ValueError, match="frozen"):
        found.train.num_worlds = 3


def test_an_unknown_algorithm_is_named() -> None:
    with pytest.raises(
        ValueError,
        match=r"^here\.algorithm: unknown 'pp0', did you mean 'ppo'\? "
        r"known: ppo, a2c, trpo, impala, appo, maskable_ppo, recurrent_ppo, mappo, sac, tqc, crossq, td3, ddpg, dqn, "
        r"qrdqn, ars, alphazero, muzero, bc, cql, iql$",
    ):
        check_algorithm("pp0", {}, "here")


def test_an_unknown_hyperparameter_is_named() -> None:
    wish = r"^here\.hyperparameters \(ppo\): unknown 'learning_rat', did you mean 'learning_rate'\? known: learn"
    with pytest.raises(ValueError, match=wish):
        check_algorithm("ppo", {"learning_rat": 0.1}, "here")


def test_a_hyperparameter_of_another_algorithm_is_unknown() -> None:
    check_algorithm("ppo", {"clip_range": 0.1}, "here")
    with pytest.raises(ValueError, match=r"here\.hyperparameters \(a2c\): unknown 'clip_range'"):
        check_algorithm("a2c", {"clip_range": 0.1}, "here")


def test_what_we_decide_is_no_hyperparameter() -> None:
    with pytest.raises(ValueError, match=r"here\.hyperparameters \(ppo\): unknown 'seed'"):
        check_algorithm("ppo", {"seed": 3}, "here")


def test_an_unknown_suite_scenario_is_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(file, {"airspace.scenarios.suite": "[head_no]"})
    monkeypatch.chdir(file.parent)
    monkeypatch.setattr(sys, "argv", ["scenarios", "airspace"])
    wish = r"^params\.yaml: airspace\.scenarios\.suite: unknown 'head_no', did you mean 'head_on'\? known: "
    with pytest.raises(ParamsError, match=wish):
        scenarios.main()
    assert not (file.parent / "data").exists()


def test_hyperparameters_come_from_the_policy_before_train_before_the_preset() -> None:
    policies = {"own": {"hyperparameters": {"n_steps": 3}}, "plain": None}
    found = params(policies, hyperparameters={"n_steps": 2, "gamma": 0.5})
    assert train_settings(found, "airspace", "own").hyperparameters == {**PPO, "n_steps": 3, "gamma": 0.5}
    assert train_settings(found, "airspace", "plain").hyperparameters == {**PPO, "n_steps": 2, "gamma": 0.5}


def test_nested_hyperparameters_are_merged_key_by_key() -> None:
    found = params({"wide": {"hyperparameters": {"policy_kwargs": {"net_arch": [9]}}}})
    merged = train_settings(found, "airspace", "wide").hyperparameters["policy_kwargs"]
    assert merged == {"net_arch": [9], "activation_fn": "tanh"}


def test_another_preset_replaces_the_whole_set() -> None:
    assert train_settings(params({"other": {"preset": "large"}}), "airspace", "other").hyperparameters == {
        "n_steps": 200
    }


def test_another_algorithm_inherits_no_hyperparameters_of_train() -> None:
    policies = {
        "other": {"algorithm": "a2c"},
        "own": {"algorithm": "a2c", "hyperparameters": {"gamma": 0.1}},
        "same": {"algorithm": "ppo"},
    }
    found = params(policies, hyperparameters={"n_steps": 2})
    assert train_settings(found, "airspace", "other").hyperparameters == A2C
    assert train_settings(found, "airspace", "own").hyperparameters == {**A2C, "gamma": 0.1}
    assert train_settings(found, "airspace", "same").hyperparameters["n_steps"] == 2


def test_a_policy_may_override_a_key_inside_validation() -> None:
    found = params({"patient": {"validation": {"flawless_to_stop": 7}, "num_worlds": 4}})
    settings = train_settings(found, "airspace", "patient")
    expected = values()["train"] | {"num_worlds": 4, "hyperparameters": PPO}
    expected["validation"] = {**expected["validation"], "flawless_to_stop": 7}
    assert settings == Train.from_values(expected)


def test_an_unknown_policy_is_named() -> None:
    with pytest.raises(ParamsError, match=r"^params\.yaml: policies: unknown 'genric', did you mean 'generic'\?"):
        train_settings(params({"generic": {}}), "airspace", "genric")


def varied(families: tuple[str, ...] = (), **simulation: Any) -> AirspaceSettings:
    """The airspace of a test set with these families and changes."""
    rules = {"num_episodes": 1, "only_conflicting": False, "only_solvable": False}
    held_out = {"families": ["area", "random"], "num_aircraft": [3], "cas_kt": {"low": 270.0, "high": 280.0}}
    found = values()
    found["airspace"]["simulation"] = {"procedural": {"held_out": held_out}}
    found["airspace"]["scenarios"]["test_sets"] = {
        "own": {**rules, "families": list(families), "simulation": simulation}
    }
    section = found.pop("airspace")
    return varied_settings(Params.from_values(found | {"sections": {"airspace": section}}), "airspace")["own"]


def test_a_test_set_keeps_what_it_does_not_change() -> None:
    assert varied(wind={"speed_kt": 20.0}).wind == Wind(speed_kt=20.0)
    drawn = varied(wind={"speed_kt": 20.0}).procedural
    assert drawn == varied().procedural
    assert (drawn.held_out.families, drawn.counts) == (("area", "random"), (2, 4))


def test_a_test_set_draws_the_families_that_it_names_and_only_those_held_out_or_not() -> None:
    drawn = varied(("area", "merging")).procedural
    assert {name for name, weight in zip(FAMILIES, drawn.weights, strict=True) if weight} == {"area", "merging"}
    assert drawn.held_out.families == ("random",)
    assert drawn.counts == (2, 4)


def test_a_test_set_may_ask_for_numbers_and_speeds_that_are_held_out() -> None:
    wanted = {"cas_kt": {"low": 270.0, "high": 280.0}, "held_out": {"num_aircraft": [], "cas_kt": None}}
    assert varied(procedural=wanted).procedural.counts == (2, 3, 4)
    with pytest.raises(ParamsError, match=r"held_out\.cas_kt leaves nothing of cas_kt 270 to 280"):
        varied(procedural={"cas_kt": wanted["cas_kt"]})


OWN = "{own: {num_episodes: 1, only_conflicting: %s, only_solvable: false, families: [%s], simulation: {%s}}}"
IN_SECTOR = "traffic: sector, episode: {max_steps: 400, after_arrival: leave}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            OWN % ("true", "aera", ""),
            "families: unknown 'aera', did you mean 'area'? known: crossing, merging, chasing",
        ),
        (
            OWN % ("true", "", "wnd: {}"),
            "simulation.wnd: unknown key, did you mean 'wind'? known: actions, observation",
        ),
        (OWN % ("true", "", IN_SECTOR), "only_conflicting: got true, wanted false: a sector does not end with"),
        (
            OWN % ("false", "", "traffic: sector"),
            "simulation.traffic: sector wants episode.after_arrival leave, got con",
        ),
    ],
)
def test_a_mistake_in_a_test_set_is_told_at_its_place(file: Path, text: str, message: str) -> None:
    (line,) = refusal(file, {"airspace.scenarios.test_sets": text})
    assert line.startswith(f"airspace.scenarios.test_sets.own.{message}")
