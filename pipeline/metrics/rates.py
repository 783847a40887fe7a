"""From tables of episodes to the rates that the field compares: of one policy, and of a policy against a baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.statistics import Bootstrap, Estimate, ratio

COUNTED = ("conflicts", "conflicts_los", "los", "los_pairs", "flight_hours", "detour_nm", "arrivals")
"""The columns that rates are made of."""


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
        which tells of episodes too in which not all do.

    Raises:
        ValueError: no run, or one of other episodes than the baselines'.
    """
    if not runs:
        raise ValueError("estimates: got no run, wanted one table or more")
    held = [paired(run, hold, list(COUNTED), "hold") for run in runs]
    ours = {name: np.stack([table[name].to_numpy(np.float64) for table in held]) for name in held[0].columns[1:]}
    detours_nm = np.nan_to_num(ours["detour_nm"]) * ours["arrivals"]
    found, losses = ours["conflicts"], ours["conflicts_los"]
    dominoes = ratio(found, ours["conflicts_of_hold"], bootstrap)
    return {
        "los_rate": ratio(ours["los"], np.ones_like(ours["los"]), bootstrap),
        "los_per_flight_hour": ratio(ours["los_pairs"], ours["flight_hours"], bootstrap),
        "intrusion_prevention": ratio(found - losses, found, bootstrap),
        "domino_effect": replace(
            dominoes, value=dominoes.value - 1.0, low=dominoes.low - 1.0, high=dominoes.high - 1.0
        ),
        "risk_ratio": ratio(ours["los"], ours["los_of_hold"], bootstrap),
        "detour_nm": ratio(detours_nm, ours["arrivals"], bootstrap),
    } | {f"extra_{name}": _extra_estimate(runs, direct, name, bootstrap) for name in ("track_nm", "fuel_kg")}


def _extra_estimate(runs: Sequence[pd.DataFrame], direct: pd.DataFrame, name: str, bootstrap: Bootstrap) -> Estimate:
    """Mean of `extra` over the episodes in which all arrived both times; which these are differs from run to run."""
    tables = [paired(run, direct, [name, "all_arrived"], "direct") for run in runs]
    same = [(table["all_arrived"] & table["all_arrived_of_direct"]).to_numpy() for table in tables]
    more = [(table[name] - table[f"{name}_of_direct"]).to_numpy() for table in tables]
    return ratio(np.where(same, more, 0.0), np.array(same, np.float64), bootstrap)


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
    try:
        both = episodes[[*keys, *columns]].merge(
            reference[[*keys, *columns]],
            on=keys,
            suffixes=("", f"_of_{rule}"),
            how="outer",
            validate="1:1",
            indicator=True,
        )
    except pd.errors.MergeError as error:
        raise ValueError(f"paired episodes: wanted each episode once in either table: {error}") from None
    alone = both.loc[both["_merge"] != "both", "episode"].unique()
    if len(alone):
        some = ", ".join(map(str, alone[:5]))
        raise ValueError(
            f"paired episodes: {len(alone)} are in one table only (episode {some}), wanted the same in both"
        )
    return both.drop(columns="_merge")


def quotient(part: float, whole: float) -> float:
    """part / whole, NaN where the whole is 0."""
    return float(part / whole) if whole else float(np.nan)
