"""From tables of episodes to the rates that the field compares: of one policy, and of a policy against a baseline."""

from __future__ import annotations

import numpy as np

from envs.ground.columns import Columns, mean, total

COUNTED = (
    *("conflicts", "conflicts_los", "los", "los_pairs", "flight_hours", "detour_nm", "arrivals"),
    *("instructions_per_flight", "consecutive", "reversals", "hours_at_limit"),
)
"""The columns that rates are made of."""
COSTS = ("all_arrived", "track_nm", "fuel_kg")


def intrusion_prevention(episodes: Columns) -> float:
    """IPR = (conflicts - conflicts that lost separation) / conflicts; NaN without conflicts.

    Sunil et al., "Analysis of airspace structure and capacity for decentralized separation using fast-time
    simulations", Journal of Guidance, Control, and Dynamics 40 (2017).
    """
    found, lost = episodes["conflicts"].sum(), episodes["conflicts_los"].sum()
    return quotient(found - lost, found)


def domino_effect(both: Columns) -> float:
    """DEP = conflicts / conflicts of `hold` on the same traffic - 1; NaN where `hold` has none.

    Above 0: resolving conflicts made new ones. Bilimoria, Sheth, Lee and Grabbe, "Performance evaluation of airborne
    separation assurance for free flight", AIAA Guidance, Navigation, and Control Conference (2000).
    """
    return quotient(both["conflicts"].sum(), both["conflicts_of_hold"].sum()) - 1.0


def risk_ratio(both: Columns) -> float:
    """P(LoS) / P(LoS of `hold`), over the same encounters; NaN where `hold` never loses separation.

    ICAO Annex 10, volume IV: the risk with a collision avoidance system over the risk without.
    """
    return quotient(both["los"].sum(), both["los_of_hold"].sum())


def per_flight_hour(episodes: Columns, column: str = "los_pairs") -> float:
    """A count, by default of pairs that lost separation, per hour of one aircraft's flight."""
    return quotient(episodes[column].sum(), episodes["flight_hours"].sum())


def extra(both: Columns, column: str) -> float:
    """What each episode cost above `direct` in the same traffic, per aircraft, say in track_nm; NaN where none counts.

    Mean over episodes in which all aircraft arrived both times: otherwise the flights are not the same work.
    """
    ours, theirs = _arrived_both_times(both, column)
    return mean(ours - theirs)


def extra_share(both: Columns, column: str) -> float:
    """The same as a share of what it was with `direct`, both summed up over these episodes."""
    ours, theirs = _arrived_both_times(both, column)
    flown = theirs.sum()
    return quotient(ours.sum() - flown, flown)


def _arrived_both_times(both: Columns, column: str) -> tuple[np.ndarray, np.ndarray]:
    """The column and that of `direct`, of episodes in which all aircraft arrived both times."""
    same = both["all_arrived"] & both["all_arrived_of_direct"]
    return both[column][same], both[f"{column}_of_direct"][same]


def ratios(columns: Columns) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Part and whole (R, N) of each rate, of R runs on N episodes, as the functions of this module define them.

    Args:
        columns: those of COUNTED and COSTS, each (R, N), and the same of the baselines: conflicts_of_hold, say.
    """
    los, found = columns["los"], columns["conflicts"]
    ones = np.ones_like(los)
    together = (columns["all_arrived"] * columns["all_arrived_of_direct"]) > 0.0
    more = {name: np.where(together, columns[name] - columns[f"{name}_of_direct"], 0.0) for name in COSTS[1:]}
    return {
        "los_rate": (los, ones),
        "all_arrived_rate": (columns["all_arrived"], ones),
        "instructions_per_flight": (columns["instructions_per_flight"], ones),
        "oscillation": (columns["reversals"], columns["consecutive"]),
        "at_speed_limit": (columns["hours_at_limit"], columns["flight_hours"]),
        "extra_fuel_share": (more["fuel_kg"], columns["fuel_kg_of_direct"] * together),
        "los_per_flight_hour": (columns["los_pairs"], columns["flight_hours"]),
        "intrusion_prevention": (found - columns["conflicts_los"], found),
        "domino_effect": (found - columns["conflicts_of_hold"], columns["conflicts_of_hold"]),
        "risk_ratio": (los, columns["los_of_hold"]),
        "detour_nm": (np.nan_to_num(columns["detour_nm"]) * columns["arrivals"], columns["arrivals"]),
        **{f"extra_{name}": (cost, together) for name, cost in more.items()},
    }


def agreement_rates(episodes: Columns, variant: str) -> dict[str, float]:
    """Manoeuvre/conflict agreement over all episodes, from sums of windows and times (see agreement.py)."""
    names = ("truth_windows", "alert_windows", "matched", "resolved", "alert_s", "watched_s")
    sums = {name: float(episodes[f"{variant}_{name}"].sum()) for name in names}
    lead_s = float(total(episodes[f"{variant}_lead_time_s"] * episodes[f"{variant}_matched"]))
    return {
        "precision": quotient(sums["matched"], sums["alert_windows"]),
        "recall": quotient(sums["matched"], sums["truth_windows"]),
        "f1": quotient(2.0 * sums["matched"], sums["truth_windows"] + sums["alert_windows"]),
        "false_alerts": sums["alert_windows"] - sums["matched"],
        "missed": sums["truth_windows"] - sums["matched"],
        "duty_cycle": quotient(sums["alert_s"], sums["watched_s"]),
        "lead_time_s": quotient(lead_s, sums["matched"]),
        "resolved_share": quotient(sums["resolved"], sums["matched"]),
    }


def quotient(part: float, whole: float) -> float:
    """part / whole, NaN where the whole is 0."""
    return float(part / whole) if whole else float(np.nan)
