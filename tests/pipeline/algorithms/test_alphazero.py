"""AlphaZero keeps the contract of a learner: boundaries, what acts, what goes on exactly, what is refused."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from envs.boards.simulation.forking import Forks
from envs.boards.simulation.games import GAMES
from envs.boards.simulation.room import SIMULATION
from envs.ground.doors import simulation
from pipeline.algorithms.learner import Facts, Learner
from pipeline.algorithms.table import check_algorithm, check_world
from pipeline.export.onnx_export import check_parity, export_onnx
from pipeline.policies.deployed import OnnxPolicy
from pipeline.policies.model_files import read_inheritance, read_network, write_model
from pipeline.policies.network import ValuedNetwork
from pipeline.policies.network_values import as_values
from pipeline.search.searching import search_gumbel
from tests.pipeline.algorithms.playing_boards import NUM_WORLDS, RESIDUAL, SMALL, alphazero


class Enough(Exception):  # noqa: N818
    """Ends the learning."""


def nothing(learner: Learner) -> None:
    """Nothing to do at a boundary."""


def test_a_boundary_comes_before_every_iteration_and_learning_goes_on_to_the_total() -> None:
    own, seen = alphazero(), list[int]()
    own.learn(60, lambda learner: seen.append(learner.num_timesteps))
    assert seen == [0, 24, 48], "eight games of three moves each"
    assert (own.num_timesteps, own.world_steps) == (72, 72)
    own.learn(60, lambda learner: seen.append(learner.num_timesteps))
    assert len(seen) == 3


@pytest.mark.parametrize("network", [SMALL["policy_kwargs"], RESIDUAL])
def test_the_same_seed_gives_the_same_weights_and_another_seed_others(network: dict[str, Any]) -> None:
    trained = [alphazero(seed, policy_kwargs=network) for seed in (0, 0, 1)]
    for own in trained:
        torch.manual_seed(len(trained) + own.num_timesteps)  # what others draw decides nothing
        own.learn(150, nothing)
    first, again, other = (torch.cat([each.reshape(-1) for each in own.weights().values()]) for own in trained)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("opponent", ["self", "random"])
def test_a_learner_stopped_at_a_boundary_goes_on_from_its_state_to_the_same_weights(opponent: str) -> None:
    file, world = io.BytesIO(), {"opponent": {"kind": opponent}}

    def stop(own: Learner) -> None:
        if own.num_timesteps >= 100:
            torch.save(own.state(), file)
            raise Enough

    whole, stopped, other = (alphazero(world=world) for _ in range(3))
    whole.learn(300, nothing)
    with pytest.raises(Enough):
        stopped.learn(300, stop)
    other.restore(torch.load(io.BytesIO(file.getvalue()), weights_only=False))
    other.learn(300, nothing)
    assert other.num_timesteps == whole.num_timesteps
    for name, weights in whole.weights().items():
        assert torch.equal(other.weights()[name], weights), name


def test_what_is_learned_depends_on_every_hyperparameter() -> None:
    def learned(**changes: Any) -> torch.Tensor:
        own = alphazero(**changes)
        own.learn(200, nothing)
        return torch.cat([each.reshape(-1) for each in own.weights().values()])

    before = learned()
    changed: dict[str, Any] = {
        "learning_rate": 0.01,
        "weight_decay": 0.1,
        "vf_coef": 0.5,
        "gamma": 0.5,
        "searched_share": 0.5,
        "num_simulations": 6,
        "num_considered": 2,
        "n_steps": 4,
        "gradient_steps": 3,
        "batch_size": 20,
        "buffer_size": 50,
    }
    assert changed.keys() | {"policy_kwargs"} == SMALL.keys()
    for name, value in changed.items():
        assert not torch.equal(learned(**{name: value}), before), name


def test_figures_of_playing_and_learning_are_told() -> None:
    own, told = alphazero(), dict[str, float]()
    own.log_to(lambda values, steps: told.update(values))
    own.learn(300, nothing)
    assert 0 < told["self_play/games"] <= 3 * NUM_WORLDS
    assert told["self_play/simulations_per_second"] > 0
    assert told["train/policy_loss"] >= told["train/target_entropy"] > 0
    assert 0 < told["train/positions_age"] < 100 / (3 * NUM_WORLDS) + 9, "the ring, and games under way"
    assert told["train/learning_rate"] < 0.01
    assert told["self_play/weights_age"] == 1
    assert own.episodes()["length"] > 2


def test_who_moves_on_to_other_worlds_begins_new_games_there() -> None:
    own = alphazero()
    own.learn(100, nothing)
    size = own._memory.size
    settings = SIMULATION.settings.from_values({"game": "tic_tac_toe", "openings": {"least": 4, "most": 4}})
    own.move_to(SIMULATION.vectorized(settings, NUM_WORLDS, seed=7))
    own.learn(own.num_timesteps + 150, nothing)
    assert own._memory.size > size
    own.close()


def test_what_acts_is_exported_with_its_value_and_read_again(tmp_path: Path) -> None:
    own = alphazero(policy_kwargs=RESIDUAL)
    own.learn(100, nothing)
    actor = own.actor()
    assert isinstance(actor, ValuedNetwork)
    write_model(tmp_path, as_values(actor), own.inheritance(), pd.DataFrame({"agent_steps": [1]}), {})
    read = read_network(tmp_path / "network.safetensors")
    forks = Forks(GAMES["tic_tac_toe"])
    rows, _ = forks.see(forks.follow(np.zeros((9, 2), np.int64), np.arange(9))[0])
    assert all(
        torch.equal(one, two) for one, two in zip(actor(torch.tensor(rows)), read(torch.tensor(rows)), strict=True)
    )
    export_onnx(read, 18, tmp_path / "policy.onnx", 17)
    assert check_parity(read, tmp_path / "policy.onnx", rows, 1e-5) <= 1e-5
    flown = OnnxPolicy(tmp_path / "policy.onnx").run(rows, None)
    logits, values = own._learning.snapshot()(rows)
    np.testing.assert_allclose(flown["logits"], logits, atol=1e-5)
    np.testing.assert_allclose(flown["value"], values, atol=1e-5)


def test_who_begins_with_an_inheritance_has_weights_and_optimiser_of_the_other(tmp_path: Path) -> None:
    old, new = alphazero(), alphazero(1)
    old.learn(100, nothing)
    write_model(tmp_path, as_values(old.actor()), old.inheritance(), pd.DataFrame({"agent_steps": [1]}), {})
    assert new.begin_with(read_inheritance(tmp_path / "weights.safetensors")) == ("weights", "optimizers")
    assert all(torch.equal(own, new.weights()[name]) for name, own in old.weights().items())
    steps = [own["step"] for own in new._learning.optimizer_state()["state"].values()]
    assert min(steps) > 0
    assert alphazero(weight_decay=0.5).begin_with(old.inheritance()) == ("weights",)
    with pytest.raises(ValueError, match=r"weights of layers\.0\.weight: got \(16, 18\), wanted"):
        alphazero(policy_kwargs={**SMALL["policy_kwargs"], "net_arch": [8]}).begin_with(old.inheritance())


def test_an_untrained_networks_search_wins_in_one_and_in_two() -> None:
    """Cells by columns: X at 0 and 3, O at 1 and 4, wins at 6; X at 0 and 8, O at 4 and 2, wins by two threats at 6."""
    own, forks = alphazero(num_simulations=32), Forks(GAMES["tic_tac_toe"])
    lines = [[0, 1, 3, 4], [0, 4, 8, 2]]  # cells column by column: the other's and one's own in turn
    states = np.zeros((2, 2), np.int64)
    for move in range(4):
        states, _, _ = forks.follow(states, np.array([line[move] for line in lines]))
    found = search_gumbel(forks, states, own._learning.snapshot(), 400, 9, np.zeros((2, 9)))
    assert found.choices.tolist() == [6, 6]


def test_other_worlds_are_refused_by_name() -> None:
    for world, wants in (("airspace", "continuous"), ("pettingzoo", "discrete")):
        room = simulation(world)
        facts = Facts.of(room, room.settings()) if world == "airspace" else Facts()
        match = "takes|needs turns, got a world that has none of these, wanted one whose agents move by turns"
        match = "got continuous actions, wanted a world of discrete ones" if wants == "continuous" else match
        with pytest.raises(ValueError, match=f"algorithm: alphazero {match}"):
            check_world("alphazero", facts, wants)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("num_simulations", 0, "num_simulations: got 0, wanted a whole number of 1 or more"),
        ("searched_share", 1.5, r"searched_share: got 1\.5, wanted a number from 0 to 1"),
        ("weight_decay", -1, "weight_decay: got -1, wanted a number of 0 or more"),
        ("learning_rate", {"start": 0.1}, r"learning_rate: got \{'start': 0\.1\}, wanted a number"),
        ("ent_coef", 0.1, r"\(alphazero\): unknown 'ent_coef'"),
        ("policy_kwargs", {"lstm_hidden_size": 3}, "policy_kwargs: unknown 'lstm_hidden_size'"),
        ("policy_kwargs", {"activation_fn": "rleu"}, "activation_fn: unknown 'rleu', did you mean 'relu'"),
    ],
)
def test_a_bad_hyperparameter_is_refused(name: str, value: Any, words: str) -> None:
    with pytest.raises(ValueError, match=rf"here\.hyperparameters.*{words}"):
        check_algorithm("alphazero", {**SMALL, name: value}, "here")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"buffer_size": 8}, r"hyperparameters\.buffer_size: got 8, wanted 16 or more, the batch_size"),
        ({"norm_obs": True}, r"train\.normalize_observation: got true, wanted false"),
        ({"norm_reward": True}, r"train\.normalize_reward: got true, wanted false"),
        ({"gradient": "compiled"}, r"train\.gradient: got compiled, wanted auto or torch"),
        (
            {"policy_kwargs": {**RESIDUAL, "features_extractor_kwargs": {"features": 8}}},
            r"policy_kwargs: got .*filters",
        ),
        (
            {
                "policy_kwargs": {
                    **RESIDUAL,
                    "features_extractor_kwargs": {**RESIDUAL["features_extractor_kwargs"], "window": 4},
                }
            },
            r"policy_kwargs: .*window: got 4, wanted 3 at most",
        ),
        ({"policy_kwargs": {"features_extractor": "flat"}}, r"policy_kwargs: net_arch is missing, wanted it, say"),
    ],
)
def test_what_cannot_be_made_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        alphazero(**changes)


def test_a_hyperparameter_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {name: value for name, value in SMALL.items() if name != "vf_coef"}
    monkeypatch.setattr("tests.pipeline.algorithms.playing_boards.SMALL", given)
    with pytest.raises(ValueError, match="hyperparameters: vf_coef is missing, wanted all of learning_rate"):
        alphazero()
