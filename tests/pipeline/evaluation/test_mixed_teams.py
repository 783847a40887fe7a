"""Facts about mixed teams: who is ours, and what the shares at both ends are."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import ROOT

from envs.airspace.baselines.direct import Direct
from envs.airspace.baselines.settings import Mvp
from envs.airspace.baselines.voltage_potential import VoltagePotential
from envs.airspace.evaluation.room import EVALUATION
from envs.airspace.simulation.room import SIMULATION
from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground.evaluating import Teams
from envs.ground.play import Episodes, Space
from envs.ground.steering import Nothing
from pipeline.evaluation.judged import Judged
from pipeline.evaluation.measuring import Contestant, play_measured
from pipeline.evaluation.mixed_teams import COLUMNS, MixedTeams, play_mixed
from pipeline.settings.params import read_params

SPACE = Space(SIMULATION, AirspaceSettings(), (), 0.97)
AIRSPACE = Judged.of("airspace", SPACE.settings)
SEEDS = np.arange(40, dtype=np.uint64)
EPISODES = Episodes.drawn(SEEDS)
EVALUATE = read_params(ROOT / "params.yaml").evaluate
MVP, HOLD = (Contestant("mvp", VoltagePotential(Mvp(look_ahead_s=300.0, margin=1.05))), Contestant("hold", Nothing()))


class Marked:
    """Steers with one number everywhere."""

    def __init__(self, mark: float) -> None:
        self.mark = mark

    def begin(self, batch, first) -> None:
        pass

    def steer(self, batch, noise):
        return np.full((batch.num_worlds, batch.num_slots, 2), self.mark)


def who(share: float, num_worlds: int = 400) -> np.ndarray:
    batch = SPACE.batch(num_worlds)
    seeds = np.arange(num_worlds, dtype=np.uint64)
    batch.begin(np.arange(num_worlds), np.full(num_worlds, -1), seeds)
    steering = MixedTeams(Marked(1.0), Marked(-1.0), share)
    steering.begin(batch, 0)
    return steering.steer(batch, None)[..., 0] > 0


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_so_large_a_share_of_agents_is_ours(share: float) -> None:
    """1,600 draws: three standard deviations are below 0.04."""
    assert who(share).mean() == pytest.approx(share, abs=0.04)


def test_who_is_ours_stays_ours_at_larger_shares_and_is_drawn_from_the_seed() -> None:
    few, many = who(0.25), who(0.75)
    assert (many | ~few).all()
    assert (few == who(0.25)).all()
    assert who(0.0).sum() == 0
    assert who(1.0).all()


def test_at_either_end_one_contestant_plays_alone() -> None:
    direct, teams = Contestant("direct", Direct()), Teams((0.0, 0.5, 1.0), 40, ("hold", "mvp"))
    table = play_mixed(SPACE, SEEDS, [direct, MVP, HOLD], AIRSPACE, teams, EVALUATE)
    assert table["others"].tolist() == ["mvp"] * 3 + ["hold"] * 3
    rates = table.set_index(["others", "share"])
    for other in (MVP, HOLD):
        alone = play_measured(SPACE, EPISODES, other, EVALUATION, 512).episodes
        assert rates.loc[(other.mode, 0.0), "los_episodes"] == alone["los"].sum()
    alone = play_measured(SPACE, EPISODES, direct, EVALUATION, 512).episodes
    assert set(rates.xs(1.0, level="share")["los_episodes"]) == {alone["los"].sum()}
    assert (table["los_low"] <= table["los_rate"]).all()
    assert (table["leading"] == table["los_rate"]).all()


def test_of_all_seeds_as_many_are_played_as_are_wanted() -> None:
    table = play_mixed(SPACE, SEEDS, [MVP, HOLD], AIRSPACE, Teams((0.5,), 3, ("hold",)), EVALUATE)
    assert table[["others", "share", "episodes"]].to_numpy().tolist() == [["hold", 0.5, 3]]


def test_a_world_without_teams_has_the_columns() -> None:
    table = play_mixed(SPACE, SEEDS, [MVP, HOLD], AIRSPACE, None, EVALUATE)
    assert (len(table), tuple(table.columns)) == (0, COLUMNS)
