"""Ours flies as the plain airspace does, which was written independently of it from the same rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from pettingzoo.test import parallel_api_test

from benchmarks.drawn import drawn_scenarios
from benchmarks.plain_airspace import PlainAirspace
from envs.airspace.scenarios.suite import SUITE
from envs.airspace.simulation.batch import AirspaceBatch
from envs.airspace.simulation.compiled.worlds import REWARD_PARTS
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic.aircraft import AIRCRAFT_TYPES_10000FT
from envs.airspace.simulation.traffic.scenario import Scenario
from envs.airspace.simulation.traffic.traffic_settings import FAMILIES

DISCOUNT = 0.97
TYPES = tuple(AIRCRAFT_TYPES_10000FT)
WIND = {"from_deg": 240.0, "speed_kt": 35.0}
STATE = ("position_nm", "heading_deg", "tas_kt", "separation_nm")

INTO_CONFLICT = Scenario(
    name="arrives into a conflict",
    ids=("a", "b", "c"),
    types=("A320",) * 3,
    position_nm=np.array([(-9.0, 0.0), (0.0, -9.0), (40.0, 40.0)]),
    heading_deg=np.array([90.0, 0.0, 0.0]),
    cas_kt=np.full(3, 250.0),
    waypoint_nm=np.array([(-8.5, 0.0), (0.0, -8.5), (40.0, 90.0)]),
)
"""Two are at their waypoints at once, on courses that cross; the third keeps the world going."""

CASES: dict[str, dict[str, Any]] = {  # each flies half of the suite; two of them each half
    "as by default": {"episode": {"max_steps": 30}},
    "leave, task, wind": {"episode": {"max_steps": 30, "after_arrival": "leave", "time_limit": "task"}, "wind": WIND},
    "intent": {"episode": {"max_steps": 30}, "observation": {"layout": "intent"}},
    "relative_cpa": {"episode": {"max_steps": 30}, "observation": {"layout": "relative_cpa"}},
    "relative, task": {"episode": {"max_steps": 30, "time_limit": "task"}, "observation": {"layout": "relative"}},
    "leave, one neighbour": {
        "episode": {"max_steps": 30, "after_arrival": "leave"},
        "observation": {"layout": "relative", "num_neighbours": 1},
    },
    "instructions and track": {"episode": {"max_steps": 30}, "reward": {"instruction": -0.2, "track_per_km": -0.05}},
}
WILD, CALM = 1.0, 0.25
"""How far random actions go: calm ones let aircraft arrive."""


def near_waypoints() -> list[Scenario]:
    """Five drawn worlds of 2 to 6 aircraft of all types, near their waypoints, handed over as scenarios."""
    near = {"start_distance_nm": {"low": 4.0, "high": 9.0}, "waypoint_distance_nm": {"low": 2.0, "high": 12.0}}
    families = {"families": {name: float(name in ("crossing", "converging")) for name in FAMILIES}}
    ranges = {"crossing": near, "converging": near}
    values = {"procedural": {"aircraft_types": list(TYPES), "max_aircraft": 6, **families, **ranges}}
    return drawn_scenarios(AirspaceSettings.from_values(values), 5, seed=3)


class Both:
    """The same scenarios in ours, a world of one batch each, and in plain worlds; compared after every step."""

    def __init__(self, scenarios: Sequence[Scenario], settings: dict[str, Any]) -> None:
        checked, which = AirspaceSettings.from_values(settings), np.arange(len(scenarios))
        self.ours = AirspaceBatch(checked, len(scenarios), 0, scenarios=scenarios, discount=DISCOUNT)
        self.ours.begin(which, which, which.astype(np.uint64))
        self.plain = [PlainAirspace([scenario], DISCOUNT, **settings) for scenario in scenarios]
        self.paid: set[str] = set()
        for w, world in enumerate(self.plain):
            seen, _ = world.reset(seed=w)
            self._compare(w, seen, np.full(len(seen), True))

    def fly(self, reach: np.ndarray) -> None:
        """Whole episodes of random actions that go from -reach to reach (W,)."""
        rng = np.random.default_rng(5)
        while any(world.agents for world in self.plain):
            actions = rng.uniform(-1.0, 1.0, (self.ours.num_worlds, self.ours.num_slots, 2)) * reach[:, None, None]
            self.ours.step(actions)
            for w, world in enumerate(self.plain):
                if world.agents:
                    self._step(w, world, actions[w])

    def _step(self, w: int, world: PlainAirspace, actions: np.ndarray) -> None:
        worlds, agents, active = self.ours.worlds, world.agents, ~world.arrived
        seen, rewards, terminated, truncated, _ = world.step(dict(zip(agents, actions, strict=False)))
        self._compare(w, seen, active)
        parts = [[part[name] for name in REWARD_PARTS] for part in world.parts]
        close(worlds.reward_parts[w, : len(agents)], parts, 1e-6, f"reward parts {REWARD_PARTS} of world {w}")
        close(worlds.reward[w, : len(agents)], list(rewards.values()), 1e-6, f"rewards of world {w}")
        self.paid |= {name for part in world.parts for name, value in part.items() if value != 0.0}
        assert worlds.done[w] == (terminated[agents[0]] or truncated[agents[0]])
        assert worlds.row_truncated[w].any() == truncated[agents[0]]

    def _compare(self, w: int, seen: dict[str, np.ndarray], active: np.ndarray) -> None:
        """State and, of the active (A,), observations."""
        worlds, world, count = self.ours.worlds, self.plain[w], len(active)
        for name in STATE:
            field = getattr(worlds, name.rsplit("_", 1)[0])[w, :count]
            close(field, getattr(world, name), 1e-6, f"{name} of world {w} at step {world.step_count}")
        for name in ("arrived", "present"):
            assert getattr(worlds, name)[w, :count].tolist() == getattr(world, name).tolist()
        observations = np.array(list(seen.values()))[active]
        close(worlds.observation[w, :count][active], observations, 1e-5, f"observations of world {w}")


def close(ours: np.ndarray, plain: Any, within: float, what: str) -> None:
    np.testing.assert_allclose(ours, plain, rtol=0.0, atol=within, err_msg=what)


@pytest.mark.parametrize("case", range(len(CASES)), ids=list(CASES))
def test_the_suite_and_drawn_traffic_fly_the_same_in_both(case: int) -> None:
    settings = list(CASES.values())[case]
    both = Both([*list(SUITE.values())[case % 2 :: 2], *near_waypoints(), INTO_CONFLICT], settings)
    calm = (np.arange(len(both.plain)) + case // 2) % 2 == 1
    both.fly(np.where(calm, CALM, WILD))
    episode = settings["episode"]
    unpaid = {"timeout"} if "time_limit" not in episode else set()
    unpaid |= {"arrival_conflict"} if "after_arrival" in episode else set()
    unpaid |= {"instruction", "track"} if "reward" not in settings else set()
    assert both.paid == set(REWARD_PARTS) - unpaid


def test_the_plain_one_is_a_parallel_env() -> None:
    parallel_api_test(PlainAirspace([SUITE["merge_3p1"], SUITE["head_on"]]), num_cycles=30)


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"observation": {"layout": "study"}}, "observation.layout: got 'study'"),
        ({"reward": {"team": {"share": "responsibility"}}}, "reward.team.share: got 'responsibility'"),
        ({"disturbance": {"action_delay": 1}}, "disturbance: got .*action_delay=1"),
    ],
)
def test_the_plain_one_refuses_rules_that_it_lacks(sections: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PlainAirspace([SUITE["head_on"]], **sections)


def test_the_plain_one_refuses_to_draw() -> None:
    with pytest.raises(ValueError, match="scenarios: got none"):
        PlainAirspace([])
