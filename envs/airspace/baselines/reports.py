"""What rules know of the others: the reports that a policy gets, true where nothing disturbs them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from envs.airspace.simulation.batch import AirspaceBatch


@dataclass(frozen=True)
class Reports:
    """Of each aircraft what all others have of it, the last report that arrived.

    Attributes:
        heard: (W, A) bool: it is there, and some report of it has arrived.
        position_nm, velocity_kt: (W, A, 2) east and north, the velocity through the air.
    """

    heard: np.ndarray
    position_nm: np.ndarray
    velocity_kt: np.ndarray


def reports(batch: AirspaceBatch) -> Reports:
    """See Reports; of these docs/airspace.md says what a policy sees."""
    worlds, true = batch.worlds, truth(batch)
    if not worlds.disturbed.any():
        return true
    disturbed, last = worlds.disturbed[:, None], worlds.report
    return Reports(
        true.heard & (worlds.reported | ~disturbed),
        np.where(disturbed[..., None], last[..., :2], true.position_nm),
        np.where(disturbed[..., None], last[..., 2:], true.velocity_kt),
    )


def truth(batch: AirspaceBatch) -> Reports:
    """What reports would say that nothing disturbs."""
    worlds = batch.worlds
    there = worlds.present & (np.arange(batch.num_slots) < worlds.num_aircraft[:, None])
    return Reports(there, worlds.position, air_velocity_kt(batch))


def air_velocity_kt(batch: AirspaceBatch) -> np.ndarray:
    """True velocities (W, A, 2) through the air; the wind is the same for all and drops out of pairs."""
    heading = np.radians(batch.worlds.heading)
    return batch.worlds.tas[..., None] * np.stack([np.sin(heading), np.cos(heading)], -1)
