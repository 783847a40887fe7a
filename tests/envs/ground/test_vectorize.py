"""The bridge to Stable-Baselines3: ends of episodes, seeds, attributes, leaving agents, both roads."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from gymnasium import Wrapper, spaces
from mpe2 import simple_spread_v3  # type: ignore[import-untyped]
from sb3_contrib import MaskablePPO
from stable_baselines3 import PPO

import envs
from envs.ground.rows.vectorize import SharedPolicyVecEnv, general_road
from tests.envs.ground.leaving import Leaving, LeavingFast, Ticks

FOREVER = (99, "terminated")
MakeVecEnv = Callable[..., SharedPolicyVecEnv]


def spread(max_cycles: int) -> Any:
    return simple_spread_v3.parallel_env(N=2, max_cycles=max_cycles, continuous_actions=True)


CLASSES = {"leaving_v0": Leaving, "ticks_v0": LeavingFast, "spread_v0": spread}


def vectorize(name: str, settings: dict[str, Any], num_worlds: int, seed: int) -> SharedPolicyVecEnv:
    """By the face of its own that a class has, or by the general road."""
    make = CLASSES[name]
    if not hasattr(make, "vector_env"):
        return general_road(partial(make, **settings), num_worlds, seed)
    worlds = make.vector_env(settings, num_worlds, seed)
    return SharedPolicyVecEnv(worlds, [worlds] * num_worlds)


def leaving(script: dict[str, tuple[int, str]], num_worlds: int = 1, seed: int = 0, **settings: Any) -> Any:
    return general_road(partial(Leaving, script, **settings), num_worlds, seed)


def on_each_road() -> list[Any]:
    script = {"a": FOREVER, "b": (2, "terminated")}
    general = {"script": script, "max_steps": 3}
    roads: dict[str, MakeVecEnv] = {
        "general": partial(vectorize, "leaving_v0", general),
        "spread": partial(vectorize, "spread_v0", {"max_cycles": 4}),
        "fast": partial(vectorize, "ticks_v0", {}),
    }
    return [pytest.param(make, id=road) for road, make in roads.items()]


each_road = pytest.mark.parametrize("make", on_each_road())


def play(venv: Any, num_steps: int, seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    trace = []
    for _ in range(num_steps):
        actions = rng.uniform(0, 1, (venv.num_envs, *venv.action_space.shape)).astype(np.float32)
        obs, rewards, dones, _ = venv.step(actions)
        trace += [obs, rewards, dones, venv.active, venv.truncated, venv.terminal_obs.copy()]
    return trace


def assert_equal(left: list[np.ndarray], right: list[np.ndarray]) -> None:
    for one, other in zip(left, right, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("make", [leaving, partial(envs.vectorize, "airspace_v0", seed=0)])
def test_no_worlds_is_refused(make: MakeVecEnv) -> None:
    with pytest.raises(ValueError, match="num_worlds: got 0, wanted 1 or more"):
        make({}, num_worlds=0)


def test_a_time_out_is_told_from_a_termination_with_its_last_observation() -> None:
    venv = leaving({"a": FOREVER, "b": (3, "terminated")}, max_steps=3)
    numbers = venv.reset()[:, 1]
    for _ in range(2):
        assert not any("terminal_observation" in info for info in venv.step(np.zeros((2, 1)))[3])
    obs, _, dones, infos = venv.step(np.zeros((2, 1)))
    assert dones.tolist() == [True, True]
    assert [info["TimeLimit.truncated"] for info in infos] == [True, False]  # b does both: it terminates
    assert venv.truncated.tolist() == [True, False]
    for row in range(2):
        np.testing.assert_array_equal(infos[row]["terminal_observation"], [3.0, numbers[row]])
        np.testing.assert_array_equal(venv.terminal_obs[row], [3.0, numbers[row]])
    assert obs[:, 0].tolist() == [0.0, 0.0]


@each_road
def test_arrays_returned_are_not_changed_by_later_steps(make: MakeVecEnv) -> None:
    venv = make(2, 0)
    kept = [venv.reset()]
    before = [array.copy() for array in kept]
    kept += play(venv, 1)
    before += [array.copy() for array in kept[1:]]
    play(venv, 5)
    assert_equal(kept, before)


def rollout(script: dict[str, tuple[int, str]]) -> tuple[PPO, np.ndarray]:
    """Three steps of one row that end an episode, and its last observation; the policy does not move."""
    model = PPO(
        "MlpPolicy", leaving(script, max_steps=3), n_steps=3, batch_size=3, learning_rate=0.0, gamma=0.5, seed=0
    )
    model.learn(3)
    return model, np.array([3.0, model.rollout_buffer.observations[0, 1]], np.float32)


@pytest.mark.parametrize(("end", "bootstraps"), [(FOREVER, 1.0), ((3, "inactive"), 0.0)])
def test_ppo_bootstraps_a_time_out_and_not_a_termination(end: tuple[int, str], bootstraps: float) -> None:
    model, last_obs = rollout({"a": end})
    buffer = model.rollout_buffer
    with torch.no_grad():
        value = float(model.policy.predict_values(torch.as_tensor(last_obs[None])))
    paid = 1.0 + np.clip(buffer.actions.reshape(3), -1.0, 1.0)
    expected = paid + np.array([0.0, 0.0, bootstraps * 0.5 * value])
    assert abs(value) > 1e-3
    np.testing.assert_allclose(buffer.rewards[:, 0], expected, rtol=1e-5)


@each_road
def test_worlds_and_episodes_differ_and_the_same_seed_gives_the_same(make: MakeVecEnv) -> None:
    venv, twin, other = make(2, 5), make(2, 5), make(2, 6)
    first = venv.reset()
    assert not np.array_equal(first[: venv.num_agents], first[venv.num_agents :])
    np.testing.assert_array_equal(first, twin.reset())
    assert not np.array_equal(first, other.reset())
    trace = play(venv, 9)
    assert_equal(trace, play(twin, 9))
    assert not np.array_equal(venv.reset(), first)


@each_road
def test_seed_and_reset_seed_are_honoured_once(make: MakeVecEnv) -> None:
    venv = make(2, 5)
    first = venv.reset()
    assert venv.seed(5) == [5] * venv.num_envs
    play(venv, 1)
    np.testing.assert_array_equal(venv.reset(), first)
    assert not np.array_equal(venv.reset(), first)
    np.testing.assert_array_equal(venv.reset(seed=5), first)


@each_road
def test_ppo_trains_to_the_same_weights_twice(make: MakeVecEnv) -> None:
    models = [PPO("MlpPolicy", make(2, 1), n_steps=8, batch_size=16, n_epochs=1, seed=0).learn(32) for _ in range(2)]
    one, two = (model.policy.state_dict() for model in models)
    assert all(torch.equal(one[key], two[key]) for key in one)


def test_an_agent_leaving_early_is_done_once_then_inactive_then_done_with_its_world() -> None:
    venv = leaving({"a": (2, "terminated"), "b": FOREVER}, num_worlds=2, max_steps=4)
    venv.reset()
    dones, active, rewards = [], [venv.active], []
    for _ in range(5):
        _, reward, done, _ = venv.step(np.zeros((4, 1)))
        dones.append(done[:2].tolist())
        active.append(venv.active)
        rewards.append(reward[:2].tolist())
    assert dones == [[False, False], [True, False], [False, False], [True, True], [False, False]]
    assert [mask[:2].tolist() for mask in active] == [[True] * 2] * 2 + [[False, True]] * 2 + [[True] * 2] * 2
    assert rewards == [[1, 1], [1, 1], [0, 1], [0, 1], [1, 1]]


def test_the_last_infos_survive_the_reset_and_the_first_ones_are_kept_apart() -> None:
    venv = leaving({"a": FOREVER, "b": FOREVER}, num_worlds=2, max_steps=2)
    venv.set_options({"weather": "fog"})
    venv.reset()
    assert venv.reset_infos[3]["options"] == {"weather": "fog"}
    seeds = [info["seed"] for info in venv.reset_infos]
    venv.step(np.zeros((4, 1)))
    infos = venv.step(np.zeros((4, 1)))[3]
    assert [info["step"] for info in infos] == [2] * 4
    assert not any("seed" in info for info in infos)
    assert len({id(info) for info in infos}) == 4
    assert all(info["seed"] != seed for info, seed in zip(venv.reset_infos, seeds, strict=True))
    assert venv.reset_infos[0]["options"] is None


def test_attributes_and_methods_are_those_of_each_rows_world() -> None:
    venv = leaving({"a": FOREVER, "b": FOREVER}, num_worlds=2)
    venv.reset()
    assert venv.get_attr("max_steps") == [6] * 4
    venv.set_attr("bonus", 2.0, indices=[2])
    assert venv.get_attr("bonus") == [0.0, 0.0, 2.0, 2.0]
    assert venv.get_attr("bonus", indices=1) == [0.0]
    assert venv.step(np.zeros((4, 1)))[1].tolist() == [1, 1, 3, 3]
    assert venv.has_attr("bonus")
    assert not venv.has_attr("malus")
    assert venv.env_is_wrapped(Wrapper, indices=[0, 3]) == [False, False]
    assert venv.get_attr("render_mode", indices=0) == ["rgb_array"]
    with pytest.raises(AttributeError, match="malus"):
        venv.env_method("malus")


def test_a_method_is_called_once_per_world_and_pictures_come_per_row() -> None:
    venv = leaving({"a": FOREVER, "b": FOREVER}, num_worlds=2)
    venv.reset()
    assert [image.shape for image in venv.get_images()] == [(4, 4, 3)] * 4
    assert venv.get_attr("num_renders", indices=[0, 2]) == [1, 1]
    assert venv.render().shape == (4, 4, 3)


def test_attributes_are_set_inside_the_wrappers_of_an_environment() -> None:
    venv = vectorize("spread_v0", {"max_cycles": 4}, 2, 0)
    venv.set_attr("max_cycles", 2, indices=0)
    venv.reset()
    trace = play(venv, 2)
    assert trace[-4].tolist() == [True, True, False, False]
    assert trace[-2].tolist() == [True, True, False, False]


def test_maskable_ppo_gets_a_mask_for_each_row() -> None:
    class Choosing(Leaving):
        def action_space(self, agent: str) -> spaces.Space:
            return spaces.Discrete(2)

        def step(self, actions: dict[str, Any]) -> tuple[dict, dict, dict, dict, dict]:
            return super().step({agent: np.array([action]) for agent, action in actions.items()})

    venv = general_road(partial(Choosing, {"a": FOREVER, "b": FOREVER, "c": (1, "terminated")}), 2, 0)
    model = MaskablePPO("MlpPolicy", venv, n_steps=4, batch_size=8, n_epochs=1, seed=0).learn(24)
    assert model.rollout_buffer.actions.shape[0] == 24
    b_plays = np.array([step["b"] for world in (0, 3) for step in venv.get_attr("passed", indices=world)[0]])
    assert (b_plays == 0).all()
    assert np.stack(venv.env_method("action_masks")).tolist() == [[True, True], [True, False], [True, True]] * 2


@each_road
def test_a_restored_environment_continues_with_equal_bits(make: MakeVecEnv) -> None:
    venv = make(2, 3)
    venv.reset()
    play(venv, 8)
    state = venv.state()
    expected = play(venv, 9, seed=1)
    fresh = make(2, 99)
    for continued in (venv, fresh):
        continued.restore(state)
        assert_equal(play(continued, 9, seed=1), expected)


def test_the_fast_road_fills_distinct_infos_of_done_rows() -> None:
    venv = vectorize("ticks_v0", {"speed": 1}, 2, 0)
    assert isinstance(venv.venv, Ticks)
    first = venv.reset()
    steps = [venv.step(np.zeros((4, 1))) for _ in range(3)]
    assert [dones.tolist() for _, _, dones, _ in steps] == [[False] * 4, [False, True] * 2, [True] * 4]
    assert len({id(info) for info in steps[0][3]}) == 4
    assert steps[1][3][0] == {}
    assert [info["TimeLimit.truncated"] for info in steps[2][3]] == [True, False, True, False]
    assert venv.truncated.tolist() == [True, False, True, False]
    np.testing.assert_array_equal(steps[2][3][2]["terminal_observation"], [3.0, first[2, 1]])
    assert steps[2][0][:, 0].tolist() == [0.0] * 4
    assert venv.active.all()
    assert venv.get_attr("settings", indices=[0, 3]) == [{"speed": 1}] * 2
