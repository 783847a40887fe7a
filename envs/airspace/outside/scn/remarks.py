"""What was left out of a file or is not as it says, in sentences; and doubts, which refuse the file in the end."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import NamedTuple

from envs.airspace.outside.scn.commands import Command


class _Doubt(NamedTuple):
    """A command that would change the encounter: its name, and the refusal."""

    name: str
    refusal: str
    even_alone: bool


class Remarks:
    """Collects while a file is read."""

    def __init__(self) -> None:
        """Nothing has been remarked yet."""
        self._said: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._doubts: list[_Doubt] = []

    def say(self, why: str, what: str) -> None:
        """Remark that of something, because of something: one sentence for all of which the same is said."""
        self._said[why][what] += 1

    def doubt(self, command: Command, why: str, wish: str, *, even_alone: bool = False) -> None:
        """Refuse the file in the end for this command, unless somebody is alone in it: nobody can be met."""
        self._doubts.append(_Doubt(command.name, f"{command.place}: {command.name} {why}, wanted {wish}", even_alone))

    def resolve(self, num_aircraft: int) -> None:
        """Raise the first doubt that stands; the others are remarked.

        Raises:
            ValueError: naming file, line, command and wish.
        """
        for doubt in self._doubts:
            if num_aircraft > 1 or doubt.even_alone:
                raise ValueError(doubt.refusal)
            self.say("left out, for nobody else is there", doubt.name)

    def sentences(self) -> tuple[str, ...]:
        """All remarks, in the order in which they came up first."""
        return tuple(f"{why}: {_listed(what)}" for why, what in self._said.items())


def _listed(what: Counter[str]) -> str:
    return ", ".join(name if count == 1 else f"{name} ({count} times)" for name, count in what.items())
