"""The pictures of a world that says no more than how it is simulated: its own, and the return so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from envs.ground.frames import frames_of
from envs.ground.rooms import Begun, InBrowser
from envs.ground.scene import Look, Scene
from envs.ground.tables import check_numbers, check_steps

LOOK = Look(seconds=False, curve_words="return so far")


class DefaultPictures:
    """See envs/ground/rooms.py: Pictures. A recording's column `frame` is shown where it has one."""

    columns = ("step", "time_s", "agent", "present", "reward")

    def scene(self, recording: pd.DataFrame, name: str) -> Scene:
        """See Pictures.scene: frames, and the mean over agents that played of what each was paid so far."""
        missing = [column for column in self.columns if column not in recording.columns]
        if missing:
            raise ValueError(f"recording {name!r}: missing columns {', '.join(missing)}")
        if recording.empty:
            raise ValueError(f"recording {name!r}: no rows, wanted at least the initial state")
        check_steps(recording, f"recording {name!r}")
        check_numbers(recording, ("present", "reward"), f"recording {name!r}")
        ids = tuple(map(str, recording["agent"].unique()))
        num_playing = recording.loc[recording["present"].astype(bool), "agent"].nunique()
        paid = recording.groupby("step", sort=True)["reward"].sum().to_numpy(np.float64)
        curve, shape = np.cumsum(paid) / max(1, num_playing), (len(paid), len(ids))
        return Scene(
            look=LOOK,
            ids=ids,
            time=np.arange(len(paid), dtype=np.float64),
            place=np.full((*shape, 2), np.nan),
            course=np.full(shape, np.nan),
            shown=np.zeros(shape, bool),
            finished=np.zeros(shape, bool),
            alarm=np.zeros(shape, bool),
            goal=np.full((len(ids), 2), np.nan),
            curve=curve,
            summary=f"return {curve[-1]:.4g}",
            frames=frames_of(recording),
        )

    def in_browser(self, settings: Any, begun: Mapping[str, Begun]) -> InBrowser:
        """See Pictures.in_browser: such a world has no scripts."""
        raise ValueError("it has no scripts that play it in a browser (in_browser of its room of pictures)")
