"""Facts about people's mistakes: status 1, one message with file and field, and what was finished stays as it was."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from conftest import Checkout

from pipeline.ground.digests import digest_folder

EVALUATED, TRAINED = "data/evaluation/airspace/generic/0", "data/models/airspace/generic/0"
EXPORTED, SETS = "data/export/airspace/generic", "data/scenarios/airspace"
Refuse = Callable[..., str]


def contents(checkout: Checkout) -> str:
    return digest_folder(checkout.folder / "data")


MISTAKES: dict[str, tuple[str, Any, str]] = {
    "a negative count": ("train.num_worlds", -1, "train.num_worlds: got -1, wanted 1 or more"),
    "a text for a number": ("train.total_timesteps", "many", "train.total_timesteps: got 'many'"),
    "a number for a truth": ("train.normalize_reward", 1, "train.normalize_reward: got 1"),
    "a number that is none": (
        "airspace.simulation.reward.arrival",
        float("nan"),
        "airspace.simulation.reward.arrival: got",
    ),
    "an unknown algorithm": ("train.algorithm", "pp0", "'pp0', did you mean 'ppo'? known: ppo, a2c, trpo"),
    "an unknown preset": ("train.preset", "fats", "'fats', did you mean 'fast'? known: fast, general"),
    "a range upside down": (
        "airspace.simulation.procedural.cas_kt",
        {"low": 280.0, "high": 220.0},
        "airspace.simulation.procedural.cas_kt",
    ),
    "no seeds": ("seeds", [], "seeds: got []"),
    "a name with a slash": ("policies", {"a/b": {}}, "policies.a/b"),
    "a policy's unknown key": (
        "policies",
        {"generic": {"num_world": 8}},
        "num_world: unknown key, did you mean 'num_w",
    ),
}


@pytest.mark.parametrize("stage", ["scenarios", "train", "evaluate", "export", "report"])
def test_a_typo_in_params_is_named_by_every_stage(stage: str, checkout: Checkout, refuse: Refuse) -> None:
    path = checkout.folder / "params.yaml"
    path.write_text(path.read_text().replace("num_worlds:", "num_wolds:"))
    before = contents(checkout)
    message = refuse(stage)
    assert "params.yaml: train.num_wolds: unknown key, did you mean 'num_worlds'? known: " in message
    assert "params.yaml: train.num_worlds: missing" in message
    assert contents(checkout) == before


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_wrong_value_in_params_is_named(mistake: str, checkout: Checkout, refuse: Refuse) -> None:
    key, value, words = MISTAKES[mistake]
    checkout.change({key: value})
    before = contents(checkout)
    message = refuse("train")
    assert message.startswith("params.yaml: ")
    assert words in message
    assert contents(checkout) == before


def test_an_unknown_suite_scenario_is_named(checkout: Checkout, refuse: Refuse) -> None:
    checkout.change({"airspace.scenarios.suite": ["head_no"]})
    before = contents(checkout)
    message = refuse("scenarios")
    assert message.startswith(
        "params.yaml: airspace.scenarios.suite: unknown 'head_no', did you mean 'head_on'? known: "
    )
    assert contents(checkout) == before


def test_a_shift_of_an_unknown_scenario_or_aircraft_leaves_the_old_results(checkout: Checkout, refuse: Refuse) -> None:
    evaluated = [path for path in (checkout.folder / "data/evaluation").rglob("*") if path.is_file()]
    before = [path.read_bytes() for path in evaluated]
    checkout.change({"airspace.evaluation.shifts.scenarios": ["chase_3p2"]})
    message = refuse("evaluate")
    wish = "unknown 'chase_3p2', did you mean 'chase_3p1'? known: "
    assert message.startswith(f"params.yaml: airspace.evaluation.shifts.scenarios: {wish}")
    checkout.change(
        {
            "airspace.evaluation.shifts.scenarios": ["chase_3p1"],
            "airspace.evaluation.shifts.families.type.macro": ["A999"],
        }
    )
    message = refuse("evaluate")
    assert message.startswith("params.yaml: airspace.evaluation.shifts.families.type.macro: ")
    assert "A999" in message
    assert [path.read_bytes() for path in evaluated] == before


def test_traffic_of_an_unknown_scenario_is_named(checkout: Checkout, refuse: Refuse) -> None:
    checkout.change({"train.traffic": ["head_no"]})
    assert refuse("train").startswith("params.yaml: train.traffic: unknown 'head_no', did you mean 'head_on'? known: ")


def test_an_unknown_hyperparameter_is_named(checkout: Checkout, refuse: Refuse) -> None:
    checkout.change({"train.hyperparameters": {"learning_rat": 0.1}})
    assert "unknown 'learning_rat', did you mean 'learning_rate'? known: " in refuse("train")


@pytest.mark.parametrize("gradient", ["torch", "compiled"])
def test_training_that_diverges_says_so(gradient: str, checkout: Checkout, refuse: Refuse) -> None:
    checkout.change({"train.hyperparameters": {"learning_rate": 1e30}, "train.gradient": gradient})
    message = refuse("train")
    assert re.match(r"train\.hyperparameters: diverged, after [\d,]+ agent-steps a weight is infinite or not", message)
    assert "wanted a smaller learning_rate" in message


def test_a_layout_that_our_learners_do_not_take_is_named(checkout: Checkout, refuse: Refuse) -> None:
    checkout.change({"airspace.simulation.observation.layout": "entities"})
    assert refuse("train").startswith("observation.layout: got entities, wanted a flat layout")


def test_params_that_are_not_yaml_are_told_with_the_line(checkout: Checkout, refuse: Refuse) -> None:
    (checkout.folder / "params.yaml").write_text("seeds: [0\n")
    assert re.match(r"params\.yaml: line \d+, column \d+: not yaml: ", refuse("train"))


def test_params_that_are_not_there_are_told(checkout: Checkout, refuse: Refuse) -> None:
    (checkout.folder / "params.yaml").unlink()
    assert refuse("scenarios").startswith("params.yaml: not found")


@pytest.mark.parametrize("arguments", [("airspace", "generic"), ("airspace", "generic", "x"), tuple("abcd")])
def test_wrong_arguments_are_told_with_an_example(arguments: tuple[str, ...], refuse: Refuse) -> None:
    assert (
        refuse("train", *arguments) == f"got {' '.join(arguments)}, wanted: WORLD POLICY SEED, say airspace generic 0"
    )


def test_an_unknown_world_or_policy_is_named(refuse: Refuse) -> None:
    said = refuse("train", "airspace", "genric", "0")
    assert said.startswith("params.yaml: policies: unknown 'genric', did you mean 'generic'?")
    said = refuse("train", "airspac", "generic", "0")
    assert said.startswith("params.yaml: worlds: unknown 'airspac', did you mean 'airspace'?")


def two(**changes: Any) -> dict[str, Any]:
    """A legal scenario of two aircraft; `changes` go to the second."""
    waypoint = {"lat": 51.0, "lon": 13.9}
    plain = {"type": "A320", "lon": 13.7, "hdg_deg": 90, "spd_kt": 250, "alt_ft": 10000, "waypoint": waypoint}
    agents = [{"id": "AC1", "lat": 51.0, **plain}, {"id": "AC2", "lat": 51.5, **plain, **changes}]
    centre = {"lat": 51.0, "lon": 13.7, "alt_ft": 10000}
    return {"scenario_name": "two", "seed": 0, "notes": "", "center": centre, "sim_dt_s": 1, "agents": agents}


SCENARIOS: dict[str, tuple[str, str]] = {
    "no JSON": ("{", "not JSON"),
    "a field that is missing": (json.dumps(two()).replace('"hdg_deg": 90, ', "", 1), "agents[0].hdg_deg: missing"),
    "NaN": (json.dumps(two(hdg_deg=float("nan"))), "agents[1].hdg_deg: got nan"),
    "an id given twice": (json.dumps(two(id="AC1")), "agents[1].id: got 'AC1', the id of agents[0]"),
    "closer than 5 NM": (json.dumps(two(lat=51.08)), "agents[1].lat/lon: got 4.8"),
    "an unknown type": (json.dumps(two(type="A32O")), "agents[1].type"),
    "the suite's name": (json.dumps(two()).replace('"two"', '"head_on"'), "'head_on' is the suite's"),
}


@pytest.mark.parametrize("mistake", SCENARIOS)
def test_a_wrong_scenario_file_is_named(mistake: str, checkout: Checkout, refuse: Refuse) -> None:
    text, words = SCENARIOS[mistake]
    (checkout.folder / "data/custom_scenarios/airspace/two.json").write_text(text)
    before = contents(checkout)
    message = refuse("scenarios")
    assert message.startswith("data/custom_scenarios")
    assert words in message
    assert len(message.splitlines()) == 1
    assert contents(checkout) == before


def test_sets_that_cannot_be_filled_leave_the_old_scenarios(checkout: Checkout, refuse: Refuse) -> None:
    checkout.change({"airspace.scenarios.suite": ["parallel"]})
    checkout.change(
        {"airspace.simulation.procedural.min_aircraft": 1, "airspace.simulation.procedural.max_aircraft": 1}
    )
    before = contents(checkout)
    assert refuse("scenarios").startswith("scenarios.validation: only 0 of 500 draws are conflicting, wanted 10")
    assert contents(checkout) == before


def test_scenarios_no_longer_wanted_disappear(checkout: Checkout) -> None:
    checkout.change({"airspace.scenarios.suite": ["head_on"]})
    checkout.run_well("scenarios")
    assert [path.name for path in (checkout.folder / f"{SETS}/train/suite").iterdir()] == ["head_on.json"]


def test_a_full_disk_leaves_the_old_scenarios(checkout: Checkout) -> None:
    checkout.change({"scenarios.seed": 1})
    before = contents(checkout)
    outcome = checkout.run("scenarios", largest_file=1000)
    assert outcome.status == 1
    assert outcome.said.strip().splitlines()[-1].startswith("error: data/scenarios/")
    assert "File too large" in outcome.said
    assert "Traceback" not in outcome.said
    assert contents(checkout) == before


BROKEN: dict[str, tuple[str, str]] = {
    f"{SETS}/proofs.parquet": ("evaluate", f"{SETS}/proofs.parquet"),
    f"{SETS}/test.parquet": ("evaluate", f"{SETS}/test.parquet"),
    f"{SETS}/train/suite/head_on.json": (
        "evaluate",
        f"{SETS}/train/suite/head_on.json",
    ),
    f"{TRAINED}/network.safetensors": ("evaluate", f"{TRAINED}/network.safetensors"),
    f"{TRAINED}/training.json": ("export", TRAINED),
    f"{TRAINED}/training.csv": ("report", TRAINED),
    f"{EVALUATED}/figures.json": ("export", f"{EVALUATED}/figures.json"),
    f"{EVALUATED}/recordings.parquet": (
        "report",
        f"{EVALUATED}/recordings.parquet",
    ),
    f"{EVALUATED}/scenarios.csv": ("report", f"{EVALUATED}/scenarios.csv"),
    f"{EVALUATED}/episodes.parquet": (
        "report",
        f"{EVALUATED}/episodes.parquet",
    ),
    f"{EVALUATED}/shifts.csv": ("report", f"{EVALUATED}/shifts.csv"),
    f"{EVALUATED}/memorisation.csv": (
        "report",
        f"{EVALUATED}/memorisation.csv",
    ),
    f"{EVALUATED}/teams.csv": ("report", f"{EVALUATED}/teams.csv"),
    f"{EXPORTED}/policy.json": ("report", f"{EXPORTED}/policy.json"),
}


@pytest.mark.parametrize("broken", [path for path in BROKEN if "suite" not in path])
def test_an_input_that_is_missing_is_named(broken: str, checkout: Checkout, refuse: Refuse) -> None:
    stage, named = BROKEN[broken]
    (checkout.folder / broken).unlink()
    assert named in refuse(stage)


@pytest.mark.parametrize("broken", BROKEN)
def test_an_input_that_is_truncated_is_named(broken: str, checkout: Checkout, refuse: Refuse) -> None:
    stage, named = BROKEN[broken]
    path: Path = checkout.folder / broken
    path.write_bytes(path.read_bytes()[: 0 if broken.endswith("csv") else 100])
    assert named in refuse(stage)


def test_a_test_set_of_an_older_observation_is_named(checkout: Checkout, refuse: Refuse) -> None:
    checkout.change({"airspace.simulation.observation.num_neighbours": 2})
    wish = f"{SETS}/test_sets/sector.json: observation: not as here, run `dvc repro scenarios`"
    assert refuse("evaluate").startswith(wish)


def test_a_network_of_another_observation_is_named(checkout: Checkout, refuse: Refuse) -> None:
    shutil.rmtree(checkout.folder / SETS / "test_sets")
    checkout.change({"airspace.simulation.observation.num_neighbours": 2})
    wish = "data/models/airspace/generic/0: a network of another observation ("
    assert refuse("evaluate").startswith(wish)


OLDER: dict[str, str] = {
    "episodes.parquet": "detour_nm",
    "recordings.parquet": "cas_kt",
    "shifts.csv": "left_out",
}


@pytest.mark.parametrize("file", OLDER)
def test_a_table_of_an_older_layout_is_named_with_the_column(file: str, checkout: Checkout, refuse: Refuse) -> None:
    path = checkout.folder / EVALUATED / file
    if file.endswith("csv"):
        pd.read_csv(path).drop(columns=OLDER[file]).to_csv(path, index=False)
    else:
        pd.read_parquet(path).drop(columns=OLDER[file]).to_parquet(path, index=False)
    wish = f"policy airspace/generic: {EVALUATED}/{file}: no column '{OLDER[file]}': of an older layout, run "
    assert refuse("report").startswith(wish)


def test_an_export_of_an_older_layout_is_named_with_the_key(checkout: Checkout, refuse: Refuse) -> None:
    path = checkout.folder / f"{EXPORTED}/policy.json"
    described = json.loads(path.read_text())
    del described["training"]["lessons_ended"]
    path.write_text(json.dumps(described))
    wish = f"policy airspace/generic: {EXPORTED}/policy.json: no 'training.lessons_ended': of an older layout, run "
    assert refuse("report").startswith(wish)


def test_a_policy_that_misses_a_seed_is_named_and_the_report_shows_the_others(
    checkout: Checkout, refuse: Refuse
) -> None:
    """The other has all files of seed 0, but no evaluation."""
    data = checkout.folder / "data"
    for kind in ("models", "export"):
        shutil.copytree(data / kind / "airspace/generic", data / kind / "airspace/other")
    checkout.change({"policies": {"other": {}, "generic": {}}})
    (data / "report/index.html").unlink()
    missing, kept = refuse("report").splitlines()
    assert missing.startswith("policy airspace/other: data/evaluation/airspace/other/0/")
    assert missing.endswith("not found, run `dvc repro` first")
    assert kept == "left out of the report; data/report/index.html shows the others"
    page = (data / "report/index.html").read_text()
    assert "Is generic safe?" in page
    assert "Is other safe?" not in page
