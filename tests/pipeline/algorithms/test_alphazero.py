"""AlphaZero: what acts, and what is refused. What it has in common with MuZero is in test_searched_self_play.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from envs.boards.simulation.forking import Forks
from envs.boards.simulation.games import GAMES
from envs.ground.doors import simulation
from pipeline.algorithms.learner import Facts
from pipeline.algorithms.table import check_algorithm, check_world
from pipeline.export.onnx_export import check_parity, export_onnx
from pipeline.policies.deployed import OnnxPolicy
from pipeline.policies.model_files import read_network, write_model
from pipeline.policies.network import ValuedNetwork
from pipeline.policies.network_values import as_values
from pipeline.search.searching import search_gumbel
from tests.pipeline.algorithms.playing_boards import RESIDUAL, SMALL, alphazero


def test_what_acts_is_exported_with_its_value_and_read_again(tmp_path: Path) -> None:
    own = alphazero(policy_kwargs=RESIDUAL)
    own.learn(100, lambda learner: None)
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


def test_an_untrained_networks_search_wins_in_one_and_in_two() -> None:
    """Cells by columns: X at 0 and 3, O at 1 and 4, wins at 6; X at 0 and 8, O at 4 and 2, wins by two threats at 6."""
    own, forks = alphazero(num_simulations=32), Forks(GAMES["tic_tac_toe"])
    lines = [[0, 1, 3, 4], [0, 4, 8, 2]]  # cells column by column: the other's and one's own in turn
    states = np.zeros((2, 2), np.int64)
    for move in range(4):
        states, _, _ = forks.follow(states, np.array([line[move] for line in lines]))
    found = search_gumbel(forks, states, own._learning.snapshot(), 400, 9, np.zeros((2, 9)))
    assert found.choices.tolist() == [6, 6]


def test_other_worlds_are_refused_by_what_they_lack() -> None:
    room = simulation("airspace")
    for facts, has in ((Facts.of(room, room.settings()), "slots"), (Facts(), "none of these")):
        match = f"algorithm: alphazero needs turns, got a world that has {has}, wanted one whose agents move by turns"
        with pytest.raises(ValueError, match=match):
            check_world("alphazero", facts, "continuous")


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
