"""What people's environments do amiss is told in one line that says where and what, and nothing finished is lost."""

from __future__ import annotations

import multiprocessing
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import PATIENCE_S, Checkout, new_checkout, run_process

from envs.ground.any_environment.faults import EnvironmentFault
from envs.ground.doors import simulation
from envs.ground.play import Space
from envs.ground.rows.process_worlds import WorkerDied
from pipeline.ground import files
from pipeline.ground.digests import digest_folder
from pipeline.learning.playing_twice import play_twice
from pipeline.stages import check, scenarios, train

ROOM = simulation("pettingzoo")
FILE = "my_envs/faulty.py"
SCORED = {"outcomes": {"score": {"kind": "share"}}}
SHORT = {"max_step_s": 1.0}
NUMBER = "wanted a number from 0 to 1, for it is an outcome"
AGAIN = "when it is played again, wanted an environment that is deterministic given the seed of its reset"
LATE = r"took longer than 1 s, wanted an answer \(or a larger pettingzoo.simulation.max_step_s\)"
STEP = r"pettingzoo: step {} after reset\(seed=\d+\): "

NEVER_MADE: dict[str, tuple[dict[str, Any], str]] = {
    "a module that is not installed": (
        {"module": "mpe2.simple_spred_v3"},
        "module: mpe2.simple_spred_v3 cannot be imported: no module named 'mpe2.simple_spred_v3', "
        "did you mean 'mpe2.simple_spread_v3'.; wanted an installed package, or FILE.py",
    ),
    "a command to run": (
        {"module": "subprocess:getoutput", "arguments": {"cmd": "touch ran"}},
        "module: subprocess:getoutput is of no package that knows PettingZoo, so it is not called",
    ),
    "a reader of pickles": (
        {"module": "torch:load", "arguments": {"f": "data/pickled", "weights_only": False}},
        "module: torch:load is of no package that knows PettingZoo, so it is not called",
    ),
    "a file in data": (
        {"module": "data/export/env.py"},
        "module: data/export/env.py lies in data, which",
    ),
    "a file in data, by a detour": ({"module": "my_envs/../data/env.py"}, "module: .* lies in data, which"),
    "a module in data": (
        {"module": "data.export.env"},
        "module: data.export.env lies in data, which",
    ),
    "a file that is not there": ({"module": "my_envs/gone.py"}, "module: my_envs/gone.py not found, wanted a file"),
    "a file that imports what is missing": (
        {"module": "my_envs/wanting.py"},
        "module: my_envs/wanting.py, when it was loaded, raised ModuleNotFoundError: No module named 'not_there' "
        r"\(my_envs/wanting.py, line 2\)",
    ),
    "a file that is no Python": (
        {"module": "my_envs/misspelt.py"},
        r"module: my_envs/misspelt.py, when it was loaded, raised SyntaxError: .*\(misspelt.py, line 1\)",
    ),
    "a file that ends the process": (
        {"module": "my_envs/leaving.py"},
        "module: my_envs/leaving.py, when it was loaded, raised SystemExit: 0",
    ),
    "a name that is not there": (
        {"module": f"{FILE}:Sond"},
        "module: my_envs/faulty.py has no Sond, did you mean 'Sound'.; known: ",
    ),
    "no name of a file that makes none by itself": ({"module": FILE}, "module: .* has no parallel_env or env; known: "),
    "a name of a number": ({"module": f"{FILE}:NUMBER"}, "module: .*:NUMBER is a float, wanted a class or a function"),
    "no environment": (
        {"module": f"{FILE}:makes_a_number"},
        "module: .*:makes_a_number makes a int, wanted a PettingZoo environment",
    ),
    "an environment of one agent": (
        {"module": "gymnasium:make", "arguments": {"id": "CartPole-v1"}},
        "module: gymnasium:make is of no package that knows PettingZoo, so it is not called",
    ),
    "an error when it is made": (
        {"module": f"{FILE}:raises_when_made"},
        r"arguments: .*, called with {}, raised RuntimeError: no licence \(my_envs/faulty.py, line \d+\)",
    ),
    "an argument that is not known": (
        {"module": f"{FILE}:Sound", "arguments": {"colour": "red"}},
        "arguments: .*, called with {'colour': 'red'}, raised TypeError: .* unexpected keyword argument 'colour'",
    ),
    "an argument that is missing": (
        {"module": f"{FILE}:wants_a_size"},
        "arguments: .*, called with {}, raised TypeError: .* missing 1 required positional argument: 'size'",
    ),
    "no possible agents": ({"module": f"{FILE}:WithoutAgents"}, "module: .* has no possible_agents, wanted all agents"),
    "a wrapper that is not known": (
        {"module": f"{FILE}:Sound", "wrappers": ["frame_stak"]},
        "wrappers.0: unknown 'frame_stak', did you mean 'frame_stack'. known: ",
    ),
    "a wrapper with a wrong argument": (
        {"module": f"{FILE}:Sound", "wrappers": [{"frame_stack": {"size": 3}}]},
        "wrappers.0: frame_stack, with {'size': 3} around the environment, raised TypeError: .*'size'",
    ),
    "wrappers in the wrong order": (
        {"module": f"{FILE}:Sound", "wrappers": ["flatten", {"resize": {"x_size": 8, "y_size": 8}}]},
        "wrappers.1: resize, with {'x_size': 8, 'y_size': 8} around flatten, raised AssertionError: assert len",
    ),
    "a wrapper that is none": (
        {"module": f"{FILE}:Sound", "wrappers": ["pettingzoo_env_to_vec_env"]},
        "wrappers.0: pettingzoo_env_to_vec_env makes no PettingZoo environment, wanted one that does",
    ),
    "no spaces": (
        {"module": f"{FILE}:NoSpaces"},
        r"pettingzoo: agent a: the question for its spaces raised NotImplementedError \(my_envs/faulty.py, line \d+\)",
    ),
    "text that is seen": ({"module": f"{FILE}:TextSeen"}, "pettingzoo: agent a: observation space: got Text.*, wanted"),
    "text that is seen beside numbers": (
        {"module": f"{FILE}:TextInsideSeen"},
        "pettingzoo: agent a: observation space: got Dict.*, wanted numbers",
    ),
    "a sequence that is seen": (
        {"module": f"{FILE}:SequenceSeen"},
        "pettingzoo: agent a: observation space: got Sequence.*, wanted numbers: Box, Discrete, or a Dict of such",
    ),
    "actions without bounds": (
        {"module": f"{FILE}:Unbounded"},
        "pettingzoo: agent a: action space: got Box.*, wanted finite bounds",
    ),
    "actions of a dict": (
        {"module": f"{FILE}:DictDone"},
        "pettingzoo: agent a: action space: got Dict.*, wanted Box, Discrete or MultiDiscrete",
    ),
    "no choices": ({"module": f"{FILE}:NoChoices"}, "pettingzoo: agent a: action space: got .* nothing to choose"),
    "no numbers": ({"module": f"{FILE}:NoNumbers"}, "pettingzoo: agent a: action space: got .* nothing to choose"),
    "too many choices": (
        {"module": f"{FILE}:ManyChoices"},
        "pettingzoo: agent a: action space: .* has more than 2000 choices in all, wanted fewer",
    ),
    "numbers for one and choices for the other": (
        {"module": f"{FILE}:UnequalKinds"},
        r"pettingzoo: actions of different kinds \(a: Discrete\(3\), b: Box.*\), wanted numbers for all or choices",
    ),
    "a constructor that hangs": ({"module": f"{FILE}:HangsWhenMade", **SHORT}, "pettingzoo: to make .*: " + LATE),
}
"""Settings, and how the message goes on after its file and section."""

PLAYED: dict[str, tuple[str, dict[str, Any], str]] = {
    "an observation of another shape": (
        "WrongShape",
        {},
        STEP.format(3) + r"agent b: observation of shape \(3,\), wanted \(2,\) as its space says",
    ),
    "an observation of another kind": (
        "WrongKind",
        {},
        STEP.format(3) + "agent b: observation of dtype float64, wanted uint8 as its space says",
    ),
    "words that are seen": ("Words", {}, STEP.format(3) + "agent b: observation of dtype <U4, wanted float32"),
    "nothing that is seen": ("NothingSeen", {}, STEP.format(3) + r"agent b: observation of shape \(\), wanted \(2,\)"),
    "a NaN that is seen": (
        "NotANumberSeen",
        {},
        STEP.format(3) + "agent b: observation: number 0 is nan, wanted a finite number",
    ),
    "infinity that is seen": ("InfinitelyFar", {}, STEP.format(3) + "agent b: observation: number 0 is inf, wanted"),
    "a NaN that is seen by turns": (
        "NotANumberByTurns",
        {},
        STEP.format(3) + "agent a: observation: number 1 is nan, wanted a finite number",
    ),
    "an observation beyond its number": (
        "OutOfChoices",
        {},
        STEP.format(3) + r"agent a: observation: got 3, wanted one of Discrete\(3\)",
    ),
    "no observation": ("Unseen", {}, STEP.format(3) + "agent b: no observation, wanted one for each of its agents"),
    "an agent that is born unseen": ("BornUnseen", {}, STEP.format(3) + "agent b: no observation, wanted one for"),
    "a reward that is NaN": ("NotANumberPaid", {}, STEP.format(3) + "agent b: reward: got nan, wanted a finite number"),
    "a reward in words": ("PaidInWords", {}, STEP.format(1) + "agent a: reward: got 'much', wanted a finite number"),
    "no reward": ("Unpaid", {}, STEP.format(1) + "agent b: no reward, wanted one for each agent that acted"),
    "a step of four things": (
        "FourThings",
        {},
        STEP.format(1) + "returned 4 things, wanted 5: observations, rewards, terminations, truncations, infos",
    ),
    "a reset of one thing": (
        "OneThing",
        {},
        r"pettingzoo: reset\(seed=\d+\): returned a dict, wanted 2: observations, infos",
    ),
    "rewards in a list": ("ListPaid", {}, STEP.format(1) + r"returned rewards: \[.*\], wanted a dict by agent"),
    "an info that is none": ("ToldNone", {}, r"pettingzoo: reset\(seed=\d+\): agent a: info: got None, wanted a dict"),
    "an outcome in words": ("ToldInWords", SCORED, "pettingzoo: .*: agent a: info 'score': got 'good', " + NUMBER),
    "an outcome that is NaN": ("ToldNotANumber", SCORED, "pettingzoo: .*: agent a: info 'score': got nan, " + NUMBER),
    "a share beyond 1": ("ToldTooMuch", SCORED, "pettingzoo: .*: agent a: info 'score': got 1.5, " + NUMBER),
    "an outcome that nobody tells": (
        "ToldNothing",
        SCORED,
        f"pettingzoo: episode of seed 0: info 'score': none from any agent, {NUMBER}; told: nothing",
    ),
    "an error in step 1,000": (
        "RaisesLate",
        {"max_steps": 2000},
        STEP.format(1000) + r"step raised ZeroDivisionError: division by zero \(my_envs/faulty.py, line \d+\)",
    ),
    "an error in many lines": ("RaisesInManyLines", {}, STEP.format(1) + r"step raised RuntimeError: first second \("),
    "an error in reset": (
        "RaisesInReset",
        {},
        r"pettingzoo: reset\(seed=\d+\) raised KeyError: 'track' \(my_envs/faulty.py, line \d+\)",
    ),
    "a step that leaves": ("LeavesTheProcess", {}, STEP.format(1) + r"step raised SystemExit: 0 \(my_envs/faulty.py"),
    "a turn of nobody": (
        "TurnOfNobody",
        {},
        STEP.format(3) + "step raised ValueError: agent_selection is 'c', wanted one of its agents: a, b",
    ),
    "a seed that is ignored": (
        "IgnoresItsSeed",
        {},
        "pettingzoo: ignores its seed: step 0 of the episode of seed 0 differs " + AGAIN,
    ),
    "a seed that is ignored later": (
        "DrawsLate",
        {},
        "pettingzoo: ignores its seed: step 3 of the episode of seed 0 differs " + AGAIN,
    ),
    "an episode that knows the one before": (
        "Remembers",
        {},
        "pettingzoo: ignores its seed: step 0 of the episode of seed 0 differs " + AGAIN,
    ),
    "a mask that allows nothing": (
        "NothingAllowed",
        {},
        STEP.format(3) + "agent b: action_mask allows nothing, wanted at least one choice",
    ),
    "a mask of another length": (
        "MaskTooLong",
        {},
        r"pettingzoo: reset.*: agent a: action_mask: got array.*, wanted 0 or 1 for each of 3 choices",
    ),
    "an agent that nobody knows": (
        "Stranger",
        {},
        STEP.format(3) + "agents: got 'c', wanted one of possible_agents: a, b",
    ),
    "nobody who plays": ("NobodyPlays", {}, "pettingzoo: the episode of seed 0: nobody ever acts, wanted an agent"),
    "nobody's turn": ("NobodysTurn", {}, "pettingzoo: the episode of seed 0: nobody ever acts, wanted an agent that"),
    "a picture that cannot be drawn": (
        "CannotDraw",
        {},
        r"pettingzoo: reset\(seed=\d+\): render raised RuntimeError: no display \(",
    ),
    "a picture of numbers": (
        "DrawsNumbers",
        {},
        r"pettingzoo: .*: render: got float64 of shape \(4, 4\), wanted uint8 of shape \(height, width, 3\)",
    ),
    "a step that hangs": ("HangsInStep", SHORT, STEP.format(3) + "step: " + LATE),
    "a reset that hangs": ("HangsInReset", SHORT, r"pettingzoo: reset\(seed=\d+\): " + LATE),
}
"""The class, other settings, and the message."""

TINY = {
    "worlds": ["pettingzoo"],
    "pettingzoo.simulation.module": f"{FILE}:Sound",
    "pettingzoo.scenarios.validation": {"num_episodes": 2, "only_conflicting": False, "only_solvable": False},
    "pettingzoo.scenarios.test": {"num_episodes": 2, "only_conflicting": False, "only_solvable": False},
    "pettingzoo.train.num_worlds": 2,
    "pettingzoo.train.total_timesteps": 2000,
    "pettingzoo.train.checkpoint_every_timesteps": 200,
    "pettingzoo.train.validation": {"every_timesteps": 1000},
}


def own_environments(folder: Path) -> None:
    """Put the faulty environments into a checkout's my_envs, beside files that cannot be loaded."""
    (folder / "my_envs").mkdir()
    shutil.copy(Path(__file__).parent / "faulty.py", folder / FILE)
    (folder / "my_envs/wanting.py").write_text("import numpy\nimport not_there\n")
    (folder / "my_envs/misspelt.py").write_text("class Sound(:\n")
    (folder / "my_envs/leaving.py").write_text("import sys\nsys.exit(0)\n")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the environments lie; nothing else."""
    made = tmp_path_factory.mktemp("faulty")
    own_environments(made)
    return made


@pytest.fixture
def space(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Space]:
    """What is played in, by settings of pettingzoo.simulation."""
    monkeypatch.chdir(folder)

    def of(module: str, **others: Any) -> Space:
        return Space(ROOM, ROOM.settings.from_values({"module": module, **others}))

    return of


def one_line(error: BaseException) -> str:
    said = str(error)
    assert "\n" not in said
    return said


@pytest.mark.parametrize("fault", NEVER_MADE)
def test_what_can_never_be_played_is_told_by_its_key(fault: str, space: Callable[..., Space]) -> None:
    settings, message = NEVER_MADE[fault]
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the text is what is looked at
        play_twice(space(**settings), "pettingzoo")
    assert re.match(message, one_line(refused.value)), str(refused.value)


@pytest.mark.parametrize("fault", PLAYED)
def test_what_goes_wrong_in_an_episode_is_told_by_step_seed_and_agent(fault: str, space: Callable[..., Space]) -> None:
    made, settings, message = PLAYED[fault]
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the text is what is looked at
        play_twice(space(f"{FILE}:{made}", **settings), "pettingzoo")
    assert re.match(message, one_line(refused.value)), str(refused.value)


@pytest.mark.parametrize("sound", ["Sound", "Lasting", "ByTurns"])
def test_an_environment_without_fault_is_not_refused(sound: str, space: Callable[..., Space]) -> None:
    play_twice(space(f"{FILE}:{sound}", max_steps=2000), "pettingzoo")


def test_the_seed_in_a_message_brings_the_fault_back(space: Callable[..., Space]) -> None:
    found = space(f"{FILE}:WrongShape")
    with pytest.raises(EnvironmentFault) as refused:
        play_twice(found, "pettingzoo")
    told = re.search(r"step (\d+) after reset\(seed=(\d+)\)", str(refused.value))
    assert told is not None
    env = ROOM.environment(found.settings)
    env.reset(seed=int(told[2]))
    for _ in range(int(told[1])):
        seen, *_ = env.step(dict.fromkeys(env.agents, 0))
    assert seen["b"].shape == (3,)


def test_a_process_that_an_environment_ends_is_missed(space: Callable[..., Space]) -> None:
    found = space(f"{FILE}:EndsTheProcess")
    worlds = found.simulation.vectorized(found.settings, 2, seed=0, num_processes=2)
    worlds.reset()
    with pytest.raises(WorkerDied, match="worlds 0 to 0: the process that steps them ended, wanted it to go on"):
        worlds.step([0] * worlds.num_envs)
    worlds.close()


def test_a_step_that_hangs_in_another_process_is_told_too(space: Callable[..., Space]) -> None:
    found = space(f"{FILE}:HangsInStep", max_step_s=4.0)  # a process also loads the file in that time
    worlds = found.simulation.vectorized(found.settings, 2, seed=0, num_processes=2)
    worlds.reset()
    for _ in range(2):
        worlds.step([0] * worlds.num_envs)
    with pytest.raises(EnvironmentFault, match=STEP.format(3) + "step: took longer than 4 s, wanted an answer"):
        worlds.step([0] * worlds.num_envs)
    worlds.close()


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """A checkout with these environments, in which something is finished; the working directory."""
    made = new_checkout(tmp_path / "checkout")
    own_environments(made.folder)
    made.change(TINY)
    files.write_text(made.folder / "data/models/pettingzoo/generic/0/training.json", "{}")
    files.write_text(made.folder / "data/checked/pettingzoo.txt", "params.yaml: pettingzoo has been checked")
    monkeypatch.chdir(made.folder)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    return made


def run(monkeypatch: pytest.MonkeyPatch, stage: Callable[[], None], *words: str) -> str:
    """What a stage says that has to refuse."""
    monkeypatch.setattr(sys, "argv", ["stage", *words])
    with pytest.raises(SystemExit) as ended:
        files.run(stage)
    assert isinstance(ended.value.code, str), "wanted a message and with it status 1"
    return one_line(ended.value)


@pytest.mark.parametrize(
    "fault",
    [
        "a module that is not installed",
        "a wrapper with a wrong argument",
        "an error in step 1,000",
        "a NaN that is seen",
    ],
)
def test_the_stage_check_refuses_it_and_leaves_what_is_finished(
    fault: str, checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = PLAYED.get(fault)
    settings, message = ({"module": f"{FILE}:{made[0]}", **made[1]}, made[2]) if made else NEVER_MADE[fault]
    checkout.change({f"pettingzoo.simulation.{key}": value for key, value in settings.items()})
    before = digest_folder(checkout.folder / "data")
    said = run(monkeypatch, check.main)
    assert re.match(rf"error: params.yaml: pettingzoo.simulation(\.|: ){message}", said), said
    assert digest_folder(checkout.folder / "data") == before


def test_what_hangs_in_compiled_code_is_ended_too(checkout: Checkout) -> None:
    """There no error of Python can be raised."""
    checkout.change({"pettingzoo.simulation.module": f"{FILE}:HangsInC", "pettingzoo.simulation.max_step_s": 1.0})
    before, log = digest_folder(checkout.folder / "data"), checkout.folder / "check.log"
    stage = multiprocessing.get_context("fork").Process(
        target=run_process, args=("check", (), checkout.folder, log, None)
    )
    stage.start()
    stage.join(PATIENCE_S)
    said = log.read_text()
    assert stage.exitcode == 1, said
    assert re.fullmatch(r"\nerror: " + STEP.format(3) + "step: " + LATE + r"\n", said), said
    assert digest_folder(checkout.folder / "data") == before


@pytest.mark.long
def test_a_fault_in_training_says_what_is_kept_and_where_it_goes_on(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    checkout.change({"pettingzoo.simulation.module": f"{FILE}:CannotTrain"})
    for stage, words in ((check.main, ()), (scenarios.main, ("pettingzoo",))):
        monkeypatch.setattr(sys, "argv", ["stage", *words])
        stage()
    before = digest_folder(checkout.folder / "data")
    fault = r"error: " + STEP.format(3) + r"agent b: reward: got nan, wanted a finite number; training ended after "
    kept = r"([\d,]+) agent-steps; run the same again to go on from ([\d,]+) \((.*/checkpoints/\w+/state.pt)\)"
    told = []
    for _ in range(2):
        said = run(monkeypatch, train.main, "pettingzoo", "generic", "0")
        found = re.fullmatch(fault + kept, said)
        assert found is not None, said
        told.append([int(number.replace(",", "")) for number in found.groups()[:2]])
        assert [str(path) for path in checkout.checkpoints()] == [found[3]]
    assert f"goes on from {told[0][1]:,} agent-steps" in capsys.readouterr().out.replace("\n", "")
    assert 200 <= told[0][1] <= told[0][0]
    assert told[0] == told[1]
    assert digest_folder(checkout.folder / "data") == before
