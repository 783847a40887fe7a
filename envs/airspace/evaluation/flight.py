"""What a block of flown episodes is to a metric: one frozen record of arrays over steps, worlds and aircraft."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from envs.airspace.simulation.compiled.worlds import TICKS_PER_STEP

STEP_S = float(TICKS_PER_STEP)
"""Seconds of flight in one step."""

KT_IN_NM_PER_S = 1.0 / 3600.0


@dataclass(frozen=True, eq=False)
class Flight:
    """W episodes of up to A aircraft, flown together for up to T steps of 10 s.

    State k is what stands after k steps (state 0: the start); step k leads from state k to state k + 1. Shorter
    episodes and smaller ones fill their part of the arrays: world w has flown the steps 0 .. num_steps[w] - 1, and its
    slots from num_aircraft[w] on are never present. What stands in the rest is not read. A slot is one aircraft for
    the whole episode; it may enter later than at state 0, and leave.

    Of states, (T + 1, W, A, ..):
        position_nm: (.., 2) east and north.
        velocity_kt: (.., 2) over the ground, east and north.
        heading_deg, tas_kt, cas_kt: the nose, 0 = north, clockwise; true and calibrated airspeed.
        present: bool, it counts for the others' separation (an arrived one may still).
        active: bool, its command of the step that follows counts.
    Of steps, (T, W, A, ..):
        change: (.., 2) commanded change of heading (degrees, clockwise) and of calibrated airspeed (kt); 0 where none.
        active_s: seconds of the step until arrival, 10 where it did not arrive in it, 0 where it was not active.
    Of steps and pairs, (T, W, P), pairs as in `pairs`:
        pair_separation_nm: the smallest distance within the step; inf where not both were present.
    Of worlds, (W,) or (W, A, ..):
        waypoint_nm: (W, A, 2). remaining_nm: (W, A) distance to it at arrival, or at the end.
        cas_range_kt: (W, A, 2) the least and the largest that can be commanded.
        arrived: (W, A) bool. kind: (W, A) row in `types` of (designator, level in ft).
        num_steps, num_aircraft: (W,). warm_up_steps: (W,) steps at the start that metrics do not count.
        los_seconds: (W,) counted seconds in which some pair was below 5 NM, by ticks of 1 s.

    Raises:
        ValueError: an array of another shape than the others ask for; the message names it.
    """

    position_nm: np.ndarray
    velocity_kt: np.ndarray
    heading_deg: np.ndarray
    tas_kt: np.ndarray
    cas_kt: np.ndarray
    present: np.ndarray
    active: np.ndarray
    change: np.ndarray
    active_s: np.ndarray
    pair_separation_nm: np.ndarray
    cas_range_kt: np.ndarray
    waypoint_nm: np.ndarray
    remaining_nm: np.ndarray
    arrived: np.ndarray
    kind: np.ndarray
    num_steps: np.ndarray
    num_aircraft: np.ndarray
    warm_up_steps: np.ndarray
    los_seconds: np.ndarray
    types: tuple[tuple[str, float], ...]

    def __post_init__(self) -> None:
        if self.present.ndim != 3:
            raise ValueError(f"flight: present: got shape {self.present.shape}, wanted (steps + 1, worlds, aircraft)")
        for name, shape in self._shapes().items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"flight: {name}: got shape {getattr(self, name).shape}, wanted {shape}")
        if len(self.num_steps) and self.num_steps.max() > self.max_steps:
            raise ValueError(f"flight: num_steps: got {self.num_steps.max()}, wanted at most {self.max_steps}")

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        state = self.present.shape
        step, world, slot = (state[0] - 1, *state[1:]), state[1:2], state[1:]
        pairs = (*step[:2], len(self.pairs))
        of_states = dict.fromkeys(("heading_deg", "tas_kt", "cas_kt", "present", "active"), state)
        of_states |= dict.fromkeys(("position_nm", "velocity_kt"), (*state, 2))
        of_steps = {"change": (*step, 2), "active_s": step, "pair_separation_nm": pairs}
        of_worlds = dict.fromkeys(("num_steps", "num_aircraft", "warm_up_steps", "los_seconds"), world)
        of_slots = dict.fromkeys(("remaining_nm", "arrived", "kind"), slot) | dict.fromkeys(
            ("waypoint_nm", "cas_range_kt"), (*slot, 2)
        )
        shapes = of_states | of_steps | of_worlds | of_slots
        assert {*shapes, "types"} == {field.name for field in fields(self)}
        return shapes

    @property
    def max_steps(self) -> int:
        """T, the steps of the longest episode there is room for."""
        return self.present.shape[0] - 1

    @property
    def num_worlds(self) -> int:
        """W."""
        return self.present.shape[1]

    @property
    def num_slots(self) -> int:
        """A, the aircraft there is room for."""
        return self.present.shape[2]

    @cached_property
    def pairs(self) -> np.ndarray:
        """All pairs of slots (P, 2), the lower one first, in the order (0, 1), (0, 2) .. (1, 2) .."""
        return all_pairs(self.num_slots)

    @cached_property
    def flown(self) -> np.ndarray:
        """(T, W) bool: the world had not ended when this step began."""
        return np.arange(self.max_steps)[:, None] < self.num_steps

    @cached_property
    def counted(self) -> np.ndarray:
        """(T, W) bool: flown, and the warm-up was over."""
        return self.flown & (np.arange(self.max_steps)[:, None] >= self.warm_up_steps)

    @cached_property
    def commanding(self) -> np.ndarray:
        """(T, W, A) bool: the aircraft was active when this step began, which counts."""
        return self.active[:-1] & self.counted[:, :, None]


def all_pairs(num_slots: int) -> np.ndarray:
    """All pairs (P, 2) of so many slots, the lower one first, in the order (0, 1), (0, 2) .. (1, 2) .."""
    return np.stack(np.triu_indices(num_slots, 1), 1)
