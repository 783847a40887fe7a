"""Plays drawn episodes of training by each pilot, and writes what was seen, done and paid, in a folder of its own."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pyarrow import parquet

from envs.ground import doors
from envs.ground.outcomes import means
from envs.ground.play import Episodes, Space, play
from pipeline.ground.checks import known, told_at
from pipeline.ground.drafts import draft
from pipeline.ground.files import write_text
from pipeline.ground.parts import sha256
from pipeline.ground.progress import say
from pipeline.recording.flight import Flight
from pipeline.recording.pilots import Pilot, pilot
from pipeline.records.columns import Layout
from pipeline.records.described import DESCRIBED, FORMAT, Described, PilotTold
from pipeline.scenarios.sets import draw_seeds
from pipeline.settings.params import Params, train_settings
from pipeline.settings.worlds import simulation_settings, training_settings

_SPLIT = "train"


@dataclass(frozen=True)
class Order:
    """What is to be recorded.

    Attributes:
        policy: of params.yaml, whose training episodes these are.
        pilots: by name; each flies all episodes.
        seed: that draws the episodes.
    """

    world: str
    policy: str
    pilots: tuple[str, ...]
    num_episodes: int
    seed: int


@dataclass
class _Kept:
    """What is known of the parts so far: tables of episodes by pilot, rows by pilot, sums by file."""

    episodes: dict[str, list[pd.DataFrame]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    sums: dict[str, str] = field(default_factory=dict)


def record(order: Order, params: Params, folder: Path, source: str) -> Described:
    """Record what was ordered; the folder appears when all of it is there.

    Raises:
        ValueError: a world, pilot or folder that cannot be; names it and what was wanted.
    """
    above = _above(folder)
    space = space_of(order, params, source)
    twice = [name for name in order.pilots if order.pilots.count(name) > 1]
    if twice:
        raise ValueError(f"--pilot: got {twice[0]} twice, wanted each once")
    pilots = {name: pilot(name, params, order.world, space, source) for name in order.pilots}
    block = doors.evaluation(order.world).bounded(params.evaluate.worlds_per_block, space.num_slots)
    with draft(above) as place:
        made = place / "record"
        made.mkdir()
        described = _fly_all(order, space, pilots, block, made)
        write_text(made / DESCRIBED, described.model_dump_json(indent=1) + "\n")
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            made.rename(folder)
        except OSError as error:
            raise ValueError(f"--into: {folder}: cannot be made: {error.strerror}; wanted a new folder") from None
    return described


def _above(folder: Path) -> Path:
    """The nearest folder above a new one that is there; raises ValueError where it cannot be made."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f"--into: {folder}: is there already, wanted a new folder")
    above = next(parent for parent in folder.absolute().parents if parent.exists())
    if not above.is_dir():
        raise ValueError(f"--into: {folder}: {above} is a file, wanted a new folder")
    return above


def space_of(order: Order, params: Params, source: str) -> Space:
    """Where a policy of this name trains, lessons apart.

    Raises:
        ValueError: an unknown world or policy, or one whose observations no learner takes.
    """
    known(order.world, doors.worlds(), "WORLD")
    train = train_settings(params, order.world, order.policy, source)
    simulation, settings = doors.simulation(order.world), simulation_settings(params, order.world, source)
    refused = simulation.refuses_to_learn(settings)
    if refused:
        raise ValueError(f"{source}: {order.world}.simulation.{refused}")
    trained_in = training_settings(simulation, settings, train, source)
    return Space(simulation, trained_in, (), float(train.hyperparameters["gamma"]))


def _fly_all(order: Order, space: Space, pilots: Mapping[str, Pilot], block: int, folder: Path) -> Described:
    seeds = draw_seeds(np.random.default_rng([order.seed]), _SPLIT, order.num_episodes)
    layout, commands = _layout(space), space.simulation.commands(space.settings)
    kept, began = _Kept(), time.monotonic()
    for number, (name, flies) in enumerate(pilots.items()):
        for first in range(0, order.num_episodes, block):
            episodes = Episodes.drawn(seeds[first : first + block])
            numbers = number * order.num_episodes + first + np.arange(len(episodes))
            for rows, acts in flies.legs(space, episodes):
                flight = Flight(acts, layout, commands)
                with told_at(f"--pilot: {name}"):
                    _fly(space, episodes.take(rows), flight, kept, name, numbers[rows], folder)
            done = number * order.num_episodes + first + len(episodes)
            _tell(order, name, first + len(episodes), kept, (time.monotonic() - began) / done)
        if not kept.rows.get(name):
            raise ValueError(f"--pilot: {name} flew none of {order.num_episodes} episodes, wanted one or more")
    return _described(order, space, layout, kept)


def _fly(
    space: Space, episodes: Episodes, flight: Flight, kept: _Kept, name: str, numbers: np.ndarray, folder: Path
) -> None:
    """Fly episodes together, and write what came of it as a part."""
    played = play(space, episodes, flight, worlds_per_block=len(episodes)).episodes
    table, part = flight.table(name, numbers), folder / f"part-{len(kept.sums):05d}.parquet"
    parquet.write_table(table, part, compression="zstd")
    kept.sums[part.name] = sha256(part)
    kept.rows[name] = kept.rows.get(name, 0) + table.num_rows
    kept.episodes.setdefault(name, []).append(played)


def _layout(space: Space) -> Layout:
    simulation, settings = space.simulation, space.settings
    commands, batch = simulation.commands(settings), space.batch(1)
    one = Episodes.drawn(draw_seeds(np.random.default_rng(0), _SPLIT, 1))
    batch.begin(np.array([0]), one.scenario, one.seed)
    masked = commands is not None and batch.allowed() is not None
    return Layout(
        simulation.features(settings), simulation.actions(settings), 0 if commands is None else len(commands), masked
    )


def _tell(order: Order, name: str, done: int, kept: _Kept, seconds_each: float) -> None:
    left = seconds_each * (order.num_episodes * (len(order.pilots) - order.pilots.index(name)) - done)
    of = f"{done:,} of {order.num_episodes:,} episodes, {kept.rows.get(name, 0):,} agent-steps"
    say(f"record {order.world}: {name}: {of}, {left:.0f} s left")


def _described(order: Order, space: Space, layout: Layout, kept: _Kept) -> Described:
    simulation, settings = space.simulation, space.settings
    commands = simulation.commands(settings)
    pilots = {name: _pilot_told(space, tables, kept.rows[name]) for name, tables in kept.episodes.items()}
    return Described(
        format=FORMAT,
        world=order.world,
        split=_SPLIT,
        seed=order.seed,
        simulation=settings.model_dump(mode="json"),
        discount=space.discount,
        observation=layout.observation,
        action=layout.action,
        commands=None if commands is None else tuple(tuple(map(float, own)) for own in commands),
        masked=layout.masked,
        episodes=sum(told.episodes for told in pilots.values()),
        agent_steps=sum(kept.rows.values()),
        pilots=pilots,
        parts=kept.sums,
    )


def _pilot_told(space: Space, tables: list[pd.DataFrame], num_rows: int) -> PilotTold:
    episodes = pd.concat(tables, ignore_index=True)
    found: Mapping[str, Any] = means(episodes, space.simulation.outcomes(space.settings))
    figures = {name: float(value) if np.isfinite(value) else None for name, value in found.items()}
    return PilotTold(episodes=len(episodes), agent_steps=num_rows, figures=figures)
