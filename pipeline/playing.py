"""An exported policy in a scenario file: played, in one simulator or two, and told in figures and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from envs.ground import doors
from envs.ground.outcomes import Outcome
from envs.ground.outside import OWN
from envs.ground.play import Episodes, Played, Space, play
from envs.ground.policy import Policy
from envs.ground.steering import Steering
from pipeline.export.policy_file import PolicyFile
from pipeline.ground.checks import known
from pipeline.ground.files import write_parquet

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.policies.envelope import Watched


def play_export(
    acts: Steering,
    policy: Policy,
    described: PolicyFile,
    scenario: Any,
    episodes: Episodes,
    stochastic: bool,
    simulator: str,
) -> dict[str, Played]:
    """The episodes as played here, and by another simulator where one is named, which takes the bare policy."""
    world, outside = described.simulation, doors.outside(described.world)
    known(simulator, [OWN, *outside.simulators], "--simulator")
    space = Space(world, described.simulation_settings, (scenario,), described.discount)
    there = {}
    if simulator != OWN:  # first: it may not be installed
        there[simulator] = outside.play(simulator, space, episodes, policy, stochastic=stochastic)
    here = play(space, episodes, acts, stochastic=stochastic, record=range(len(episodes)))
    return {OWN: here} | there


def figures_of(episodes: pd.DataFrame, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Over episodes: outcomes by `Outcome.figure`, and means of whatever else the world counts; null: no number."""
    found = {outcome.figure: getattr(episodes[outcome.name], outcome.over)() for outcome in outcomes}
    named = {"episode", "episode_seed", *(outcome.name for outcome in outcomes)}
    rest = [str(name) for name in episodes.select_dtypes(["number", "bool"]) if name not in named]
    found |= {name: episodes[name].mean() for name in rest}
    numbers = {name: float(value) if np.isfinite(value) else None for name, value in found.items()}
    return {"scenario": str(episodes["scenario"].iloc[0]), "episodes": len(episodes), **numbers}


def watched_figures(watched: Watched, rule: str) -> dict[str, Any]:
    """What was seen of a policy's envelope, as it stands among figures."""
    first = {"first_outside": f"{watched.first}; {rule} took over"} if watched.outside else {}
    return {"agent_decisions": watched.decisions, "agent_decisions_outside": watched.outside} | first


def write_recordings(path: Path, recordings: Mapping[int, pd.DataFrame]) -> None:
    """Write recorded episodes, by row, as one Parquet file; the column `episode` tells them apart."""
    import pandas as pd

    frames = [frame.assign(episode=row) for row, frame in recordings.items()]
    write_parquet(path, pd.concat(frames, ignore_index=True))


def write_animation(path: Path, world: str, recording: pd.DataFrame, name: str, source: str) -> None:
    """Write an episode called `name` as a page or a film, by the ending of the file's name."""
    from pipeline.pictures.viewing import scenes_of, write_view

    write_view(path, scenes_of(world, {name: recording}), title=name, source=source)


def words(figures: dict[str, dict[str, Any]], outcomes: Sequence[Outcome], step_s: float) -> str:
    """The outcomes in one simulator, or in several side by side, and how long episodes are."""
    first = next(iter(figures.values()))
    rows = {outcome.words: [_said(outcome, own[outcome.figure]) for own in figures.values()] for outcome in outcomes}
    rows["mean length"] = [_length(own["steps"], step_s) for own in figures.values()]
    if first.get("agent_decisions_outside"):
        shares = f"{first['agent_decisions_outside']} of {first['agent_decisions']} decisions"
        rows |= {"outside of what was tested": [shares], "for the first time": [first["first_outside"]]}
    if "decisions" in first:
        share = first["decisions_changed"] / max(1, first["decisions"])
        rows["decisions changed"] = [f"{first['decisions_changed']} of {first['decisions']} ({share:.1%})"]
        rows["without a plan in hand"] = [f"{first['decisions_without_plan']}"]
    rows = ({"": list(figures)} if len(figures) > 1 else {}) | rows
    wide = max(map(len, rows))
    lines = [f"{first['scenario']}: {first['episodes']} episode(s)"]
    for label, values in rows.items():
        lines.append(f"  {label:<{wide}}" + "".join(f"  {v:>20}" if len(values) > 1 else f"  {v}" for v in values))
    return "\n".join(lines)


def _said(outcome: Outcome, value: float | None) -> str:
    if value is None:
        return "none"
    return f"{value:.2f} {outcome.unit}".rstrip() if outcome.kind == "number" else f"{value:.1%}"


def _length(steps: float, step_s: float) -> str:
    return f"{steps:g} steps" if np.isnan(step_s) else f"{steps:g} steps, {steps * step_s:g} s"
