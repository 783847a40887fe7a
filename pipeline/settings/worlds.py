"""The worlds' sections of params.yaml as the records of their rooms; only doors that are asked for are opened."""

from __future__ import annotations

from typing import Any

from envs.ground import doors
from envs.ground.sets import DrawnSet, VariedSet
from envs.ground.world import Simulation
from pipeline.ground.checks import ParamsError, check, known, merge, told_at
from pipeline.settings.params import Params, section_of, train_settings, training_layers
from pipeline.settings.train import Train

_SAME_EVERYWHERE = "wanted none, it is the same wherever the policy plays"


def check_all(params: Params, source: str = "params.yaml") -> None:
    """Check the sections of all worlds, those that do not run too, and of those that run what policies train in.

    Raises:
        ParamsError: naming the key, what came and what was wanted.
    """
    check_sections(params, source)
    for world in params.worlds:
        _check_seen(params, world, source)
        varied_settings(params, world, source)
        for policy in params.policies:
            _check_training(params, world, policy, source)


def _check_seen(params: Params, world: str, source: str) -> None:
    """Check that a world can be made and that what is seen there can be learned from."""
    simulation, settings = doors.simulation(world), simulation_settings(params, world, source)
    with told_at(f"{source}: {world}.simulation", simulation.settings):
        refused = simulation.refuses_to_learn(settings)
        if refused:
            raise ValueError(refused)
        simulation.features(settings)


def check_sections(params: Params, source: str = "params.yaml") -> None:
    """Check the sections of all worlds room by room; nothing is made, which may want packages that are not installed.

    Raises:
        ParamsError: naming the key, what came and what was wanted.
    """
    for world, section in params.sections.items():
        _check_rooms(with_preset(params, world, None), world, source)
        for preset in section.presets:
            _check_rooms(with_preset(params, world, preset), world, f"{source}: {world}.preset {preset}")


def with_preset(params: Params, world: str, preset: str | None) -> Params:
    """The same, with this preset of the world chosen, or none."""
    section = params.sections[world].model_copy(update={"preset": preset})
    return params.model_copy(update={"sections": {**params.sections, world: section}})


def _check_rooms(params: Params, world: str, source: str) -> None:
    baselines_settings(params, world, source)
    evaluation_settings(params, world, source)
    drawn_sets(params, world, source)
    _check_departure(params, world, source)


def _check_departure(params: Params, world: str, source: str) -> None:
    """Check WORLD.train by itself."""
    simulation, own = doors.simulation(world), params.sections[world].rooms.train
    train = check(Train, merge(params.train.model_dump(mode="json"), own), source, f"{world}.train.")
    known(train.preset, params.presets, f"{source}: {world}.train.preset")
    values = simulation_settings(params, world, source).model_dump(mode="json")
    for place, layer in (("train", own), ("train.validation", own.get("validation", {}))):
        check(simulation.settings, merge(values, layer.get("simulation", {})), source, f"{world}.{place}.simulation.")


def _check_training(params: Params, world: str, policy: str, source: str) -> None:
    """Check what a policy is trained in, layer by layer, so that a mistake is told by its own key.

    What lies below a preset is not looked at without it: it may stand for another world than the preset makes.
    `_check_departure` has looked at it by itself.
    """
    simulation, settings = doors.simulation(world), simulation_settings(params, world, source)
    below_preset = f"{world}.train" if params.sections[world].preset is not None else None
    changes, validated, taught_by = dict[str, Any](), dict[str, Any](), "train"
    for place, layer in training_layers(params, world, policy, source).items():
        changes = merge(changes, layer.get("simulation", {}))
        validated = merge(validated, layer.get("validation", {}).get("simulation", {}))
        if place != below_preset:
            _changed_for_training(simulation, settings, changes, source, f"{place}.simulation")
            _changed_for_training(simulation, settings, validated, source, f"{place}.validation.simulation")
        taught_by = place if "lessons" in layer.get("curriculum", {}) else taught_by
    lesson_settings(simulation, settings, train_settings(params, world, policy, source), source, taught_by)


def simulation_settings(params: Params, world: str, source: str = "params.yaml") -> Any:
    """The record of WORLD.simulation; raises ParamsError for any key that the world refuses."""
    return check(doors.simulation(world).settings, *_values(params, world, "simulation", source))


def baselines_settings(params: Params, world: str, source: str = "params.yaml") -> Any:
    """The record of WORLD.baselines; raises ParamsError for any key that the world refuses."""
    return check(doors.baselines(world).settings, *_values(params, world, "baselines", source))


def scenarios_settings(params: Params, world: str, source: str = "params.yaml") -> Any:
    """The record of WORLD.scenarios; raises ParamsError for any key that the world refuses, and unknown scenarios."""
    room = doors.scenarios(world)
    settings = check(room.settings, *_values(params, world, "scenarios", source))
    for name in settings.suite:
        known(name, room.suite(), f"{source}: {world}.scenarios.suite")
    return settings


def evaluation_settings(params: Params, world: str, source: str = "params.yaml") -> Any:
    """The record of WORLD.evaluation; raises ParamsError for any key that the world refuses."""
    return check(doors.evaluation(world).settings, *_values(params, world, "evaluation", source))


def _values(params: Params, world: str, room: str, source: str) -> tuple[Any, str, str]:
    """A room's plain values, the file and the key they come from: what `check` is told."""
    return getattr(section_of(params, world, source).rooms, room), source, f"{world}.{room}."


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
    with told_at(f"{source}: {place.removesuffix('.')}", type(wanted)):
        values = doors.scenarios(world).varied(settings, wanted)
    varied = check(simulation.settings, merge(values, wanted.simulation), source, f"{place}simulation.")
    with told_at(f"{source}: {place}simulation", simulation.settings):
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


def validation_settings(simulation: Simulation, settings: Any, train: Train, source: str = "params.yaml") -> Any:
    """What a policy is validated in: the world's simulation, with the changes of train.validation.simulation.

    Raises:
        ParamsError: as `training_settings`.
    """
    return _changed_for_training(
        simulation, settings, train.validation.simulation, source, "train.validation.simulation"
    )


def lesson_settings(
    simulation: Simulation, settings: Any, train: Train, source: str = "params.yaml", said_by: str = "train"
) -> tuple[Any, ...]:
    """What each lesson of train.curriculum is played in: what the policy is trained in, with the lesson's own changes.

    Args:
        said_by: the key below which `curriculum` stands.

    Raises:
        ParamsError: as `training_settings`, or a lesson that is never solved.
    """
    trained_in, found = training_settings(simulation, settings, train, source), []
    for number, lesson in enumerate(train.curriculum.lessons):
        keys = f"{said_by}.curriculum.lessons.{number}.simulation"
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
    with told_at(f"{source}: {keys}", simulation.settings):
        differs = simulation.same_seen_and_done(changed, settings)
    if differs:
        raise ParamsError(f"{source}: {keys}.{differs}: {_SAME_EVERYWHERE}")
    return changed
