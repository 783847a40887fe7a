"""Facts about scenario files of any world: read whole or refused by name, written whole, in other formats by suffix."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from envs.ground.names import NAME_WISH
from envs.ground.outside import Format, Taken
from envs.ground.world import DRAWN_NAME
from pipeline.ground.files import MOST_BYTES
from pipeline.scenarios.files import choices_of, read_folder, read_scenario, take_scenario, write_scenario
from tests.pipeline.scenarios.counting import SIMULATION, Number

FIVE = Number("five", 5)


def tallied(text: str, source: str, choices: Mapping[str, str]) -> Taken:
    if set(text.strip()) - {"|"}:
        raise ValueError(f"{source}: line 1: got {text.strip()!r}, wanted strokes")
    strokes = text.count("|") + int(choices.get("more", "0"))
    return Taken(Number("tally", strokes), ("left out: what the strokes counted",))


CHOICES = {"more": "so many more strokes"}
FORMATS = {".tally": Format("strokes", tallied, lambda scenario, _: "|" * scenario.number + "\n", CHOICES)}


def write(folder: Path, content: Any, name: str = "five.json") -> Path:
    (folder / name).write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return folder / name


def refusal(path: Path) -> str:
    with pytest.raises(ValueError, match=re.escape(str(path))) as caught:
        read_scenario(SIMULATION, path)
    return str(caught.value).replace(f"{path}: ", "")


def test_brackets_without_end_are_refused(tmp_path: Path) -> None:
    assert refusal(write(tmp_path, "[" * 100_000)) == "brackets within brackets without end, wanted a scenario"


def test_a_scenario_comes_back_from_its_file(tmp_path: Path) -> None:
    write_scenario(SIMULATION, FIVE, tmp_path / "deep/five.json")
    assert read_scenario(SIMULATION, tmp_path / "deep/five.json") == FIVE
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["five.json"]


def test_a_file_that_is_not_json_is_refused_by_line_and_column(tmp_path: Path) -> None:
    assert refusal(write(tmp_path, '{\n  "seed": }')).startswith("line 2 column 11: not JSON: ")


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "five.json").write_bytes(b'{"notes": "\xff"}')
    assert refusal(tmp_path / "five.json") == "byte 11: not UTF-8 text (damaged?)"


def test_a_key_given_twice_is_refused(tmp_path: Path) -> None:
    text = '{"name": "five", "number": 1, "number": 2}'
    assert refusal(write(tmp_path, text)) == "got the key 'number' twice in one object, wanted it once"


def test_a_number_of_thousands_of_digits_is_refused(tmp_path: Path) -> None:
    text = f'{{"name": "five", "number": {"5" * 5000}}}'
    assert refusal(write(tmp_path, text)) == "a number of thousands of digits, wanted a scenario"


def test_half_of_a_surrogate_pair_is_refused(tmp_path: Path) -> None:
    assert refusal(write(tmp_path, r'{"name": "\ud800", "number": 5}')).startswith("half of a surrogate pair")


@pytest.mark.parametrize("name", ["../five", "a/b", "a\\b", "..", "", " a", "a\n", "a\x00", "a" * 61])
def test_a_name_that_is_none_for_a_file_is_refused_in_any_world(name: str, tmp_path: Path) -> None:
    message = refusal(write(tmp_path, {"name": name, "number": 5}))
    assert message == f"scenario_name: got {name!r}, wanted {NAME_WISH}"


def test_the_name_of_drawn_episodes_is_refused(tmp_path: Path) -> None:
    message = refusal(write(tmp_path, {"name": DRAWN_NAME, "number": 5}))
    assert message.startswith(f"scenario_name: got {DRAWN_NAME!r}, what drawn episodes are called")


def test_names_that_some_file_systems_take_for_one_are_refused(tmp_path: Path) -> None:
    write(tmp_path, {"name": "Crossing", "number": 1}, "a.json")
    write(tmp_path, {"name": "crossing", "number": 2}, "b.json")
    with pytest.raises(ValueError, match=r"b\.json: scenario_name: got 'crossing', the name in .*a\.json too"):
        read_folder(SIMULATION, tmp_path)


def test_a_file_longer_than_any_scenario_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "five.json").open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    assert refusal(tmp_path / "five.json") == "more than 64 MiB, wanted a file of text"


def test_what_the_world_refuses_is_told_with_the_file(tmp_path: Path) -> None:
    assert refusal(write(tmp_path, [5])) == "got [5], wanted a name and a number"


def test_what_the_world_refuses_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"less\.json: number: got -1, wanted 0 or more"):
        write_scenario(SIMULATION, Number("less", -1), tmp_path / "less.json")
    assert not list(tmp_path.iterdir())


def test_a_folder_is_read_in_the_order_of_its_files(tmp_path: Path) -> None:
    write(tmp_path, {"name": "second", "number": 2}, "b.json")
    write(tmp_path, {"name": "first", "number": 1}, "a.json")
    write(tmp_path, "not a scenario", "readme.md")
    assert list(read_folder(SIMULATION, tmp_path)) == ["first", "second"]


def test_a_name_used_by_two_files_is_refused_naming_both(tmp_path: Path) -> None:
    one, two = (write(tmp_path, vars(FIVE), name) for name in ("a.json", "b.json"))
    with pytest.raises(ValueError, match=f"^{re.escape(str(two))}: scenario_name: got 'five'.*{re.escape(str(one))}"):
        read_folder(SIMULATION, tmp_path)


@pytest.mark.parametrize("make", [lambda path: path / "absent", lambda path: write(path, vars(FIVE))])
def test_a_path_that_is_no_folder_is_refused(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    with pytest.raises(ValueError, match="not a folder"):
        read_folder(SIMULATION, make(tmp_path))


def test_another_format_is_read_and_written_by_its_suffix(tmp_path: Path) -> None:
    write_scenario(SIMULATION, FIVE, tmp_path / "five.tally", FORMATS)
    assert (tmp_path / "five.tally").read_text() == "|||||\n"
    assert read_scenario(SIMULATION, tmp_path / "five.tally", FORMATS).number == 5
    with pytest.raises(ValueError, match=r"bad\.tally: line 1: got '5', wanted strokes"):
        read_scenario(SIMULATION, write(tmp_path, "5", "bad.tally"), FORMATS)


def test_a_suffix_of_no_format_is_refused_and_the_known_ones_named(tmp_path: Path) -> None:
    message = r"five\.txt: got a name ending in '\.txt', wanted \.json or \.tally"
    with pytest.raises(ValueError, match=message):
        read_scenario(SIMULATION, write(tmp_path, vars(FIVE), "five.txt"), FORMATS)
    with pytest.raises(ValueError, match=message):
        write_scenario(SIMULATION, FIVE, tmp_path / "five.txt", FORMATS)


def test_what_was_left_out_of_a_file_is_told_and_a_choice_reaches_its_format(tmp_path: Path) -> None:
    taken = take_scenario(SIMULATION, write(tmp_path, "||", "two.tally"), FORMATS, {"more": "3"})
    assert (taken.scenario.number, taken.left_out) == (5, ("left out: what the strokes counted",))
    assert take_scenario(SIMULATION, write(tmp_path, vars(FIVE)), FORMATS, {}).left_out == ()


@pytest.mark.parametrize(("name", "content"), [("two.tally", "||"), ("five.json", vars(FIVE))])
def test_a_choice_that_the_format_has_not_is_refused(name: str, content: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"{re.escape(name)}: --with: unknown 'fewer'"):
        take_scenario(SIMULATION, write(tmp_path, content, name), FORMATS, {"fewer": "1"})


def test_choices_are_typed_as_key_and_value() -> None:
    assert choices_of(["a=1", "b=x=y"]) == {"a": "1", "b": "x=y"}
    for texts in (["a"], ["a=1", "a=2"]):
        with pytest.raises(ValueError, match=r"--with: got 'a.*', wanted KEY=VALUE, each key once"):
            choices_of(texts)
