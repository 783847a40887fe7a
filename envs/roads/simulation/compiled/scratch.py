"""Room for what is worked out of one world at a time, as a record: compiled code takes it by a single pointer."""

from __future__ import annotations

import numpy as np

from envs.roads.simulation.settings import MAX_NEIGHBOURS

LANES = 8
"""Courses stand in arrays of a multiple of so many, which a processor takes at a time; what is too many is not read."""


def scratch_dtype(num_slots: int, num_looks: int, num_courses: int) -> np.dtype:
    """The record for worlds of S slots, of which C courses are followed at T looks."""
    slots, courses = (num_slots,), (-(-num_courses // LANES) * LANES,)
    return np.dtype(
        [
            ("who", np.int64, slots),  # slots of those who are there
            ("future", np.float32, (num_looks, num_slots, 4)),  # x, y, cosine and sine of each of them
            ("path", np.float32, (num_looks, 4, *courses)),  # the same of a car by each course
            ("laid_out", np.uint8, (num_looks,)),  # whether `path` is written
            ("circle", np.float64, (num_looks, 3)),  # x, y and radius of a circle around all of it; below 0: not yet
            ("sizes", np.float32, (4,)),  # length and width, its own and another's
            ("half", np.float32, courses),  # of each course's acceleration
            ("until", np.float32, courses),  # seconds until it ends
            ("after", np.float32, courses),  # m/s from then on
            ("apart", np.float32, courses),  # how far from another it would be
            ("room", np.float32, courses),
            ("contact", np.float32, courses),
            ("order", np.int64, (MAX_NEIGHBOURS + 1,)),
            ("distances", np.float64, (MAX_NEIGHBOURS + 1,)),
            ("front", np.float64, slots),  # where each front was when a tick began
            ("before", np.float64, slots),  # acceleration when the step began
        ],
        align=True,
    )
