"""The five rooms of the boards: openings and splits, opponents, positions as files, figures, pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pettingzoo.test import parallel_api_test
from pydantic import ValidationError

import envs
from envs.boards.baselines.rules import ByRule
from envs.boards.evaluation.axes import axes
from envs.boards.evaluation.rates import COUNTED, ratios
from envs.boards.evaluation.room import EVALUATION
from envs.boards.evaluation.settings import EvaluationSettings
from envs.boards.pictures.room import PICTURES
from envs.boards.scenarios.positions import prove
from envs.boards.scenarios.room import SCENARIOS
from envs.boards.scenarios.suite import SUITE
from envs.boards.simulation.compiled.choosing import KINDS
from envs.boards.simulation.compiled.kernel import split_of_position
from envs.boards.simulation.room import SIMULATION
from envs.boards.simulation.scenario import Scenario, document_of, scenario_from
from envs.boards.simulation.settings import BoardsSettings
from envs.ground.play import Episodes, Played, Space, play
from envs.ground.steering import Nothing
from envs.ground.world import SPLITS

TIC_TAC_TOE: dict[str, Any] = {"game": "tic_tac_toe"}
RULES = {
    "random": ByRule(KINDS["random"]),
    "win_or_block": ByRule(KINDS["win_or_block"]),
    "alpha_beta": ByRule(KINDS["alpha_beta"], 5),
    "perfect": ByRule(KINDS["perfect"], 1),
}


def seeds(split: str, count: int) -> np.ndarray:
    return np.arange(count, dtype=np.uint64) | np.uint64(SPLITS[split] << 62)


def played(by: str, count: int = 60, record: tuple[int, ...] = (), **settings: Any) -> Played:
    space = Space(SIMULATION, BoardsSettings.from_values(TIC_TAC_TOE | settings))
    return play(space, Episodes.drawn(seeds("test", count)), RULES[by], record=record)


def test_openings_belong_to_the_split_of_their_seed_and_so_do_their_mirror_images() -> None:
    for game, stones in (("tic_tac_toe", {"least": 4, "most": 6}), ("connect_four", {"least": 12, "most": 28})):
        settings = BoardsSettings.from_values({"game": game, "openings": stones})
        met: dict[str, set[tuple[int, ...]]] = {}
        for number, split in enumerate(SPLITS):
            batch = SIMULATION.batch(settings, 50)
            batch.begin(np.arange(50), np.full(50, -1), seeds(split, 50))
            assert not batch.done.any()
            assert set(batch.records["ply"]) <= set(range(stones["least"], stones["most"] + 1))
            for stone in batch.records["stones"]:
                assert split_of_position(settings.rules.numbers, stone) == number
            met[split] = {tuple(stone.tolist()) for stone in batch.records["stones"]}
        assert not met["train"] & met["test"]
        assert not met["train"] & met["validation"]


def test_a_seed_decides_an_episode_whatever_stands_beside_it() -> None:
    settings = BoardsSettings.from_values(TIC_TAC_TOE | {"openings": {"least": 0, "most": 6}})
    many, one = SIMULATION.batch(settings, 8), SIMULATION.batch(settings, 1)
    many.begin(np.arange(8), np.full(8, -1), seeds("test", 8))
    one.begin(np.arange(1), np.full(1, -1), seeds("test", 8)[5:6])
    np.testing.assert_array_equal(one.records["moves"][0], many.records["moves"][5])


def test_perfect_play_loses_no_value_and_no_game() -> None:
    assert not played("perfect", openings={"least": 0, "most": 6}).episodes["mistaken"].any()
    for kind in ("random", "win_or_block", "alpha_beta"):
        found = played("perfect", opponent={"kind": kind, "depth": 3}).episodes
        assert (found["result"] >= 0).all()
        assert set(found["seat"]) == {0, 1}
        assert (found["num_agents"] == 1).all()
        assert (found["return"] == found["result"]).all()
    assert (played("random", opponent={"kind": "random"}).episodes["result"] < 0).any()
    assert (played("win_or_block", opponent={"kind": "perfect"}).episodes["result"] <= 0).all()


def test_win_or_block_wins_before_it_blocks() -> None:
    for moves, wanted in (((0, 3, 1, 4), 2), ((0, 3, 8, 4), 5)):
        space = Space(SIMULATION, BoardsSettings.from_values(TIC_TAC_TOE), (Scenario("a", "tic_tac_toe", moves),))
        batch = space.batch(1)
        batch.begin(np.zeros(1, int), np.zeros(1, int), np.zeros(1, np.uint64))
        for rule in ("win_or_block", "alpha_beta", "perfect"):
            assert RULES[rule].steer(batch, None)[0, batch.mover[0], 0] == wanted


def test_a_mistake_is_a_move_that_loses_value() -> None:
    """First in a corner: the second, at an edge, loses by that."""
    batch = SIMULATION.batch(BoardsSettings.from_values(TIC_TAC_TOE), 1)
    batch.begin(np.zeros(1, int), np.full(1, -1), np.zeros(1, np.uint64))
    for choice in (0, 5, 2, 1, 8, 4, 6, 3, 7):
        if not batch.done[0]:
            batch.step(np.full((1, 2, 1), float(choice)))
    before, lost = batch.judged()
    played_moves = int(batch.records["ply"][0])
    for ply in range(played_moves):
        stones = [0, 0]
        for n, choice in enumerate(batch.records["moves"][0, :ply]):
            stones[n % 2] |= 1 << (choice // 3 * 4 + 2 - choice % 3)
        proven = prove(batch.game, np.array([[stones[ply % 2], stones[1 - ply % 2]]]))
        assert before[0, ply] == proven.value[0]
        assert lost[0, ply] == proven.value[0] - proven.values[0, batch.records["moves"][0, ply]]
    assert (lost[0, played_moves:] == -1).all()
    assert lost.max() > 0
    told = batch.outcomes()
    assert told["mistakes"][0] == (lost[0] > 0).sum()
    assert told["kept"][0] == 1.0 - told["mistakes"][0] / told["judged"][0]


def test_points_and_mistakes_by_hand() -> None:
    """Two contests, won from the first seat and drawn from the second, and one game of one's own."""
    columns = {name: np.zeros(3) for name in COUNTED}
    columns |= {"against": np.array([1.0, 1.0, 0.0]), "seat": np.array([0.0, 1.0, 0.0])}
    columns |= {"result": np.array([1.0, 0.0, -1.0]), "judged": np.array([4.0, 3.0, 5.0])}
    columns["mistakes"] = np.array([0.0, 1.0, 2.0])
    found = {name: (part.sum(), whole.sum()) for name, (part, whole) in ratios(columns).items()}
    assert found["mistake_rate"] == (3.0, 12.0)
    assert found["points"] == (1.5, 2.0)
    assert found["points_first"] == (1.0, 1.0)
    assert found["points_second"] == (0.5, 1.0)


def test_moves_are_counted_by_how_far_the_end_is() -> None:
    space = Space(SIMULATION, BoardsSettings.from_values(TIC_TAC_TOE))
    batch = space.batch(1)
    batch.begin(np.zeros(1, int), np.full(1, -1), np.zeros(1, np.uint64))
    measuring = EVALUATION.measure(batch, ())
    for choice in (4, 0, 8, 2, 1, 7, 6, 3, 5):
        batch.step(np.full((1, 2, 1), float(choice)))
    episodes, moves = measuring.measured(7)
    assert episodes["episode"].tolist() == [7]
    assert episodes["judged_middle"].tolist() == [4], "9, 8, 7 and 6 free cells"
    assert episodes["judged_near"].tolist() == [5]
    assert moves["free"].tolist() == [9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert moves["lost"].sum() == 0


def test_axes_are_of_the_world_with_other_openings_and_opponents() -> None:
    values = {"numbers": [12, 20], "num_episodes": 3}
    contests = {"depths": [0, 2], "openings": {"least": 0, "most": 2}, "num_episodes": 5}
    wanted = EvaluationSettings.from_values({"stones": values, "contests": contests})
    stones, depth = axes(BoardsSettings(), wanted)
    assert [own.openings.least for own, _ in stones.sets.values()] == [12, 20]
    assert [own.opponent.kind for own, _ in depth.sets.values()] == ["random", "alpha_beta"]
    with pytest.raises(ValueError, match=r"^stones\.numbers 12: openings: most: got 12, wanted at most 7 on 9 cells"):
        axes(BoardsSettings.from_values(TIC_TAC_TOE), wanted)


def test_named_positions_are_proven_and_have_a_move_to_get_wrong() -> None:
    for game in ("tic_tac_toe", "connect_four"):
        own = tuple(scenario for scenario in SUITE.values() if scenario.game == game)
        space = Space(SIMULATION, BoardsSettings.from_values({"game": game}), own)
        episodes = Episodes.of_scenarios(range(len(own)), 1, 0)
        table = SCENARIOS.nothing_done(SCENARIOS.settings(), space, episodes)
        assert table["conflicting"].all()
        assert (table["num_keeping"] < table["num_moves"]).all()
        assert (table["start_value"] >= 0).all()
    by_name = table.set_index("scenario")
    assert by_name.loc["c4_late", "keeping"] == "1 2"


def test_known_positions_of_tic_tac_toe_have_the_moves_that_everybody_knows() -> None:
    own = tuple(scenario for scenario in SUITE.values() if scenario.game == "tic_tac_toe")
    space = Space(SIMULATION, BoardsSettings.from_values(TIC_TAC_TOE), own)
    table = SCENARIOS.nothing_done(SCENARIOS.settings(), space, Episodes.of_scenarios(range(len(own)), 1, 0))
    keeping = dict(zip(table["scenario"], table["keeping"], strict=True))
    assert keeping["ttt_take_the_middle"] == "4"
    assert keeping["ttt_opposite_corners"] == "1 3 5 7"
    assert keeping["ttt_block"] == "5"


def test_positions_of_few_stones_are_left_unproven() -> None:
    assert SCENARIOS.no_proof(BoardsSettings()).startswith("positions of connect_four with fewer than 12 stones")
    assert SCENARIOS.no_proof(BoardsSettings.from_values(TIC_TAC_TOE)) == ""


def test_a_position_is_read_as_it_is_written() -> None:
    for scenario in SUITE.values():
        assert scenario_from(document_of(scenario, "a"), "a") == scenario


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"game": "chess"}, "unknown 'chess'"),
        ({"moves": [9]}, "moves: move 1: got 9, wanted a choice from 0 to 8 that can be played"),
        ({"moves": [0, 0]}, "moves: move 2: got 0, wanted a choice"),
        ({"moves": [0, 3, 1, 4, 2]}, "moves: move 5, 2, wins; wanted a game that goes on"),
        ({"moves": "0"}, "a.json: moves: got '0', wanted a list of choices"),
        ({"scenario_name": "a/b"}, "a.json: scenario_name: got 'a/b'"),
        ({"stones": 1}, "a.json: unknown 'stones'"),
    ],
)
def test_a_bad_position_is_refused_in_a_line(change: dict[str, Any], message: str) -> None:
    document = {"scenario_name": "a", "game": "tic_tac_toe", "moves": [0]} | change
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the message is compared below
        scenario_from(document, "a.json")
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_bad_settings_are_refused() -> None:
    with pytest.raises(ValidationError, match="least 3 lies above most 2"):
        BoardsSettings.from_values({"openings": {"least": 3, "most": 2}})
    with pytest.raises(ValidationError, match="got 41, wanted at most 40 on 42 cells"):
        BoardsSettings.from_values({"openings": {"least": 3, "most": 41}})
    with pytest.raises(ValueError, match="scenario 'ttt_block': game: got tic_tac_toe, wanted one of connect_four"):
        SIMULATION.batch(BoardsSettings(), 1, scenarios=(SUITE["ttt_block"],))


def test_mirrored_positions_are_as_hard() -> None:
    for game in ("tic_tac_toe", "connect_four"):
        for scenario in [own for own in SUITE.values() if own.game == game]:
            drawn = [EVALUATION.vary(scenario, None, np.random.default_rng(n)) for n in range(6)]
            assert {own.notes for own in drawn} == {scenario.notes, "mirrored"}
            space = Space(SIMULATION, BoardsSettings.from_values({"game": game}), tuple(drawn))
            table = SCENARIOS.nothing_done(SCENARIOS.settings(), space, Episodes.of_scenarios(range(6), 1, 0))
            assert table["num_keeping"].nunique() == 1


def test_both_faces_are_one_game() -> None:
    """Rows for learning, and PettingZoo's parallel environment."""
    rows = envs.vectorize("boards_v0", TIC_TAC_TOE, 3, 0)
    assert rows.reset().shape == (6, 18)
    np.testing.assert_array_equal(rows.active, [True, False] * 3)
    rng, wins = np.random.default_rng(0), 0.0
    for _ in range(60):
        masks = rows.action_masks()
        choices = np.array([rng.choice(np.flatnonzero(mask)) for mask in masks])
        _, rewards, dones, infos = rows.step(choices)
        np.testing.assert_array_equal(rewards.reshape(3, 2).sum(1), 0.0)
        np.testing.assert_array_equal(dones[::2], dones[1::2])
        wins += np.abs(rewards).sum() / 2
        assert all("terminal_observation" in infos[row] for row in np.flatnonzero(dones))
    assert wins > 0
    env = envs.make("boards_v0", **TIC_TAC_TOE)
    parallel_api_test(env, num_cycles=50)
    _, infos = env.reset(seed=1)
    assert infos["player_0"]["active"]
    assert infos["player_0"]["action_mask"].sum() == 9
    assert infos["player_1"]["action_mask"].sum() == 0
    with pytest.raises(ValueError, match="step: player_0: got 9, wanted a whole number from 0 to 8"):
        env.step({"player_0": 9})


def test_a_batch_goes_on_from_its_state() -> None:
    settings = BoardsSettings.from_values(TIC_TAC_TOE | {"openings": {"least": 0, "most": 4}})
    first, second = SIMULATION.batch(settings, 4), SIMULATION.batch(settings, 4, seed=9)
    first.reset()
    second.reset()
    second.set_state(first.get_state())
    for batch in (first, second):
        batch.reset(np.array([1, 2]))
    np.testing.assert_array_equal(first.records, second.records)
    np.testing.assert_array_equal(first.observation, second.observation)


def test_a_recording_is_a_board_with_its_stones() -> None:
    recording = played("perfect", 1, (0,)).recordings[0]
    scene = PICTURES.scene(recording, "a")
    assert len(scene.ids) == 9
    assert scene.curve.tolist() == list(range(int(scene.curve[0]), 10))
    assert scene.finished[-1].sum() == 4, "the second player's"
    assert scene.summary == "drawn or not ended"
    assert len(scene.lines) == 8
    with pytest.raises(ValueError, match="recording 'a': missing columns game"):
        PICTURES.scene(recording.drop(columns="game"), "a")
    with pytest.raises(ValueError, match="column game: got 'go', wanted one of tic_tac_toe"):
        PICTURES.scene(recording.assign(game="go"), "a")


def test_who_does_nothing_ends_a_game_that_has_none_such() -> None:
    """Zeros are the first column, again and again, until it is full."""
    space = Space(SIMULATION, BoardsSettings())
    found = play(space, Episodes.drawn(seeds("test", 1)), Nothing()).episodes
    assert found["steps"].tolist() == [7]
    assert found["mistaken"].all()
