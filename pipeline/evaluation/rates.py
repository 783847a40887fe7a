"""From tables of episodes to the rates that the field compares: of one policy, and of a policy against a baseline."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.evaluation.statistics import Bootstrap, Estimate, ratios

COUNTED = ("conflicts", "conflicts_los", "los", "los_pairs", "flight_hours", "detour_nm", "arrivals")
"""The columns that rates are made of."""

_COSTS = ("all_arrived", "track_nm", "fuel_kg")


def intrusion_prevention(episodes: pd.DataFrame) -> float:
    """IPR = (conflicts - conflicts that lost separation) / conflicts; NaN without conflicts.

    Sunil et al., "Analysis of airspace structure and capacity for decentralized separation using fast-time
    simulations", Journal of Guidance, Control, and Dynamics 40 (2017).
    """
    found, lost = episodes["conflicts"].sum(), episodes["conflicts_los"].sum()
    return quotient(found - lost, found)


def domino_effect(both: pd.DataFrame) -> float:
    """DEP = conflicts / conflicts of `hold` on the same traffic - 1; NaN where `hold` has none.

    Above 0: resolving conflicts made new ones. Bilimoria, Sheth, Lee and Grabbe, "Performance evaluation of airborne
    separation assurance for free flight", AIAA Guidance, Navigation, and Control Conference (2000).
    """
    return quotient(both["conflicts"].sum(), both["conflicts_of_hold"].sum()) - 1.0


def risk_ratio(both: pd.DataFrame) -> float:
    """P(LoS) / P(LoS of `hold`), over the same encounters; NaN where `hold` never loses separation.

    ICAO Annex 10, volume IV: the risk with a collision avoidance system over the risk without.
    """
    return quotient(both["los"].sum(), both["los_of_hold"].sum())


def per_flight_hour(episodes: pd.DataFrame, column: str = "los_pairs") -> float:
    """A count, by default of pairs that lost separation, per hour of one aircraft's flight."""
    return quotient(episodes[column].sum(), episodes["flight_hours"].sum())


def extra(both: pd.DataFrame, column: str) -> float:
    """What each episode cost above `direct` in the same traffic, per aircraft, say in track_nm; NaN where none counts.

    Mean over episodes in which all aircraft arrived both times: otherwise the flights are not the same work.
    """
    same = both[both["all_arrived"] & both["all_arrived_of_direct"]]
    return float((same[column] - same[f"{column}_of_direct"]).mean())


def estimates(
    runs: Sequence[pd.DataFrame], hold: pd.DataFrame, direct: pd.DataFrame, bootstrap: Bootstrap
) -> dict[str, Estimate]:
    """The field's rates of a method, with intervals over its training runs (over episodes where there is one run).

    Args:
        runs: a table of the same episodes for each run. hold, direct: those of the baselines.

    Returns:
        los_rate, los_per_flight_hour, intrusion_prevention, domino_effect, risk_ratio, extra_track_nm, extra_fuel_kg:
        as the functions of this module define them, over all runs together; detour_nm: of each aircraft that arrived,
        which tells of episodes too in which not all do. All over the same resamples.

    Raises:
        ValueError: no run, or one of other episodes than the baselines'.
    """
    if not runs:
        raise ValueError("estimates: got no run, wanted one table or more")
    held, direct_too = _stacked(runs, hold, COUNTED, "hold"), _stacked(runs, direct, _COSTS, "direct")
    los, found = held["los"], held["conflicts"]
    together = (direct_too["all_arrived"] * direct_too["all_arrived_of_direct"]) > 0.0
    more = {name: np.where(together, direct_too[name] - direct_too[f"{name}_of_direct"], 0.0) for name in _COSTS[1:]}
    sums = {
        "los_rate": (los, np.ones_like(los)),
        "los_per_flight_hour": (held["los_pairs"], held["flight_hours"]),
        "intrusion_prevention": (found - held["conflicts_los"], found),
        "domino_effect": (found - held["conflicts_of_hold"], held["conflicts_of_hold"]),
        "risk_ratio": (los, held["los_of_hold"]),
        "detour_nm": (np.nan_to_num(held["detour_nm"]) * held["arrivals"], held["arrivals"]),
    }
    return ratios(sums | {f"extra_{name}": (cost, together) for name, cost in more.items()}, bootstrap)


def _stacked(
    runs: Sequence[pd.DataFrame], reference: pd.DataFrame, columns: Sequence[str], rule: str
) -> dict[str, np.ndarray]:
    """Columns (R, N) of the runs' episodes, and of the reference on the same ones."""
    tables = [paired(run, reference, list(columns), rule) for run in runs]
    names = [*columns, *(f"{name}_of_{rule}" for name in columns)]
    return {name: np.stack([table[name].to_numpy(np.float64) for table in tables]) for name in names}


def agreement_rates(episodes: pd.DataFrame, variant: str) -> dict[str, float]:
    """Manoeuvre/conflict agreement over all episodes, from sums of windows and times (see metrics/agreement.py)."""
    names = ("truth_windows", "alert_windows", "matched", "resolved", "alert_s", "watched_s")
    sums = {name: float(episodes[f"{variant}_{name}"].sum()) for name in names}
    lead_s = float((episodes[f"{variant}_lead_time_s"] * episodes[f"{variant}_matched"]).sum())
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


def paired(episodes: pd.DataFrame, reference: pd.DataFrame, columns: list[str], rule: str) -> pd.DataFrame:
    """Join two tables by episode; the columns of the reference, flown by `rule`, end in _of_hold, say.

    Raises:
        ValueError: an episode is missing in one of the two, there twice, or of another seed; the message says which.
    """
    keys = ["episode", *(["episode_seed"] if "episode_seed" in episodes and "episode_seed" in reference else [])]
    ours, theirs = (table[[*keys, *columns]].sort_values(keys, ignore_index=True) for table in (episodes, reference))
    for table in (ours, theirs):
        twice = table.loc[table.duplicated(keys), "episode"].unique()
        if len(twice):
            raise ValueError(
                f"paired episodes: episode {_some(twice)} is there twice, wanted each once in either table"
            )
    if len(ours) != len(theirs) or any((ours[key] != theirs[key]).any() for key in keys):
        sides = ours[keys].merge(theirs[keys], how="outer", indicator=True)
        alone = sides.loc[sides["_merge"] != "both", "episode"].unique()
        wish = "wanted the same in both"
        raise ValueError(f"paired episodes: {len(alone)} are in one table only (episode {_some(alone)}), {wish}")
    return ours.join(theirs[columns].add_suffix(f"_of_{rule}"))


def _some(episodes: np.ndarray) -> str:
    return ", ".join(map(str, episodes[:5]))


def quotient(part: float, whole: float) -> float:
    """part / whole, NaN where the whole is 0."""
    return float(part / whole) if whole else float(np.nan)
