"""The worlds' sections of params.yaml as the records of their rooms; only doors that are asked for are opened."""

from __future__ import annotations

from typing import Any

from envs.ground import doors
from envs.ground.sets import DrawnSet, VariedSet
from envs.ground.world import Simulation
from pipeline.ground.checks import ParamsError, check, known, merge
from pipeline.settings.params import Params, train_settings
from pipeline.settings.train import Train

_SAME_EVERYWHERE = "wanted none, it is the same wherever the policy plays"


def check_all(params: Params, source: str = "params.yaml") -> None:
    """Check the sections of all worlds, those that do not run too, room by room, and what policies train in.

    Raises:
        ParamsError: naming the key, what came and what was wanted.
    """
    for world, section in params.sections.items():
        for preset in section.presets:
            _check_values(with_preset(params, world, preset), world, f"{source}: {world}.preset {preset}")
        settings = simulation_settings(params, world, source)
        _check_values(params, world, source)
        drawn_sets(params, world, source)
        varied_settings(params, world, source)
        for policy in params.policies if world in params.worlds else ():
            lesson_settings(doors.simulation(world), settings, train_settings(params, world, policy, source), source)


def with_preset(params: Params, world: str, preset: str) -> Params:
    """The same, with this preset of the world chosen."""
    section = params.sections[world].model_copy(update={"preset": preset})
    return params.model_copy(update={"sections": {**params.sections, world: section}})


def _check_values(params: Params, world: str, source: str) -> None:
    """Check a world's values as far as nothing that they name must be there."""
    simulation_settings(params, world, source)
    baselines_settings(params, world, source)
    evaluation_settings(params, world, source)
    scenarios_settings(params, world, source)
    for policy in params.policies:
        train_settings(params, world, policy, source)


def simulation_settings(params: Params, world: str, source: str = "params.yaml") -> Any:
    """The record of WORLD.simulation; raises ParamsError for any key that the world refuses."""
    record = doors.simulation(world).settings
    return check(record, params.sections[world].rooms.simulation, source, f"{world}.simulation.")


def baselines_settings(params: Params, world: str, source: str = "params.yaml") -> Any:
    """The record of WORLD.baselines; raises ParamsError for any key that the world refuses."""
    return check(doors.baselines(world).settings, params.sections[world].rooms.baselines, source, f"{world}.baselines.")


def scenarios_settings(params: Params, world: str, source: str = "params.yaml") -> Any:
    """The record of WORLD.scenarios; raises ParamsError for any key that the world refuses, and unknown scenarios."""
    room = doors.scenarios(world)
    settings: Any = check(room.settings, params.sections[world].rooms.scenarios, source, f"{world}.scenarios.")
    for name in settings.suite:
        known(name, room.suite(), f"{source}: {world}.scenarios.suite")
    return settings


def evaluation_settings(params: Params, world: str, source: str = "params.yaml") -> Any:
    """The record of WORLD.evaluation; raises ParamsError for any key that the world refuses."""
    return check(
        doors.evaluation(world).settings, params.sections[world].rooms.evaluation, source, f"{world}.evaluation."
    )


def drawn_sets(params: Params, world: str, source: str = "params.yaml") -> dict[str, DrawnSet]:
    """The drawn sets of the section scenarios by name, as WORLD.scenarios changes them.

    Raises:
        ParamsError: a change that no set knows, or a rule that the world cannot keep.
    """
    settings, own = simulation_settings(params, world, source), scenarios_settings(params, world, source)
    found: dict[str, DrawnSet] = {}
    for name, changes in (("validation", own.validation), ("test", own.test)):
        values = merge(getattr(params.scenarios, name).model_dump(mode="json"), changes)
        found[name] = check(DrawnSet, values, source, f"{world}.scenarios.{name}.")
        _refuse_rules(world, settings, found[name], f"{source}: {world}.scenarios.{name}")
    return found


def varied_settings(params: Params, world: str, source: str = "params.yaml") -> dict[str, Any]:
    """By name, what each of the world's further test sets is played in: its simulation with the set's changes.

    Raises:
        ParamsError: a change that the simulation does not know, or one of what policies see or do, or one that the
            world refuses.
    """
    settings, found = simulation_settings(params, world, source), {}
    for name, wanted in scenarios_settings(params, world, source).test_sets.items():
        found[name] = _varied(world, settings, wanted, source, f"{world}.scenarios.test_sets.{name}.")
    return found


def _varied(world: str, settings: Any, wanted: VariedSet, source: str, place: str) -> Any:
    simulation = doors.simulation(world)
    try:
        values = doors.scenarios(world).varied(settings, wanted)
    except ValueError as error:
        raise ParamsError(f"{source}: {place}{error}") from None
    varied = check(simulation.settings, merge(values, wanted.simulation), source, f"{place}simulation.")
    differs = simulation.same_seen_and_done(varied, settings)
    if differs:
        raise ParamsError(f"{source}: {place}simulation.{differs}: {_SAME_EVERYWHERE}")
    _refuse_rules(world, varied, wanted, f"{source}: {place.removesuffix('.')}")
    return varied


def _refuse_rules(world: str, settings: Any, wanted: DrawnSet, place: str) -> None:
    """Refuse a set that asks what the world cannot say of episodes drawn with these settings of its simulation."""
    why = doors.scenarios(world).no_proof(settings)
    for rule in ("only_conflicting", "only_solvable"):
        if why and getattr(wanted, rule):
            raise ParamsError(f"{place}.{rule}: got true, wanted false: {why}")


def training_settings(simulation: Simulation, settings: Any, train: Train, source: str = "params.yaml") -> Any:
    """What a policy is trained in: the world's simulation, with the changes of train.simulation.

    Raises:
        ParamsError: a change that the simulation does not know, or one of what the policy sees or does.
    """
    return _changed_for_training(simulation, settings, train.simulation, source, "train.simulation")


def lesson_settings(
    simulation: Simulation, settings: Any, train: Train, source: str = "params.yaml"
) -> tuple[Any, ...]:
    """What each lesson of train.curriculum is played in: what the policy is trained in, with the lesson's own changes.

    Raises:
        ParamsError: as `training_settings`, or a lesson that is never solved.
    """
    trained_in, found = training_settings(simulation, settings, train, source), []
    for number, lesson in enumerate(train.curriculum.lessons):
        keys = f"train.curriculum.lessons.{number}.simulation"
        changed = _changed_for_training(simulation, trained_in, lesson.simulation, source, keys)
        never = simulation.ends(changed)
        if never:
            raise ParamsError(f"{source}: {keys}.{never}")
        found.append(changed)
    return tuple(found)


def _changed_for_training(
    simulation: Simulation, settings: Any, changes: dict[str, Any], source: str, keys: str
) -> Any:
    """The simulation's settings with these changes, of which none may be of what a policy sees or does."""
    changed = check(simulation.settings, merge(settings.model_dump(mode="json"), changes), source, f"{keys}.")
    differs = simulation.same_seen_and_done(changed, settings)
    if differs:
        raise ParamsError(f"{source}: {keys}.{differs}: {_SAME_EVERYWHERE}")
    return changed
