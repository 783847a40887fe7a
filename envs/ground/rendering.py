"""The one door upward: drawing libraries are loaded only where somebody looks at a world."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def viewer(world: str, metadata: Mapping[str, Any]) -> Any:
    """What an environment's `render` asks for pictures, a LiveViewer.

    Args:
        world: its name, see envs/ground/doors.py.
        metadata: the environment's, with `name` and `render_fps`.
    """
    from pipeline.pictures.viewer.live import LiveViewer

    return LiveViewer(world, metadata["name"], metadata["render_fps"])
