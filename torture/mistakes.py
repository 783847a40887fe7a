"""Bad inputs by hand: what people mistype, and what must be named when it is refused."""

from __future__ import annotations

import json
from typing import Any, NamedTuple


class Param(NamedTuple):
    """A value of params.yaml that cannot be; the last part of its key is named in the refusal."""

    key: str
    value: Any


NAMES = (
    "",
    ".",
    "..",
    "../x",
    "/x",
    "a/b",
    "a\\b",
    "a\x00b",
    "a\nb",
    "a\x1b[2Jb",
    " a",
    "a ",
    ".a",
    "a" * 61,
    "procedural",
)
"""None of them can be a file's."""

PARAMS = tuple(
    Param(key, value)
    for key, values in {
        "seeds": ([], [-1], [0, 0], ["a"], [2**32], [0.5], None, 0, "0"),
        "policies": (
            {},
            [],
            {"../x": {}},
            {"a b": {}},
            {"a" * 300: {}},
            {"generic": {"trian": {}}},
            {"generic": 3},
            None,
        ),
        "worlds": ([], ["airspce"], ["airspace", "airspace"], "airspace", [3], None),
        "train.algorithm": ("pp0", "", None, 3, [], "PPO2"),
        "train.preset": ("fats", None, 7),
        "train.num_worlds": (0, -1, 1.5, "eight", None, [], 2.0e3 + 0.5),
        "train.total_timesteps": (0, -5, "many", None, 1.5, float("nan"), float("inf")),
        "train.hyperparameters": ({"lerning_rate": 1}, {"learning_rate": -1}, {"gamma": 2}, {"batch_size": 0}, 7, [1]),
        "train.torch_threads": (0, -1, "all", 1.5),
        "train.validation.every_timesteps": (0, -1, None, "often"),
        "train.checkpoint_every_timesteps": (0, -1, None),
        "evaluate.stochastic_episodes": (-1, "x", None, 0.5),
        "evaluate.confidence": (0, 1, 1.5, -0.1, "high", float("nan")),
        "evaluate.seed": (-1, "x", 1.5, 2**64),
        "scenarios.validation.num_episodes": (0, -1, "ten", None, 1.5),
        "scenarios.test.num_episodes": (0, -1, None),
        "airspace.simulation.episode.max_steps": (0, -3, "x", None, 1.5),
        "airspace.simulation.episode.after_arrival": ("land", None, 1),
        "airspace.simulation.wind.speed_kt": (-1, "strong", None, float("nan"), float("inf"), 1e9),
        "airspace.simulation.wind.from_deg": (float("nan"), "north", None, float("inf")),
        "airspace.simulation.actions.kind": ("continous", None, 1),
        "airspace.simulation.actions.max_heading_change_deg": (0, -18, "x", float("nan")),
        "airspace.simulation.observation.layout": ("curses", None, 3),
        "airspace.simulation.observation.num_neighbours": (-1, 1.5, "x", None),
        "airspace.scenarios.suite": (["head_onn"], [3], "head_on", ["head_on", "head_on"]),
        "airspace.simulation.reward.margin_nm": (-1, "x", float("nan"), 1e308),
        "airspace.simulation.disturbance.heading_deg": (1e308, float("inf"), "north"),
        "airspace.simulation.observation.look_ahead_s": (0, 1e308, float("nan"), "long"),
        "airspace.simulation.procedural.cas_kt": ({"low": 280.0, "high": 220.0}, {"low": -1.0, "high": 1e308}, 250),
        "airspace.simulation.procedural.max_aircraft": (0, 65, 10**400, "many"),
        "airspace.scenarios.test_sets": ({"../x": {}}, {"a" * 300: {}}, {"unseen": 3}, []),
        "roads.simulation.actions.kind": ("rout", None, 1),
        "roads.simulation.actions.max_braking_mps2": (-1, "hard", float("nan")),
        "roads.simulation.observation.layout": ("course", None),
        "roads.simulation.observation.courses_mps2": ([], ["x"], [float("inf")], 3),
        "roads.simulation.episode.max_steps": (0, -3, 1.5),
        "roads.simulation.episode.after_crash": ("vanish", None),
        "roads.simulation.disturbance.friction": (0, -1, 1e308, "ice"),
        "roads.simulation.disturbance.dropped_objects": (-0.1, 1.1),
        "roads.simulation.cars.max_cars": (0, 65, "many", 10**400),
        "roads.simulation.cars.length_m": ({"low": 5.2, "high": 3.8}, {"low": -1.0, "high": 5.0}, 4),
        "roads.simulation.roads.families": ({"motorway": 1.0}, {"tee": -1.0}, None),
        "roads.simulation.num_roads": (0, -1, 1.5),
        "roads.scenarios.suite": (["four_leftss"], "four_lefts", [3]),
        "roads.scenarios.test_sets": ({"../x": {}}, {"unseen": 3}),
        "roads.evaluation.teams": ({"shares": [1.1], "num_episodes": 2}, {"shares": [0.5]}),
        "roads.evaluation.numbers": ({"num_cars": [0], "num_episodes": 2}, []),
        "roads.preset": ("v-max", 3),
        "pettingzoo.simulation.module": ("", None, 3),
        "pettingzoo.simulation.arguments": (3, [1]),
        "pettingzoo.simulation.max_steps": (0, "many"),
        "export.opset": (16, 21, "x", None),
        "report.title": (3, None, ["x"]),
        "tracking.experiment": ("", 3, None),
        "acceptance.failure_margin": (-0.1, 1.1, "x", float("nan")),
        "flows.prefect_port": (80, 65536, "x", 10**400),
        "tune.trials": (-1, 1.5, "x", 10**400),
        "train.begin_with": ("nothing", "../..", "/etc", 3),
        "train.records": ("nothing", "../..", "/etc", 3),
    }.items()
    for value in values
)


def _scenario(**changes: Any) -> str:
    """A scenario of one aircraft, with other values: `lat`, `id` and the like are the aircraft's."""
    plain = {"id": "AC1", "type": "A320", "lat": 51.0, "lon": 13.7, "hdg_deg": 90, "spd_kt": 250, "alt_ft": 10000}
    plain |= {"waypoint": {"lat": 51.0, "lon": 13.9}}
    whole: dict[str, Any] = {"scenario_name": "one", "seed": 0, "notes": "", "sim_dt_s": 1, "agents": [plain]}
    whole |= {"center": {"lat": 51.0, "lon": 13.7, "alt_ft": 10000}}
    for key, value in changes.items():
        (plain if key in plain else whole)[key] = value
    return json.dumps(whole)


SCENARIOS: tuple[tuple[str, str], ...] = (
    ("empty", ""),
    ("not JSON", "{"),
    ("a list", "[]"),
    ("a number", "3"),
    ("null", "null"),
    ("no aircraft", '{"aircraft": []}'),
    ("nothing inside", "{}"),
    ("another key", '{"aeroplanes": []}'),
    ("NaN", '{"aircraft": NaN}'),
    ("deep", "[" * 5000 + "]" * 5000),
    ("bytes", "\udcff\udcfe"),
    ("thousands of digits", _scenario().replace("250", "2" * 5000)),
    ("a key twice", _scenario().replace('"seed"', '"seed": 1, "seed"')),
    ("half a surrogate pair", _scenario(notes="\ud800")),
    *((f"the name {name[:10]!r}", _scenario(scenario_name=name)) for name in NAMES),
    *((f"the heading {value}", _scenario(hdg_deg=value)) for value in (1e308, -361, "north", None)),
    *((f"the speed {value}", _scenario(spd_kt=value)) for value in (1e308, 0, -1, "fast")),
    *((f"the latitude {value}", _scenario(lat=value)) for value in (90.1, -1e308, None)),
    *((f"the level {value}", _scenario(alt_ft=value)) for value in (-1, 65001, 1e308, 9999)),
    *((f"the id {value[:10]!r}", _scenario(id=value)) for value in ("", "\x00", "A" * 61, "\x1b[2J")),
    *((f"the seed {str(value)[:20]}", _scenario(seed=value)) for value in (-1, 2**32, 10**400, 0.5)),
    ("a waypoint elsewhere", _scenario(waypoint={"lat": -51.0, "lon": 13.9})),
    ("a type of nobody", _scenario(type="A32O")),
    ("300 aircraft", _scenario(agents=[{}] * 300)),
)
"""Whole files; what else is wrong inside a good one comes by mutation."""

SCN: tuple[tuple[str, str], ...] = tuple(
    (name, text.replace("CRE", "00:00:00.00>CRE").replace("ADD", "00:00:00.00>ADD"))
    for name, text in (
        ("empty", ""),
        ("no waypoint", "CRE AB1,A320,51.0,13.7,90,10000,250"),
        ("an angle of 200 parts", f"CRE AB1,A320,51{chr(39)}1{chr(39) * 200},13.7,90,10000,250"),
        ("a later time", "00:00:09.00>PAN 1,2"),
        ("ours is no JSON", "# murmuration: {"),
        ("ours says aircraft", '# murmuration: {"agents": []}'),
        ("thousands of digits", "CRE AB1,A320," + "5" * 5000 + ",13.7,90,10000,250\nADDWPT AB1,51,14"),
        ("Mach", "CRE AB1,A320,51.0,13.7,90,10000,M.8"),
        ("bytes", "\udcff"),
    )
)
"""Whole files of BlueSky's."""

FILES: tuple[tuple[str, bytes | None, tuple[str, ...], str], ...] = (
    *(
        (f"{{export}}/{part}", content, ("fly", "{export}", "{scenario}"), part)
        for part in ("policy.json", "policy.onnx", "weights.safetensors", "origin.json", "SHA256SUMS", "LICENSES.txt")
        for content in (b"", b"\x00" * 64, None)
    ),
    *(
        ("{recording}", content, ("view", "{recording}", "--output", "x.html"), "recordings.parquet")
        for content in (b"", b"PAR1", b"PAR1" + bytes(100) + b"PAR1", None)
    ),
    *(
        (f"{{evaluation}}/{part}", content, ("compare", "{evaluation}", "{evaluation}:mvp"), part)
        for part in ("episodes.parquet", "figures.json")
        for content in (b"", b"[]", b"\xff", b'{"compared": 3}')
    ),
    *(("promotions.jsonl", content, ("judge", "{export}"), "promotions.jsonl") for content in (b"{", b"3", b"\xff\n")),
    *(
        ("params.yaml", content, ("compare", "{export}", "{export}"), "params.yaml")
        for content in (
            b"",
            b"[",
            b"\xff",
            b"a: &a [*a]",
            b"[" * 5000,
            b"seeds: !!binary aGk=",
            b"? [a]\n: 1",
            b"a: b: c",
        )
    ),
)
"""A file that is damaged or gone (None), the command that reads it, and what it has to name."""

COMMANDS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("fly",), ("POLICY",)),
    (("fly", "nowhere", "nothing.json"), ("nowhere",)),
    (("fly", "{export}", "nothing.json"), ("nothing.json",)),
    (("fly", "{export}", "params.yaml"), ("params.yaml",)),
    (("fly", "{export}", "{scenario}", "--episodes", "0"), ("episodes",)),
    (("fly", "{export}", "{scenario}", "--episodes", "2"), ("episodes",)),
    (("fly", "{export}", "{scenario}", "--episodes", "many"), ("episodes",)),
    (("fly", "{export}", "{scenario}", "--seed", "-1"), ("seed",)),
    (("fly", "{export}", "{scenario}", "--animate", "x.pdf"), ("animate",)),
    (("fly", "{export}", "{scenario}", "--simulator", "x-plane"), ("x-plane",)),
    (("fly", "{export}", "{scenario}", "--fast"), ("--fast",)),
    (("fly", "params.yaml", "{scenario}"), ("params.yaml",)),
    (("fly", "data", "{scenario}"), ("data",)),
    (("compare",), ("CONTENDERS",)),
    (("compare", "{evaluation}"), ("two",)),
    (("compare", "{evaluation}", "nowhere"), ("nowhere",)),
    (("compare", "{evaluation}", "{evaluation}:nobody"), ("nobody",)),
    (("compare", "{evaluation}", "{evaluation}:mvp", "--set", "tset"), ("tset",)),
    (("compare", "{evaluation}", "{evaluation}:mvp", "--plot", "x.png"), ("plot",)),
    (("view",), ("FILE",)),
    (("view", "nothing.json"), ("nothing.json",)),
    (("view", "params.yaml"), ("params.yaml",)),
    (("view", "data"), ("data",)),
    (("view", "{recording}", "--episode", "999999"), ("999999",)),
    (("view", "{recording}", "--episode", "nobody"), ("nobody",)),
    (("view", "{recording}", "--output", "x.exe"), ("output",)),
    (("view", "{scenario}", "--world", "sea"), ("sea",)),
    (("new-world", "A b"), ("A b",)),
    (("new-world", "airspace"), ("airspace",)),
    (("new-world", "../x"), ("../x",)),
    (("new-world", ""), ("name",)),
    (("new-world", "train"), ("train",)),
    (("convert", "nothing.json", "x.scn"), ("nothing.json",)),
    (("convert", "{scenario}", "x.pdf"), ("x.pdf",)),
    (("convert", "{scenario}", "x.json"), ("whose",)),
    (("convert", "params.yaml", "x.scn"), ("params.yaml",)),
    (("judge", "nowhere"), ("nowhere",)),
    (("judge", "params.yaml"), ("params.yaml",)),
    (("promote", "{export}"), ("why",)),
    (("promote", "nowhere", "--why", "x"), ("nowhere",)),
    (("rollback", "nobody", "--why", "x"), ("nobody",)),
    (("verify", "nowhere"), ("nowhere",)),
    (("verify", "data"), ("data",)),
    (("train",), ("",)),
    (("train", "no.such_module_v0"), ("no.such_module_v0",)),
    (("train", "airspace_v0", "--steps", "-1"), ("steps",)),
    (("train", "airspace_v0", "--steps", "many"), ("steps",)),
    (("train", "airspace", "--set", "train.nothing=1"), ("nothing",)),
    (("experiments", "--nothing"), ("--nothing",)),
    (("show", "nowhere", "--no-open"), ("nowhere",)),
    (("show", "airspace", "--output", "x.pdf", "--no-open"), ("output",)),
    (("show", "airspace", "--drawn", "-1", "--no-open"), ("drawn",)),
    (("show", "airspace", "--scenarios", "nowhere", "--no-open"), ("nowhere",)),
    (("train", "airspace", "--begin-with", "nowhere"), ("nowhere",)),
    (("train", "airspace", "--set", "train.num_worlds"), ("--set",)),
    (("train", "airspace", "--set", "report.title=" + "[" * 5000), ("--set", "got")),
    (("train", "airspace", "--set", "report.title=" + "9" * 5000), ("got",)),
    (("train", "airspace", "--seed", "-1"), ("seed",)),
    (("train", "airspace", "--arguments", "N=3"), ("arguments",)),
    (("train", "airspace", "--into", "data"), ("data",)),
    (("doctor", "--nothing"), ("--nothing",)),
    (("flyy",), ("flyy",)),
    (("--nothing",), ("--nothing",)),
)
"""Words after `murmuration`, and what the refusal has to name; {export} and the like are files of the checkout."""

RUNS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("--place", "elsewhere"), "place"),
    (("--name", "With Blanks"), "name"),
    (("--name", "x" * 50), "name"),
    (("--name", "../x"), "name"),
    (("--name", "x\n"), "name"),
    (("--world", "x" * 61), "worlds"),
    (("--policy", "x" * 300), "policies"),
    (("--policy", "../x"), "policies"),
    (("--seed", "9" * 5000), "seed"),
    (("--stage", "trian"), "stages"),
    (("--world", "../x"), "worlds"),
    (("--policy", "a b"), "policies"),
    (("--seed", "-1"), "seed"),
    (("--seed", "4294967296"), "seed"),
    (("--seed", "x"), "seed"),
    (("-S", "train.num_worlds"), "overrides"),
    (("-S", "--force"), "override"),
    (("-S", "=1"), "overrides"),
    (("--place", "workspace", "-S", "seeds=[1]"), "overrides"),
    (("--judge", "--stage", "evaluate"), "judge"),
    (("--nothing",), "--nothing"),
)
SWEEPS: tuple[tuple[tuple[str, ...], str], ...] = (
    ((), "NAME"),
    (("one",), "space"),
    (("../x", "--among", "train.num_worlds=8,16"), "name"),
    (("x" * 37, "--among", "train.num_worlds=8,16"), "name"),
    (("x\n", "--among", "train.num_worlds=8,16"), "name"),
    (("one", "--between", "a.b=1:1e999"), "a.b"),
    (("one", "--between", "a.b=" + "9" * 5000 + ":1"), "a.b"),
    (("one", "--among", "../x=1,2"), "key"),
    (("A b", "--among", "train.num_worlds=8,16"), "name"),
    (("one", "--among", "train.num_worlds"), "values"),
    (("one", "--among", "train.num_worlds="), "values"),
    (("one", "--between", "a.b=1"), "a.b"),
    (("one", "--between", "a.b=1:x"), "a.b"),
    (("one", "--between", "a.b=2:1"), "a.b"),
    (("one", "--between", "a.b=1:2:lin"), "lin"),
    (("one", "--between", "a.b=-1:2:log"), "a.b"),
    (("one", "--between", "a.b=0:2:log"), "a.b"),
    (("one", "--between", "a.b=nan:2"), "a.b"),
    (("one", "--between", "a.b=NaN:2"), "a.b"),
    (("one", "--between", "a.b=1:Infinity"), "a.b"),
    (("one", "--among", "a.b=1,2", "--trials", "0"), "trials"),
    (("one", "--among", "a.b=1,2", "--trials", "-3"), "trials"),
    (("one", "--among", "a.b=1,2", "--at-once", "0"), "at_once"),
    (("one", "--among", "a.b=1,2", "--at-once", "99"), "at_once"),
    (("one", "--among", "a.b=1,2", "--method", "luck"), "method"),
    (("one", "--among", "a.b=1,2", "--figure", "luck"), "figure"),
    (("one", "--between", "a.b=1:2", "--method", "grid"), "grid"),
    (("one", "--among", "a.b=1,2", "--place", "moon"), "place"),
    (("one", "--among", "a.b=1,2", "--seed", "-1"), "seed"),
    (("one", "--among", "a.b=1,2", "--among", "a.b=3,4"), "a.b"),
    (("one", "--among", "a.b=1,1"), "a.b"),
)
