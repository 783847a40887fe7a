"""Records: written by pilots in a real world, read back whole, and refused where anything is wrong, by name."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from envs.ground import doors
from envs.ground.world import SPLITS
from pipeline.ground.parts import sha256
from pipeline.recording.recording import Order, record
from pipeline.records.columns import Rows
from pipeline.records.described import DESCRIBED, Described, check_spaces, read_described
from pipeline.records.reading import read_rows
from pipeline.settings.params import Params, read_params
from pipeline.settings.worlds import simulation_settings

SOURCE, PART = "params.yaml", "part-00000.parquet"
ROOM, BOARDS = doors.simulation("airspace"), doors.simulation("boards")


@pytest.fixture(scope="module")
def params() -> Params:
    found = read_params(Path(SOURCE))
    airspace = found.sections["airspace"]
    simulation = airspace.simulation | {"episode": airspace.simulation["episode"] | {"max_steps": 20}}
    sections = {**found.sections, "airspace": airspace.model_copy(update={"simulation": simulation})}
    return found.model_copy(update={"sections": sections})


@pytest.fixture(scope="module")
def recorded(params: Params, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """By two rules, in three episodes each; not to be changed."""
    folder = tmp_path_factory.mktemp("recorded") / "mvp"
    record(Order("airspace", "generic", ("mvp", "direct"), 3, 0), params, folder, SOURCE)
    return folder


@pytest.fixture
def copied(recorded: Path, tmp_path: Path) -> Path:
    return shutil.copytree(recorded, tmp_path / "mine")


def told(folder: Path) -> dict[str, Any]:
    return json.loads((folder / DESCRIBED).read_text())


def tell(folder: Path, **changes: Any) -> None:
    (folder / DESCRIBED).write_text(json.dumps(told(folder) | changes))


def rewrite(folder: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    """Change the first part, and have record.json tell its new sum."""
    parquet.write_table(change(parquet.read_table(folder / PART)), folder / PART)
    tell(folder, parts=told(folder)["parts"] | {PART: sha256(folder / PART)})


def with_column(name: str, values: Any) -> Callable[[pa.Table], pa.Table]:
    """The table with another column of this name; `values` may be made of the old ones."""

    def change(table: pa.Table) -> pa.Table:
        made = values(table[name].to_pylist()) if callable(values) else values
        return table.set_column(table.column_names.index(name), name, pa.array(made))

    return change


def read(folder: Path) -> Rows:
    return read_rows(folder, read_described(folder))


def test_all_that_was_flown_is_read_back(recorded: Path, params: Params) -> None:
    described, rows = read_described(recorded), read(recorded)
    settings = simulation_settings(params, "airspace")
    assert described.observation == ROOM.features(settings)
    assert described.action == ROOM.actions(settings)
    assert list(described.pilots) == ["mvp", "direct"]
    assert {told.episodes for told in described.pilots.values()} == {3}
    assert rows.observation.shape == (described.agent_steps, len(described.observation))
    assert rows.observation.dtype == np.float32
    assert rows.action.shape == (described.agent_steps, 2)
    assert np.abs(rows.action).max() <= 1.0
    assert len(set(rows.episode)) == described.episodes == 6
    assert rows.allowed is None
    check_spaces(described, ROOM, settings, recorded)


def test_figures_of_a_pilot_are_those_of_its_episodes_and_all_fly_the_same_draws(recorded: Path) -> None:
    described, table = read_described(recorded), parquet.read_table(recorded / PART).to_pandas()
    returns = table.groupby(["episode", "agent"])["reward"].sum().groupby("episode").mean()
    assert described.pilots["mvp"].figures["mean_return"] == pytest.approx(returns.mean(), rel=1e-5)
    other = parquet.read_table(recorded / "part-00001.parquet").to_pandas()
    first = [own[own["step"] == 0]["observation"].map(tuple).tolist() for own in (table, other)]
    assert first[0] == first[1]
    assert (table["terminated"] | table["truncated"]).sum() == len(table.groupby(["episode", "agent"]))


def test_the_same_seed_records_the_same_and_another_something_else(params: Params, tmp_path: Path) -> None:
    found = []
    for number, seed in enumerate((0, 0, 1)):
        order = Order("airspace", "generic", ("direct",), 2, seed)
        found.append(record(order, params, tmp_path / str(number), SOURCE).parts)
    assert found[0] == found[1] != found[2]


def test_only_episodes_of_training_are_drawn(params: Params, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seeds, begin = list[int](), type(ROOM.batch(simulation_settings(params, "airspace"), 1)).begin

    def watched(batch: Any, which: Any, scenario: Any, seed: Any, *others: Any) -> None:
        seeds.extend(seed.tolist())
        begin(batch, which, scenario, seed, *others)

    monkeypatch.setattr(type(ROOM.batch(simulation_settings(params, "airspace"), 1)), "begin", watched)
    record(Order("airspace", "generic", ("direct",), 5, 3), params, tmp_path / "x", SOURCE)
    assert len(seeds) >= 5
    assert {seed >> 62 for seed in seeds} == {SPLITS["train"]}


def test_proofs_fly_those_episodes_that_they_solve(params: Params, tmp_path: Path) -> None:
    whole = params.model_copy(update={"sections": read_params(Path(SOURCE)).sections})
    described = record(Order("airspace", "generic", ("proof",), 4, 0), whole, tmp_path / "x", SOURCE)
    assert 1 <= described.episodes <= 4
    assert described.pilots["proof"].figures["solved_share"] == 1.0
    assert len(set(read(tmp_path / "x").episode)) == described.episodes


def test_choices_are_recorded_by_number_beside_those_allowed(params: Params, tmp_path: Path) -> None:
    described = record(Order("boards", "generic", ("random",), 3, 0), params, tmp_path / "x", SOURCE)
    rows = read(tmp_path / "x")
    assert described.masked
    assert rows.allowed is not None
    assert rows.action.dtype == np.int64
    assert rows.allowed[np.arange(len(rows.action)), rows.action].all()
    check_spaces(described, BOARDS, simulation_settings(params, "boards"), tmp_path / "x")


BAD_ORDERS: dict[str, tuple[dict[str, Any], str]] = {
    "world": ({"world": "airspce"}, r"WORLD: unknown 'airspce', did you mean 'airspace'\?"),
    "policy": ({"policy": "genric"}, r"policies: unknown 'genric', did you mean 'generic'"),
    "pilot": (
        {"pilots": ("mpv",)},
        r"--pilot: mpv: no such folder, wanted hold, direct, mvp, orca, random, proof, or the fol",
    ),
    "twice": ({"pilots": ("mvp", "mvp")}, "--pilot: got mvp twice, wanted each once"),
    "folder": ({"pilots": ("tests",)}, r"tests/policy\.onnx: not found, wanted an exported policy"),
    "other": (
        {"world": "roads", "pilots": ("champions/airspace/generic",)},
        "--pilot: champions/airspace/generic: got a policy of airspace, wanted one of roads",
    ),
    "unproven": ({"world": "pettingzoo", "pilots": ("proof",)}, "--pilot: got proof, wanted another in pettingzoo: "),
}


@pytest.mark.parametrize("name", BAD_ORDERS)
def test_an_order_that_cannot_be_is_refused_in_a_line_and_leaves_nothing(
    name: str, params: Params, tmp_path: Path
) -> None:
    changes, said = BAD_ORDERS[name]
    order = Order(
        **{"world": "airspace", "policy": "generic", "pilots": ("mvp",), "num_episodes": 1, "seed": 0} | changes
    )
    with pytest.raises(ValueError, match=said) as refused:
        record(order, params, tmp_path / "x", SOURCE)
    assert "\n" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_is_left_alone(params: Params, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(ValueError, match=f"--into: {tmp_path}: is there already, wanted a new folder"):
        record(Order("airspace", "generic", ("mvp",), 1, 0), params, tmp_path, SOURCE)


def test_a_folder_below_a_file_cannot_be_made(params: Params, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine")
    folder = tmp_path / "note.txt" / "mvp"
    with pytest.raises(ValueError, match=f"--into: {folder}: {folder.parent} is a file, wanted a new folder"):
        record(Order("airspace", "generic", ("mvp",), 1, 0), params, folder, SOURCE)


BAD_PARTS: dict[str, tuple[Callable[[Path], None], str]] = {
    "missing part": (lambda f: (f / PART).unlink(), f"{PART}: not found, though record.json names it"),
    "empty file": (lambda f: (f / PART).write_bytes(b""), rf"{PART}: not a table \(truncated\?\)"),
    "truncated": (
        lambda f: (f / PART).write_bytes((f / PART).read_bytes()[:-100]),
        rf"{PART}: not a table \(truncated",
    ),
    "changed": (
        lambda f: parquet.write_table(parquet.read_table(f / PART), f / PART, compression="none"),
        f"{PART}: its SHA-256 is .*, wanted .*: changed since",
    ),
    "no rows": (lambda f: rewrite(f, lambda table: table.slice(0, 0)), f"{PART}: got 0 rows, wanted one or more"),
    "fewer rows": (
        lambda f: rewrite(f, lambda table: table.slice(1)),
        "agent_steps: got .*, wanted .*, the parts' rows",
    ),
    "no column": (
        lambda f: rewrite(f, lambda table: table.drop_columns(["reward"])),
        f"{PART}: column reward: got none, wanted one, beside pilot, episode, agent, step, observation",
    ),
    "nan": (
        lambda f: rewrite(f, with_column("observation", lambda rows: [[float("nan"), *rows[0][1:]], *rows[1:]])),
        f"{PART}: column observation: row 0, .*: got nan, wanted a finite number",
    ),
    "short list": (
        lambda f: rewrite(f, with_column("observation", lambda rows: [rows[0][1:], *rows[1:]])),
        f"{PART}: column observation: got a list of .*, wanted a list of ",
    ),
    "no list": (
        lambda f: rewrite(f, with_column("action", lambda rows: [row[0] for row in rows])),
        f"{PART}: column action: got double, wanted a list of 2 in every row",
    ),
    "nothing in a list": (
        lambda f: rewrite(f, with_column("action", lambda rows: [[None, 0.0], *rows[1:]])),
        f"{PART}: column action: got nothing in 1 places, wanted float everywhere",
    ),
    "nothing in a row": (
        lambda f: rewrite(f, with_column("action", lambda rows: [None, *rows[1:]])),
        f"{PART}: column action: got nothing in 1 rows, wanted a list of 2 in every row",
    ),
    "beyond": (
        lambda f: rewrite(f, with_column("action", lambda rows: [[0.0, 3.5], *rows[1:]])),
        f"{PART}: column action: row 0, speed_change: got 3.5, wanted from -1 to 1",
    ),
    "text": (
        lambda f: rewrite(f, with_column("reward", lambda rows: ["much"] * len(rows))),
        f"{PART}: column reward: got string, wanted double",
    ),
    "infinite": (
        lambda f: rewrite(f, with_column("reward", lambda rows: [float("inf"), *rows[1:]])),
        f"{PART}: column reward: row 0, reward: got inf, wanted a finite number",
    ),
    "no flag": (
        lambda f: rewrite(f, with_column("terminated", lambda rows: [0] * len(rows))),
        f"{PART}: column terminated: got int64, wanted bool",
    ),
    "no name": (
        lambda f: rewrite(f, with_column("agent", lambda rows: [1] * len(rows))),
        f"{PART}: column agent: got int64, wanted text in every row",
    ),
    "half an episode": (
        lambda f: rewrite(f, with_column("episode", lambda rows: [0.5] * len(rows))),
        f"{PART}: column episode: got double, wanted int64",
    ),
    "not json": (lambda f: (f / DESCRIBED).write_text("{"), DESCRIBED),
    "no record.json": (
        lambda f: (f / DESCRIBED).unlink(),
        f"{DESCRIBED}: not found, wanted a folder that `murmuration",
    ),
    "another format": (lambda f: tell(f, format=2), f"{DESCRIBED}: format: got 2, wanted 1"),
    "unknown key": (lambda f: tell(f, pilot="mvp"), f"{DESCRIBED}: pilot: unknown key, did you mean 'pilots'"),
    "a way out": (lambda f: tell(f, parts={"../x.parquet": "0" * 64}), f"{DESCRIBED}: parts"),
}


@pytest.mark.parametrize("name", BAD_PARTS)
def test_files_that_are_not_as_they_have_to_be_are_refused_by_file_column_and_wish(name: str, copied: Path) -> None:
    spoil, said = BAD_PARTS[name]
    spoil(copied)
    with pytest.raises(ValueError, match=said) as refused:
        read(copied)
    assert str(copied) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_choice_that_there_is_not_or_that_was_not_allowed_is_refused(params: Params, tmp_path: Path) -> None:
    record(Order("boards", "generic", ("random",), 1, 0), params, tmp_path / "x", SOURCE)
    whole = parquet.read_table(tmp_path / "x" / PART)
    rewrite(tmp_path / "x", with_column("action", [99, *whole["action"].to_pylist()[1:]]))
    with pytest.raises(ValueError, match=rf"{PART}: column action: row 0: got 99, wanted a choice from 0 to "):
        read(tmp_path / "x")
    taken = whole["action"].to_pylist()
    allowed = [[number != taken[0] for number, _ in enumerate(row)] for row in whole["allowed"].to_pylist()]
    parquet.write_table(whole, tmp_path / "x" / PART)
    rewrite(tmp_path / "x", with_column("allowed", allowed))
    with pytest.raises(ValueError, match=rf"{PART}: column action: row 0: got {taken[0]}, wanted one that is allowed"):
        read(tmp_path / "x")


def test_numbers_of_other_widths_are_taken_as_they_are(copied: Path, recorded: Path) -> None:
    rewrite(copied, with_column("observation", lambda rows: rows))
    assert str(parquet.read_schema(copied / PART).field("observation").type) == "list<element: double>"
    np.testing.assert_array_equal(read(copied).observation, read(recorded).observation)


OTHER_SPACES: dict[str, tuple[dict[str, Any], str]] = {
    "world": ({"world": "roads"}, f"{DESCRIBED}: world: got roads, wanted the world that is trained in"),
    "no world": ({"world": "moon"}, f"{DESCRIBED}: world: unknown 'moon'"),
    "fewer": (
        {"observation": ["course", "speed"]},
        f"{DESCRIBED}: observation: got 2 numbers, wanted the .*; differs in",
    ),
    "action": ({"action": ["turn", "speed_change"]}, f"{DESCRIBED}: action: got 2 numbers, wanted the 2 .* in turn"),
    "choices": ({"commands": [[0.0, 1.0]]}, f"{DESCRIBED}: commands: got 1 choices, wanted actions that are numbers"),
}


@pytest.mark.parametrize("name", OTHER_SPACES)
def test_records_of_other_spaces_are_refused(name: str, copied: Path, params: Params) -> None:
    changes, said = OTHER_SPACES[name]
    tell(copied, **changes)
    with pytest.raises(ValueError, match=said):
        check_spaces(read_described(copied), ROOM, simulation_settings(params, "airspace"), copied)


def test_settings_that_change_what_is_done_are_refused_and_others_are_not(copied: Path, params: Params) -> None:
    settings, own = simulation_settings(params, "airspace"), told(copied)["simulation"]

    def check(simulation: Any) -> None:
        tell(copied, simulation=simulation)
        check_spaces(read_described(copied), ROOM, settings, copied)

    check(None)
    check(own | {"episode": own["episode"] | {"max_steps": 99}})
    with pytest.raises(ValueError, match=rf"{DESCRIBED}: simulation\.actions.*: wanted as in airspace\.simulation"):
        check(own | {"actions": own["actions"] | {"max_speed_change_kt": 5.0}})
    with pytest.raises(
        ValueError, match=re.escape(f"{DESCRIBED}: simulation.episode: got 3, wanted keys with values; null: not known")
    ):
        check(own | {"episode": 3})


def test_what_record_json_says_is_a_record_of_its_own(recorded: Path) -> None:
    assert Described.from_values(told(recorded)) == read_described(recorded)
