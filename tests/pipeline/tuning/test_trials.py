"""Facts about the stage tune: trials, what they leave, and how they go on."""

import json
import signal
from typing import Any

import pandas as pd
import pytest
from conftest import ROOT, Checkout

from envs.airspace.simulation.room import OUTCOMES
from pipeline.ground.checks import check
from pipeline.learning.supervisor import Stopped
from pipeline.settings.params import Params, read_params
from pipeline.tuning.trials import TrialProgress, words

FEW: dict[str, Any] = {
    "train.total_timesteps": 1000,
    "tune.space": [{"key": "train.hyperparameters.learning_rate", "low": 1e-4, "high": 1e-2, "log": True}],
}


def trials(checkout: Checkout) -> pd.DataFrame:
    return pd.read_csv(checkout.folder / "data/tuning/airspace/trials.csv").set_index("trial").sort_index()


def best(checkout: Checkout) -> dict[str, Any]:
    return json.loads((checkout.folder / "data/tuning/airspace/best.json").read_text())


def test_it_is_off_where_no_trials_are_wanted(checkout: Checkout) -> None:
    assert "off, tune.trials is 0" in checkout.run_well("tune")
    assert best(checkout) == {}
    assert not (checkout.folder / "studies").exists()


def test_more_trials_go_on_with_the_study_and_the_best_is_told(checkout: Checkout) -> None:
    checkout.change(FEW | {"tune.trials": 2})
    checkout.run_well("tune")
    first = trials(checkout)
    checkout.change({"tune.trials": 3})
    said = checkout.run_well("tune")
    both = trials(checkout)
    assert said.count("agent-steps done; best so far") == 1
    pd.testing.assert_frame_equal(both.loc[[0, 1]], first)
    rate = "train.hyperparameters.learning_rate"
    assert both[rate].nunique() == 3
    assert best(checkout)["shortfall"] == both["figure"].min()
    assert best(checkout)["parameters"] == {rate: both[rate][best(checkout)["trial"]]}
    assert f"dvc exp run -S ++{rate}={best(checkout)['parameters'][rate]:.6g}" in said
    assert checkout.checkpoints() == []


@pytest.mark.long
def test_a_trial_that_was_cut_off_goes_on_from_its_checkpoint(checkout: Checkout) -> None:
    checkout.change(FEW | {"tune.trials": 1, "train.total_timesteps": 6000})
    running = checkout.start("tune")
    running.wait_for(lambda: bool(checkout.checkpoints()))
    running.signal(signal.SIGINT)
    assert running.outcome().status == 130
    said = checkout.run_well("tune")
    assert "goes on from" in said
    assert (len(trials(checkout)), best(checkout)["trial"]) == (2, 1)


@pytest.mark.long
def test_a_trial_that_diverges_says_so_and_the_others_go_on(checkout: Checkout) -> None:
    rates = [{"key": "train.hyperparameters.learning_rate", "values": [1e-3, 1e30]}]
    checkout.change({"train.total_timesteps": 1000, "tune.trials": 4, "tune.space": rates})
    checkout.run_well("tune")
    table = trials(checkout).set_index("train.hyperparameters.learning_rate")
    assert table.loc[[1e30], "stopped_because"].str.contains("diverged, after").all()
    assert (table.loc[[1e-3], "stopped_because"] == "all 1,000 agent-steps done").all()
    assert best(checkout)["parameters"] == {"train.hyperparameters.learning_rate": 1e-3}
    assert checkout.checkpoints() == []


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"tune.space": [{"key": "scenarios.seed", "values": [1]}]}, "got scenarios.seed, wanted keys that begin with"),
        ({"tune.trials": 1, "tune.space": [{"key": "train.worlds", "values": [1]}]}, "train.worlds: unknown key"),
        ({"tune.trials": 1, "tune.space": [{"key": "train.hyperparameters.gama", "values": [1]}]}, "gama"),
        ({"tune.policy": "special"}, "tune.policy: unknown 'special'"),
    ],
)
def test_what_cannot_be_tried_is_refused(checkout: Checkout, refuse: Any, changed: Any, message: str) -> None:
    checkout.change(changed)
    assert message in refuse("tune")


def test_a_hopeless_evaluation_ends_a_trial() -> None:
    progress = TrialProgress("train one/tune-000", 100, lambda figure: figure > 0.5)
    progress.evaluated(10, {"los_rate": 0.3, "arrived_share": 0.8, "mean_return": 0.0}, OUTCOMES[:2])
    with pytest.raises(Stopped, match="pruned"):
        progress.evaluated(20, {"los_rate": 0.3, "arrived_share": 0.7, "mean_return": 0.0}, OUTCOMES[:2])


def test_parameters_are_told_as_dvc_takes_them() -> None:
    assert (
        words({"train.a": 0.00012345678, "train.b": 8, "train.c": "fast"})
        == "++train.a=0.000123457 ++train.b=8 ++train.c=fast"
    )


def test_trials_of_nothing_are_refused() -> None:
    values = read_params(ROOT / "params.yaml").model_dump(mode="json")
    with pytest.raises(ValueError, match="tune: got 3 trials and no space, wanted at least one parameter"):
        check(Params, values | {"tune": values["tune"] | {"trials": 3, "space": []}}, "params.yaml")
