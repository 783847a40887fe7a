"""The fifth room of the swarm as its door shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from envs.ground.rooms import Begun, InBrowser
from envs.ground.scene import Look, Scene
from envs.ground.tables import check_numbers, check_steps

_NUMBERS = ("x_m", "y_m", "there", "delivered", "team")
_AROUND = np.linspace(0.0, 2.0 * np.pi, 33)
LOOK = Look(
    unit="m",
    shape="dot",
    radius=0.5,
    curve_words="value brought home",
    legend=(
        ("", "names: the team's letter, and a number"),
        ("finished", "hollow: resources"),
        ("alarm", "red: died since the sample before"),
        ("", "circles: hives, each with a dot in its middle, and obstacles"),
    ),
)


class SwarmPictures:
    """See envs/ground/rooms.py: Pictures."""

    columns = ("step", "time_s", "agent", "plane", "things", *_NUMBERS)

    def scene(self, recording: pd.DataFrame, name: str) -> Scene:
        """See Pictures.scene: agents, then resources as hollow symbols without a name."""
        _check(recording, name)
        ids = tuple(map(str, recording["agent"].unique()))
        told = {key: _by_step(recording, key, len(ids)) for key in _NUMBERS}
        plane, things = _read(recording, name)
        resources = _places(things)
        alive = told["there"].astype(bool)
        gone = np.vstack([np.zeros_like(alive[:1]), alive[:-1] & ~alive[1:]])
        agents = np.stack([told["x_m"], told["y_m"]], -1)
        shown = np.concatenate([alive, np.isfinite(resources).all(2)], 1)
        nothing = np.zeros(resources.shape[:2], bool)
        return Scene(
            look=LOOK,
            ids=(*ids, *("",) * resources.shape[1]),
            time=_times(recording),
            place=np.where(shown[..., None] | _with(gone, nothing)[..., None], _with(agents, resources), np.nan),
            course=np.full(shown.shape, np.nan),
            shown=shown,
            finished=_with(np.zeros_like(alive), ~nothing),
            alarm=_with(gone, nothing),
            goal=np.full((shown.shape[1], 2), np.nan),
            curve=told["delivered"].sum(1),
            words=[_words(alive[n], told["team"][n], things[n]) for n in range(len(alive))],
            summary=f"value brought home {told['delivered'][-1].sum():.0f}, {alive[-1].sum()} of {len(ids)} alive",
            lines=_lines(plane),
        )

    def in_browser(self, settings: Any, begun: Mapping[str, Begun]) -> InBrowser:
        """See Pictures.in_browser: this world has no scripts."""
        raise ValueError("it has no scripts that play its swarms in a browser (in_browser of its room of pictures)")


def _with(agents: np.ndarray, resources: np.ndarray) -> np.ndarray:
    return np.concatenate([agents, resources], 1)


def _by_step(recording: pd.DataFrame, key: str, num_agents: int) -> np.ndarray:
    """A column as (T, A)."""
    return recording[key].to_numpy(np.float64).reshape(-1, num_agents)


def _times(recording: pd.DataFrame) -> np.ndarray:
    times = recording.groupby("step", sort=True)["time_s"].first().to_numpy(np.float64)
    return np.asarray(times - times[0])


def _places(things: list[dict[str, Any]]) -> np.ndarray:
    """(T, R, 2), of resources that are not at home yet; NaN of the others."""
    count = max(len(told["resources"]) for told in things)
    places = np.full((len(things), count, 2), np.nan)
    for n, told in enumerate(things):
        for r, lying in enumerate(told["resources"]):
            if lying is not None:
                places[n, r] = lying[:2]
    return places


def _words(alive: np.ndarray, team: np.ndarray, told: dict[str, Any]) -> str:
    each = [f"{chr(ord('A') + int(t))} {int(alive[team == t].sum())}" for t in np.unique(team)]
    homes = [f"hive {chr(ord('A') + hive_team)} {health:.0f}" for hive_team, health in told["hives"]]
    return ", ".join([*each, *homes])


def _lines(plane: dict[str, Any]) -> tuple[np.ndarray, ...]:
    side = float(plane["side_m"])
    walls = np.array([(0.0, 0.0), (side, 0.0), (side, side), (0.0, side), (0.0, 0.0)])
    discs = [_circle(*disc) for disc in (*plane["hives"], *plane["obstacles"])]
    middles = [_circle(x, y, 0.3) for x, y, _ in plane["hives"]]
    return (walls, *discs, *middles)


def _circle(x: float, y: float, radius: float) -> np.ndarray:
    return np.stack([x + radius * np.cos(_AROUND), y + radius * np.sin(_AROUND)], -1)


def _read(recording: pd.DataFrame, name: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The plane, and of each sample what lies on it."""
    first = recording.drop_duplicates("step")
    try:
        return json.loads(first["plane"].iloc[0]), [json.loads(text) for text in first["things"]]
    except (TypeError, ValueError) as error:
        raise ValueError(f"recording {name!r}: columns plane, things: wanted JSON: {error}") from error


def _check(recording: pd.DataFrame, name: str) -> None:
    place = f"recording {name!r}"
    missing = [column for column in SwarmPictures.columns if column not in recording.columns]
    if missing:
        raise ValueError(f"{place}: missing columns {', '.join(missing)}")
    if recording.empty:
        raise ValueError(f"{place}: no rows, wanted at least the initial state")
    check_steps(recording, place)
    check_numbers(recording, _NUMBERS, place)
    if len(recording) != recording["step"].nunique() * recording["agent"].nunique():
        raise ValueError(f"{place}: wanted a row for each step and agent: several episodes?")


PICTURES = SwarmPictures()
