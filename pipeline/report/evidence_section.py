"""The report's first screen in words and cells: compared with what, where it fails, and the model card."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from markupsafe import Markup

from pipeline.pictures.curve_pictures import draw_shifts, draw_survival, draw_traffic
from pipeline.report.evidence import Evidence

NAMES = {
    "deterministic": "the policy, deterministic",
    "stochastic": "the policy, stochastic",
    "mvp": "mvp (geometric resolver)",
    "orca": "orca (reciprocal avoidance)",
    "direct": "direct (to the waypoint)",
    "hold": "hold (never acts)",
}
RATES = {
    "los_rate": "episodes with LoS",
    "intrusion_prevention": "IPR",
    "risk_ratio": "risk ratio",
    "domino_effect": "DEP",
    "los_per_flight_hour": "LoS per flight hour",
    "extra_track_nm": "extra track, NM",
    "extra_fuel_kg": "extra fuel, kg",
}
DENSITY_RATES = {
    "los_per_flight_hour": "LoS per flight hour",
    "intrusion_prevention": "IPR",
    "domino_effect": "DEP",
    "detour_nm": "extra track, NM",
}
_PERCENT = ("los_rate", "intrusion_prevention")
NOT_KNOWN = "\N{EN DASH}"


def evidence_section(evidence: Evidence) -> dict[str, Any]:
    """Everything that the template shows of it."""
    unit = evidence.rates.loc[evidence.rates["mode"] == "deterministic"].iloc[0]
    return {
        "rate_names": list(RATES.values()),
        "rates": rate_rows(evidence),
        "worst": "; ".join(worst_words(evidence, 1)),
        "rests_on": f"{unit['num_units']:,} {unit['unit']}s",
        "slices": slice_rows(evidence.slices),
        "survival": Markup(draw_survival(evidence.survival)),
        "shifts": Markup(draw_shifts(evidence.shifts)),
        "bands": band_rows(evidence.bands),
        "worst_shifts": worst_shift_words(evidence.worst_shifts),
        "published": published_rows(evidence.published),
        "variants": variant_rows(evidence.memorisation),
        "traffic": Markup(draw_traffic(evidence.densities, evidence.numbers, evidence.equipage)),
        "density_names": ["flight hours", *DENSITY_RATES.values()],
        "densities": density_rows(evidence.densities),
    }


def rate_rows(evidence: Evidence) -> list[dict[str, Any]]:
    """One row per flyer: its name, suite scenarios solved, and each rate as text over its interval."""
    rows = []
    for mode, own in evidence.rates.groupby("mode", sort=False):
        by_figure = own.set_index("figure").to_dict("index")
        cells = [_estimate(by_figure[figure], figure) for figure in RATES]
        solved, total = evidence.solved[str(mode)]
        rows.append({"name": NAMES[str(mode)], "solved": f"{solved} of {total}", "cells": cells})
    return rows


def slice_rows(slices: pd.DataFrame) -> list[dict[str, str]]:
    """The slices of unseen traffic as text, the worst first."""
    return [
        {
            "name": str(row["slice"]).replace("_", " "),
            "episodes": f"{row['episodes']:,}",
            "ours": f"{_percent(row['los_rate'])} [{_percent(row['low'])} to {_percent(row['high'])}]",
            "mvp": _percent(row["mvp"]),
            "hold": _percent(row["hold"]),
        }
        for _, row in slices.iterrows()
    ]


def worst_words(evidence: Evidence, most: int) -> list[str]:
    """Where separation is lost most often, at most so many sentences for each kind of test; none where it never is."""
    slices = slice_rows(evidence.slices[evidence.slices["los_rate"] > 0])[:most]
    variants = variant_rows(evidence.memorisation[evidence.memorisation["los_rate"] > 0])[:most]
    return [
        *(f"unseen traffic, {row['name']}: {row['ours']}" for row in slices),
        *(f"the suite turned, mirrored and jittered, {row['scenario']}: {row['lost']}" for row in variants),
        *(f"shifted suite, {words}" for words in worst_shift_words(evidence.worst_shifts)[:most]),
    ]


def band_rows(bands: pd.DataFrame) -> list[dict[str, str]]:
    """Losses of separation by flyer, not shifted and in both bands."""
    rows = []
    for mode, own in bands.groupby("mode", sort=False):
        rates = own.set_index("band")["los_rate"]
        row = {band: _percent(rates.get(band, math.nan)) for band in ("none", "micro", "macro")}
        rows.append({"name": NAMES[str(mode)], **row})
    return rows


def worst_shift_words(worst: pd.DataFrame) -> list[str]:
    """The shifts under which separation is lost most often, one sentence each."""
    return [
        f"{row['shift_family'].replace('_', ' ')} {row['size_label']}, {row['shifted']}: "
        f"{_percent(row['los_rate'])} of {row['episodes']:.0f} episodes"
        for _, row in worst.iterrows()
    ]


def variant_rows(memorisation: pd.DataFrame) -> list[dict[str, str]]:
    """The memorisation test as text, the scenario that suffers most first."""
    return [
        {
            "scenario": row["scenario"],
            "variants": f"{row['variants']:,}",
            "lost": f"{_percent(row['los_rate'])} [{_percent(row['los_low'])} to {_percent(row['los_high'])}]",
            "worst": f"{row['min_separation_nm']:.2f} NM, {row['worst_change']}",
        }
        for _, row in memorisation.sort_values("los_rate", ascending=False).iterrows()
    ]


def density_rows(densities: pd.DataFrame) -> list[dict[str, Any]]:
    """One row per density and flyer: flight hours, and each rate as text over its interval."""
    rows = []
    for (place, mode), own in densities.groupby(["place", "mode"], sort=False):
        by_figure = own.set_index("figure").to_dict("index")
        hours = {"text": f"{own['flight_hours'].iloc[0]:,.0f}", "small": ""}
        cells = [hours, *(_estimate(by_figure[figure], figure) for figure in DENSITY_RATES)]
        rows.append({"place": f"{place:g}", "name": NAMES[str(mode)], "cells": cells})
    return rows


def published_rows(published: pd.DataFrame) -> list[dict[str, str]]:
    """Ours beside the published figures as text."""
    return [
        {
            "mode": row["mode"],
            "scenarios": row["scenarios"],
            "published": row["published"],
            "who": row["who"],
            "ours": f"{_percent(row['los_rate'])} [{_percent(row['low'])} to {_percent(row['high'])}]",
            "episodes": f"{row['episodes']:,}",
            "mvp": _percent(row["mvp"]),
        }
        for _, row in published.iterrows()
    ]


def _estimate(row: dict[Any, Any], figure: str) -> dict[str, Any]:
    def words(number: float) -> str:
        return _percent(number) if figure in _PERCENT else _number(number)

    known = math.isfinite(row["low"])
    return {"text": words(row["value"]), "small": f"[{words(row['low'])} to {words(row['high'])}]" if known else ""}


def _percent(rate: float) -> str:
    return f"{100 * rate:.3g}\N{NO-BREAK SPACE}%" if math.isfinite(rate) else NOT_KNOWN


def _number(number: float) -> str:
    if not math.isfinite(number):
        return NOT_KNOWN
    return f"{round(number, 4) + 0.0:.3g}".replace("-", "\N{MINUS SIGN}")  # what is smaller is rounding, and -0 is 0
