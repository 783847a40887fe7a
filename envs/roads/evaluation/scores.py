"""One number per car, as V-Max and nuPlan make it of their metrics."""

from __future__ import annotations

import numpy as np

from envs.roads.evaluation.drive import Columns


def scores(cars: Columns) -> Columns:
    """vmax_score and nuplan_score (W, S), from the columns of the other metrics.

    vmax_score = (1 - at-fault collision)(1 - off road)(1 - red light)(making progress)(direction)
        x (5 TTC + 5 progress + 4 speed + 3 lanes + 2 comfort) / 19, valeoai/V-Max, aggregators.py (2025).
    nuplan_score = (1 - at-fault collision)(1 - off road)(making progress)(direction)
        x (5 TTC + 5 progress + 4 speed + 2 comfort) / 16, Karnchanachari et al., "Towards learning-based planning: the
        nuPlan benchmark for real-world autonomous driving" (2024); comfort by nuPlan's own bounds.
    """
    clean = ~cars["at_fault"] & ~cars["off_road"] & cars["making_progress"]
    product = clean * cars["direction"]
    both = 5.0 * cars["ttc_within_bound"] + 5.0 * cars["progress"] + 4.0 * cars["speed"]
    vmax = (both + 3.0 * cars["lanes"] + 2.0 * cars["comfort"]) / 19.0
    nuplan = (both + 2.0 * cars["comfort_nuplan"]) / 16.0
    return {
        "vmax_score": np.where(cars["red_light"], 0.0, product * vmax),
        "nuplan_score": product * nuplan,
    }
