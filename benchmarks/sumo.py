"""SUMO beside the roads: its car-following and ours on the same road, and whoever drives, in SUMO, on the same flows.

`make sumo` prints two tables. The first fails outside its bars. SUMO's IDM has our parameters; both simulate ticks of
0.1 s, ours decides each 0.2 s.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from envs.ground.play import Episodes, Space, play
from envs.ground.steering import Steering, as_steering
from envs.ground.world import DRAWN
from envs.roads.baselines.room import BASELINES
from envs.roads.baselines.rules import CarFollowing
from envs.roads.baselines.settings import Idm
from envs.roads.outside.sumo.driving import OWN, Driven, drive
from envs.roads.simulation.batch import RoadsBatch
from envs.roads.simulation.geometry.building import roads_of
from envs.roads.simulation.geometry.ground_plans import LightTimes, LinesGround, LineWay
from envs.roads.simulation.geometry.road_settings import FamilyWeights
from envs.roads.simulation.geometry.scenario import Scenario
from envs.roads.simulation.room import SIMULATION
from envs.roads.simulation.settings import STEP_S, RoadsSettings
from pipeline.export.policy_file import read_policy
from pipeline.ground.paths import PARAMS
from pipeline.scenarios.sets import draw_seeds
from pipeline.settings.params import read_params
from pipeline.settings.worlds import baselines_settings, simulation_settings

BARS = {"position_m": 1.4, "speed_mps": 0.5}
"""A tick of 0.1 s at the limit, and the speed that hard braking takes within one."""
LIMIT_MPS, ROAD_M, LINE_M = 13.9, 700.0, 300.0
FAMILIES = ("four_arms", "tee", "signals")
LED = ((10.0, 12.0), (15.0, 3.0), (23.0, 3.0), (31.0, 12.0), (60.0, 12.0))
"""Until when (s) the leader comes to which speed (m/s), evenly."""


class Leading:
    """Lets the first car drive as LED says, and a rule the others."""

    def __init__(self, others: Steering) -> None:
        """See the class."""
        self._others = others

    def begin(self, batch: RoadsBatch, first: int) -> None:
        """See Steering.begin."""
        self._others.begin(batch, first)

    def steer(self, batch: RoadsBatch, noise: np.ndarray | None) -> np.ndarray:
        """See Steering.steer."""
        actions = self._others.steer(batch, noise)
        now = float(batch.steps[0]) * STEP_S
        wanted = (led_mps(now + STEP_S) - float(batch.worlds.speed_mps[0, 0])) / STEP_S
        limits = batch.settings.actions
        most = limits.max_acceleration_mps2 if wanted > 0.0 else limits.max_braking_mps2
        actions[0, 0] = np.clip(wanted / most, -1.0, 1.0), 0.0
        return actions


def led_mps(time_s: float) -> float:
    """The leader's speed."""
    times, speeds = np.array([(0.0, 12.0), *LED]).T
    return float(np.interp(time_s, times, speeds))


def straight_road(light: bool) -> LinesGround:
    """A straight road; with a light that is red for 30 s."""
    lamp = LightTimes(cycle_s=300.0, green_from_s=40.0, green_until_s=290.0, amber_s=3.0)
    way = LineWay(
        entry=0,
        exit=0,
        line_m=((0.0, 0.0), (ROAD_M, 0.0)),
        limits=((0.0, LIMIT_MPS),),
        stop_m=LINE_M if light else None,
        light=0 if light else None,
    )
    sides = tuple(((0.0, side), (ROAD_M, side)) for side in (2.0, -2.0))
    return LinesGround(
        family="map",
        lane_m=3.5,
        limit_mps=LIMIT_MPS,
        touch_m=2.0,
        ways=(way,),
        lamps=(lamp,) if light else (),
        before=(),
        edges_m=sides,
        middle_m=(),
        aside_m=1.5,
    )


def platoon(name: str, num_cars: int, speed_mps: float, gap_m: float, light: bool) -> Scenario:
    """Cars of 4.5 m one behind the other, the first 30 + 4 (gap + 4.5) m along the road at most."""
    begin = 100.0 - np.arange(num_cars) * (gap_m + 4.5)
    return Scenario(
        name=name,
        roads=roads_of(straight_road(light), name),
        ids=tuple(f"CAR{a}" for a in range(num_cars)),
        route=np.zeros(num_cars),
        entry_step=np.zeros(num_cars),
        s_m=begin,
        speed_mps=np.full(num_cars, speed_mps),
        length_m=np.full(num_cars, 4.5),
        width_m=np.full(num_cars, 1.8),
    )


def idm_of(idm: Idm) -> dict[str, str]:
    """SUMO's IDM with our parameters."""
    values = {"accel": idm.acceleration_mps2, "decel": idm.braking_mps2, "tau": idm.headway_s, "minGap": idm.spacing_m}
    told = {name: f"{value:g}" for name, value in (values | {"delta": idm.exponent, "emergencyDecel": 9.0}).items()}
    return {"carFollowModel": "IDM", "speedFactor": "1", "speedDev": "0", "maxSpeed": "60", **told}


def compare(name: str, scenario: Scenario, led: bool, idm: Idm, settings: RoadsSettings) -> pd.DataFrame:
    """Differences of position and speed of cars that follow, by step and car, SUMO's less ours."""
    steering: Steering = CarFollowing(idm)
    if led:
        steering = Leading(steering)
    space = Space(SIMULATION, settings, (scenario,))
    ours = play(space, Episodes.of_scenarios([0], 1, 0), steering, record=[0]).recordings[0]
    drivers = {a: OWN if led and a == 0 else "idm" for a in range(scenario.num_cars)}
    theirs = drive(scenario, {"idm": idm_of(idm)}, drivers, settings, steering if led else None).track
    ours = ours.assign(car=ours["agent"].str.removeprefix("CAR").astype(int))
    both = theirs.merge(ours[ours["active"]], on=["step", "car"], suffixes=("", "_ours"))
    if led:
        both = both[both["car"] > 0]
    return pd.DataFrame(
        {
            "step": both["step"],
            "car": both["car"],
            "position_m": both["x_m"] - both["x_m_ours"],
            "speed_mps": both["speed_mps"] - both["speed_mps_ours"],
        }
    )


def following(idm: Idm, settings: RoadsSettings) -> dict[str, pd.DataFrame]:
    """All comparisons, by what is done."""
    cases = {
        "accelerates on a free road, from 3 m/s": (platoon("free", 1, 3.0, 10.0, False), False),
        "three follow one that slows to 3 m/s": (platoon("follow", 4, 12.0, 26.0, False), True),
        "three stop at a red light, and start": (platoon("light", 3, 12.0, 26.0, True), False),
    }
    return {name: compare(name, *case, idm, settings) for name, case in cases.items()}


def beyond(found: pd.DataFrame) -> list[str]:
    """The differences that go beyond the bars, or of which there is nothing to compare."""
    return [name for name, bar in BARS.items() if not len(found) or found[name].abs().max() > bar]


def drawn(settings: RoadsSettings, number: int) -> list[Scenario]:
    """Episodes of the test split, drawn at junctions that SUMO can have, as scenarios."""
    families = {name: float(name in FAMILIES) for name in type(settings.roads.families).model_fields}
    roads = settings.roads.model_copy(update={"families": FamilyWeights(**families)})
    batch = RoadsBatch(settings.model_copy(update={"roads": roads}), number, 0)
    seeds = draw_seeds(np.random.default_rng(0), "test", number)
    batch.begin(np.arange(number), np.full(number, DRAWN), np.asarray(seeds, np.uint64))
    return [_scenario(batch, world) for world in range(number)]


def _scenario(batch: RoadsBatch, world: int) -> Scenario:
    worlds, count = batch.worlds, int(batch.worlds.num_cars[world])
    fields = {name: getattr(worlds, name)[world, :count] for name in ("route", "entry_step", "s_m", "speed_mps")}
    size = {name: getattr(worlds, name)[world, :count] for name in ("length_m", "width_m")}
    ids = tuple(f"CAR{a}" for a in range(count))
    return Scenario(name=f"drawn{world}", roads=batch.roads[int(worlds.road[world])], ids=ids, **fields, **size)


def flow_table(
    scenarios: Sequence[Scenario],
    who: Mapping[str, tuple[str, Steering | None]],
    idm: Idm,
    settings: RoadsSettings,
) -> Table:
    """Who loses how many cars in SUMO, brings how many to their ends, and how late."""
    page = Table(title=f"{len(scenarios)} drawn junctions in SUMO, {sum(one.num_cars for one in scenarios)} cars")
    for name in ("who drives all cars", "cars lost, %", "episodes that lose one, %", "cars that arrive, %"):
        page.add_column(name, justify="left" if name.startswith("who") else "right")
    page.add_column("mean delay, s", justify="right")
    kinds = {"krauss": {"speedDev": "0", "speedFactor": "1"}, "idm": idm_of(idm)}
    for name, (kind, steering) in who.items():
        found = [drive(one, kinds, dict.fromkeys(range(one.num_cars), kind), settings, steering) for one in scenarios]
        page.add_row(name, *flow_figures(found))
    return page


def flow_figures(found: Sequence[Driven]) -> list[str]:
    """Cells of a row: shares of cars and of episodes, and the mean delay of those that arrive."""
    lost, arrived = (np.concatenate([getattr(one, key) for one in found]) for key in ("lost", "arrived"))
    shares = [lost.mean(), np.mean([one.lost.any() for one in found]), arrived.mean()]
    delay_s = np.nanmean(np.concatenate([one.delay_s for one in found]))
    return [*(f"{100 * share:.1f}" for share in shares), f"{delay_s:.1f}"]


def main() -> None:
    """Print the tables, and fail outside the bars."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--export", type=Path, help="a policy's export, to drive in SUMO, too")
    parser.add_argument("--episodes", type=int, default=60, help="drawn junctions, three families in turn")
    chosen = parser.parse_args()
    params = read_params(PARAMS)
    settings, rules = simulation_settings(params, "roads"), baselines_settings(params, "roads")
    found = following(rules.idm, settings)
    Console(width=140).print(_following_table(found))
    who: dict[str, tuple[str, Steering | None]] = {
        "SUMO's default (Krauss)": ("krauss", None),
        "SUMO's IDM": ("idm", None),
        "our idm_yield": (OWN, BASELINES.make(rules)["idm_yield"]),
    }
    if chosen.export:
        who["our policy"] = (OWN, as_steering(read_policy(chosen.export)[0]))
    Console(width=140).print(flow_table(drawn(settings, chosen.episodes), who, rules.idm, settings))
    outside = [name for name, table in found.items() if beyond(table)]
    if outside:
        sys.exit("outside the bars: " + "; ".join(outside))


def _following_table(found: Mapping[str, pd.DataFrame]) -> Table:
    page = Table(title="SUMO's IDM less ours: largest (95 %)")
    page.add_column("")
    for name, bar in BARS.items():
        page.add_column(f"{name.replace('_', ', ')}\nbar {bar:g}", justify="right")
    page.add_column("samples", justify="right")
    for name, table in found.items():
        sizes = [table[key].abs() for key in BARS]
        cells = [f"{size.max():.2f} ({size.quantile(0.95):.2f})" for size in sizes]
        page.add_row(name, *cells, f"{len(table):,}")
    return page


if __name__ == "__main__":
    main()
