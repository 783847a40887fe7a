"""What a test set of the airspace is flown in."""

from __future__ import annotations

import difflib
from typing import Any

from envs.airspace.scenarios.settings import VariedTraffic
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic_settings import FAMILIES


def varied_values(airspace: AirspaceSettings, wanted: VariedTraffic) -> dict[str, Any]:
    """The airspace's settings as plain values, with the set's families and not yet with its own changes.

    Raises:
        ValueError: an unknown family, or a rule that no sector can keep; the message begins with the key.
    """
    values = airspace.model_dump(mode="json")
    unknown = [family for family in wanted.families if family not in FAMILIES]
    if unknown:
        near = difflib.get_close_matches(unknown[0], FAMILIES, n=1)
        hint = f" did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"families: unknown {unknown[0]!r},{hint} known: {', '.join(FAMILIES)}")
    if wanted.families:
        drawn = values["procedural"]
        drawn["families"] = {family: float(family in wanted.families) for family in FAMILIES}
        held_out = drawn["held_out"]["families"]
        drawn["held_out"]["families"] = [held for held in held_out if held not in wanted.families]
    traffic = wanted.simulation.get("traffic", airspace.traffic)
    if traffic == "sector" and (wanted.only_conflicting or wanted.only_solvable):
        raise ValueError("only_conflicting, only_solvable: got true, wanted false for a sector")
    return values
