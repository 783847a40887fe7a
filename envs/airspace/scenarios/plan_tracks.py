"""Where candidate plans lead: each aircraft's track under each of its plans, flown in the batch.

A plan looks at nobody, so an aircraft's track depends on its own plan only. P flights of a scenario therefore tell of P
plans for each of A aircraft, and with them of P^A joint plans: whether two tracks keep apart is a matter of that pair.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from envs.airspace.baselines.reports import air_velocity_kt
from envs.airspace.scenarios.plans import FlyPlans, stack_plans
from envs.airspace.simulation.batch import AirspaceBatch
from envs.ground.play import Episodes, Space

_STEPS_PER_HOUR = 360.0


@dataclass(frozen=True)
class Tracks:
    """One scenario's tracks: P plans for each of A aircraft, over T steps of 10 s.

    plans: (P, A, 4). position_nm: (P, A, T + 1, 2), the start first, and straight on after an arrival. arrival_step:
    (P, A), the step (from 1) in which the waypoint is reached, T + 1 where it is not.
    """

    plans: np.ndarray
    position_nm: np.ndarray
    arrival_step: np.ndarray

    def joined(self, other: Tracks) -> Tracks:
        """The plans of both."""
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return Tracks(*(np.concatenate(pair) for pair in pairs))


def fly_tracks(
    airspace: Space, episodes: Episodes, plans: Sequence[np.ndarray], worlds_per_block: int
) -> Iterator[Tracks]:
    """The tracks of each of N episodes under its plans: N arrays (P, A, 4) of the same P, A the episode's own."""
    num_plans = len(plans[0]) if plans else 1
    per_block = max(1, worlds_per_block // num_plans)
    for first in range(0, len(episodes), per_block):
        block, wanted = episodes.take(slice(first, first + per_block)), plans[first : first + per_block]
        repeated = Episodes(np.repeat(block.scenario, num_plans), np.repeat(block.seed, num_plans))
        steering = FlyPlans(np.concatenate(stack_plans(wanted)))
        position_nm, arrival_step = _fly(airspace.batch(len(repeated)), repeated, steering)
        for n, own in enumerate(wanted):
            rows, count = slice(n * num_plans, (n + 1) * num_plans), own.shape[1]
            yield Tracks(own, position_nm[rows, :count], arrival_step[rows, :count])


def _fly(batch: AirspaceBatch, episodes: Episodes, steering: FlyPlans) -> tuple[np.ndarray, np.ndarray]:
    """Positions (W, A, T + 1, 2) and arrival steps (W, A)."""
    worlds, num_steps = batch.worlds, batch.settings.episode.max_steps
    batch.begin(np.arange(len(episodes)), episodes.scenario, episodes.seed)
    steering.begin(batch, 0)
    position_nm = np.zeros((batch.num_worlds, batch.num_slots, num_steps + 1, 2), np.float32)
    arrival_step = np.full((batch.num_worlds, batch.num_slots), num_steps + 1)
    position_nm[:, :, 0] = worlds.position
    for step in range(1, num_steps + 1):
        over, before = worlds.done.copy(), worlds.arrived.copy()
        if not over.all():
            batch.step(steering.steer(batch, None))
        arrival_step[worlds.arrived & ~before] = step
        position_nm[:, :, step] = worlds.position
        if over.any():
            position_nm[over, :, step] = position_nm[over, :, step - 1] + _drift_nm(batch)[over]
    return position_nm, arrival_step


def _drift_nm(batch: AirspaceBatch) -> np.ndarray:
    """How far (W, A, 2) aircraft that hold their course get in a step."""
    wind = batch.settings.wind
    towards = math.radians(wind.from_deg + 180.0)
    wind_kt = wind.speed_kt * np.array([math.sin(towards), math.cos(towards)])
    return (air_velocity_kt(batch) + wind_kt) / _STEPS_PER_HOUR
