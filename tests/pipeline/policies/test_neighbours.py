"""Attention over neighbours: any order is the same, empty slots have no say, and the exported policy does it too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gymnasium import spaces

from envs import vectorize
from envs.airspace.simulation.compiled.observation import layout
from envs.airspace.simulation.room import SIMULATION
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.slots import neighbour_slots
from envs.ground.rows.normalize import ActiveVecNormalize
from envs.ground.rows.vectorize import general_road
from envs.ground.world import Slots
from pipeline.algorithms.learner import Facts
from pipeline.algorithms.sb3 import SharedPolicy
from pipeline.export.onnx_export import check_parity, export_onnx
from pipeline.policies.deployed import OnnxPolicy
from pipeline.policies.deploying import deploy
from pipeline.policies.groups import NeighbourGroups
from pipeline.policies.neighbours import NeighbourAttention, NeighbourPooling
from tests.envs.ground.leaving import Leaving
from tests.pipeline.algorithms.models import make_model

SIXTEEN = {"observation": {"layout": "relative_cpa", "num_neighbours": 15}, "procedural": {"max_aircraft": 16}}
KWARGS = {"features_extractor": "attention", "features_extractor_kwargs": {"width": 8, "heads": 2}, "net_arch": [8]}
BRIEFLY: dict[str, dict[str, Any]] = {
    "ppo": {"n_steps": 4, "batch_size": 64, "n_epochs": 2},
    "sac": {"learning_starts": 50, "batch_size": 16},
}


def learner(algorithm: str = "ppo", settings: Any = SIXTEEN, norm_obs: bool = False, **kwargs: Any) -> SharedPolicy:
    venv = ActiveVecNormalize(vectorize("airspace_v0", settings, 2, 0), norm_obs=norm_obs, gamma=0.9)
    hyperparameters = {**BRIEFLY[algorithm], "gamma": 0.9, "policy_kwargs": {**KWARGS, **kwargs}}
    facts = Facts(SIMULATION.slots(AirspaceSettings.from_values(settings)))
    return make_model(algorithm, hyperparameters, venv, 0, facts)


def extractor() -> NeighbourAttention:
    """Of a row of seven own numbers, the last of them behind four slots of presence and two numbers."""
    torch.manual_seed(0)
    space = spaces.Box(-1, 1, (7 + 4 * 3,), np.float32)
    return NeighbourAttention(space, first=6, num_slots=4, slot_width=3, presence=0, width=8, heads=2)


def rows(num: int) -> torch.Tensor:
    """Rows of which slots are empty at random."""
    drawn = torch.randn(num, 19, generator=torch.Generator().manual_seed(1))
    drawn[:, [6, 9, 12, 15]] = (drawn[:, [6, 9, 12, 15]] > 0).float()
    return drawn


def reordered(seen: torch.Tensor, order: list[int]) -> torch.Tensor:
    slots = seen[:, 6:18].reshape(-1, 4, 3)[:, order]
    return torch.cat([seen[:, :6], slots.reshape(-1, 12), seen[:, 18:]], 1)


@pytest.mark.parametrize("order", [[1, 0, 2, 3], [3, 2, 1, 0], [2, 3, 0, 1]])
def test_any_order_of_neighbours_gives_the_same_features(order: list[int]) -> None:
    attention, seen = extractor(), rows(50)
    torch.testing.assert_close(attention(reordered(seen, order)), attention(seen), rtol=0, atol=1e-6)
    assert not torch.equal(reordered(seen, order), seen)


def test_what_stands_in_an_empty_slot_has_no_say_and_who_is_there_has() -> None:
    attention, seen = extractor(), rows(50)
    empty = seen[:, [6, 9, 12, 15]] == 0
    for k in range(4):
        other = seen.clone()
        other[:, 6 + 3 * k + 1 : 6 + 3 * k + 3] += 5.0
        changed = (attention(other) - attention(seen)).abs().amax(1)
        assert (changed[empty[:, k]] == 0).all()
        assert (changed[~empty[:, k]] > 1e-3).all()


def test_nobody_there_gives_zeros_beside_the_own_features() -> None:
    attention, seen = extractor(), rows(20)
    seen[:, [6, 9, 12, 15]] = 0.0
    features = attention(seen)
    assert (features[:, 8:] == 0).all()
    assert torch.isfinite(features).all()
    assert features[:, :8].std(0).min() > 0


def test_every_own_number_matters_also_the_one_behind_the_slots() -> None:
    attention, seen = extractor(), rows(5)
    for column in [*range(6), 18]:
        other = seen.clone()
        other[:, column] += 1.0
        assert not torch.equal(attention(other), attention(seen)), column


def test_presence_may_stand_anywhere_in_a_slot_and_slots_without_it_are_always_taken() -> None:
    """The same weights hear the same of slots whose columns are turned, and of slots that do not say who is there."""
    space, seen = spaces.Box(-1, 1, (7 + 4 * 3,), np.float32), rows(50)
    first, own = extractor(), torch.cat([seen[:, :6], seen[:, 18:]], 1)
    slots = seen[:, 6:18].reshape(-1, 4, 3)
    last = NeighbourAttention(space, first=6, num_slots=4, slot_width=3, presence=2, width=8, heads=2)
    last.load_state_dict(first.state_dict())
    turned = torch.cat([seen[:, :6], slots[:, :, [1, 2, 0]].reshape(-1, 12), seen[:, 18:]], 1)
    torch.testing.assert_close(last(turned), first(seen))
    narrow = spaces.Box(-1, 1, (7 + 4 * 2,), np.float32)
    always = NeighbourAttention(narrow, first=0, num_slots=4, slot_width=2, presence=None, width=8, heads=2)
    always.load_state_dict(first.state_dict())
    seen[:, [6, 9, 12, 15]] = 1.0
    torch.testing.assert_close(always(torch.cat([slots[:, :, 1:].reshape(-1, 8), own], 1)), first(seen))


POOLED = {"features_extractor": "pooling", "features_extractor_kwargs": {"width": 8}}


@pytest.mark.parametrize("order", [[1, 0, 2, 3], [3, 2, 1, 0]])
def test_pooling_takes_neighbours_in_any_order_and_each_matters(order: list[int]) -> None:
    torch.manual_seed(0)
    space = spaces.Box(-1, 1, (7 + 4 * 3,), np.float32)
    pooling, seen = NeighbourPooling(space, first=6, num_slots=4, slot_width=3, width=8), rows(50)
    features = pooling(seen)
    torch.testing.assert_close(pooling(reordered(seen, order)), features, rtol=0, atol=1e-6)
    torch.testing.assert_close(features[:, :7], torch.cat([seen[:, :6], seen[:, 18:]], 1))
    for k in range(4):
        other = seen.clone()
        other[:, 7 + 3 * k] += 1.0
        assert not torch.equal(pooling(other)[:, 7:], features[:, 7:])


def test_a_pooling_policy_learns_with_normalised_observations_and_is_exported(tmp_path: Path) -> None:
    model = learner(norm_obs=True, settings={}, **POOLED)
    before = model.policy.features_extractor.other.weight.detach().clone()
    model.learn(200)
    assert not torch.equal(before, model.policy.features_extractor.other.weight)
    assert model.env is not None
    seen = np.concatenate([model.env.reset() for _ in range(5)]).astype(np.float32)
    path = tmp_path / "policy.onnx"
    export_onnx(deploy(model.policy, None, None), seen.shape[1], path, opset=17)
    assert check_parity(deploy(model.policy, None, None), path, seen, 1e-5) <= 1e-5


def test_slots_stand_where_the_layout_names_them() -> None:
    for time_limit in ("bootstrap", "task"):
        for kind, width in (("courses", 14), ("intent", 14), ("relative_cpa", 7), ("relative", 5)):
            values = {"observation": {"layout": kind, "num_neighbours": 4}, "episode": {"time_limit": time_limit}}
            names = layout(AirspaceSettings.from_values(values))
            assert neighbour_slots(names) == (Slots("neighbour", 6, 4, width, presence=0),)
            assert names[6] == "neighbour_0_presence"


GROUPS = (Slots("friend", 1, 3, 2, 0), Slots("wall", 9, 2, 4, None))
"""Of 18 columns: 0, 7, 8 and 17 are the agent's own."""
SETTINGS: dict[str, dict[str, int]] = {"pooling": {"width": 4}, "attention": {"width": 4, "heads": 2}}


def of_groups(kind: str) -> NeighbourGroups:
    torch.manual_seed(0)
    told = [{"first": own.first, "num_slots": own.num, "slot_width": own.width} for own in GROUPS]
    if kind == "attention":
        told = [{**values, "presence": own.presence} for values, own in zip(told, GROUPS, strict=True)]
    return NeighbourGroups(spaces.Box(-1, 1, (18,), np.float32), kind, told, **SETTINGS[kind])


def of_two_groups(num: int) -> torch.Tensor:
    drawn = torch.randn(num, 18, generator=torch.Generator().manual_seed(1))
    drawn[:, [1, 3, 5]] = 1.0
    return drawn


@pytest.mark.parametrize("kind", SETTINGS)
def test_within_each_group_any_order_is_the_same_and_every_column_matters(kind: str) -> None:
    own, seen = of_groups(kind), of_two_groups(30)
    features = own(seen)
    assert features.shape == (30, own.features_dim)
    friends, walls = seen.clone(), seen.clone()
    friends[:, 1:7] = seen[:, 1:7].reshape(-1, 3, 2).flip(1).reshape(-1, 6)
    walls[:, 9:17] = seen[:, 9:17].reshape(-1, 2, 4).flip(1).reshape(-1, 8)
    for other in (friends, walls):
        torch.testing.assert_close(own(other), features, rtol=0, atol=1e-6)
    for column in set(range(18)) - {1, 3, 5}:
        other = seen.clone()
        other[:, column] += 0.5
        assert not torch.equal(own(other), features), column


@pytest.mark.parametrize("kind", SETTINGS)
def test_one_group_of_several_gives_what_it_gives_alone(kind: str) -> None:
    """Of own numbers and friends, the part for friends alone."""
    own, seen = of_groups(kind), of_two_groups(20)
    alone = torch.cat([seen[:, [0, 7, 8, 17]], seen[:, 1:7]], 1)
    features = own.parts[0](alone)
    skipped = 4 if kind == "pooling" else 0
    torch.testing.assert_close(own(seen)[:, skipped : features.shape[1]], features[:, skipped:])


@pytest.mark.parametrize("kind", SETTINGS)
def test_a_world_with_several_groups_is_learned_in_and_exported(kind: str, tmp_path: Path) -> None:
    venv = general_road(Grouped, 2, seed=0)
    kwargs = {"features_extractor": kind, "features_extractor_kwargs": SETTINGS[kind], "net_arch": [8]}
    model = make_model("ppo", {"n_steps": 8, "batch_size": 16, "policy_kwargs": kwargs}, venv, 0, Facts(GROUPS))
    model.learn(60)
    assert isinstance(model.policy.features_extractor, NeighbourGroups)
    network, path = deploy(model.policy, None, None), tmp_path / "policy.onnx"
    seen = of_two_groups(40).numpy()
    export_onnx(network, 18, path, opset=17)
    assert check_parity(network, path, seen, 1e-5) <= 1e-5


class Grouped(Leaving):
    """Leaving, whose agents see 18 numbers."""

    def observation_space(self, agent: str) -> spaces.Space:
        return spaces.Box(-10.0, 10.0, (18,), np.float32)

    def _observations(self) -> dict[str, np.ndarray]:
        return {agent: np.resize(seen, 18).astype(np.float32) for agent, seen in super()._observations().items()}


def test_a_layout_that_does_not_say_who_is_there_is_refused() -> None:
    with pytest.raises(ValueError, match="attention: got an observation in which no others have slots of their own"):
        learner(settings={"observation": {"layout": "study"}})


def test_normalised_observations_are_refused_for_slots_would_differ() -> None:
    with pytest.raises(ValueError, match=r"attention: wanted train\.normalize_observation: false"):
        learner(norm_obs=True)


def test_a_width_that_heads_do_not_share_is_refused() -> None:
    with pytest.raises(ValueError, match="got width 8, heads 3, wanted a multiple of heads"):
        learner(features_extractor_kwargs={"width": 8, "heads": 3})


@pytest.mark.parametrize("algorithm", BRIEFLY)
def test_a_policy_for_sixteen_aircraft_learns_and_is_exported_with_any_order_of_neighbours(
    algorithm: str, tmp_path: Path
) -> None:
    model = learner(algorithm)
    before = [tensor.detach().clone() for tensor in model.policy.parameters()]
    model.learn(120)
    assert any(not torch.equal(old, new) for old, new in zip(before, model.policy.parameters(), strict=True))
    assert model.env is not None
    seen = np.concatenate([model.env.reset() for _ in range(20)]).astype(np.float32)
    network, path = deploy(model.policy, None, None), tmp_path / "policy.onnx"
    export_onnx(network, seen.shape[1], path, opset=17)
    assert check_parity(network, path, seen, 1e-5) <= 1e-5
    slots = seen[:, 6:].reshape(-1, 15, 7)
    assert slots[:, :, 0].sum(1).max() > 4
    turned = np.concatenate([seen[:, :6], slots[:, ::-1].reshape(len(seen), -1)], 1)
    policy = OnnxPolicy(path)
    np.testing.assert_allclose(policy.act(turned, None), policy.act(seen, None), atol=1e-5)
    assert np.abs(policy.act(seen, None)).max() > 1e-4
