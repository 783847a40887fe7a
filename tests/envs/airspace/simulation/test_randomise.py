"""Disturbances drawn by an episode's seed, and pending commands among what is seen."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from envs.airspace.simulation.batch import AirspaceBatch
from envs.airspace.simulation.compiled.observation import layout
from envs.airspace.simulation.settings import AirspaceSettings

_DRAWN = {
    "disturbance": {
        "action_delay": {"choice": [0, 1, 3]},
        "position_noise_nm": {"uniform": [0.0, 0.5], "share": 0.5},
        "responds": {"choice": [False], "share": 0.25},
        "aircraft_type": {"choice": ["B738", "E190"], "share": 0.5},
    },
    "wind": {"speed_kt": {"uniform": [0.0, 30.0]}, "from_deg": {"uniform": [0.0, 359.0]}},
}


def _settings(**changes) -> AirspaceSettings:
    return AirspaceSettings.from_values({"procedural": {"min_aircraft": 4, "max_aircraft": 4}, **changes})


def _batch(num_worlds: int, seed: int = 1, **changes) -> AirspaceBatch:
    return AirspaceBatch(_settings(**changes), num_worlds, seed, discount=0.98)


def _flown(batch: AirspaceBatch, steps: int = 8) -> np.ndarray:
    for step in range(steps):
        batch.step(np.full((batch.num_worlds, 4, 2), 0.9 if step % 2 else -0.6))
    return batch.observation.copy()


def test_nothing_is_drawn_by_default():
    batch = _batch(16)
    batch.reset()
    assert batch.worlds.responds.all()
    assert not batch.worlds.action_delay.any()
    assert not batch.worlds.wind.any()


def test_each_aircraft_draws_its_own_as_often_as_told():
    batch = _batch(500, randomise=_DRAWN)
    batch.reset()
    worlds = batch.worlds
    delays = np.bincount(worlds.action_delay.ravel(), minlength=4) / worlds.action_delay.size
    np.testing.assert_allclose(delays, [1 / 3, 1 / 3, 0, 1 / 3], atol=0.04)
    assert np.mean(worlds.responds) == pytest.approx(0.75, abs=0.03)
    noise = worlds.position_noise
    assert np.mean(noise > 0) == pytest.approx(0.5, abs=0.04)
    assert 0.4 < noise.max() <= 0.5
    assert np.mean(worlds.kind > 0) == pytest.approx(0.5, abs=0.04)
    speeds = np.hypot(*worlds.wind.T)
    assert speeds.max() < 30.0
    assert np.mean(speeds) == pytest.approx(15.0, abs=1.5)


def test_an_episode_is_the_same_alone_or_among_others():
    among = _batch(64, randomise=_DRAWN)
    among.reset()
    seeds, scenarios = among.episode_seed.copy(), among.worlds.scenario.copy()
    alone = _batch(1, seed=9, randomise=_DRAWN)
    alone.begin(np.array([0]), scenarios[40:41], seeds[40:41])
    np.testing.assert_array_equal(_flown(alone)[0], _flown(among)[40])


def test_a_shift_that_is_handed_in_is_flown_as_it_is():
    batch = _batch(8, randomise=_DRAWN)
    batch.reset()
    calm = np.repeat(batch.disturbance(batch.settings.wind, batch.settings.disturbance, {})[None], 8)
    batch.begin(np.arange(8), batch.worlds.scenario.copy(), batch.episode_seed.copy(), calm)
    assert not batch.worlds.action_delay.any()


def test_pending_commands_are_seen_next_to_be_done_first():
    changes = {"observation": {"pending_actions": 3}, "disturbance": {"action_delay": 2}}
    batch = _batch(4, **changes)
    batch.reset()
    for given in (0.25, 0.5, 0.75):
        batch.step(np.stack([np.full((4, 4), given), np.full((4, 4), -given)], -1))
    names = layout(batch.settings)
    seen = {name: batch.observation[0, 0, k] for k, name in enumerate(names)}
    assert seen["action_delay"] == pytest.approx(2 / 5)
    pending = [seen[f"pending_{k}_{what}_change"] for k in range(3) for what in ("heading", "speed")]
    assert pending == pytest.approx([0.5, -0.5, 0.75, -0.75, 0.0, 0.0])


def test_seeing_pending_commands_changes_nothing_else():
    plain, seeing = _batch(8), _batch(8, observation={"pending_actions": 3}, episode={"time_limit": "task"})
    timed = _batch(8, episode={"time_limit": "task"})
    for batch in (plain, seeing, timed):
        batch.reset()
    with_time, without = _flown(seeing), _flown(timed)
    np.testing.assert_array_equal(with_time[..., : plain.observation.shape[2]], _flown(plain))
    np.testing.assert_array_equal(with_time[..., -1], without[..., -1])
    assert not with_time[..., plain.observation.shape[2] : -1].any(), "nothing comes late"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"disturbance": {"action_delays": {"choice": [1]}}},
            "disturbance.action_delays: unknown 'action_delays', did you",
        ),
        ({"disturbance": {"action_delay": {"uniform": [0, 3]}}}, "disturbance.action_delay: wanted a choice"),
        (
            {"disturbance": {"action_delay": {"choice": [0, 9]}}},
            "disturbance.action_delay: may draw 9: .*less than or equal",
        ),
        ({"disturbance": {"dropped_reports": {"normal": [0.5, 0.5]}}}, "dropped_reports: may draw -1: .*greater than"),
        ({"disturbance": {"responds": {"choice": ["no"]}}}, "responds: may draw 'no'"),
        ({"wind": {"speed_kt": {"uniform": [0, 500]}}}, "wind.speed_kt: may draw 500"),
        ({"wind": {"gusts": {"uniform": [0, 5]}}}, "wind.gusts: unknown 'gusts'"),
    ],
)
def test_what_cannot_be_drawn_is_refused(values, words):
    with pytest.raises(ValidationError, match=words):
        _settings(randomise=values)


def test_an_unknown_type_is_refused():
    with pytest.raises(ValueError, match="no performance for type 'X1'"):
        _batch(1, randomise={"disturbance": {"aircraft_type": {"choice": ["X1"]}}})
