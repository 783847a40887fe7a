"""The third room of the boards as its door shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from envs.boards.baselines.rules import ByRule
from envs.boards.baselines.settings import BaselineSettings
from envs.boards.scenarios.positions import Proven, prove
from envs.boards.scenarios.suite import SUITE
from envs.boards.simulation.compiled.choosing import KINDS
from envs.boards.simulation.scenario import Scenario
from envs.boards.simulation.settings import BoardsSettings
from envs.ground.play import Episodes, Space
from envs.ground.rooms import Way
from envs.ground.sets import ScenarioSettings, VariedSet
from envs.ground.steering import Steering
from envs.ground.world import DRAWN_NAME


class BoardsScenarios:
    """See envs/ground/rooms.py: Scenarios. A position is a conflict where some move of it loses value."""

    settings: type[ScenarioSettings] = ScenarioSettings
    told: Mapping[str, str] = {
        "start_value": "value for who is to move: 1 won, 0 drawn, -1 lost",
        "num_moves": "moves that can be played",
        "num_keeping": "moves that keep the value",
        "keeping": "those moves",
    }
    methods: Mapping[str, str] = {"exact": "exact values"}
    hard = "-log2 of the share of a position's moves that keep its value: 0, any does"

    def suite(self) -> Mapping[str, Scenario]:
        """See Scenarios.suite."""
        return SUITE

    def varied(self, simulation: BoardsSettings, wanted: VariedSet) -> dict[str, Any]:
        """See Scenarios.varied."""
        return simulation.model_dump(mode="json")

    def no_proof(self, simulation: BoardsSettings) -> str:
        """See Scenarios.no_proof."""
        game = simulation.rules
        if simulation.openings.least >= game.solved_from:
            return ""
        return f"positions of {game.name} with fewer than {game.solved_from} stones take long to solve"

    def ways(self, settings: ScenarioSettings, baselines: BaselineSettings) -> Iterator[Way]:
        """See Scenarios.ways: whoever plays by exact values loses none."""
        yield Way("exact", {"depth_before": baselines.perfect.depth_before})

    def search(self, settings: ScenarioSettings, space: Space, episodes: Episodes, seed: int) -> list[Way | None]:
        """See Scenarios.search: there is nothing left to search for."""
        return [None] * len(episodes)

    def steering_of(self, ways: Sequence[Way]) -> Steering:
        """See Scenarios.steering_of."""
        return ByRule(KINDS["perfect"], ways[0].arguments["depth_before"])

    def nothing_done(self, settings: ScenarioSettings, space: Space, episodes: Episodes) -> pd.DataFrame:
        """See Scenarios.nothing_done: the positions that episodes begin from, with the moves that keep their values.

        Positions with too few stones to be solved have no value, and are taken for conflicts.
        """
        stones, names = _begun(space, episodes)
        table = pd.DataFrame(
            {"scenario": names, "episode_seed": episodes.seed, "family": space.settings.game, "num_agents": 2}
        )
        solved = _num_stones(stones) >= space.settings.rules.solved_from
        proven = _proven(space, stones, solved)
        conflicting = (proven.possible & ~proven.keeping).any(1)
        return table.assign(
            conflicting=np.where(solved, conflicting, True),
            start_value=np.where(solved, proven.value, np.nan),
            num_moves=np.where(solved, proven.possible.sum(1), np.nan),
            num_keeping=np.where(solved, proven.keeping.sum(1), np.nan),
            keeping=[_said(row) if known else "" for row, known in zip(proven.keeping, solved, strict=True)],
        )

    def difficulty(
        self, settings: ScenarioSettings, space: Space, episodes: Episodes, seed: int, *, named: bool
    ) -> np.ndarray:
        """See Scenarios.difficulty."""
        stones, _ = _begun(space, episodes)
        solved = _num_stones(stones) >= space.settings.rules.solved_from
        proven = _proven(space, stones, solved)
        shares = proven.keeping.sum(1) / np.maximum(1, proven.possible.sum(1))
        return np.asarray(np.where(solved, -np.log2(np.maximum(shares, 1e-9)), np.nan))


def _begun(space: Space, episodes: Episodes) -> tuple[np.ndarray, np.ndarray]:
    """Stones (N, 2) of who is to move and of the other as the episodes begin, and the names (N,) of their scenarios."""
    names = np.array([*(scenario.name for scenario in space.scenarios), DRAWN_NAME], object)[episodes.scenario]
    if len(episodes) == 0:
        return np.zeros((0, 2), np.int64), names
    batch = space.batch(len(episodes))
    batch.begin(np.arange(len(episodes)), episodes.scenario, episodes.seed)
    stones, mover = batch.records["stones"], batch.mover[:, None]
    return np.take_along_axis(stones, np.concatenate([mover, 1 - mover], 1), 1), names


def _num_stones(stones: np.ndarray) -> np.ndarray:
    return np.bitwise_count(stones).sum(1)


def _proven(space: Space, stones: np.ndarray, solved: np.ndarray) -> Proven:
    """The exact values of those that are to be solved; of others 0 of each choice."""
    found = prove(space.settings.rules, stones[solved])
    values = np.zeros((len(stones), space.settings.rules.num_choices), np.int64)
    values[solved] = found.values
    return Proven(stones, values)


def _said(keeping: np.ndarray) -> str:
    return " ".join(map(str, np.flatnonzero(keeping)))


SCENARIOS = BoardsScenarios()
