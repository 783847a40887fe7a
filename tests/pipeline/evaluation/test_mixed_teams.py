"""Facts about mixed equipage: who is ours, and what the shares at both ends are."""

from __future__ import annotations

import numpy as np
import pytest

from envs.airspace.baselines.direct import Direct
from envs.airspace.baselines.settings import Mvp
from envs.airspace.baselines.voltage_potential import VoltagePotential
from envs.airspace.simulation.room import SIMULATION
from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground.play import Episodes, Space
from envs.ground.steering import Nothing
from pipeline.evaluation.measuring import Pilot, fly_measured
from pipeline.evaluation.mixed_teams import MixedEquipage, fly_mixed

AIRSPACE = Space(SIMULATION, AirspaceSettings(), (), 0.97)
EPISODES = Episodes.drawn(np.arange(40, dtype=np.uint64))
MVP, HOLD = (Pilot("mvp", VoltagePotential(Mvp(look_ahead_s=300.0, margin=1.05))), Pilot("hold", Nothing()))


class Marked:
    """Steers with one number everywhere."""

    def __init__(self, mark: float) -> None:
        self.mark = mark

    def begin(self, batch, first) -> None:
        pass

    def steer(self, batch, noise):
        return np.full((batch.num_worlds, batch.num_slots, 2), self.mark)


def who(share: float, num_worlds: int = 400) -> np.ndarray:
    batch = AIRSPACE.batch(num_worlds)
    seeds = np.arange(num_worlds, dtype=np.uint64)
    batch.begin(np.arange(num_worlds), np.full(num_worlds, -1), seeds)
    steering = MixedEquipage(Marked(1.0), Marked(-1.0), share)
    steering.begin(batch, 0)
    return steering.steer(batch, None)[..., 0] > 0


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_so_large_a_share_of_aircraft_is_ours(share: float) -> None:
    """1,600 draws: three standard deviations are below 0.04."""
    assert who(share).mean() == pytest.approx(share, abs=0.04)


def test_who_is_ours_stays_ours_at_larger_shares_and_is_drawn_from_the_seed() -> None:
    few, many = who(0.25), who(0.75)
    assert (many | ~few).all()
    assert (few == who(0.25)).all()
    assert who(0.0).sum() == 0
    assert who(1.0).all()


def test_at_either_end_one_pilot_flies_alone() -> None:
    table = fly_mixed(AIRSPACE, EPISODES, Pilot("direct", Direct()), [MVP, HOLD], (0.0, 0.5, 1.0), 512, 0.95)
    assert table["others"].tolist() == ["mvp"] * 3 + ["hold"] * 3
    rates = table.set_index(["others", "share"])
    for pilot in (MVP, HOLD):
        alone = fly_measured(AIRSPACE, EPISODES, pilot, 512).episodes
        assert rates.loc[(pilot.mode, 0.0), "los_episodes"] == alone["los"].sum()
    alone = fly_measured(AIRSPACE, EPISODES, Pilot("direct", Direct()), 512).episodes
    assert set(rates.xs(1.0, level="share")["los_episodes"]) == {alone["los"].sum()}
    assert (table["los_low"] <= table["los_rate"]).all()
