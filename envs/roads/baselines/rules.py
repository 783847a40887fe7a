"""The rules as steering: each reads the worlds, works out accelerations and offsets, and turns them into actions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from envs.roads.baselines.compiled.following import follow_all
from envs.roads.baselines.compiled.paths import allowed_mps, joins
from envs.roads.baselines.compiled.proposing import propose_all
from envs.roads.baselines.compiled.reserving import reserve_all
from envs.roads.baselines.compiled.yielding import yield_all
from envs.roads.baselines.settings import Idm, IdmYield, Proposals, Reserve
from envs.roads.baselines.traffic import Cars, Law, Net
from envs.roads.baselines.view import cars_of, commanded, net_of
from envs.roads.simulation.batch import RoadsBatch
from envs.roads.simulation.settings import STEP_S


class Roads(NamedTuple):
    """Roads as a rule drives them: the net, the speed allowed on each metre, and where routes join."""

    net: Net
    allowed_mps: np.ndarray
    joined_m: np.ndarray


def roads_of(batch: RoadsBatch, idm: Idm) -> Roads:
    """The roads of a batch, for who brakes and turns as `idm` says."""
    net = net_of(batch.table)
    allowed = allowed_mps(net.length_m, net.limit_mps, net.curvature_per_m, idm.lateral_mps2, idm.approach_mps2)
    return Roads(net, allowed, joins(net))


def law_of(idm: Idm) -> Law:
    """The law by which a car follows."""
    return Law(**{name: float(getattr(idm, name)) for name in Law._fields})


class Hold:
    """The baseline that keeps its speed along its route, and looks at nothing."""

    def begin(self, batch: RoadsBatch, first: int) -> None:
        """See Steering.begin; it remembers nothing."""

    def steer(self, batch: RoadsBatch, noise: np.ndarray | None) -> np.ndarray:
        """See Steering.steer."""
        nothing = np.zeros((batch.num_worlds, batch.num_slots))
        return commanded(batch, nothing, nothing)


class Rule:
    """A rule that accelerates along its route."""

    def __init__(self, idm: Idm) -> None:
        """Follow as `idm` says."""
        self._idm, self._law = idm, law_of(idm)

    def begin(self, batch: RoadsBatch, first: int) -> None:
        """See Steering.begin."""
        self._roads = roads_of(batch, self._idm)

    def steer(self, batch: RoadsBatch, noise: np.ndarray | None) -> np.ndarray:
        """See Steering.steer."""
        cars = cars_of(batch)
        acceleration, offset = np.zeros(cars.drives.shape), np.zeros(cars.drives.shape)
        self._choose(cars, acceleration, offset)
        return commanded(batch, acceleration, offset)

    def _choose(self, cars: Cars, acceleration: np.ndarray, offset: np.ndarray) -> None:
        """Write to both (W, S), m/s2 and m."""
        raise NotImplementedError


class CarFollowing(Rule):
    """The baseline idm: follows who is ahead on its route, and stops at red lights; to nobody else it yields."""

    def _choose(self, cars: Cars, acceleration: np.ndarray, offset: np.ndarray) -> None:
        follow_all(cars, self._roads.net, self._roads.allowed_mps, self._law, acceleration)


class GapAcceptance(Rule):
    """The baseline idm_yield: idm that waits before shared stretches until a gap is long enough, and reacts late."""

    def __init__(self, idm: Idm, settings: IdmYield) -> None:
        """Follow as `idm` says; accept gaps, and react, as `settings` say."""
        super().__init__(idm)
        self._settings = settings

    def begin(self, batch: RoadsBatch, first: int) -> None:
        """See Steering.begin."""
        super().begin(batch, first)
        steps = round(self._settings.reaction_s / STEP_S)
        self._decided = [np.zeros((batch.num_worlds, batch.num_slots)) for _ in range(steps)]

    def _choose(self, cars: Cars, acceleration: np.ndarray, offset: np.ndarray) -> None:
        roads, gap_s = self._roads, self._settings.gap_s
        yield_all(cars, roads.net, roads.allowed_mps, roads.joined_m, self._law, gap_s, acceleration)
        self._decided.append(acceleration.copy())
        acceleration[...] = self._decided.pop(0)


class Proposing(Rule):
    """The baseline proposals: the best of some plans, simulated against others at constant velocity."""

    def __init__(self, idm: Idm, settings: Proposals) -> None:
        """Follow as `idm` says; plan as `settings` say."""
        super().__init__(idm)
        self._settings = settings
        self._shares = np.sort(np.array(settings.speeds))[::-1].copy()
        offsets = np.array(settings.offsets_m)
        self._offsets = offsets[np.argsort(np.abs(offsets), kind="stable")]

    def _choose(self, cars: Cars, acceleration: np.ndarray, offset: np.ndarray) -> None:
        roads, wanted = self._roads, self._settings
        plans = (self._shares, self._offsets, wanted.horizon_s, wanted.step_s)
        propose_all(cars, roads.net, roads.allowed_mps, self._law, *plans, acceleration, offset)


class Reserving(Rule):
    """The baseline reserve: slots of shared stretches, first come, first served. It needs all to agree: a yardstick."""

    def __init__(self, idm: Idm, settings: Reserve) -> None:
        """Follow as `idm` says; keep gaps between slots as `settings` say."""
        super().__init__(idm)
        self._settings = settings

    def _choose(self, cars: Cars, acceleration: np.ndarray, offset: np.ndarray) -> None:
        roads = self._roads
        reserve_all(cars, roads.net, roads.allowed_mps, roads.joined_m, self._law, self._settings.gap_s, acceleration)
