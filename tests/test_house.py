"""The house itself: who may import whom, what dvc.yaml declares, what params.yaml explains, how long things get.

Reads source text only and imports none of it. The tables below are compared with docs/architecture.md.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parent.parent

FLOORS = {
    "envs": ("envs.ground",),
    "envs/ground": ("envs.ground",),
    "envs/W/simulation": ("envs.ground", "envs.W.simulation"),
    "envs/W/baselines": ("envs.ground", "envs.W.baselines", "envs.W.simulation"),
    "envs/W/scenarios": ("envs.ground", "envs.W.scenarios", "envs.W.baselines", "envs.W.simulation"),
    "envs/W/evaluation": ("envs.ground", "envs.W.evaluation", "envs.W.simulation"),
    "envs/W/pictures": ("envs.ground", "envs.W.pictures", "envs.W.simulation"),
    "envs/W/outside": ("envs.ground", "envs.W"),
    "pipeline/ground": ("envs.ground", "pipeline.ground"),
    "pipeline/settings": ("envs.ground", "pipeline.ground", "pipeline.settings"),
    "pipeline/tracking": ("pipeline.ground", "pipeline.tracking"),
    "pipeline/scenarios": ("envs.ground", "pipeline.ground", "pipeline.scenarios"),
    "pipeline/gradient": ("envs.ground", "pipeline.policies", "pipeline.gradient"),
    "pipeline/algorithms": (
        *("envs.ground", "pipeline.policies", "pipeline.gradient", "pipeline.search", "pipeline.algorithms"),
    ),
    "pipeline/policies": ("envs.ground", "pipeline.ground", "pipeline.policies"),
    "pipeline/learning": (
        "envs.ground",
        *("pipeline.ground", "pipeline.settings", "pipeline.tracking", "pipeline.scenarios"),
        *("pipeline.records", "pipeline.algorithms", "pipeline.policies", "pipeline.learning"),
    ),
    "pipeline/tuning": (
        "envs.ground",
        *("pipeline.ground", "pipeline.settings", "pipeline.tracking", "pipeline.scenarios"),
        *("pipeline.algorithms", "pipeline.learning", "pipeline.tuning"),
    ),
    "pipeline/evaluation": (
        "envs.ground",
        *("pipeline.ground", "pipeline.settings", "pipeline.scenarios", "pipeline.evaluation"),
    ),
    "pipeline/export": ("envs.ground", "pipeline.ground", "pipeline.policies", "pipeline.export"),
    "pipeline/release": (
        "envs.ground",
        *("pipeline.ground", "pipeline.settings", "pipeline.tracking", "pipeline.scenarios"),
        *("pipeline.evaluation", "pipeline.export", "pipeline.release"),
    ),
    "pipeline/pictures": ("envs.ground", "pipeline.ground", "pipeline.scenarios", "pipeline.pictures"),
    "pipeline/report": (
        "envs.ground",
        *("pipeline.ground", "pipeline.settings", "pipeline.scenarios", "pipeline.evaluation"),
        *("pipeline.pictures", "pipeline.report"),
    ),
    "pipeline/show": (
        *("envs.ground", "pipeline.ground", "pipeline.scenarios", "pipeline.export", "pipeline.pictures"),
        *("pipeline.shipped", "pipeline.show"),
    ),
    "pipeline/doctor": ("envs.ground", "pipeline.ground", "pipeline.settings", "pipeline.doctor"),
    "pipeline/duel": (
        *("envs.ground", "pipeline.ground", "pipeline.export", "pipeline.search", "pipeline.shipped", "pipeline.duel"),
    ),
    "pipeline/search": ("envs.ground", "pipeline.search"),
    "pipeline/records": ("envs.ground", "pipeline.ground", "pipeline.records"),
    "pipeline/recording": (
        *("envs.ground", "pipeline.ground", "pipeline.settings", "pipeline.scenarios", "pipeline.policies"),
        *("pipeline.export", "pipeline.shipped", "pipeline.records", "pipeline.recording"),
    ),
    "pipeline/experiments": ("pipeline.ground", "pipeline.experiments"),
    "pipeline/shipped": ("pipeline.ground", "pipeline.shipped"),
    "pipeline/standalone": (
        *("envs.ground", "pipeline.ground", "pipeline.settings", "pipeline.shipped"),
        *("pipeline.standalone",),
    ),
    "pipeline/worlds": ("pipeline.ground", "pipeline.settings", "pipeline.worlds"),
    "pipeline/stages": ("envs.ground", "pipeline"),
    "pipeline": ("envs.ground", "pipeline"),
    "flows": (
        *("envs.ground", "flows"),
        *("pipeline.ground", "pipeline.settings", "pipeline.tracking", "pipeline.tuning"),
    ),
}
"""What of ours the modules of a room may import; the nearest folder decides. W is any world, each on its own."""

LAZY_DOORS = {"envs/ground/rendering.py": "pipeline.pictures.viewer.live"}
"""The one import upward, inside a function: `render` loads its viewer. What is drawn decides no result."""

WIRING = ("pipeline.stages", "pipeline.cli")
"""Modules that nobody imports: they meet the others through files, and through the command line."""

DOORS = {
    "supersuit": "envs/ground/rows/vectorize.py",
    "openap": "envs/airspace/simulation/traffic/performance.py",
    "mlflow": "pipeline/tracking/",
    "prefect": "flows/",
    "optuna": "pipeline/tuning/study.py",
    "ruamel": "pipeline/settings/params.py",
    "matplotlib": "pipeline/pictures/panels.py",
    "onnxruntime": "pipeline/policies/deployed.py",
    "PIL": "pipeline/pictures/viewer/",
    "pygame": "pipeline/pictures/viewer/window.py",
    "imageio_ffmpeg": "pipeline/pictures/viewer/film.py",
    "bluesky": "envs/airspace/outside/bluesky.py",
    "libsumo": "envs/roads/outside/sumo/simulator.py",
    "sumo": "envs/roads/outside/sumo/simulator.py",
}
"""A library, and the one module or folder that may import it."""

KEEPS_COMPILED_CODE = "envs/ground/compiled/compilation.py"
"""Reads the sources and keeps what is compiled from them, so that compiled code is never older than they are."""
LOADS_ENVIRONMENTS = "envs/pettingzoo/simulation/loading.py"
HANDS_FILES_TO_SUMO = "envs/roads/outside/sumo/simulator.py"

ENVS_LIBRARIES = ("numpy", "numba", "gymnasium", "pettingzoo", "pydantic")
"""Third-party packages for all of envs; what some modules need besides is in ENVS_DOORS."""
ENVS_DOORS = {
    "envs/ground/rows/vectorize.py": {"supersuit", "stable_baselines3"},
    "envs/ground/rows/normalize.py": {"stable_baselines3"},
    "envs/ground/rows/process_worlds.py": {"cloudpickle"},
    KEEPS_COMPILED_CODE: {"llvmlite", "filelock", "platformdirs"},
    "envs/airspace/simulation/traffic/performance.py": {"openap"},
    "envs/airspace/simulation/traffic/documents.py": {"pydantic_core"},
    "envs/ground/play.py": {"pandas"},
    "envs/ground/outcomes.py": {"pandas"},
    "envs/ground/rooms.py": {"pandas"},
    "envs/ground/evaluating.py": {"pandas"},
    "envs/ground/defaults.py": {"pandas"},
    "envs/ground/default_pictures.py": {"pandas"},
    "envs/ground/frames.py": {"pandas"},
    "envs/ground/intervals.py": {"scipy"},
    "envs/ground/distributions.py": {"scipy"},
    "envs/airspace/outside/bluesky.py": {"bluesky", "pandas"},
    "envs/roads/outside/sumo/simulator.py": {"libsumo", "sumo"},
}
ROOMS_WITH_TABLES = ("baselines", "scenarios", "evaluation", "pictures", "outside")
"""Rooms of a world that no training enters: they may use pandas and scipy, too."""

VEC_ENV = "stable_baselines3.common.vec_env"
VEC_ENV_TYPES = ("VecEnv", "VecNormalize")
VEC_ENV_USERS = (
    "pipeline/policies/deploying.py",
    "pipeline/algorithms/sb3_kind.py",
    "pipeline/algorithms/table.py",
    "pipeline/algorithms/off_policy.py",
    "pipeline/algorithms/on_policy.py",
    "pipeline/algorithms/q_learning.py",
    "pipeline/algorithms/recurrent_ppo.py",
)
"""In pipeline only these modules name these types, and nobody there makes one: vectorised worlds come from envs."""

SAYS_NOTHING = {"utils", "util", "helpers", "helper", "common", "manager", "base", "core", "misc"}
LONGEST_FILE, LONGEST_FUNCTION = 300, 50
LARGEST_ROOM = 2500
LONGEST_GRAPH = 220
OF_A_WORLD = "${item.world}"
LAID_OVER = (f"{OF_A_WORLD}.preset", f"{OF_A_WORLD}.presets")
READ_BY = {
    "train_settings": ("train", "presets", "policies", f"{OF_A_WORLD}.train", *LAID_OVER),
    **{
        f"{room}_settings": (f"{OF_A_WORLD}.{room}", *LAID_OVER)
        for room in ("simulation", "baselines", "scenarios", "evaluation")
    },
    "drawn_sets": ("scenarios", f"{OF_A_WORLD}.simulation", f"{OF_A_WORLD}.scenarios", *LAID_OVER),
    "varied_settings": (f"{OF_A_WORLD}.simulation", f"{OF_A_WORLD}.scenarios", *LAID_OVER),
}
"""What of params.yaml a function reads that is handed all of it."""
READ_ALL = ("check_all", "rehearse")
ALL_PARAMS = {"params.yaml", "data/checked"}
"""Deps that hold all values of params.yaml."""
NO_CODE_OF_OURS = ("data/", "my_envs", "params.yaml")
"""Deps that no import tells of: what other stages made, what people write."""
ROOMS = ("simulation", "baselines", "scenarios", "evaluation", "pictures")
THE_DOORS, OPENS_ROOMS = "envs.ground.doors", "pipeline.settings.worlds"
"""Whose functions open the room of their name, or of the settings they read."""


class Import(NamedTuple):
    """One imported name: `from module import name`, or `import module` with an empty name."""

    module: str
    name: str
    line: int

    @property
    def whole(self) -> str:
        return f"{self.module}.{self.name}" if self.name else self.module


def sources(folder: str = "") -> list[str]:
    """Our modules below a folder, as paths relative to the root."""
    tops = [folder] if folder else ["envs", "pipeline", "flows"]
    return sorted(
        path.relative_to(ROOT).as_posix()
        for top in tops
        for path in (ROOT / top).rglob("*.py")
        if "templates" not in path.parts
    )


@cache
def tree(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), path)


@cache
def imports(parsed: ast.AST) -> tuple[Import, ...]:
    """All imports, those inside functions too."""
    return tuple(found for node in ast.walk(parsed) for found in imported_by(node))


def imported_by(node: ast.AST) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        yield from (Import(alias.name, "", node.lineno) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"line {node.lineno}: relative import, wanted the full name"
        yield from (Import(str(node.module), alias.name, node.lineno) for alias in node.names)


def of_all(breaches: Callable[[str, ast.Module], list[str]], folder: str = "") -> list[str]:
    """The breaches of all our modules below a folder: one test for a law, not one for each of hundreds of files."""
    return [breach for path in sources(folder) for breach in breaches(path, tree(path))]


def prompt_imports(path: str, parsed: ast.AST) -> list[Import]:
    """All imports but those through a lazy door, which are inside a function."""
    functions = [node for node in ast.walk(parsed) if isinstance(node, ast.FunctionDef)]
    late = {found for node in functions for found in imports(node) if found.module == LAZY_DOORS.get(path)}
    return [found for found in imports(parsed) if found not in late]


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def ours(module: str) -> bool:
    return module.split(".")[0] in ("envs", "pipeline", "flows")


def file_of(found: Import) -> str:
    """The file behind an import of ours: `from package import module` is that module."""
    for name in (found.whole, found.module):
        stem = name.replace(".", "/")
        for path in (f"{stem}.py", f"{stem}/__init__.py"):
            if (ROOT / path).is_file():
                return path
    raise AssertionError(f"import of {found.whole}: no such module")


def floor_of(path: str) -> tuple[str, str]:
    """The nearest floor above a module, and the world that it belongs to."""
    world = path.split("/")[1] if of_a_world(path) else ""
    named = {floor: floor.replace("/W/", f"/{world}/") for floor in FLOORS}
    return max((floor for floor, folder in named.items() if path.startswith(f"{folder}/")), key=len), world


def floor_breaches(path: str, parsed: ast.AST) -> list[str]:
    """Imports of ours that the module's floor does not allow."""
    floor, world = floor_of(path)
    packages = tuple(package.replace(".W", f".{world}") for package in FLOORS[floor])
    breaches = []
    for found in prompt_imports(path, parsed):
        if not ours(found.module):
            continue
        allowed = any(within(found.whole, package) for package in packages)
        wired = any(within(found.whole, package) for package in WIRING) and path != "pipeline/cli.py"
        if not allowed or wired:
            wish = f"{floor} may import {', '.join(packages)}"
            breaches.append(f"{path}:{found.line}: imports {found.whole}; {wish}")
    return breaches


def door_breaches(path: str, parsed: ast.AST) -> list[str]:
    """Imports of a library past its door."""
    return [
        f"{path}:{found.line}: imports {found.whole}; its door is {DOORS[library]}"
        for found in imports(parsed)
        for library in [found.module.split(".")[0]]
        if library in DOORS and path != DOORS[library] and not behind(DOORS[library], path)
    ]


def behind(door: str, path: str) -> bool:
    return door.endswith("/") and path.startswith(door)


def foreign_to_envs(path: str, parsed: ast.AST) -> list[str]:
    """Third-party packages that the worlds do not need."""
    tables = {"pandas", "scipy"} if set(ROOMS_WITH_TABLES) & set(path.split("/")) else set()
    allowed = set(ENVS_LIBRARIES) | ENVS_DOORS.get(path, set()) | tables
    return [
        f"{path}:{found.line}: imports {found.module}; envs may import {', '.join(sorted(allowed))}"
        for found in imports(parsed)
        if not ours(found.module) and found.module.split(".")[0] not in allowed | sys.stdlib_module_names
    ]


def files_opened(path: str, parsed: ast.AST) -> list[str]:
    """Where a world's module might read or write files, by an import or by `open`."""
    keeps = {"pathlib", "os", "shutil"} if path == KEEPS_COMPILED_CODE else set()
    keeps |= {"pathlib", "os", "io"} if path.startswith("envs/airspace/outside/") else set()
    keeps |= {"pathlib"} if path == LOADS_ENVIRONMENTS else set()
    keeps |= {"pathlib", "tempfile"} if path == HANDS_FILES_TO_SUMO else set()
    files = {"pathlib", "os", "io", "shutil", "tempfile", "sqlite3"} - keeps
    lines = [found.line for found in imports(parsed) if found.module.split(".")[0] in files]
    lines += [node.lineno for node in ast.walk(parsed) if isinstance(node, ast.Name) and node.id == "open"]
    return [f"{path}:{line}: opens files; the worlds do not" for line in lines]


def vec_env_breaches(path: str, parsed: ast.AST) -> list[str]:
    """In pipeline: other names than the types, other modules than those that speak of them, or one that is made."""
    breaches = []
    for found in imports(parsed):
        if within(found.module, VEC_ENV) and (path not in VEC_ENV_USERS or found.name not in VEC_ENV_TYPES):
            breaches.append(
                f"{path}:{found.line}: imports {found.whole}; worlds are vectorised in envs/ground/rows/vectorize.py"
            )
    for node in ast.walk(parsed):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in VEC_ENV_TYPES:
            breaches.append(f"{path}:{node.lineno}: makes a {node.func.id}; envs/ground/rows/vectorize.py does that")
    return breaches


def calls_of_dvc(parsed: ast.AST) -> list[int]:
    """Lines with a command line in which the word dvc stands alone."""
    return [
        node.lineno
        for node in ast.walk(parsed)
        if isinstance(node, ast.List | ast.Tuple)
        and any(isinstance(part, ast.Constant) and part.value == "dvc" for part in node.elts)
    ]


# ---- dvc.yaml


@cache
def dvc_stages() -> dict[str, dict[str, Any]]:
    return YAML(typ="safe", pure=True).load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]


def stage_names() -> list[str]:
    return [Path(path).stem for path in sources("pipeline/stages") if not path.endswith("__init__.py")]


def test_the_lock_holds_no_stage_that_has_gone() -> None:
    locked = re.findall(r"(?m)^  (\S+):$", (ROOT / "dvc.lock").read_text(encoding="utf-8").partition("stages:\n")[2])
    assert {name.partition("@")[0] for name in locked} == set(dvc_stages())
    assert all(("@" in name) is ("matrix" in dvc_stages()[name.partition("@")[0]]) for name in locked)


@cache
def reached_from(path: str) -> frozenset[str]:
    """The files of ours that a module needs, itself included; `__init__` files that only define decide nothing."""
    reached, todo = set[str](), [path]
    while todo:
        current = todo.pop()
        if current not in reached:
            reached.add(current)
            todo += [file_of(found) for found in prompt_imports(current, tree(current)) if ours(found.module)]
            todo += [f"{folder.as_posix()}/__init__.py" for folder in Path(current).parents if folder != Path()]
    return frozenset(path for path in reached if not path.endswith("__init__.py") or acts(tree(path)))


def acts(parsed: ast.Module) -> bool:
    """Whether importing a module does something, beside telling and defining."""
    return any(isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant) for node in parsed.body)


def rooms_opened(path: str) -> set[str]:
    """The rooms whose doors a module opens, as dvc.yaml names them: `simulation(..)`, `simulation_settings(..)`."""
    opened = set[str]()
    for found in imports(tree(path)):
        if found.module == THE_DOORS and found.name in ROOMS:
            opened.add(found.name)
        if found.module == OPENS_ROOMS:
            opened |= {key.removeprefix(f"{OF_A_WORLD}.") for key in READ_BY.get(found.name, ())} & set(ROOMS)
    return {f"envs/{OF_A_WORLD}/{room}" for room in opened}


def needed_deps(stage: str) -> set[str]:
    """Files of ours, and rooms of whichever world it is."""
    reached = reached_from(f"pipeline/stages/{stage}.py")
    opened = {room for path in reached if path != "pipeline/settings/worlds.py" for room in rooms_opened(path)}
    return {path for path in reached if not of_a_world(path)} | opened


def of_a_world(path: str) -> bool:
    """Whether a module lies in a world's folder."""
    return path.startswith("envs/") and path.split("/")[1] in worlds()


@cache
def worlds() -> tuple[str, ...]:
    return tuple(sorted(path.parent.name for path in (ROOT / "envs").glob("*/simulation")))


def declared(path: str, deps: list[str]) -> bool:
    """Whether the file itself or a folder around it is among the deps."""
    return any(path == dep or path.startswith(f"{dep}/") for dep in deps)


def params_read(parsed: ast.AST, sections: tuple[str, ...]) -> set[str]:
    """Sections that a stage reads: params.SECTION, train_settings(params, ...), or all by a method of the whole.

    Raises:
        AssertionError: the whole of params is handed to another module, where nobody sees what is read.
    """
    read = set[str]()
    own = {node.name for node in ast.walk(parsed) if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(parsed):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "params":
            read |= {node.attr} if node.attr in sections else set(sections)
        if isinstance(node, ast.Call) and any(isinstance(arg, ast.Name) and arg.id == "params" for arg in node.args):
            called = ast.unparse(node.func)
            if called in READ_BY:
                read |= set(READ_BY[called])
            elif called in READ_ALL:
                read |= set(sections)
            else:
                assert called in own, f"line {node.lineno}: hands all of params to {called}, wanted: only what it reads"
    return read


def params_sections() -> tuple[str, ...]:
    return tuple(YAML(typ="safe", pure=True).load((ROOT / "params.yaml").read_text(encoding="utf-8")))


# ---- the facts


def test_imports_go_downward_only() -> None:
    assert of_all(floor_breaches) == []


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("envs/ground/rows/roster.py", "import pipeline.ground.paths"),
        ("envs/ground/rows/roster.py", "from pipeline import paths"),
        ("envs/airspace/simulation/flying.py", "from pipeline.stages.train import main"),
        ("envs/airspace/simulation/flying.py", "from pipeline import cli"),
        ("envs/airspace/simulation/flying.py", "import flows"),
        ("pipeline/stages/train.py", "from pipeline.stages import evaluate"),
        ("flows/schedule.py", "from pipeline import training"),
        ("flows/schedule.py", "import pipeline"),
        ("flows/schedule.py", "def late():\n    import envs"),
    ],
)
def test_an_import_upward_or_sideways_is_noticed(path: str, line: str) -> None:
    assert len(floor_breaches(path, ast.parse(line))) == 1


@pytest.mark.parametrize(("path", "module"), LAZY_DOORS.items())
def test_a_lazy_door_is_used_inside_a_function_and_by_nobody_else(path: str, module: str) -> None:
    line = f"from {module} import Viewer"
    assert any(found.module == module for found in imports(tree(path))), f"{path} does not import {module}"
    assert floor_breaches(path, ast.parse(f"def late():\n    {line}")) == []
    assert len(floor_breaches(path, ast.parse(line))) == 1
    assert len(floor_breaches("envs/ground/rows/roster.py", ast.parse(f"def late():\n    {line}"))) == 1
    assert len(floor_breaches(path, ast.parse("def late():\n    from pipeline.viewer import film"))) == 1


def test_a_heavy_library_has_one_door() -> None:
    assert of_all(door_breaches) == []


@pytest.mark.parametrize(("library", "door"), DOORS.items())
def test_every_door_is_used_and_others_are_shut(library: str, door: str) -> None:
    if door.endswith(".py"):
        used = any(within(found.module, library) for found in imports(tree(door)))
        assert used, f"{door} does not import {library}: take the door out of the table"
    assert len(door_breaches("pipeline/elsewhere.py", ast.parse(f"import {library}"))) == 1


def test_yaml_is_read_by_ruamel_only() -> None:
    found = [f"{path}:{line.line}" for path in sources() for line in imports(tree(path)) if within(line.module, "yaml")]
    assert found == []


def test_the_worlds_need_few_packages() -> None:
    assert of_all(foreign_to_envs, "envs") == []


def test_a_package_that_the_worlds_do_not_need_is_noticed() -> None:
    assert (
        len(
            foreign_to_envs(
                "envs/ground/rows/roster.py", ast.parse("import math, torch, numpy, envs.ground.record, supersuit")
            )
        )
        == 2
    )


def test_the_worlds_open_no_files() -> None:
    assert of_all(files_opened, "envs") == []


def test_worlds_are_vectorised_in_envs_only() -> None:
    assert of_all(vec_env_breaches, "pipeline") == []


def test_vectorising_in_pipeline_is_noticed() -> None:
    line = f"from {VEC_ENV} import DummyVecEnv, VecNormalize\nVecNormalize(1)"
    assert len(vec_env_breaches("pipeline/algorithms/table.py", ast.parse(line))) == 2
    assert len(vec_env_breaches("envs/airspace/simulation/flying.py", ast.parse(f"from {VEC_ENV} import VecEnv"))) == 1


def test_dvc_is_called_from_one_module_in_flows() -> None:
    callers = {path for path in sources() if calls_of_dvc(tree(path))}
    assert len(callers) <= 1, f"called from {sorted(callers)}, wanted one of them"
    assert all(path.startswith("flows/") for path in callers), f"called from {sorted(callers)}, wanted one in flows"
    assert calls_of_dvc(ast.parse("run(['dvc', 'repro'])")) == [1]


def test_names_of_modules_say_something() -> None:
    assert [path for path in sources() if not SAYS_NOTHING.isdisjoint(Path(path).with_suffix("").parts)] == []


def test_files_and_functions_stay_short() -> None:
    assert [path for path in sources() if num_lines(path) >= LONGEST_FILE] == []
    assert of_all(long_functions) == []


def test_rooms_stay_small() -> None:
    sizes = Counter[str]()
    for path in sources():
        sizes[str(Path(path).parent)] += num_lines(path)
    assert {room: size for room, size in sizes.items() if size > LARGEST_ROOM} == {}


def test_few_files_stand_beside_the_rooms() -> None:
    assert len([path for path in (ROOT / "pipeline").iterdir() if path.is_file()]) <= 1 + 3, "__init__.py and three"
    assert num_lines("dvc.yaml") < LONGEST_GRAPH


def num_lines(path: str) -> int:
    return len((ROOT / path).read_text(encoding="utf-8").splitlines())


def long_functions(path: str, parsed: ast.AST) -> list[str]:
    return [
        f"{path}: {node.name}"
        for node in ast.walk(parsed)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and int(node.end_lineno or 0) - node.lineno + 1 >= LONGEST_FUNCTION
    ]


def test_a_module_that_opens_files_or_is_too_long_is_noticed() -> None:
    assert len(files_opened("envs/ground/rows/roster.py", ast.parse("import pathlib\nopen('a')"))) == 2
    assert long_functions("envs/a.py", ast.parse("def long():\n" + "    pass\n" * LONGEST_FUNCTION)) == [
        "envs/a.py: long"
    ]


def test_every_stage_is_a_module_and_a_block_of_dvc_yaml() -> None:
    assert sorted(dvc_stages()) == sorted(stage_names())
    for name, block in dvc_stages().items():
        assert re.fullmatch(rf"python -m pipeline\.stages\.{name}( \$\{{item\.\w+\}})*", block["cmd"])


@pytest.mark.parametrize("stage", stage_names())
def test_every_module_that_a_stage_imports_is_among_its_deps(stage: str) -> None:
    deps = dvc_stages()[stage]["deps"]
    missing = {path for path in needed_deps(stage) if not declared(path, deps)}
    lines = {f"      - {path}" for path in missing}
    assert not lines, "\n".join([f"dvc.yaml: add to the deps of {stage}:", *sorted(lines)])


@pytest.mark.parametrize("stage", stage_names())
def test_no_stage_depends_on_a_module_that_it_does_not_import(stage: str) -> None:
    needed = needed_deps(stage)
    idle = [
        f"      - {dep}"
        for dep in dvc_stages()[stage]["deps"]
        if not dep.startswith(NO_CODE_OF_OURS) and not any(declared(path, [dep]) for path in needed)
    ]
    assert not idle, "\n".join([f"dvc.yaml: take out of the deps of {stage}:", *idle])


@pytest.mark.parametrize("stage", stage_names())
def test_every_section_that_a_stage_reads_is_among_its_params(stage: str) -> None:
    keys = dvc_stages()[stage].get("params", [])
    named = {key if str(key).startswith(OF_A_WORLD) else str(key).split(".")[0] for key in keys if isinstance(key, str)}
    if ALL_PARAMS & set(dvc_stages()[stage]["deps"]):
        return
    read = params_read(tree(f"pipeline/stages/{stage}.py"), params_sections())
    lines = [f"      - {section}" for section in sorted(read - named - {"worlds", "sections"})]
    assert not lines, "\n".join([f"dvc.yaml: add to the params of {stage}:", *lines])


def test_sections_read_are_found_in_code() -> None:
    sections = ("seeds", "train", "presets", "policies", "report")

    def read(code: str) -> set[str]:
        return params_read(ast.parse(code), sections)

    assert read("params.seeds[0]") == {"seeds"}
    train = {"train", "presets", "policies", f"{OF_A_WORLD}.train", *LAID_OVER}
    assert read("train_settings(params, 'w', 'generic')") == train
    assert read("baselines_settings(params, 'w')") == {f"{OF_A_WORLD}.baselines", *LAID_OVER}
    assert read("check_all(params)") == set(sections)
    assert read("params.model_dump()") == set(sections)
    assert read("def own(params): return params.report\nown(params)") == {"report"}
    with pytest.raises(AssertionError, match="hands all of params to elsewhere"):
        read("elsewhere(params)")


def test_every_key_of_params_yaml_is_explained() -> None:
    """By a comment on its line or on its parent's line; presets hold keys that are explained where they are known."""
    lines = (ROOT / "params.yaml").read_text(encoding="utf-8").splitlines()
    assert unexplained(lines) == []


def test_a_key_without_comment_is_noticed() -> None:
    lines = ["top:", "  silent: 1", "  spoken: 2  # why", "  family:  # what", "    one: 1", "presets:", "  x: 1"]
    assert unexplained(lines) == ["top.silent"]


def unexplained(lines: list[str]) -> list[str]:
    """Leaf keys outside of presets with a comment neither on their own line nor on their parent's."""
    silent, open_keys = [], list[tuple[int, str, bool]]()
    for number, line in enumerate(lines):
        found = re.match(r"( *)([\w-]+):(.*)", line)
        if not found:
            continue
        indent, key, rest = len(found[1]), found[2], found[3]
        open_keys = [parent for parent in open_keys if parent[0] < indent]
        explained, parent_explained = "#" in rest, bool(open_keys) and open_keys[-1][2]
        after = lines[number + 1] if number + 1 < len(lines) else ""
        is_leaf = not re.match(rf" {{{indent + 1},}}\w[\w-]*:", after)
        open_keys.append((indent, key, explained))
        if is_leaf and not explained and not parent_explained and "presets" not in [name for _, name, _ in open_keys]:
            silent.append(".".join(name for _, name, _ in open_keys))
    return silent


def table_under(heading: str) -> dict[str, str]:
    """The first two columns of the table under a heading of docs/architecture.md, without backticks."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = text.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("|")]
    return {row[0].replace("`", ""): row[1].replace("`", "") for row in rows[2:]}


def test_the_architecture_page_tells_these_floors() -> None:
    assert table_under("Floors") == {floor: ", ".join(packages) for floor, packages in FLOORS.items()}


def test_the_architecture_page_tells_these_doors() -> None:
    assert table_under("Doors") == DOORS


def test_the_architecture_page_tells_this_lazy_door() -> None:
    assert table_under("The one import upward") == LAZY_DOORS


def test_files_named_on_the_architecture_page_exist() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:envs|pipeline|flows|tests|docs)/[\w/.]*|[\w.]+\.yaml)`", text)
    assert len(named) > 20
    assert sorted({name for name in named if not (ROOT / name).exists()}) == []
