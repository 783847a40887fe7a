"""What stands at the start that a file describes: its commands taken one after the other."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from envs.airspace.outside.scn.aircraft import SEPARATION_FT, Aircraft, Way
from envs.airspace.outside.scn.choices import Choices
from envs.airspace.outside.scn.commands import BROKEN, EXAMPLE, Command
from envs.airspace.outside.scn.effects import ADDS_AIRCRAFT, INSTRUCTIONS, VERTICAL, moves_nobody
from envs.airspace.outside.scn.places import Place, Places, num_words
from envs.airspace.outside.scn.quantities import altitude_ft, cas_kt, degrees, heading_deg, mach, shown
from envs.airspace.outside.scn.remarks import Remarks

WITHIN_S = 10.0
"""What comes within this time after the first aircraft belongs to the start: nobody is instructed before."""

_MODES = {
    *("FLYBY", "FLYOVER", "FLYTURN", "TURNRAD", "TURNRADIUS", "TURNSPD", "TURNSPEED", "TURNHDG", "TURNHDGR", "TAKEOFF")
}
_LATER = "LATER"


class Start:
    """Aircraft by callsign, names of places, and remarks, as the commands of a file make them."""

    def __init__(self, choices: Choices, places: Places) -> None:
        """Nobody is there."""
        self.aircraft: dict[str, Aircraft] = {}
        self.places = places
        self.remarks = Remarks()
        self.name: str | None = None
        self._choices = choices
        self._begins_s = math.inf
        self._left_out: set[str] = set()
        self._takers: dict[str, Callable[[Command], None]] = {
            "CRE": self._create,
            "ADDWPT": self._add_waypoint,
            "DEST": self._set_destination,
            "DEFWPT": self._define,
            "SCEN": self._set_name,
            BROKEN: self._refuse_broken,
        }

    def take(self, command: Command) -> None:
        """Take the next command by time.

        Raises:
            ValueError: naming file and line, for one that is not as it has to be.
        """
        command = self._by_name(command)
        if command.arguments and command.arguments[0].upper() in self._left_out:
            self.remarks.say("left out with its aircraft", command.name)
        elif command.name in self._choices.leave_out:
            self._leave_out(command, "left out, as chosen")
        elif command.time_s > self._begins_s + WITHIN_S:
            self._take_later(command)
        elif command.name in self._takers:
            self._takers[command.name](command)
        else:
            self._take_other(command)

    def _by_name(self, command: Command) -> Command:
        """`AB1 HDG 90` as `HDG AB1 90`; a callsign alone asks where it is."""
        if command.name not in self.aircraft and command.name not in self._left_out:
            return command
        name, *rest = command.arguments or ["POS"]
        return command._replace(name=name.upper(), arguments=[command.name, *rest])

    def _leave_out(self, command: Command, why: str) -> None:
        self.remarks.say(why, command.name)
        if command.name == "CRE" and command.arguments:
            self._left_out.add(command.arguments[0].upper())

    def _take_later(self, command: Command) -> None:
        if moves_nobody(command.name, command.arguments):
            self.remarks.say("left out, for they move nobody", command.name)
        elif _LATER in self._choices.leave_out:
            self._leave_out(command, "left out, for they come after the start")
        else:
            why = f"at {command.when} is later than the start and would change the encounter"
            adds = command.name in ADDS_AIRCRAFT
            self.remarks.doubt(command, why, "--with leave_out=later for the start alone", even_alone=adds)

    def _take_other(self, command: Command) -> None:
        wish = f"--with leave_out={command.name} to read the file without it"
        if moves_nobody(command.name, command.arguments):
            self.remarks.say("left out, for they move nobody", command.name)
        elif command.name in VERTICAL and self._choices.level_ft is not None:
            self.remarks.say("left out, for all stay at one level", command.name)
        elif command.name in VERTICAL:
            own = self.aircraft.get(command.arguments[0].upper()) if command.arguments else None
            level = f"{own.alt_ft:g}" if own and own.alt_ft >= SEPARATION_FT else "FL200"
            self.remarks.doubt(command, "leads to another level", f"--with level={level} for all at one, or {wish}")
        elif command.name in INSTRUCTIONS:
            self.remarks.doubt(command, "would change the encounter and cannot be represented", wish)
        else:
            why = "brings others in" if command.name in ADDS_AIRCRAFT else "is no command that is known here"
            self.remarks.doubt(command, why, wish, even_alone=True)

    def _create(self, command: Command) -> None:
        callsign, kind, *rest = [*command.arguments[:2], "", ""][:2] + command.arguments[2:]
        if not callsign or not kind or not rest:
            command.refuse(
                f"CRE: got {shown(' '.join(command.arguments))}, wanted callsign, type, latitude, longitude, ..."
            )
        if callsign.upper() in self.aircraft:
            command.refuse(f"CRE: got {shown(callsign.upper())}, which is there already, wanted a callsign of its own")
        count = num_words(rest)
        place = self._find(command, rest[:count], (0.0, 0.0))
        found = _aircraft(command, callsign.upper(), kind.upper(), place, rest[count:])
        self._begins_s = min(self._begins_s, command.time_s)
        self._join(found, command.time_s - self._begins_s)

    def _join(self, found: Aircraft, late_s: float) -> None:
        """Whoever comes a little later begins as far back on its course as it would have flown until then."""
        if late_s > 0.0:
            back, course = found.tas_kt * late_s / 3600.0 / 60.0, math.radians(found.heading_deg)
            shrink = max(math.cos(math.radians(found.lat)), 1e-6)
            lat, lon = found.lat - back * math.cos(course), found.lon - back * math.sin(course) / shrink
            found = replace(found, lat=lat, lon=(lon + 180.0) % 360.0 - 180.0)
            self.remarks.say("begins with the others, as far back as it flies until its time", found.callsign)
        self.aircraft[found.callsign] = found
        self.places.define(found.callsign, Place(found.lat, found.lon))

    def _add_waypoint(self, command: Command) -> None:
        one, (*words,) = self._of(command), command.arguments[1:]
        if words and words[0].upper().replace("-", "") in _MODES:
            self.remarks.say("left out, for turns are those of our world", f"ADDWPT {words[0].upper()}")
            return
        way, rest = self._way(command, words)
        if any(rest[:2]):
            self.remarks.say("left out: level and speed at waypoints", one.callsign)
        names = [" ".join(known.words).upper() for known in one.route]
        after = rest[2].upper() if len(rest) > 2 else ""
        at = names.index(after) + 1 if after in names else len(names)
        self.aircraft[one.callsign] = replace(one, route=(*one.route[:at], way, *one.route[at:]))

    def _set_destination(self, command: Command) -> None:
        one = self._of(command)
        way, _ = self._way(command, command.arguments[1:])
        self.aircraft[one.callsign] = replace(one, destination=way)

    def _way(self, command: Command, words: list[str]) -> tuple[Way, list[str]]:
        """The waypoint that the words begin with, and the words after it."""
        if not words or not words[0]:
            command.refuse(f"{command.name}: got no place, wanted latitude and longitude, or a name")
        count = num_words(words)
        return Way(command.place, command.name, tuple(words[:count])), words[count:]

    def _of(self, command: Command) -> Aircraft:
        callsign = command.arguments[0].upper() if command.arguments else ""
        if callsign not in self.aircraft:
            command.refuse(f"{command.name}: got {shown(callsign)}, wanted the callsign of an aircraft created before")
        return self.aircraft[callsign]

    def _define(self, command: Command) -> None:
        """DEFWPT: a name of a place, until it is named otherwise."""
        name, *words = command.arguments or [""]
        if not name or len(words) < 2 or degrees(words[0], "NS") is None:
            command.refuse(f"DEFWPT: got {shown(' '.join(command.arguments))}, wanted a name, latitude and longitude")
        self.places.define(name, self._find(command, words[:2], (0.0, 0.0)))

    def _set_name(self, command: Command) -> None:
        self.name = self.name or " ".join(command.arguments) or None

    def _refuse_broken(self, command: Command) -> None:
        got = command.arguments[0] if len(command.arguments[0]) <= 80 else command.arguments[0][:77] + "..."
        command.refuse(
            f"got {shown(got)}, wanted one command such as {EXAMPLE}; --with leave_out=broken skips it, as BlueSky"
        )

    def _find(self, command: Command, words: list[str], near: tuple[float, float]) -> Place:
        try:
            return self.places.find(words, near)
        except ValueError as error:
            command.refuse(f"{command.name}: {error}")


def _aircraft(command: Command, callsign: str, kind: str, place: Place, rest: list[str]) -> Aircraft:
    """Heading, altitude and speed may be missing: BlueSky takes north, or a runway's heading, and 0."""
    if len(rest) > 3:
        command.refuse(f"CRE: got {shown(' '.join(rest))} after the place, wanted heading, altitude, speed")
    heading, altitude, speed = [*rest, "", "", ""][:3]
    as_mach = mach(speed)
    return Aircraft(
        place=command.place,
        callsign=callsign,
        kind=kind,
        lat=place.lat,
        lon=place.lon,
        heading_deg=_quantity(command, "heading", heading, heading_deg, place.heading_deg or 0.0, "degrees true"),
        alt_ft=_quantity(command, "altitude", altitude, altitude_ft, 0.0, "feet, or FL and hundreds"),
        cas_kt=None if as_mach else _quantity(command, "speed", speed, cas_kt, 0.0, "kt, or Mach as M0.78"),
        mach=as_mach,
    )


def _quantity(
    command: Command, what: str, text: str, read: Callable[[str], float | None], missing: float, wish: str
) -> float:
    found = missing if text in ("", "*") else read(text)
    if found is None:
        command.refuse(f"CRE: {what}: got {shown(text)}, wanted a number ({wish})")
    return found
