"""What does a scenario file say, line by line: commands with times, in the order in which BlueSky would stack them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, NoReturn

START = "00:00:00.00"
OURS = "# murmuration: "
BROKEN = "BROKEN"
EXAMPLE = f"{START}>CRE callsign, type, latitude, longitude, heading, altitude, speed"

_COMMAND = re.compile(r"\+?\s*([0-9]{1,9}):([0-9]{1,9}):([0-9]{1,9}(?:\.[0-9]*)?)(?::[0-9]*)?\s*>(.*)")
_ALIASES = {
    **{"CREATE": "CRE", "DELETE": "DEL", "CALL": "PCALL", "DELALT": "ALT", "COLOR": "COLOUR", "TRAILS": "TRAIL"},
    **{"ADDWAYPOINTS": "ADDWPT", "CRUISESPD": "CRZSPD", "ALTITUDE": "ALT", "SPEED": "SPD", "HEADING": "HDG"},
}


class Command(NamedTuple):
    """One command: where it stands (file and line, for messages), when, its name, and its arguments, perhaps empty."""

    place: str
    time_s: float
    name: str
    arguments: list[str]

    @property
    def when(self) -> str:
        """The time as the file has it: hours, minutes and seconds."""
        minutes, seconds = divmod(self.time_s, 60.0)
        return f"{int(minutes // 60):02d}:{int(minutes % 60):02d}:{seconds:05.2f}"

    def refuse(self, why: str) -> NoReturn:
        """Raise ValueError with the command's place and why."""
        raise ValueError(f"{self.place}: {why}")


def commands(text: str, source: str) -> list[Command]:
    """All commands of a file by time; those of one time as they stand.

    Our own comment bears a name of its own, OURS, and so does a line that is no command, BROKEN: BlueSky skips it.
    """
    return sorted(_in_order(text, source), key=lambda command: command.time_s)


def _in_order(text: str, source: str) -> Iterator[Command]:
    begun = ""
    for number, line in enumerate(text.split("\n"), 1):
        place = f"{source}: line {number}"
        if line.startswith(OURS) and not begun:
            yield Command(place, 0.0, OURS, [line.removeprefix(OURS)])
        content = begun + line.split("#")[0].strip()
        begun = f"{content[:-1].strip()} " if content.endswith("\\") else ""  # goes on in the next line
        if content and not begun:
            yield from _of_line(content, place)


def _of_line(content: str, place: str) -> Iterator[Command]:
    """The commands of one line: several where semicolons part them."""
    found = _COMMAND.fullmatch(content)
    if not found:
        yield Command(place, 0.0, BROKEN, [content])
        return
    hours, minutes, seconds = (float(part) for part in found.groups()[:3])
    for part in found[4].split(";"):
        words = re.split(r"\s*,\s*|\s+", part.strip())
        while words and not words[-1]:
            words.pop()
        if words:
            name = words[0].upper()
            yield Command(place, 3600.0 * hours + 60.0 * minutes + seconds, _ALIASES.get(name, name), words[1:])
