"""Facts about a world's own pictures in recordings, and about what is drawn of a world that has no other."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from envs.ground.default_pictures import DefaultPictures
from envs.ground.doors import pictures
from envs.ground.frames import Frames, frames_of
from envs.ground.png import pixels_of, png_bytes


def pixels(value: int, height: int = 4, width: int = 6) -> np.ndarray:
    """A picture whose left column alone is of this red."""
    made = np.zeros((height, width, 3), np.uint8)
    made[:, 0, 0] = value
    return made


def recording(frames: list[bytes | None] | None, rewards: tuple[float, ...] = (0.0, 1.0, 2.0)) -> pd.DataFrame:
    """Agents a and b; a is paid these rewards, step by step, and b nothing."""
    rows = []
    for step, reward in enumerate(rewards):
        for agent in ("a", "b"):
            row = {"step": step, "time_s": np.nan, "agent": agent, "present": True, "reward": reward * (agent == "a")}
            picture = {} if frames is None else {"frame": frames[step] if agent == "a" else None}
            rows.append(row | picture)
    return pd.DataFrame(rows)


def test_a_picture_is_read_back_as_it_was_and_others_read_it_too() -> None:
    made = np.random.default_rng(0).integers(0, 256, (7, 9, 3), np.uint8)
    np.testing.assert_array_equal(pixels_of(png_bytes(made)), made)
    np.testing.assert_array_equal(np.array(Image.open(io.BytesIO(png_bytes(made)))), made)


def test_a_wide_picture_is_kept_small() -> None:
    assert pixels_of(png_bytes(np.zeros((100, 900, 3), np.uint8))).shape == (34, 300, 3)


@pytest.mark.parametrize("data", [b"", b"no picture at all", png_bytes(pixels(1))[:40]])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="a picture: got no PNG"):
        pixels_of(data)


def test_a_picture_of_another_kind_is_refused() -> None:
    grey = io.BytesIO()
    Image.new("L", (4, 4)).save(grey, "PNG")
    with pytest.raises(ValueError, match="a picture: got"):
        pixels_of(grey.getvalue())


def test_each_step_has_the_picture_of_its_own_or_of_the_step_before() -> None:
    table = recording([png_bytes(pixels(1)), png_bytes(pixels(2)), None])
    found = frames_of(table.sample(frac=1.0, random_state=1))
    assert found is not None
    assert [int(frame[0, 0, 0]) for frame in found] == [1, 2, 2]
    assert [int(frame[0, 0, 0]) for frame in found[1:]] == [2, 2]
    first_missing = frames_of(recording([None, png_bytes(pixels(2)), None]))
    assert first_missing is not None
    assert int(first_missing[0][0, 0, 0]) == 2


def test_without_pictures_there_are_none() -> None:
    assert frames_of(recording(None)) is None
    assert frames_of(recording([None, None, None])) is None


def test_pictures_of_other_sizes_are_cut_or_filled_up() -> None:
    found = Frames([png_bytes(pixels(value, *size)) for value, size in ((1, (4, 6)), (2, (2, 9)), (3, (9, 2)))])
    assert [frame.shape for frame in found] == [(4, 6, 3)] * 3
    assert [frame[:, 0, 0].tolist() for frame in found] == [[1] * 4, [2, 2, 0, 0], [3] * 4]


def test_a_kept_recording_has_its_pictures_still(tmp_path) -> None:
    recording([png_bytes(pixels(1)), png_bytes(pixels(2)), None]).to_parquet(tmp_path / "x.parquet")
    found = frames_of(pd.read_parquet(tmp_path / "x.parquet"))
    assert found is not None
    assert [int(frame[0, 0, 0]) for frame in found] == [1, 2, 2]


def test_a_world_that_says_nothing_shows_its_pictures_and_the_return_so_far() -> None:
    table = recording([png_bytes(pixels(value)) for value in (1, 2, 3)])
    made = DefaultPictures().scene(table, "x")
    assert made.frames is not None
    assert made.curve.tolist() == [0.0, 0.5, 1.5]
    assert made.summary == "return 1.5"
    assert made.time.tolist() == [0.0, 1.0, 2.0]
    assert not made.shown.any()


def test_the_return_is_shared_by_those_that_played() -> None:
    table = recording(None)
    table.loc[table["agent"].eq("b"), "present"] = False
    assert DefaultPictures().scene(table, "x").curve.tolist() == [0.0, 1.0, 3.0]


def test_what_is_no_recording_is_named() -> None:
    with pytest.raises(ValueError, match="recording 'night': missing columns reward"):
        DefaultPictures().scene(recording(None).drop(columns="reward"), "night")
    with pytest.raises(ValueError, match="recording 'night': no rows"):
        DefaultPictures().scene(recording(None).iloc[:0], "night")


def test_pettingzoo_has_these_pictures() -> None:
    assert isinstance(pictures("pettingzoo"), DefaultPictures)
