"""Bad inputs at every door, by hand and by mutation: refused in a line that names them, and nothing is lost."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

from pipeline.ground.digests import digest_folder
from tests.conftest import change_params
from torture import doors
from torture.cases import Bench, Case, FailedError
from torture.checkouts import call
from torture.doors import check_orderly, check_refused, enter
from torture.mistakes import COMMANDS, FILES, PARAMS, RUNS, SCENARIOS, SCN, SWEEPS, Param
from torture.mutations import ODD, mutate_bytes, mutate_json

PLACES = {
    "export": "data/export/airspace/generic",
    "evaluation": "data/evaluation/airspace/generic/0",
    "recording": "data/evaluation/airspace/generic/0/recordings.parquet",
    "scenario": "data/custom_scenarios/airspace/rush_hour.json",
}
_READ = ("data", "params.yaml", "dvc.yaml", ".dvc", ".git")
"""What doors look at; the cache and code stay in the base."""
_BY_CHECK = 3
_BY_DVC = (
    ("train.num_worlds", "-1"),
    ("train.nothing", "1"),
    ("seeds", "[-1]"),
    ("worlds", "[sea]"),
    ("evaluate.seed", "x"),
)


def inputs(tries: int, seed: int) -> Iterator[Case]:
    """All mistakes by hand, through DVC some of them, and so many mutations of valid files as make `tries` in all."""
    by_hand = list(_in_turn(_params(), _scenario_files(), _commands(), _forms(), _overrides(), _damaged()))
    mutated = _mutations(max(0, tries - len(by_hand)), seed)
    yield from islice(_in_turn(iter(by_hand), mutated), tries)


def _in_turn(*sources: Iterator[Case]) -> Iterator[Case]:
    """One of each, again and again, so that the first few already knock at all doors."""
    for row in zip_longest(*sources):
        yield from (case for case in row if case is not None)


def _params() -> Iterator[Case]:
    for wrong in PARAMS:
        yield Case("inputs", f"params.yaml {wrong.key}={repr(wrong.value)[:40]}", partial(_wrong_param, wrong))


def _scenario_files() -> Iterator[Case]:
    for number, (name, text) in enumerate(SCENARIOS):
        if number % _BY_CHECK == 0:  # the same reader, after all that comes before it: a minute each
            yield Case("inputs", f"scenario by check: {name}", partial(_wrong_scenario, text))
        yield Case("inputs", f"scenario by view: {name}", partial(_wrong_scenario_seen, text))

    for name, text in SCN:
        yield Case("inputs", f"scn by convert: {name}", partial(_wrong_scn, text))


def _damaged() -> Iterator[Case]:
    for number, (file, content, words, named) in enumerate(FILES):
        what = "gone" if content is None else repr(content)[1:20]
        play = partial(_wrong_file, file, content, words, named)
        yield Case("inputs", f"file {number}: {file} {what} by {words[0]}", play)


def _commands() -> Iterator[Case]:
    for words, named in COMMANDS:
        wrong = partial(_wrong_words, doors.murmuration, words, named)
        yield Case("inputs", f"murmuration {' '.join(words)[:100]}", wrong)


def _forms() -> Iterator[Case]:
    for words, named in RUNS:
        yield Case(
            "inputs", f"run {' '.join(words)[:100]!r}", partial(_wrong_words, doors.experiment_form, words, (named,))
        )
    for words, named in SWEEPS:
        yield Case(
            "inputs", f"sweep {' '.join(words)[:100]!r}", partial(_wrong_words, doors.sweep_form, words, (named,))
        )


def _overrides() -> Iterator[Case]:
    for key, value in _BY_DVC:
        yield Case("inputs", f"dvc exp run -S {key}={value}", partial(_wrong_override, f"{key}={value}"))


def _mutations(tries: int, seed: int) -> Iterator[Case]:
    ways: dict[str, Callable[[random.Random, Bench], None]] = {
        "params.yaml": _odd_param,
        "scenario": _odd_scenario,
        "recording": _odd_recording,
        "policy.json": partial(_odd_export, "policy.json"),
        "policy.onnx": partial(_odd_export, "policy.onnx"),
        "training.json": partial(_odd_evaluation, "figures.json"),
    }
    for number in range(tries):
        name = list(ways)[number % len(ways)]
        rng = random.Random(f"{seed}-{name}-{number}")
        yield Case("inputs", f"mutation {number} of {name} (seed {seed})", partial(ways[name], rng))


def _folder(bench: Bench) -> Path:
    """What the doors read, by hard links but for what is changed."""
    folder = bench.folder / "checkout"
    folder.mkdir()
    shutil.copytree(bench.base / "data", folder / "data")
    for name in ("params.yaml", "dvc.yaml", "dvc.lock", ".dvcignore", ".gitignore"):
        shutil.copy2(bench.base / name, folder / name)
    for name in ("envs", "my_envs"):
        (folder / name).symlink_to(bench.base / name)
    shutil.copytree(bench.base / ".dvc", folder / ".dvc", ignore=shutil.ignore_patterns("cache", "tmp"))
    (folder / ".git").symlink_to(bench.base / ".git")  # which nobody writes to who refuses
    return folder


def _unharmed(folder: Path, bench: Bench, play: Callable[[], None]) -> None:
    """Finished outputs are there after `play` as they were before."""
    before = digest_folder(folder / "data")
    play()
    if digest_folder(folder / "data") != before:
        raise FailedError("finished outputs have changed")


def _refuse(
    door: Callable[[], None], words: tuple[str, ...], named: tuple[str, ...], folder: Path, bench: Bench
) -> None:
    _unharmed(folder, bench, lambda: check_refused(*enter(door, words, folder, bench.log), *named))


def _wrong_param(wrong: Param, bench: Bench) -> None:
    folder = _folder(bench)
    change_params(folder / "params.yaml", {wrong.key: wrong.value})
    _refuse(doors.check_stage, (), ("params.yaml", wrong.key.partition(".")[0]), folder, bench)


def _wrong_scenario(text: str, bench: Bench) -> None:
    folder = _folder(bench)
    (folder / "data/custom_scenarios/airspace/wrong.json").write_text(text, errors="surrogateescape")
    _refuse(doors.check_stage, (), ("wrong.json",), folder, bench)


def _wrong_scenario_seen(text: str, bench: Bench) -> None:
    folder = _folder(bench)
    (folder / "wrong.json").write_text(text, errors="surrogateescape")
    _refuse(doors.murmuration, ("view", "wrong.json"), ("wrong.json",), folder, bench)


def _wrong_scn(text: str, bench: Bench) -> None:
    folder = _folder(bench)
    (folder / "wrong.scn").write_text(text, errors="surrogateescape")
    _refuse(doors.murmuration, ("convert", "wrong.scn", "right.json"), ("wrong.scn",), folder, bench)


def _wrong_file(file: str, content: bytes | None, words: tuple[str, ...], named: str, bench: Bench) -> None:
    folder = _folder(bench)
    path = folder / file.format(**PLACES)
    path.unlink(missing_ok=True)
    if content is not None:
        path.write_bytes(content)
    _refuse(doors.murmuration, tuple(word.format(**PLACES) for word in words), (named,), folder, bench)


def _wrong_words(door: Callable[[], None], words: tuple[str, ...], named: tuple[str, ...], bench: Bench) -> None:
    folder = _folder(bench)
    _refuse(door, tuple(word.format(**PLACES) for word in words), named, folder, bench)


def _wrong_override(override: str, bench: Bench) -> None:
    folder = bench.folder / "checkout"
    shutil.copytree(bench.base, folder, symlinks=True)
    before = digest_folder(folder / "data")
    status, said = call(folder, bench.log, "dvc", "exp", "run", "-S", override)
    check_refused(min(status, 2), said, override.partition("=")[0].partition(".")[0])
    if digest_folder(folder / "data") != before:
        raise FailedError("finished outputs have changed")


def _odd_param(rng: random.Random, bench: Bench) -> None:
    """Any value of params.yaml replaced: checked, or refused by name; what is accepted once is accepted again."""
    folder = _folder(bench)
    key = rng.choice(_keys(folder / "params.yaml"))
    value = rng.choice([odd for odd in ODD if odd != "\x00"])
    _log(bench, f"{key} = {value!r}"[:200])
    change_params(folder / "params.yaml", {key: value})
    _unharmed_but_checked(folder, bench, "params.yaml")


def _keys(path: Path) -> list[str]:
    """Dotted names of all values that stand in plain sections."""
    from ruamel.yaml import YAML

    def walk(section: dict[str, Any], above: str) -> Iterator[str]:
        for key, value in section.items():
            if not isinstance(key, str) or "." in key:
                continue
            yield f"{above}{key}"
            if isinstance(value, dict):
                yield from walk(value, f"{above}{key}.")

    return list(walk(YAML(typ="safe").load(path), ""))


def _unharmed_but_checked(folder: Path, bench: Bench, name: str) -> None:
    """The stage check may write what it found; all else stays."""
    kept = [f"data/{part}" for part in ("models", "evaluation", "export", "report", "scenarios")]
    before = [digest_folder(folder / part) for part in kept]
    status, said = enter(doors.check_stage, (), folder, bench.log)
    check_orderly(status, said)
    if status and name not in said:
        raise FailedError(f"does not name {name}: {said.strip()[-200:]}")
    if [digest_folder(folder / part) for part in kept] != before:
        raise FailedError("finished outputs have changed")


def _odd_scenario(rng: random.Random, bench: Bench) -> None:
    folder = _folder(bench)
    path = folder / PLACES["scenario"]
    if rng.random() < 0.7:
        text, done = mutate_json(path.read_text(), rng)
        _log(bench, done)
        path.write_text(text, errors="surrogatepass")
    else:
        path.write_bytes(mutate_bytes(path.read_bytes(), rng))
    _unharmed_but_checked(folder, bench, path.name)
    _orderly(folder, bench, ("fly", PLACES["export"], PLACES["scenario"]), path.name)


def _odd_recording(rng: random.Random, bench: Bench) -> None:
    folder = _folder(bench)
    path = folder / PLACES["recording"]
    path.write_bytes(mutate_bytes(path.read_bytes(), rng))
    _orderly(folder, bench, ("view", PLACES["recording"], "--output", "x.html"), path.name)


def _odd_export(name: str, rng: random.Random, bench: Bench) -> None:
    folder = _folder(bench)
    path = folder / PLACES["export"] / name
    if name.endswith(".json") and rng.random() < 0.7:
        text, done = mutate_json(path.read_text(), rng)
        _log(bench, done)
        path.write_text(text, errors="surrogatepass")
    else:
        path.write_bytes(mutate_bytes(path.read_bytes(), rng))
    _orderly(folder, bench, ("fly", PLACES["export"], PLACES["scenario"]), PLACES["export"])


def _odd_evaluation(name: str, rng: random.Random, bench: Bench) -> None:
    folder = _folder(bench)
    found = sorted(
        path for path in (folder / PLACES["evaluation"]).iterdir() if path.suffix in (".json", ".csv", ".parquet")
    )
    path = rng.choice(found)
    _log(bench, path.name)
    path.write_bytes(mutate_bytes(path.read_bytes(), rng))
    _orderly(folder, bench, ("compare", PLACES["evaluation"], f"{PLACES['evaluation']}:mvp"), PLACES["evaluation"])


def _orderly(folder: Path, bench: Bench, words: tuple[str, ...], named: str) -> None:
    status, said = enter(doors.murmuration, words, folder, bench.log)
    check_orderly(status, said)
    if status and named not in said:
        raise FailedError(f"does not name {named}: {said.strip()[-200:]}")


def _log(bench: Bench, text: str) -> None:
    with bench.log.open("a", errors="replace") as log:
        log.write(f"{text}\n")
