"""Facts about an environment's render: pictures, windows, and nothing of it where nobody looks."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from pettingzoo.test import render_test
from pettingzoo.utils.conversions import parallel_to_aec

import envs
from envs.airspace.scenarios.suite import SUITE
from envs.airspace.simulation.parallel_env import AirspaceParallelEnv
from pipeline.pictures.viewer.live import LiveViewer
from pipeline.pictures.viewer.picture import HEIGHT, WIDTH
from tests.envs.airspace.simulation.worlds_by_hand import steady, traffic

SIDE_BY_SIDE = traffic((0.0, 0.0, 0.0, 0.0, 30.0), (9.0, 0.0, 0.0, 9.0, 30.0))
FAR_AWAY = traffic((0.0, 0.0, 90.0, 0.0, 8.0), (9.0, 0.0, 90.0, 9.0, 8.0))


def made(render_mode: str | None = "rgb_array", scenario: Any = SIDE_BY_SIDE, **settings: Any) -> AirspaceParallelEnv:
    return AirspaceParallelEnv(scenarios=[scenario], performance=steady, render_mode=render_mode, **settings)


def hold(env: AirspaceParallelEnv, num_steps: int = 1) -> None:
    for _ in range(num_steps):
        env.step({agent: np.zeros(2) for agent in env.agents})


@pytest.fixture
def _display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")


@pytest.mark.usefixtures("_display")
def test_it_passes_pettingzoos_render_test() -> None:
    def turn_based(**settings: Any) -> Any:
        return parallel_to_aec(envs.make("airspace_v0", episode={"max_steps": 3}, **settings))

    assert envs.make("airspace_v0").metadata["render_modes"] == ["human", "rgb_array"]
    render_test(turn_based)


def test_a_picture_follows_every_step() -> None:
    env = made()
    env.reset(seed=0)
    pictures = [env.render()]
    for _ in range(3):
        hold(env)
        pictures.append(env.render())
    for one, other in pairwise(pictures):
        assert isinstance(one, np.ndarray)
        assert (one.shape, one.dtype) == ((HEIGHT, WIDTH, 3), np.uint8)
        assert (one != other).any()
    again = env.render()
    assert (again == pictures[-1]).all()
    again[:] = 0  # it is the caller's own
    assert (env.render() == pictures[-1]).all()


def test_the_trail_holds_steps_that_nobody_rendered_and_a_reset_forgets_it() -> None:
    watched, seldom = made(), made()
    for env in (watched, seldom):
        env.reset(seed=0)
    fresh = watched.render()
    for _ in range(5):
        hold(watched)
        watched.render()
    hold(seldom, 5)
    assert (watched.render() == seldom.render()).all()
    watched.reset(seed=0)
    assert (watched.render() == fresh).all()


def test_the_view_stays_until_somebody_leaves_it() -> None:
    env = made(scenario=FAR_AWAY)
    env.reset(seed=0)
    cameras = []
    for _ in range(60):
        hold(env)
        env.render()
        cameras.append(env._viewer._camera)
    assert cameras[0] is cameras[1]
    scales = [camera.scale for camera in cameras]
    assert len(set(scales)) in range(3, 15)
    assert scales == sorted(scales, reverse=True)
    assert cameras[-1].sees(env.batch.worlds.position[0, :2])


def test_the_last_state_can_be_seen_after_the_end() -> None:
    env = made(episode={"max_steps": 2})
    env.reset(seed=0)
    hold(env, 2)
    assert env.agents == []
    assert env.render() is not None


def test_rendering_changes_nothing_in_the_world() -> None:
    seen, unseen = made(), made(render_mode=None)
    for env in (seen, unseen):
        env.reset(seed=3)
        for _ in range(4):
            hold(env)
            if env is seen:
                env.render()
    assert seen.batch.worlds.records.tobytes() == unseen.batch.worlds.records.tobytes()


@pytest.mark.usefixtures("_display")
def test_a_window_shows_each_step_once_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []
    image = LiveViewer.image

    def counted(viewer: LiveViewer) -> np.ndarray:
        drawn.append(1)
        return image(viewer)

    monkeypatch.setattr(LiveViewer, "image", counted)
    env = made("human")
    env.reset(seed=0)
    hold(env, 2)
    assert env.render() is None
    assert len(drawn) == 3
    env.close()
    env.close()


def test_without_a_display_a_window_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ValueError, match="render_mode='human': no display here"):
        made("human").reset(seed=0)


def test_an_unknown_render_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="render_mode: unknown 'ansi', known: human, rgb_array, or None"):
        envs.make("airspace_v0", render_mode="ansi")


def test_rendering_before_an_episode_is_refused_and_without_a_mode_warned_of() -> None:
    with pytest.raises(ValueError, match=r"render: no episode has begun, wanted reset\(\) before"):
        made().render()
    plain = made(render_mode=None)
    plain.reset(seed=0)
    with pytest.warns(UserWarning, match="render: made without render_mode"):
        assert plain.render() is None


def test_the_suite_can_be_rendered_by_name() -> None:
    env = envs.make("airspace_v0", render_mode="rgb_array", scenarios=list(SUITE.values()))
    for name in ("head_on", "merge_4all"):
        env.reset(seed=0, options={"scenario": name})
        assert env.render().shape == (HEIGHT, WIDTH, 3)


def test_flying_without_render_mode_loads_no_viewer() -> None:
    code = """
import sys, envs
env = envs.make("airspace_v0", episode={"max_steps": 2})
env.reset(seed=0)
env.close()
print(sorted({name.split(".")[0] for name in sys.modules} & {"pipeline", "pygame", "matplotlib", "imageio_ffmpeg"}))
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
