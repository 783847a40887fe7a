"""Replaying active rows only: what the buffer holds, ends and cuts by hand, exact resume, flying, real learning."""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import Checkout, check_that_training_survives_sigkill
from gymnasium import spaces

from envs import vectorize
from envs.ground.rows.normalize import ActiveVecNormalize
from envs.ground.rows.vectorize import general_road
from pipeline.algorithms.off_policy import ActiveReplayBuffer, SharedOffPolicy
from pipeline.export.onnx_export import check_parity, export_onnx
from pipeline.export.policy_file import read_policy
from pipeline.policies.deployed import OnnxPolicy, TorchPolicy
from pipeline.policies.deploying import deploy, normalization_of
from pipeline.policies.model_files import read_model
from pipeline.policies.network import SquashedNetwork
from tests.envs.ground.leaving import DEFAULT_SCRIPT, Leaving
from tests.pipeline.algorithms.models import make_model

SMALL: dict[str, Any] = {
    "buffer_size": 300,
    "learning_starts": 40,
    "batch_size": 16,
    "gradient_steps": 2,
    "gamma": 0.9,
    "policy_kwargs": {"net_arch": [8]},
}


def filled_buffer(num_steps: int) -> ActiveReplayBuffer:
    """Room for seven; the observation of row r at step t is 10 t + r, and rows 1 and 3 of four act."""
    box = spaces.Box(-np.inf, np.inf, (1,), np.float32)
    buffer = ActiveReplayBuffer(7, box, box, "cpu", n_envs=4)
    for t in range(num_steps):
        numbers = np.arange(4, dtype=np.float32) + 10 * t
        rows = dict.fromkeys(("observations", "next_observations", "actions"), numbers[:, None])
        buffer.add_active(np.array([0, 1, 0, 1], bool), {**rows, "rewards": numbers, "dones": np.zeros(4, bool)})
    return buffer


def test_the_buffer_holds_active_rows_and_forgets_the_oldest() -> None:
    assert filled_buffer(2).observations[: filled_buffer(2).size(), 0, 0].tolist() == [1, 3, 11, 13]
    buffer = filled_buffer(5)
    assert (buffer.pos, buffer.full) == (3, True)
    assert buffer.observations[:, 0, 0].tolist() == [33, 41, 43, 13, 21, 23, 31]


def test_samples_are_of_what_is_held_and_their_columns_belong_together() -> None:
    np.random.seed(0)  # noqa: NPY002 - Stable-Baselines3 draws from it
    sample = filled_buffer(5).sample(200)
    assert set(sample.observations[:, 0].tolist()) == {33, 41, 43, 13, 21, 23, 31}
    for column in (sample.next_observations, sample.actions, sample.rewards):
        torch.testing.assert_close(column, sample.observations)


def test_room_for_less_than_one_step_of_all_rows_is_refused() -> None:
    with pytest.raises(ValueError, match=r"buffer_size: got 7, wanted 8 or more: one step of all rows"):
        learner("sac", num_worlds=2, buffer_size=7, script={**DEFAULT_SCRIPT, "d": (1, "inactive")})


def learner(
    algorithm: str = "sac", num_worlds: int = 2, script: Any = DEFAULT_SCRIPT, normalize: bool = False, **changes: Any
) -> SharedOffPolicy:
    venv: Any = general_road(partial(Leaving, script), num_worlds, seed=0)
    if normalize:
        venv = ActiveVecNormalize(venv, gamma=SMALL["gamma"])
    model = make_model(algorithm, SMALL | changes, venv, seed=0)
    assert isinstance(model, SharedOffPolicy)
    return model


@pytest.mark.parametrize("normalize", [False, True])
def test_transitions_are_those_of_the_script_and_only_a_task_that_ended_is_an_end(normalize: bool) -> None:
    """a arrives in step 2, b in step 3, c is cut off in step 5; then a second episode begins, whose step 0 is seen.

    Each leads to the last observation of its own episode, also where the world has begun anew. Rewards are 1 + action.
    """
    model = learner(num_worlds=1, normalize=normalize, learning_starts=1000)
    model.learn(13)
    buffer = model.replay_buffer
    steps = np.concatenate([buffer.observations[:13, 0, :1], buffer.next_observations[:13, 0, :1]], 1)
    first = [[0, 1]] * 3 + [[1, 2]] * 3 + [[2, 3]] * 2 + [[3, 4], [4, 5]]
    assert steps.tolist() == first + [[0, 1]] * 3
    assert np.flatnonzero(buffer.dones[:13, 0]).tolist() == [3, 6]
    assert buffer.observations[:13, 0, 1].tolist() == buffer.next_observations[:13, 0, 1].tolist()
    np.testing.assert_allclose(buffer.rewards[:13, 0], 1.0 + buffer.actions[:13, 0, 0], rtol=1e-6)
    assert model.num_timesteps == buffer.size() == 13


def test_samples_are_normalised_as_the_worlds_are_now() -> None:
    model = learner(normalize=True)
    model.learn(100)
    normalizer: Any = model.env
    np.random.seed(0)  # noqa: NPY002 - Stable-Baselines3 draws from it
    seen = model.replay_buffer.sample(50, env=normalizer)
    np.random.seed(0)  # noqa: NPY002
    plain = model.replay_buffer.sample(50)
    np.testing.assert_array_equal(seen.observations.numpy(), normalizer.normalize_obs(plain.observations.numpy()))
    np.testing.assert_array_equal(seen.rewards.numpy(), normalizer.normalize_reward(plain.rewards.numpy()))
    assert not torch.equal(seen.observations, plain.observations)


def test_at_first_actions_are_uniform_and_then_each_step_brings_so_many_gradient_steps() -> None:
    model = learner(num_worlds=20, learning_starts=600, buffer_size=5000, gradient_steps=3)
    model.learn(600)
    flown = model.replay_buffer.actions[: model.replay_buffer.size(), 0, 0]
    assert model._n_updates == 0
    np.testing.assert_allclose(np.quantile(flown, [0.1, 0.5, 0.9]), [-0.8, 0.0, 0.8], atol=0.1)
    model.learn(1, reset_num_timesteps=False)
    assert model._n_updates == 3


def weights(model: SharedOffPolicy) -> dict[str, torch.Tensor]:
    assert model.log_ent_coef is not None  # type: ignore[attr-defined]
    alpha = {"log_ent_coef": model.log_ent_coef.detach().clone()}  # type: ignore[attr-defined]
    return {name: tensor.clone() for name, tensor in model.policy.state_dict().items()} | alpha


def generators() -> tuple[Any, Any]:
    return torch.get_rng_state(), np.random.get_state()  # noqa: NPY002 - Stable-Baselines3 draws from it


@pytest.mark.parametrize("algorithm", ["sac", "tqc"])
@pytest.mark.parametrize("steps", [200, 350], ids=["not full", "full"])
def test_a_learner_that_goes_on_from_its_state_ends_with_the_same_weights(algorithm: str, steps: int) -> None:
    whole = learner(algorithm, normalize=True)
    whole.learn(steps)
    file, (for_torch, for_numpy) = io.BytesIO(), generators()
    torch.save(whole.state(), file)
    whole.learn(60, reset_num_timesteps=False)
    other = learner(algorithm, normalize=True)
    other.restore(torch.load(io.BytesIO(file.getvalue()), weights_only=False))
    assert other.replay_buffer.size() == min(steps, 300)
    torch.set_rng_state(for_torch)
    np.random.set_state(for_numpy)  # noqa: NPY002
    other.learn(60, reset_num_timesteps=False)
    assert other.num_timesteps == whole.num_timesteps
    for name, expected in weights(whole).items():
        assert torch.equal(weights(other)[name], expected), name


def test_a_state_on_disk_is_as_large_as_what_is_held() -> None:
    """64 transitions of two observations of 2, an action, a reward and an end: 28 bytes each."""
    sizes = []
    for room in (64, 64_000):
        model = learner(num_worlds=16, buffer_size=room, learning_starts=10_000)
        model.learn(48)
        file = io.BytesIO()
        torch.save(model.replay_buffer.state(), file)
        sizes.append(len(file.getvalue()))
    assert sizes[0] < 64 * 28 + 5000
    assert sizes[1] < 64 * 28 + 5000


def noisy(action_noise: Any) -> Any:
    return learner("td3", script={"a": (1, "inactive")}, learning_starts=0, action_noise=action_noise)


def test_who_draws_nothing_explores_by_noise_of_that_deviation_and_stays_in_bounds() -> None:
    model, obs = noisy(0.3), torch.zeros(4000, 2)
    with torch.no_grad():
        plain, flown = model.actor(obs), model._explore(obs)
    assert float((flown - plain).std()) == pytest.approx(0.3, rel=0.1)
    model.actor.mu[-2].bias.data.fill_(10.0)
    assert model._explore(obs).max() <= 1.0


def test_noise_may_be_a_schedule_and_is_none_where_nothing_is_said() -> None:
    model, obs = noisy({"start": 0.4, "end": 0.0}), torch.zeros(4000, 2)
    model._current_progress_remaining = 0.5
    with torch.no_grad():
        noise = model._explore(obs) - model.actor(obs)
    assert float(noise.std()) == pytest.approx(0.2, rel=0.1)
    for quiet in (noisy(0.0), learner("ddpg")):
        assert torch.equal(quiet._explore(obs), quiet.actor(obs))


@pytest.mark.parametrize("algorithm", ["td3", "ddpg", "crossq"])
def test_a_cut_is_no_end_to_any_of_them(algorithm: str) -> None:
    kept = {name: value for name, value in SMALL.items() if name != "ent_coef"}
    venv = general_road(partial(Leaving, DEFAULT_SCRIPT), 1, seed=0)
    model = make_model(algorithm, {**kept, "learning_starts": 1000}, venv, seed=0)
    model.learn(10)
    assert np.flatnonzero(model.replay_buffer.dones[:10, 0]).tolist() == [3, 6], "a and b; c in step 5 is cut off"


@pytest.fixture(scope="module")
def taught() -> tuple[SharedOffPolicy, ActiveVecNormalize]:
    """A policy that has learned for a moment, and where."""
    venv = ActiveVecNormalize(vectorize("airspace_v0", {"discount": 0.9}, 4, 0), gamma=0.9)
    model = make_model("sac", {**SMALL, "policy_kwargs": {"net_arch": [16]}}, venv, 0)
    assert isinstance(model, SharedOffPolicy)
    return model.learn(150), venv


@pytest.fixture(scope="module")
def network(taught: tuple[SharedOffPolicy, ActiveVecNormalize]) -> SquashedNetwork:
    deployed = deploy(taught[0].policy, normalization_of(taught[1]), None)
    assert isinstance(deployed, SquashedNetwork)
    return deployed


def observations(network: SquashedNetwork, num: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(num, len(network.shift))).astype(np.float32)


def test_the_network_flies_what_the_learner_would(network: SquashedNetwork, taught: Any) -> None:
    model, venv = taught
    obs = observations(network, 100)
    expected, _ = model.predict(venv.normalize_obs(obs), deterministic=True)
    np.testing.assert_allclose(TorchPolicy(network).act(obs, None), expected, atol=1e-6)


def test_drawn_actions_are_those_that_the_learner_draws_of_the_same_noise(
    network: SquashedNetwork, taught: Any
) -> None:
    model, venv = taught
    obs, noise = observations(network, 100), np.random.default_rng(1).normal(size=(100, 2)).astype(np.float32)
    mean, log_std, _ = model.actor.get_action_dist_params(torch.as_tensor(venv.normalize_obs(obs)))
    expected = torch.tanh(mean + log_std.exp() * torch.as_tensor(noise)).detach().numpy()
    np.testing.assert_allclose(TorchPolicy(network).act(obs, noise), expected, atol=1e-6)
    assert np.abs(expected - TorchPolicy(network).act(obs, None)).max() > 0.1


def test_torch_and_onnx_act_alike_drawn_or_not(network: SquashedNetwork, tmp_path: Path) -> None:
    path, obs = tmp_path / "policy.onnx", observations(network, 500)
    export_onnx(network, obs.shape[1], path, opset=17)
    assert check_parity(network, path, obs, 1e-5) <= 1e-5
    for noise in (None, np.random.default_rng(1).normal(size=(500, 2))):
        flown = OnnxPolicy(path).act(obs, noise)
        np.testing.assert_allclose(flown, TorchPolicy(network).act(obs, noise), atol=1e-5)
        assert np.abs(flown).max() <= 1.0


def test_a_file_of_another_training_is_told_by_what_it_answers(network: SquashedNetwork, finished: Checkout) -> None:
    path = finished.folder / "data/export/airspace/generic/policy.onnx"
    wish = r"policy\.onnx: answers with action, mean, log_std, wanted action, mean_before_tanh, log_std: of another "
    with pytest.raises(ValueError, match=wish):
        check_parity(network, path, observations(network, 10), 1e-5)


@pytest.fixture(scope="module")
def replaying(finished: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout whose policy was trained by SAC, evaluated and exported."""
    checkout = finished.copy(tmp_path_factory.mktemp("replaying") / "checkout")
    hyperparameters = {**SMALL, "buffer_size": 2000, "learning_starts": 300}
    checkout.change({"train.algorithm": "sac", "train.hyperparameters": hyperparameters})
    for stage in ("train", "evaluate", "export"):
        checkout.run_well(stage)
    return checkout


@pytest.mark.long
def test_train_and_export_take_a_policy_that_replays(replaying: Checkout) -> None:
    assert isinstance(read_model(replaying.folder / "data/models/airspace/generic/0").network, SquashedNetwork)
    policy, described = read_policy(replaying.folder / "data/export/airspace/generic")
    assert described.squashing.startswith("hyperbolic tangent")
    assert described.parity["largest_difference"] <= 1e-5
    assert np.abs(policy.act(np.ones((3, policy.num_features), np.float32), np.ones((3, 2)))).max() <= 1.0


@pytest.mark.long
def test_after_sigkill_replaying_goes_on_and_ends_with_the_same_weights(replaying: Checkout, tmp_path: Path) -> None:
    check_that_training_survives_sigkill(replaying, tmp_path / "checkout")
