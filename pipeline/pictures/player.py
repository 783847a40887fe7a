"""Turn scenes into a player in HTML that needs no network: a page for one, a fragment for many."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from envs.ground.scene import Look, Scene
from pipeline.ground.templates import source, template
from pipeline.pictures.viewer.strip import strip_of

# Told apart with colour-blind eyes, and readable on white and on near-black; red is kept for what goes wrong.
AGENT_COLOURS = ("#2f7fc1", "#b07d00", "#129a7f", "#8d63c9", "#cf5b9e", "#6f8190", "#7f8f2a", "#2aa0b8")
LOSS_COLOUR = "#dc2239"
SPEEDS = (1, 2, 5, 10, 20, 30, 60)
STEPS_PER_S = 2.0
"""So many steps of an episode are shown in a second, as nearly as one of the speeds has it."""
SCRIPTS = ("player_scene.js", "player_pen.js", "player_symbols.js", "player_map.js", "player_plot.js", "player.js")
"""Parts of one script, in this order: each uses what those before it define."""
_DECIMALS = 3


def colour(agent: int) -> str:
    """An agent's, by number."""
    return AGENT_COLOURS[agent % len(AGENT_COLOURS)]


def page(scenes: Mapping[str, Scene], title: str) -> str:
    """A self-contained HTML page that plays one or many episodes, as `embed` lists them."""
    return _render(scenes, title=title, standalone=True)


def embed(scenes: Mapping[str, Scene]) -> str:
    """An HTML fragment: one player with a list to choose an episode from.

    A key "policy / scenario" is listed under its policy. No scenes give a sentence that says so.
    """
    return _render(scenes, title="", standalone=False)


@dataclass(frozen=True)
class Played:
    """What a page plays itself, in the reader's browser.

    Attributes:
        groups: names of episodes, in the order of `data.episodes`, by the group under which they are listed.
        step: the time from sample to sample.
        data: plain values for the scripts, as `data.NAME`.
        before: scripts that define `data.episodes`; they may use what SCRIPTS but the last define.
        after: scripts that may use the controls, too.
        tools: HTML of further controls, above the map.
    """

    groups: Mapping[str, Sequence[str]]
    step: float
    data: Mapping[str, Any]
    before: Sequence[str]
    after: Sequence[str]
    tools: str


def page_that_plays(title: str, look: Look, played: Played) -> str:
    """A self-contained HTML page whose episodes come of scripts."""
    numbers, named = itertools.count(), played.groups.items()
    texts = [*_sources(SCRIPTS[:-1]), *played.before, *_sources(SCRIPTS[-1:]), *played.after]
    listed = {group: [{"index": next(numbers), "label": name} for name in names] for group, names in named}
    return template("pictures/animation.html.j2").render(
        **_common([look], {**played.data, "episodes": []}, played.step),
        title=title,
        standalone=True,
        groups=listed,
        count=next(numbers),
        films=False,
        tools=Markup(played.tools),
        scripts=[Markup(text) for text in texts],
    )


def _render(scenes: Mapping[str, Scene], *, title: str, standalone: bool) -> str:
    looks = list({id(scene.look): scene.look for scene in scenes.values()}.values())
    episodes = [_episode(name, scene, looks.index(scene.look)) for name, scene in scenes.items()]
    return template("pictures/animation.html.j2").render(
        **_common(looks, {"episodes": episodes}, float(np.median([scene.step for scene in scenes.values()] or [1.0]))),
        title=title,
        standalone=standalone,
        groups=_groups(scenes),
        count=len(scenes),
        films=all(scene.frames is not None for scene in scenes.values()),
        tools="",
        scripts=[Markup(text) for text in _sources(SCRIPTS)],
    )


def _common(looks: Sequence[Look], data: Mapping[str, Any], step: float) -> dict[str, Any]:
    """What all pages show, and the data of their scripts."""
    known = {"colours": AGENT_COLOURS, "looks": [_look(look) for look in looks], **data}
    return {
        "speeds": SPEEDS,
        "speed": _speed(step),
        "legend": list(dict.fromkeys(entry for look in looks for entry in look.legend)),
        "outline": _outline(looks),
        "data_json": Markup(_json(known)),
    }


def _sources(names: Sequence[str]) -> list[str]:
    return [source(f"pictures/{name}") for name in names]


def _json(data: Mapping[str, Any]) -> str:
    """Compact JSON that is safe inside a script element, whatever the names in it."""
    return json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c").replace("&", "\\u0026")


def _groups(scenes: Mapping[str, Scene]) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for index, (name, scene) in enumerate(scenes.items()):
        group, _, own = name.rpartition(" / ")
        label = ": ".join(filter(None, (own, scene.summary)))
        groups.setdefault(group, []).append({"index": index, "label": label})
    return groups


def _speed(step: float) -> int:
    wanted = STEPS_PER_S * step
    return min(SPEEDS, key=lambda speed: abs(math.log(speed / wanted)))


def _outline(looks: Sequence[Look]) -> str:
    """The symbol of the legend, corners as SVG has them: the first outline that there is; '': none."""
    corners = next((look.outline for look in looks if look.shape == "outline"), np.zeros((0, 2)))
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in corners * 0.6)


def _look(look: Look) -> dict[str, Any]:
    names = ("unit", "seconds", "shape", "radius", "goal_radius", "ahead", "up", "curve_words", "curve_unit")
    numbers = {name: getattr(look, name) if math.isfinite(getattr(look, name)) else None for name in ("near", "limit")}
    return {name: getattr(look, name) for name in names} | numbers | {"outline": look.outline.tolist()}


def _episode(name: str, scene: Scene, look: int) -> dict[str, Any]:
    decimals = _decimals(np.concatenate([scene.place.reshape(-1, 2), scene.goal, *scene.lines]))
    return {
        "name": name,
        "look": look,
        "time": _numbers(scene.time),
        "curve": _numbers(scene.curve, _decimals(scene.curve)),
        "words": list(scene.words),
        "summary": scene.summary,
        "lines": [[_numbers(place, decimals) for place in line] for line in scene.lines],
        "frames": None if scene.frames is None else vars(strip_of(scene.frames)),
        "agents": [_agent(scene, a, decimals) for a in range(len(scene.ids))],
    }


def _agent(scene: Scene, a: int, decimals: int) -> dict[str, Any]:
    return {
        "id": scene.ids[a],
        "goal": _numbers(scene.goal[a], decimals),
        "x": _numbers(scene.place[:, a, 0], decimals),
        "y": _numbers(scene.place[:, a, 1], decimals),
        "course": _numbers(scene.course[:, a]),
        "details": [row[a] for row in scene.details],
        "shown": scene.shown[:, a].astype(int).tolist(),
        "finished": scene.finished[:, a].astype(int).tolist(),
        "alarm": scene.alarm[:, a].astype(int).tolist(),
    }


def _decimals(values: np.ndarray) -> int:
    """So many that a thousandth of what numbers span is still told."""
    known = values[np.isfinite(values)]
    extent = float(np.ptp(known)) if len(known) else 0.0
    return _DECIMALS + (max(0, math.ceil(-math.log10(extent))) if extent > 0 else 0)


def _numbers(values: np.ndarray, decimals: int = _DECIMALS) -> list[float | None]:
    """Rounded values, None where they are not finite (JSON knows neither NaN nor infinity)."""
    return [float(value) if np.isfinite(value) else None for value in np.round(values, decimals)]
