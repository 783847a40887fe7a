"""A batch of boards: W independent games, stepped together on arrays allocated once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from envs.boards.simulation.compiled.choosing import KINDS
from envs.boards.simulation.compiled.judging import judge_worlds
from envs.boards.simulation.compiled.kernel import (
    allow,
    begin_worlds,
    choose_worlds,
    draw_episodes,
    observe,
    step_worlds,
)
from envs.boards.simulation.compiled.worlds import BOTH_SEATS, FIELDS
from envs.boards.simulation.games import MOST_CELLS, solver_of
from envs.boards.simulation.recording import frame_of, tabulate_outcomes
from envs.boards.simulation.scenario import Scenario
from envs.boards.simulation.settings import BoardsSettings
from envs.ground.compiled_world.batch import CompiledBatch
from envs.ground.compiled_world.records import Worlds

_OPPONENT = 0x0FF
"""Keeps its draws apart from those of baselines."""


class BoardsBatch(CompiledBatch):
    """W worlds of two seats, the first of which moves first.

    Data sheet:
        actions: (W, 2, 1) float, the number of a choice, of whose turn it is; one that cannot be played ends the game,
            and who made it is paid -1 (as PettingZoo's classic environments do)
        observations: (W, 2, D) float32, planes (2, rows, columns) of 0 and 1: own stones, the other's
        rewards: (W, 2) float64, 1 to who wins and -1 to who loses, when the game ends
        All state is in `worlds`, see envs/boards/simulation/compiled/worlds.py.

    It is the `Batch` (envs/ground/world.py) of this world.
    """

    num_actions = 1

    def __init__(
        self, settings: BoardsSettings, num_worlds: int, seed: int, scenarios: Sequence[Scenario] = ()
    ) -> None:
        """Allocate the worlds; no episode has begun before `reset` or `begin`.

        Args:
            seed: decides what every world draws, world by world.
            scenarios: drawn from, uniformly, at each reset; where there are none, episodes are drawn.

        Raises:
            ValueError: no world, or a position of another game.
        """
        super().__init__(num_worlds, 2)
        for scenario in scenarios:
            if scenario.game != settings.game:
                wish = f"wanted one of {settings.game}, as boards.simulation.game says"
                raise ValueError(f"scenario {scenario.name!r}: game: got {scenario.game}, {wish}")
        self.settings, self.game, self.scenarios = settings, settings.rules, tuple(scenarios)
        self.num_choices, self.max_steps = self.game.num_choices, self.game.num_cells
        self.worlds = Worlds(FIELDS, num_worlds, 2, 2 * self.game.num_cells)
        self.worlds.done[:] = True
        self._starts = np.full((len(scenarios), MOST_CELLS), -1, np.int64)
        for start, scenario in zip(self._starts, scenarios, strict=True):
            start[: len(scenario.moves)] = scenario.moves
        self._solver, self._likes = solver_of(self.game), np.zeros(self.num_choices, np.int64)
        self._judged: tuple[bytes, np.ndarray, np.ndarray] | None = None
        self.seed(seed)

    def reset(self, which: np.ndarray | None = None) -> None:
        """Begin new episodes in the worlds `which` (N,) (default: all), drawing seed and scenario."""
        which = np.arange(self.num_worlds) if which is None else which.astype(np.int64)
        draw_episodes(self.records, which, self._split, len(self.scenarios))
        self._start(which)

    def begin(self, which: np.ndarray, scenario: np.ndarray, seed: np.ndarray, shift: np.ndarray | None = None) -> None:
        """See Batch.begin; nothing is shifted here."""
        self.records["scenario"][which], self.records["episode_seed"][which] = scenario, seed
        self._start(which.astype(np.int64))

    def step(self, actions: np.ndarray) -> None:
        """Play these choices (W, 2, 1); games that have ended stand still."""
        step_worlds(self.records, actions[:, :, 0].astype(np.int64), self.game.numbers)
        self._reply()
        self._observe()
        self.terminal_observation[self.done] = self.observation[self.done]

    def choose(self, kind: int, depth: int, salt: int, *, replies: bool = False) -> np.ndarray:
        """What a rule chooses, (W, 2, 1), of whose turn it is.

        Args:
            kind: one of `KINDS`; depth: that it looks ahead.
            salt: keeps its draws apart from those of other rules.
            replies: choose only where an opponent is to move, and play it.
        """
        choices, play = np.zeros((self.num_worlds, 2, 1)), (kind, depth, self.game.solved_from)
        told = (self.game.numbers, self._solver, self._likes)
        choose_worlds(self.records, play, *told, np.uint64(salt), replies, choices)
        return choices

    @property
    def mover(self) -> np.ndarray:
        """(W,) int64, the seat whose turn it is."""
        return self.records["ply"] % 2

    @property
    def present(self) -> np.ndarray:
        """(W, 2) bool: seats of agents; an opponent is none."""
        seat = self.records["seat"][:, None]
        return (seat == BOTH_SEATS) | (seat == np.arange(2))

    @property
    def active(self) -> np.ndarray:
        """(W, 2) bool, whose turn it is."""
        return (self.mover[:, None] == np.arange(2)) & ~self.records["done"][:, None]

    @property
    def reward(self) -> np.ndarray:
        """(W, 2) float64, of the last step."""
        return self.records["reward"] * self.present

    @property
    def sizes(self) -> np.ndarray:
        """(W,) two seats each."""
        return np.full(self.num_worlds, 2)

    @property
    def records(self) -> np.ndarray:
        """(W,) of FIELDS."""
        return self.worlds.records

    def ends(self) -> tuple[np.ndarray, np.ndarray]:
        """See CompiledBatch.ends: both seats terminate with the game."""
        ended = np.repeat(self.done[:, None], 2, 1)
        return ended, np.zeros_like(ended)

    def allowed(self) -> np.ndarray:
        """(W, 2, n) bool: what can be played, of whose turn it is; all, of who waits."""
        can = np.zeros((self.num_worlds, self.num_choices), bool)
        allow(self.records["stones"].sum(1), self.game.numbers, can)
        return can[:, None, :] | ~self.active[:, :, None]

    def judged(self) -> tuple[np.ndarray, np.ndarray]:
        """Of each move (W, 64) the value before it for who moved, and how much it lost; see `judge_worlds`."""
        known = self.records.tobytes()
        if self._judged is None or self._judged[0] != known:
            before, lost = (np.zeros((self.num_worlds, MOST_CELLS), np.int8) for _ in range(2))
            solved_from = self.game.solved_from
            judge_worlds(self.records, self.game.numbers, solved_from, self._solver, before, lost)
            self._judged = known, before, lost
        return self._judged[1:]

    def outcomes(self) -> dict[str, np.ndarray]:
        """See Batch.outcomes."""
        return tabulate_outcomes(self.records, self.present, *self.judged())

    def frame(self, rows: np.ndarray, actions: np.ndarray) -> dict[str, np.ndarray]:
        """See Batch.frame."""
        return frame_of(self.records, self.game, rows, actions)

    def agents(self, row: int) -> dict[str, list[str]]:
        """See Batch.agents."""
        return {"agent": ["first", "second"], "game": [self.game.name] * 2}

    def _start(self, which: np.ndarray) -> None:
        """Begin the episodes that the worlds `which` (N,) name."""
        openings, against = self.settings.openings, self.settings.opponent.kind != "self"
        told = (openings.least, openings.most, against, self._starts, self._likes)
        begin_worlds(self.records, which, self.game.numbers, *told)
        if self.done[which].any():
            wish = "wanted fewer stones: no such position was found that goes on"
            raise ValueError(f"openings: got {openings.least} to {openings.most}, {wish}")
        self._reply()
        self._observe()

    def _reply(self) -> None:
        """Let the opponent, if there is one, move where it is its turn."""
        opponent = self.settings.opponent
        if opponent.kind != "self":
            self.choose(KINDS[opponent.kind], opponent.depth, _OPPONENT, replies=True)

    def _observe(self) -> None:
        stones = self.records["stones"]
        own_first = np.stack([stones, stones[:, ::-1]], 1).reshape(-1, 2)
        observe(own_first, self.game.numbers, self.observation.reshape(2 * self.num_worlds, -1))
