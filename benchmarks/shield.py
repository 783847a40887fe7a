"""What does the net below whoever steers cost, and what does it change? python -m benchmarks.shield [EPISODES]

First milliseconds of processor time on one thread for one joint decision, by number of aircraft, while all turn to the
middle of drawn traffic: there the net has to look for plans most often. Then drawn traffic of the test split, as the
stage evaluate draws its axis by number of aircraft: the policy that comes along and mvp, each with and without the net.
"""

from __future__ import annotations

import sys
import time

import numpy as np
from rich.console import Console
from rich.table import Table

from envs.airspace.baselines.shield.net import Net
from envs.airspace.simulation.batch import AirspaceBatch
from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground import doors
from envs.ground.compiled_world.batch import set_num_threads
from envs.ground.play import Episodes, Space
from envs.ground.policy import Policy
from envs.ground.steering import Steering
from envs.ground.world import DRAWN
from pipeline.evaluation.measuring import Contestant, play_measured
from pipeline.export.policy_file import read_policy
from pipeline.scenarios.sets import draw_seeds
from pipeline.settings.params import read_params
from pipeline.settings.worlds import baselines_settings
from pipeline.shipped.files import params_here, shipped_policy

_SIZES, _TIMED_WORLDS, _TIMED_STEPS = (4, 16, 64), 4, 40
_NUMBERS = (2, 4, 8, 12, 16)
_SEED = 0


class Timed(Net):
    """A net that notes the time of each decision, of one world at a time; whoever steers is not counted."""

    def __init__(self, acts: Policy | Steering) -> None:
        """Hang below `acts`."""
        super().__init__(acts)
        self.milliseconds: list[float] = []

    def steer(self, batch: AirspaceBatch, noise: np.ndarray | None) -> np.ndarray:
        """See Net.steer."""
        started = time.thread_time()
        told = super().steer(batch, noise)
        self.milliseconds.append(1e3 * (time.thread_time() - started))
        return told


class Inward:
    """Everybody turns to the middle of the airspace, which costs next to nothing to say."""

    def begin(self, batch: AirspaceBatch, first: int) -> None:
        """See Steering.begin."""

    def steer(self, batch: AirspaceBatch, noise: np.ndarray | None) -> np.ndarray:
        """See Steering.steer."""
        worlds = batch.worlds
        inward_deg = np.degrees(np.arctan2(-worlds.position[..., 0], -worlds.position[..., 1]))
        turn_deg = (inward_deg - worlds.heading + 180.0) % 360.0 - 180.0
        return np.stack([np.clip(turn_deg / 18.0, -1.0, 1.0), np.zeros_like(turn_deg)], -1)


def of_number(count: int) -> AirspaceSettings:
    """Drawn traffic with exactly so many aircraft."""
    return AirspaceSettings.from_values({"procedural": {"min_aircraft": count, "max_aircraft": count}})


def time_decisions(count: int) -> np.ndarray:
    """Milliseconds (N,) of joint decisions of so many aircraft."""
    net, found = Timed(Inward()), []
    for seed in range(_TIMED_WORLDS):
        batch = AirspaceBatch(of_number(count), 1, seed, discount=1.0)
        batch.begin(np.zeros(1, int), np.full(1, DRAWN), draw_seeds(np.random.default_rng(seed), "test", 1))
        net.begin(batch, 0)
        net.milliseconds.clear()
        for _ in range(_TIMED_STEPS):
            batch.step(net.steer(batch, None))
        found += net.milliseconds[1:] if seed == 0 else net.milliseconds  # the first may compile
    return np.array(found)


def show_times() -> None:
    """Print milliseconds by number of aircraft."""
    table = Table(title="The net: milliseconds of one thread per joint decision, all steering at each other")
    for column in ("aircraft", "median", "mean", "99th percentile", "largest"):
        table.add_column(column, justify="right")
    for count in _SIZES:
        found = time_decisions(count)
        figures = np.median(found), found.mean(), np.percentile(found, 99), found.max()
        table.add_row(str(count), *(f"{figure:.2f}" for figure in figures))
    Console().print(table)


def show_changes(num_episodes: int) -> None:
    """Print losses, arrivals, way and decisions changed, by number of aircraft, with and without the net."""
    policy, _ = read_policy(shipped_policy("airspace"))
    params = params_here()
    rules = doors.baselines("airspace").make(baselines_settings(read_params(params), "airspace", str(params)))
    actors = {"policy": policy, "mvp": rules["mvp"]}
    table = Table(title=f"The net below, {num_episodes} drawn episodes of each number of aircraft")
    names = ("", "aircraft", "episodes with LoS", "aircraft that arrive", "detour, NM", "decisions changed", "no plan")
    for column in names:
        table.add_column(column, justify="right")
    for count in _NUMBERS:
        for name, acts in actors.items():
            table.add_row(name, str(count), *figures_of(count, num_episodes, acts), "", "")
            net = Net(acts)
            told = figures_of(count, num_episodes, net)
            shares = net.tally.changed / net.tally.decisions, net.tally.without_plan / net.tally.decisions
            table.add_row(f"{name}, net below", str(count), *told, *(f"{share:.2%}" for share in shares))
    Console().print(table)


def figures_of(count: int, num_episodes: int, acts: Policy | Steering) -> tuple[str, str, str]:
    """Episodes with loss of separation, aircraft that arrive, and their mean detour."""
    seeds = draw_seeds(np.random.default_rng([_SEED, *f"aircraft_{count}".encode()]), "test", num_episodes)
    space = Space(doors.simulation("airspace"), of_number(count))
    played = play_measured(space, Episodes.drawn(seeds), Contestant("", acts), doors.evaluation("airspace"), 512)
    table = played.episodes
    return f"{table['los'].mean():.1%}", f"{table['arrived_share'].mean():.1%}", f"{table['detour_nm'].mean():.2f}"


def main() -> None:
    """Print both tables."""
    set_num_threads(1)
    show_times()
    show_changes(int(sys.argv[1]) if len(sys.argv) > 1 else 100)


if __name__ == "__main__":
    main()
