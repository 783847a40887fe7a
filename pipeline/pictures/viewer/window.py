"""A window that shows one picture after another."""

from __future__ import annotations

import os

import numpy as np
import pygame

_INVISIBLE = ("dummy", "offscreen", "evdev")
"""What SDL falls back to where no display is; fine for whoever asks for it by SDL_VIDEODRIVER."""


class Window:
    """A window of a picture's size; once a person closes it, it stays closed."""

    def __init__(self, size: tuple[int, int], title: str) -> None:
        """Open it.

        Args:
            size: width and height in pixels.

        Raises:
            ValueError: there is no display to open it on.
        """
        _init_display()
        self._surface: pygame.Surface | None = pygame.display.set_mode(size)
        pygame.display.set_caption(title)
        self._clock = pygame.time.Clock()

    @property
    def is_open(self) -> bool:
        """False after `close`, or once a person has closed it."""
        return self._surface is not None

    def show(self, picture: np.ndarray, frames_per_s: float) -> None:
        """Show a picture (H, W, 3) uint8, and wait so that no more than so many are shown in a second."""
        if self._surface is None:
            return
        pygame.surfarray.blit_array(self._surface, picture.swapaxes(0, 1))
        pygame.display.flip()
        self._clock.tick(frames_per_s)
        if any(event.type == pygame.QUIT for event in pygame.event.get()):
            self.close()

    def close(self) -> None:
        """Close it; a second time does nothing."""
        if self._surface is not None:
            pygame.display.quit()
        self._surface = None


def _init_display() -> None:
    try:
        pygame.display.init()
    except pygame.error as error:
        raise ValueError(_no_display(str(error))) from None
    driver = pygame.display.get_driver()
    if driver in _INVISIBLE and driver != os.environ.get("SDL_VIDEODRIVER"):
        pygame.display.quit()
        raise ValueError(_no_display(f"SDL found only {driver!r}"))


def _no_display(reason: str) -> str:
    return f"render_mode='human': no display here ({reason}), wanted one; render_mode='rgb_array' needs none"
