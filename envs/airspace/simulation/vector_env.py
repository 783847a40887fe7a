"""The batch's vectorised face: one row per aircraft slot, for SuperSuit's and Stable-Baselines3's interface."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces

from envs.airspace.simulation.action_grid import commands_of
from envs.airspace.simulation.batch import AirspaceBatch
from envs.airspace.simulation.compiled.observation import LIMIT
from envs.airspace.simulation.compiled.worlds import LOSS_NM
from envs.airspace.simulation.entities import Entities, entities_of
from envs.ground.compiled_world.records import Worlds
from envs.ground.compiled_world.vector_env import BatchVectorEnv
from envs.ground.rows.dict_rows import Rows


class AirspaceVectorEnv(BatchVectorEnv):
    """See BatchVectorEnv; a row is done once when its aircraft arrives (terminated) and again at its world's end."""

    batch: AirspaceBatch

    def __init__(self, batch: AirspaceBatch) -> None:
        self.entities = entities_of(batch.settings, batch.num_slots)
        self.finished = EpisodeTally()
        super().__init__(batch, observation_space(batch.worlds, self.entities), commands_of(batch.settings.actions))

    def action_masks(self) -> np.ndarray:
        """(num_envs, n) bool: which of n discrete actions each row has now, see ActionGrid.allowed."""
        allowed = self.batch.allowed()
        assert allowed is not None, "actions are continuous"
        return allowed.reshape(self.num_envs, -1)

    def _count(self, ended: np.ndarray) -> None:
        self.finished.add(self.batch.worlds, ended)

    def _rows(self, observations: np.ndarray) -> Rows:
        """Observations (W, A, D) as rows, without copying flat ones."""
        rows = observations.reshape(self.num_envs, -1)
        return rows if self.entities is None else self.entities.split(rows)

    def get_state(self) -> dict[str, Any]:
        """Everything needed to go on bit for bit."""
        return super().get_state() | {"finished": self.finished.get_state()}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from `get_state`."""
        super().set_state(state)
        self.finished.set_state(state["finished"])


def observation_space(worlds: Worlds, entities: Entities | None) -> spaces.Space:
    """What one aircraft sees: Box(-10, 10, (D,)), or a Dict of own state, others and mask."""
    return spaces.Box(-LIMIT, LIMIT, worlds.observation.shape[2:], np.float32) if entities is None else entities.space


class EpisodeTally:
    """What became of the episodes that ended since it was last read: numbers, not rows."""

    def __init__(self) -> None:
        self.sums = np.zeros(4)

    def add(self, worlds: Worlds, ended: np.ndarray) -> None:
        """Count the worlds `ended` (N,) whose episodes have just finished."""
        lost, count = worlds.min_separation[ended] < LOSS_NM, worlds.num_aircraft[ended]
        arrived = worlds.arrived[ended].sum(1) / count
        returns = worlds.reward_sums[ended].sum((1, 2)) / count
        self.sums += (len(ended), lost.sum(), arrived.sum(), returns.sum())

    def read(self) -> dict[str, float]:
        """Episodes, LoS rate, share of aircraft arrived and mean return since the last call; empty where none ended."""
        episodes, lost, arrived, returns = self.sums
        self.sums = np.zeros(4)
        if episodes == 0:
            return {}
        named = {"los_rate": lost, "arrived_share": arrived, "mean_return": returns}
        return {"episodes": float(episodes)} | {name: float(value / episodes) for name, value in named.items()}

    def get_state(self) -> np.ndarray:
        """The sums so far."""
        return self.sums.copy()

    def set_state(self, sums: np.ndarray) -> None:
        """Take over sums."""
        self.sums = sums.copy()
