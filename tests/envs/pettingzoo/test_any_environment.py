"""The world pettingzoo takes whatever PettingZoo knows: spaces, masks, roles, turns, images, wrappers, outcomes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pettingzoo.test import api_test, parallel_api_test

from envs.ground.defaults import Idle, Random
from envs.ground.doors import simulation
from envs.ground.play import Episodes, Space, play
from envs.ground.rows.normalize import ActiveVecNormalize
from envs.ground.world import Planes
from pipeline.algorithms.learner import Facts
from pipeline.algorithms.table import make_algorithm
from pipeline.export.onnx_export import export_onnx
from pipeline.learning.playing_twice import play_twice
from pipeline.policies.deployed import OnnxPolicy, TorchPolicy
from tests.envs.pettingzoo.small import ByTurns, Small

ROOM = simulation("pettingzoo")
MINE = "tests/envs/pettingzoo/small.py"
DRAWN = Episodes.drawn(np.arange(6, dtype=np.uint64))
BRIEF = {"n_steps": 16, "batch_size": 32, "n_epochs": 1, "gamma": 0.9}


def space(module: str, **others: Any) -> Space:
    module = module if "." in module else f"{MINE}:{module}"
    return Space(ROOM, ROOM.settings.from_values({"module": module, **others}))


def begun(found: Space, num_worlds: int = 1) -> Any:
    """A batch in which episodes have begun."""
    batch = found.batch(num_worlds)
    batch.begin(np.arange(num_worlds), np.full(num_worlds, -1), np.arange(num_worlds, dtype=np.uint64))
    return batch


def learned(found: Space, algorithm: str, **hyperparameters: Any) -> TorchPolicy:
    """A policy after a little training."""
    worlds = ROOM.vectorized(found.settings, 2, seed=0)
    facts = Facts.of(ROOM, found.settings)
    learner = make_algorithm(algorithm, {**BRIEF, **hyperparameters}, ActiveVecNormalize(worlds), 0, facts)
    learner.learn(80, lambda _: None)
    return TorchPolicy(learner.actor())


def exported(policy: TorchPolicy, num_features: int, folder: Path) -> OnnxPolicy:
    export_onnx(policy.network, num_features, folder / "policy.onnx", opset=17)
    return OnnxPolicy(folder / "policy.onnx")


def test_the_small_environments_keep_pettingzoos_rules() -> None:
    parallel_api_test(Small(), num_cycles=20)
    api_test(ByTurns(), num_cycles=20)


SOUND = [
    "Small", "Bounded", "Table", "Combined", "Masked", "MaskSeen", "MaskBesideMore", "CatsAndDogs", "ComeAndGo",
    "Picture", "ChannelsFirst", "Grey", "by_turns", "mpe2.simple_spread_v3", "mpe2.simple_tag_v3:env",
    "mpe2.simple_speaker_listener_v4",
]  # fmt: skip


@pytest.mark.parametrize("name", SOUND)
def test_it_is_played_and_the_same_seeds_give_the_same_episodes(name: str) -> None:
    found = space(name, max_steps=40)
    play_twice(found, "pettingzoo")
    first, again = (play(found, DRAWN, Random()).episodes for _ in range(2))
    assert first.equals(again)
    assert first["return"].nunique() > 1, "other seeds give others"


@pytest.mark.parametrize("name", ["MaskSeen", "ComeAndGo", "mpe2.simple_spread_v3"])
def test_two_processes_give_the_episodes_of_one(name: str) -> None:
    traces = []
    for num_processes in (1, 2):
        worlds = ROOM.vectorized(space(name, max_steps=5).settings, 3, seed=4, num_processes=num_processes)
        trace, rng = [worlds.reset()], np.random.default_rng(0)
        for _ in range(9):
            likes = rng.random((worlds.num_envs, getattr(worlds.action_space, "n", 1)))
            chooses = likes.shape[1] > 1
            actions = np.where(worlds.action_masks(), likes, -1).argmax(1) if chooses else rng.uniform(-1, 1, (6, 2))
            trace += [*worlds.step(actions)[:3], worlds.active, worlds.terminal_obs.copy()]
        worlds.close()
        traces.append(trace)
    for one, other in zip(*traces, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("name", "action", "got"),
    [
        ("Bounded", [-1.0, 1.0], [-3.0, 0.5]),
        ("Bounded", [0.0, 0.0], [1.0, 0.25]),
        ("Bounded", [9.0, -9.0], [5.0, 0.0]),
        ("Table", [-1.0, -0.5, 0.0, 0.5, 1.0, 0.25], [-2.0, -1.0, 0.0, 1.0, 2.0, 0.5]),
        ("Small", [2], [12]),
        ("Combined", [0], [0, 5]),
        ("Combined", [4], [1, 6]),
    ],
)
def test_an_action_comes_in_the_words_of_the_environment(name: str, action: list[float], got: list[float]) -> None:
    batch = begun(space(name))
    while not batch.done.all():
        batch.step(np.tile(np.array(action, float), (1, 2, 1)))
    found = batch.outcomes()
    assert [found[f"info_got_{k}"][0] for k in range(len(got))] == pytest.approx(got)


def test_all_combinations_of_parts_are_choices_once_each() -> None:
    found, seen = space("Combined"), set()
    assert ROOM.commands(found.settings).ravel().tolist() == list(range(6))
    for choice in range(6):
        batch = begun(found)
        batch.step(np.full((1, 2, 1), float(choice)))
        told = batch.outcomes()
        seen.add((told["info_got_0"][0], told["info_got_1"][0]))
    assert seen == {(one, other) for one in (0, 1) for other in (5, 6, 7)}


def test_numbers_that_are_drawn_or_exported_stay_within_the_bounds(tmp_path: Path) -> None:
    """The environment refuses others; so wide a noise leaves [-1, 1] in most steps."""
    found = space("Bounded")
    policy = learned(found, "ppo", policy_kwargs={"log_std_init": 1.5})
    drawn = play(found, DRAWN, policy, stochastic=True).episodes
    assert drawn["info_got_0"].nunique() > 3
    from_file = exported(policy, 2, tmp_path)
    means = [play(found, DRAWN, actor).episodes["info_got_0"] for actor in (policy, from_file)]
    np.testing.assert_allclose(*means, atol=1e-4)


@pytest.mark.parametrize("name", ["Masked", "MaskSeen", "MaskBesideMore"])
def test_a_choice_that_is_masked_is_never_taken(name: str, tmp_path: Path) -> None:
    """The environment refuses it: in training, by a policy, drawn or not, by its export and by the baselines."""
    found = space(name)
    policy = learned(found, "maskable_ppo")
    for actor in (policy, exported(policy, len(ROOM.features(found.settings)), tmp_path), Idle(), Random()):
        play(found, DRAWN, actor)
    play(found, DRAWN, policy, stochastic=True)
    allowed = begun(found, 2).allowed()
    assert allowed.tolist() == [[[False, True, True]] * 2] * 2


def test_what_is_seen_beside_a_mask_is_all_that_is_seen() -> None:
    assert len(ROOM.features(space("MaskSeen").settings)) == 2
    assert len(ROOM.features(space("MaskBesideMore").settings)) == 4, "a dict of two, one of them one of two"


def test_roles_are_padded_told_apart_and_masked() -> None:
    found = space("CatsAndDogs")
    assert ROOM.features(found.settings)[-2:] == ("is_cat", "is_dog")
    batch = begun(found)
    assert batch.observation[0, 0, 2:].tolist() == [0, 0, 1, 0]
    assert batch.observation[0, 2].tolist() == [7, 7, 7, 7, 0, 1]
    assert batch.allowed()[0].tolist() == [[True, True, True], [True, True, True], [True, True, False]]
    assert batch.agents(0) == {"agent": ["cat_0", "cat_1", "dog"], "role": ["cat", "cat", "dog"]}
    play(found, DRAWN, learned(found, "maskable_ppo"))


def test_who_leaves_or_comes_is_active_in_between() -> None:
    batch, active, present = begun(space("ComeAndGo")), [], []
    while not batch.done.all():
        active.append(batch.active[0].tolist())
        batch.step(np.zeros((1, 3, 1)))
        present.append(batch.present[0].tolist())
    assert active == [[True, True, False]] * 2 + [[False, True, False]] + [[False, True, True]] * 3
    assert present[0] == [True, True, False]
    assert present[-1] == [True, True, True]
    learned(space("ComeAndGo"), "ppo")


def test_by_turns_only_one_agent_acts_and_each_is_paid_its_own() -> None:
    batch, active, paid = begun(space("by_turns")), [], np.zeros((1, 3))
    while not batch.done.all():
        active.append(batch.active[0].tolist())
        batch.step(np.zeros((1, 3, 1)))
        paid += batch.reward
    assert active == [[True, False, False], [False, True, False], [False, False, True]] * 2
    assert paid[0].tolist() == pytest.approx([2 * batch.observation[0, 0, 1]] * 3)
    learned(space("by_turns"), "ppo")


@pytest.mark.parametrize(("name", "colours"), [("Picture", 3), ("ChannelsFirst", 3), ("Grey", 1)])
def test_images_become_planes_colour_by_colour(name: str, colours: int) -> None:
    found = space(name)
    assert ROOM.planes(found.settings) == Planes(0, colours, 4, 5)
    batch = begun(found)
    batch.step(np.zeros((1, 2, 1)))
    planes = (batch.observation[0, 0] * 255).round().reshape(colours, 4, 5)
    row, column = np.mgrid[0:4, 0:5]
    np.testing.assert_array_equal(planes, np.stack([row, column, np.ones((4, 5))])[:colours])


def test_wrappers_stand_around_the_environment_the_first_innermost() -> None:
    grey = space("Picture", wrappers=[{"color_reduction": {"mode": "R"}}, {"frame_stack": {"stack_size": 2}}])
    assert ROOM.planes(grey.settings) == Planes(0, 2, 4, 5)
    batch = begun(grey)
    np.testing.assert_array_equal((batch.observation[0, 0] * 255).round()[20:], np.mgrid[0:4, 0:5][0].ravel())
    assert len(ROOM.features(space("Small", wrappers=[{"frame_stack": {"stack_size": 3}}]).settings)) == 6
    for wrappers, stays in ([], False), (["black_death"], True):
        batch = begun(space("ComeAndGo", wrappers=wrappers))
        for _ in range(2):
            batch.step(np.zeros((1, 3, 1)))
        assert batch.active[0, 0] == stays, "black_death keeps those who have left"
    play(space("by_turns", wrappers=[{"frame_stack": {"stack_size": 2}}]), DRAWN, Random())


def test_an_episode_that_does_not_end_is_cut_off() -> None:
    assert set(play(space("Small", max_steps=4), DRAWN, Random()).episodes["steps"]) == {4}
    worlds = ROOM.vectorized(space("Small", max_steps=4).settings, 1, seed=0)
    worlds.reset()
    dones = [worlds.step(np.zeros(2, int))[2].tolist() for _ in range(4)]
    assert dones == [[False, False]] * 3 + [[True, True]]
    assert worlds.truncated.all()


def test_outcomes_are_the_last_infos_of_each_agent() -> None:
    """Agent a does 10 all the time, b only at first."""
    kinds = {"calm": {"kind": "share"}, "got_0": {"kind": "number", "better": "lower"}}
    batch = begun(space("Small", outcomes=kinds))
    for step in range(6):
        batch.step(np.array([[[0.0], [0.0 if step < 5 else 2.0]]]))
    found = batch.outcomes()
    assert found["calm"].tolist() == [0.5]
    assert found["got_0"].tolist() == [11.0]
    assert found["info_calm"].tolist() == [0.5]
    assert ROOM.outcomes(space("Small", outcomes=kinds).settings)[1].better == "lower"


def test_a_failure_is_one_of_any_agent() -> None:
    batch = begun(space("Small", outcomes={"calm": {"kind": "failure"}}))
    while not batch.done.all():
        batch.step(np.array([[[0.0], [1.0]]]))
    assert batch.outcomes()["calm"].tolist() == [True]
