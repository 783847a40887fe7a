"""What a traffic light shows."""

from __future__ import annotations

from numba import njit

GREEN, AMBER, RED = range(3)


@njit(cache=True, error_model="numpy")
def shown(light, time_s):
    """What a light shows, and the seconds until it shows something else."""
    phase = (time_s - light.green_from) % light.cycle
    if phase < light.green_for:
        return GREEN, light.green_for - phase
    if phase < light.green_for + light.amber:
        return AMBER, light.green_for + light.amber - phase
    return RED, light.cycle - phase
