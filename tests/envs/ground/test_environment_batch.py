"""Facts about environments as a batch: what agents of several roles were paid."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from gymnasium import spaces
from leaving import Leaving

from envs.ground.any_environment.batch import EnvironmentBatch
from envs.ground.any_environment.uniform import Uniform

SCRIPT = {"cat_0": (2, "terminated"), "cat_1": (4, "terminated"), "dog_0": (3, "terminated"), "dog_1": (0, "absent")}


class CatsAndDogs(Leaving):
    """Dogs see one number more than cats do; each step pays 1 + action."""

    def observation_space(self, agent: str) -> spaces.Space:
        return spaces.Box(-10.0, 10.0, (3 if agent.startswith("dog") else 2,), np.float32)

    def _observations(self) -> dict[str, np.ndarray]:
        seen = super()._observations()
        return {agent: np.resize(own, self.observation_space(agent).shape) for agent, own in seen.items()}


def played(env: type[Leaving], script: Mapping[str, tuple[int, str]]) -> dict[str, np.ndarray]:
    """Two episodes to their ends: in the first all act 0.5, in the second nobody does."""
    batch = EnvironmentBatch(lambda: Uniform(env(script), "animals", 10, 60.0), 2, ())
    batch.begin(np.arange(2), np.full(2, -1), np.arange(2, dtype=np.uint64))
    while not batch.done.all():
        batch.step(np.stack([np.full((batch.num_slots, 1), 0.5), np.zeros((batch.num_slots, 1))]))
    return batch.outcomes()


def test_agents_of_several_roles_have_the_mean_return_of_each_role() -> None:
    """Two cats for two and four steps, a dog for three; the dog that never came does not count."""
    found = played(CatsAndDogs, SCRIPT)
    assert found["num_agents"].tolist() == [3, 3]
    assert found["return_cat"].tolist() == pytest.approx([1.5 * 3, 3.0])
    assert found["return_dog"].tolist() == pytest.approx([1.5 * 3, 3.0])


def test_of_a_role_of_which_nobody_came_nothing_is_known() -> None:
    found = played(CatsAndDogs, SCRIPT | {"dog_0": (0, "absent")})
    assert found["return_cat"].tolist() == pytest.approx([4.5, 3.0])
    assert np.isnan(found["return_dog"]).all()


def test_agents_of_one_role_have_one_return() -> None:
    assert not [name for name in played(Leaving, SCRIPT) if name.startswith("return_")]
