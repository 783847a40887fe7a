"""A pilot at work, and beside it all that its agents see, do and are paid, step by step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from envs.ground.steering import Steering
from envs.ground.world import Batch
from pipeline.records.columns import Layout, lists_of

_NOBODY = -1
_NONE_SUCH = "does what is none of the choices of this world, wanted a pilot that chooses"


class Flight:
    """See Steering: acts as its pilot does, in one block of episodes, and keeps a row for each action that counted.

    What an agent is paid while it waits for its turn counts to its last action, and so does its end.
    """

    def __init__(self, pilot: Steering, layout: Layout, commands: np.ndarray | None) -> None:
        """Keep what `pilot` does; commands (n, K) is what choices mean, None where actions are numbers."""
        self._pilot, self._layout, self._commands = pilot, layout, commands

    def begin(self, batch: Batch, first: int) -> None:
        """See Steering.begin."""
        self._pilot.begin(batch, first)
        self._batch, self._taken = batch, 0
        self._last = np.full((batch.num_worlds, batch.num_slots), _NOBODY)
        self._running = np.zeros(batch.num_worlds, bool)
        self._kept: dict[str, list[np.ndarray]] = {}
        self._reward = np.zeros(0)
        self._ended = np.zeros((2, 0), bool)

    def steer(self, batch: Batch, noise: np.ndarray | None) -> np.ndarray:
        """See Steering.steer."""
        self._settle()
        actions = self._pilot.steer(batch, noise)
        self._running = ~batch.done
        acting = batch.active & self._running[:, None]
        worlds, slots = np.nonzero(acting)
        self._keep("world", worlds)
        self._keep("slot", slots)
        self._keep("step", batch.steps[worlds].astype(np.int32))
        self._keep("observation", batch.observation[acting].astype(np.float32))
        self._keep("action", self._told(actions[acting]))
        allowed = batch.allowed()
        if self._layout.masked:
            assert allowed is not None
            self._keep("allowed", allowed[acting])
        self._last[acting] = self._taken + np.arange(len(worlds))
        self._taken += len(worlds)
        self._make_room()
        return actions

    def table(self, pilot: str, episodes: np.ndarray) -> pa.Table:
        """All rows, once the block has ended.

        Args:
            pilot: what the column calls who flew.
            episodes: (W,) the numbers of the episodes.

        Raises:
            ValueError: the pilot did what is none of the world's choices.
        """
        self._settle()
        kept = {name: np.concatenate(parts) for name, parts in self._kept.items()}
        worlds, slots = kept["world"], kept["slot"]
        names = [self._batch.agents(world)["agent"] for world in range(self._batch.num_worlds)]
        agents = [names[world][slot] for world, slot in zip(worlds.tolist(), slots.tolist(), strict=True)]
        done = kept["action"]
        columns: dict[str, Any] = {
            "pilot": pa.array([pilot] * len(worlds)).dictionary_encode(),
            "episode": pa.array(episodes[worlds], pa.int64()),
            "agent": pa.array(agents).dictionary_encode(),
            "step": pa.array(kept["step"]),
            "observation": lists_of(kept["observation"], pa.float32()),
            "allowed": lists_of(kept["allowed"], pa.bool_()) if self._layout.masked else None,
            "action": pa.array(done) if self._layout.num_choices else lists_of(done, pa.float32()),
            "reward": pa.array(self._reward[: self._taken].astype(np.float32)),
            "terminated": pa.array(self._ended[0, : self._taken]),
            "truncated": pa.array(self._ended[1, : self._taken]),
        }
        return pa.table({name: columns[name] for name in self._layout.names})

    def _keep(self, name: str, values: np.ndarray) -> None:
        self._kept.setdefault(name, []).append(values)

    def _told(self, actions: np.ndarray) -> np.ndarray:
        """Actions (N, K) as the worlds take them: cut to [-1, 1], or by the numbers (N,) of their choices."""
        if self._commands is None:
            return np.clip(actions, -1.0, 1.0).astype(np.float32)
        same = (actions.astype(np.float32)[:, None] == self._commands).all(2)
        if not same.any(1).all():
            raise ValueError(_NONE_SUCH)
        return same.argmax(1)

    def _settle(self) -> None:
        """Pay for the last step, and end whose time has ended with it; an end that is no cut is a termination."""
        if not self._running.any():
            return
        open_, (terminated, truncated) = (self._last != _NOBODY) & self._running[:, None], self._batch.ends()
        truncated = truncated & ~terminated
        terminated = terminated | (self._batch.done[:, None] & ~truncated)
        rows = self._last[open_]
        self._reward[rows] += self._batch.reward[open_]
        self._ended[0, rows], self._ended[1, rows] = terminated[open_], truncated[open_]
        self._last[terminated | truncated] = _NOBODY
        self._running = np.zeros_like(self._running)

    def _make_room(self) -> None:
        """For rewards and ends of all rows; twice as much as was needed, so that it is rarely made."""
        missing = self._taken - len(self._reward)
        if missing > 0:
            more = missing + len(self._reward)
            self._reward = np.concatenate([self._reward, np.zeros(more)])
            self._ended = np.concatenate([self._ended, np.zeros((2, more), bool)], axis=1)
