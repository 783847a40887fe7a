"""Bad inputs by hand: what people mistype, and what must be named when it is refused."""

from __future__ import annotations

from typing import Any, NamedTuple


class Param(NamedTuple):
    """A value of params.yaml that cannot be; the last part of its key is named in the refusal."""

    key: str
    value: Any


PARAMS = tuple(
    Param(key, value)
    for key, values in {
        "seeds": ([], [-1], [0, 0], ["a"], [2**32], [0.5], None, 0, "0"),
        "policies": ({}, [], {"../x": {}}, {"a b": {}}, {"generic": {"trian": {}}}, {"generic": 3}, None),
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
        "airspace.simulation.reward.margin_nm": (-1, "x", float("nan")),
    }.items()
    for value in values
)

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
)
"""Whole files; what is wrong inside a good one comes by mutation."""

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
    (("train", "airspace_v0", "-S", "train.nothing=1"), ("nothing",)),
    (("experiments", "--nothing"), ("--nothing",)),
    (("flyy",), ("flyy",)),
    (("--nothing",), ("--nothing",)),
)
"""Words after `murmuration`, and what the refusal has to name; {export} and the like are files of the checkout."""

RUNS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("--place", "elsewhere"), "place"),
    (("--name", "With Blanks"), "name"),
    (("--name", "x" * 50), "name"),
    (("--name", "../x"), "name"),
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
