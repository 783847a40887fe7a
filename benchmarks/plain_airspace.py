"""The airspace as anyone would write it first: one world, plain NumPy, a PettingZoo ParallelEnv.

Written from the rules alone and not from `envs/airspace`, of which it takes the records of settings, scenarios and
aircraft types. It is what the compiled batch is measured and checked against.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv

from benchmarks.plain_observation import LIMIT, num_features, observe
from benchmarks.plain_rules import (
    ARRIVAL_NM,
    KT_IN_MPS,
    LOSS_NM,
    cas_kt_of_tas,
    excess_drift_deg,
    lack_of_margin,
    loses_separation,
    potential,
    precedence,
    smallest_distances_nm,
    tas_kt_of_cas,
    turn_rate_degps,
    unit,
    violation,
    wrapped_deg,
)
from envs.airspace.simulation.disturbance_settings import Disturbance
from envs.airspace.simulation.rules import Performance, built_in_performance
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic.aircraft import AircraftType
from envs.airspace.simulation.traffic.scenario import Scenario

TICKS = 10
KM_IN_NM = 1.852
PARTS = (
    "progress",
    "drift",
    "violation_entry",
    "violation_step",
    "margin",
    "action",
    "time",
    "arrival",
    "arrival_conflict",
    "timeout",
    "team",
    "instruction",
    "track",
)


class PlainAirspace(ParallelEnv):
    """Aircraft of one of the given scenarios; agents, spaces, infos and ends as in `AirspaceParallelEnv`.

    Continuous actions, the layouts `relative` and `relative_cpa`, equal team shares, wind; no other disturbance.

    Attributes:
        position_nm, waypoint_nm: (A, 2), east and north. heading_deg, tas_kt, commanded_heading_deg, commanded_tas_kt,
        waypoint_distance_nm, drift_deg, separation_nm: (A,). present, arrived: (A,) bool. step_count: of the episode.
    """

    metadata: ClassVar[dict[str, Any]] = {"name": "plain_airspace_v0", "render_modes": [], "is_parallelizable": True}

    def __init__(
        self,
        scenarios: Sequence[Scenario],
        discount: float = 0.97,
        performance: Performance = built_in_performance,
        **settings: Any,
    ) -> None:
        """Make one world.

        Raises:
            ValueError: no scenario, or a setting that asks for rules not written here.
            pydantic.ValidationError: a setting that is unknown, mistyped or out of range.
        """
        if not scenarios:
            raise ValueError("scenarios: got none, wanted at least one: nothing is drawn here")
        self.settings, self.scenarios, self.discount = (
            _check(AirspaceSettings.from_values(settings)),
            scenarios,
            discount,
        )
        self.performance = performance
        self.possible_agents = [f"aircraft_{a}" for a in range(max(s.num_aircraft for s in scenarios))]
        self.agents: list[str] = []
        self.render_mode = None
        self._rng = np.random.default_rng()
        self._observation_space = spaces.Box(-LIMIT, LIMIT, (num_features(self.settings),), np.float32)
        self._action_space = spaces.Box(-1.0, 1.0, (2,), np.float32)

    def observation_space(self, agent: str) -> spaces.Space:
        """Box(-10, 10, (D,)), the same for all."""
        return self._observation_space

    def action_space(self, agent: str) -> spaces.Space:
        """Box(-1, 1, (2,)), the same for all."""
        return self._action_space

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, np.ndarray], dict[str, dict[str, Any]]]:
        """Begin the scenario that `options["scenario"]` names, or one drawn uniformly; `seed` decides the draws."""
        if seed is not None:
            self._rng = np.random.default_rng(seed)
        names = [scenario.name for scenario in self.scenarios]
        named = (options or {}).get("scenario")
        number = int(self._rng.integers(len(names))) if named is None else names.index(named)
        scenario = self.scenarios[number]
        self._start(scenario)
        self.precedence = [precedence(seed or 0, a) for a in range(scenario.num_aircraft)]
        self.agents = self.possible_agents[: scenario.num_aircraft]
        self.parts = [dict.fromkeys(PARTS, 0.0) for _ in self.agents]
        self._observations = {agent: observe(self, a) for a, agent in enumerate(self.agents)}
        return dict(self._observations), self._infos()

    def _start(self, scenario: Scenario) -> None:
        """Everybody where the scenario says, commanded to go on as they fly."""
        self.alt_ft = scenario.centre.alt_ft
        kinds = [self.performance(name, self.alt_ft) for name in scenario.types]
        self.cas_range_kt = np.array([(kind.cas_min_kt, kind.cas_max_kt) for kind in kinds])
        self.accelerations = [_acceleration_table(kind) for kind in kinds]
        self.position_nm, self.waypoint_nm = scenario.position_nm.copy(), scenario.waypoint_nm.copy()
        self.heading_deg = self.commanded_heading_deg = scenario.heading_deg % 360.0
        self.cas_kt = np.clip(scenario.cas_kt, self.cas_range_kt[:, 0], self.cas_range_kt[:, 1])
        self.tas_kt = self.commanded_tas_kt = tas_kt_of_cas(self.cas_kt, self.alt_ft)
        self.commanded_cas_kt = self.cas_kt
        count = scenario.num_aircraft
        self.present, self.arrived, self.step_count = np.full(count, True), np.full(count, False), 0
        self.waypoint_distance_nm, self.drift_deg = self._to_waypoints()
        self.separation_nm = self._smallest(self.position_nm)
        self.last_separation_nm, self.progress_nm = self.separation_nm, np.zeros(count)
        self.potential = potential(self.separation_nm.min(), count)

    def step(self, actions: dict[str, np.ndarray]) -> tuple[dict, dict, dict, dict, dict]:
        """Fly 10 s; actions of those that have arrived may be missing and are ignored."""
        was_active, count = ~self.arrived, len(self.agents)
        before_nm, before_deg = self.waypoint_distance_nm.copy(), self.drift_deg.copy()
        self.last_separation_nm = self.separation_nm
        wanted = np.array([actions.get(agent, (0.0, 0.0)) for agent in self.agents], np.float64)
        applied = self._command(np.clip(wanted, -1.0, 1.0), was_active)
        seconds = self._fly(was_active)
        self.step_count += 1
        self.progress_nm = before_nm - self.waypoint_distance_nm
        over = self.step_count >= self.settings.episode.max_steps and not self.arrived.all()
        late = over and self.settings.episode.time_limit == "task"
        self.parts = [dict.fromkeys(PARTS, 0.0) for _ in self.agents]
        after = potential(self.separation_nm[was_active | self.present].min(), int(self.present.sum()))
        for a in np.flatnonzero(was_active).tolist():
            self.parts[a] = self._pay(a, before_deg[a], applied[a], seconds[a], late, after)
        self.potential = after
        self._observations |= {self.agents[a]: observe(self, a) for a in range(count) if was_active[a]}
        return self._results(bool(self.arrived.all()) or late, over and not late)

    def _command(self, actions: np.ndarray, active: np.ndarray) -> np.ndarray:
        """Give the commands that normalised actions (A, 2) mean, and return what of them counts."""
        rule = self.settings.actions
        change = actions * (rule.max_heading_change_deg, rule.max_speed_change_kt)
        counts = np.abs(change) >= (rule.min_heading_change_deg, rule.min_speed_change_kt)
        counts &= active[:, None]
        self.cas_kt = np.where(active, self._cas_now(), self.cas_kt)
        wanted_cas = np.clip(self.cas_kt + change[:, 1], self.cas_range_kt[:, 0], self.cas_range_kt[:, 1])
        wanted_heading = (self.heading_deg + change[:, 0]) % 360.0
        self.commanded_heading_deg = np.where(counts[:, 0], wanted_heading, self.commanded_heading_deg)
        self.commanded_cas_kt = np.where(counts[:, 1], wanted_cas, self.commanded_cas_kt)
        self.commanded_tas_kt = tas_kt_of_cas(self.commanded_cas_kt, self.alt_ft)
        return np.where(counts, actions, 0.0)

    def _fly(self, active: np.ndarray) -> np.ndarray:
        """Ten ticks; returns the seconds (A,) that each was under way to its waypoint."""
        self.separation_nm, seconds = np.full(len(self.agents), np.inf), np.zeros(len(self.agents))
        for _ in range(TICKS):
            seconds += ~self.arrived
            start_nm = self.position_nm
            self._move()
            self.separation_nm = np.minimum(self.separation_nm, self._smallest(start_nm))
            distance_nm, drift_deg = self._to_waypoints()
            under_way = ~self.arrived
            self.waypoint_distance_nm = np.where(under_way, distance_nm, self.waypoint_distance_nm)
            self.drift_deg = np.where(under_way, drift_deg, self.drift_deg)
            self._hold_course(under_way & (distance_nm <= ARRIVAL_NM))
            if self.settings.episode.after_arrival == "leave":
                self.present = ~self.arrived
        return seconds

    def _move(self) -> None:
        """One second for all that are present: first speed, then heading, then position."""
        fleet = zip(self.tas_kt, self.accelerations, strict=True)
        gain_kt = np.array([np.interp(tas_kt, *table) for tas_kt, table in fleet]) / KT_IN_MPS
        tas_kt = self.tas_kt + np.clip(self.commanded_tas_kt - self.tas_kt, -gain_kt, gain_kt)
        most_deg = turn_rate_degps(tas_kt)
        turn_deg = np.clip(wrapped_deg(self.commanded_heading_deg - self.heading_deg), -most_deg, most_deg)
        heading_deg = (self.heading_deg + turn_deg) % 360.0
        ground_kt = tas_kt[:, None] * unit(heading_deg) + self._wind_kt()
        self.tas_kt = np.where(self.present, tas_kt, self.tas_kt)
        self.heading_deg = np.where(self.present, heading_deg, self.heading_deg)
        self.position_nm = np.where(self.present[:, None], self.position_nm + ground_kt / 3600.0, self.position_nm)

    def _smallest(self, start_nm: np.ndarray) -> np.ndarray:
        """The smallest distance (A,) of each present aircraft to another while all fly straight to where they are."""
        distance_nm = smallest_distances_nm(start_nm, self.position_nm)
        pairs = self.present[:, None] & self.present & ~np.eye(len(self.present), dtype=bool)
        return np.where(pairs, distance_nm, np.inf).min(axis=1)

    def _to_waypoints(self) -> tuple[np.ndarray, np.ndarray]:
        """Distance (NM) to the waypoints, and angle (degrees) between heading and waypoint bearing, each (A,)."""
        way = self.waypoint_nm - self.position_nm
        bearing_deg = np.degrees(np.arctan2(way[:, 0], way[:, 1]))
        return np.hypot(way[:, 0], way[:, 1]), np.abs(wrapped_deg(bearing_deg - self.heading_deg))

    def _cas_now(self) -> np.ndarray:
        """The CAS (A,) that is the present TAS; the command itself where that has been reached."""
        reached = self.tas_kt == self.commanded_tas_kt
        return np.where(reached, self.commanded_cas_kt, cas_kt_of_tas(self.tas_kt, self.alt_ft))

    def _wind_kt(self) -> np.ndarray:
        """Where the wind blows to, (2,): east and north."""
        wind = self.settings.wind
        return -wind.speed_kt * unit(wind.from_deg)

    def _hold_course(self, now: np.ndarray) -> None:
        """Let those that arrive now (A,) fly on as they fly."""
        self.arrived = self.arrived | now
        self.commanded_heading_deg = np.where(now, self.heading_deg, self.commanded_heading_deg)
        slower = now & (self.commanded_tas_kt != self.tas_kt)
        self.commanded_cas_kt = np.where(slower, cas_kt_of_tas(self.tas_kt, self.alt_ft), self.commanded_cas_kt)
        self.commanded_tas_kt = np.where(now, self.tas_kt, self.commanded_tas_kt)

    def _pay(
        self, a: int, drift_before_deg: float, applied: np.ndarray, seconds: float, late: bool, after: float
    ) -> dict[str, float]:
        """The parts of the reward of an aircraft that was active in this step."""
        pay, separation_nm = self.settings.reward, self.separation_nm[a]
        entered = separation_nm < LOSS_NM <= self.last_separation_nm[a]
        ended = self.arrived[a] or late
        return {
            "progress": pay.progress_per_km * self.progress_nm[a] * KM_IN_NM,
            "drift": pay.drift_per_deg * (excess_drift_deg(drift_before_deg) - excess_drift_deg(self.drift_deg[a])),
            "violation_entry": pay.violation_entry if entered else 0.0,
            "violation_step": pay.violation_step * violation(separation_nm),
            "margin": pay.margin_step * lack_of_margin(separation_nm, pay.margin_nm),
            "action": pay.action * float(np.abs(applied).sum()),
            "time": pay.time_per_s * seconds,
            "arrival": pay.arrival if self.arrived[a] else 0.0,
            "arrival_conflict": pay.arrival_conflict if self._flies_into_conflict(a) else 0.0,
            "timeout": pay.timeout if late and not self.arrived[a] else 0.0,
            "team": pay.team.weight * (self.discount * (0.0 if ended else after) - self.potential),
            "instruction": pay.instruction if applied.any() else 0.0,
            "track": pay.track_per_km * self.tas_kt[a] * seconds / 3600.0 * KM_IN_NM,
        }

    def _flies_into_conflict(self, a: int) -> bool:
        """Whether an aircraft has arrived, others have not, and it loses separation if all that are there fly on."""
        over = self.arrived.all() or self.step_count >= self.settings.episode.max_steps
        if over or not self.arrived[a] or self.settings.episode.after_arrival == "leave":
            return False
        others = np.flatnonzero(self.present & (np.arange(len(self.agents)) != a))
        velocity_kt = self.tas_kt[:, None] * unit(self.heading_deg)
        relative = self.position_nm[others] - self.position_nm[a], velocity_kt[others] - velocity_kt[a]
        return loses_separation(*relative, self.settings.reward.arrival_look_ahead_s)

    def _results(self, terminated: bool, truncated: bool) -> tuple[dict, dict, dict, dict, dict]:
        agents = self.agents
        rewards = {agent: float(sum(self.parts[a].values())) for a, agent in enumerate(agents)}
        flags = dict.fromkeys(agents, terminated), dict.fromkeys(agents, truncated)
        results = dict(self._observations), rewards, *flags, self._infos()
        self.agents = [] if terminated or truncated else agents
        return results

    def _infos(self) -> dict[str, dict[str, Any]]:
        return {
            agent: {
                "active": not self.arrived[a],
                "arrived": bool(self.arrived[a]),
                "separation_nm": float(self.separation_nm[a]),
                "reward_parts": self.parts[a],
            }
            for a, agent in enumerate(self.agents)
        }


def _acceleration_table(kind: AircraftType) -> tuple[np.ndarray, tuple[float, ...]]:
    """True airspeeds (kt) and the largest change of speed (m/s2) at them."""
    lowest_kt, step_kt = kind.tas_grid_kt
    return lowest_kt + step_kt * np.arange(len(kind.acceleration_mps2)), kind.acceleration_mps2


def _check(settings: AirspaceSettings) -> AirspaceSettings:
    """The settings, if all that they ask for is written here."""
    if settings.observation.layout == "study":
        raise ValueError("observation.layout: got 'study', wanted relative, relative_cpa, intent or courses")
    if settings.reward.team.share != "equal":
        raise ValueError(f"reward.team.share: got {settings.reward.team.share!r}, wanted equal")
    if settings.disturbance != Disturbance():
        raise ValueError(f"disturbance: got {settings.disturbance}, wanted none")
    return settings
