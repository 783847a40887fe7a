"""Proof of scenarios: what happens if nobody acts, and a way in which everybody arrives without loss of separation.

Whatever proves a scenario has been flown in the batch, which decides whether separation was lost and who arrived; it is
written down so that it can be flown again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from envs.airspace.baselines.direct import Direct
from envs.airspace.baselines.settings import Mvp
from envs.airspace.baselines.voltage_potential import VoltagePotential, encounters
from envs.airspace.scenarios.plan_search import PlanSpace, difficulty, search
from envs.airspace.scenarios.plans import FlyPlans, stack_plans
from envs.airspace.scenarios.settings import PlanSample, Proof
from envs.airspace.simulation.batch import AirspaceBatch
from envs.ground.play import Episodes, Space, play
from envs.ground.policy import Policy
from envs.ground.steering import Nothing, Steering
from pipeline.ground.progress import say

NOT_SOLVED = "none"
_STEP_S = 10.0
_SAME_NM = 1e-6  # distances that differ by less are equal: the first pair and the earliest time count

Way = dict[str, Any]
"""How a scenario was solved, as plain values: a method (hold, direct, mvp, search) and what it needs."""


@dataclass(frozen=True)
class Prover:
    """Proves episodes of one airspace: `mvp` are resolvers to try, in this order, before the search."""

    airspace: Space
    mvp: tuple[Mvp, ...]
    settings: Proof
    seed: int

    def hold(self, episodes: Episodes) -> pd.DataFrame:
        """One row per episode: what happens if nobody acts. The smallest separation, when (s), and of whom."""
        watch = _HoldAndWatch(len(episodes))
        table = play(self.airspace, episodes, watch, worlds_per_block=self.settings.worlds_per_block).episodes
        alone = ~np.isfinite(watch.closest_nm)
        return pd.DataFrame(
            {
                "scenario": table["scenario"],
                "episode_seed": table["episode_seed"],
                "family": table["family"],
                "num_agents": table["num_agents"],
                "hold_los": table["los"],
                "hold_all_arrived": table["all_arrived"],
                "hold_min_separation_nm": table["min_separation_nm"],
                "hold_los_seconds": table["los_seconds"],
                "hold_closest_s": np.where(alone, np.nan, watch.closest_s),
                "hold_pair": [self._names(*row) for row in zip(table["scenario"], watch.pair, alone, strict=True)],
            }
        )

    def solve(self, held: pd.DataFrame, episodes: Episodes, label: str) -> pd.DataFrame:
        """One row per episode: whether a conflict-free joint plan was found, how, and what came of it.

        Args:
            held: what `hold` says of these episodes.
            label: what they are called in the line that tells how many were solved in which way.
        """
        rows: list[dict[str, Any]] = [_outcome(None, None) for _ in range(len(episodes))]
        clear = (~held["hold_los"] & held["hold_all_arrived"]).to_numpy()
        self._try(episodes, np.flatnonzero(clear), {"method": "hold"}, rows)
        still, counts = np.flatnonzero(~clear), [f"hold {clear.sum()}"]
        for way in self._resolvers():
            left = self._try(episodes, still, way, rows)
            counts.append(f"{way['method']} {len(still) - len(left)}")
            still = left
        left = self._search(episodes, still, held["num_agents"].to_numpy(), rows)
        counts += [f"search {len(still) - len(left)}", f"none {len(left)}"]
        say(f"scenarios: {label}: {len(rows)} solved by {', '.join(counts)}")
        return pd.DataFrame(rows)

    def difficulty(self, episodes: Episodes, num_aircraft: np.ndarray, sample: PlanSample) -> np.ndarray:
        """The difficulty (N,) of each episode, see envs/airspace/scenarios/plan_search.py."""
        return difficulty(self._space, episodes, num_aircraft.tolist(), sample)

    @property
    def _space(self) -> PlanSpace:
        return PlanSpace(self.airspace, self.settings.plans, self.seed, self.settings.worlds_per_block)

    def _resolvers(self) -> list[Way]:
        return [{"method": "direct"}, *({"method": "mvp", **resolver.model_dump()} for resolver in self.mvp)]

    def _search(
        self, episodes: Episodes, chosen: np.ndarray, num_aircraft: np.ndarray, rows: list[dict[str, Any]]
    ) -> np.ndarray:
        """Search plans for the episodes `chosen`, and fly what was found; else as `_try`."""
        found = search(self._space, episodes.take(chosen), num_aircraft[chosen].tolist(), self.settings.search)
        kept = [(n, plan) for n, plan in zip(chosen, found, strict=True) if plan is not None]
        ways = [{"method": "search", "plans": plan.tolist()} for _, plan in kept]
        self._try(episodes, np.array([n for n, _ in kept], int), ways, rows)
        return np.array([n for n in chosen if not rows[n]["solved"]], int)

    def _try(
        self, episodes: Episodes, chosen: np.ndarray, way: Way | list[Way], rows: list[dict[str, Any]]
    ) -> np.ndarray:
        """Fly the episodes `chosen` in a way (or one each), fill in the rows of those solved, return the others."""
        if len(chosen) == 0:
            return chosen
        ways = way if isinstance(way, list) else [way] * len(chosen)
        block = self.settings.worlds_per_block
        flown = play(self.airspace, episodes.take(chosen), steering_of(ways), worlds_per_block=block).episodes
        solved = (~flown["los"] & flown["all_arrived"]).to_numpy()
        for row in np.flatnonzero(solved):
            rows[chosen[row]] = _outcome(ways[row], flown.iloc[row])
        return chosen[~solved]

    def _names(self, scenario: str, pair: np.ndarray, alone: bool) -> str:
        if alone:
            return ""
        ids = {known.name: known.ids for known in self.airspace.scenarios}.get(scenario)
        return ", ".join(ids[a] if ids else f"AC{a + 1}" for a in pair)


def steering_of(ways: list[Way]) -> Policy | Steering:
    """What flies episodes in these ways, one each, all of the same method with the same settings (but own plans)."""
    methods = {way["method"] for way in ways}
    assert len(methods) == 1, f"got {methods}, wanted one method"
    method, way = methods.pop(), ways[0]
    if method == "search":
        return FlyPlans(stack_plans([np.array(own["plans"], np.float64) for own in ways]))
    if method == "mvp":
        return VoltagePotential(Mvp(look_ahead_s=way["look_ahead_s"], margin=way["margin"]))
    return Direct() if method == "direct" else Nothing()


def unproven(count: int) -> pd.DataFrame:
    """So many rows that say: no proof."""
    return pd.DataFrame([_outcome(None, None)] * count)


def _outcome(way: Way | None, episode: pd.Series | None) -> dict[str, Any]:
    """The columns that tell how an episode was solved; `plan` is the way as JSON."""
    if way is None or episode is None:
        figures = {"plan_min_separation_nm": np.nan, "plan_time_s": np.nan}
        return {"solved": False, "method": NOT_SOLVED, "plan": "", **figures}
    return {
        "solved": True,
        "method": way["method"],
        "plan": json.dumps(way),
        "plan_min_separation_nm": float(episode["min_separation_nm"]),
        "plan_time_s": _STEP_S * float(episode["steps"]),
    }


class _HoldAndWatch:
    """Steers nobody, and notes which pair comes closest, and when.

    Nobody turns, so within a step all fly straight and the closest approach is exact; only a pair of which one vanishes
    at its waypoint is watched to the end of that step.
    """

    def __init__(self, num_episodes: int) -> None:
        self.closest_nm = np.full(num_episodes, np.inf)
        self.closest_s = np.zeros(num_episodes)
        self.pair = np.zeros((num_episodes, 2), int)

    def begin(self, batch: AirspaceBatch, first: int) -> None:
        """See Steering.begin."""
        self._first = first

    def steer(self, batch: AirspaceBatch, noise: np.ndarray | None) -> np.ndarray:
        """See Steering.steer."""
        seen, count = encounters(batch), batch.num_slots
        after_h = np.clip(seen.tcpa_h, 0.0, _STEP_S / 3600.0)
        vector_nm = seen.position_nm + seen.velocity_kt * after_h[..., None]
        separation_nm = np.where(seen.pairs, np.hypot(vector_nm[..., 0], vector_nm[..., 1]), np.inf)
        flat_nm, rows = separation_nm.reshape(batch.num_worlds, -1), np.arange(batch.num_worlds)
        nearest = (flat_nm <= flat_nm.min(1, keepdims=True) + _SAME_NM).argmax(1)
        closer = (flat_nm[rows, nearest] < self.closest_nm[self._first + rows] - _SAME_NM) & ~batch.worlds.done
        own = self._first + rows[closer]
        self.closest_nm[own] = flat_nm[closer, nearest[closer]]
        after_s = 3600.0 * after_h.reshape(batch.num_worlds, -1)[closer, nearest[closer]]
        self.closest_s[own] = _STEP_S * batch.worlds.step[closer] + after_s
        self.pair[own] = np.stack(np.divmod(nearest[closer], count), -1)
        return np.zeros((batch.num_worlds, count, 2))
