"""How often is separation lost in long traffic? python -m benchmarks.sectors [HOURS] [FOLDER OF AN EXPORT]

Sectors of the test split as the stage evaluate draws its axis by density, of so many flight hours each (default 200):
the policy that comes along, or another export, alone and with the net below, and the rules. Losses per flight hour have
exact intervals, which bound the rate where none was seen, too.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from envs.airspace.evaluation.axes import by_density
from envs.ground import doors
from envs.ground.compiled_world.batch import set_num_threads
from envs.ground.play import Episodes, Space
from envs.ground.policy import Policy
from envs.ground.steering import Steering
from pipeline.evaluation.measuring import Contestant, play_measured
from pipeline.export.policy_file import read_policy
from pipeline.scenarios.sets import draw_seeds
from pipeline.settings.params import read_params
from pipeline.settings.worlds import baselines_settings, evaluation_settings, simulation_settings
from pipeline.shipped.files import params_here, shipped_policy

_HOURS, _CONFIDENCE, _WORLDS = 200.0, 0.95, 256
_RULES = ("orca", "mvp")


def rate_interval(count: int, hours: float, confidence: float) -> tuple[float, float]:
    """The exact interval of a rate per hour, of `count` events in so many hours (Garwood, Biometrika 28, 1936)."""
    from scipy.special import gammaincinv

    tail = (1.0 - confidence) / 2.0
    low = gammaincinv(count, tail) if count else 0.0
    return float(low) / hours, float(gammaincinv(count + 1, 1.0 - tail)) / hours


def show(hours: float, export: Path) -> None:
    """Print a row per density and who flies, each as soon as it is flown."""
    params, place = read_params(params_here()), str(params_here())
    settings = simulation_settings(params, "airspace", place)
    sector = evaluation_settings(params, "airspace", place).sector.model_copy(update={"flight_hours": hours})
    policy, described = read_policy(export)
    rules = doors.baselines("airspace").make(baselines_settings(params, "airspace", place))
    actors: dict[str, Policy | Steering] = {
        "policy": policy,
        "policy, net below": doors.shield("airspace").below(policy),
    }
    actors |= {name: rules[name] for name in _RULES}
    table = Table(title=f"Sectors of {hours:g} flight hours at each density, {_CONFIDENCE:.0%} intervals")
    for column in ("density", "", "flight hours", "pairs with LoS", "per hour", "extra way, NM", "arrivals"):
        table.add_column(column, justify="right")
    console = Console()
    for density, (own, count) in by_density(settings, sector).sets.items():
        space = Space(described.simulation, own, (), described.discount)
        seeds = draw_seeds(np.random.default_rng([params.evaluate.seed, int(density)]), "test", count)
        for name, acts in actors.items():
            row = figures_of(space, Episodes.drawn(seeds), Contestant(name, acts))
            table.add_row(f"{density:g}", name, *row)
            console.print(f"{density:g} {name}: {' | '.join(row)}", highlight=False)
    console.print(table)


def figures_of(space: Space, episodes: Episodes, by: Contestant) -> tuple[str, ...]:
    """Flight hours, pairs that lost separation, these per hour, way beyond the straight one, and arrivals."""
    found = play_measured(space, episodes, by, doors.evaluation("airspace"), _WORLDS).episodes
    hours, lost, arrivals = (
        float(found["flight_hours"].sum()),
        int(found["los_pairs"].sum()),
        int(found["arrivals"].sum()),
    )
    low, high = rate_interval(lost, hours, _CONFIDENCE)
    detour = float((found["detour_nm"].fillna(0.0) * found["arrivals"]).sum()) / max(1, arrivals)
    rate = f"{lost / hours:.4f} ({low:.4f} to {high:.4f})"
    return f"{hours:.0f}", str(lost), rate, f"{detour:.2f}", str(arrivals)


if __name__ == "__main__":
    set_num_threads(1)
    show(
        float(sys.argv[1]) if len(sys.argv) > 1 else _HOURS,
        Path(sys.argv[2]) if len(sys.argv) > 2 else shipped_policy("airspace"),
    )
