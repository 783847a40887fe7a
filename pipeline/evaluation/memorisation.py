"""Does a policy know the named scenarios by heart? Each one varied many times, played again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from envs.ground.columns import columns_of
from envs.ground.outcomes import solved
from envs.ground.play import Episodes, Space
from pipeline.evaluation.judged import Judged, outcome_figures
from pipeline.evaluation.measuring import Contestant, play_measured
from pipeline.settings.evaluate import Evaluate

COLUMNS = ("scenario", "variants", "leading", "solved_share", "worst_variant", "worst_change")
"""What the table has at least."""


def memorisation(
    space: Space, scenarios: Sequence[Any], contestant: Contestant, world: Judged, settings: Any, evaluate: Evaluate
) -> pd.DataFrame:
    """One row per scenario: what happens in as many variants, and which one came closest to failing.

    Args:
        settings: the world's, of evaluation.

    Columns: scenario, variants, the outcomes' figures, solved_share, worst_variant (its number) and worst_change.
    """
    rows: list[dict[str, Any]] = []
    variants = evaluate.memorisation_variants
    for number, scenario in enumerate(scenarios):
        rng = np.random.default_rng([evaluate.seed, number])
        drawn = tuple(world.evaluation.vary(scenario, settings, rng) for _ in range(variants))
        episodes = Episodes.of_scenarios(range(variants), 1, evaluate.seed)
        varied = replace(space, scenarios=drawn)
        played = play_measured(varied, episodes, contestant, world.evaluation, variants)
        rows.append({"scenario": scenario.name} | _summarise(played.episodes, drawn, world, evaluate.confidence))
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=list(COLUMNS))


def _summarise(played: pd.DataFrame, drawn: Sequence[Any], world: Judged, confidence: float) -> dict[str, Any]:
    worst = int(played[world.evaluation.closeness].to_numpy().argmin())
    return {
        "variants": len(played),
        **outcome_figures(columns_of(played), world, confidence),
        "solved_share": float(solved(played, world.outcomes).mean()),
        "worst_variant": worst,
        "worst_change": getattr(drawn[worst], "notes", ""),
    }
