"""Today's airspace flies the recorded episodes again, to 1e-9."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.envs.airspace.simulation import golden


@pytest.mark.parametrize("episode", golden.EPISODES)
def test_a_recorded_episode_flies_again(episode: str) -> None:
    recorded = [step for step in json.loads(golden.PATH.read_text(encoding="utf-8")) if step["episode"] == episode]
    assert len(recorded) == golden.NUM_STEPS
    flown = golden.fly(episode, np.array([step["actions"] for step in recorded]))
    for then, now in zip(recorded, flown, strict=True):
        for field in golden.RECORDED:
            again = "python -m tests.envs.airspace.simulation.golden"
            what = f"{field} at step {then['step']}; if it is meant to move: {again}"
            np.testing.assert_allclose(now[field], then[field], rtol=0.0, atol=1e-9, err_msg=what)


def test_the_recordings_have_every_part_of_the_reward() -> None:
    steps = json.loads(golden.PATH.read_text(encoding="utf-8"))
    paid = np.concatenate([np.array(step["reward_parts"]) for step in steps])
    assert (paid != 0.0).any(axis=0).all()
