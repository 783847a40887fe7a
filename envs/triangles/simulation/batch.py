"""A batch of puzzles: W independent worlds of one player, stepped together on arrays allocated once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from envs.ground.compiled_world.batch import CompiledBatch
from envs.ground.compiled_world.records import Worlds
from envs.triangles.simulation.compiled.kernel import allow, begin_worlds, draw_episodes, observe, step_worlds
from envs.triangles.simulation.compiled.worlds import FIELDS, NONE, OFFERED
from envs.triangles.simulation.lattice import NUM_PLACES
from envs.triangles.simulation.recording import frame_of, tabulate_outcomes
from envs.triangles.simulation.scenario import Scenario
from envs.triangles.simulation.settings import TrianglesSettings
from envs.triangles.simulation.shapes import WINDOW_COLUMNS, WINDOW_ROWS, Shape, catalogue_of

NUM_CHOICES = OFFERED * NUM_PLACES


class TrianglesBatch(CompiledBatch):
    """W worlds of one player, who lays shapes on a hexagon of 96 triangles; full lines vanish.

    Data sheet:
        actions: (W, 1, 1) float, the number of a choice, slot * 120 + place of the shape's upper left corner (row * 15
            + column); one that cannot be laid ends the game
        observations: (W, 1, D) float32: planes (C, 8, 15), first 1 where nothing can be laid; then for each slot, by
            the place of its shape's corner, 0 where it does not fit, else 0.25 + cleared cells / 8; with
            `observation.room` then for each slot the change of room (see room_of) / 2. After the planes for each slot a
            window (4, 7) with its shape at its first place
        rewards: (W, 1) float64, cells cleared, and what else `reward` weighs
        All state is in `worlds`, see envs/triangles/simulation/compiled/worlds.py.

    It is the `Batch` (envs/ground/world.py) of this world.
    """

    num_actions = 1
    num_choices = NUM_CHOICES

    def __init__(
        self,
        settings: TrianglesSettings,
        num_worlds: int,
        seed: int,
        scenarios: Sequence[Scenario] = (),
        discount: float = 1.0,
    ) -> None:
        """Allocate the worlds; no episode has begun before `reset` or `begin`.

        Args:
            seed: decides what every world draws, world by world.
            scenarios: drawn from, uniformly, at each reset; where there are none, episodes are drawn.
            discount: the learner's gamma, for the potential in the reward.

        Raises:
            ValueError: no world.
        """
        super().__init__(num_worlds, 1)
        self.settings, self.scenarios = settings, tuple(scenarios)
        self.max_steps = settings.episode.max_steps
        offered = {shape for scenario in scenarios for shape in scenario.offered if shape is not None}
        self.catalogue = catalogue_of(settings.shapes.drawn, offered)
        self.worlds = Worlds(FIELDS, num_worlds, 1, num_features(settings))
        self.worlds.done[:] = True
        self._boards, self._offers = _starts(scenarios, self.catalogue.number)
        reward = settings.reward
        self._weights = (reward.cleared, reward.placed, reward.move, reward.end, reward.room)
        self._discount = discount
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
        """Make these choices (W, 1, 1); games that have ended stand still."""
        choices = actions[:, 0, 0].astype(np.int64)
        step_worlds(self.records, choices, self.catalogue.tables, self.max_steps, self._weights, self._discount)
        self._observe()
        self.terminal_observation[self.done] = self.observation[self.done]

    @property
    def present(self) -> np.ndarray:
        """(W, 1) bool: all."""
        return np.ones((self.num_worlds, 1), bool)

    @property
    def active(self) -> np.ndarray:
        """(W, 1) bool, whose game goes on."""
        return ~self.records["done"][:, None]

    @property
    def sizes(self) -> np.ndarray:
        """(W,) one player each."""
        return np.ones(self.num_worlds, np.int64)

    @property
    def records(self) -> np.ndarray:
        """(W,) of FIELDS."""
        return self.worlds.records

    def ends(self) -> tuple[np.ndarray, np.ndarray]:
        """See CompiledBatch.ends."""
        cut_off = self.records["cut_off"][:, None]
        return self.done[:, None] & ~cut_off, cut_off.copy()

    def allowed(self) -> np.ndarray:
        """(W, 1, 360) bool: what can be laid; all, where the game has ended."""
        can = np.zeros((self.num_worlds, NUM_CHOICES), bool)
        allow(self.records, self.catalogue.tables, can)
        return can[:, None, :]

    def outcomes(self) -> dict[str, np.ndarray]:
        """See Batch.outcomes."""
        return tabulate_outcomes(self.records)

    def frame(self, rows: np.ndarray, actions: np.ndarray) -> dict[str, np.ndarray]:
        """See Batch.frame."""
        return frame_of(self.records, self.catalogue.tables.window, rows, actions)

    def agents(self, row: int) -> dict[str, list[str]]:
        """See Batch.agents."""
        return {"agent": ["player"]}

    def _start(self, which: np.ndarray) -> None:
        """Begin the episodes that the worlds `which` (N,) name."""
        begin_worlds(self.records, which, self.catalogue.tables, self._boards, self._offers)
        self._observe()

    def _observe(self) -> None:
        room = self.settings.observation.room
        observe(self.records, self.catalogue.tables, room, self.observation[:, 0])


def num_planes(settings: TrianglesSettings) -> int:
    """C, of what is seen."""
    return 1 + OFFERED * (2 if settings.observation.room else 1)


def num_features(settings: TrianglesSettings) -> int:
    """D."""
    return num_planes(settings) * NUM_PLACES + OFFERED * WINDOW_ROWS * WINDOW_COLUMNS


def _starts(scenarios: Sequence[Scenario], number: Callable[[Shape], int]) -> tuple[np.ndarray, np.ndarray]:
    """Boards (C, 2) and shapes on offer (C, 3) of the scenarios."""
    boards = np.array([scenario.bits for scenario in scenarios], np.int64).reshape(-1, 2)
    offers = [[NONE if shape is None else number(shape) for shape in scenario.offered] for scenario in scenarios]
    return boards, np.array(offers, np.int64).reshape(-1, OFFERED)
