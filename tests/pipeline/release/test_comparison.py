"""Facts about comparing policies: the same episodes in pairs, and no verdict that the data do not carry."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.evaluation.resampling import Bootstrap
from pipeline.pictures.curve_pictures import draw_differences
from pipeline.release.comparison import Contender, Wanted, compare, read_contender, words
from pipeline.settings.params import read_params

ROOT = Path(__file__).parents[3]
ON_TEST = Wanted("test", read_params(ROOT / "params.yaml").evaluate)
COMPARED = {"sunk": "ships that sink", "clearance_m": "smallest clearance, m", "fuel_t": "fuel burnt, t"}


def bootstrap() -> Bootstrap:
    return Bootstrap(0.95, 500, np.random.default_rng(0))


def run(sunk: list[int], clearance_m: float = 6.0) -> pd.DataFrame:
    count = len(sunk)
    table = {"episode": range(count), "scenario": "procedural", "episode_seed": range(count), "set": "test"}
    table |= {"sunk": sunk, "clearance_m": clearance_m, "fuel_t": 1.0, "mode": "deterministic"}
    return pd.DataFrame(table)


def contender(name: str, runs: list[pd.DataFrame]) -> Contender:
    return Contender(name, runs, COMPARED)


def verdicts(ours: list[pd.DataFrame], theirs: list[pd.DataFrame]) -> pd.DataFrame:
    return compare(contender("ours", ours), contender("theirs", theirs), bootstrap()).set_index("figure")


def test_a_clear_difference_is_told_with_its_direction() -> None:
    row = verdicts([run([0] * 40)], [run([1] * 30 + [0] * 10)]).loc["sunk"]
    assert (row["ours"], row["theirs"], row["difference"]) == (0.0, 0.75, -0.75)
    assert -0.9 < row["low"] < row["high"] < -0.6
    assert (row["verdict"], row["unit"], row["num_episodes"]) == ("lower", "episode", 40)


def test_episodes_that_cancel_out_decide_nothing() -> None:
    ours, theirs = contender("ours", [run([1, 0] * 10)]), contender("theirs", [run([0, 1] * 10)])
    table = compare(ours, theirs, bootstrap())
    assert table.set_index("figure").loc["sunk", "verdict"] == "undecided"
    said = words(ours, theirs, table, 0.95)
    assert "ships that sink: 0.5 and 0.5: +0 [" in said
    assert said.count("the data do not decide") == 1
    assert "fuel burnt, t: 1 and 1: +0 [+0 to +0], no difference in any unit" in said


def test_with_several_runs_the_run_is_the_unit() -> None:
    runs = [run([1] * n + [0] * (10 - n)) for n in (1, 2, 3)]
    row = verdicts(runs, [run([1] * 8 + [0] * 2)]).loc["sunk"]
    assert (row["unit"], row["num_units"], row["num_episodes"]) == ("run", 3, 10)
    assert row["difference"] == pytest.approx(0.2 - 0.8)
    assert -0.7 <= row["low"] < -0.65 < -0.55 < row["high"] <= -0.5  # the runs differ by -0.7, -0.6 and -0.5


def test_what_is_infinite_on_one_side_is_not_compared() -> None:
    ours, theirs = run([0, 0, 0]), run([0, 0, 0], clearance_m=5.0)
    ours.loc[0, "clearance_m"] = theirs.loc[0, "clearance_m"] = np.inf
    row = verdicts([ours], [theirs]).loc["clearance_m"]
    assert (row["difference"], row["num_episodes"]) == (1.0, 2)


def test_other_episodes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"theirs: not the same episodes \(3 of ours, 2 of theirs\)"):
        verdicts([run([0, 0, 0])], [run([0, 0])])
    moved = run([0, 0, 0]).assign(episode_seed=[0, 1, 7])
    with pytest.raises(ValueError, match="not the same episodes"):
        verdicts([run([0, 0, 0])], [moved])


def evaluated(folder: Path, table: pd.DataFrame) -> Path:
    """What an evaluation leaves in a folder, as far as it is read."""
    folder.mkdir(exist_ok=True)
    table.to_parquet(folder / "episodes.parquet")
    (folder / "figures.json").write_text(json.dumps({"compared": COMPARED}))
    return folder / "episodes.parquet"


def test_an_evaluation_and_a_folder_of_seeds_are_read(tmp_path: Path) -> None:
    for seed in ("0", "1"):
        evaluated(tmp_path / seed, run([0, 1]))
    found = read_contender(str(tmp_path), ON_TEST)
    assert (len(found.runs), found.compared) == (2, COMPARED)
    assert len(read_contender(f"{tmp_path}/1:deterministic", ON_TEST).runs) == 1


def test_what_cannot_be_compared_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nowhere: wanted an evaluation"):
        read_contender(str(tmp_path / "nowhere"), ON_TEST)
    table = evaluated(tmp_path, run([0, 1]))
    with pytest.raises(ValueError, match="test was not played drift, known: test deterministic"):
        read_contender(f"{tmp_path}:drift", ON_TEST)
    run([0, 1]).drop(columns="fuel_t").to_parquet(table)
    with pytest.raises(ValueError, match=r"episodes\.parquet: no column 'fuel_t'"):
        read_contender(str(tmp_path), ON_TEST)
    table.write_bytes(table.read_bytes()[:100])
    with pytest.raises(ValueError, match=r"episodes\.parquet: not a table"):
        read_contender(str(tmp_path), ON_TEST)
    (tmp_path / "figures.json").write_text("{}")
    with pytest.raises(ValueError, match=r"figures\.json: no 'compared': of an older layout"):
        read_contender(str(tmp_path), ON_TEST)


def test_differences_are_drawn_for_each_other_one() -> None:
    ours, tables = run([0] * 10), {}
    for name in ("one", "two"):
        tables[name] = compare(contender("ours", [ours]), contender(name, [run([1] * 10)]), bootstrap())
    drawing = draw_differences("ours", tables)
    assert all(f">{word}</text>" in drawing for word in ("ours minus", "one", "two", "fuel t"))
    assert draw_differences("ours", tables) == drawing
