"""Nothing asked of an axis: the stages go on without it."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import new_checkout

pytestmark = pytest.mark.long


def test_axes_without_places_leave_empty_tables(tmp_path: Path) -> None:
    checkout = new_checkout(tmp_path)
    checkout.change(
        {
            "airspace.evaluation.numbers.num_aircraft": [],
            "airspace.evaluation.sector.densities_per_10000_nm2": [],
            "airspace.evaluation.teams.shares": [],
            "train.total_timesteps": 500,
        }
    )
    for stage in ("check", "scenarios", "train", "evaluate", "export", "report"):
        outcome = checkout.run(stage)
        assert outcome.status == 0, f"{stage}: {outcome.said}"
