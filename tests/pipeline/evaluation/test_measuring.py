"""Facts about measured flights: blocks do not matter, and who flies, in which wind, is measured as played."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from envs.airspace.baselines.direct import Direct
from envs.airspace.evaluation.room import EVALUATION
from envs.airspace.scenarios.suite import SUITE
from envs.airspace.simulation.disturbance_settings import Disturbance, Wind
from envs.airspace.simulation.room import SIMULATION
from envs.airspace.simulation.settings import AirspaceSettings
from envs.ground.play import Episodes, Space
from envs.ground.steering import Nothing
from pipeline.evaluation.measuring import Contestant, play_measured

AIRSPACE = Space(SIMULATION, AirspaceSettings(), (SUITE["head_on"], SUITE["cross_4all"]), 0.97)
HOLD = Contestant("hold", Nothing())


def episodes(num_named: int = 3) -> Episodes:
    named, drawn = Episodes.of_scenarios([0, 1], num_named, 1), Episodes.drawn(np.arange(4, dtype=np.uint64))
    return Episodes(np.append(named.scenario, drawn.scenario), np.append(named.seed, drawn.seed))


def test_the_size_of_blocks_does_not_matter() -> None:
    whole, parts = (play_measured(AIRSPACE, episodes(), HOLD, EVALUATION, block) for block in (512, 3))
    pd.testing.assert_frame_equal(whole.episodes, parts.episodes)
    pd.testing.assert_frame_equal(whole.events, parts.events)


def test_every_column_is_there_once_and_events_point_at_their_episodes() -> None:
    played = play_measured(AIRSPACE, episodes(), HOLD, EVALUATION, 4)
    assert played.episodes.columns.is_unique
    counts = played.events.groupby("episode").size().reindex(played.episodes["episode"], fill_value=0)
    assert counts.tolist() == played.episodes["conflicts"].tolist()
    assert played.episodes["los"].tolist()[:6] == [True] * 6


def test_episodes_are_played_with_their_disturbances() -> None:
    """Head-on at 288.7 kt against a tailwind of 60 kt from the south: the northbound one arrives first."""
    batch = AIRSPACE.batch(1)
    winds = [Wind(), Wind(from_deg=180.0, speed_kt=60.0)]
    records = np.stack([batch.disturbance(wind, Disturbance(), {}, 0) for wind in winds])
    two = Episodes(np.zeros(2, int), np.zeros(2, np.uint64), records)
    played = play_measured(AIRSPACE, two, Contestant("direct", Direct()), EVALUATION, 1).episodes
    assert played["path_efficiency"].tolist() == pytest.approx([1.0, 1.0], abs=1e-3)
    hours = 35.0 / 288.7, 0.5 * (35.0 / 348.7 + 35.0 / 228.7)  # 36 NM less the arrival radius of 1 NM
    assert played["flight_time_s"].tolist() == pytest.approx([3600.0 * hour for hour in hours], abs=2.0)


def test_no_episodes_are_refused() -> None:
    with pytest.raises(ValueError, match="hold: no episodes to measure"):
        play_measured(AIRSPACE, Episodes.drawn(np.zeros(0, np.uint64)), HOLD, EVALUATION, 8)
