"""Instructions counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from flights_by_hand import Track, flight, side_by_side

from envs.airspace.evaluation.control import control
from envs.airspace.evaluation.flight import Flight

Commands = dict[int, tuple[float, float]]


def figures(flown: Flight) -> dict[str, list]:
    return {name: column.tolist() for name, column in control(flown).items()}


def told(*commands: Commands, num_steps: int = 12) -> Flight:
    """Aircraft far apart with these commands."""
    return flight(*[Track(100.0 * a, 0.0, 0.0, commands=each) for a, each in enumerate(commands)], num_steps=num_steps)


@pytest.mark.parametrize(
    ("command", "counts"),
    [((3.0, 0.0), 1), ((-3.0, 0.0), 1), ((2.9, 4.9), 0), ((0.0, 5.0), 1), ((0.0, -5.0), 1), ((18.0, 10.0), 1)],
)
def test_an_instruction_is_3_degrees_or_5_kt(command: tuple[float, float], counts: int) -> None:
    assert figures(told({4: command}))["instructions"] == [counts]


def test_instructions_are_shared_out_over_flights() -> None:
    found = figures(told({0: (5.0, 0.0), 1: (5.0, 0.0), 7: (5.0, 0.0)}, {}))
    assert (found["instructions"], found["instructions_per_flight"]) == ([3], [1.5])


def test_the_gap_is_between_successive_instructions_of_one_aircraft() -> None:
    """The first waits 5 and 3 steps, the second 4; between the two there is 1 step, which does not count."""
    found = figures(told({0: (9.0, 0.0), 5: (0.0, 9.0), 8: (9.0, 0.0)}, {1: (9.0, 0.0), 5: (9.0, 0.0)}))
    assert found["min_instruction_gap_s"] == [30.0]


def test_a_single_instruction_has_no_gap() -> None:
    assert np.isnan(figures(told({3: (9.0, 0.0)}))["min_instruction_gap_s"][0])


def test_reversals_are_counted_by_axis_in_successive_steps() -> None:
    """Heading + - - . +: two successive pairs, one reversal. Speed + + - . -: two successive pairs, one reversal."""
    commands = {2: (9.0, 9.0), 3: (-9.0, 9.0), 4: (-9.0, -9.0), 6: (9.0, -9.0)}
    found = figures(told(commands))
    assert (found["consecutive"], found["reversals"], found["oscillation"]) == ([4], [2], [0.5])


def test_a_small_command_between_two_instructions_keeps_them_from_being_a_reversal() -> None:
    found = figures(told({2: (9.0, 0.0), 3: (-2.0, 9.0), 4: (-9.0, 0.0)}))
    assert (found["consecutive"], found["reversals"]) == ([0], [0])
    assert np.isnan(found["oscillation"][0])


def test_nothing_counts_after_arrival() -> None:
    """Arrived after 35 s: the commands of the steps 0 to 3 count."""
    track = Track(0.0, 0.0, 0.0, commands=dict.fromkeys(range(10), (9.0, 0.0)), arrives_after_s=35.0)
    assert figures(flight(track, num_steps=10))["instructions"] == [4]


@pytest.mark.parametrize(
    ("range_kt", "steps"), [((200.0, 364.0), 0), ((200.0, 362.0), 12), ((356.0, 400.0), 0), ((358.0, 400.0), 12)]
)
def test_within_3_kt_of_the_least_or_largest_speed_a_limit_is_reached(
    range_kt: tuple[float, float], steps: int
) -> None:
    flown = flight(Track(0.0, 0.0, 0.0, tas_kt=360.0, cas_range_kt=range_kt), num_steps=12)
    assert figures(flown)["hours_at_limit"] == [pytest.approx(10.0 * steps / 3600.0)]


def test_time_at_a_limit_ends_with_the_arrival() -> None:
    track = Track(0.0, 0.0, 0.0, cas_range_kt=(200.0, 360.0), arrives_after_s=35.0)
    assert figures(flight(track, num_steps=10))["hours_at_limit"] == [pytest.approx(35.0 / 3600.0)]


def test_what_comes_after_an_episodes_end_does_not_count() -> None:
    short, long = told({1: (9.0, 0.0)}, num_steps=3), told({1: (9.0, 0.0), 9: (9.0, 0.0)})
    assert figures(side_by_side(short, long))["instructions"] == [1, 2]
