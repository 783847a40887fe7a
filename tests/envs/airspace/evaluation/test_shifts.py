"""Facts about shifts: what params.yaml says is what is flown, one departure at a time, starts too close left out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from envs.airspace.evaluation.shift_settings import Shifts
from envs.airspace.evaluation.shifts import grid, lay_out
from envs.airspace.scenarios.suite import SUITE
from envs.airspace.simulation.room import SIMULATION
from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground.evaluating import Shifted
from envs.ground.play import Space
from pipeline.ground.checks import ParamsError, check

SPEED = {"changes": "speed_kt", "micro": [5], "macro": [-20, 35], "aircraft": ["first", "all"]}
AIRSPACE = Space(SIMULATION, AirspaceSettings(), (), 0.97)


def shifts(repetitions: int = 1, wind: dict[str, Any] | None = None, **families: Any) -> Shifts:
    calm: dict[str, Any] = {"micro": [], "macro": [], "from_deg": [0]}
    values = {"scenarios": [], "repetitions": repetitions, "families": families, "wind": wind or calm}
    return check(Shifts, values, "params.yaml", "airspace.evaluation.shifts.")


def laid_out(*names: str, **options: Any) -> Shifted:
    return lay_out(AIRSPACE, [SUITE[name] for name in names], shifts(**options), seed=0)


def test_a_family_is_flown_in_all_its_values_by_the_first_and_by_all() -> None:
    found = [shift.columns()["shift"] for shift in grid(shifts(speed=SPEED), AirspaceSettings(), 4)]
    signs = ("+5", "-20", "+35")
    assert found == ["none +0 all", *(f"speed {sign} {who}" for sign in signs for who in ("first", "all"))]


def test_each_aircraft_in_turn_can_be_shifted() -> None:
    found = laid_out("head_on", "t_formation", speed=SPEED | {"micro": [], "macro": [20], "aircraft": ["each"]})
    counts = found.columns.groupby("scenario")["shift"].nunique()
    assert counts.to_dict() == {"head_on": 1 + 2, "t_formation": 1 + 3}
    cas = found.episodes.shift["cas"][1:3, :2]  # type: ignore[index]
    assert cas.tolist() == [[20.0, 0.0], [0.0, 20.0]]


def test_winds_blow_from_all_directions_asked_for() -> None:
    """36 kt from the west blow to the east."""
    found = laid_out("head_on", wind={"micro": [36.0], "macro": [], "from_deg": [0.0, 270.0]})
    assert found.columns["size_label"].tolist() == ["+0", "36 kt from 000", "36 kt from 270"]
    assert found.episodes.shift["wind"] == pytest.approx(np.array([[0.0, 0.0], [0.0, -36.0], [36.0, 0.0]]))  # type: ignore[index]


def test_a_start_closer_than_5_nm_is_left_out_and_counted() -> None:
    """In chase_4all aircraft follow each other by 6 NM: the first one 2 NM nearer to the second is 4 NM behind it."""
    nearer = {"changes": "forward_nm", "micro": [0.9], "macro": [2.0], "aircraft": ["first", "all"]}
    found = laid_out("chase_4all", repetitions=3, nearer=nearer)
    assert found.left_out["shift"].tolist() == ["nearer +2 first"] * 3
    assert len(found.episodes) == len(found.columns) == 3 * 4
    assert found.columns["repetition"].tolist() == [0, 1, 2] * 4


def test_repetitions_have_seeds_of_their_own() -> None:
    found = laid_out("head_on", repetitions=4, speed=SPEED)
    assert len(set(found.episodes.seed.tolist())) == len(found.episodes) == 4 * 7


def test_a_type_flies_with_its_own_performance() -> None:
    kind = {"changes": "aircraft_type", "micro": [], "macro": ["B744"], "aircraft": ["first"]}
    found = laid_out("head_on", type=kind)
    batch = found.space.batch(2)
    batch.begin(np.arange(2), found.episodes.scenario, found.episodes.seed, found.episodes.shift)
    kinds = batch.worlds.kind[:, :2].tolist()
    assert kinds[0][0] == kinds[0][1] == kinds[1][1] != kinds[1][0]


def test_a_type_that_nobody_knows_is_named_with_its_key() -> None:
    kind = {"changes": "aircraft_type", "micro": [], "macro": ["A999"], "aircraft": ["all"]}
    with pytest.raises(ValueError, match=r"params\.yaml: airspace\.evaluation\.shifts\.families\.wrong\.macro: .*A999"):
        laid_out("head_on", wrong=kind)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"changes": "sped_kt"},
            "families.speed: changes: unknown 'sped_kt', known from airspace.simulation.disturbance: heading",
        ),
        ({"changes": "action_delay", "macro": [9]}, "families.speed: macro: got 9.0 for action_delay"),
        ({"changes": "responds", "micro": [3.5]}, "families.speed: micro: got 3.5 for responds"),
        ({"aircraft": ["second"]}, "'first', 'each' or 'all'"),
    ],
)
def test_a_shift_that_cannot_be_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ParamsError) as refused:
        shifts(speed=SPEED | change)
    assert message in str(refused.value)
