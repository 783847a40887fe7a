"""Facts about yaml that is no JSON, and of yaml that says more than any memory holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.ground.checks import ParamsError
from pipeline.settings.params import read_params, read_value

LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)

YAML: dict[str, tuple[str, str]] = {
    "few lines that say a billion values": (LAUGHS, "values within values without end"),
    "a list in itself": ("seeds: &a [*a]", "seeds.0.0.0.0.0.0.0: values within values without end"),
    "brackets": ("[" * 5000, "not yaml: brackets within brackets without end"),
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
def test_yaml_that_is_no_plain_value_is_refused_by_its_key(what: str, tmp_path: Path) -> None:
    text, told = YAML[what]
    (tmp_path / "params.yaml").write_text(text, errors="surrogateescape")
    with pytest.raises(ParamsError) as caught:
        read_params(tmp_path / "params.yaml")
    first = str(caught.value).splitlines()[0]
    assert first.startswith(f"{tmp_path / 'params.yaml'}: ")
    assert told in str(caught.value)
    assert len(first) < 1000


@pytest.mark.parametrize("text", ["[" * 5000, "9" * 5000, "!!binary aGk=", "&a [*a]", "{a: b"])
def test_a_word_that_is_no_plain_value_is_refused(text: str) -> None:
    assert read_value("2001-99-99") == "2001-99-99"
    with pytest.raises(ParamsError, match=r"^got "):
        read_value(text)
