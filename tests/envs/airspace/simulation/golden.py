"""Three recorded episodes of 20 steps that later versions must fly again.

`python -m tests.envs.airspace.simulation.golden` writes them anew.

Do so only where the simulation is meant to move, and say in the commit why it does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from envs.airspace.scenarios.suite import SUITE
from envs.airspace.simulation.batch import AirspaceBatch
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic.traffic_settings import FAMILIES
from envs.ground.world import DRAWN

PATH = Path(__file__).with_name("golden.json")
NUM_STEPS = 20
ACTION_SEED = 20
RECORDED = ("position", "heading", "tas", "separation", "reward", "reward_parts")
EPISODES = ("merge_3p1", "drawn", "drawn, flying on")
_DRAWN_SEED = 17
_DRAWN_SETTINGS = {
    "procedural": {
        "min_aircraft": 4,
        "max_aircraft": 4,
        "aircraft_types": ["A320", "B744", "E190"],
        "families": {name: float(name == "crossing") for name in FAMILIES},
        "crossing": {
            "start_distance_nm": {"low": 4.0, "high": 9.0},
            "waypoint_distance_nm": {"low": 2.0, "high": 12.0},
        },
    },
    "episode": {"after_arrival": "leave", "time_limit": "task", "max_steps": NUM_STEPS},
    "wind": {"from_deg": 240.0, "speed_kt": 35.0},
    "reward": {"instruction": -0.2, "track_per_km": -0.05},
}


def start(episode: str) -> AirspaceBatch:
    """One world at the start of an episode: of the suite as by default, or drawn, with wind and three types."""
    drawn = episode.startswith("drawn")
    values = _DRAWN_SETTINGS if drawn else {}
    if episode == "drawn, flying on":
        values = values | {"episode": {"max_steps": NUM_STEPS}}
    settings = AirspaceSettings.from_values(values)
    batch = AirspaceBatch(settings, 1, 0, scenarios=() if drawn else [SUITE[episode]], discount=0.97)
    batch.begin(np.array([0]), np.array([DRAWN if drawn else 0]), np.array([_DRAWN_SEED], np.uint64))
    return batch


def fly(episode: str, actions: np.ndarray) -> Iterator[dict[str, Any]]:
    """What is recorded of each step under actions (T, A, 2): values by field, beside episode, step and actions."""
    batch = start(episode)
    for step, action in enumerate(actions):
        batch.step(action[None])
        values = {name: getattr(batch.worlds, name)[0].tolist() for name in RECORDED}
        yield {"episode": episode, "step": step, "actions": action.tolist(), **values}


def write(path: Path) -> None:
    """Record all episodes under drawn actions, which the file keeps: a list with one step per line."""
    rng, lines = np.random.default_rng(ACTION_SEED), []
    for episode in EPISODES:
        actions = rng.uniform(-0.5, 0.5, (NUM_STEPS, start(episode).num_slots, 2)).round(3)
        lines += [json.dumps(step) for step in fly(episode, actions)]
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    write(PATH)
