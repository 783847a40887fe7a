"""Facts about judging a policy beside the champion."""

import numpy as np
import pandas as pd
import pytest
from conftest import Checkout

from pipeline.evaluation.comparison import COMPARED, Contender
from pipeline.evaluation.statistics import Bootstrap
from pipeline.export.policy_file import PolicyFile, read_policy
from pipeline.release.acceptance import Demand, check_same_traffic, judge
from pipeline.settings.sections import Acceptance

WANTED = Acceptance(set="test", failure_margin=0.1, failure_ceiling=0.5, share_margin=0.1)


def flown(name: str, los: list[int], arrived_share: float = 1.0) -> Contender:
    count = len(los)
    table = {"episode": range(count), "scenario": "procedural", "episode_seed": range(count)}
    return Contender(
        name, [pd.DataFrame(table | dict.fromkeys(COMPARED, 1.0) | {"los": los} | {"arrived_share": arrived_share})]
    )


def failed(ours: Contender, champion: Contender | None, wanted: Acceptance = WANTED) -> list[str]:
    bootstrap = Bootstrap(0.95, 500, np.random.default_rng(0))
    return [demand.words() for demand in judge(ours, champion, wanted, bootstrap).failed]


def test_as_good_as_the_champion_passes() -> None:
    same = [1] * 10 + [0] * 190
    assert failed(flown("ours", same), flown("champion", same)) == []


def test_a_policy_is_worse_where_the_upper_end_is_beyond_the_margin() -> None:
    """18 of 200 lost instead of none: 9 points, below the margin of 10; but the interval reaches beyond."""
    [said] = failed(flown("ours", [1] * 18 + [0] * 182), flown("champion", [0] * 200))
    assert said.startswith("LoS rate beyond the champion's 0.00%, upper end of the 95% interval: +1")
    assert "wanted +10.00% at most: " in said
    assert said.endswith("points too much")
    assert failed(flown("ours", [1] * 8 + [0] * 192), flown("champion", [0] * 200)) == []


def test_more_margin_accepts_more() -> None:
    ours, champion = flown("ours", [1] * 18 + [0] * 182), flown("champion", [0] * 200)
    assert failed(ours, champion, WANTED.model_copy(update={"failure_margin": 0.2})) == []


def test_who_keeps_apart_by_not_arriving_is_worse() -> None:
    [said] = failed(flown("ours", [0] * 50, 0.8), flown("champion", [0] * 50, 1.0))
    assert said.startswith("arrivals short of the champion's 100.00%")
    assert said.endswith("+20.00%, wanted +10.00% at most: 10.00 points too much")


def test_the_ceiling_holds_whatever_the_champion_does() -> None:
    bad = [1] * 60 + [0] * 40
    assert failed(flown("ours", bad), flown("champion", bad)) == [
        "LoS rate: +60.00%, wanted +50.00% at most: 10.00 points too much"
    ]
    assert failed(flown("ours", bad), None) == failed(flown("ours", bad), flown("champion", bad))


def test_without_a_champion_the_judgement_says_so() -> None:
    ours, bootstrap = flown("ours", [0] * 50), Bootstrap(0.95, 500, np.random.default_rng(0))
    assert judge(ours, None, WANTED, bootstrap).words().splitlines() == [
        "ours passes",
        "  LoS rate: +0.00%, wanted +50.00% at most",
        "  there is no champion to compare with: the ceiling alone decides",
    ]
    assert "no champion" not in judge(ours, ours, WANTED, bootstrap).words()


def test_a_figure_that_is_not_known_keeps_nothing() -> None:
    assert not Demand("rate", float("nan"), 1.0).met
    assert failed(flown("ours", [0]), flown("champion", [0])), "a single episode has no interval"


def test_other_episodes_are_no_pairs() -> None:
    with pytest.raises(ValueError, match="not the same episodes"):
        failed(flown("ours", [0] * 3), flown("champion", [0] * 4))


def test_another_traffic_is_refused_and_another_reward_is_not(finished: Checkout) -> None:
    described = read_policy(finished.folder / "data/export/airspace/generic")[1]

    def varied(section: str, **values: object) -> PolicyFile:
        changed = described.settings | {section: described.settings[section] | values}
        return described.model_copy(update={"settings": changed})

    check_same_traffic(varied("reward", action=-0.5), described)
    with pytest.raises(ValueError, match=r"settings\.procedural: got .*: not the same"):
        check_same_traffic(varied("procedural", max_aircraft=9), described)
