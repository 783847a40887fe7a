"""Proof of scenarios: what happens if nobody acts, and a way in which an episode is solved, where one is found.

Whatever proves an episode has been played in the world, whose outcomes decide whether it is solved; it is written down
so that it can be played again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from envs.ground.outcomes import Outcome, solved
from envs.ground.play import Episodes, Space, play
from envs.ground.rooms import Scenarios, Way
from envs.ground.sets import ScenarioSettings
from pipeline.ground.progress import say

NOT_SOLVED = "none"


@dataclass(frozen=True)
class Prover:
    """Proves episodes of one space.

    Attributes:
        room: of the world, with its `settings`.
        ways: to try, in this order, before the search.
        seed: decides what is drawn.
    """

    room: Scenarios
    settings: ScenarioSettings
    space: Space
    ways: tuple[Way, ...]
    seed: int

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """What the world's episodes end with."""
        return self.space.simulation.outcomes(self.space.settings)

    def nothing_done(self, episodes: Episodes) -> pd.DataFrame:
        """One row per episode: what happens if nobody acts, see envs/ground/rooms.py."""
        return self.room.nothing_done(self.settings, self.space, episodes)

    def solve(self, episodes: Episodes, label: str) -> pd.DataFrame:
        """One row per episode: whether a way to solve it was found, which, and what came of it.

        Args:
            label: what the episodes are called in the line that tells how many were solved by which method.
        """
        if len(episodes) == 0:
            return self.unproven(0)
        rows, still, counts = list(self._unsolved(len(episodes))), np.arange(len(episodes)), list[str]()
        for way in self.ways:
            left = self._try(episodes, still, [way] * len(still), rows)
            counts.append(f"{way.method} {len(still) - len(left)}")
            still = left
        left = self._search(episodes, still, rows)
        counts += [f"search {len(still) - len(left)}", f"{NOT_SOLVED} {len(left)}"]
        say(f"scenarios: {label}: {len(rows)} solved by {', '.join(counts)}")
        return pd.DataFrame(rows)

    def unproven(self, count: int) -> pd.DataFrame:
        """So many rows that say: no way was found."""
        return pd.DataFrame(self._unsolved(count + 1)).iloc[:count]

    def difficulty(self, episodes: Episodes, *, named: bool) -> np.ndarray:
        """The difficulty (N,) of each episode; NaN: not known."""
        return self.room.difficulty(self.settings, self.space, episodes, self.seed, named=named)

    def _search(self, episodes: Episodes, chosen: np.ndarray, rows: list[dict[str, Any]]) -> np.ndarray:
        """Search for the episodes `chosen`, and play what was found; else as `_try`."""
        if len(chosen) == 0:
            return chosen
        found = self.room.search(self.settings, self.space, episodes.take(chosen), self.seed)
        kept = [(n, way) for n, way in zip(chosen, found, strict=True) if way is not None]
        self._try(episodes, np.array([n for n, _ in kept], int), [way for _, way in kept], rows)
        return np.array([n for n in chosen if not rows[n]["solved"]], int)

    def _try(
        self, episodes: Episodes, chosen: np.ndarray, ways: Sequence[Way], rows: list[dict[str, Any]]
    ) -> np.ndarray:
        """Play the episodes `chosen`, each in its way, fill in the rows of those solved, return the others."""
        if len(chosen) == 0:
            return chosen
        block = self.settings.worlds_per_block
        played = play(self.space, episodes.take(chosen), self.room.steering_of(ways), worlds_per_block=block).episodes
        good = solved(played, self.outcomes)
        for row in np.flatnonzero(good):
            rows[chosen[row]] = self._solved(ways[int(row)], played.iloc[row])
        return chosen[~good]

    def _unsolved(self, count: int) -> Iterator[dict[str, Any]]:
        """The columns of `_solved` where no way was found."""
        numbers = {f"plan_{name}": np.nan for name in self._numbers}
        for _ in range(count):
            yield {"solved": False, "method": NOT_SOLVED, "plan": "", **numbers, "plan_time_s": np.nan}

    def _solved(self, way: Way, episode: pd.Series) -> dict[str, Any]:
        """The columns that tell how an episode was solved: the way as JSON, and the world's numbers."""
        numbers = {f"plan_{name}": float(episode[name]) for name in self._numbers}
        time_s = self.space.simulation.step_s * float(episode["steps"])
        return {"solved": True, "method": way.method, "plan": written(way), **numbers, "plan_time_s": time_s}

    @property
    def _numbers(self) -> list[str]:
        return ["steps", *(outcome.name for outcome in self.outcomes if outcome.kind == "number")]


def written(way: Way) -> str:
    """A way as JSON."""
    return json.dumps({"method": way.method, **way.arguments})


def way_of(text: str) -> Way:
    """The way that `written` wrote."""
    arguments = json.loads(text)
    return Way(arguments.pop("method"), arguments)
