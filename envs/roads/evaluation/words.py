"""What reports say of drives in the roads' own words."""

from __future__ import annotations

from collections.abc import Mapping

from envs.ground.evaluating import Figure
from envs.roads.evaluation.settings import Score
from envs.roads.evaluation.shift_settings import Shifts
from envs.roads.simulation.settings import RoadsSettings

FIGURES = (
    Figure("failed_rate", "episodes with a car lost", better="lower", percent=True),
    Figure("arrived_cars", "cars that arrive", better="higher", percent=True),
    Figure("lost_cars", "cars lost", better="lower", percent=True),
    Figure("collided_cars", "cars that collide", better="lower", percent=True),
    Figure("off_road_cars", "cars that leave the road", better="lower", percent=True),
    Figure("red_light_cars", "cars past a red light", better="lower", percent=True),
    Figure("at_fault_cars", "cars that collide by their fault", better="lower", percent=True),
    Figure("vmax_score", "V-Max score", better="higher"),
    Figure("nuplan_score", "nuPlan score", better="higher"),
    Figure("ttc_within_bound", "TTC never below 0.95 s", better="higher", percent=True),
    Figure("progress", "progress, of that alone", better="higher", percent=True),
    Figure("making_progress", "cars that make progress", better="higher", percent=True),
    Figure("speed", "keeping limits, score", better="higher"),
    Figure("lanes", "keeping lanes, score", better="higher"),
    Figure("direction", "keeping direction, score", better="higher"),
    Figure("comfort", "comfortable by V-Max", better="higher", percent=True),
    Figure("comfort_nuplan", "comfortable by nuPlan", better="higher", percent=True),
    Figure("mean_min_ttc_s", "smallest TTC, mean, s", "s", "higher"),
    Figure("mean_min_pet_s", "smallest PET, mean, s", "s", "higher"),
    Figure("delay_mean_s", "delay, mean, s", "s", "lower"),
    Figure("delay_median_s", "delay, median, s", "s", "lower"),
    Figure("delay_90_s", "delay, worst tenth from, s", "s", "lower"),
    Figure("extra_delay_s", "delay above reserve, s", "s", "lower"),
    Figure("throughput_per_arm", "arrivals per hour and arm", "1/h", "higher"),
    Figure("hard_brakes_per_km", "hard brakes per km", "1/km", "lower"),
    Figure("near_misses_per_1000km", "near misses per 1000 km", "", "lower"),
    Figure("losses_per_vehicle_hour", "cars lost per vehicle-hour", "1/h", "lower"),
    Figure("risk_ratio", "risk ratio", better="lower"),
    Figure("vehicle_hours", "vehicle-hours", "h"),
    Figure("entered", "cars"),
    Figure("num_arrived", "arrivals", better="higher"),
)

TABLES: Mapping[str, tuple[str, ...]] = {
    "rates": (
        "failed_rate",
        "arrived_cars",
        "lost_cars",
        "collided_cars",
        "off_road_cars",
        "red_light_cars",
        "at_fault_cars",
        "vmax_score",
        "nuplan_score",
        "ttc_within_bound",
        "comfort",
        "delay_median_s",
        "delay_90_s",
        "extra_delay_s",
        "throughput_per_arm",
        "hard_brakes_per_km",
        "near_misses_per_1000km",
        "losses_per_vehicle_hour",
        "risk_ratio",
    ),
    "scenarios": ("arrived_cars", "vmax_score", "min_ttc_s", "min_pet_s"),
    "flow": (
        "vehicle_hours",
        "num_arrived",
        "losses_per_vehicle_hour",
        "throughput_per_arm",
        "delay_mean_s",
        "vmax_score",
    ),
}

SENTENCES: Mapping[str, str] = {
    "scope": "Scope: junctions drawn by us, all cars driven by the same kind of driver; no pedestrians, no bicycles, "
    "nobody hidden. Everything here was driven in simulation. Other roads and other traffic than Waymo's or nuPlan's: "
    "published scores there are not comparable.",
    "closing": "Junctions drawn by us, simulated.",
    "good": "safe",
    "played": "driven",
    "plays": "drives",
    "turns": "drives",
    "agent": "car",
    "agents": "cars",
    "unseen": "unseen junctions",
    "none_seen": "no car lost",
    "solved": "driven without losing a car and with every car arriving",
    "unseen_rate": "A car is lost (collides, leaves the road or runs a red light) in {rate} of unseen episodes "
    "({details}); at constant speed (hold) in {nobody}, with simulated plans (proposals) in {yardstick}.",
    "bad.failed": "it loses cars on the suite",
    "bad.arrived": "on the suite not everyone arrives",
    "failed.failed": "a car lost{seeds}",
    "failed.arrived": "not everyone arrived{seeds}",
    "weakest": "it loses cars most often in",
    "weakest_shifts": "Cars are lost most often under:",
    "varied": "the suite with other starts",
    "varied_how": "Each scenario with entries moved a little in time and speed, driven deterministic.",
    "closeness": "smallest time to collision, s (5: never less)",
    "rates_note": "Lost: collided, off the road, or past a red light. V-Max's and nuPlan's scores are means over cars; "
    "progress is beside what the car would have made alone. TTC: with cars ahead, at constant velocity. PET: time "
    "between one's leaving a place and another's coming. Delay: of each car that arrived, against the drive alone, "
    "with the wait to enter. Hard brakes: above 4.05 m/s\N{SUPERSCRIPT TWO}. Near misses: TTC below 0.95 s. "
    "Risk ratio: cars lost over those of hold.",
    "axes": "Traffic: flow, number of cars, mixed drivers",
    "axes_note": "By flow and by number: drawn junctions, whether they can be solved or not. Mixed drivers: on unseen "
    "junctions, the other cars follow idm_yield or hold.",
    "axis.flow": "flows of {places} vehicles per hour and arm",
    "axis.cars": "{places} cars",
    "teams": "share of cars that the policy drives",
    "red": "Red: a car lost with some seed.",
    "difficulty": "Difficulty: the share of orders of passage that lose a car or time.",
    "paths": "One episode each ({num}). Red: a car lost.",
    "drawn_only": "drawn junctions only",
    "intended_use": "research on cooperative driving in simulation; not for operation, and no evidence for it",
    "not_tested": "pedestrians, bicycles, people's driving, weather, hidden cars; other maps and traffic than those "
    "drawn here",
}


def gates(wanted: Score) -> str:
    """What a policy may not exceed."""
    return f"fewer than {wanted.gates.lost_cars:.3g} of cars lost in unseen junctions"


def envelope(roads: RoadsSettings) -> str:
    """What is drawn: how many cars, of which flow and size."""
    cars = roads.cars
    number = f"{cars.min_cars} to {cars.max_cars}" if cars.min_cars < cars.max_cars else f"{cars.min_cars}"
    flow = f"{cars.flow_per_h.low:g} to {cars.flow_per_h.high:g} vehicles per hour and arm"
    size = f"{cars.length_m.low:g} to {cars.length_m.high:g} m long"
    return f"{number} cars of {size}, {flow}, friction {roads.disturbance.friction:g}"


def shifts_told(shifts: Shifts) -> str:
    """All shifts by family."""
    return "; ".join(
        f"{name} {', '.join(f'{value:g}' if not isinstance(value, bool) else str(value) for value in values)}"
        for name, values in ((name, (*family.micro, *family.macro)) for name, family in shifts.families.items())
    )
