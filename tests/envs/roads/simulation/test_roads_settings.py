"""What a person may set: the section of params.yaml are the defaults, and mistakes are named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from envs.roads.simulation.settings import RoadsSettings
from pipeline.settings.params import read_params
from pipeline.settings.worlds import simulation_settings

PARAMS = Path(__file__).parents[4] / "params.yaml"


def test_params_yaml_holds_the_defaults() -> None:
    assert simulation_settings(read_params(PARAMS), "roads") == RoadsSettings()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"cars": {"min_cars": 9}}, "min_cars 9 lies above max_cars 8"),
        ({"cars": {"flow_per_h": {"low": 0.0, "high": 10.0}}}, "flow_per_h"),
        ({"cars": {"length_m": {"low": 5.0, "high": 4.0}}}, "low 5 lies above high 4"),
        ({"cars": {"width_m": {"low": 4.0, "high": 4.0}}}, "wider than long"),
        ({"actions": {"kind": "grid", "offsets_m": [0.0, 0.9]}}, "offsets_m: got 0.9, wanted -0.5 to 0.5"),
        ({"actions": {"accelerations_mps2": [1.0, 2.0]}}, "wanted each once, and 0 among them"),
        ({"observation": {"courses_mps2": [0.0, -1.0]}}, "wanted them ascending, 0 among them"),
        ({"observation": {"layout": "all"}}, "layout"),
        ({"reward": {"collision": 1.0}}, "collision"),
        ({"speed": 1.0}, "speed"),
    ],
)
def test_mistakes_are_named(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        RoadsSettings.from_values(values)
