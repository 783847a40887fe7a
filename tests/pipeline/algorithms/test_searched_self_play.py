"""AlphaZero and MuZero keep the contract of a learner: boundaries, what goes on exactly, what is refused."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch

from envs.boards.simulation.room import SIMULATION
from pipeline.algorithms.learner import Learner
from pipeline.policies.model_files import read_inheritance, write_model
from pipeline.policies.network_values import as_values
from tests.pipeline.algorithms import playing_boards
from tests.pipeline.algorithms.playing_boards import ARCH, LEARNERS, NUM_WORLDS, SEES, learner

NETS: dict[str, Any] = {"alphazero": [], "muzero": ARCH}
OTHERS: dict[str, Any] = {"alphazero": [8], "muzero": {**ARCH, "representation": [8, 8]}}


class Enough(Exception):  # noqa: N818
    """Ends the learning."""


def nothing(own: Learner) -> None:
    """Nothing to do at a boundary."""


def flat(own: Learner) -> torch.Tensor:
    """All weights in a row."""
    return torch.cat([each.reshape(-1) for each in own.weights().values()])


@pytest.fixture(params=LEARNERS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_boundary_comes_before_every_iteration_and_learning_goes_on_to_the_total(name: str) -> None:
    own, seen = learner(name), list[int]()
    own.learn(60, lambda at: seen.append(at.num_timesteps))
    assert seen == [0, 24, 48], "eight games of three moves each"
    assert (own.num_timesteps, own.world_steps) == (72, 72)
    own.learn(60, lambda at: seen.append(at.num_timesteps))
    assert len(seen) == 3


@pytest.mark.parametrize("sees", [{}, SEES])
def test_the_same_seed_gives_the_same_weights_and_another_seed_others(name: str, sees: dict[str, Any]) -> None:
    network = {**LEARNERS[name]["policy_kwargs"], **sees, "net_arch": NETS[name]}
    trained = [learner(name, seed, policy_kwargs=network) for seed in (0, 0, 1)]
    for own in trained:
        torch.manual_seed(len(trained) + own.num_timesteps)  # what others draw decides nothing
        own.learn(150, nothing)
    first, again, other = map(flat, trained)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize(("name", "opponent"), [("alphazero", "self"), ("alphazero", "random"), ("muzero", "self")])
def test_a_learner_stopped_at_a_boundary_goes_on_from_its_state_to_the_same_weights(name: str, opponent: str) -> None:
    file, world = io.BytesIO(), {"opponent": {"kind": opponent}}

    def stop(own: Learner) -> None:
        if own.num_timesteps >= 200:
            torch.save(own.state(), file)
            raise Enough

    whole, stopped, other = (learner(name, world=world) for _ in range(3))
    whole.learn(400, nothing)
    with pytest.raises(Enough):
        stopped.learn(400, stop)
    other.restore(torch.load(io.BytesIO(file.getvalue()), weights_only=False))
    other.learn(400, nothing)
    assert other.num_timesteps == whole.num_timesteps
    assert torch.equal(flat(other), flat(whole))


CHANGES: dict[str, Any] = {
    **{"learning_rate": 0.01, "weight_decay": 0.1, "vf_coef": 0.5, "gamma": 0.5},
    **{"num_simulations": 6, "num_considered": 2},
    **{"n_steps": 4, "gradient_steps": 3, "batch_size": 20, "buffer_size": 50},
}
OF_EACH: dict[str, dict[str, Any]] = {
    "alphazero": {"searched_share": 0.5},
    "muzero": {
        **{"reward_coef": 1.0, "unroll_steps": 2, "bootstrap_steps": 9, "reanalysed": 0},
        **{"priority_exponent": 0.0, "importance_exponent": 0.0},
        "support": {"most": 2.0, "count": 11, "spacing": "root"},
    },
}


def test_what_is_learned_depends_on_every_hyperparameter(name: str) -> None:
    def learned(**changes: Any) -> torch.Tensor:
        own = learner(name, **changes)
        own.learn(200, nothing)
        return flat(own)

    before, changed = learned(), CHANGES | OF_EACH[name]
    assert changed.keys() | {"policy_kwargs"} == LEARNERS[name].keys()
    for key, value in changed.items():
        assert not torch.equal(learned(**{key: value}), before), key


def test_figures_of_playing_and_learning_are_told(name: str) -> None:
    own, told = learner(name), dict[str, float]()
    own.log_to(lambda values, steps: told.update(values))
    own.learn(300, nothing)
    assert 0 < told["self_play/games"] <= 3 * NUM_WORLDS
    assert told["self_play/games"] < told["self_play/positions"] <= 9 * 3 * NUM_WORLDS
    assert told["self_play/simulations_per_second"] > 0
    assert told["train/policy_loss"] > 0
    assert told["train/target_entropy"] > 0
    assert 0 < told["train/positions_age"] < 100 / (3 * NUM_WORLDS) + 9, "the ring, and games under way"
    assert told["train/learning_rate"] < 0.01
    assert told["self_play/weights_age"] == 1
    assert own.episodes()["length"] > 2


def test_who_moves_on_to_other_worlds_begins_new_games_there(name: str) -> None:
    own = learner(name)
    own.learn(100, nothing)
    size = own._memory.size
    settings = SIMULATION.settings.from_values({"game": "tic_tac_toe", "openings": {"least": 4, "most": 4}})
    own.move_to(SIMULATION.vectorized(settings, NUM_WORLDS, seed=7))
    own.learn(own.num_timesteps + 150, nothing)
    assert own._memory.size > size
    own.close()


def test_who_begins_with_an_inheritance_has_weights_and_optimiser_of_the_other(name: str, tmp_path: Path) -> None:
    old, new = learner(name), learner(name, 1)
    old.learn(100, nothing)
    write_model(tmp_path, as_values(old.actor()), old.inheritance(), pd.DataFrame({"agent_steps": [1]}), {})
    assert new.begin_with(read_inheritance(tmp_path / "weights.safetensors")) == ("weights", "optimizers")
    assert torch.equal(flat(old), flat(new))
    assert min(own["step"] for own in new._learning.optimizer_state()["state"].values()) > 0
    assert learner(name, weight_decay=0.5).begin_with(old.inheritance()) == ("weights",)
    network = {**LEARNERS[name]["policy_kwargs"], "net_arch": OTHERS[name]}
    with pytest.raises(ValueError, match=r"weights of layers\.0\.weight: got \(16, 18\), wanted"):
        learner(name, policy_kwargs=network).begin_with(old.inheritance())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"buffer_size": 8}, r"hyperparameters\.buffer_size: got 8, wanted 16 or more, the batch_size"),
        ({"norm_obs": True}, r"train\.normalize_observation: got true, wanted false"),
        ({"norm_reward": True}, r"train\.normalize_reward: got true, wanted false"),
        ({"gradient": "compiled"}, r"train\.gradient: got compiled, wanted auto or torch"),
        ({"policy_kwargs": {"features_extractor": "flat"}}, r"policy_kwargs: net_arch is missing, wanted it, say"),
    ],
)
def test_what_cannot_be_made_is_refused(name: str, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        learner(name, **changes)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [({"features": 8}, r"policy_kwargs: got .*filters"), ({"window": 4}, r"policy_kwargs: .*window: got 4, wanted 3")],
)
def test_an_extractor_of_other_numbers_is_refused(name: str, numbers: dict[str, int], words: str) -> None:
    given = numbers if "features" in numbers else {**SEES["features_extractor_kwargs"], **numbers}
    with pytest.raises(ValueError, match=words):
        learner(name, policy_kwargs={**SEES, "net_arch": NETS[name], "features_extractor_kwargs": given})


def test_a_hyperparameter_that_is_missing_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {key: value for key, value in LEARNERS[name].items() if key != "vf_coef"}
    monkeypatch.setattr(playing_boards, "LEARNERS", {name: given})
    with pytest.raises(ValueError, match="hyperparameters: vf_coef is missing, wanted all of learning_rate"):
        learner(name)
