"""Facts about the window, on SDL's dummy display, which is asked for by name."""

from __future__ import annotations

import time

import numpy as np
import pygame
import pytest

from pipeline.pictures.viewer.window import Window

PICTURE = np.zeros((30, 50, 3), np.uint8)
PICTURE[:, 25:] = (255, 0, 10)


@pytest.fixture
def _display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")


@pytest.mark.usefixtures("_display")
def test_a_window_shows_the_picture_upright() -> None:
    window = Window((50, 30), "x")
    window.show(PICTURE, 100.0)
    shown = pygame.surfarray.array3d(pygame.display.get_surface()).swapaxes(0, 1)
    np.testing.assert_array_equal(shown, PICTURE)
    assert pygame.display.get_caption()[0] == "x"
    window.close()


@pytest.mark.usefixtures("_display")
def test_pictures_are_shown_no_faster_than_asked() -> None:
    window = Window((50, 30), "x")
    window.show(PICTURE, 20.0)
    begun = time.monotonic()
    for _ in range(4):
        window.show(PICTURE, 20.0)
    assert time.monotonic() - begun >= 0.19
    window.close()


@pytest.mark.usefixtures("_display")
def test_a_window_that_a_person_closes_stays_closed() -> None:
    window = Window((50, 30), "x")
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    window.show(PICTURE, 100.0)
    assert not window.is_open
    window.show(PICTURE, 100.0)
    window.close()
    assert not pygame.display.get_init()


def test_without_a_display_it_says_what_needs_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(
        ValueError, match=r"render_mode='human': no display here .*; render_mode='rgb_array' needs none"
    ):
        Window((50, 30), "x")
    assert not pygame.display.get_init()
