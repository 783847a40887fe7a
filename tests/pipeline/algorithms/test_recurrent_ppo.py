"""Policies that remember: whose state is whose while learning, exact resume, memory as it is flown and exported."""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from conftest import Checkout, check_that_training_survives_sigkill
from sb3_contrib.common.recurrent.type_aliases import RecurrentRolloutBufferSamples, RNNStates

from envs import vectorize
from envs.airspace.simulation.action_grid import ActionGrid, commands_of
from envs.airspace.simulation.room import SIMULATION
from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground.play import Episodes, Space, play
from envs.ground.rows.normalize import ActiveVecNormalize
from envs.ground.rows.vectorize import general_road
from envs.ground.steering import ByObservation
from pipeline.algorithms.recurrent_ppo import ActiveRecurrentRolloutBuffer, SharedRecurrentPPO
from pipeline.export.onnx_export import check_parity, export_onnx
from pipeline.export.policy_file import read_policy
from pipeline.policies.deployed import LearnedPolicy, OnnxPolicy, TorchPolicy
from pipeline.policies.deploying import deploy, normalization_of
from pipeline.policies.model_files import read_model
from pipeline.policies.network import DeployedNetwork, GaussianNetwork
from tests.envs.ground.leaving import DEFAULT_SCRIPT, Leaving
from tests.pipeline.algorithms.models import make_model

WIDTH = 5
SMALL: dict[str, Any] = {
    "n_steps": 8,
    "batch_size": 16,
    "n_epochs": 2,
    "gamma": 0.5,
    "policy_kwargs": {"lstm_hidden_size": WIDTH, "net_arch": [4]},
}
SECTOR: dict[str, Any] = {
    "traffic": "sector",
    "episode": {"max_steps": 30, "after_arrival": "leave"},
    "sector": {"radius_nm": 12.0, "warm_up_s": 100.0},
}
"""Aircraft enter late and leave early."""


def learner(venv: Any, **changes: Any) -> SharedRecurrentPPO:
    """With weights so large that what is remembered matters."""
    model = make_model("recurrent_ppo", SMALL | changes, venv, seed=0)
    assert isinstance(model, SharedRecurrentPPO)
    torch.manual_seed(1)
    with torch.no_grad():
        for weights in model.policy.parameters():
            weights.add_(0.4 * torch.randn_like(weights))
    return model


def leaving(num_worlds: int = 1, **changes: Any) -> SharedRecurrentPPO:
    return learner(general_road(partial(Leaving, DEFAULT_SCRIPT), num_worlds, seed=0), **changes)


def rollout(model: SharedRecurrentPPO) -> ActiveRecurrentRolloutBuffer:
    """The next rollout; the first one begins new episodes."""
    _, callback = model._setup_learn(1000, reset_num_timesteps=model._last_obs is None)
    assert model.env is not None
    assert model.collect_rollouts(model.env, callback, model.rollout_buffer, model.n_steps)
    return model.rollout_buffer


def no_states() -> RNNStates:
    zeros = torch.zeros(1, 1, WIDTH)
    return RNNStates((zeros, zeros), (zeros, zeros))


def step_alone(model: SharedRecurrentPPO, obs: np.ndarray, states: RNNStates) -> tuple[float, RNNStates]:
    """The value of one observation (D,), and the states (1, 1, WIDTH) behind it, by Stable-Baselines3's own policy."""
    policy: Any = model.policy
    with torch.no_grad():
        _, value, _, after = policy(torch.as_tensor(obs[None]), states, torch.zeros(1))
    return value.item(), after


WORLDS = {
    "leaving": lambda: general_road(partial(Leaving, DEFAULT_SCRIPT), 2, seed=0),
    "sector": lambda: ActiveVecNormalize(vectorize("airspace_v0", {**SECTOR, "discount": 0.5}, 2, 0), gamma=0.5),
}


@pytest.mark.parametrize("worlds", WORLDS)
def test_values_and_states_are_those_of_each_row_stepped_alone_from_zeros(worlds: str) -> None:
    """Over several rollouts and episodes, one row and active step at a time."""
    model = learner(WORLDS[worlds]())
    states, num_begun, num_late = dict[int, RNNStates](), 0, 0
    for _ in range(6):
        buffer = rollout(model)
        for t, row in np.ndindex(*buffer.active.shape):
            if buffer.episode_starts[t, row]:
                states[row], num_begun = no_states(), num_begun + 1
            if not buffer.active[t, row]:
                continue
            num_late += int(t > 0 and not buffer.active[t - 1, row] and not buffer.episode_starts[t, row])
            kept = [
                buffer.__dict__[f"{kind}_states_{of}"][t, 0, row] for of in ("pi", "vf") for kind in ("hidden", "cell")
            ]
            for mine, state in zip(kept, (*states[row].pi, *states[row].vf), strict=True):
                np.testing.assert_allclose(mine, state[0, 0], atol=1e-4)
            value, states[row] = step_alone(model, buffer.observations[t, row], states[row])
            assert buffer.values[t, row] == pytest.approx(value, abs=1e-4)
    assert num_begun > len(states)
    assert (num_late > 0) == (worlds == "sector")


def test_who_learns_again_from_new_episodes_remembers_nothing_of_the_old() -> None:
    model = leaving()
    rollout(model)
    _, callback = model._setup_learn(1000, reset_num_timesteps=True)
    assert model.env is not None
    assert all(part.any() for pair in model._last_lstm_states for part in pair)
    model.collect_rollouts(model.env, callback, model.rollout_buffer, model.n_steps)
    buffer = model.rollout_buffer
    assert not any(part[0].any() for part in (buffer.hidden_states_pi, buffer.cell_states_pi, buffer.cell_states_vf))
    assert buffer.cell_states_vf[1].any()


def test_a_row_that_is_cut_off_is_bootstrapped_with_the_state_behind_its_last_action() -> None:
    """c acts on steps 0 to 4 and is cut off: its last reward is 1 + action + V / 2 of step 5, by all it remembers."""
    model = leaving()
    buffer, c, states = rollout(model), 2, no_states()
    for t in range(5):
        before = states
        _, states = step_alone(model, buffer.observations[t, c], before)
    last = np.array([5.0, buffer.observations[4, c, 1]], np.float32)
    value, _ = step_alone(model, last, states)
    assert all(abs(value - step_alone(model, last, other)[0]) > 0.001 for other in (before, no_states()))
    paid = 1.0 + np.clip(buffer.actions[4, c, 0], -1.0, 1.0)
    assert buffer.rewards[4, c] == pytest.approx(paid + 0.5 * value, abs=1e-5)
    assert buffer.rewards[3, c] == pytest.approx(1.0 + np.clip(buffer.actions[3, c, 0], -1.0, 1.0))


def test_the_last_step_of_a_rollout_leads_to_the_value_with_the_state_behind_it() -> None:
    """The second episode begins with step 5 of the rollout, which ends before c's fourth action: A = r + V' / 2 - V."""
    model = leaving()
    buffer, c, states = rollout(model), 2, no_states()
    for t in range(5, 8):
        _, states = step_alone(model, buffer.observations[t, c], states)
    assert isinstance(model._last_obs, np.ndarray)
    value, _ = step_alone(model, model._last_obs[c], states)
    assert model._last_obs[c, 0] == 3.0
    assert buffer.advantages[7, c] == pytest.approx(buffer.rewards[7, c] + 0.5 * value - buffer.values[7, c], abs=1e-5)


def samples_of(
    buffer: ActiveRecurrentRolloutBuffer, batch_size: int | None
) -> list[tuple[RecurrentRolloutBufferSamples, np.ndarray]]:
    return [(batch, batch.mask.numpy() > 0.0) for batch in buffer.get(batch_size)]


@pytest.mark.parametrize("batch_size", [1, 5, 16, None])
def test_minibatches_hold_every_active_row_once_and_no_other(batch_size: int | None) -> None:
    buffer = rollout(leaving(2))
    expected = np.sort(buffer.values[buffer.active])
    assert 0.0 not in expected
    for _ in range(2):  # epochs
        batches = samples_of(buffer, batch_size)
        got = np.concatenate([batch.old_values.numpy()[mask] for batch, mask in batches])
        np.testing.assert_array_equal(np.sort(got), expected)
        sizes = [mask.sum() for _, mask in batches]
        assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("worlds", WORLDS)
def test_sequences_begin_with_their_state_and_hold_one_row_and_episode(worlds: str) -> None:
    """Before anything is learned, values and log-probabilities of the rollout come out again, to rounding."""
    model = learner(WORLDS[worlds]())
    rollout(model)
    buffer = rollout(model)  # which begins within episodes
    for batch_size in (None, 7):
        for batch, mask in samples_of(buffer, batch_size):
            values, log_prob, _ = model.policy.evaluate_actions(
                batch.observations, batch.actions, batch.lstm_states, batch.episode_starts
            )  # type: ignore[call-arg]
            torch.testing.assert_close(values[mask, 0], batch.old_values[mask], rtol=0, atol=1e-4)
            torch.testing.assert_close(log_prob[mask], batch.old_log_prob[mask], rtol=0, atol=1e-4)
            assert not batch.episode_starts.any()
    before = batch.lstm_states
    forgotten = RNNStates(*(tuple(torch.zeros_like(part) for part in pair) for pair in before))
    values, _, _ = model.policy.evaluate_actions(batch.observations, batch.actions, forgotten, batch.episode_starts)  # type: ignore[call-arg]
    assert (values[mask, 0] - batch.old_values[mask]).abs().max() > 0.01


def test_sequences_come_in_random_order() -> None:
    buffer = rollout(leaving(2))
    torch.manual_seed(0)
    first, second = (next(buffer.get(None)).old_values.tolist() for _ in range(2))
    assert first != second
    assert sorted(first) == sorted(second)


def test_a_learner_that_goes_on_from_its_state_ends_with_the_same_weights() -> None:
    """Also in the middle of episodes, what every row remembers included."""

    def fresh() -> SharedRecurrentPPO:
        return learner(ActiveVecNormalize(general_road(partial(Leaving, DEFAULT_SCRIPT), 2, seed=0), gamma=0.5))

    whole = fresh()
    whole.learn(50)
    file, generator = io.BytesIO(), torch.get_rng_state()
    torch.save(whole.state(), file)
    assert all(part.abs().sum() > 0.0 for pair in whole._last_lstm_states for part in pair)
    whole.learn(60, reset_num_timesteps=False)
    other = fresh()
    other.restore(torch.load(io.BytesIO(file.getvalue()), weights_only=False))
    torch.set_rng_state(generator)
    other.learn(60, reset_num_timesteps=False)
    assert other.num_timesteps == whole.num_timesteps
    for name, weights in whole.policy.state_dict().items():
        assert torch.equal(other.policy.state_dict()[name], weights), name


@pytest.mark.parametrize("name", ["bidirectional", "batch_first", "proj_size"])
def test_an_lstm_that_cannot_be_stepped_row_by_row_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=rf"policy_kwargs\.lstm_kwargs: got {name}, wanted bias or dropout"):
        leaving(policy_kwargs={"lstm_kwargs": {name: True}})


TAUGHT: dict[str, dict[str, Any]] = {
    "continuous": {},
    "two layers": {"n_lstm_layers": 2},
    "a critic that shares": {"shared_lstm": True, "enable_critic_lstm": False},
    "a critic without memory": {"enable_critic_lstm": False},
    "discrete": {},
}


@pytest.fixture(scope="module", params=TAUGHT)
def taught(request: pytest.FixtureRequest) -> tuple[SharedRecurrentPPO, DeployedNetwork, AirspaceSettings]:
    """A policy that has learned for a moment, what is flown of it, and where."""
    values = {"actions": {"kind": "discrete" if request.param == "discrete" else "continuous"}}
    venv = ActiveVecNormalize(vectorize("airspace_v0", {**values, "discount": 0.5}, 4, 0), gamma=0.5)
    model = learner(venv, policy_kwargs={**SMALL["policy_kwargs"], **TAUGHT[request.param]})
    model.learn(150)
    settings = AirspaceSettings.from_values(values)
    return model, deploy(model.policy, normalization_of(venv), commands_of(settings.actions)), settings


@pytest.fixture(scope="module")
def exported(taught: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("exported") / "policy.onnx"
    export_onnx(taught[1], len(taught[1].shift), path, opset=17)
    return path


def test_a_whole_episode_is_flown_as_the_learner_would(taught: Any, exported: Path) -> None:
    """By Stable-Baselines3's own `predict`, all rows at once, its states handed on; torch, and ONNX alike."""
    model, network, settings = taught
    for policy in (TorchPolicy(network), OnnxPolicy(exported)):
        batch = Space(SIMULATION, settings, (), 0.5).batch(6)
        steering, states, start, num_compared = ByObservation(policy), None, np.ones(6 * batch.num_slots, bool), 0
        batch.begin(np.arange(6), np.full(6, -1), np.arange(6, dtype=np.uint64), None)
        steering.begin(batch, 0)
        while not batch.worlds.done.all():
            obs = batch.worlds.observation.reshape(len(start), -1)
            expected, states = model.policy.predict(model.env.normalize_obs(obs), states, start, deterministic=True)
            if network.OUTPUTS[1] == "logits":
                expected = commands_of(settings.actions)[expected]
            actions = steering.steer(batch, None)
            active = batch.worlds.active & ~batch.worlds.done[:, None]
            free = active & ActionGrid(settings.actions).allowed(batch.worlds).all(2)  # `predict` knows no masks
            np.testing.assert_allclose(actions[free], expected.reshape(actions.shape)[free], atol=1e-3)
            batch.step(np.where(active[:, :, None], actions, 0.0))
            start, num_compared = np.zeros_like(start), num_compared + free.sum()
        assert num_compared > 200


def test_torch_and_onnx_agree_in_action_and_new_memory(taught: Any, exported: Path) -> None:
    _, network, _ = taught
    rng = np.random.default_rng(0)
    obs = rng.normal(size=(500, len(network.shift))).astype(np.float32)
    memory = rng.uniform(-1.0, 1.0, size=(500, network.memory_size)).astype(np.float32)
    assert check_parity(network, exported, obs, 1e-5, memory) <= 1e-5
    with pytest.raises(ValueError, match=r"differs from torch by .* wanted 0e\+00 at most"):
        check_parity(network, exported, obs, 0.0, memory)
    noise = rng.normal(size=(500, 2))
    for policy in (TorchPolicy(network), OnnxPolicy(exported)):
        assert policy.memory_size == network.memory_size > 0
        actions, new = policy.act_and_remember(obs, memory, noise)
        one, other = policy.act_and_remember(obs[3:4], memory[3:4], noise[3:4])
        np.testing.assert_allclose(actions[3:4], one, atol=1e-5)
        np.testing.assert_allclose(new[3:4], other, atol=1e-5)
        assert np.abs(new - memory).max() > 0.1
        elsewhere = policy.act_and_remember(obs, np.zeros_like(memory), noise)[0]
        assert np.abs(actions - elsewhere).max() > 0.01


def test_the_file_names_memory_and_leaves_the_critic_behind(taught: Any, exported: Path) -> None:
    model, network, _ = taught
    file = onnx.load(exported, load_external_data=False)
    onnx.checker.check_model(file)
    assert [tensor.name for tensor in file.graph.input] == ["obs", "memory"]
    assert [tensor.name for tensor in file.graph.output] == [*network.OUTPUTS, "new_memory"]
    assert network.memory_size == 2 * model.policy.lstm_actor.num_layers * WIDTH
    critic = torch.nn.ModuleList([model.policy.mlp_extractor.value_net, model.policy.value_net])
    critic.append(model.policy.lstm_critic or torch.nn.Identity())
    assert any(held(weights, model.policy) for weights in network.state_dict().values())
    assert not any(held(weights, critic) for weights in network.state_dict().values())


def held(weights: torch.Tensor, by: torch.nn.Module) -> bool:
    return any(weights.shape == part.shape and torch.equal(weights, part) for part in by.parameters())


def test_a_policy_that_remembers_is_not_flown_without_its_memory(taught: Any) -> None:
    _, network, _ = taught
    size = network.memory_size
    with pytest.raises(ValueError, match=rf"act: this policy remembers {size} numbers, wanted act_and_remember"):
        TorchPolicy(network).act(np.zeros((2, len(network.shift)), np.float32), None)


class Counting(LearnedPolicy):
    """Remembers how often it was asked, and keeps what it was told it had remembered."""

    memory_size = 1

    def __init__(self) -> None:
        self.remembered: list[np.ndarray] = []

    def run(self, obs: np.ndarray, memory: np.ndarray | None) -> dict[str, np.ndarray]:
        assert memory is not None
        self.remembered.append(memory[:, 0].copy())
        return {"action": np.zeros((len(obs), 2), np.float32), "new_memory": memory + 1.0}


def test_memory_goes_with_the_aircraft_from_zero_at_its_first_step_of_an_episode() -> None:
    """Aircraft enter late and leave early; the second time all is forgotten."""
    policy = Counting()
    steering, batch = (
        ByObservation(policy),
        Space(SIMULATION, AirspaceSettings.from_values(SECTOR), (), 0.5).batch(3),
    )
    for seed in (0, 3):
        batch.begin(np.arange(3), np.full(3, -1), np.arange(seed, seed + 3, dtype=np.uint64), None)
        steering.begin(batch, 0)
        flown = np.zeros((3, batch.num_slots))
        while not batch.worlds.done.all():
            active = batch.worlds.active & ~batch.worlds.done[:, None]
            actions = steering.steer(batch, None)
            np.testing.assert_array_equal(policy.remembered[-1], flown[active])
            flown += active
            batch.step(actions)
        assert len(np.unique(flown)) > 3


def test_an_episode_does_not_depend_on_its_company(taught: Any) -> None:
    _, network, settings = taught
    airspace, episodes = Space(SIMULATION, settings, (), 0.5), Episodes.drawn(np.arange(5, dtype=np.uint64))
    for stochastic in (False, True):
        together, apart = (
            play(airspace, episodes, TorchPolicy(network), stochastic=stochastic, worlds_per_block=size).episodes
            for size in (5, 2)
        )
        np.testing.assert_allclose(together["return"], apart["return"], rtol=1e-3)
        assert (together["steps"] == apart["steps"]).all()


@pytest.fixture(scope="module")
def remembering(finished: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout whose policy remembers, through all stages."""
    checkout = finished.copy(tmp_path_factory.mktemp("remembering") / "checkout")
    kwargs = {"lstm_hidden_size": 8, "net_arch": [8]}
    hyperparameters = {"n_steps": 16, "batch_size": 256, "n_epochs": 2, "policy_kwargs": kwargs}
    checkout.change({"train.algorithm": "recurrent_ppo", "train.hyperparameters": hyperparameters})
    for stage in ("train", "evaluate", "export", "report"):
        checkout.run_well(stage)
    return checkout


@pytest.mark.long
def test_all_stages_take_a_policy_that_remembers(remembering: Checkout) -> None:
    network = read_model(remembering.folder / "data/models/airspace/generic/0").network
    assert isinstance(network, GaussianNetwork)
    policy, described = read_policy(remembering.folder / "data/export/airspace/generic")
    assert policy.memory_size == described.memory_size == network.memory_size == 16
    assert 0.0 < described.parity["largest_difference"] <= 1e-5
    assert "16 numbers per aircraft" in (remembering.folder / "data/report/index.html").read_text()


@pytest.mark.long
def test_after_sigkill_training_goes_on_and_ends_with_the_same_weights(remembering: Checkout, tmp_path: Path) -> None:
    check_that_training_survives_sigkill(remembering, tmp_path / "checkout")
