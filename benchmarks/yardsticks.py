"""At which settings are the rules best? Grids of look-aheads and margins on validation, and loss against way.

Usage: `make yardsticks`, which first draws the sets. Prints tables, and draws docs/yardsticks.svg. The cost is that by
which training chooses a policy's weights: the share of episodes that lose separation, plus that of aircraft that do not
arrive; of equals the higher return. Beside them stand the policy that comes along, and the proofs that came with the
episodes: joint plans made before the start, the first that worked and not the shortest. No test set is flown.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from envs.airspace.baselines.direct import Direct
from envs.airspace.baselines.reciprocal import Reciprocal
from envs.airspace.baselines.settings import Mvp, Orca
from envs.airspace.baselines.voltage_potential import VoltagePotential
from envs.ground.doors import scenarios as proving
from envs.ground.doors import simulation
from envs.ground.outcomes import failures, means, preference
from envs.ground.play import Episodes, Space
from envs.ground.steering import Nothing
from pipeline.evaluation.figures import by_set
from pipeline.evaluation.judged import Judged
from pipeline.evaluation.measuring import Contestant, play_measured
from pipeline.export.policy_file import read_policy
from pipeline.ground.files import read_parquet, write_text
from pipeline.ground.paths import PARAMS, scenarios
from pipeline.ground.progress import say
from pipeline.pictures.panels import INK, drawing, panels, svg
from pipeline.scenarios.proofs import way_of
from pipeline.scenarios.sets import TRAIN, read_training_sets
from pipeline.settings.params import read_params
from pipeline.settings.worlds import simulation_settings

WORLD, SET = "airspace", "validation"
LOOK_AHEADS_S = (120.0, 180.0, 240.0, 300.0, 420.0, 600.0, 900.0)
MARGINS = (1.0, 1.05, 1.1, 1.15, 1.2, 1.3, 1.4, 1.5, 1.7)
COLOURS = {"mvp": "#8b5fbf", "orca": "#b5542c", "policy": "#2f7fc1", "proofs": "#14745a"}
PICTURE, POLICY = Path("docs/yardsticks.svg"), Path("champions/airspace/generic/policy.onnx")
LEAST_LOSS = 0.0005
"""Where the picture shows rates of 0, which has no place on a logarithmic axis."""
COLUMNS = {
    "los_rate": "loss, %",
    "arrived_share": "aircraft arrive, %",
    "all_arrived_rate": "all arrive, %",
    "extra_track_nm": "extra way, NM",
    "instructions_per_flight": "instructions",
    "cost": "cost, %",
}
IN_PERCENT = ("los_rate", "arrived_share", "all_arrived_rate", "cost")


@dataclass(frozen=True)
class Course:
    """What is flown in, how it is judged, and which episodes."""

    space: Space
    judged: Judged
    episodes: Episodes
    confidence: float
    worlds_per_block: int

    def fly(self, by: Contestant) -> pd.DataFrame:
        """The episodes, measured."""
        played = play_measured(self.space, self.episodes, by, self.judged.evaluation, self.worlds_per_block)
        return played.episodes.assign(set=SET, mode=by.mode)


def course() -> Course:
    """As params.yaml and the stage scenarios have it."""
    params, own = read_params(PARAMS), simulation(WORLD)
    settings = simulation_settings(params, WORLD, str(PARAMS))
    seeds = read_training_sets(own, scenarios(WORLD) / TRAIN).drawn[SET]
    wanted = params.evaluate
    judged = Judged.of(WORLD, settings)
    return Course(Space(own, settings), judged, Episodes.drawn(seeds), wanted.confidence, wanted.worlds_per_block)


def grid() -> Iterator[tuple[str, float, float, Contestant]]:
    """Each rule at each setting: its name, look-ahead (s) and margin, and who flies."""
    for look_ahead_s, margin in itertools.product(LOOK_AHEADS_S, MARGINS):
        mvp = VoltagePotential(Mvp(look_ahead_s=look_ahead_s, margin=margin))
        orca = Reciprocal(Orca(time_horizon_s=look_ahead_s, margin=margin))
        for name, rule in (("mvp", mvp), ("orca", orca)):
            yield name, look_ahead_s, margin, Contestant(name, rule)


def flown(on: Course) -> pd.DataFrame:
    """A row per rule and setting, then one of the policy that comes along, and one of the proofs."""
    references = pd.concat([on.fly(Contestant("hold", Nothing())), on.fly(Contestant("direct", Direct()))])
    rows = []
    for name, look_ahead_s, margin, by in grid():
        setting = {"rule": name, "look_ahead_s": look_ahead_s, "margin": margin}
        rows.append(setting | figures(on, on.fly(by), references))
        say(f"{name} {look_ahead_s:g} s, margin {margin:g}: cost {rows[-1]['cost']:.4f}")
    policy, _ = read_policy(POLICY)
    others = {"policy": on.fly(Contestant("policy", policy)), "proofs": proven(on)}
    rows += [{"rule": name} | figures(on, episodes, references) for name, episodes in others.items()]
    return pd.DataFrame(rows)


def proven(on: Course) -> pd.DataFrame:
    """The episodes as they were proven to be solvable, measured."""
    plans = read_parquet(scenarios(WORLD) / TRAIN / f"{SET}.parquet", ("plan",))["plan"]
    ways, parts = plans.map(way_of), []
    for _, own in ways.groupby(plans.where(ways.map(lambda way: way.method) != "search", "search")):
        rows, by = own.index.to_numpy(), Contestant("proofs", proving(WORLD).steering_of(list(own)))
        part = replace(on, episodes=on.episodes.take(rows)).fly(by)
        parts.append(part.assign(episode=rows[part["episode"]]))
    return pd.concat(parts, ignore_index=True)


def figures(on: Course, episodes: pd.DataFrame, references: pd.DataFrame) -> dict[str, Any]:
    """What evaluation tells of the episodes of one mode, the cost, and by what settings are compared."""
    (mode,), outcomes = episodes["mode"].unique(), on.judged.outcomes
    told = by_set(pd.concat([references, episodes], ignore_index=True), on.judged, on.confidence)[SET][mode]
    over = means(episodes, outcomes)
    return told | {"cost": failures(over, outcomes), "preference": preference(over, outcomes)}


def front(table: pd.DataFrame) -> pd.DataFrame:
    """The settings of one rule beside which no other has both less loss and less way, by way."""
    ordered = table.sort_values(["extra_track_nm", "los_rate"])
    return ordered[ordered["los_rate"] < ordered["los_rate"].cummin().shift(fill_value=np.inf)]


def best(table: pd.DataFrame) -> pd.DataFrame:
    """The setting of one rule that costs least."""
    return table.loc[[max(table.index, key=lambda row: table["preference"][row])]]


def markdown(table: pd.DataFrame) -> str:
    """The rows as a table of Markdown."""
    header = ["look-ahead, s", "margin", *COLUMNS.values()]
    lines = [header, ["---"] * len(header)]
    for row in table.to_dict("records"):
        shown = [100.0 * row[name] if name in IN_PERCENT else row[name] for name in COLUMNS]
        setting = [f"{row[name]:g}" if row[name] == row[name] else "" for name in ("look_ahead_s", "margin")]
        lines.append([*setting, *(f"{value:.2f}" for value in shown)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


@drawing
def draw(table: pd.DataFrame) -> str:
    """Loss over way as SVG: a dot per setting, a line along each front, a ring around what costs least."""
    figure, (axes,) = panels(1, 1, 8.0, 4.2)
    for name, colour in COLOURS.items():
        own = table[table["rule"] == name]
        _dots(axes, own, {"color": colour, "s": 14})
        _dots(axes, best(own), {"edgecolors": colour, "facecolors": "none", "linewidths": 1.6, "s": 90})
        along = front(own)
        axes.plot(along["extra_track_nm"], along["los_rate"].clip(lower=LEAST_LOSS), color=colour, label=name)
    axes.set_yscale("log")
    axes.set_yticks([0.0005, 0.001, 0.01, 0.1], ["none", "0.1 %", "1 %", "10 %"])
    axes.set_xlabel("extra way above direct, NM per aircraft", fontsize=9, color=INK)
    axes.set_ylabel("episodes with loss of separation", fontsize=9, color=INK)
    axes.legend(fontsize=9, frameon=False, labelcolor=INK)
    figure.tight_layout()
    return svg(figure)


def _dots(axes: Any, rows: pd.DataFrame, style: dict[str, Any]) -> None:
    axes.scatter(rows["extra_track_nm"], rows["los_rate"].clip(lower=LEAST_LOSS), **style)


def main() -> None:
    """Print the fronts and what costs least; draw the picture."""
    table = flown(course())
    for name in ("mvp", "orca"):
        own = table[table["rule"] == name]
        print(f"\n{name}: the front\n\n{markdown(front(own))}\n\nleast cost\n\n{markdown(best(own))}")
    for name in ("policy", "proofs"):
        print(f"\n{name}\n\n{markdown(table[table['rule'] == name])}")
    write_text(PICTURE, draw(table))


if __name__ == "__main__":
    main()
