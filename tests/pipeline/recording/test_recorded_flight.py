"""What is kept of a flight: a row for each action that counted, what was paid for it, how the agent's time ended."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from envs.ground.defaults import Random
from envs.ground.doors import simulation
from envs.ground.play import Episodes, Space, play
from envs.ground.steering import Nothing
from envs.ground.world import Batch
from pipeline.recording.flight import Flight
from pipeline.recording.pilots import AtRandom
from pipeline.records.columns import Layout

ROOM = simulation("pettingzoo")


class Always:
    """See Steering: the same numbers for everybody."""

    def __init__(self, *numbers: float) -> None:
        self._numbers = numbers

    def begin(self, batch: Batch, first: int) -> None:
        """It remembers nothing."""

    def steer(self, batch: Batch, noise: np.ndarray | None) -> np.ndarray:
        """(W, A, K)."""
        return np.broadcast_to(self._numbers, (batch.num_worlds, batch.num_slots, batch.num_actions)).copy()


def flown(module: str, pilot: Any, num_episodes: int = 1, **arguments: Any) -> Any:
    """The rows of some episodes as a table of pandas."""
    settings = ROOM.settings.from_values({"module": module, "arguments": arguments})
    commands, space = ROOM.commands(settings), Space(ROOM, settings)
    batch = space.batch(1)
    batch.begin(np.array([0]), np.array([-1]), np.zeros(1, np.uint64))
    masked = batch.allowed() is not None
    choices = 0 if commands is None else len(commands)
    layout = Layout(ROOM.features(settings), ROOM.actions(settings), choices, masked)
    flight = Flight(pilot, layout, commands)
    play(space, Episodes.drawn(np.arange(num_episodes, dtype=np.uint64)), flight)
    return flight.table("rule", 10 + np.arange(num_episodes)).to_pandas()


def test_an_agents_rows_end_with_its_own_time_and_say_how() -> None:
    """The script: a terminates in step 2, b is set aside after 3, c is cut off after 5."""
    rows = flown("tests.envs.ground.leaving:Leaving", Always(0.5), num_episodes=2)
    for episode in (10, 11):
        own = rows[rows["episode"] == episode]
        told = {agent: (len(steps), list(steps["step"])) for agent, steps in own.groupby("agent")}
        assert told == {"a": (2, [0, 1]), "b": (3, [0, 1, 2]), "c": (5, [0, 1, 2, 3, 4])}
        last = own.groupby("agent").last()
        assert last["terminated"].to_dict() == {"a": True, "b": True, "c": False}
        assert last["truncated"].to_dict() == {"a": False, "b": False, "c": True}
    assert (rows["terminated"] | rows["truncated"]).sum() == 6
    assert set(rows["pilot"]) == {"rule"}


def test_what_was_seen_is_what_was_acted_on_and_what_was_paid_came_of_it() -> None:
    rows = flown("tests.envs.ground.leaving:Leaving", Always(0.5))
    assert [seen[0] for seen in rows["observation"]] == rows["step"].tolist()
    assert [float(done[0]) for done in rows["action"]] == [0.5] * len(rows)
    assert rows["reward"].tolist() == [1.5] * len(rows)


def test_an_action_is_kept_as_far_as_worlds_take_it() -> None:
    rows = flown("tests.envs.pettingzoo.small:Small", Always(1.0))
    assert set(rows["action"]) == {1}
    rows = flown("tests.envs.ground.leaving:Leaving", Always(-7.0))
    assert {float(done[0]) for done in rows["action"]} == {-1.0}


def test_by_turns_what_is_paid_while_others_move_counts_to_the_last_move() -> None:
    """Each of three moves twice, and is paid when the others move, too."""
    rows = flown("tests/envs/pettingzoo/small.py:by_turns", Nothing())
    assert rows["agent"].tolist() == rows["agent"].tolist()[:3] * 2
    ends = rows["terminated"] | rows["truncated"]
    assert ends.tolist() == [False] * 3 + [True] * 3
    paid = rows.groupby("agent")["reward"].sum()
    assert paid.nunique() == 1
    assert paid.iloc[0] == pytest.approx(2 * rows["observation"].iloc[0][1])


def test_choices_that_were_there_stand_beside_the_one_that_was_taken() -> None:
    rows = flown("tests/envs/pettingzoo/small.py:Masked", Random(), num_episodes=3)
    assert {len(allowed) for allowed in rows["allowed"]} == {3}
    assert not any(all(allowed) for allowed in rows["allowed"])
    assert all(allowed[done] for allowed, done in zip(rows["allowed"], rows["action"], strict=True))
    assert rows["action"].nunique() > 1


def test_who_acts_at_random_takes_choices_by_what_they_mean() -> None:
    commands = np.array([[-1.0, 0.5], [0.0, 0.0], [1.0, 0.25]], np.float32)
    batch = simulation("airspace").batch(simulation("airspace").settings(), 2)
    batch.begin(np.arange(2), np.full(2, -1), np.arange(2, dtype=np.uint64))
    batch.num_choices = 3
    pilot = AtRandom(commands)
    pilot.begin(batch, 0)
    done = pilot.steer(batch, None)
    assert done.shape == (2, batch.num_slots, 2)
    assert {tuple(own) for own in done.reshape(-1, 2).tolist()} <= {tuple(own) for own in commands.tolist()}


def test_a_pilot_that_does_what_is_none_of_the_choices_is_refused() -> None:
    class Between(Always):
        """Chooses half a choice, which the environment takes for a whole one."""

    with pytest.raises(ValueError, match="does what is none of the choices of this world, wanted a pilot that chooses"):
        flown("tests/envs/pettingzoo/small.py:Small", Between(0.5))
