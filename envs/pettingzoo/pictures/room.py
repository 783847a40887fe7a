"""The fifth room as its door shows it: the environment's own pictures, and the return so far."""

from __future__ import annotations

from envs.ground.default_pictures import DefaultPictures

PICTURES = DefaultPictures()
