"""Turn recorded episodes into a player in HTML that needs no network: a page for one, a fragment for many."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from envs.airspace.pictures.scene import ARRIVAL_RADIUS_NM, SEPARATION_MINIMUM_NM, Flight, of_recording
from pipeline.ground.templates import source, template

# Told apart with colour-blind eyes, and readable on white and on near-black; red is kept for losses of separation.
AIRCRAFT_COLOURS = ("#2f7fc1", "#b07d00", "#129a7f", "#8d63c9", "#cf5b9e", "#6f8190", "#7f8f2a", "#2aa0b8")
LOSS_COLOUR = "#dc2239"
SPEEDS = (1, 2, 5, 10, 20, 30, 60)
SCRIPTS = ("player_scene.js", "player_pen.js", "player_map.js", "player_plot.js", "player.js")
"""Parts of one script, in this order: each uses what those before it define."""


def animation_page(recording: pd.DataFrame, title: str) -> str:
    """Return a self-contained HTML page that plays one recorded episode.

    `recording` has a row per step and aircraft with the columns of RECORDING_COLUMNS (NM, degrees, kt, s).
    Raises ValueError when a column is missing or there is no row.
    """
    return page({title: recording}, title)


def page(recordings: Mapping[str, pd.DataFrame], title: str) -> str:
    """Return a self-contained HTML page that plays one or many recorded episodes, as `embed` lists them."""
    return _render(recordings, title=title, standalone=True)


def embed(recordings: Mapping[str, pd.DataFrame]) -> str:
    """Return an HTML fragment: one player with a list to choose an episode from.

    A key "policy / scenario" is listed under its policy. No recordings give a sentence that says so.
    """
    return _render(recordings, title="", standalone=False)


def _render(recordings: Mapping[str, pd.DataFrame], *, title: str, standalone: bool) -> str:
    episodes = [_episode(name, recording) for name, recording in recordings.items()]
    data = {
        "separation_minimum_nm": SEPARATION_MINIMUM_NM,
        "arrival_radius_nm": ARRIVAL_RADIUS_NM,
        "colours": AIRCRAFT_COLOURS,
        "episodes": episodes,
    }
    return template("pictures/animation.html.j2").render(
        title=title,
        standalone=standalone,
        groups=_groups(episodes),
        count=len(episodes),
        speeds=SPEEDS,
        minimum_nm=SEPARATION_MINIMUM_NM,
        arrival_nm=ARRIVAL_RADIUS_NM,
        data_json=Markup(_json(data)),
        scripts=[Markup(source(f"pictures/{name}")) for name in SCRIPTS],
    )


def _json(data: Mapping[str, Any]) -> str:
    """Return compact JSON that is safe inside a script element, whatever the names in it."""
    return json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c").replace("&", "\\u0026")


def _groups(episodes: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for index, episode in enumerate(episodes):
        group, _, scenario = episode["name"].rpartition(" / ")
        label = f"{scenario}: {_minimum_words(episode['minimum'])}"
        groups.setdefault(group, []).append({"index": index, "label": label})
    return groups


def _minimum_words(minimum_nm: float | None) -> str:
    if minimum_nm is None:
        return "no pair"
    lost = ", separation lost" if minimum_nm < SEPARATION_MINIMUM_NM else ""
    return f"minimum {minimum_nm:.2f} NM{lost}"


def _episode(name: str, recording: pd.DataFrame) -> dict[str, Any]:
    flight = of_recording(recording, name)
    return {
        "name": name,
        "step": flight.step.tolist(),
        "time_s": _numbers(flight.time_s),
        "smallest": _numbers(flight.smallest_nm),
        "minimum": None if flight.minimum_nm is None else round(flight.minimum_nm, 3),
        "aircraft": [_aircraft(flight, a) for a in range(len(flight.ids))],
    }


def _aircraft(flight: Flight, a: int) -> dict[str, Any]:
    return {
        "id": flight.ids[a],
        "type": flight.types[a],
        "waypoint": _numbers(flight.waypoint_nm[a]),
        "east": _numbers(flight.position_nm[:, a, 0]),
        "north": _numbers(flight.position_nm[:, a, 1]),
        "heading": _numbers(flight.heading_deg[:, a]),
        "cas": _numbers(flight.cas_kt[:, a]),
        "separation": _numbers(flight.separation_nm[:, a]),
        "present": flight.present[:, a].astype(int).tolist(),
        "arrived": flight.arrived[:, a].astype(int).tolist(),
    }


def _numbers(values: np.ndarray) -> list[float | None]:
    """Return values rounded to 3 decimals, None where they are not finite (JSON knows neither NaN nor infinity)."""
    return [float(value) if np.isfinite(value) else None for value in np.round(values, 3)]
