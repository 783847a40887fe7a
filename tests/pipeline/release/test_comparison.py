"""Facts about comparing policies: the same episodes in pairs, and no verdict that the data do not carry."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.evaluation.statistics import Bootstrap
from pipeline.pictures.curve_pictures import draw_differences
from pipeline.release.comparison import COMPARED, Contender, Traffic, compare, read_contender, words
from pipeline.scenarios.sets import ScenarioSets
from pipeline.settings.params import read_params

ROOT = Path(__file__).parents[3]
TRAFFIC = Traffic("test", ScenarioSets({}, {}, {}, {}), read_params(ROOT / "params.yaml").evaluate)


def bootstrap() -> Bootstrap:
    return Bootstrap(0.95, 500, np.random.default_rng(0))


def run(los: list[int], separation_nm: float = 6.0) -> pd.DataFrame:
    count = len(los)
    table = {"episode": range(count), "scenario": "procedural", "episode_seed": range(count), "set": "test"}
    table |= dict.fromkeys(COMPARED, 1.0) | {"los": los, "min_separation_nm": separation_nm, "mode": "deterministic"}
    return pd.DataFrame(table)


def verdicts(ours: list[pd.DataFrame], theirs: list[pd.DataFrame]) -> pd.DataFrame:
    return compare(Contender("ours", ours), Contender("theirs", theirs), bootstrap()).set_index("figure")


def test_a_clear_difference_is_told_with_its_direction() -> None:
    row = verdicts([run([0] * 40)], [run([1] * 30 + [0] * 10)]).loc["los"]
    assert (row["ours"], row["theirs"], row["difference"]) == (0.0, 0.75, -0.75)
    assert -0.9 < row["low"] < row["high"] < -0.6
    assert (row["verdict"], row["unit"], row["num_episodes"]) == ("lower", "episode", 40)


def test_episodes_that_cancel_out_decide_nothing() -> None:
    table = verdicts([run([1, 0] * 10)], [run([0, 1] * 10)])
    assert table.loc["los", "verdict"] == "undecided"
    said = words("ours", "theirs", table.reset_index(), 0.95)
    assert "episodes with loss of separation: 0.5 and 0.5: +0 [" in said
    assert said.count("the data do not decide") == 1
    assert "fuel burnt per aircraft, kg: 1 and 1: +0 [+0 to +0], no difference in any unit" in said


def test_with_several_runs_the_run_is_the_unit() -> None:
    runs = [run([1] * n + [0] * (10 - n)) for n in (1, 2, 3)]
    row = verdicts(runs, [run([1] * 8 + [0] * 2)]).loc["los"]
    assert (row["unit"], row["num_units"], row["num_episodes"]) == ("run", 3, 10)
    assert row["difference"] == pytest.approx(0.2 - 0.8)
    assert -0.7 <= row["low"] < -0.65 < -0.55 < row["high"] <= -0.5  # the runs differ by -0.7, -0.6 and -0.5


def test_who_flew_alone_has_no_separation_to_compare() -> None:
    ours, theirs = run([0, 0, 0]), run([0, 0, 0], separation_nm=5.0)
    ours.loc[0, "min_separation_nm"] = theirs.loc[0, "min_separation_nm"] = np.inf
    row = verdicts([ours], [theirs]).loc["min_separation_nm"]
    assert (row["difference"], row["num_episodes"]) == (1.0, 2)


def test_other_episodes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"theirs: not the same episodes \(3 of ours, 2 of theirs\)"):
        verdicts([run([0, 0, 0])], [run([0, 0])])
    moved = run([0, 0, 0]).assign(episode_seed=[0, 1, 7])
    with pytest.raises(ValueError, match="not the same episodes"):
        verdicts([run([0, 0, 0])], [moved])


def test_an_evaluation_and_a_folder_of_seeds_are_read(tmp_path: Path) -> None:
    for seed in ("0", "1"):
        (tmp_path / seed).mkdir()
        run([0, 1]).to_parquet(tmp_path / seed / "episodes.parquet")
    assert len(read_contender(str(tmp_path), TRAFFIC).runs) == 2
    assert len(read_contender(f"{tmp_path}/1:deterministic", TRAFFIC).runs) == 1


def test_what_cannot_be_compared_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nowhere: wanted an evaluation"):
        read_contender(str(tmp_path / "nowhere"), TRAFFIC)
    table = tmp_path / "episodes.parquet"
    run([0, 1]).to_parquet(table)
    with pytest.raises(ValueError, match="test was not flown mvp, known: test deterministic"):
        read_contender(f"{tmp_path}:mvp", TRAFFIC)
    run([0, 1]).drop(columns="fuel_kg").to_parquet(table)
    with pytest.raises(ValueError, match=r"episodes\.parquet: not a table of measured episodes .*fuel_kg"):
        read_contender(str(tmp_path), TRAFFIC)
    table.write_bytes(table.read_bytes()[:100])
    with pytest.raises(ValueError, match="not a table of measured episodes"):
        read_contender(str(tmp_path), TRAFFIC)


def test_differences_are_drawn_for_each_other_one() -> None:
    ours, tables = run([0] * 10), {}
    for name in ("one", "two"):
        tables[name] = compare(Contender("ours", [ours]), Contender(name, [run([1] * 10)]), bootstrap())
    drawing = draw_differences("ours", tables)
    assert all(f">{word}</text>" in drawing for word in ("ours minus", "one", "two", "near mid air"))
    assert draw_differences("ours", tables) == drawing
