"""Traffic that evaluate draws for itself: by flow, and by number of cars."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from envs.ground.evaluating import Axis
from envs.roads.evaluation.settings import EvaluationSettings
from envs.roads.simulation.settings import RoadsSettings

Values = dict[str, Any]


def axes(roads: RoadsSettings, wanted: EvaluationSettings) -> tuple[Axis, ...]:
    """By flow and by number of cars.

    Raises:
        ValueError: a flow or a number that nobody can draw; the message begins with the key.
    """
    return by_number(roads, wanted), by_flow(roads, wanted)


def by_number(roads: RoadsSettings, wanted: EvaluationSettings) -> Axis:
    """Drawn junctions with exactly so many cars."""

    def change(values: Values, number: float) -> None:
        values["cars"] |= {"min_cars": int(number), "max_cars": int(number)}

    place, count = "numbers.num_cars", wanted.numbers.num_episodes
    sets = {float(number): (_changed(roads, change, number, place), count) for number in wanted.numbers.num_cars}
    return Axis("cars", "number of cars", "cars", "failed_rate", "episodes with a car lost", sets)


def by_flow(roads: RoadsSettings, wanted: EvaluationSettings) -> Axis:
    """Drawn junctions of each flow, with as many cars as there is room for in `flow.num_cars`."""

    def change(values: Values, flow: float) -> None:
        values["cars"] |= {"min_cars": wanted.flow.num_cars, "max_cars": wanted.flow.num_cars}
        values["cars"]["flow_per_h"] = {"low": flow, "high": flow}

    place, count = "flow.flows_per_h", wanted.flow.num_episodes
    sets = {flow: (_changed(roads, change, flow, place), count) for flow in wanted.flow.flows_per_h}
    words = "cars lost per vehicle-hour"
    return Axis("flow", "flow", "vehicles per hour and arm", "losses_per_vehicle_hour", words, sets)


def _changed(roads: RoadsSettings, change: Callable[[Values, float], None], number: float, place: str) -> RoadsSettings:
    values = roads.model_dump(mode="json")
    change(values, number)
    try:
        return RoadsSettings.from_values(values)
    except ValidationError as error:
        said = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise ValueError(f"{place} {number:g}: {said}") from None
