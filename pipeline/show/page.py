"""Compose the page: named episodes of a world and some drawn ones, flown by a policy in the reader's browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from envs.ground import doors
from envs.ground.play import Episodes, Space, play
from envs.ground.rooms import Begun
from envs.ground.steering import Nothing
from pipeline.export.policy_file import PolicyFile, read_policy
from pipeline.ground.paths import ONNX, custom_scenarios
from pipeline.ground.templates import source
from pipeline.pictures.player import Played, page_that_plays
from pipeline.scenarios.files import read_folder
from pipeline.scenarios.sets import draw_seeds
from pipeline.show.graph import graph_of

OWN = "drawn by hand"


def page(policy: Path, scenarios: Path | None, num_drawn: int, seed: int) -> str:
    """A self-contained HTML page.

    Args:
        policy: an export, its folder or policy.onnx.
        scenarios: a folder of scenario files; None: the world's own in data/custom_scenarios, where there are any.
        num_drawn: how many episodes are drawn besides, by `seed`.

    Raises:
        ValueError: an export that cannot be read, that the page's scripts cannot run, or of a world that has none.
    """
    described = read_policy(policy)[1]
    graph = graph_of(policy / ONNX if policy.is_dir() else policy)
    named = {"suite": dict(doors.scenarios(described.world).suite()), "custom": _custom(described, scenarios)}
    groups = {group: list(own) for group, own in named.items() if own}
    begun = {f"{group}/{name}": own for group, names in named.items() for name, own in _named(described, names).items()}
    drawn = {f"{number}": own for number, own in enumerate(_drawn(described, num_drawn, seed), 1)}
    try:
        world = doors.pictures(described.world).in_browser(described.simulation_settings, begun | drawn)
    except ValueError as error:
        raise ValueError(f"{policy}: world {described.world}: {error}") from None
    scripts = _scripts(described.world, world.scripts)
    groups |= {"drawn, never seen in training": list(drawn)} if drawn else {}
    played = Played(
        groups=groups | {"": [OWN]},
        step=described.decision_interval_s or 1.0,
        data={"graph": graph, "world": world.data, "starts": list(world.starts.values())},
        before=[_alone("networkOf", [source("show/network.js")]), _alone("world", scripts), source("show/fly.js")],
        after=[source("show/show.js")],
        tools=source("show/tools.html"),
    )
    return page_that_plays(f"{described.world}: fly the policy {described.name}", world.look, played)


def _alone(name: str, scripts: Sequence[str]) -> str:
    """Scripts with a scope of their own, of which one name is seen outside."""
    return "\n".join([f"const {name} = (() => {{", *scripts, f"return {name};", "})();"])


def _scripts(world: str, names: Sequence[str]) -> list[str]:
    folder = resources.files(f"{doors.package(world)}.pictures").joinpath("scripts")
    return [folder.joinpath(name).read_text(encoding="utf-8") for name in names]


def _custom(described: PolicyFile, folder: Path | None) -> dict[str, Any]:
    given = folder or custom_scenarios(described.world)
    return read_folder(described.simulation, given) if folder or given.is_dir() else {}


def _named(described: PolicyFile, scenarios: Mapping[str, Any]) -> dict[str, Begun]:
    return dict(zip(scenarios, _begun(described, tuple(scenarios.values()), None), strict=True))


def _drawn(described: PolicyFile, count: int, seed: int) -> list[Begun]:
    return _begun(described, (), draw_seeds(np.random.default_rng(seed), "test", count))


def _begun(described: PolicyFile, scenarios: tuple[Any, ...], seeds: np.ndarray | None) -> list[Begun]:
    """Each scenario, with the seed by which `murmuration fly` plays it, or each seed's episode, as it begins."""
    if not scenarios and (seeds is None or not len(seeds)):
        return []
    space = Space(described.simulation, described.simulation_settings, scenarios, described.discount)
    if seeds is None:
        first = Episodes.of_scenarios([0], 1, 0).seed[0]
        episodes = Episodes(np.arange(len(scenarios)), np.full(len(scenarios), first, np.uint64))
    else:
        episodes = Episodes.drawn(seeds)
    played = play(space, episodes, Nothing(), record=range(len(episodes)))
    given = scenarios or [None] * len(episodes)
    return [Begun(given[row], played.recordings[row], int(episodes.seed[row])) for row in range(len(episodes))]
