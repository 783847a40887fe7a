"""Variants of a named scenario: entries moved in time, cars slower or faster."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from envs.roads.evaluation.settings import Jitter
from envs.roads.simulation.geometry.scenario import Scenario
from envs.roads.simulation.settings import STEP_S


def vary(scenario: Scenario, jitter: Jitter, rng: np.random.Generator) -> Scenario:
    """The scenario with each entry up to `jitter.entry_s` earlier or later, each speed up to its share higher or lower.

    Nobody enters before the start; who comes first enters first. Its notes say by how much the speeds were changed.
    """
    most = round(jitter.entry_s / STEP_S)
    entry_step = np.maximum(0, scenario.entry_step + rng.integers(-most, most, scenario.num_cars, endpoint=True))
    share = rng.uniform(-jitter.speed_share, jitter.speed_share, scenario.num_cars)
    order = np.argsort(entry_step, kind="stable")
    return replace(
        scenario,
        ids=tuple(scenario.ids[car] for car in order),
        route=scenario.route[order],
        entry_step=entry_step[order],
        s_m=scenario.s_m[order],
        speed_mps=(scenario.speed_mps * (1.0 + share))[order],
        length_m=scenario.length_m[order],
        width_m=scenario.width_m[order],
        notes=f"speeds changed by {share.min():+.0%} to {share.max():+.0%}",
    )
