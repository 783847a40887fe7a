"""Facts about films: what a player finds in the files."""

from __future__ import annotations

from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from pipeline.pictures.viewer.film import (
    GIF_FRAMES_PER_S,
    MP4_FRAMES_PER_S,
    STEPS_PER_S,
    WRITERS,
    frames_of,
    write_gif,
    write_mp4,
)
from pipeline.pictures.viewer.picture import HEIGHT, WIDTH
from tests.pipeline.pictures.scenes_by_hand import film, scene

SCENE = scene(num_steps=18)
"""Eighteen steps, so three seconds of film and a rest of a second and a half."""


def test_a_film_shows_six_steps_in_a_second_and_rests_at_the_end() -> None:
    frames = list(frames_of(SCENE, 10.0))
    assert len(frames) == 18 // STEPS_PER_S * 10 + 15
    assert all((frame == frames[-1]).all() for frame in frames[-15:])
    assert (frames[0] != frames[1]).any()


def test_a_gif_moves_for_as_long_as_the_film_and_plays_again(tmp_path: Path) -> None:
    write_gif(SCENE, tmp_path / "x")
    with Image.open(tmp_path / "x") as film:
        assert (film.format, film.size, film.info["loop"]) == ("GIF", (WIDTH, HEIGHT), 0)
        durations_ms = []
        for k in range(film.n_frames):
            film.seek(k)
            durations_ms.append(film.info["duration"])
    assert film.n_frames >= 30
    assert sum(durations_ms) / 1000 == pytest.approx(len(list(frames_of(SCENE, GIF_FRAMES_PER_S))) / GIF_FRAMES_PER_S)


def test_a_gif_shows_the_pictures_in_nearly_their_colours(tmp_path: Path) -> None:
    write_gif(SCENE, tmp_path / "x")
    with Image.open(tmp_path / "x") as film:
        film.seek(20)
        shown = np.array(film.convert("RGB")).astype(int)
    wanted = list(frames_of(SCENE, GIF_FRAMES_PER_S))[20]
    assert np.abs(shown - wanted).mean() < 1.0


def test_an_mp4_holds_every_picture(tmp_path: Path) -> None:
    write_mp4(SCENE, tmp_path / "x")
    film = imageio_ffmpeg.read_frames(str(tmp_path / "x"))
    told = next(film)
    pictures = [np.frombuffer(frame, np.uint8).reshape(HEIGHT, WIDTH, 3) for frame in film]
    wanted = list(frames_of(SCENE, MP4_FRAMES_PER_S))
    assert (told["codec"], told["size"], told["fps"]) == ("h264", (WIDTH, HEIGHT), MP4_FRAMES_PER_S)
    assert len(pictures) == len(wanted)
    assert np.abs(pictures[40].astype(int) - wanted[40]).mean() < 3.0


@pytest.mark.parametrize("ending", WRITERS)
def test_a_scene_of_a_single_sample_is_a_film_too(ending: str, tmp_path: Path) -> None:
    WRITERS[ending](scene(num_steps=0), tmp_path / "x")
    assert (tmp_path / "x").stat().st_size > 1000


def test_a_worlds_own_pictures_are_a_film_of_the_same_pace() -> None:
    frames = list(frames_of(film(num_steps=12), 6.0))
    assert len(frames) == 12 + 9
    assert (frames[0] != frames[1]).any()
