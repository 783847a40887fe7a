"""Plug-ins: found without being imported, told in one line where they are amiss, and nobody else is stopped."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from envs.ground import doors
from envs.ground.packages import plugins
from pipeline.algorithms.learner import NO_FACTS
from pipeline.algorithms.table import ALGORITHMS, check_algorithm, check_world, kind_of
from pipeline.doctor.packages import check_plugins
from pipeline.ground.paths import PARAMS
from pipeline.learning.records import named
from pipeline.policies.parts import chosen, extractor
from pipeline.settings.params import read_params, train_settings
from pipeline.stages import check

Install = Callable[..., None]
MODULE = """
from stable_baselines3.common.torch_layers import FlattenExtractor
from pipeline.algorithms.sb3_kind import SB3Kind
from pipeline.algorithms.shared_ppo import SharedPPO
patient = SB3Kind(SharedPPO, takes="continuous")
class Plain(FlattenExtractor): "A class of the wished kind."
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Puts a package on the path as an installer does: its module, and its entry points by group and name."""
    caches = (plugins._found, doors.worlds, doors.own_worlds)

    def installed(package: str, source: str, entry_points: dict[str, dict[str, str]]) -> None:
        place, module = tmp_path / package, package.replace("-", "_")
        info = place / f"{module}-1.0.dist-info"
        info.mkdir(parents=True)
        (place / f"{module}.py").write_text(source)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        lines = []
        for group, own in entry_points.items():
            lines += [f"[murmuration.{group}]", *(f"{name} = {value}" for name, value in own.items())]
        (info / "entry_points.txt").write_text("\n".join(lines))
        monkeypatch.syspath_prepend(place)
        for cache in caches:
            cache.cache_clear()

    yield installed
    monkeypatch.undo()
    for cache in caches:
        cache.cache_clear()
    for name in [name for name in sys.modules if name.startswith("of_another")]:
        del sys.modules[name]


def test_an_algorithm_and_a_network_are_used_by_their_names(install: Install) -> None:
    points = {"algorithms": {"patient": "of_another:patient"}, "networks": {"plain": "of_another:Plain"}}
    install("of-another", MODULE, points)
    assert "of_another" not in sys.modules
    assert "plain" in chosen()
    check_algorithm("patient", {"n_steps": 8, "policy_kwargs": {"features_extractor": "plain"}}, "here")
    with pytest.raises(
        ValueError, match=r"here\.hyperparameters \(patient\): unknown 'n_step', did you mean 'n_steps'"
    ):
        check_algorithm("patient", {"n_step": 8}, "here")
    with pytest.raises(ValueError, match="algorithm: patient got discrete actions, wanted a world of continuous ones"):
        check_world("patient", NO_FACTS, "discrete")
    assert extractor("plain").__name__ == "Plain"


def test_an_algorithm_of_a_plugin_is_asked_whether_it_learns_from_records(install: Install) -> None:
    source = MODULE + 'cloner = SB3Kind(SharedPPO, needs=frozenset({"recordings"}))'
    points = {"patient": "of_another:patient", "cloner": "of_another:cloner"}
    install("of-another", source, {"algorithms": points})
    ours = train_settings(read_params(PARAMS), "airspace", "generic")
    patient = ours.model_copy(update={"algorithm": "patient"})
    assert named(patient) is None
    with pytest.raises(ValueError, match=r"train\.records: got mvp, wanted null: patient learns from no records"):
        named(patient.model_copy(update={"records": "mvp"}))
    with pytest.raises(ValueError, match=r"train\.records: got null, .* for cloner learns from records"):
        named(ours.model_copy(update={"algorithm": "cloner"}))


def test_names_of_plugins_are_among_those_that_a_mistyped_one_is_told(install: Install) -> None:
    install("of-another", MODULE, {"algorithms": {"patient": "of_another:patient"}})
    with pytest.raises(
        ValueError, match=r"here\.algorithm: unknown 'patent', did you mean 'patient'\? known: ppo, .*patient"
    ):
        check_algorithm("patent", {}, "here")


AT = "plug-in of-another 1.0: entry point patient = "


@pytest.mark.parametrize(
    ("source", "value", "told"),
    [
        ("1 / 0", "of_another:patient", "loading it raised ZeroDivisionError: division by zero"),
        ("raise SystemExit(3)", "of_another:patient", "loading it raised SystemExit: 3"),
        ("import nowhere_at_all", "of_another:patient", "loading it raised ModuleNotFoundError: No module named"),
        ("", "of_another:patient", "loading it raised AttributeError: module 'of_another' has no attribute 'patient'"),
        ("patient = 3", "of_another:patient", "got a int that takes None"),
        ("class patient: takes = 'any'", "of_another:patient", "got a type that takes 'any'"),
        ("class P: takes = 'any'\npatient = P()", "of_another:patient", "got a P without needs"),
    ],
)
def test_what_is_amiss_is_told_in_one_line_and_stops_nobody_else(
    source: str, value: str, told: str, install: Install
) -> None:
    install("of-another", source, {"algorithms": {"patient": value}})
    with pytest.raises(plugins.PluginFault) as refused:
        kind_of("patient")
    words = str(refused.value)
    assert words.startswith(f"{AT}{value} of murmuration.algorithms: {told}"), words
    assert words.endswith("wanted a Kind (pipeline/algorithms/learner.py), SB3Kind(..) say")
    assert "\n" not in words
    check_algorithm("ppo", {"n_steps": 8}, "here")
    assert [finding.state for finding in check_plugins()][:1] == ["fault" if "raised" in told else "well"]


@pytest.mark.parametrize(
    ("source", "told"), [("patient = 3", "got a int"), ("class patient: ...", "got patient, a class of")]
)
def test_a_network_of_another_kind_is_told(source: str, told: str, install: Install) -> None:
    install("of-another", source, {"networks": {"patient": "of_another:patient"}})
    with pytest.raises(plugins.PluginFault, match=told):
        extractor("patient")


def test_a_name_of_ours_stays_ours_and_the_clash_is_told(install: Install) -> None:
    install("of-another", "1 / 0", {"algorithms": {"ppo": "of_another:patient"}, "worlds": {"airspace": "of_another"}})
    assert kind_of("ppo") is ALGORITHMS["ppo"]
    assert doors.simulation("airspace").__class__.__module__.startswith("envs.")
    (told,) = plugins.clashes(plugins.ALGORITHMS, ALGORITHMS)
    assert told.startswith("plug-in of-another 1.0: entry point ppo = of_another:patient of murmuration.algorithms: ")
    assert told.endswith("not used, for ppo is a name of this project, wanted another")
    assert len(plugins.clashes(plugins.WORLDS, doors.own_worlds())) == 1


def test_a_name_that_two_packages_offer_is_refused_to_who_uses_it(install: Install) -> None:
    for package in ("of-another", "of-another-still"):
        module = package.replace("-", "_")
        install(package, MODULE, {"algorithms": {"patient": f"{module}:patient"}})
    with pytest.raises(plugins.PluginFault, match="the same name is of of-another-still, too; uninstall one of them"):
        kind_of("patient")
    check_algorithm("ppo", {}, "here")


def test_a_world_without_rooms_is_told_by_its_package(install: Install) -> None:
    install("of-another", "", {"worlds": {"far_away": "of_another"}})
    assert "far_away" in doors.worlds()
    assert doors.package("far_away") == "of_another"
    with pytest.raises(
        plugins.PluginFault, match=r"far_away = of_another of murmuration\.worlds: loading it raised Module"
    ):
        doors.simulation("far_away")
    with pytest.raises(ValueError, match="world: unknown 'far_awy', did you mean 'far_away'"):
        doors.simulation("far_awy")


def test_check_tells_what_dvc_needs_of_a_plugins_world_and_whose_names_are_taken(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = {"worlds": {"far_away": "of_another", "airspace": "of_another"}, "networks": {"flat": "of_another:Plain"}}
    install("of-another", "", points)
    monkeypatch.chdir(tmp_path)
    check.check_watched("far_away")
    (tmp_path / "dvc.yaml").touch()
    check.check_watched("airspace")
    wish = r"worlds: far_away is of of-another, whose rooms DVC does not watch; wanted `ln -s \S+ envs/far_away`"
    with pytest.raises(ValueError, match=wish):
        check.check_watched("far_away")
    assert [line.split(" = ")[0].rpartition(" ")[2] for line in check.clashes()] == ["flat", "airspace"]
    (tmp_path / "envs").mkdir()
    (tmp_path / "envs/airspace").symlink_to(tmp_path / "of-another")
    assert [line.split(" = ")[0].rpartition(" ")[2] for line in check.clashes()] == ["flat"]


def test_what_check_writes_of_a_plugin_changes_with_its_source_alone(install: Install, tmp_path: Path) -> None:
    install("of-another", MODULE, {"algorithms": {"patient": "of_another:patient"}})
    own = plugins.plugin(plugins.ALGORITHMS, "patient", ALGORITHMS)
    assert own is not None
    before = check.sources_of(own)
    assert before.startswith("plug-in of-another 1.0: ")
    (tmp_path / "of-another/beside.py").write_text("# of nobody")
    assert check.sources_of(own) == before
    (tmp_path / "of-another/of_another.py").write_text(f"{MODULE}# edited")
    assert check.sources_of(own) != before
