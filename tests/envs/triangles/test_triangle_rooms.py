"""The five rooms of the triangles: faces, rules to compare with, positions as files, figures, pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pettingzoo.test import parallel_api_test
from plain_triangles import laid, places
from pydantic import ValidationError

import envs
from envs.ground.play import Episodes, Played, Space, play
from envs.ground.steering import Steering
from envs.ground.world import SPLITS
from envs.triangles.baselines.room import BASELINES
from envs.triangles.baselines.rules import Beam, Greedy
from envs.triangles.baselines.settings import BaselineSettings
from envs.triangles.evaluation.rates import COUNTED, figures, ratios
from envs.triangles.evaluation.room import EVALUATION
from envs.triangles.evaluation.settings import EvaluationSettings
from envs.triangles.pictures.room import PICTURES
from envs.triangles.scenarios.room import SCENARIOS
from envs.triangles.scenarios.suite import SUITE
from envs.triangles.simulation.batch import NUM_CHOICES
from envs.triangles.simulation.lattice import CELLS, COLUMNS, LINES, cells_of, neighbours
from envs.triangles.simulation.room import SIMULATION
from envs.triangles.simulation.scenario import document_of, mirrored, scenario_from
from envs.triangles.simulation.settings import TrianglesSettings

PLAIN: dict[str, Any] = {"observation": {"room": False}}
RULES = BASELINES.make(
    BaselineSettings.from_values({"room": {"room_weight": 0.5}, "beam": {"width": 8, "room_weight": 0.5}})
)


def seeds(split: str, count: int) -> np.ndarray:
    return np.arange(count, dtype=np.uint64) | np.uint64(SPLITS[split] << 62)


def played(by: Steering, count: int = 40, record: tuple[int, ...] = (), **settings: Any) -> Played:
    space = Space(SIMULATION, TrianglesSettings.from_values(PLAIN | settings))
    return play(space, Episodes.drawn(seeds("test", count)), by, record=record)


def begun(name: str) -> Any:
    batch = SIMULATION.batch(TrianglesSettings(), 1, scenarios=(SUITE[name],))
    batch.begin(np.zeros(1, int), np.zeros(1, int), np.zeros(1, np.uint64))
    return batch


def test_a_seed_decides_an_episode_whatever_stands_beside_it() -> None:
    many, one = SIMULATION.batch(TrianglesSettings(), 300), SIMULATION.batch(TrianglesSettings(), 1)
    many.begin(np.arange(300), np.full(300, -1), seeds("test", 300))
    one.begin(np.arange(1), np.full(1, -1), seeds("test", 300)[211:212])
    rng = np.random.default_rng(0)
    for _ in range(12):
        allowed = many.allowed()[:, 0]
        choices = np.where(allowed, rng.random(allowed.shape), -1.0).argmax(1)[:, None, None].astype(float)
        many.step(choices)
        one.step(choices[211:212])
        for field in set(one.records.dtype.names) - {"rng"}:  # which draws the next episode
            np.testing.assert_array_equal(one.records[field][0], many.records[field][211])
        np.testing.assert_array_equal(one.observation[0], many.observation[211])


def test_whoever_looks_further_clears_more_on_the_same_streams() -> None:
    """As measured on many more streams, far beyond chance."""
    cleared = {name: played(rule).episodes["cleared"].mean() for name, rule in RULES.items() if name != "nothing"}
    assert cleared["random"] < cleared["greedy"] < cleared["room"] < cleared["beam"]
    assert played(RULES["nothing"]).episodes["stuck"].all()
    assert list(RULES) == list(reversed(BASELINES.words))


def test_rules_do_not_depend_on_who_plays_beside() -> None:
    space = Space(SIMULATION, TrianglesSettings.from_values(PLAIN))
    for rule in (Greedy(), Beam(4, 0.5)):
        together = play(space, Episodes.drawn(seeds("test", 6)), rule).episodes
        apart = play(space, Episodes.drawn(seeds("test", 6)), rule, worlds_per_block=1).episodes
        np.testing.assert_array_equal(together["cleared"], apart["cleared"])
        np.testing.assert_array_equal(together["steps"], apart["steps"])


def test_greedy_takes_the_most_there_is() -> None:
    batch = begun("three_at_once")
    batch.step(Greedy().steer(batch, None))
    assert batch.records["lines"][0] == 3


def best_by_trying_all(batch: Any, room_weight: float) -> float:
    """The largest cleared cells and room after all shapes on offer are laid, by plain Python."""
    shapes = batch.catalogue.shapes

    def worth(taken: set[tuple[int, int]], left: list[int], gained: int) -> float:
        if not left:
            return gained + room_weight * sum(len(places(own, taken)) for own in shapes) / len(shapes)
        found = []
        for shape in set(left):
            rest = list(left)
            rest.remove(shape)
            for cells in places(shapes[shape], taken).values():
                after, cleared, _ = laid(taken, cells)
                found.append(worth(after, rest, gained + cleared))
        return max(found, default=-np.inf)

    offer = [int(shape) for shape in batch.records["offer"][0] if shape >= 0]
    return worth(set(batch.scenarios[0].taken), offer, 0)


def test_a_wide_beam_finds_what_trying_all_ways_finds() -> None:
    batch, weight = begun("few_ways"), 0.5
    wanted = best_by_trying_all(batch, weight)
    assert np.isfinite(wanted)
    for _ in range(3):
        batch.step(Beam(5000, weight).steer(batch, None))
    taken = {divmod(int(at), COLUMNS) for at in np.flatnonzero(cells_of(batch.records["taken"][0]))}
    shapes = batch.catalogue.shapes
    room = sum(len(places(own, taken)) for own in shapes) / len(shapes)
    assert batch.records["cleared"][0] + weight * room == pytest.approx(wanted)


def test_a_position_is_read_as_it_is_written() -> None:
    for scenario in SUITE.values():
        assert scenario_from(document_of(scenario, "a"), "a") == scenario
        assert len(scenario.digest()) == 64


EMPTY = ["." * width for width in (9, 11, 13, 15, 15, 13, 11, 9)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"board": EMPTY[:7]}, "a.json: scenario 'a': board: got '"),
        ({"board": ["x" * 9, *EMPTY[1:]]}, "wanted 8 rows from the top, 9, 11, 13, 15, 15, 13, 11 and 9 characters"),
        ({"board": ["#" * 9, *EMPTY[1:]]}, "board: a line is full, wanted each with a free cell"),
        ({"offer": ["A", "V"]}, "offer: got ['A', 'V'], wanted 3 shapes"),
        ({"offer": ["", "", ""]}, "offer: got ['', '', ''], wanted 3 shapes"),
        ({"offer": ["A", "AA", ""]}, "offer: got 'AA', wanted 1 to 6 cells joined by edges"),
        ({"offer": 3}, "a.json: offer: got '3', wanted 3 shapes"),
        ({"scenario_name": "a/b"}, "a.json: scenario_name: got 'a/b'"),
        ({"stones": 1}, "a.json: unknown 'stones'"),
    ],
)
def test_a_bad_position_is_refused_in_a_line(change: dict[str, Any], message: str) -> None:
    document = {"scenario_name": "a", "board": EMPTY, "offer": ["A", "", "VA"]}
    assert scenario_from(document, "a.json").offer == ("A", "", "VA")
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the message is compared below
        scenario_from(document | change, "a.json")
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_position_in_which_nothing_fits_is_refused() -> None:
    """Every line has a free cell, and no free cell has a free neighbour."""
    free = set[tuple[int, int]]()
    for line in LINES:
        if not free & set(line):
            free.add(next(cell for cell in line[len(line) // 2 :] if not free & set(neighbours(cell))))
    board = ["".join("." if cell in free else "#" for cell in CELLS if cell[0] == row) for row in range(8)]
    document = {"scenario_name": "a", "board": board, "offer": ["AVA/V", "", "VA"]}
    with pytest.raises(ValueError, match=r"a\.json: scenario 'a': offer: no shape fits, wanted a game that goes on"):
        scenario_from(document, "a.json")


def test_bad_settings_are_refused() -> None:
    with pytest.raises(ValidationError, match="pieces: got 'AA', wanted 1 to 6 cells"):
        TrianglesSettings.from_values({"shapes": {"pieces": {"AA": 1.0}}})
    with pytest.raises(ValidationError, match=r"pieces: got '\.VA' twice, wanted each shape once"):
        TrianglesSettings.from_values({"shapes": {"pieces": {"VA": 1.0, ".VA": 1.0}}})
    with pytest.raises(ValidationError, match="greater than 0"):
        TrianglesSettings.from_values({"shapes": {"pieces": {"A": 0.0}}})


def test_both_faces_are_one_game() -> None:
    """Rows for learning, and PettingZoo's parallel environment."""
    rows = envs.vectorize("triangles_v0", {}, 3, 0)
    assert rows.reset().shape == (3, len(SIMULATION.features(TrianglesSettings())))
    rng, ended = np.random.default_rng(0), 0
    for _ in range(60):
        masks = rows.action_masks()
        choices = np.array([rng.choice(np.flatnonzero(mask)) for mask in masks])
        _, rewards, dones, infos = rows.step(choices)
        assert (rewards >= 0.0).all()
        ended += dones.sum()
        assert all("terminal_observation" in infos[row] for row in np.flatnonzero(dones))
    assert ended > 0
    env = envs.make("triangles_v0")
    parallel_api_test(env, num_cycles=50)
    _, infos = env.reset(seed=1)
    assert infos["player_0"]["active"]
    assert infos["player_0"]["action_mask"].shape == (NUM_CHOICES,)
    with pytest.raises(ValueError, match="step: player_0: got 360, wanted a whole number from 0 to 359"):
        env.step({"player_0": 360})


def test_a_batch_goes_on_from_its_state() -> None:
    first, second = SIMULATION.batch(TrianglesSettings(), 4), SIMULATION.batch(TrianglesSettings(), 4, seed=9)
    first.reset()
    second.reset()
    second.set_state(first.get_state())
    for batch in (first, second):
        batch.reset(np.array([1, 2]))
    np.testing.assert_array_equal(first.records, second.records)
    np.testing.assert_array_equal(first.observation, second.observation)


def test_mirrored_positions_are_the_same_puzzle() -> None:
    for scenario in SUITE.values():
        turned = mirrored(scenario)
        assert turned.taken == {(row, COLUMNS - 1 - column) for row, column in scenario.taken}
        assert mirrored(turned).board == scenario.board
        assert mirrored(turned).offered == scenario.offered
        batch = SIMULATION.batch(TrianglesSettings(), 2, scenarios=(scenario, turned))
        batch.begin(np.arange(2), np.arange(2), np.zeros(2, np.uint64))
        assert batch.allowed()[0].sum() == batch.allowed()[1].sum()
    drawn = [EVALUATION.vary(SUITE["crowded"], None, np.random.default_rng(n)) for n in range(6)]
    assert {own.notes for own in drawn} == {SUITE["crowded"].notes, "mirrored"}


def test_figures_are_of_all_episodes() -> None:
    episodes = {
        "cleared": np.array([0, 9, 30]),
        "steps": np.array([10, 20, 30]),
        "lines": np.array([0, 1, 3]),
        "multiple": np.array([0, 0, 1]),
    }
    assert set(episodes) == set(COUNTED)
    found = figures(episodes)
    assert found["cleared_median"] == 9.0
    assert found["cleared_per_move"] == pytest.approx(39 / 60)
    assert found["moves_median"] == 20.0
    assert EVALUATION.against({"cleared": np.array([3, 3]), "cleared_of_beam": np.array([4, 8])}) == {"of_beam": 0.5}
    assert set(ratios(episodes)) == {"cleared_per_move", "multiple_rate"}


def test_sizes_are_drawn_as_they_are_said() -> None:
    wanted = EvaluationSettings.from_values({"sizes": {"numbers": [2, 5], "num_episodes": 7}})
    own = TrianglesSettings.from_values({"shapes": {"pieces": {"A": 1.0}}})
    (axis,) = EVALUATION.axes(own, wanted)
    assert {place: (len(settings.shapes.drawn), count) for place, (settings, count) in axis.sets.items()} == {
        2.0: (5, 7),
        5.0: (61, 7),
    }


def test_episodes_are_told_as_they_begin() -> None:
    space = Space(SIMULATION, TrianglesSettings(), tuple(SUITE.values()))
    table = SCENARIOS.nothing_done(SCENARIOS.settings(), space, Episodes.of_scenarios(range(len(SUITE)), 1, 0))
    assert table["scenario"].tolist() == list(SUITE)
    assert table["taken"].tolist() == [len(scenario.taken) for scenario in SUITE.values()]
    assert SCENARIOS.no_proof(TrianglesSettings()).startswith("this world proves nothing")


def test_a_recording_is_a_board_with_the_shapes_on_offer() -> None:
    recording = played(Greedy(), 1, (0,)).recordings[0]
    scene = PICTURES.scene(recording, "a")
    assert scene.curve[-1] == recording["cleared"].iloc[-1]
    assert scene.summary == f"{scene.curve[-1]:.0f} cells cleared in {len(recording) - 1} moves"
    assert not scene.shown[0, :96].any()
    placed = scene.shown[:, :96].sum(1)
    offered = scene.shown[:, 96:].sum(1)
    assert placed[1] + offered[1] == offered[0], "what is laid was on offer"
    assert len(scene.lines) == 96 + 3
    corners = np.concatenate([line[:3] for line in scene.lines[:96]])
    middles = scene.place[0, :96]
    np.testing.assert_allclose(corners.reshape(96, 3, 2).mean(1), middles, atol=1e-12)
    for window, frame in zip(scene.place[0, 96:].reshape(3, -1, 2), scene.lines[96:], strict=True):
        assert (frame.min(0) < window).all()
        assert (window < frame.max(0)).all()
        assert frame[:, 0].min() > corners[:, 0].max()
    with pytest.raises(ValueError, match="recording 'a': missing columns upper"):
        PICTURES.scene(recording.drop(columns="upper"), "a")
    with pytest.raises(ValueError, match="recording 'a': column agent: got 2 agents, wanted one"):
        PICTURES.scene(recording.iloc[[0, 0]].assign(agent=["a", "b"]), "a")
