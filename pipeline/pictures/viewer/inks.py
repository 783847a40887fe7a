"""The colours of a picture, those of the page on a light ground."""

from __future__ import annotations

from pipeline.pictures.player import AGENT_COLOURS, LOSS_COLOUR
from pipeline.pictures.viewer.sheet import Colour, colour_of

SEA, GRID, INK, MUTED = (colour_of(name) for name in ("#f6f8fa", "#e3e8ee", "#1c2430", "#5b6675"))
LOSS = colour_of(LOSS_COLOUR)
AGENTS = tuple(map(colour_of, AGENT_COLOURS))


def colour(agent: int) -> Colour:
    """An agent's, by number."""
    return AGENTS[agent % len(AGENTS)]
