"""Scenes whose places can be worked out by hand: agents side by side, 1 m up a step of 10 s."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from envs.ground.scene import Look, Scene

LOOK = Look(
    unit="m",
    shape="outline",
    outline=np.array([(0.0, -10.0), (8.0, 10.0), (-8.0, 10.0)]),
    radius=2.5,
    goal_radius=1.0,
    near=5.0,
    ahead=60.0,
    up="N",
    curve_words="smallest distance",
    curve_unit="m",
    limit=5.0,
    legend=(("circles", "two that touch are 5 m apart"), ("", "number: speed")),
)


def scene(
    x: Sequence[float] = (0.0, 8.0),
    num_steps: int = 4,
    curve: Sequence[float] | None = None,
    *,
    alarm: Collection[int] = (),
    leaves_at: int | None = None,
    look: dict[str, Any] | None = None,
    **values: Any,
) -> Scene:
    """Agents A1, A2, .. that go up from 0 m towards goals at 20 m.

    Args:
        curve: of each step from 0 to `num_steps`; default: 8 m.
        alarm: the steps in which something goes wrong with all.
        leaves_at: the step in which A1 has finished and leaves.
        look, values: what differs.
    """
    shape = (num_steps + 1, len(x))
    step = np.repeat(np.arange(num_steps + 1, dtype=float)[:, None], len(x), 1)
    place = np.stack([np.broadcast_to(np.array(x), shape), step], 2)
    shown, finished = np.ones(shape, bool), np.zeros(shape, bool)
    if leaves_at is not None:
        shown[leaves_at:, 0], finished[leaves_at:, 0], place[leaves_at + 1 :, 0] = False, True, np.nan
    made = Scene(
        look=replace(LOOK, **(look or {})),
        ids=tuple(f"A{a + 1}" for a in range(len(x))),
        time=10.0 * step[:, 0],
        place=place,
        course=np.zeros(shape),
        shown=shown,
        finished=finished,
        alarm=np.isin(step, list(alarm)),
        goal=np.stack([np.array(x), np.full(len(x), 20.0)], 1),
        curve=np.full(num_steps + 1, 8.0) if curve is None else np.array(curve),
        details=[[f"{250 + k} m/s"] * len(x) for k in range(num_steps + 1)],
        words=[f"step {k} done" for k in range(num_steps + 1)],
        summary="smallest 8 m",
    )
    return replace(made, **values)


def film(num_steps: int = 4, height: int = 30, width: int = 40) -> Scene:
    """A world's own pictures: a white square that goes right, a pixel a step, and a curve from 0 down."""
    frames = np.zeros((num_steps + 1, height, width, 3), np.uint8)
    for k in range(num_steps + 1):
        frames[k, 5:15, k : k + 10] = 255
    nowhere = np.full((num_steps + 1, 2, 2), np.nan)
    look = {"near": np.nan, "limit": np.nan, "seconds": False, "shape": "dot", "legend": ()}
    made = scene(num_steps=num_steps, look=look, curve=-np.arange(num_steps + 1.0))
    return replace(made, time=np.arange(num_steps + 1.0), place=nowhere, goal=nowhere[0], frames=list(frames))
