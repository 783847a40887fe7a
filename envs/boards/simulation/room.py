"""The boards' first room as its door shows it."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from envs.boards.simulation.batch import BoardsBatch
from envs.boards.simulation.forking import Forks
from envs.boards.simulation.scenario import Scenario, document_of, scenario_from
from envs.boards.simulation.settings import BoardsSettings
from envs.ground.compiled_world.simulation import CompiledSimulation
from envs.ground.outcomes import Outcome
from envs.ground.record import Record
from envs.ground.world import Planes

if TYPE_CHECKING:
    from envs.boards.simulation.parallel_env import BoardsParallelEnv
    from envs.boards.simulation.vector_env import BoardsVectorEnv

OUTCOMES = (
    Outcome("mistaken", "games with a move that loses value", "failure", short="mistaken"),
    Outcome("kept", "judged moves that keep the value", "share"),
)


class BoardsSimulation(CompiledSimulation):
    """See envs/ground/world.py: Simulation."""

    settings: type[Record] = BoardsSettings
    step_s = math.nan
    agent = "player"
    seen_and_done = ("game",)
    not_of_the_episode = ()
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

    def rows(self, batch: BoardsBatch) -> BoardsVectorEnv:
        """See CompiledSimulation.rows."""
        from envs.boards.simulation.vector_env import BoardsVectorEnv

        return BoardsVectorEnv(batch)

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

    def planes(self, settings: BoardsSettings) -> Planes:
        """See Simulation.planes: all that is seen."""
        return Planes(0, 2, settings.rules.rows, settings.rules.columns)

    def actions(self, settings: BoardsSettings) -> tuple[str, ...]:
        """See Simulation.actions."""
        return ("choice",)

    def commands(self, settings: BoardsSettings) -> np.ndarray:
        """See Simulation.commands: bare choices."""
        return settings.rules.commands

    def turn_game(self, settings: BoardsSettings) -> Forks:
        """See OffersTurnGame: the game from any position, whoever has the other seat."""
        return Forks(settings.rules)

    def scenario_from(self, document: Any, source: str) -> Scenario:
        """See Simulation.scenario_from."""
        return scenario_from(document, source)

    def document_of(self, scenario: Scenario, source: str) -> dict[str, Any]:
        """See Simulation.document_of."""
        return document_of(scenario, source)


SIMULATION = BoardsSimulation()
