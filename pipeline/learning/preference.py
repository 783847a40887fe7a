"""What makes one policy better than another, by its flights through the validation episodes."""

from __future__ import annotations


def failures(los_rate: float, arrived_share: float) -> float:
    """LoS rate (of episodes) plus share of aircraft that do not arrive; the smaller the better.

    So a loss of separation weighs as much as four episodes in which one of four aircraft is late.
    """
    return los_rate + 1 - arrived_share


def preference(los_rate: float, arrived_share: float, mean_return: float) -> tuple[float, float]:
    """The larger the better: fewer failures, then the higher return."""
    return -failures(los_rate, arrived_share), mean_return
