"""Facts about what is shown of a run's figures."""

import base64

from conftest import Checkout
from dvc.repo import Repo

from flows import dvc_command
from flows.findings import data_uri, evaluated, page, table_rows

OUTCOMES = [
    {"name": "sunk", "words": "ships that sink", "kind": "failure"},
    {"name": "home_share", "words": "ships that come home", "kind": "share", "short": "home"},
    {"name": "fuel", "words": "fuel burnt", "kind": "number", "unit": "t"},
]
PLAYED = {
    "episodes": 200,
    "sunk_rate": 0.0151,
    "sunk_low": 0.005,
    "sunk_high": 0.043,
    "home_share": 0.99,
    "fuel": 3.456,
}


def test_a_row_per_set_and_mode_beside_the_rules() -> None:
    once = PLAYED | {"episodes": 1, "sunk_low": None, "sunk_high": None, "fuel": None}
    rules = {"drift": PLAYED | {"sunk_rate": 1.0}, "pilot": PLAYED | {"sunk_rate": 0.18}}
    figures = {
        "test": {"deterministic": PLAYED, "stochastic": PLAYED, **rules},
        "custom": {"deterministic": once, **rules},
        "shifts": {"deterministic": {"micro": {"sunk_rate": 0.0}}},
        "score": {"score": 0.5},
        "world": "sea",
        "outcomes": OUTCOMES,
        "rules": {"pilot": "a pilot on board", "drift": "nobody acts"},
    }
    first, second, third = table_rows("sea/one/0", figures)
    assert first == {
        "policy": "sea/one/0",
        "set": "test",
        "mode": "deterministic",
        "episodes": "200",
        "sunk": "1.5%",
        "interval": "0.5% to 4.3%",
        "home": "99.0%",
        "fuel": "3.456 t",
        "sunk of pilot": "18.0%",
        "sunk of drift": "100.0%",
    }
    assert second == first | {"mode": "stochastic"}
    assert third == first | {"set": "custom", "episodes": "1", "interval": "-", "fuel": "-"}


def test_what_evaluation_really_leaves_fills_the_table(checkout: Checkout) -> None:
    Repo.init(str(checkout.folder), no_scm=True)
    name = "airspace/generic/0"
    rows = table_rows(name, evaluated(dvc_command.outputs(checkout.folder))[name])
    shown = {(row["set"], row["mode"]) for row in rows}
    assert {("suite", "deterministic"), ("test", "deterministic"), ("test", "stochastic")} <= shown
    assert len(shown) == len(rows) > 10
    assert all(len(row) == 10 for row in rows)


def test_the_page_links_to_mlflow_and_says_what_to_type() -> None:
    said = page("wide-1", {"sea/one/0": {"training": "http://127.0.0.1:5000/#/x"}, "sea/one/1": {}})
    assert "- **sea/one/0**: [training](http://127.0.0.1:5000/#/x)" in said
    assert "- **sea/one/1**: no run in MLflow" in said
    assert "dvc exp apply wide-1 " in said
    assert f"{dvc_command.COMPARE} " in said


def test_the_page_of_the_workspace_has_nothing_to_apply() -> None:
    said = page(None, {"sea/one/0": {}})
    assert "dvc exp" not in said
    assert "data/report/index.html" in said


def test_a_picture_is_its_own_address() -> None:
    kind, _, data = data_uri(b"png").partition(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(data) == b"png"
