"""What reports say of flights in the airspace's own words."""

from __future__ import annotations

from collections.abc import Mapping

from envs.airspace.evaluation.settings import Score
from envs.airspace.evaluation.shift_settings import Shifts
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic.traffic_settings import FAMILIES, Procedural
from envs.ground.evaluating import Figure

FIGURES = (
    Figure("los_rate", "LoS rate", better="lower", percent=True),
    Figure("min_separation_nm", "min separation, NM", "NM", "higher"),
    Figure("flight_time_s", "flight time, s", "s", "lower"),
    Figure("intrusion_prevention", "IPR", better="higher", percent=True),
    Figure("risk_ratio", "risk ratio", better="lower"),
    Figure("domino_effect", "DEP", better="lower"),
    Figure("los_per_flight_hour", "LoS per flight hour", "1/h", "lower"),
    Figure("extra_track_nm", "extra track, NM", "NM", "lower"),
    Figure("extra_fuel_kg", "extra fuel, kg", "kg", "lower"),
    Figure("extra_fuel_share", "extra fuel", better="lower", percent=True),
    Figure("all_arrived_rate", "all arrive", better="higher", percent=True),
    Figure("delay_median_s", "delay, median, s", "s", "lower"),
    Figure("delay_99_s", "delay, 99th percentile, s", "s", "lower"),
    Figure("instructions_per_flight", "instructions per flight", better="lower"),
    Figure("oscillation", "commands that flip sign", better="lower", percent=True),
    Figure("at_speed_limit", "time at least or largest speed", better="lower", percent=True),
    Figure("arrivals", "arrivals", better="higher"),
    Figure("detour_nm", "extra track, NM", "NM", "lower"),
    Figure("flight_hours", "flight hours", "h"),
)

TABLES: Mapping[str, tuple[str, ...]] = {
    "rates": (
        "los_rate",
        "all_arrived_rate",
        "intrusion_prevention",
        "risk_ratio",
        "domino_effect",
        "los_per_flight_hour",
        "extra_track_nm",
        "extra_fuel_share",
        "delay_median_s",
        "delay_99_s",
        "instructions_per_flight",
        "oscillation",
        "at_speed_limit",
    ),
    "scenarios": ("min_separation_nm", "arrived_share", "flight_time_s"),
    "density": (
        "flight_hours",
        "arrivals",
        "los_per_flight_hour",
        "intrusion_prevention",
        "domino_effect",
        "detour_nm",
    ),
}

SENTENCES: Mapping[str, str] = {
    "scope": "Scope: horizontal manoeuvres at one flight level; no altitude. Separation is lost below 5 NM. "
    "Everything here was flown in simulation.",
    "closing": "Horizontal manoeuvres at one level, simulated.",
    "good": "safe",
    "played": "flown",
    "plays": "flies",
    "turns": "flights",
    "agent": "aircraft",
    "agents": "aircraft",
    "unseen": "unseen traffic",
    "none_seen": "no loss of separation seen",
    "solved": "flown without loss of separation and with every aircraft arriving",
    "unseen_rate": "Separation is lost in {rate} of unseen procedural episodes ({details}); "
    "doing nothing (hold) loses it in {nobody}, reciprocal avoidance (orca) in {yardstick}.",
    "bad.los": "it loses separation on the suite",
    "bad.arrived_share": "on the suite not everyone arrives",
    "failed.los": "separation lost{seeds}, smallest {min_separation_nm:.2f} NM",
    "failed.arrived_share": "not everyone arrived{seeds}",
    "weakest": "it loses separation most often in",
    "weakest_shifts": "Separation is lost most often under:",
    "varied": "the suite turned, mirrored and jittered",
    "varied_how": "Each scenario turned, perhaps mirrored, every start moved a little, flown deterministic.",
    "rates_note": "IPR: conflicts that did not lose separation. Risk ratio: LoS episodes over those of hold. DEP: "
    "conflicts over those of hold, minus 1. Extra track and fuel: above direct, per aircraft, where all arrived. "
    "Delay: of each aircraft that arrived, against the direct way at the speed it came with. An instruction is a "
    "change of 3 degrees or 5 kt at least; flips: of those on the same axis in two successive steps.",
    "closeness": "smallest separation, NM (dashed: the minimum)",
    "axes": "Traffic: density, number of aircraft, mixed equipage",
    "axes_note": "Sectors that aircraft enter, cross and leave, after a warm-up. LoS per flight hour counts pairs. "
    "Extra track: flown less direct distance, of each aircraft that arrived. By number: drawn traffic, whether it can "
    "be solved or not. Mixed equipage: on unseen traffic, the other aircraft hold or follow mvp.",
    "axis.aircraft": "{places} aircraft",
    "axis.density": "densities of {places} aircraft per 10,000 NM\N{SUPERSCRIPT TWO}",
    "teams": "share of aircraft that fly the policy",
    "red": "Red: below 5 NM with some seed.",
    "difficulty": "Difficulty: of random joint plans one in 10 to the power of difficulty is conflict-free.",
    "paths": "One episode each ({num}), north up. Dot: start; cross: waypoint; pale: after arrival; red: below 5 NM.",
    "drawn_only": "procedural traffic only",
    "training_note": "Theirs: steps until five flawless episodes in a row on the scenarios they trained on, hours in "
    "all on an RTX 3090. Ours: agent-steps (of active aircraft) of the exported run, with the step of the best "
    "validation, and its hours; what it was trained on stands in the model card.",
    "intended_use": "research on cooperative collision avoidance in simulation; not for operation, and no evidence "
    "for it",
    "not_tested": "altitude, climbs and descents; other traffic that does not fly this policy, beyond the shift "
    "not_responding and mixed equipage with hold and mvp; aircraft beyond these speeds and types",
}


def gates(wanted: Score) -> str:
    """What a policy may not exceed."""
    return (
        f"no more than {wanted.gates.near_mid_air_episodes} near mid-air collisions on the suite and unseen traffic, "
        f"LoS rate on unseen traffic below {wanted.gates.los_rate:.3g}"
    )


def envelope(airspace: AirspaceSettings) -> str:
    """What is drawn: how many aircraft of which types, how fast, in which wind, in which families."""
    drawn = airspace.procedural
    families = ", ".join(name for name, weight in zip(FAMILIES, drawn.weights, strict=True) if weight > 0)
    in_sector = airspace.traffic == "sector"
    number = f"a sector of {_per_area(f'{airspace.sector.density_per_10000_nm2:g}')}," if in_sector else _counts(drawn)
    return (
        f"{number} aircraft of {', '.join(drawn.aircraft_types)} at one level, {_speeds(drawn)} CAS, "
        f"wind {airspace.wind.speed_kt:g} kt" + ("" if in_sector else f"; families {families}")
    )


def shifts_told(shifts: Shifts) -> str:
    """All shifts by family, and the winds."""
    speeds = [*shifts.wind.micro, *shifts.wind.macro]
    winds = [f"wind up to {max(speeds):g} kt from {len(shifts.wind.from_deg)} directions"] if speeds else []
    parts = [
        f"{name} {', '.join(f'{value:g}' if isinstance(value, float) else str(value) for value in values)}"
        for name, values in ((name, (*family.micro, *family.macro)) for name, family in shifts.families.items())
    ]
    return "; ".join([*parts, *winds])


def _per_area(densities: str) -> str:
    return f"{densities} aircraft per 10,000 NM\N{SUPERSCRIPT TWO}"


def _counts(drawn: Procedural) -> str:
    first, *others = drawn.counts
    if others and others == list(range(first + 1, others[-1] + 1)):
        return f"{first} to {others[-1]}"
    return ", ".join(str(count) for count in drawn.counts)


def _speeds(drawn: Procedural) -> str:
    held = drawn.held_out.cas_kt
    without = "" if held is None else f" without {held.low:g} to {held.high:g} kt"
    return f"{drawn.cas_kt.low:g} to {drawn.cas_kt.high:g} kt{without}"
