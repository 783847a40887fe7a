"""Plays episodes and measures them: tables of episodes and of events, block by block in bounded memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pandas as pd

from envs.ground.evaluating import Evaluation
from envs.ground.play import Episodes, Space, play
from envs.ground.policy import Policy
from envs.ground.shielding import NoShield, Shield
from envs.ground.steering import Steering
from envs.ground.world import Batch
from pipeline.evaluation.judged import SEARCHED, SHIELDED
from pipeline.scenarios.sets import ScenarioSets


@dataclass(frozen=True)
class Contestant:
    """Who plays, by which name, and whether its actions are drawn instead of their likeliest."""

    mode: str
    acts: Policy | Steering
    stochastic: bool = False


@dataclass(frozen=True)
class MeasuredPlay:
    """One row per episode, one per event (`episode` joins them), and recordings by row number."""

    episodes: pd.DataFrame
    events: pd.DataFrame
    recordings: dict[int, pd.DataFrame]


def contest(
    policy: Policy, net: Shield, rules: Mapping[str, Steering], searched: Policy | None = None
) -> list[Contestant]:
    """The policy, by its likeliest actions, by draws and with the world's net, and the baselines on the same seeds.

    Args:
        searched: the policy with a search; None: it has none.
    """
    ours = [Contestant("deterministic", policy), Contestant("stochastic", policy, stochastic=True)]
    if not isinstance(net, NoShield):
        ours.append(Contestant(SHIELDED, net.below(policy)))
    if searched is not None:
        ours.append(Contestant(SEARCHED, searched))
    return ours + [Contestant(name, rule) for name, rule in rules.items()]


class _Watch:
    """See envs/ground/play.py: measures each block when it has ended, and then forgets it."""

    def __init__(self, evaluation: Evaluation, extras: tuple[str, ...]) -> None:
        self._evaluation, self._extras = evaluation, extras
        self._blocks: list[tuple[pd.DataFrame, pd.DataFrame]] = []

    def begin(self, batch: Batch, first: int) -> None:
        """See Watch.begin."""
        self._measuring, self._first = self._evaluation.measure(batch, self._extras), first

    def keep(self) -> None:
        """See Watch.keep."""
        self._measuring.keep()

    def end(self) -> None:
        """See Watch.end."""
        self._blocks.append(self._measuring.measured(self._first))
        del self._measuring

    def tables(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Episodes and events of all blocks together."""
        episodes, events = (pd.concat(tables, ignore_index=True) for tables in zip(*self._blocks, strict=True))
        return episodes, events


def episodes_of(sets: ScenarioSets, set_name: str, contestant: Contestant, repetitions: int, seed: int) -> Episodes:
    """The episodes of a set: drawn ones once; named scenarios once, and so often where actions are drawn.

    Raises:
        ValueError: an unknown set.
    """
    if set_name in sets.drawn:
        return Episodes.drawn(sets.drawn[set_name])
    named = {"suite": sets.suite, "custom": sets.custom}
    if set_name not in named:
        raise ValueError(f"set: unknown {set_name!r}, known: {', '.join([*named, *sets.drawn])}")
    every = list(sets.named)
    indices = [every.index(name) for name in named[set_name]]
    return Episodes.of_scenarios(indices, repetitions if contestant.stochastic else 1, seed)


def play_measured(
    space: Space,
    episodes: Episodes,
    contestant: Contestant,
    evaluation: Evaluation,
    worlds_per_block: int,
    record: Collection[int] = (),
) -> MeasuredPlay:
    """Play and measure all episodes; where the simulation tells a figure itself, it stands.

    Args:
        record: row numbers of the episodes to record in full.

    Raises:
        ValueError: no episodes.
    """
    if len(episodes) == 0:
        raise ValueError(f"{contestant.mode}: no episodes to measure, wanted one or more")
    watch = _Watch(evaluation, space.extras)
    played = play(
        space,
        episodes,
        contestant.acts,
        stochastic=contestant.stochastic,
        record=record,
        worlds_per_block=evaluation.bounded(worlds_per_block, space.num_slots),
        watch=watch,
    )
    measured, events = watch.tables()
    added = [name for name in measured.columns if name not in played.episodes.columns]
    table = played.episodes.merge(measured[["episode", *added]], on="episode", validate="1:1")
    return MeasuredPlay(table, events, played.recordings)
