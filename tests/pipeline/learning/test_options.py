"""What a training may be asked for besides: to begin with another's weights, to end early, to keep and tell more."""

from __future__ import annotations

import json
import re
import shutil
import signal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import Checkout

from envs.airspace.simulation.room import SIMULATION
from pipeline.ground.paths import training_sets
from pipeline.learning.assignment import assign
from pipeline.policies.model_files import WEIGHTS, read_inheritance, read_network
from pipeline.policies.tensor_files import write_tensors
from pipeline.scenarios.sets import read_training_sets
from pipeline.settings.params import read_params, train_settings
from pipeline.settings.worlds import simulation_settings

TRAINED = "data/models/airspace/generic/0"
NO_STEPS = {"learning_rate": 1e-12, "n_steps": 16, "batch_size": 256, "n_epochs": 1}


def begin_with(finished: Checkout, checkout: Checkout, source: str = TRAINED) -> None:
    shutil.copytree(finished.folder / source, checkout.folder / "data/begin_with/first")
    checkout.change({"train.begin_with": "first", "train.total_timesteps": 1000})


@pytest.mark.long
def test_a_training_begins_with_what_another_learned_and_says_so(finished: Checkout, checkout: Checkout) -> None:
    begin_with(finished, checkout)
    said = checkout.run_well("train")
    assert "begins with weights, optimizers, normalizer of data/begin_with/first" in said
    begun = checkout.training()["begun_with"]
    assert begun["folder"] == "data/begin_with/first"
    assert begun["fitted"] == ["weights", "optimizers", "normalizer"]
    checkout.run_well("evaluate")
    checkout.run_well("export")
    origin = json.loads((checkout.folder / "data/export/airspace/generic/origin.json").read_text())
    assert origin["begun_with"] == begun


@pytest.mark.long
def test_weights_are_the_same_where_nothing_more_is_learned(finished: Checkout, checkout: Checkout) -> None:
    begin_with(finished, checkout)
    checkout.change({"train.hyperparameters": NO_STEPS})
    checkout.run_well("train")
    then, now = (read_inheritance(each.folder / TRAINED / WEIGHTS)["weights"] for each in (finished, checkout))
    assert then.keys() == now.keys()
    for name, weights in then.items():
        np.testing.assert_allclose(now[name].numpy(), weights.numpy(), rtol=0.0, atol=1e-6)


@pytest.mark.long
def test_an_export_can_be_begun_with(finished: Checkout, checkout: Checkout) -> None:
    begin_with(finished, checkout, "data/export/airspace/generic")
    assert "begins with weights, optimizers, normalizer of" in checkout.run_well("train")


@pytest.mark.long
def test_an_export_whose_weights_were_changed_is_no_beginning(finished: Checkout, checkout: Checkout) -> None:
    begin_with(finished, checkout, "data/export/airspace/generic")
    path = checkout.folder / "data/begin_with/first" / WEIGHTS
    path.write_bytes((finished.folder / TRAINED / "network.safetensors").read_bytes())
    for stage in ("check", "train"):
        said = checkout.run(stage).said
        place = "error: params.yaml: train.begin_with: data/begin_with/first/weights.safetensors"
        assert f"{place}: changed since the export: its SHA-256 is " in said


@pytest.mark.long
def test_other_weights_to_begin_with_are_an_input_of_training_alone(finished: Checkout, checkout: Checkout) -> None:
    begin_with(finished, checkout)
    places = [checkout.folder / f"data/{name}.txt" for name in ("begun/airspace/generic", "checked/airspace")]
    checkout.run_well("check")
    told = [path.read_text() for path in places]
    (checkout.folder / "data/begin_with/first/note.txt").write_text("another")
    checkout.run_well("check")
    again = [path.read_text() for path in places]
    assert told[0].startswith("begins with data/begin_with/first: ")
    assert again[0] != told[0]
    assert again[1] == told[1]


@pytest.mark.long
def test_a_file_without_weights_is_refused_in_a_line(finished: Checkout, checkout: Checkout) -> None:
    begin_with(finished, checkout)
    write_tensors(checkout.folder / "data/begin_with/first" / WEIGHTS, {})
    said = checkout.run("check").said
    assert (
        "error: params.yaml: train.begin_with: first: no weights in weights.safetensors, wanted the file of this"
        in said
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"train.begin_with": "second"},
            r"train\.begin_with: data/begin_with/second/weights\.safetensors: not found, wanted a",
        ),
        (
            {"policies.generic": {"begin_with": "second"}},
            r"error: params\.yaml: policies\.generic\.begin_with: data/beg",
        ),
        ({"train.begin_with": "../models"}, r"train\.begin_with: got \.\./models, wanted a folder of data/begin_with"),
        (
            {"train.hyperparameters": NO_STEPS | {"policy_kwargs": {"net_arch": [8]}}},
            r"train\.begin_with: first: weights of \S+: got \(64, \d+\), wanted \(8, \d+\), as the network here",
        ),
    ],
)
def test_weights_that_are_not_there_or_do_not_fit_are_refused_first(
    finished: Checkout, checkout: Checkout, change: dict, said: str
) -> None:
    begin_with(finished, checkout)
    checkout.change(change)
    outcome = checkout.run("check")
    assert outcome.status == 1
    assert re.search(said, outcome.said)
    assert "Traceback" not in outcome.said


@pytest.mark.long
def test_training_ends_after_evaluations_without_a_better_one(checkout: Checkout) -> None:
    checkout.change({"train.hyperparameters": NO_STEPS, "train.validation.patience": 2})
    checkout.change({"train.normalize_observation": False})
    checkout.run_well("train")
    figures = checkout.training()
    assert figures["stopped_because"] == "2 evaluations in a row without a better one"
    assert figures["best_agent_steps"] == 0
    assert len(checkout.learning_curve()) == 3


@pytest.mark.long
def test_the_last_policies_are_kept_beside_the_best_also_after_a_stop(checkout: Checkout) -> None:
    checkout.change({"train.keep_policies": 3})
    running = checkout.start("train")
    running.wait_for(lambda: bool(checkout.checkpoints()))
    running.signal(signal.SIGTERM)
    assert running.outcome().status == 130
    checkout.run_well("train")
    folder, curve = checkout.folder / TRAINED, checkout.learning_curve()
    kept = sorted((folder / "ages").iterdir(), key=lambda path: int(path.stem))
    assert [int(path.stem) for path in kept] == curve["agent_steps"].tolist()[-3:]
    networks = [read_network(path) for path in kept]
    weights = [np.concatenate([w.numpy().ravel() for w in network.state_dict().values()]) for network in networks]
    assert len({own.tobytes() for own in weights}) == 3


def test_curve_and_log_grow_while_it_trains_and_figures_go_to_event_files(checkout: Checkout) -> None:
    checkout.change({"tracking.tensorboard": True})
    running = checkout.start("train")
    running.wait_for(lambda: bool(checkout.checkpoints()))
    running.signal(signal.SIGTERM)
    assert running.outcome().status == 130
    (unfinished,) = checkout.folder.glob("checkpoints/*/training.csv")
    assert len(pd.read_csv(unfinished)) >= 1
    checkout.run_well("train")
    lines = (checkout.folder / TRAINED / "train.log").read_text().splitlines()
    assert all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d train airspace/generic/0: ", line) for line in lines)
    assert re.search(r", training return -?[\d.]+, length \d+, ", [line for line in lines if " steps, " in line][-1])
    assert sum("stopped at" in line for line in lines) == sum("goes on from" in line for line in lines) == 1
    events = b"".join(path.read_bytes() for path in Path(checkout.folder).glob("tensorboard/*/events.*"))
    assert b"validation/mean_return" in events
    assert b"training/return" in events


@pytest.mark.long
def test_a_policy_trains_on_the_scenario_it_is_named_after_and_is_validated_there(checkout: Checkout) -> None:
    """One model per scenario, in a word, beside a policy for everything."""
    checkout.change({"policies": {"generic": {}, "head_on": {"traffic": "own"}, "chase_3p1": {"traffic": "own"}}})
    assert checkout.run("check").status == 0
    params = read_params(checkout.folder / "params.yaml")
    sets = read_training_sets(SIMULATION, checkout.folder / training_sets("airspace"))
    played_in, found = simulation_settings(params, "airspace"), dict[str, list[str]]()
    for name in params.policies:
        made = assign(train_settings(params, "airspace", name), SIMULATION, played_in, 0, sets)
        found[name] = [scenario.name for scenario in made.scenarios]
        assert len(made.validation) == (10 if name == "generic" else 1)
    assert found == {"generic": [], "head_on": ["head_on"], "chase_3p1": ["chase_3p1"]}
    assert checkout.run("train", "airspace", "chase_3p1", "0").status == 0
    curve = pd.read_csv(checkout.folder / "data/models/airspace/chase_3p1/0/training.csv")
    assert (curve["least_return"] == curve["largest_return"]).all(), "one episode, the same each time"
    assert curve["mean_return"].nunique() > 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"policies": {"hed_on": {"traffic": "own"}}, "tune.policy": "hed_on"},
            "params.yaml: policies.hed_on.traffic: unknown 'hed_on', did you mean 'head_on'? known: head_on, chase_3p1",
        ),
        (
            {"train.validation.episodes": "traffic"},
            "params.yaml: train: validation.episodes: got traffic, wanted drawn, or scenarios by name in traffic",
        ),
        (
            {"train.traffic": []},
            "params.yaml: train.traffic: got [], wanted 'procedural' or 'own' or a list of at least 1",
        ),
        ({"train.traffic": "mine"}, "params.yaml: train.traffic: got 'mine', wanted 'procedural' or 'own' or a list"),
    ],
)
def test_traffic_that_there_is_not_is_refused(checkout: Checkout, change: dict, said: str) -> None:
    checkout.change(change)
    outcome = checkout.run("check")
    assert outcome.status == 1
    assert said in outcome.said
