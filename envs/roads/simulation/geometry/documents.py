"""Scenarios as documents: a ground plan and its cars, checked field by field when read."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, Field, ValidationError

from envs.ground.names import NAME_WISH, WORD_WISH, is_name, is_word
from envs.ground.record import Record
from envs.roads.simulation.geometry.building import roads_of
from envs.roads.simulation.geometry.ground_plans import KINDS, AnyGround, Lights, LightTimes, LineWay, Phase
from envs.roads.simulation.geometry.overlaps import overlapping
from envs.roads.simulation.geometry.roads import Roads
from envs.roads.simulation.geometry.scenario import Scenario

MOST_CARS = 64
STEP_S = 0.2
"""Cars enter at whole steps of so many seconds."""

_MOST_NOTES = 10_000
_MOST_SEED = 2**32 - 1


def _is(accepted: Callable[[str], bool]) -> AfterValidator:
    def check(text: str) -> str:
        if not accepted(text):
            raise ValueError(text)
        return text

    return AfterValidator(check)


class _Car(Record):
    id: Annotated[str, _is(is_word), Field(description=WORD_WISH)]
    entry: Annotated[int, Field(ge=0, le=99, description="an entry's number, from 0 to 99")]
    exit: Annotated[int, Field(ge=0, le=99, description="an exit's number, from 0 to 99")]
    enters_s: Annotated[float, Field(ge=0, le=3600, description="a number from 0 to 3600 (s)")]
    s_m: Annotated[float, Field(ge=0, le=2000, description="a number from 0 to 2000 (m along its way)")]
    speed_mps: Annotated[float, Field(ge=0, le=60, description="a number from 0 to 60 (m/s)")]
    length_m: Annotated[float, Field(ge=1, le=25, description="a number from 1 to 25 (m)")]
    width_m: Annotated[float, Field(ge=0.5, le=3, description="a number from 0.5 to 3 (m)")]


class _File(Record):
    scenario_name: Annotated[str, _is(is_name), Field(description=NAME_WISH)]
    seed: Annotated[int, Field(ge=0, le=_MOST_SEED, description=f"a whole number from 0 to {_MOST_SEED}")]
    notes: Annotated[str, Field(max_length=_MOST_NOTES, description=f"a text of at most {_MOST_NOTES:,} characters")]
    road: Annotated[AnyGround, Field(description=f"an object with a kind, one of {', '.join(KINDS)}")]
    cars: Annotated[
        tuple[_Car, ...], Field(min_length=1, max_length=MOST_CARS, description=f"a list of 1 to {MOST_CARS} cars")
    ]


_PARTS: dict[str, type[Record]] = {"lights": Lights, "phases": Phase, "ways": LineWay, "lamps": LightTimes}
_MODELS: dict[str, type[Record]] = {"": _File, "cars": _Car, **_PARTS, **KINDS}
_WISHES = {name: info.description for model in _MODELS.values() for name, info in model.model_fields.items()}


def scenario_from(document: Any, source: str) -> Scenario:
    """The scenario that a document says, as JSON has it.

    Raises:
        ValueError: a line per mistake, each naming `source`, field, what came and what was wanted.
    """
    content = _content(document, source)
    try:
        roads = roads_of(content.road, content.scenario_name)
    except ValueError as error:
        raise ValueError(f"{source}: road.{error}") from error
    cars = sorted(content.cars, key=lambda car: car.enters_s)
    mistakes = list(_mistakes(content, roads)) or list(_close(cars, roads))
    if mistakes:
        raise ValueError("\n".join(f"{source}: {mistake}" for mistake in mistakes))
    return Scenario(
        name=content.scenario_name,
        roads=roads,
        ids=tuple(car.id for car in cars),
        route=np.array([_route(roads, car) for car in cars]),
        entry_step=np.round([car.enters_s / STEP_S for car in cars]).astype(int),
        s_m=np.array([car.s_m for car in cars]),
        speed_mps=np.array([car.speed_mps for car in cars]),
        length_m=np.array([car.length_m for car in cars]),
        width_m=np.array([car.width_m for car in cars]),
        notes=content.notes,
        seed=content.seed,
    )


def document_of(scenario: Scenario, source: str) -> dict[str, Any]:
    """A scenario as plain values for a file; raises ValueError, naming `source`, where `scenario_from` would."""
    document = {
        "scenario_name": scenario.name,
        "seed": scenario.seed,
        "notes": scenario.notes,
        "road": scenario.roads.ground.model_dump(mode="json"),
        "cars": [_car(scenario, a) for a in range(scenario.num_cars)],
    }
    scenario_from(document, source)
    return document


def _car(scenario: Scenario, a: int) -> dict[str, Any]:
    route = int(scenario.route[a])
    return {
        "id": scenario.ids[a],
        "entry": int(scenario.roads.entry[route]),
        "exit": int(scenario.roads.exit[route]),
        "enters_s": round(float(scenario.entry_step[a]) * STEP_S, 6),
        **{key: float(getattr(scenario, key)[a]) for key in ("s_m", "speed_mps", "length_m", "width_m")},
    }


def _content(document: Any, source: str) -> _File:
    """The checked content of a document; ValueError with a line for each of its mistakes."""
    try:
        return _File.from_values(document)
    except ValidationError as error:
        raise ValueError("\n".join(f"{source}: {_explain(detail)}" for detail in error.errors())) from error


def _explain(error: Mapping[str, Any]) -> str:
    """One of pydantic's errors as `field: got ..., wanted ...`."""
    place = error["loc"]
    shown = [step for n, step in enumerate(place) if not (n == 1 and place[0] == "road" and step in KINDS)]
    where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in shown).lstrip(".")
    last = place[-1] if place else None
    if error["type"] == "value_error" and last in KINDS:
        return f"road.{error['msg'].removeprefix('Value error, ')}"
    wish = _WISHES.get(last, "an object") if isinstance(last, str) else "an object"
    if error["type"] == "extra_forbidden":
        return f"{where}: unknown key{_did_you_mean(str(last), _keys_at(place))}"
    if error["type"] == "missing":
        return f"{where}: missing, wanted {wish}"
    got = repr(error["input"])
    return f"{where + ': ' if where else ''}got {got if len(got) <= 60 else got[:57] + '...'}, wanted {wish}"


def _keys_at(place: tuple[int | str, ...]) -> list[str]:
    """The keys that the object around a place may have."""
    around = ["", *(step for step in place[:-1] if isinstance(step, str) and step in _MODELS)]
    return list(_MODELS[around[-1]].model_fields)


def _did_you_mean(word: str, known: list[str]) -> str:
    longer_or_shorter = [key for key in known if key.startswith(word) or word.startswith(key)]
    near = longer_or_shorter or difflib.get_close_matches(word, known, n=1)
    return (f", did you mean {near[0]!r}?" if near else ",") + f" known: {', '.join(known)}"


def _route(roads: Roads, car: _Car) -> int:
    """The route that a car drives; -1: there is none."""
    found = np.flatnonzero((roads.entry == car.entry) & (roads.exit == car.exit))
    return int(found[0]) if len(found) else -1


def _mistakes(content: _File, roads: Roads) -> Iterator[str]:
    """What is wrong with cars that are well formed one by one."""
    first: dict[str, int] = {}
    known = ", ".join(f"{a} to {b}" for a, b in zip(roads.entry, roads.exit, strict=True))
    for a, car in enumerate(content.cars):
        if first.setdefault(car.id, a) != a:
            yield f"cars[{a}].id: got {car.id!r}, the id of cars[{first[car.id]}], wanted one of its own"
        route = _route(roads, car)
        if route < 0:
            yield f"cars[{a}]: got no way from entry {car.entry} to exit {car.exit}, known: {known}"
        elif car.s_m >= roads.length_m[route]:
            yield f"cars[{a}].s_m: got {car.s_m:g}, wanted below {roads.length_m[route]:g} (m), the length of its way"
        steps = car.enters_s / STEP_S
        if abs(steps - round(steps)) > 1e-6:
            yield f"cars[{a}].enters_s: got {car.enters_s:g}, wanted a multiple of {STEP_S:g} (s)"


def _close(cars: list[_Car], roads: Roads) -> Iterator[str]:
    """Cars that touch where they begin, of those that are there from the first moment on."""
    there = [car for car in cars if car.enters_s == 0.0]
    boxes = [(*_place(roads, car), car.length_m, car.width_m) for car in there]
    for a, b in overlapping(np.array(boxes).reshape(-1, 5)):
        yield f"cars: got {there[a].id!r} and {there[b].id!r} upon one another at 0 s, wanted them apart"


def _place(roads: Roads, car: _Car) -> tuple[float, float, float]:
    """Where a car begins: x, y and heading."""
    route, at = _route(roads, car), np.arange(roads.point_m.shape[1])
    rows = roads.point_m[route, :, 0], roads.point_m[route, :, 1], np.unwrap(roads.heading_rad[route])
    x, y, heading = (float(np.interp(car.s_m, at, row)) for row in rows)
    return x, y, heading
