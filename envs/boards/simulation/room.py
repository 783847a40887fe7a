"""The boards' first room as its door shows it."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from envs.boards.simulation.batch import BoardsBatch
from envs.boards.simulation.scenario import Scenario, document_of, scenario_from
from envs.boards.simulation.settings import BoardsSettings
from envs.ground.outcomes import Outcome
from envs.ground.record import Record
from envs.ground.world import Planes

if TYPE_CHECKING:
    from envs.boards.simulation.parallel_env import BoardsParallelEnv
    from envs.ground.rows.vectorize import SharedPolicyVecEnv

OUTCOMES = (
    Outcome("mistaken", "games with a move that loses value", "failure", short="mistaken"),
    Outcome("kept", "judged moves that keep the value", "share"),
)


class BoardsSimulation:
    """See envs/ground/world.py: Simulation."""

    settings: type[Record] = BoardsSettings
    step_s = math.nan
    agent = "player"
    units: Mapping[str, str] = {
        "action": "the number of a choice: a column; in tic-tac-toe a cell, column by column from the top",
        "stones": "1 where one lies, rows from the top",
    }

    def batch(
        self,
        settings: BoardsSettings,
        num_worlds: int,
        *,
        seed: int = 0,
        scenarios: Sequence[Scenario] = (),
        discount: float = 1.0,
        room: int = 0,
        extras: Collection[str] = (),
    ) -> BoardsBatch:
        """See Simulation.batch; a game has two seats, nothing asks for `discount`, and there are no `extras`."""
        return BoardsBatch(settings, num_worlds, seed, scenarios)

    def vectorized(
        self,
        settings: BoardsSettings,
        num_worlds: int,
        *,
        seed: int,
        scenarios: Sequence[Scenario] = (),
        discount: float = 1.0,
        room: int = 0,
        num_processes: int = 1,
    ) -> SharedPolicyVecEnv:
        """See Simulation.vectorized.

        Raises:
            ValueError: several processes, for these worlds take microseconds.
        """
        from envs.boards.simulation.vector_env import BoardsVectorEnv
        from envs.ground.rows.vectorize import SharedPolicyVecEnv

        if num_processes != 1:
            raise ValueError(f"train.num_processes: got {num_processes}, wanted 1: these worlds are stepped together")
        worlds: Any = BoardsVectorEnv(BoardsBatch(settings, num_worlds, seed, scenarios))
        return SharedPolicyVecEnv(worlds, [worlds] * num_worlds)

    def environment(
        self,
        settings: BoardsSettings,
        *,
        scenarios: Sequence[Scenario] = (),
        render_mode: str | None = None,
        **others: Any,
    ) -> BoardsParallelEnv:
        """See Simulation.environment; `others` as BoardsParallelEnv has them."""
        from envs.boards.simulation.parallel_env import BoardsParallelEnv

        values = settings.model_dump(mode="json")
        return BoardsParallelEnv(scenarios=scenarios, render_mode=render_mode, **others, **values)

    def outcomes(self, settings: BoardsSettings) -> tuple[Outcome, ...]:
        """See Simulation.outcomes."""
        return OUTCOMES

    def room(self, settings: BoardsSettings) -> int:
        """Two seats."""
        return 2

    def size(self, scenario: Scenario) -> int:
        """Two seats."""
        return 2

    def features(self, settings: BoardsSettings) -> tuple[str, ...]:
        """See Simulation.features: planes of own stones and of the other's, row by row from the top."""
        game = settings.rules
        cells = [f"row{row}_column{column}" for row in range(game.rows) for column in range(game.columns)]
        return tuple(f"{whose}_{cell}" for whose in ("own", "other") for cell in cells)

    def slots(self, settings: BoardsSettings) -> tuple[()]:
        """There are no alike others."""
        return ()

    def planes(self, settings: BoardsSettings) -> Planes:
        """See Simulation.planes: all that is seen."""
        return Planes(0, 2, settings.rules.rows, settings.rules.columns)

    def roles(self, settings: BoardsSettings) -> None:
        """Both seats have one: who is to move sees its own stones first."""

    def actions(self, settings: BoardsSettings) -> tuple[str, ...]:
        """See Simulation.actions."""
        return ("choice",)

    def commands(self, settings: BoardsSettings) -> np.ndarray:
        """See Simulation.commands: bare choices."""
        return np.arange(settings.rules.num_choices, dtype=np.float32)[:, None]

    def refuses_to_learn(self, settings: BoardsSettings) -> str:
        """All that is seen can be learned from."""
        return ""

    def same_seen_and_done(self, ours: BoardsSettings, theirs: BoardsSettings) -> str:
        """See Simulation.same_seen_and_done."""
        return "" if ours.game == theirs.game else "game"

    def same_episodes(self, ours: BoardsSettings, theirs: BoardsSettings) -> str:
        """See Simulation.same_episodes."""
        keys = BoardsSettings.model_fields
        return next((key for key in keys if getattr(ours, key) != getattr(theirs, key)), "")

    def ends(self, settings: BoardsSettings) -> str:
        """Every game ends."""
        return ""

    def scenario_from(self, document: Any, source: str) -> Scenario:
        """See Simulation.scenario_from."""
        return scenario_from(document, source)

    def document_of(self, scenario: Scenario, source: str) -> dict[str, Any]:
        """See Simulation.document_of."""
        return document_of(scenario, source)

    def sources(self, settings: BoardsSettings) -> tuple[str, ...]:
        """All of it stands here."""
        return ()

    def set_num_threads(self, num_threads: int) -> None:
        """One thread steps all games."""


SIMULATION = BoardsSimulation()
