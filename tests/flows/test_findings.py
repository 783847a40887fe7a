"""Facts about what is shown of a run's figures."""

import base64

from conftest import Checkout
from dvc.repo import Repo

from envs.airspace.simulation.room import OUTCOMES
from flows import dvc_command
from flows.findings import World, data_uri, evaluated, page, table_rows

AIRSPACE = World(OUTCOMES, ("mvp", "hold"))
FLOWN = {"episodes": 200, "leading": 0.0151, "los_low": 0.005, "los_high": 0.043}
FLOWN |= {"min_separation_nm": 3.456, "arrived_share": 0.99}


def test_a_row_per_set_and_mode_beside_the_rules() -> None:
    once = FLOWN | {"episodes": 1, "los_low": None, "los_high": None}
    rules = {"hold": FLOWN | {"leading": 1.0}, "mvp": FLOWN | {"leading": 0.18}}
    figures = {
        "test": {"deterministic": FLOWN, "stochastic": FLOWN, **rules},
        "custom": {"deterministic": once, **rules},
        "shifts": {"deterministic": {"micro": {"leading": 0.0}}},
        "score": {"score": 0.5},
        "world": "airspace",
    }
    first, second, third = table_rows("one/0", figures, AIRSPACE)
    assert first == {
        "policy": "one/0",
        "set": "test",
        "mode": "deterministic",
        "episodes": "200",
        "LoS rate": "1.5%",
        "interval": "0.5% to 4.3%",
        "arrived": "99.0%",
        "smallest separation": "3.456 NM",
        "LoS rate of mvp": "18.0%",
        "LoS rate of hold": "100.0%",
    }
    assert second == first | {"mode": "stochastic"}
    assert third == first | {"set": "custom", "episodes": "1", "interval": "-"}


def test_a_world_that_declares_nothing_shows_its_return() -> None:
    own = {"episodes": 5, "leading": -3.5, "return_low": -4.0, "return_high": -3.0}
    rows = table_rows("one/0", {"test": {"deterministic": own, "random": own}}, World((), ("random", "nothing")))
    assert rows == [
        {
            "policy": "one/0",
            "set": "test",
            "mode": "deterministic",
            "episodes": "5",
            "return": "-3.5",
            "interval": "-4 to -3",
            "return of random": "-3.5",
        }
    ]


def test_what_evaluation_really_leaves_fills_the_table(checkout: Checkout) -> None:
    Repo.init(str(checkout.folder), no_scm=True)
    rows = table_rows("generic/0", evaluated(dvc_command.outputs(checkout.folder))["airspace/generic/0"], AIRSPACE)
    shown = {(row["set"], row["mode"]) for row in rows}
    assert {("suite", "deterministic"), ("test", "deterministic"), ("test", "stochastic")} <= shown
    assert len(shown) == len(rows) > 10
    assert all(len(row) == 10 for row in rows)


def test_the_page_links_to_mlflow_and_says_what_to_type() -> None:
    said = page("wide-1", {"one/0": {"training": "http://127.0.0.1:5000/#/x"}, "one/1": {}})
    assert "- **one/0**: [training](http://127.0.0.1:5000/#/x)" in said
    assert "- **one/1**: no run in MLflow" in said
    assert "dvc exp apply wide-1 " in said
    assert f"{dvc_command.COMPARE} " in said


def test_the_page_of_the_workspace_has_nothing_to_apply() -> None:
    said = page(None, {"one/0": {}})
    assert "dvc exp" not in said
    assert "data/report/index.html" in said


def test_a_picture_is_its_own_address() -> None:
    kind, _, data = data_uri(b"png").partition(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(data) == b"png"
