"""MuZero: its losses and gradients, what acts, its model in a search, and what is refused.

What it has in common with AlphaZero is in test_searched_self_play.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from envs.boards.simulation.forking import Forks
from envs.boards.simulation.games import GAMES
from pipeline.algorithms.muzero.learning import _halved
from pipeline.algorithms.table import check_algorithm, check_world
from pipeline.export.onnx_export import check_parity, export_onnx
from pipeline.policies.deployed import OnnxPolicy
from pipeline.policies.model_files import read_network, write_model
from pipeline.policies.modelled import LearnedModel, ModelledNetwork, model_of
from pipeline.policies.network_values import as_values, network_from
from pipeline.search.policy import searching
from pipeline.search.searching import search_gumbel
from tests.pipeline.algorithms.playing_boards import ARCH, RESIDUAL, SMALL_MUZERO, alphazero, muzero

FORKS = Forks(GAMES["tic_tac_toe"])


def network(**changes: Any) -> ModelledNetwork:
    own = muzero(**changes).actor()
    assert isinstance(own, ModelledNetwork)
    return own


def test_the_gradient_through_a_move_is_halved_and_the_number_is_not() -> None:
    number = torch.tensor([3.0], requires_grad=True)
    twice = _halved(_halved(number))
    twice.backward()
    assert (twice.item(), number.grad) == (3.0, torch.tensor([0.25]))


def test_positions_beyond_the_end_teach_values_and_rewards_but_no_policy() -> None:
    own = muzero()
    own.learn(200, lambda learner: None)
    drawn = own._memory.draw(np.random.default_rng(0), 64)
    rows, choices, policies = own._learning._varied(drawn, np.random.default_rng(0))
    assert (~drawn.known).any()
    (policy, value, reward), first = own._learning._losses(rows, choices, policies, drawn)
    assert policy.shape == value.shape == reward.shape == first.shape == (64,)
    beyond = torch.from_numpy(~drawn.known)[:, :, None]
    other, *_ = own._learning._losses(rows, choices, policies + 0.5 * beyond, drawn)
    assert torch.equal(other[0], policy), "whatever stands there as a policy"
    drawn.values[~drawn.known] = 1.0
    assert not torch.equal(own._learning._losses(rows, choices, policies, drawn)[0][1], value)


def test_a_loss_of_k_moves_counts_each_a_kth() -> None:
    """With a network that says everything is alike, each position's policy costs ln 9, however many are unrolled."""
    own = muzero(unroll_steps=5, bootstrap_steps=9)
    own.learn(200, lambda learner: None)
    drawn = own._memory.draw(np.random.default_rng(0), 64)
    rows, choices, policies = own._learning._varied(drawn, np.random.default_rng(0))
    for weights in own._learning.network.prediction.parameters():
        torch.nn.init.zeros_(weights)
    for weights in own._learning.network.dynamics.parameters():
        torch.nn.init.zeros_(weights)
    (policy, value, reward), _ = own._learning._losses(rows, choices, policies, drawn)
    np.testing.assert_allclose(policy.detach(), np.log(9.0) * (1.0 + drawn.known[:, 1:].sum(1) / 5), rtol=1e-5)
    np.testing.assert_allclose(value.detach(), 2.0 * np.log(11.0), rtol=1e-5)
    np.testing.assert_allclose(reward.detach(), np.log(11.0), rtol=1e-5)


def test_what_acts_is_exported_with_its_value_and_read_again_with_its_model(tmp_path: Path) -> None:
    own = muzero(policy_kwargs={**RESIDUAL, "net_arch": ARCH})
    own.learn(100, lambda learner: None)
    actor = own.actor()
    write_model(tmp_path, as_values(actor), own.inheritance(), pd.DataFrame({"agent_steps": [1]}), {})
    read = read_network(tmp_path / "network.safetensors")
    assert isinstance(read, ModelledNetwork)
    rows, allowed = FORKS.see(FORKS.follow(np.zeros((9, 2), np.int64), np.arange(9))[0])
    assert all(map(torch.equal, actor(torch.tensor(rows)), read(torch.tensor(rows))))
    export_onnx(read, 18, tmp_path / "policy.onnx", 17)
    assert check_parity(read, tmp_path / "policy.onnx", rows, 1e-5) <= 1e-5
    said = OnnxPolicy(tmp_path / "policy.onnx").run(rows, None)
    one, two = (LearnedModel(each, -1.0) for each in (actor, read))
    states, choices = one.begin(rows, allowed), np.arange(9)[::-1].copy()
    np.testing.assert_allclose(said["logits"][allowed], one.ask(states)[0][allowed], atol=1e-5)
    np.testing.assert_allclose(said["value"], one.ask(states)[1], atol=1e-5)
    for mine, others in zip(one.follow(states, choices), two.follow(states, choices), strict=True):
        np.testing.assert_array_equal(mine, others)


def test_latents_are_of_one_size_and_values_within_the_support() -> None:
    own, rng = network(), np.random.default_rng(0)
    latents = own.represent(torch.from_numpy(rng.normal(size=(50, 18)).astype(np.float32)))
    after, paid = own.follow(latents, torch.zeros(50, dtype=torch.int64))
    for each in (latents, after):
        np.testing.assert_allclose(each.mean(1).detach(), 0.0, atol=1e-5)
        np.testing.assert_allclose(each.var(1, correction=0).detach(), 1.0, atol=1e-2)
    assert own.mean(paid).abs().max() <= 1.0
    assert own.mean(torch.eye(11) * 100.0).tolist() == pytest.approx(own.support.tolist(), abs=1e-5)


def test_a_search_by_the_model_asks_nobody_for_the_rules_but_at_its_root() -> None:
    """What cannot be chosen is known there alone; the model's own game goes on for ever."""
    model = model_of(network(), -0.9)
    assert model is not None
    states = FORKS.follow(np.zeros((4, 2), np.int64), np.arange(4))[0]
    rows, allowed = FORKS.see(states)
    roots = model.begin(rows, allowed)
    found = search_gumbel(model, roots, model.ask, 60, 9, np.zeros((4, 9)))
    assert (found.visits[~allowed] == 0).all()
    assert (found.visits.sum(1) == 60).all()
    after, rewards, ended = model.follow(roots, np.array([8] * 4))
    assert not ended.any()
    assert (np.abs(rewards) <= 1.0).all()
    assert model.see(after)[1].all()
    alone = search_gumbel(model, roots[:1], model.ask, 60, 9, np.zeros((1, 9)))
    assert alone.visits.tolist() == found.visits[:1].tolist()


def test_a_policy_with_a_search_by_its_model_plays_what_is_allowed() -> None:
    own = network()
    rows, allowed = FORKS.see(FORKS.follow(np.zeros((9, 2), np.int64), np.arange(9))[0])

    class Asked:
        outputs = own.outputs

        def run(self, obs: np.ndarray, memory: np.ndarray | None) -> dict[str, np.ndarray]:
            raise AssertionError("the model says all")

        def commands(self) -> np.ndarray:
            return np.arange(9, dtype=np.float32)[:, None]

    policy = searching(Asked(), FORKS, 12, 0.9, model_of(own, -0.9))
    assert policy is not None
    chosen = policy.act(rows, None, allowed)[:, 0].astype(int)
    assert allowed[np.arange(9), chosen].all()
    assert model_of(alphazero().actor(), -1.0) is None


def test_layers_that_do_not_fit_together_are_refused() -> None:
    values = as_values(network())
    values["body"]["further"]["prediction"][-1]["outputs"] = 21
    with pytest.raises(ValueError, match=r"further\.prediction: got layers of sizes \(8, 21\), wanted \(8, 20\)"):
        network_from(values)
    del values["body"]["further"]["dynamics"]
    with pytest.raises(ValueError, match=r"body\.further: got prediction, wanted dynamics, prediction"):
        network_from(values)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("unroll_steps", 0, "unroll_steps: got 0, wanted a whole number of 1 or more"),
        ("reanalysed", -1, "reanalysed: got -1, wanted a whole number of 0 or more"),
        ("priority_exponent", 1.5, r"priority_exponent: got 1\.5, wanted a number from 0 to 1"),
        ("importance_exponent", {"start": 2, "end": 1}, "importance_exponent: got 2, wanted a number from 0 to 1"),
        ("searched_share", 0.1, r"\(muzero\): unknown 'searched_share'"),
        ("support", 3, r"support: got 3, wanted \{most: 1\.0, count: 21, spacing: even\}"),
        ("support", {"most": 1, "cuont": 3}, "support: unknown 'cuont', did you mean 'count'"),
        ("support", {"most": 1, "count": 3}, "support: spacing is missing, wanted"),
        ("support", {"most": 0, "count": 3, "spacing": "even"}, r"support\.most: got 0, wanted a number above 0"),
        ("support", {"most": 1, "count": 1, "spacing": "even"}, r"support\.count: got 1, wanted a whole number of 2"),
        (
            "support",
            {"most": 1, "count": 3, "spacing": "eevn"},
            r"support\.spacing: unknown 'eevn', did you mean 'even'",
        ),
        ("policy_kwargs", {"net_arch": [64]}, r"net_arch: got \[64\], wanted the widths of representation, dynamics"),
        (
            "policy_kwargs",
            {"net_arch": {**ARCH, "representation": []}},
            r"representation: got \[\], wanted one or more",
        ),
        ("policy_kwargs", {"net_arch": {**ARCH, "dynamics": [0]}}, r"dynamics: got \[0\], wanted whole numbers of 1"),
        ("policy_kwargs", {"lstm_hidden_size": 3}, "policy_kwargs: unknown 'lstm_hidden_size'"),
    ],
)
def test_a_bad_hyperparameter_is_refused(name: str, value: Any, words: str) -> None:
    with pytest.raises(ValueError, match=rf"here\.hyperparameters.*{words}"):
        check_algorithm("muzero", {**SMALL_MUZERO, name: value}, "here")


def test_other_worlds_and_seats_of_no_agent_are_refused() -> None:
    from pipeline.algorithms.learner import Facts

    with pytest.raises(ValueError, match="algorithm: muzero needs turns, got a world that has none of these"):
        check_world("muzero", Facts(), "discrete")
    with pytest.raises(ValueError, match="muzero got a world in which who moved moves again, wanted agents in all"):
        muzero(world={"opponent": {"kind": "random"}})
