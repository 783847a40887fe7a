"""Training that learns from records: what `train.records` names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from envs.ground.world import Simulation
from pipeline.algorithms.recorded import Recorded, Transitions
from pipeline.algorithms.table import kind_of, records_with
from pipeline.ground.checks import ParamsError, told_at
from pipeline.ground.parts import sha256
from pipeline.ground.paths import PARAMS, RECORDS
from pipeline.records.described import DESCRIBED, check_spaces, read_described
from pipeline.records.following import following
from pipeline.records.reading import read_rows
from pipeline.settings.train import Train

PLACE = f"{PARAMS}: train.records"
"""Where it stands, once layers are merged."""


@dataclass(frozen=True)
class Named:
    """What `train.records` names, and where it does.

    Attributes:
        linked: whether it has to tell what came of what was done.
        alone: whether nothing else is learned from.
    """

    name: str
    place: str
    linked: bool
    alone: bool

    @property
    def folder(self) -> Path:
        """Where the records lie.

        Raises:
            ParamsError: a place elsewhere, where DVC does not see changes, or one without records.
        """
        folder, wish = RECORDS / self.name, f"wanted a folder of {RECORDS}"
        if not folder.resolve().is_relative_to(RECORDS.resolve()):
            raise ParamsError(f"{self.place}: got {self.name}, {wish}")
        if not (folder / DESCRIBED).is_file():
            raise ParamsError(
                f"{self.place}: {folder / DESCRIBED}: not found, {wish}, as `murmuration record` writes it"
            )
        return folder

    def digest(self) -> str:
        """Of what record.json says, the sums of all other files among it."""
        return sha256(self.folder / DESCRIBED)

    def told(self) -> dict[str, Any]:
        """Folder, digest, who flew, how much, and whether that is all that is learned from, as plain values.

        Raises:
            ParamsError: as `folder`, or a record.json that is not as it has to be.
        """
        with told_at(self.place):
            described = read_described(self.folder)
        facts = {"episodes": described.episodes, "agent_steps": described.agent_steps, "alone": self.alone}
        return {"folder": str(self.folder), "digest": self.digest(), "pilots": list(described.pilots), **facts}

    def read(self, simulation: Simulation, settings: Any) -> Recorded:
        """All rows, for agents who see and do what they do with these settings of the simulation.

        Raises:
            ParamsError: as `told`, records of another world or other spaces, files that are not whole, or rows
                that do not tell what comes next.
        """
        with told_at(self.place):
            described = read_described(self.folder)
            check_spaces(described, simulation, settings, self.folder)
            rows = read_rows(self.folder, described)
            came = Transitions(rows.reward, following(rows, self.folder), rows.terminated) if self.linked else None
        return Recorded(rows.observation, rows.action, rows.allowed, rows.episode, came)


def named(train: Train, place: str = PLACE) -> Named | None:
    """What a training learns from besides its worlds; None: it names nothing.

    Raises:
        ParamsError: an algorithm that learns from records and names none, or the other way round.
    """
    needs, asks = kind_of(train.algorithm).needs, records_with(train.algorithm)
    wants = "recordings" in needs or bool(asks & train.hyperparameters.keys())
    if wants and train.records is None:
        wish = f"wanted a folder of {RECORDS}, as `murmuration record` writes it"
        raise ParamsError(f"{place}: got null, {wish}, for {train.algorithm} learns from records")
    if train.records is not None and not wants:
        without = "".join(f" without hyperparameters.{name}" for name in asks)
        why = f"{train.algorithm} learns from no records{without}"
        raise ParamsError(f"{place}: got {train.records}, wanted null: {why}")
    if train.records is None:
        return None
    return Named(train.records, place, linked="transitions" in needs, alone="recordings" in needs)


def told_of(train: Train, place: str = PLACE) -> dict[str, Any]:
    """What is told of the records that a training names; {} where it names none.

    Raises:
        ParamsError: as `named` and `Named.told`.
    """
    found = named(train, place)
    return {} if found is None else found.told()
