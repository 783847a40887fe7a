"""record.json: of which world records are, what was seen and done in them, by whom, and the sums of the other files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from envs.ground import doors
from envs.ground.record import Count, Name, Record, Seed, Share
from envs.ground.world import Simulation
from pipeline.ground.checks import ParamsError, check, told_at
from pipeline.ground.files import read_json

FORMAT = 1
DESCRIBED = "record.json"
_MOST_SPACES = 10**5
"""Numbers that are seen or done, and choices: more are no world of ours."""
_MOST_SHOWN = 3

PartName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}\.parquet$")]
Sum = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Text = Annotated[str, Field(min_length=1, max_length=1000)]


class PilotTold(Record):
    """What one pilot flew, and what came of it: `figures` are means over its episodes."""

    episodes: Count
    agent_steps: Count
    figures: dict[str, float | None]


class Described(Record):
    """The content of record.json.

    Attributes:
        split: what the episodes were drawn for.
        seed: that drew them; None: they were not drawn here.
        simulation: settings of the world's simulation; None: not known, only names are compared.
        discount: of the reward's potential, where it has one.
        observation, action: names, in the order of the columns.
        commands: (n, K) what choices mean; None: actions are numbers.
        masked: whether the column `allowed` says which choices there were.
        parts: SHA-256 of each file.
    """

    format: int
    world: Name
    split: Text
    seed: Seed | None
    simulation: dict[str, Any] | None
    discount: Share
    observation: Annotated[tuple[Text, ...], Field(min_length=1, max_length=_MOST_SPACES)]
    action: Annotated[tuple[Text, ...], Field(min_length=1, max_length=_MOST_SPACES)]
    commands: Annotated[tuple[tuple[float, ...], ...], Field(min_length=1, max_length=_MOST_SPACES)] | None
    masked: bool
    episodes: Count
    agent_steps: Count
    pilots: Annotated[dict[Text, PilotTold], Field(min_length=1)]
    parts: Annotated[dict[PartName, Sum], Field(min_length=1)]

    @property
    def num_choices(self) -> int:
        """n; 0: actions are numbers."""
        return 0 if self.commands is None else len(self.commands)


def read_described(folder: Path) -> Described:
    """What a folder says of its records.

    Raises:
        ValueError: a file that is missing, of another format, or not as it has to be; by name and key.
    """
    path = folder / DESCRIBED
    try:
        values = read_json(path)
    except FileNotFoundError:
        raise ValueError(f"{path}: not found, wanted a folder that `murmuration record` wrote") from None
    if values.get("format") != FORMAT:
        raise ValueError(f"{path}: format: got {str(values.get('format'))[:40]}, wanted {FORMAT}")
    with _first_told():
        return check(Described, values, str(path))


def check_spaces(described: Described, simulation: Simulation, settings: Any, path: Path) -> None:
    """Refuse records of another world, or of one whose agents see or do other things than here.

    Args:
        simulation, settings: of the world as it is here.
        path: the folder's.

    Raises:
        ValueError: naming file, key, what came and what was wanted.
    """
    place = path / DESCRIBED
    with told_at(str(place)):
        if doors.simulation(described.world) is not simulation:
            raise ValueError(f"world: got {described.world}, wanted the world that is trained in")
    for key, wanted in (("observation", simulation.features(settings)), ("action", simulation.actions(settings))):
        if getattr(described, key) != wanted:
            raise ValueError(f"{place}: {key}: {_differs(getattr(described, key), wanted)}")
    found, commands = described.commands, simulation.commands(settings)
    if not _same(found, commands):
        raise ValueError(f"{place}: commands: got {_count(found)}, wanted {_count(commands)}, those of the world here")
    if described.simulation is not None:
        with _first_told("; null: not known"):
            recorded_in = check(simulation.settings, described.simulation, str(place), "simulation.")
        differs = simulation.same_seen_and_done(recorded_in, settings)
        if differs:
            wish = f"wanted as in {described.world}.simulation, for it changes what is seen or done"
            raise ValueError(f"{place}: simulation.{differs}: {wish}")


@contextmanager
def _first_told(wish: str = "") -> Iterator[None]:
    """Tell the first of what is refused, with `wish`: of a list that is none of names every number would be told."""
    try:
        yield
    except ParamsError as error:
        raise ValueError(str(error).partition("\n")[0] + wish) from None


def _same(found: tuple[tuple[float, ...], ...] | None, commands: np.ndarray | None) -> bool:
    if found is None or commands is None:
        return found is commands
    return [np.asarray(own, np.float32).tolist() for own in found] == commands.tolist()


def _differs(found: tuple[str, ...], wanted: tuple[str, ...]) -> str:
    other = [name for name in found if name not in wanted] or [name for name in wanted if name not in found]
    where = f"differs in {', '.join(other[:_MOST_SHOWN])}" if other else "in another order"
    return f"got {len(found)} numbers, wanted the {len(wanted)} of the world here; {where}"


def _count(commands: Any) -> str:
    return "actions that are numbers" if commands is None else f"{len(commands)} choices"
