"""The metrics once more: slowly, in plain Python, from a recording (a row per step and aircraft) alone.

Shares no code with pipeline.metrics. Within steps aircraft are flown again second by second by the rules of the
airspace, so that separation is that of the ticks; conflicts come from the roots of a quadratic; windows are sets.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field

import pandas as pd
from openap import FuelFlow, prop

from envs.airspace.simulation.traffic.atmosphere import density_kgpm3, pressure_pa, tas_from_cas
from envs.airspace.simulation.traffic.performance import aircraft_type

ALT_FT = 10_000.0
Pair = tuple[int, int]
Point = tuple[float, float]


@dataclass
class Aircraft:
    """One aircraft being flown again, second by second."""

    row: dict
    wind_kt: Point
    commanded_heading: float = 0.0
    commanded_tas: float = 0.0

    def __post_init__(self) -> None:
        self.east, self.north = self.row["east_nm"], self.row["north_nm"]
        self.heading, self.tas = self.row["heading_deg"], self.row["tas_kt"]
        self.commanded_heading, self.commanded_tas = self.heading, self.tas
        self.active, self.present, self.arrival_distance = True, True, None
        self.flown_nm = self.seconds = 0.0

    def command(self, change: Point, cas_kt: float) -> None:
        kind = aircraft_type(self.row["type"], ALT_FT)
        if change[0]:
            self.commanded_heading = (self.heading + change[0]) % 360.0
        if change[1]:
            cas = min(max(cas_kt + change[1], kind.cas_min_kt), kind.cas_max_kt)
            self.commanded_tas = tas_from_cas(cas, pressure_pa(ALT_FT), density_kgpm3(ALT_FT))

    def second(self) -> Point:
        """Fly one; returns how far it moved east and north."""
        kind = aircraft_type(self.row["type"], ALT_FT)
        low, step = kind.tas_grid_kt
        place = min(max((self.tas - low) / step, 0.0), 22.999999)
        left = int(place)
        table = kind.acceleration_mps2
        most = (table[left] + (place - left) * (table[left + 1] - table[left])) / 0.514444
        self.tas += min(max(self.commanded_tas - self.tas, -most), most)
        turn = (self.commanded_heading - self.heading + 180.0) % 360.0 - 180.0
        most = math.degrees(9.80665 * math.tan(math.radians(25.0)) / (self.tas * 0.514444))
        self.heading = (self.heading + min(max(turn, -most), most)) % 360.0
        east = (self.tas * math.sin(math.radians(self.heading)) + self.wind_kt[0]) / 3600.0
        north = (self.tas * math.cos(math.radians(self.heading)) + self.wind_kt[1]) / 3600.0
        self.east, self.north = self.east + east, self.north + north
        if self.active:
            self.flown_nm, self.seconds = self.flown_nm + math.hypot(east, north), self.seconds + 1
        return east, north

    def look_for_waypoint(self, leave: bool) -> None:
        distance = math.dist((self.east, self.north), (self.row["waypoint_east_nm"], self.row["waypoint_north_nm"]))
        if self.active and distance <= 1.0:
            self.active, self.present, self.arrival_distance = False, not leave, distance
            self.commanded_heading, self.commanded_tas = self.heading, self.tas


@dataclass
class SlowEpisode:
    """One episode: states[k][a] are the recording's rows, changes[k][a] the commands of step k."""

    recording: pd.DataFrame
    wind_kt: Point = (0.0, 0.0)
    leave: bool = False
    pair_separation: list[dict[Pair, float]] = field(default_factory=list)
    los_seconds: int = 0

    def __post_init__(self) -> None:
        rows = self.recording.to_dict("records")
        self.num_steps = rows[-1]["step"]
        self.states = [[row for row in rows if row["step"] == step] for step in range(self.num_steps + 1)]
        self.num_aircraft = len(self.states[0])
        self.pairs = list(itertools.combinations(range(self.num_aircraft), 2))
        self.changes = [[self._change(k, a) for a in range(self.num_aircraft)] for k in range(self.num_steps)]
        self._fly_again()

    def _change(self, k: int, a: int) -> Point:
        """The command of step k, which the recording holds in the row after it; below 3 degrees and 3 kt none."""
        after = self.states[k + 1][a]
        turn, speed = 18.0 * after["action_heading"], 10.0 * after["action_speed"]
        if not self.states[k][a]["active"]:
            return 0.0, 0.0
        return turn if abs(turn) >= 3.0 else 0.0, speed if abs(speed) >= 3.0 else 0.0

    def _fly_again(self) -> None:
        self.fleet = [Aircraft(row, self.wind_kt) for row in self.states[0]]
        for k in range(self.num_steps):
            self.pair_separation.append({})
            for a, aircraft in enumerate(self.fleet):
                aircraft.command(self.changes[k][a], self.states[k][a]["cas_kt"])
            for _ in range(10):
                self._second()
            for a, aircraft in enumerate(self.fleet):
                row = self.states[k + 1][a]
                off = math.dist((aircraft.east, aircraft.north), (row["east_nm"], row["north_nm"]))
                assert off < 1e-6, f"flown again, aircraft {a} is {off} NM off after step {k}"

    def _second(self) -> None:
        before = [(aircraft.east, aircraft.north) for aircraft in self.fleet]
        moves = [aircraft.second() if aircraft.present else (0.0, 0.0) for aircraft in self.fleet]
        lost = False
        for a, b in self.pairs:
            if self.fleet[a].present and self.fleet[b].present:
                offset = (before[b][0] - before[a][0], before[b][1] - before[a][1])
                move = (moves[b][0] - moves[a][0], moves[b][1] - moves[a][1])
                closest = closest_of_segment(offset, move)
                self.pair_separation[-1][a, b] = min(closest, self.pair_separation[-1].get((a, b), math.inf))
                lost = lost or closest < 5.0
        self.los_seconds += lost
        for aircraft in self.fleet:
            aircraft.look_for_waypoint(self.leave)

    def relative(self, k: int, pair: Pair) -> tuple[Point, Point]:
        """Position (NM) and velocity (NM/s) of the pair's second relative to its first at state k."""
        one, two = (self.states[k][a] for a in pair)
        offset = (two["east_nm"] - one["east_nm"], two["north_nm"] - one["north_nm"])
        speeds = [(row["tas_kt"] / 3600.0, math.radians(row["heading_deg"])) for row in (one, two)]
        (v_one, h_one), (v_two, h_two) = speeds
        return offset, (
            v_two * math.sin(h_two) - v_one * math.sin(h_one),
            v_two * math.cos(h_two) - v_one * math.cos(h_one),
        )

    def both(self, k: int, pair: Pair, flag: str) -> bool:
        return all(self.states[k][a][flag] for a in pair)


def closest_of_segment(offset: Point, move: Point) -> float:
    """Smallest distance from the origin of the straight way from `offset` to `offset + move`."""
    length = move[0] ** 2 + move[1] ** 2
    part = 0.0 if length == 0 else -(offset[0] * move[0] + offset[1] * move[1]) / length
    part = min(1.0, max(0.0, part))
    return math.hypot(offset[0] + part * move[0], offset[1] + part * move[1])


def inside(offset: Point, velocity: Point, zone_nm: float) -> tuple[float, float] | None:
    """From when to when (s) the distance is below the zone: the roots of |r + v t|^2 = zone^2; None: never."""
    a = velocity[0] ** 2 + velocity[1] ** 2
    b = 2.0 * (offset[0] * velocity[0] + offset[1] * velocity[1])
    c = offset[0] ** 2 + offset[1] ** 2 - zone_nm**2
    if math.sqrt(a) < 0.1 / 3600.0:
        return (-math.inf, math.inf) if c < 0 else None
    root = b * b - 4 * a * c
    return ((-b - math.sqrt(root)) / (2 * a), (-b + math.sqrt(root)) / (2 * a)) if root > 0 else None


def closest_point(offset: Point, velocity: Point) -> tuple[float, float]:
    """TCPA (s) and DCPA (NM)."""
    speed = math.hypot(*velocity)
    if speed < 0.1 / 3600.0:
        return 0.0, math.hypot(*offset)
    along = (offset[0] * velocity[0] + offset[1] * velocity[1]) / speed
    return -along / speed, math.sqrt(max(0.0, offset[0] ** 2 + offset[1] ** 2 - along**2))


def in_conflict(episode: SlowEpisode, k: int, pair: Pair, zone_nm: float) -> bool:
    if not episode.both(k, pair, "present"):
        return False
    span = inside(*episode.relative(k, pair), zone_nm)
    foreseen = span is not None and span[1] > 0 and span[0] < 300.0
    return foreseen or episode.pair_separation[k][pair] < 5.0


def slow_conflicts(episode: SlowEpisode) -> list[dict]:
    """Rows as in envs.airspace.evaluation.conflicts, ordered by pair and time."""
    flagged = {
        (k, pair) for k in range(episode.num_steps) for pair in episode.pairs if in_conflict(episode, k, pair, 5.0)
    }
    rows = []
    for pair in episode.pairs:
        steps = [k for k in range(episode.num_steps) if (k, pair) in flagged]
        for first in [k for k in steps if k - 1 not in steps]:
            last = next(k for k in itertools.count(first) if k not in steps)
            rows.append(slow_conflict(episode, pair, first, last, flagged))
    return rows


def slow_conflict(episode: SlowEpisode, pair: Pair, first: int, last: int, flagged: set[tuple[int, Pair]]) -> dict:
    offset, velocity = episode.relative(first, pair)
    span = inside(offset, velocity, 5.0)
    foreseen = span is not None and span[1] > 0 and span[0] < 300.0
    tcpa_s, dcpa_nm = closest_point(offset, velocity)
    smallest = min(episode.pair_separation[k][pair] for k in range(first, last))
    return {
        "aircraft_a": pair[0],
        "aircraft_b": pair[1],
        "time_in_s": 10.0 * first,
        "time_out_s": 10.0 * last,
        "time_to_entry_s": max(0.0, span[0]) if foreseen else math.nan,
        "dcpa_nm": dcpa_nm,
        "tcpa_s": tcpa_s,
        "min_separation_nm": smallest,
        "los": smallest < 5.0,
        "severity": max(0.0, (5.0 - smallest) / 5.0),
        "secondary": any(k == first - 1 and set(other) & set(pair) for k, other in flagged),
        "open": last == episode.num_steps or not episode.both(last, pair, "present"),
    }


def slow_safety(episode: SlowEpisode) -> dict:
    closest = {pair: min(step.get(pair, math.inf) for step in episode.pair_separation) for pair in episode.pairs}
    smallest = min(closest.values(), default=math.inf)
    return {
        "min_separation_nm": smallest,
        "los": smallest < 5.0,
        "los_pairs": sum(distance < 5.0 for distance in closest.values()),
        "los_seconds": episode.los_seconds,
        "below_1nm": smallest < 1.0,
        "near_mid_air": smallest * 1852.0 < 500.0 * 0.3048,
    }


def slow_mission(episode: SlowEpisode) -> dict:
    arrived = [aircraft for aircraft in episode.fleet if aircraft.arrival_distance is not None]
    straight = [
        math.dist(
            (plane.row["east_nm"], plane.row["north_nm"]),
            (plane.row["waypoint_east_nm"], plane.row["waypoint_north_nm"]),
        )
        - plane.arrival_distance
        for plane in arrived
    ]
    efficiency = [direct / plane.flown_nm for direct, plane in zip(straight, arrived, strict=True)]
    return {
        "arrived_share": len(arrived) / episode.num_aircraft,
        "all_arrived": len(arrived) == episode.num_aircraft,
        "flight_time_s": sum(plane.seconds for plane in arrived) / len(arrived) if arrived else math.nan,
        "flight_hours": sum(plane.seconds for plane in episode.fleet) / 3600.0,
        "track_nm": sum(plane.flown_nm for plane in episode.fleet) / episode.num_aircraft,
        "arrivals": len(arrived),
        "path_efficiency": sum(efficiency) / len(arrived) if arrived else math.nan,
        "detour_nm": (sum(plane.flown_nm for plane in arrived) - sum(straight)) / len(arrived) if arrived else math.nan,
        "fuel_kg": sum(slow_fuel(episode, a) for a in range(episode.num_aircraft)) / episode.num_aircraft,
    }


def slow_fuel(episode: SlowEpisode, a: int) -> float:
    name, left_s, burnt = episode.states[0][a]["type"], episode.fleet[a].seconds, 0.0
    mass = 0.5 * (prop.aircraft(name)["oew"] + prop.aircraft(name)["mtow"])
    model = FuelFlow(name)
    for k in range(episode.num_steps):
        seconds = min(10.0, left_s)
        if seconds > 0:
            before, after = (episode.states[state][a]["tas_kt"] for state in (k, k + 1))
            acceleration = (after - before) * 0.514444 / seconds
            burnt += seconds * model.enroute(mass=mass, tas=0.5 * (before + after), alt=ALT_FT, acc=acceleration)
        left_s -= seconds
    return burnt


def is_instruction(change: Point) -> bool:
    return abs(change[0]) >= 3.0 or abs(change[1]) >= 5.0


def is_at_limit(row: dict) -> bool:
    kind = aircraft_type(row["type"], ALT_FT)
    return min(row["cas_kt"] - kind.cas_min_kt, kind.cas_max_kt - row["cas_kt"]) < 3.0


def slow_control(episode: SlowEpisode) -> dict:
    total, gaps, consecutive, reversals, at_limit_s = 0, [], 0, 0, 0.0
    for a in range(episode.num_aircraft):
        given = [k for k in range(episode.num_steps) if is_instruction(episode.changes[k][a])]
        total += len(given)
        gaps += [10.0 * (after - before) for before, after in itertools.pairwise(given)]
        left_s = episode.fleet[a].seconds
        for k in range(episode.num_steps):
            at_limit_s += is_at_limit(episode.states[k][a]) * min(10.0, max(0.0, left_s - 10.0 * k))
        for axis, least in ((0, 3.0), (1, 5.0)):
            values = [episode.changes[k][a][axis] for k in range(episode.num_steps)]
            for one, two in itertools.pairwise(values):
                if abs(one) >= least and abs(two) >= least:
                    consecutive += 1
                    reversals += math.copysign(1, one) != math.copysign(1, two)
    return {
        "instructions": total,
        "instructions_per_flight": total / episode.num_aircraft,
        "min_instruction_gap_s": min(gaps, default=math.nan),
        "consecutive": consecutive,
        "reversals": reversals,
        "oscillation": reversals / consecutive if consecutive else math.nan,
        "hours_at_limit": at_limit_s / 3600.0,
    }


def manoeuvres(episode: SlowEpisode, k: int, a: int) -> bool:
    row, change = episode.states[k][a], episode.changes[k][a]
    east, north = row["waypoint_east_nm"] - row["east_nm"], row["waypoint_north_nm"] - row["north_nm"]

    def off(heading_deg: float) -> float:
        """The angle between the waypoint and a heading, by the scalar product of directions."""
        cosine = (
            east * math.sin(math.radians(heading_deg)) + north * math.cos(math.radians(heading_deg))
        ) / math.hypot(east, north)
        return math.degrees(math.acos(min(1.0, max(-1.0, cosine))))

    nearer = off(row["heading_deg"]) - off(row["heading_deg"] + change[0])
    return is_instruction(change) and nearer <= 1.0


def near(episode: SlowEpisode, k: int, pair: Pair, zone_nm: float, flag: str) -> bool:
    tcpa_s, dcpa_nm = closest_point(*episode.relative(k, pair))
    return episode.both(k, pair, flag) and 0.0 <= tcpa_s <= 120.0 and dcpa_nm < zone_nm


def two_of_three(steps: set[int], last: int) -> set[int]:
    return {k for k in range(last) if len({k - 2, k - 1, k} & steps) >= 2}


def slow_study(episode: SlowEpisode) -> dict:
    every = range(episode.num_steps)
    truth = {k for k in every if any(near(episode, k, pair, 5.0, "active") for pair in episode.pairs)}
    acting = {
        k
        for k in every
        for pair in episode.pairs
        for a in pair
        if manoeuvres(episode, k, a) and near(episode, k, pair, 6.0, "present")
    }
    smallest = [min(step.values(), default=math.inf) for step in episode.pair_separation]
    found = slow_match(truth, two_of_three(acting, episode.num_steps), set(every), smallest)
    return slow_rates("study", [found])


def slow_state_based(episode: SlowEpisode) -> dict:
    every, found = range(episode.num_steps), []
    for a in range(episode.num_aircraft):
        own = [pair for pair in episode.pairs if a in pair]
        watched = {k for k in every if episode.states[k][a]["active"]}
        truth = {k for k in watched if any(in_conflict(episode, k, pair, 5.0) for pair in own)}
        acting = {
            k
            for k in watched
            for pair in own
            if in_conflict(episode, k, pair, 6.0) and any(manoeuvres(episode, k, b) for b in pair)
        }
        smallest = [
            min((step.get(pair, math.inf) for pair in own), default=math.inf) for step in episode.pair_separation
        ]
        found.append(slow_match(truth, two_of_three(acting, episode.num_steps) & watched, watched, smallest))
    return slow_rates("state_based", found)


def windows(steps: set[int], growth: int, watched: set[int]) -> list[tuple[set[int], int]]:
    """Runs of steps, grown within the watch, each with its first step before growing."""
    runs = []
    for first in sorted(k for k in steps if k - 1 not in steps):
        after = next(k for k in itertools.count(first) if k not in steps)
        runs.append((set(range(first - growth, after + growth)) & watched, first))
    return runs


def slow_match(truth: set[int], alert: set[int], watched: set[int], smallest: list[float]) -> dict:
    truths, alerts, lead, resolved, free = windows(truth, 3, watched), windows(alert, 1, watched), [], 0, []
    free = list(alerts)
    for steps, first in truths:
        fitting = [one for one in free if len(steps & one[0]) / len(steps | one[0]) >= 0.3]
        if fitting:
            best = max(fitting, key=lambda one: len(steps & one[0]) / len(steps | one[0]))
            free.remove(best)
            lead.append(10.0 * (first - best[1]))
            later = [k for k in sorted(watched) if k > max(steps)][:6] or sorted(watched)[-6:]
            resolved += all(smallest[k] >= 5.0 for k in later)
    return {
        "truth_windows": len(truths),
        "alert_windows": len(alerts),
        "lead": lead,
        "resolved": resolved,
        "alert_s": 10.0 * len(alert),
        "watched_s": 10.0 * len(watched),
    }


def slow_rates(variant: str, found: list[dict]) -> dict:
    total = {name: sum(one[name] for one in found) for name in found[0] if name != "lead"}
    lead = [seconds for one in found for seconds in one["lead"]]

    def part(some: float, whole: float) -> float:
        return some / whole if whole else math.nan

    truths, alerts, matched = total["truth_windows"], total["alert_windows"], len(lead)
    rates = total | {
        "matched": matched,
        "false_alerts": alerts - matched,
        "missed": truths - matched,
        "precision": part(matched, alerts),
        "recall": part(matched, truths),
        "f1": part(2 * matched, truths + alerts),
        "duty_cycle": part(total["alert_s"], total["watched_s"]),
        "lead_time_s": part(sum(lead), matched),
        "resolved_share": part(total["resolved"], matched),
    }
    return {f"{variant}_{name}": value for name, value in rates.items()}
