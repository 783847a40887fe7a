"""Facts about what is shown of a run's figures."""

import base64

from flows.findings import data_uri, page, table_rows

FIGURES = {
    "suite": {"deterministic": {"solved": 3, "los_rate": 0.123456}, "stochastic": {"solved": 1, "los_rate": 0.5}},
    "test": {"deterministic": {"los_rate": 0.0}, "hold": {"los_rate": 1.0}},
}


def test_a_row_per_set_and_mode_with_its_figures() -> None:
    assert table_rows("one/0", FIGURES) == [
        {"policy": "one/0", "flown": "suite, deterministic", "solved": "3", "los rate": "0.1235"},
        {"policy": "one/0", "flown": "test, deterministic", "los rate": "0"},
        {"policy": "one/0", "flown": "test, hold", "los rate": "1"},
    ]


def test_the_page_links_to_mlflow_and_says_what_to_type() -> None:
    said = page("wide-1", {"one/0": {"training": "http://127.0.0.1:5000/#/x"}, "one/1": {}})
    assert "- **one/0**: [training](http://127.0.0.1:5000/#/x)" in said
    assert "- **one/1**: no run in MLflow" in said
    assert "dvc exp apply wide-1 " in said


def test_the_page_of_the_workspace_has_nothing_to_apply() -> None:
    said = page(None, {"one/0": {}})
    assert "dvc exp" not in said
    assert "data/report/index.html" in said


def test_a_picture_is_its_own_address() -> None:
    kind, _, data = data_uri(b"png").partition(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(data) == b"png"
