"""Orders of passage: whose turn it is at every shared stretch, drawn, and driven in the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from envs.ground.outcomes import solved
from envs.ground.play import Episodes, Space, play
from envs.roads.baselines.rules import law_of, roads_of
from envs.roads.baselines.settings import Idm
from envs.roads.baselines.view import cars_of, commanded
from envs.roads.scenarios.compiled.passing import free_passages, pass_all, shared_seconds
from envs.roads.scenarios.settings import OrderSearch
from envs.roads.simulation.batch import RoadsBatch
from envs.roads.simulation.settings import STEP_S


class PassInOrder:
    """Steers each episode by an order of its own: cars follow their routes and wait until it is their turn."""

    def __init__(self, idm: Idm, order: np.ndarray) -> None:
        """Drive as `idm` says; order: (N, A) cars of each episode, first who goes first; -1: nobody."""
        self._idm, self._law, self._order = idm, law_of(idm), order

    def begin(self, batch: RoadsBatch, first: int) -> None:
        """See Steering.begin."""
        self._roads = roads_of(batch, self._idm)
        self._entry = batch.table.lines["entry"].copy()
        self._rank = np.full((batch.num_worlds, batch.num_slots), batch.num_slots)
        for rank, order in zip(self._rank, self._order[first : first + batch.num_worlds], strict=True):
            rank[order[order >= 0]] = np.arange((order >= 0).sum())

    def steer(self, batch: RoadsBatch, noise: np.ndarray | None) -> np.ndarray:
        """See Steering.steer."""
        roads, cars = self._roads, cars_of(batch)
        found = np.zeros(cars.drives.shape)
        followed = np.where(roads.net.priority != 0, roads.joined_m, np.nan)
        pass_all(cars, roads.net, roads.allowed_mps, followed, self._entry, self._law, self._rank, found)
        return commanded(batch, found, np.zeros(found.shape))


@dataclass(frozen=True, eq=False)
class Alone:
    """N episodes as they begin, were each car alone.

    Attributes:
        middle_s: (N, A), when each car is half way; infinite: no car.
        entry: (N, A), by which it comes.
        shared_s: (N,), for how long two are in the first 15 m of a stretch that they share, summed over pairs.
    """

    middle_s: np.ndarray
    entry: np.ndarray
    shared_s: np.ndarray


def alone(space: Space, episodes: Episodes, idm: Idm, worlds_per_block: int) -> Alone:
    """See Alone; nothing is driven."""
    blocks = range(0, len(episodes), worlds_per_block)
    parts = [_alone(space, episodes.take(slice(first, first + worlds_per_block)), idm) for first in blocks]
    empty = Alone(np.zeros((0, 1)), np.zeros((0, 1), int), np.zeros(0))
    names = ("middle_s", "entry", "shared_s")
    return Alone(*(np.concatenate([getattr(part, name) for part in parts or [empty]]) for name in names))


def by_arrival(found: Alone, late_s: np.ndarray) -> np.ndarray:
    """Orders (N, A): who is half way first goes first, each `late_s` (N, A) later than it would be.

    Cars of one entry keep theirs, for none can pass another there.
    """
    due_s = found.middle_s + late_s
    for n, entries in enumerate(found.entry):
        for entry in np.unique(entries[np.isfinite(found.middle_s[n])]):
            lane = np.flatnonzero((entries == entry) & np.isfinite(found.middle_s[n]))
            due_s[n, lane] = np.maximum.accumulate(due_s[n, lane])
    order = np.argsort(due_s, axis=1, kind="stable")
    return np.where(np.isfinite(np.take_along_axis(due_s, order, 1)), order, -1)


def search(
    space: Space, episodes: Episodes, idm: Idm, settings: OrderSearch, seed: int, worlds_per_block: int
) -> list[np.ndarray | None]:
    """An order (A,) in which all arrive, for each of N episodes; None where none was found.

    In each round every episode that is left tries some orders, drawn around that of arrival from its own seed.
    """
    begun, found = alone(space, episodes, idm, worlds_per_block), list[np.ndarray | None]([None] * len(episodes))
    rngs = [np.random.default_rng([seed, int(own)]) for own in episodes.seed]
    for _ in range(settings.rounds):
        still = np.array([n for n in range(len(episodes)) if found[n] is None], int)
        rows = np.repeat(still, settings.orders_per_round)
        if len(rows) == 0:
            break
        late_s = np.stack([rngs[n].normal(0.0, settings.spread_s, begun.middle_s.shape[1]) for n in rows])
        orders = by_arrival(Alone(begun.middle_s[rows], begun.entry[rows], begun.shared_s[rows]), late_s)
        steering = PassInOrder(idm, orders)
        played = play(space, episodes.take(rows), steering, worlds_per_block=worlds_per_block).episodes
        for row in np.flatnonzero(solved(played, space.simulation.outcomes(space.settings))):
            if found[rows[row]] is None:
                found[rows[row]] = orders[row]
    return found


def stacked(orders: Sequence[Sequence[int]]) -> np.ndarray:
    """Orders of episodes with different numbers of cars as one (N, A), else -1."""
    table = np.full((len(orders), max(len(order) for order in orders)), -1)
    for row, order in zip(table, orders, strict=True):
        row[: len(order)] = order
    return table


def _alone(space: Space, block: Episodes, idm: Idm) -> Alone:
    batch = space.batch(len(block))
    batch.begin(np.arange(len(block)), block.scenario, block.seed)
    cars, roads, rows = cars_of(batch), roads_of(batch, idm), np.arange(len(block))[:, None]
    begin_s = STEP_S * batch.worlds.entry_step
    times = free_passages(cars, roads.net, roads.allowed_mps, idm.acceleration_mps2, begin_s)
    half = (0.5 * roads.net.length_m[cars.road[:, None], cars.route]).astype(int)
    middle_s = times[rows, np.arange(batch.num_slots), half]
    return Alone(
        np.where(batch.present, middle_s, np.inf),
        batch.table.lines["entry"][cars.road[:, None], cars.route],
        shared_seconds(cars, roads.net, times, batch.present),
    )
