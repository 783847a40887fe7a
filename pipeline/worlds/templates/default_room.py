"""The room ROOM of the world WORLD as its door shows it."""

from __future__ import annotations

from envs.ground.MODULE import DEFAULT

ROOM_OBJECT = DEFAULT()
