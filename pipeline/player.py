"""Turn recorded episodes into a player in HTML that needs no network: a page for one, a fragment for many."""

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

import jinja2
import numpy as np
import numpy.typing as npt
import pandas as pd
from markupsafe import Markup

SEPARATION_MINIMUM_NM = 5
ARRIVAL_RADIUS_NM = 1
# Told apart with colour-blind eyes, and readable on white and on near-black; red is kept for losses of separation.
AIRCRAFT_COLOURS = ("#2f7fc1", "#b07d00", "#129a7f", "#8d63c9", "#cf5b9e", "#6f8190", "#7f8f2a", "#2aa0b8")
LOSS_COLOUR = "#dc2239"
SPEEDS = (1, 2, 5, 10, 20, 30, 60)
RECORDING_COLUMNS = (
    "step",
    "time_s",
    "aircraft",
    "type",
    "east_nm",
    "north_nm",
    "heading_deg",
    "cas_kt",
    "waypoint_east_nm",
    "waypoint_north_nm",
    "separation_nm",
    "present",
    "arrived",
)


def animation_page(recording: pd.DataFrame, title: str) -> str:
    """Return a self-contained HTML page that plays one recorded episode.

    `recording` has a row per step and aircraft with the columns of RECORDING_COLUMNS (NM, degrees, kt, s).
    Raises ValueError when a column is missing or there is no row.
    """
    return _render({title: recording}, title=title, standalone=True)


def embed(recordings: Mapping[str, pd.DataFrame]) -> str:
    """Return an HTML fragment: one player with a list to choose an episode from.

    A key "policy / scenario" is listed under its policy. No recordings give a sentence that says so.
    """
    return _render(recordings, title="", standalone=False)


def template(name: str) -> jinja2.Template:
    """Return a template of this package by file name; it escapes what it is given."""
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_source), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(name)


def smallest_separation_nm(recording: pd.DataFrame) -> pd.Series:
    """Return the smallest separation of each step in NM, indexed by step; NaN where no pair is present."""
    separation = recording["separation_nm"].where(recording["present"].astype(bool))
    finite = separation.replace([np.inf, -np.inf], np.nan)
    return finite.groupby(recording["step"]).min().sort_index()


def _render(recordings: Mapping[str, pd.DataFrame], *, title: str, standalone: bool) -> str:
    episodes = [_episode(name, recording) for name, recording in recordings.items()]
    data = {
        "separation_minimum_nm": SEPARATION_MINIMUM_NM,
        "arrival_radius_nm": ARRIVAL_RADIUS_NM,
        "colours": AIRCRAFT_COLOURS,
        "episodes": episodes,
    }
    return template("animation.html.j2").render(
        title=title,
        standalone=standalone,
        groups=_groups(episodes),
        count=len(episodes),
        speeds=SPEEDS,
        minimum_nm=SEPARATION_MINIMUM_NM,
        arrival_nm=ARRIVAL_RADIUS_NM,
        data_json=Markup(_json(data)),
        script=Markup(_source("player.js")),
    )


def _source(name: str) -> str:
    return resources.files("pipeline").joinpath("templates", name).read_text(encoding="utf-8")


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
    missing = [column for column in RECORDING_COLUMNS if column not in recording.columns]
    if missing:
        raise ValueError(f"recording {name!r}: missing columns {', '.join(missing)}")
    if recording.empty:
        raise ValueError(f"recording {name!r}: no rows, wanted at least the initial state")
    times = recording.groupby("step")["time_s"].first().sort_index()
    smallest = _numbers(smallest_separation_nm(recording))
    return {
        "name": name,
        "step": [int(step) for step in times.index],
        "time_s": _numbers(times - times.iloc[0]),
        "smallest": smallest,
        "minimum": min((value for value in smallest if value is not None), default=None),
        "aircraft": [_aircraft(rows, times.index) for _, rows in recording.groupby("aircraft", sort=False)],
    }


def _aircraft(rows: pd.DataFrame, steps: pd.Index) -> dict[str, Any]:
    first = rows.iloc[0]
    track = rows.set_index("step").reindex(steps)
    return {
        "id": str(first["aircraft"]),
        "type": str(first["type"]),
        "waypoint": _numbers(first[["waypoint_east_nm", "waypoint_north_nm"]]),
        "east": _numbers(track["east_nm"]),
        "north": _numbers(track["north_nm"]),
        "heading": _numbers(track["heading_deg"]),
        "cas": _numbers(track["cas_kt"]),
        "separation": _numbers(track["separation_nm"]),
        "present": _flags(track["present"]),
        "arrived": _flags(track["arrived"]),
    }


def _numbers(values: pd.Series) -> list[float | None]:
    """Return values rounded to 3 decimals, None where they are not finite (JSON knows neither NaN nor infinity)."""
    rounded: npt.NDArray[np.float64] = np.round(values.to_numpy(dtype=np.float64, na_value=np.nan), 3)
    return [float(value) if np.isfinite(value) else None for value in rounded]


def _flags(values: pd.Series) -> list[int]:
    return [int(pd.notna(value) and bool(value)) for value in values]
