"""The boards as a game that is played on from any state: what is seen tells the state, symmetries are of the rules."""

from __future__ import annotations

import numpy as np
import pytest

from envs.boards.simulation.room import SIMULATION
from envs.ground.doors import simulation
from envs.ground.turn_game import TurnGame, turn_game_of


def game_of(name: str) -> TurnGame:
    game = turn_game_of(SIMULATION, SIMULATION.settings.from_values({"game": name}))
    assert game is not None
    return game


def played(game: TurnGame, plies: int, count: int = 40) -> np.ndarray:
    """States after so many random moves, of games that go on."""
    rng, states = np.random.default_rng(plies), np.zeros((count, 2), np.int64)
    for _ in range(plies):
        allowed = game.see(states)[1]
        states, _, ended = game.follow(states, np.where(allowed, rng.random(allowed.shape), -1.0).argmax(1))
        states = states[~ended]
    return states


@pytest.mark.parametrize("name", ["tic_tac_toe", "connect_four"])
@pytest.mark.parametrize("plies", [0, 3, 6])
def test_what_is_seen_tells_the_state(name: str, plies: int) -> None:
    game = game_of(name)
    states = played(game, plies)
    assert len(states) > 10
    np.testing.assert_array_equal(game.read(game.see(states)[0]), states)


def test_what_a_batch_shows_tells_the_state_of_who_is_to_move() -> None:
    settings = SIMULATION.settings.from_values({"openings": {"least": 5, "most": 9}})
    batch, game = SIMULATION.batch(settings, 20, seed=3), game_of("connect_four")
    batch.reset()
    states = game.read(batch.observation[batch.active])
    stones, mover = batch.records["stones"], batch.mover
    assert states[:, 0].tolist() == stones[np.arange(20), mover].tolist()
    assert states[:, 1].tolist() == stones[np.arange(20), 1 - mover].tolist()


@pytest.mark.parametrize("name", ["tic_tac_toe", "connect_four"])
def test_a_move_and_its_mirror_image_lead_to_mirror_images(name: str) -> None:
    game = game_of(name)
    states = played(game, 4)
    rows, allowed = game.see(states)
    for seen, liked in game.symmetries:
        mirrored = game.read(rows[:, seen])
        np.testing.assert_array_equal(game.see(mirrored)[1], allowed[:, liked])
        for place, choice in enumerate(liked):
            can = allowed[:, choice]
            plain = game.follow(states[can], np.full(can.sum(), choice))
            image = game.follow(mirrored[can], np.full(can.sum(), place))
            np.testing.assert_array_equal(game.see(plain[0])[0][:, seen], game.see(image[0])[0])
            np.testing.assert_array_equal(plain[1], image[1])
            np.testing.assert_array_equal(plain[2], image[2])


def test_a_game_has_at_most_so_many_moves() -> None:
    for name in ("tic_tac_toe", "connect_four"):
        game = game_of(name)
        assert len(played(game, game.most_moves - 1, 3000)) > 0
        assert len(played(game, game.most_moves, 3000)) == 0


def test_worlds_that_are_no_such_game_offer_none() -> None:
    for world in ("airspace", "pettingzoo", "roads"):
        room = simulation(world)
        assert turn_game_of(room, None) is None
