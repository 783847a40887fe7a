"""Facts about judging a policy beside the champion."""

import numpy as np
import pandas as pd
import pytest
from conftest import Checkout

from envs.airspace.simulation.room import OUTCOMES
from envs.ground.outcomes import Outcome
from pipeline.evaluation.resampling import Bootstrap
from pipeline.export.policy_file import PolicyFile, read_policy
from pipeline.release.acceptance import Demand, check_same_episodes, judge
from pipeline.release.comparison import Contender
from pipeline.settings.sections import Acceptance

WANTED = Acceptance(set="test", failure_margin=0.1, failure_ceiling=0.5, share_margin=0.1)


def played(name: str, **columns: object) -> Contender:
    table = pd.DataFrame(columns)
    count = range(len(table))
    keys = {"episode": count, "scenario": "procedural", "episode_seed": count}
    return Contender(name, [table.assign(**keys)], dict.fromkeys(columns, "in words"))


def flown(name: str, los: list[int], arrived_share: float = 1.0) -> Contender:
    return played(name, los=los, arrived_share=arrived_share, fuel_kg=1.0)


def paid(name: str, rewards: list[float]) -> Contender:
    return played(name, **{"return": rewards})


def failed(
    ours: Contender,
    champion: Contender | None,
    wanted: Acceptance = WANTED,
    outcomes: tuple[Outcome, ...] = OUTCOMES,
) -> list[str]:
    bootstrap = Bootstrap(0.95, 500, np.random.default_rng(0))
    return [demand.words() for demand in judge(ours, champion, outcomes, wanted, bootstrap).failed]


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
    assert said.startswith("arrived short of the champion's 100.00%")
    assert said.endswith("+20.00%, wanted +10.00% at most: 10.00 points too much")


def test_the_ceiling_holds_whatever_the_champion_does() -> None:
    bad = [1] * 60 + [0] * 40
    assert failed(flown("ours", bad), flown("champion", bad)) == [
        "LoS rate: +60.00%, wanted +50.00% at most: 10.00 points too much"
    ]
    assert failed(flown("ours", bad), None) == failed(flown("ours", bad), flown("champion", bad))


def test_without_a_champion_the_judgement_says_so() -> None:
    ours, bootstrap = flown("ours", [0] * 50), Bootstrap(0.95, 500, np.random.default_rng(0))
    assert judge(ours, None, OUTCOMES, WANTED, bootstrap).words().splitlines() == [
        "ours passes",
        "  LoS rate: +0.00%, wanted +50.00% at most",
        "  there is no champion to compare with: the ceiling alone decides",
    ]
    assert "no champion" not in judge(ours, ours, OUTCOMES, WANTED, bootstrap).words()


def test_a_figure_that_is_not_known_keeps_nothing() -> None:
    assert not Demand("rate", float("nan"), 1.0).met
    assert failed(flown("ours", [0]), flown("champion", [0])), "a single episode has no interval"


def test_other_episodes_are_no_pairs() -> None:
    with pytest.raises(ValueError, match="not the same episodes"):
        failed(flown("ours", [0] * 3), flown("champion", [0] * 4))


def test_each_failure_and_each_share_is_asked_for() -> None:
    """Of 100 episodes 60 crash, 55 stall; the ceiling is a half for both. The champion neither crashes nor stalls."""
    outcomes = (Outcome("crash", "crashes", "failure"), Outcome("stall", "stalls", "failure", short="stalled"))
    ours = played("ours", crash=[1] * 60 + [0] * 40, stall=[1] * 55 + [0] * 45)
    assert failed(ours, None, outcomes=outcomes) == [
        "crash rate: +60.00%, wanted +50.00% at most: 10.00 points too much",
        "stalled rate: +55.00%, wanted +50.00% at most: 5.00 points too much",
    ]
    champion = played("champion", crash=[0] * 100, stall=[0] * 100)
    assert len(failed(ours, champion, outcomes=outcomes)) == 4


def test_where_nothing_but_the_return_is_known_it_fails_if_the_whole_interval_is_below_the_champions() -> None:
    champion = paid("champion", [10.0, 12.0, 11.0, 13.0] * 20)
    assert failed(paid("ours", [11.0, 11.0, 12.0, 12.0] * 20), champion, outcomes=()) == []
    assert failed(paid("ours", [14.0] * 80), champion, outcomes=()) == []
    [said] = failed(paid("ours", [9.0, 11.0, 10.0, 12.5] * 20), champion, outcomes=())
    assert said.startswith("return short of the champion's 11.5, upper end of the 95% interval: +0.")
    assert said.endswith("wanted +0 at most")
    assert failed(paid("ours", [9.0]), paid("champion", [9.0]), outcomes=()), "a single episode has no interval"


def test_without_a_champion_nothing_is_asked_of_a_return() -> None:
    judgement = judge(paid("ours", [1.0, 2.0]), None, (), WANTED, Bootstrap(0.95, 500, np.random.default_rng(0)))
    assert judgement.words().splitlines() == [
        "ours passes",
        "  there is no champion to compare with: nothing is asked of it",
    ]
    assert judgement.figures == {"return": 1.5}


def test_another_traffic_is_refused_and_another_reward_is_not(finished: Checkout) -> None:
    described = read_policy(finished.folder / "data/export/airspace/generic")[1]

    def varied(section: str, **values: object) -> PolicyFile:
        changed = described.settings | {section: described.settings[section] | values}
        return described.model_copy(update={"settings": changed})

    check_same_episodes(varied("reward", action=-0.5), described)
    with pytest.raises(ValueError, match=r"settings\.procedural: got .*: not the same"):
        check_same_episodes(varied("procedural", max_aircraft=9), described)
