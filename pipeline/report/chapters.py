"""Gathers what the page about scenarios says of a world, and draws its named scenarios by playing them once more."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from envs.ground import doors
from envs.ground.play import Episodes, Space, play
from envs.ground.scene import Scene
from envs.ground.steering import Nothing, Steering
from envs.ground.world import Simulation
from pipeline.ground import files
from pipeline.pictures.paths import draw_scenario
from pipeline.report.scenario_page import Chapter
from pipeline.scenarios.proofs import way_of
from pipeline.scenarios.proven_sets import named_episodes
from pipeline.scenarios.sets import TRAIN, read_tables, read_training_sets


def read_chapter(world: str, folder: Path, settings: Any) -> Chapter:
    """What there is to say of a world.

    Args:
        folder: what the stage scenarios wrote for it.
        settings: of its simulation.

    Raises:
        FileNotFoundError, ValueError: a file that is missing, or not as the stage scenarios writes it.
    """
    own, words = doors.simulation(world), doors.pictures(world).scenarios
    needed = ("scenario", "num_agents", "conflicting", *words.columns, "solved", "method", "plan", "difficulty")
    solved = _solved(own, settings)
    proofs = files.read_parquet(folder / "proofs.parquet", (*needed, *solved))
    named = read_training_sets(own, folder / TRAIN).named
    pictures = draw_scenarios(world, Space(own, settings, tuple(named.values())), named, proofs)
    return Chapter(world, own.agent, words, solved, proofs, pictures, read_tables(folder))


def draw_scenarios(world: str, space: Space, named: Mapping[str, Any], proofs: pd.DataFrame) -> dict[str, str]:
    """A picture of each named scenario, as SVG: nobody acts, and the way in which it is solved, if one is known."""
    episodes, plans = named_episodes(space, named), proofs.set_index("scenario")["plan"]
    drawn: dict[str, str] = {}
    for n, name in enumerate(named):
        one = episodes.take(slice(n, n + 1))
        solving = doors.scenarios(world).steering_of([way_of(plans[name])]) if plans[name] else None
        nobody = _played(world, space, one, Nothing(), name)
        drawn[name] = draw_scenario(nobody, None if solving is None else _played(world, space, one, solving, name))
    return drawn


def _played(world: str, space: Space, episode: Episodes, steering: Steering, name: str) -> Scene:
    return doors.pictures(world).scene(play(space, episode, steering, record=[0]).recordings[0], name)


def _solved(own: Simulation, settings: Any) -> dict[str, str]:
    """The columns of proofs that tell what came of the way: the world's numbers, and how long it took."""
    numbers = [outcome for outcome in own.outcomes(settings) if outcome.kind == "number"]
    shown = {f"plan_{one.name}": ", ".join(filter(None, (one.words, one.unit))) for one in numbers}
    if np.isfinite(own.step_s):
        return shown | {"plan_time_s": "solved after, s"}
    return shown | {"plan_steps": "solved after, steps"}
