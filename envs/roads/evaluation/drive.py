"""What a block of driven episodes is to a metric: one frozen record of arrays over steps, worlds and cars."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

Columns = dict[str, np.ndarray]
"""By name: of cars (W, S), or of worlds (W,)."""

DRIVING, ARRIVED, COLLIDED, OFF_ROAD, RED_LIGHT = 1, 2, 3, 4, 5
"""What became of a car; 0: it never entered."""
LOST = (COLLIDED, OFF_ROAD, RED_LIGHT)


@dataclass(frozen=True, eq=False)
class Drive:
    """W episodes of up to S cars, driven together for up to T steps of `step_s` seconds.

    State k is what stands after k steps (state 0: the start); step k leads from state k to state k + 1. World w has
    driven the steps 0 .. num_steps[w] - 1. A slot is one car for the whole episode; it may enter later than at state 0,
    and leave. After the step in which it ended, what stands of it is its state at that moment, once.

    Of states, (T + 1, W, S):
        x_m, y_m: the middle of the box, east and north. yaw_rad: of the nose, counterclockwise from east. speed_mps.
        s_m, d_m: the middle along its route, and to the left of it. off_heading_rad: the nose less the route.
        limit_mps: the limit where it is. free_m: how far along its route it would be, had it been alone since it came.
        driving: bool, its action of the step that follows counts.
    Of cars, (W, S):
        length_m, width_m. status: what became of it (DRIVING: nothing yet). entry: its arm.
        route_m: where its route ends.
        alone_s: seconds from entering to the end of its route, had it been alone.
        wanted_step: when it wanted to enter; entered_step: when it did, or the episode's end.
    Of worlds, (W,): num_steps, num_arms.

    Raises:
        ValueError: an array of another shape than the others ask for; the message names it.
    """

    x_m: np.ndarray
    y_m: np.ndarray
    yaw_rad: np.ndarray
    speed_mps: np.ndarray
    s_m: np.ndarray
    d_m: np.ndarray
    off_heading_rad: np.ndarray
    limit_mps: np.ndarray
    free_m: np.ndarray
    driving: np.ndarray
    length_m: np.ndarray
    width_m: np.ndarray
    status: np.ndarray
    entry: np.ndarray
    route_m: np.ndarray
    alone_s: np.ndarray
    wanted_step: np.ndarray
    entered_step: np.ndarray
    num_steps: np.ndarray
    num_arms: np.ndarray
    step_s: float

    def __post_init__(self) -> None:
        if self.driving.ndim != 3:
            raise ValueError(f"drive: driving: got shape {self.driving.shape}, wanted (steps + 1, worlds, cars)")
        for name, shape in self._shapes().items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"drive: {name}: got shape {getattr(self, name).shape}, wanted {shape}")

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        state = self.driving.shape
        worlds = ("num_steps", "num_arms")
        cars = ("length_m", "width_m", "status", "entry", "route_m", "alone_s", "wanted_step", "entered_step")
        states = [field.name for field in fields(self) if field.name not in (*worlds, *cars, "step_s")]
        return dict.fromkeys(states, state) | dict.fromkeys(cars, state[1:]) | dict.fromkeys(worlds, state[1:2])

    @property
    def num_worlds(self) -> int:
        """W."""
        return self.driving.shape[1]

    @property
    def num_slots(self) -> int:
        """S."""
        return self.driving.shape[2]

    @cached_property
    def drove(self) -> np.ndarray:
        """(T, W, S) bool: the car drove in this step, from its beginning on."""
        steps = np.arange(len(self.driving) - 1)[:, None]
        return self.driving[:-1] & (steps < self.num_steps)[:, :, None]

    @cached_property
    def seen(self) -> np.ndarray:
        """(T + 1, W, S) bool: it drove in the step that led here, or drives on from here; its last state, too."""
        found = np.zeros(self.driving.shape, bool)
        found[:-1] |= self.drove
        found[1:] |= self.drove
        return found

    @cached_property
    def entered(self) -> np.ndarray:
        """(W, S) bool: it drove at all."""
        return np.asarray(self.drove.any(0))

    @cached_property
    def driven_s(self) -> np.ndarray:
        """(W, S): how long it drove; steps count whole."""
        return self.step_s * self.drove.sum(0)

    def of_last(self, states: np.ndarray) -> np.ndarray:
        """(W, S): of states (T + 1, W, S) each car's last one that was seen; its first one where it never drove."""
        last = len(states) - 1 - self.seen[::-1].argmax(0)
        return np.take_along_axis(states, np.where(self.entered, last, 0)[None], 0)[0]

    def of_first(self, states: np.ndarray) -> np.ndarray:
        """(W, S): of states (T + 1, W, S) that in which each car began to drive."""
        return np.take_along_axis(states, self.seen.argmax(0)[None], 0)[0]


def share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole, NaN where the whole is 0."""
    return np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=np.asarray(whole) != 0)
