"""What an aircraft type can do at one level: its speed range and its acceleration over true airspeed."""

from __future__ import annotations

from dataclasses import dataclass

NUM_ACCELERATIONS = 24
"""Samples of acceleration in every type's table."""


@dataclass(frozen=True)
class AircraftType:
    """Performance of one type at one level, in clean level flight at middle mass.

    cas_min_kt, cas_max_kt: the range of calibrated airspeed that a command may ask for.
    tas_grid_kt: lowest true airspeed of the table and the step between its samples; the table covers the range.
    acceleration_mps2: largest change of speed, both ways, at the 24 speeds of the grid; linear between them.

    Raises ValueError for an empty speed range, a step not above 0, or a table that is not 24 positive numbers.
    """

    name: str
    cas_min_kt: float
    cas_max_kt: float
    tas_grid_kt: tuple[float, float]
    acceleration_mps2: tuple[float, ...]

    def __post_init__(self) -> None:
        if not 0.0 < self.cas_min_kt < self.cas_max_kt:
            raise ValueError(f"{self.name}: got {self.cas_min_kt} .. {self.cas_max_kt} kt CAS, wanted 0 < min < max")
        if not self.tas_grid_kt[1] > 0.0:
            raise ValueError(f"{self.name}: got a grid step of {self.tas_grid_kt[1]} kt, wanted one above 0")
        table = self.acceleration_mps2
        if len(table) != NUM_ACCELERATIONS or not all(acceleration > 0.0 for acceleration in table):
            raise ValueError(f"{self.name}: got {table}, wanted {NUM_ACCELERATIONS} accelerations above 0 (m/s2)")


# fmt: off
AIRCRAFT_TYPES_10000FT: dict[str, AircraftType] = {
    "A320": AircraftType("A320", 130.238, 316.847, (151.0, 9.3), (
        1.03573, 1.06728, 1.08713, 1.0976, 1.10046, 1.09707, 1.08847, 1.07549,
        1.05877, 1.03885, 1.01614, 0.99098, 0.96366, 0.9344, 0.9034, 0.87082,
        0.8368, 0.80143, 0.76483, 0.72707, 0.68822, 0.64834, 0.60747, 0.56568,
    )),
    "B738": AircraftType("B738", 139.957, 312.959, (162.0, 8.7), (
        1.01335, 1.03385, 1.04575, 1.05055, 1.04943, 1.04332, 1.03297, 1.01898,
        1.00182, 0.98189, 0.95953, 0.93499, 0.9085, 0.88025, 0.8504, 0.81908,
        0.78641, 0.75247, 0.71737, 0.68116, 0.64391, 0.60567, 0.56649, 0.5264,
    )),
    "A332": AircraftType("A332", 130.238, 314.903, (151.0, 9.4263), (
        0.84539, 0.88026, 0.90229, 0.91404, 0.91741, 0.91387, 0.90456, 0.89037,
        0.872, 0.85001, 0.82485, 0.7969, 0.76645, 0.73375, 0.69901, 0.6624,
        0.62406, 0.58412, 0.54268, 0.5, 0.5, 0.5, 0.5, 0.5,
    )),
    "B744": AircraftType("B744", 139.957, 349.892, (162.0, 11.0233), (
        0.61948, 0.67361, 0.71006, 0.73262, 0.74408, 0.74652, 0.74154, 0.73036,
        0.71393, 0.69301, 0.6682, 0.63998, 0.60875, 0.57482, 0.53845, 0.5,
        0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5,
    )),
    "E190": AircraftType("E190", 124.406, 309.072, (144.0, 9.3), (
        1.04813, 1.08605, 1.1102, 1.12343, 1.12787, 1.12513, 1.11645, 1.1028,
        1.08492, 1.06342, 1.03879, 1.01141, 0.98161, 0.94963, 0.9157, 0.87999,
        0.84266, 0.80382, 0.76359, 0.72205, 0.67928, 0.63534, 0.59028, 0.54416,
    )),
}
# fmt: on
"""Types known without OpenAP, at 10,000 ft; made by envs.airspace.simulation.traffic.performance.aircraft_type."""


def performance_of(name: str, alt_ft: float) -> AircraftType:
    """The performance of a type at a level; only of what is not built in OpenAP is asked, which takes a second to load.

    Raises:
        ValueError: a type or level that OpenAP does not know.
    """
    if alt_ft == 10_000.0 and name in AIRCRAFT_TYPES_10000FT:
        return AIRCRAFT_TYPES_10000FT[name]
    from envs.airspace.simulation.traffic.performance import aircraft_type

    return aircraft_type(name, alt_ft)
