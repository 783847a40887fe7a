"""What does a command do to traffic: nothing, up and down only, or something that a start does not hold?

Names are BlueSky's (its command dictionary and plugins) and those of its forerunner TMX, whose files came along.
"""

from __future__ import annotations

_SHOWN = {
    *("PAN", "ZOOM", "SCEN", "ECHO", "PRINT", "SWRAD", "DISP", "TRAIL", "SYMBOL", "LABEL", "SSD", "COLOUR", "COL"),
    *("INSEDIT", "SHOWPOLY", "SHOWTRAF", "SHOWPZ", "SHOWWPT", "SHOWAPT", "SHOWSSD", "FILTERALT", "RRING", "PZ"),
    *("LISTRTE", "POS", "AWY", "AIRPORT", "DIST", "CALC", "DEBUG", "MAGVAR", "ROUTE", "GETWIND", "FR", "ND"),
    *("RADARDT", "NAVDT", "NAVTYPE", "NAVDB", "CDSHOW", "DOC", "HELP", "?", "TEST", "SNAV"),
}
_AREAS = {"AREA", "BOX", "CIRCLE", "LINE", "POLYLINE", "LINES", "POLY", "POLYGON", "POLYALT", "TAXI", "SWTAXI"}
_LOGGED = {
    *("PLOT", "DATALOG", "EVTLOG", "SNAPLOG", "SKYLOG", "CFLLOG", "INTRLOG", "TRAFLOG", "CRELOG", "CONFLOG", "FLSTLOG"),
    *("METRICS", "SAVEIC", "FF_SNAP", "FF_ISOALT", "SWSTOPRESO", "LEGEND"),
}
_CLOCK = {
    *("FF", "FWD", "OP", "RUN", "START", "CONTINUE", "HOLD", "PAUSE", "RTF", "DTMULT", "DT", "FIXDT", "DATE", "TIME"),
    *("SEED", "REALTIME", "RT", "EXIT", "QUIT", "STOP", "END", "SCHEDULE", "SIMDT"),
}
_RESOLUTION = {
    *("ASAS", "RESO", "RMETHH", "RMETHV", "RFACH", "RFACV", "PRIORULES", "DTLOOK", "DTNOLOOK", "DTLOOKINT", "CDMETHOD"),
    *("ZONER", "ZONEDH", "RSZONER", "RSZONEDH", "DZONER", "DZONEDH", "RESONR", "RESOFF", "NORESO", "DTASAS", "CDR"),
    *("ASA_ASAS", "ASA_RESO", "ASA_ZONER", "ASA_ZONEDH", "ASA_DTLOOK", "BGPASAS", "PREDASAS", "SWNLRPASAS"),
    *("TREACT", "DTREACT", "TREACTNO", "DTREACTNO", "FILTRED", "FILTAMB", "FILTTRED", "FILTTAMB", "FILTCONF"),
    *("DTCPRED", "DTCPAMBR", "DTCPCYAN", "RECONACTRTE", "SYN", "RESETZONES", "SEPARATION", "ADSB"),
}
MOVES_NOBODY = frozenset(_SHOWN | _AREAS | _LOGGED | _CLOCK | _RESOLUTION | {"ORIG", "LIMPERF", "SETMASS"})
"""What is shown or written down, areas outside of which BlueSky forgets aircraft, how fast time runs, and BlueSky's own
avoiding, which a policy replaces."""

SWITCHES = {"LNAV": "ON", "NOISE": "OFF"}
"""They change nothing at these settings, for that is how a start is flown."""

VERTICAL = frozenset({"ALT", "VS", "VNAV", "CRZALT", "SWTOC", "SWTOD", "ADDWPTALT"})
"""Up and down, which our world has not."""

INSTRUCTIONS = frozenset(
    {
        *("HDG", "SPD", "DIRECT", "LNAV", "DEL", "MOVE", "DELWPT", "DELRTE", "CRZSPD", "RTA", "THR", "BANK", "AT"),
        *("AFTER", "BEFORE", "ATALT", "ATSPD", "ATDIST", "GEOVECTOR", "DELGEOVECTOR", "ADDWPTMODE", "DEST", "ADDWPT"),
        *("NOISE", "WIND", "WINDGFS", "CASMACHTHR", "GROUP", "UNGROUP", "DEFWPT"),
    }
)
"""They change how those fly who are there."""

ADDS_AIRCRAFT = frozenset({"CRE", "MCRE", "CRECONFS", "CRECMD", "TRAFGEN", "PCALL", "IC", "RESET", "BATCH"})
"""They bring others in, or replace all."""


def moves_nobody(name: str, arguments: list[str]) -> bool:
    """Whether a command leaves all traffic as it is; names of signs alone (+++) zoom or part."""
    words = [word.upper() for word in arguments]
    return name in MOVES_NOBODY or not name.strip("+-=_<>") or (name in SWITCHES and words[-1:] == [SWITCHES[name]])
