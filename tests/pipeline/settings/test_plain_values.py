"""Facts about yaml that is no JSON, and of yaml that says more than any memory holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml.error import YAMLError

from pipeline.ground.checks import ParamsError
from pipeline.settings import plain_values
from pipeline.settings.params import _load, _plain, read_params, read_value

LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)

YAML: dict[str, tuple[str, str]] = {
    "few lines that say a billion values": (LAUGHS, "values within values without end"),
    "a list in itself": ("seeds: &a [*a]", "seeds.0.0.0.0.0.0.0: values within values without end"),
    "brackets": ("[" * 1000, "not yaml: brackets within brackets without end"),
    "bytes": ("seeds: !!binary aGk=", "seeds: got a bytes, wanted plain values"),
    "a set": ("seeds: !!set {a, b}", "seeds: got a set, wanted plain values"),
    "a list for a key": ("train: {? [a] : 1}", "train: got the key"),
    "thousands of digits": ("seeds: [" + "9" * 5000 + "]", "wanted yaml"),
    "a number that no machine has": ("seeds: [99999999999999999999]", "seeds.0: got a whole number of 67 bits"),
    "no text": ("\udcff", "byte 0: not UTF-8 text"),
    "a megabyte": ("# " + "x" * 2**20, "more than 1 MiB"),
    "an unknown key in brackets": ("airspace: {'[x]': 1}", "airspace.[x]: unknown key"),
}


@pytest.mark.parametrize("what", YAML)
def test_yaml_that_is_no_plain_value_is_refused_by_its_key(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain_values, "MOST_VALUES", 10_000)  # a million take seconds
    text, told = YAML[what]
    (tmp_path / "params.yaml").write_text(text, errors="surrogateescape")
    with pytest.raises(ParamsError) as caught:
        read_params(tmp_path / "params.yaml")
    first = str(caught.value).splitlines()[0]
    assert first.startswith(f"{tmp_path / 'params.yaml'}: ")
    assert told in str(caught.value)
    assert len(first) < 1000


@pytest.mark.parametrize("text", ["[" * 1000, "9" * 5000, "!!binary aGk=", "&a [*a]", "{a: b"])
def test_a_word_that_is_no_plain_value_is_refused(text: str) -> None:
    assert read_value("2001-99-99") == "2001-99-99"
    with pytest.raises(ParamsError, match=r"^got "):
        read_value(text)


PIECES = ("a", "b: ", "- ", "? ", "[", "]", "{", "}", ", ", ": ", ":", "\n", "\n  ", " ", "\t", " # c", "'", '"')
WORDS = ("yes", "-2.5", "1e3", "0o17", "017", "0x1F", "1_0", "1:30", ".inf", "~", "2001-01-01", "<<: ", "!!str ")
SIGNS = ("&x ", "*x", "| ", ">-", "%", "%YAML 1.1\n---\n", "---\n", "...", "@", "`", "!", "=", "\\n", "\r\n", "\u0085")


@settings(max_examples=100, derandomize=True)
@example("a:\tb")
@example("!")
@example("%YAML 1.1\n---\na: yes")
@example("{a:b}")
@example("{a: http://x}")
@given(st.lists(st.sampled_from((*PIECES, *PIECES, *WORDS, *SIGNS)), max_size=14).map("".join))
def test_what_libyaml_reads_is_what_python_reads(text: str) -> None:
    assert told_by(_load, text) == told_by(_plain(pure=True).load, text)


def told_by(load: Callable[[str], Any], text: str) -> str:
    """The value, or why it is refused."""
    try:
        return repr(load(text))
    except (YAMLError, ValueError, TypeError) as error:
        return str(error)
