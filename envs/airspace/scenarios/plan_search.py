"""Is there a joint plan without loss of separation, and how rare are such plans? Bounded, and decided by a seed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from envs.airspace.scenarios.joint_plans import clear_share, find_combination, first_losses
from envs.airspace.scenarios.plan_tracks import Tracks, fly_tracks
from envs.airspace.scenarios.plans import draw_plans, vary_plan
from envs.airspace.scenarios.settings import PlanBounds, PlanSample, PlanSearch
from envs.ground.play import Episodes, Space

_MARGIN_NM = 0.1  # above what is lost between the ends of steps; the batch has the last word on whatever is found
_SEARCH, _DIFFICULTY = 0, 1


@dataclass(frozen=True)
class PlanSpace:
    """Where plans are looked for, and from which seed."""

    airspace: Space
    bounds: PlanBounds
    seed: int
    worlds_per_block: int

    def generators(self, episodes: Episodes, purpose: int) -> list[np.random.Generator]:
        """One per episode, from the episode's own seed: what is found does not depend on the company."""
        return [np.random.default_rng([self.seed, purpose, int(seed)]) for seed in episodes.seed]

    def num_aircraft(self, episodes: Episodes) -> list[int]:
        """Of each episode."""
        counts: list[int] = []
        for first in range(0, len(episodes), self.worlds_per_block):
            block = episodes.take(slice(first, first + self.worlds_per_block))
            batch = self.airspace.batch(len(block))
            batch.begin(np.arange(len(block)), block.scenario, block.seed)
            counts += batch.worlds.num_aircraft.tolist()
        return counts

    @property
    def leave(self) -> bool:
        """Whether aircraft vanish where they arrive."""
        return self.airspace.settings.episode.after_arrival == "leave"


def search(space: PlanSpace, episodes: Episodes, settings: PlanSearch) -> list[np.ndarray | None]:
    """A joint plan (A, 4) that should keep everybody apart, for each of N episodes; None where none was found.

    In each round every aircraft gets more candidate plans, from the second on half of them around the best joint plan
    so far; all of an episode's candidates are combined. It ends with the first round that finds a combination.
    """
    rngs, num_aircraft = space.generators(episodes, _SEARCH), space.num_aircraft(episodes)
    found: list[np.ndarray | None] = [None] * len(episodes)
    best: list[np.ndarray | None] = [None] * len(episodes)
    pools: list[Tracks | None] = [None] * len(episodes)
    for _ in range(settings.rounds):
        still = [n for n in range(len(episodes)) if found[n] is None]
        plans = [_candidates(rngs[n], best[n], settings.plans_per_round, num_aircraft[n], space.bounds) for n in still]
        flown = fly_tracks(space.airspace, episodes.take(np.array(still, int)), plans, space.worlds_per_block)
        for n, tracks in zip(still, flown, strict=True):
            pool = pools[n]
            pools[n] = pool = tracks if pool is None else pool.joined(tracks)
            losses = first_losses(pool, space.leave, _MARGIN_NM)
            chosen, conflicts = find_combination(pool, losses, rngs[n], settings.tries)
            best[n] = pool.plans[chosen, np.arange(len(chosen))]
            found[n] = best[n] if conflicts == 0 else None
    return found


def difficulty(space: PlanSpace, episodes: Episodes, sample: PlanSample) -> np.ndarray:
    """How hard each of N episodes is: -log10 of the share of random joint plans that are conflict-free.

    0: anything works; 1: one joint plan in ten; 3: one in a thousand. So it grows with the number of aircraft and with
    how tightly they meet, needs no resolver's opinion, and also ranks episodes that one resolver finds equally easy.
    It holds for plans drawn uniformly within the bounds.
    """
    rngs, num_aircraft = space.generators(episodes, _DIFFICULTY), space.num_aircraft(episodes)
    plans = [draw_plans(rng, sample.plans, count, space.bounds) for rng, count in zip(rngs, num_aircraft, strict=True)]
    flown = fly_tracks(space.airspace, episodes, plans, space.worlds_per_block)
    shares = [
        clear_share(tracks, first_losses(tracks, space.leave), rng, sample.combinations)
        for tracks, rng in zip(flown, rngs, strict=True)
    ]
    return np.array([-math.log10(share) for share in shares])


def _candidates(
    rng: np.random.Generator, best: np.ndarray | None, num_plans: int, num_aircraft: int, bounds: PlanBounds
) -> np.ndarray:
    if best is None:
        return draw_plans(rng, num_plans, num_aircraft, bounds)
    near = num_plans // 2
    anywhere = draw_plans(rng, num_plans - near, num_aircraft, bounds)
    return np.concatenate([vary_plan(rng, near, best, bounds), anywhere])
